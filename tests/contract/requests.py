"""What every ledger must do with requests: one suite, a subclass a backend."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from calsync.ports import Requests
from tests.contract.ledger import NOW

WHAT = {"what": "clean", "edited": True, "config": "/home/deniz/çağrı.toml", "now": None}


class RequestsContract:
    """A backend gives `requests`, empty."""

    def test_what_is_asked_waits_until_it_is_taken_and_answered(self, requests: Requests) -> None:
        number = requests.ask(WHAT, NOW)
        [waiting] = requests.unanswered()
        assert (waiting.number, waiting.at, waiting.what, waiting.taken) == (number, NOW, WHAT, False)
        assert requests.take(number)
        assert [one.taken for one in requests.unanswered()] == [True]
        assert requests.answered(number) is None
        requests.answer(number, {"done": ["ş", 1, None]})
        assert requests.answered(number) == {"done": ["ş", 1, None]}
        assert requests.answered(number) is None  # it is fetched once, and gone
        assert requests.unanswered() == ()

    def test_it_is_taken_once(self, requests: Requests) -> None:
        number = requests.ask(WHAT, NOW)
        assert [requests.take(number), requests.take(number)] == [True, False]

    def test_it_is_taken_back_only_while_it_waits(self, requests: Requests) -> None:
        first, second = requests.ask(WHAT, NOW), requests.ask(WHAT, NOW)
        assert requests.take_back(first)
        assert not requests.take(first)
        assert requests.take(second)
        assert not requests.take_back(second)
        requests.answer(second, {})
        assert (requests.take_back(second), requests.answered(second)) == (False, {})

    def test_what_was_not_taken_takes_no_answer(self, requests: Requests) -> None:
        number = requests.ask(WHAT, NOW)
        requests.answer(number, {"done": True})
        assert requests.answered(number) is None

    def test_they_come_in_the_order_in_which_they_were_asked(self, requests: Requests) -> None:
        numbers = [requests.ask({"n": n}, NOW - timedelta(seconds=n)) for n in range(3)]
        assert [one.number for one in requests.unanswered()] == numbers
        assert [one.what["n"] for one in requests.unanswered()] == [0, 1, 2]

    @pytest.mark.parametrize("text", ["\udcff", "a\x00b", "\u2028", "🙂"])
    def test_any_text_comes_back_as_it_was(self, requests: Requests, text: str) -> None:
        what: dict[str, Any] = {text: [text]}
        number = requests.ask(what, NOW)
        assert requests.unanswered()[0].what == what
        requests.take(number)
        requests.answer(number, what)
        assert requests.answered(number) == what

    def test_after_a_day_nothing_is_left_of_it(self, requests: Requests) -> None:
        old = requests.ask(WHAT, NOW)
        requests.take(old)
        requests.answer(old, {"body": "Dear Ayşe"})
        young = requests.ask(WHAT, NOW + timedelta(days=1))
        last = requests.ask(WHAT, NOW + timedelta(days=1, seconds=1))
        assert requests.answered(old) is None
        assert [one.number for one in requests.unanswered()] == [young, last]
        assert last > young > old
