"""Where blocks stand: touching their call, cut by what is busy, sharing the room between two calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calsync.model.call import Call, Flex
from calsync.model.event import Occurrence
from calsync.model.rules import Client, Policy
from calsync.model.times import Span, later
from calsync.planning.blocks import Taken, place

BERLIN = ZoneInfo("Europe/Berlin")


def client(before: int = 5, after: int = 10) -> Client:
    policy = Policy(buffer_before=timedelta(minutes=before), buffer_after=timedelta(minutes=after))
    return Client(key="acme", name="Acme", policy=policy, timezone=BERLIN)


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-25T{clock}:00").replace(tzinfo=BERLIN)


def call(name: str, clock: str, minutes: int, cap: int | None = None, *, who: Client | None = None) -> Call:
    return timed(name, at(clock), minutes, cap, who=who)


def timed(name: str, start: datetime, minutes: int, cap: int | None = None, *, who: Client | None = None) -> Call:
    end = later(start, timedelta(minutes=minutes))
    stop = later(start, timedelta(minutes=cap or minutes))
    event = Occurrence(calendar="work", uid=name, slot=None, start=start, end=end)
    return Call(
        name=name,
        occurrence=event,
        copies=(event.ref,),
        client=who or client(),
        people=(),
        group=False,
        organized=True,
        start=start,
        end=end,
        base_stop=stop,
        hard_stop=stop,
        told_stop=stop,
        per_call=None,
        flex=Flex(minutes=0, because="", at=start) if cap and cap > minutes else None,
    )


def taken(*calls: Call, others: tuple[str, ...] = ()) -> list[Taken]:
    found = [
        Taken(Span(one.start.astimezone(UTC), max(one.end, one.hard_stop).astimezone(UTC)), one.name) for one in calls
    ]
    for other in others:
        begin, end = other.split("-")
        found.append(Taken(Span(at(begin).astimezone(UTC), at(end).astimezone(UTC))))
    return sorted(found, key=lambda one: one.span)


def stood(calls: tuple[Call, ...], others: tuple[str, ...] = (), zone: ZoneInfo = BERLIN) -> dict[str, str]:
    found = {}
    for one in place(calls, taken(*calls, others=others)):
        if one.span is not None:
            begin, end = one.span.start.astimezone(zone), one.span.end.astimezone(zone)
            also = "+" if one.also else ""
            found[f"{one.call.name} {one.role.value}"] = f"{begin:%H:%M}-{end:%H:%M}{also}"
    return found


@pytest.mark.parametrize(
    ("others", "before", "after"),
    [
        pytest.param((), "09:55-10:00", "10:45-10:55", id="room on both sides"),
        pytest.param(("09:00-09:57",), None, "10:45-10:55", id="three minutes before"),
        pytest.param(("10:50-11:30",), "09:55-10:00", "10:45-10:50", id="cut behind"),
        pytest.param(("10:49-11:30",), "09:55-10:00", None, id="four minutes behind"),
        pytest.param(("09:30-10:10",), None, "10:45-10:55", id="something runs into the call"),
        pytest.param(("10:30-10:50",), "09:55-10:00", None, id="something over the hard stop"),
        pytest.param(("10:10-10:20",), "09:55-10:00", "10:45-10:55", id="something within the call"),
    ],
)
def test_a_block_never_covers_another_busy_event(
    others: tuple[str, ...], before: str | None, after: str | None
) -> None:
    found = stood((call("a", "10:00", 60, 45),), others)
    assert (found.get("a before"), found.get("a after")) == (before, after)


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        pytest.param(
            (call("a", "10:00", 45), call("b", "11:00", 45)),
            {"a after": "10:45-10:55", "b before": "10:55-11:00"},
            id="room for both",
        ),
        pytest.param(
            (call("a", "10:00", 45, who=client(10, 10)), call("b", "10:57", 45, who=client(10, 10))),
            {"a after": "10:45-10:51", "b before": "10:51-10:57"},
            id="in proportion",
        ),
        pytest.param(
            (call("a", "10:00", 45, who=client(10, 10)), call("b", "10:58", 45, who=client(10, 10))),
            {"a after": "10:45-10:52", "b before": "10:52-10:58"},
            id="the rest to the block after",
        ),
        pytest.param(
            (call("a", "10:00", 45), call("b", "10:57", 45)),
            {"a after": "10:45-10:55+"},
            id="too little for the block before",
        ),
        pytest.param(
            (call("a", "10:00", 45, who=client(5, 5)), call("b", "10:51", 45, who=client(20, 5))),
            {"b before": "10:45-10:51+"},
            id="too little for the block after",
        ),
        pytest.param((call("a", "10:00", 45), call("b", "10:48", 45)), {}, id="too little for either"),
        pytest.param((call("a", "10:00", 45), call("b", "10:45", 45)), {}, id="back to back"),
        pytest.param(
            (call("a", "10:00", 60, 45), call("b", "11:00", 45)),
            {"a after": "10:45-10:55+"},
            id="the event before runs on to the call: its tail is not this call's",
        ),
        pytest.param(
            (call("a", "10:00", 60, 40), call("b", "11:10", 45)),
            {"a after": "10:40-10:50", "b before": "11:05-11:10"},
            id="room behind the event's end",
        ),
        pytest.param(
            (call("a", "10:00", 60, 75), call("b", "11:30", 45)),
            {"a after": "11:15-11:25", "b before": "11:25-11:30"},
            id="a hard stop after the event's end",
        ),
    ],
)
def test_two_blocks_between_two_calls_share_the_room(calls: tuple[Call, ...], expected: dict[str, str]) -> None:
    found = stood(calls)
    assert found.pop("a before")
    assert found.pop("b after")
    assert found == expected


def test_no_block_is_longer_than_its_call() -> None:
    assert stood((call("a", "10:00", 7, who=client(15, 30)),)) == {"a before": "09:53-10:00", "a after": "10:07-10:14"}


def test_buffers_of_no_length_are_no_blocks() -> None:
    assert stood((call("a", "10:00", 45, who=client(0, 0)),)) == {}


def test_calls_at_the_same_time_do_not_get_two_blocks_over_each_other() -> None:
    calls = (call("a", "10:00", 60, 45), call("b", "10:00", 45))
    spans = [one.span for one in place(calls, taken(*calls)) if one.span is not None]
    assert len(spans) == len(set(spans))
    assert not any(one.overlaps(other) for one in spans for other in spans if one is not other)


def test_blocks_touch_in_real_time_when_the_clocks_go_back() -> None:
    # 25 October 2026 in Berlin: 03:00 CEST is 02:00 CET.
    start = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    one = timed("a", start, 60, 45)
    assert stood((one,), zone=ZoneInfo("UTC")) == {"a before": "00:25-00:30", "a after": "01:15-01:25"}
    second = timed("b", datetime(2026, 10, 25, 2, 40, tzinfo=BERLIN, fold=1), 45)
    found = stood((one, second), zone=ZoneInfo("UTC"))
    assert found["a after"] == "01:15-01:25"
    assert found["b before"] == "01:35-01:40"


def test_blocks_go_over_midnight_and_the_end_of_the_year() -> None:
    one = timed("a", datetime(2027, 1, 1, 0, 2, tzinfo=BERLIN), 30)
    assert stood((one,))["a before"] == "23:57-00:02"
