"""What the texts are told of a call: by what it is joined, whether people meet, and which call comes next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calsync.model.call import Call, Flex
from calsync.model.event import Occurrence
from calsync.model.rules import Client, Policy
from calsync.model.text import Flexed
from calsync.planning.facts import Next, flexed, following, is_meeting, link_of

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def an_event(**told: str) -> Occurrence:
    event = Occurrence(calendar="work", uid="a", slot=None, start=NOW, end=NOW + HOUR)
    return replace(event, **told)  # type: ignore[arg-type]


def a_call(name: str, days: float, *, client: str = "acme", doubtful: str = "", tentative: str = "") -> Call:
    start = NOW + timedelta(days=days)
    return Call(
        name=name,
        occurrence=an_event(),
        copies=(),
        client=Client(key=client, name=client, policy=Policy(), timezone=ZoneInfo("Europe/Berlin")),
        people=(),
        group=False,
        organized=True,
        start=start,
        end=start + HOUR,
        base_stop=start + 45 * timedelta(minutes=1),
        hard_stop=start + 45 * timedelta(minutes=1),
        told_stop=start + 45 * timedelta(minutes=1),
        per_call=None,
        doubtful=doubtful,
        tentative=tentative,
    )


@pytest.mark.parametrize(
    ("event", "link"),
    [
        pytest.param({"location": "https://meet.example/acme"}, "https://meet.example/acme", id="any link as place"),
        pytest.param({"location": "Room 5 (https://meet.example/a)."}, "https://meet.example/a", id="without brackets"),
        pytest.param({"description": "Join https://us02web.zoom.us/j/1?pwd=x today"}, "https://us02web.zoom.us/j/1?pwd=x",
                     id="a conference in the description"),
        pytest.param({"url": "https://meet.google.com/abc"}, "https://meet.google.com/abc", id="a conference as URL"),
        pytest.param({"description": "See https://docs.example/sheet"}, "", id="another link is none to join by"),
        pytest.param({"description": "See https://zoom.us.evil.example/j/1"}, "", id="begins like one"),
        pytest.param({"description": "See https://evil.example/zoom.us/j/1"}, "", id="or ends like one"),
        pytest.param({"location": "Köşk, 3rd floor"}, "", id="a place"),
    ],
)  # fmt: skip
def test_by_what_a_call_is_joined(event: dict[str, str], link: str) -> None:
    assert link_of(an_event(**event)) == link


@pytest.mark.parametrize(
    ("place", "meets"),
    [
        ("", False),
        ("Köşk Cafe, Moda", True),
        ("https://meet.example/a", False),
        ("+90 212 555 12 34", False),
        ("Zoom", False),
        ("telefonla", False),
        ("Teams meeting", False),
    ],
)
def test_whether_people_meet_in_a_place(place: str, meets: bool) -> None:
    assert is_meeting(an_event(location=place)) is meets


NONE = Next(None, known=True)
UNKNOWN = Next(None, known=False)


def days(count: float, *, known: bool = True) -> Next:
    return Next(NOW + timedelta(days=count), known)


@pytest.mark.parametrize(
    ("others", "whole", "expected"),
    [
        pytest.param([], True, NONE, id="none"),
        pytest.param([], False, UNKNOWN, id="none, but not everything was read"),
        pytest.param([a_call("b", 7), a_call("c", 3)], True, days(3), id="the nearest"),
        pytest.param([a_call("b", 3, client="mavi")], True, NONE, id="another client's"),
        pytest.param([a_call("b", 93)], True, NONE, id="beyond 92 days"),
        pytest.param([a_call("b", 91.9)], True, days(91.9), id="within 92 days"),
        pytest.param([a_call("b", 3, doubtful="late"), a_call("c", 7)], True, days(7), id="a doubtful one is no date"),
        pytest.param([a_call("b", 3, tentative="yes")], True, UNKNOWN, id="nor is there none"),
        pytest.param([a_call("b", 1)], True, NONE, id="another event at the same start"),
    ],
)
def test_the_next_call(others: list[Call], whole: bool, expected: Next) -> None:
    calls = sorted([a_call("a", 1), *others], key=lambda call: (call.start, call.name))
    assert following(calls, whole=whole, now=NOW)["a"] == expected


@pytest.mark.parametrize(
    ("minutes", "told", "expected"),
    [
        pytest.param(None, 0, None, id="no flex"),
        pytest.param(15, 0, Flexed(usual=45, minutes=60, because="so"), id="more"),
        pytest.param(-15, 0, Flexed(usual=45, minutes=30, because="so"), id="less"),
        pytest.param(0, 0, None, id="back before anybody was told"),
        pytest.param(0, 15, Flexed(usual=45, minutes=45, because="so"), id="back after she was told of 15 more"),
    ],
)
def test_how_the_owner_moved_the_hard_stop(minutes: int | None, told: int, expected: Flexed | None) -> None:
    call = a_call("a", 1)
    if minutes is not None:
        stop = call.base_stop + timedelta(minutes=minutes)
        call = replace(call, flex=Flex(minutes=minutes, because="so", at=NOW), hard_stop=stop, told_stop=stop)
    assert flexed(call, told=told) == expected
