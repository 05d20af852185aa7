"""Alerts in SQLite: the contract, and what is forgotten in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from calsync.ledger.sqlite import SqliteLedger, open_ledger
from tests.contract.alerts import HOUR, KEY, OTHER, AlertContract, tell
from tests.contract.ledger import NOW


@pytest.fixture
def again(tmp_path: Path) -> Iterator[Callable[[], SqliteLedger]]:
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(open_ledger(tmp_path / "state")))


@pytest.fixture
def ledger(again: Callable[[], SqliteLedger]) -> SqliteLedger:
    return again()


class TestContract(AlertContract):
    pass


def rows(ledger: SqliteLedger) -> int:
    return len(ledger._rows("alerts", order="key"))


@pytest.mark.parametrize("told", [True, False])
def test_what_is_over_and_settled_is_forgotten_after_an_hour(ledger: SqliteLedger, told: bool) -> None:
    ledger.alert(KEY, NOW, "…")
    ledger.alert(OTHER, NOW, "stands")
    if told:
        tell(ledger, NOW)
    ledger.clear_alert(KEY, at=NOW, recovered="read again")
    tell(ledger, NOW)
    ledger.prune(NOW + HOUR)
    assert rows(ledger) == 2
    ledger.prune(NOW + 1.1 * HOUR)
    assert rows(ledger) == 1 and ledger.alerts() == ((OTHER, NOW, "stands"),)


def test_a_recovery_that_nobody_could_tell_is_forgotten_after_a_week(ledger: SqliteLedger) -> None:
    ledger.alert(KEY, NOW, "…")
    tell(ledger, NOW)
    ledger.clear_alert(KEY, at=NOW, recovered="read again")
    ledger.prune(NOW + 160 * HOUR)
    assert len(ledger.untold(NOW + 160 * HOUR)) == 1
    ledger.prune(NOW + 170 * HOUR)
    assert rows(ledger) == 0


def test_alerts_of_a_ledger_without_facts_are_told_by_their_key(ledger: SqliteLedger) -> None:
    ledger._insert("INSERT", "alerts", {"key": "message 1", "at": NOW.isoformat()[:19] + ".000000Z", "what": "…"})
    assert tell(ledger, NOW) == [("message 1", False)]
