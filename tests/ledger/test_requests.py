"""Requests in SQLite: the contract, and what only a file can suffer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from calsync.errors import LedgerDamaged
from calsync.ledger.sqlite import FILE, SqliteLedger, open_ledger
from tests.contract.ledger import NOW
from tests.contract.requests import WHAT, RequestsContract


@pytest.fixture
def requests(tmp_path: Path) -> Iterator[SqliteLedger]:
    with closing(open_ledger(tmp_path)) as ledger:
        yield ledger


class TestContract(RequestsContract):
    """The suite."""


def test_another_process_sees_them_at_once(requests: SqliteLedger, tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path)) as other:
        number = requests.ask(WHAT, NOW)
        assert other.take(number)
        assert not requests.take_back(number)
        other.answer(number, {"done": 1})
    assert requests.answered(number) == {"done": 1}


def test_they_belong_to_one_owner(requests: SqliteLedger, tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path, owner="other")) as other:
        number = requests.ask(WHAT, NOW)
        assert (other.unanswered(), other.take(number), other.take_back(number)) == ((), False, False)


@pytest.mark.parametrize("text", ["no JSON", "[1]"])
def test_a_row_that_is_none_of_ours_is_said(requests: SqliteLedger, tmp_path: Path, text: str) -> None:
    number = requests.ask(WHAT, NOW)
    with closing(sqlite3.connect(tmp_path / FILE)) as other, other:
        other.execute("UPDATE requests SET what = ?, answer = ?, state = 'done'", (text, text))
    with pytest.raises(LedgerDamaged):
        requests.answered(number)
