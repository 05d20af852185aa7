"""A problem is told once, and its end once; what fails is tried again after growing pauses."""

from __future__ import annotations

import pytest

from calsync.daemon.trouble import Backoff, Troubles


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def troubles(told: list[str]) -> Troubles:
    return Troubles(lambda key, what: told.append(f"{key}: {what}"), lambda key, what: told.append(f"over: {what}"))


def test_a_problem_is_told_when_it_comes_and_when_it_is_gone(troubles: Troubles, told: list[str]) -> None:
    for _ in range(3):
        troubles.stands("ledger", "the disk is full")
    assert troubles.standing == ("the disk is full",)
    for _ in range(3):
        troubles.gone("ledger")
    assert told == ["ledger: the disk is full", "over: the disk is full"]
    assert not troubles.standing


def test_one_that_becomes_another_is_told_again(troubles: Troubles, told: list[str]) -> None:
    troubles.stands("ledger", "the disk is full")
    troubles.stands("ledger", "it is locked")
    troubles.gone("ledger")
    assert told == ["ledger: the disk is full", "ledger: it is locked", "over: it is locked"]


def test_of_one_kind_only_those_stand_that_were_found(troubles: Troubles, told: list[str]) -> None:
    troubles.stands("ledger", "the disk is full")
    troubles.only("calendar", {"calendar a": "a is gone", "calendar b": "b is broken"})
    troubles.only("calendar", {"calendar b": "b is broken"})
    assert troubles.standing == ("the disk is full", "b is broken")
    assert told == [
        "ledger: the disk is full",
        "calendar a: a is gone",
        "calendar b: b is broken",
        "over: a is gone",
    ]


def test_pauses_double_up_to_the_longest_and_begin_anew_after_a_success() -> None:
    backoff = Backoff(5, 30)
    assert backoff.over(0)
    assert not backoff.waiting
    pauses: list[float] = []
    now = 0.0
    for _ in range(5):
        backoff.failed(now)
        assert backoff.waiting
        start = now
        while not backoff.over(now):
            now += 1
        pauses.append(now - start)
    assert pauses == [5, 10, 20, 30, 30]
    backoff.good()
    assert backoff.over(now)
    assert not backoff.waiting
    backoff.failed(now)
    assert backoff.over(now + 5)
