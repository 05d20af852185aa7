"""CALL: ids, clients, and what is preferred when only a client is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calsync.cli.choose import Prefer, by_id, choose_call, heading, preferred
from calsync.cli.show.data import ShortIds
from calsync.cli.show.when import Clock
from calsync.errors import UsageError
from calsync.model.call import Call
from calsync.model.event import Occurrence
from calsync.model.rules import Client, Policy

ISTANBUL = ZoneInfo("Europe/Istanbul")
NINE = datetime(2026, 11, 24, 6, tzinfo=UTC)


def a_call(hour: float, *, client: str = "acme", minutes: int = 60, stop: int = 45, title: str = "Weekly") -> Call:
    start = datetime(2026, 11, 24, 0, tzinfo=ISTANBUL) + timedelta(hours=hour)
    end, hard_stop = start + timedelta(minutes=minutes), start + timedelta(minutes=stop)
    uid = f"{client}-{hour}@example.org"
    return Call(
        name=uid,
        occurrence=Occurrence(calendar="work", uid=uid, slot=None, start=start, end=end, summary=title),
        copies=(),
        client=Client(key=client, name=client.title(), policy=Policy(), timezone=ISTANBUL),
        people=(),
        group=False,
        organized=True,
        start=start,
        end=end,
        base_stop=hard_stop,
        hard_stop=hard_stop,
        told_stop=hard_stop,
        per_call=None,
    )


TEN, NOON, BETA = a_call(10), a_call(12), a_call(11, client="beta")
CALLS = [TEN, BETA, NOON]


def at(hour: int, minute: int = 0) -> Clock:
    return Clock(ISTANBUL, datetime(2026, 11, 24, hour, minute, tzinfo=ISTANBUL))


@pytest.mark.parametrize(
    ("clock", "prefer", "meant"),
    [
        pytest.param(at(9), Prefer.CURRENT, TEN, id="nothing runs: the next"),
        pytest.param(at(10), Prefer.CURRENT, TEN, id="it runs from its first instant"),
        pytest.param(at(10, 50), Prefer.CURRENT, TEN, id="after the hard stop, before the event's end"),
        pytest.param(at(11), Prefer.CURRENT, NOON, id="ended: the next"),
        pytest.param(at(11, 14), Prefer.RUNNING, TEN, id="flex: half an hour after the hard stop"),
        pytest.param(at(11, 15), Prefer.RUNNING, NOON, id="flex: then the next"),
        pytest.param(at(9), Prefer.RUNNING, TEN, id="flex: nothing runs"),
        pytest.param(at(10, 10), Prefer.NEXT, NOON, id="agenda: the one that has not begun"),
        pytest.param(at(12, 10), Prefer.NEXT, NOON, id="agenda: none ahead, the current one"),
    ],
)
def test_a_client_means_one_of_its_calls(clock: Clock, prefer: Prefer, meant: Call) -> None:
    assert choose_call("acme", CALLS, ["acme", "beta"], clock, prefer) is meant


def test_nothing_is_preferred_among_calls_that_are_over() -> None:
    assert preferred([TEN], at(20).now, Prefer.CURRENT) is None
    with pytest.raises(UsageError, match="no call with"):
        choose_call("acme", [TEN], ["acme"], at(20), Prefer.NEXT)


def test_any_unique_beginning_of_three_letters_is_enough() -> None:
    assert choose_call(BETA.id[:3], CALLS, ["acme", "beta"], at(9), Prefer.CURRENT) is BETA
    assert choose_call(BETA.id[:3].upper(), CALLS, ["acme", "beta"], at(9), Prefer.CURRENT) is BETA


def test_two_letters_are_too_few() -> None:
    with pytest.raises(UsageError, match="too short"):
        choose_call(BETA.id[:2], CALLS, ["acme", "beta"], at(9), Prefer.CURRENT)


def test_a_beginning_of_several_lists_them() -> None:
    with pytest.raises(UsageError, match="several") as refused:
        by_id("abc", ["abcdefgh1", "abcdefgh2"], str)
    assert refused.value.hint == "one of abcdefgh1, abcdefgh2"


def test_a_clients_key_goes_before_an_id() -> None:
    key = BETA.id[:6]
    own = a_call(15, client=key)
    assert choose_call(key, [*CALLS, own], ["acme", "beta", key], at(9), Prefer.CURRENT) is own


@pytest.mark.parametrize("typed", ["zzzz", "acm", "", " ", "\x1b[31m", "a" * 5000])
def test_what_names_no_call_is_refused_with_what_is_near(typed: str) -> None:
    with pytest.raises(UsageError) as refused:
        choose_call(typed, CALLS, ["acme", "beta"], at(9), Prefer.CURRENT)
    assert refused.value.exit_code == 2
    assert "Tue 24 Nov 10:00" in refused.value.hint or "letters" in refused.value.hint


def test_a_key_almost_right_is_named() -> None:
    with pytest.raises(UsageError) as refused:
        choose_call("acne", CALLS, ["acme", "beta"], at(9), Prefer.CURRENT)
    assert refused.value.hint.startswith("did you mean acme?")


def test_the_heading_names_the_call() -> None:
    assert heading(TEN, at(9), ShortIds([TEN.id])) == f"Weekly · acme · Tue 24 Nov 10:00–10:45 · {TEN.id[:6]}"
