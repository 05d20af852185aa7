"""The JSON that scripts count on, key by key: types, null and never missing, offsets, whole minutes, order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import MONDAY, Calsync

NOW = ("--now", MONDAY)
WEDNESDAY = "2026-11-25T11:20:00+03:00"
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
ACTIONS = {"write_note", "remove_note", "add_block", "write_block", "move_block", "remove_block"}
KINDS = {"timeframe", "reminder", "update", "flex", "late", "cancelled", "announcement", "close_out", "over_cap"}
STATES = {"planned", "asks", "held", "sending", "sent", "skipped", "expired", "failed", "unknown"}

CALL = {"id": str, "calendar": str, "uid": str, "summary": str, "client": str, "group": bool, "start": INSTANT,
        "end": INSTANT, "hard_stop": INSTANT, "minutes": int}  # fmt: skip
CHANGE = {"action": ACTIONS, "call": str, "calendar": str, "role": {"before", "after", None}, "start": INSTANT,
          "end": INSTANT, "text": str, "why": str}  # fmt: skip
MESSAGE = {"id": str, "call": str, "client": str, "kind": KINDS, "to": str, "send_at": INSTANT, "expires_at": INSTANT,
           "state": STATES, "subject": str, "body": str}  # fmt: skip
HELD = {"call": str, "what": str, "why": str}
MONEY = {"amount": float, "currency": str}
AHEAD = {"calls": int, "booked": int, "capped": int, "cost": MONEY}
ROW = {"client": str, "calls": int, "told": int, "booked": int, "capped": int, "taken": int, "over": int,
       "flexed": int, "cost": MONEY, "ahead": AHEAD}  # fmt: skip
PLAN = {"now": INSTANT, "mode": {"observe", "act"}, "digest": str, "calendars": dict, "calls": [CALL],
        "changes": [CHANGE], "messages": [MESSAGE], "held": [HELD]}  # fmt: skip
SYNCED = {"now": INSTANT, "applied": [CHANGE], "sent": [MESSAGE], "failed": [{"what": str, "why": str}], "held": [HELD]}
STATUS = {"now": INSTANT, "mode": {"observe", "act"}, "calendars": dict, "messages": [MESSAGE], "held": [HELD],
          "owner_must": [str]}  # fmt: skip
CHECKS = {"checks": [{"name": str, "state": {"ok", "warn", "fail"}, "what": str, "hint": str}]}
EVENT = {"id": (str, None), "calendar": str, "uid": (str, None), "start": (INSTANT, DAY), "end": (INSTANT, DAY),
         "all_day": bool, "summary": str, "status": {"confirmed", "tentative", "cancelled"}, "recurring": bool,
         "client": (str, None)}  # fmt: skip


def fits(value: object, shape: object, where: str = "") -> None:
    """Assert that `value` has `shape`: keys exactly these, and every type as said; a tuple means any of them."""
    if isinstance(shape, Mapping):
        assert isinstance(value, dict), where
        assert list(value) == list(shape), where
        for key, inner in shape.items():
            fits(value[key], inner, f"{where}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), where
        for number, one in enumerate(value):
            fits(one, shape[0], f"{where}[{number}]")
    elif isinstance(shape, set):
        assert value in shape, where
    elif isinstance(shape, tuple):
        options = [option for option in shape if option is not None]
        assert (value is None and None in shape) or any(_is(value, option) for option in options), where
    else:
        assert _is(value, shape), f"{where}: {value!r}"


def _is(value: object, shape: object) -> bool:
    return (
        isinstance(value, str) and bool(shape.fullmatch(value))
        if isinstance(shape, re.Pattern)
        else type(value) is shape
    )


def test_plan_sync_and_outbox(calsync: Calsync, sample: Path) -> None:
    plan = calsync("plan", "--json", *NOW).json
    fits(plan, PLAN)
    fits(plan["calendars"], {"work": {"ok": bool, "error": (str, None), "events": int, "calls": int}})
    assert plan["calls"] == sorted(plan["calls"], key=lambda call: call["start"])
    assert len({call["id"] for call in plan["calls"]}) == len(plan["calls"])
    review = next(call for call in plan["calls"] if call["group"])
    assert (review["start"], review["minutes"]) == ("2026-11-26T14:00:00+01:00", 45), "in the zone of its event"

    assert calsync("act", "--yes", "--json", *NOW).status == 0
    fits(calsync("outbox", "--json", *NOW).json, {"messages": [MESSAGE]})
    later = calsync("sync", "--json", "--now", "2026-11-23T14:05:00+03:00").json
    fits(later, SYNCED)
    assert [message["state"] for message in later["sent"]] == ["sent"]


def test_status_and_check(calsync: Calsync, sample: Path) -> None:
    before = calsync("status", "--json", *NOW).json
    fits(before, STATUS)
    assert before["calendars"] == {"work": {"ok": True, "error": None, "read_at": None}}, "no cycle has read it yet"
    calsync("sync", *NOW)
    assert calsync("status", "--json", *NOW).json["calendars"]["work"]["read_at"] == MONDAY
    checked = calsync("check", "--json")
    fits(checked.json, CHECKS)
    assert checked.status == 0


def test_report_counts_what_has_begun_and_what_lies_ahead(calsync: Calsync, sample: Path) -> None:
    report = calsync("report", "--week", "2026-W48", "--json", "--now", WEDNESDAY).json
    fits(report, {"from": INSTANT, "to": INSTANT, "clients": list})
    assert (report["from"], report["to"]) == ("2026-11-23T00:00:00+03:00", "2026-11-30T00:00:00+03:00")
    acme, mavi = report["clients"]
    fits(acme, ROW)
    assert [acme[key] for key in ("calls", "booked", "capped", "taken")] == [1, 60, 45, 45]
    assert acme["cost"] == {"amount": 67.5, "currency": "EUR"}
    assert acme["ahead"] == {"calls": 2, "booked": 90, "capped": 75, "cost": {"amount": 112.5, "currency": "EUR"}}
    assert mavi["cost"] is None
    assert mavi["ahead"]["cost"] is None, "no rate, no cost"


EVENTS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:b-holiday
DTSTART;VALUE=DATE:20261124
DTEND;VALUE=DATE:20261126
SUMMARY:Tatil günü
END:VEVENT
BEGIN:VEVENT
UID:a-floating
DTSTART:20261124T100000
DTEND:20261124T110000
SUMMARY:Floating
END:VEVENT
BEGIN:VEVENT
UID:c-cancelled
DTSTART;TZID=Europe/Berlin:20261124T120000
DTEND;TZID=Europe/Berlin:20261124T130000
STATUS:CANCELLED
SUMMARY:Cancelled
END:VEVENT
BEGIN:VEVENT
UID:e-moment
DTSTART:20261124T130000Z
SUMMARY:A moment
END:VEVENT
BEGIN:VEVENT
DTSTART:20261124T130000Z
DTEND:20261124T133000Z
STATUS:TENTATIVE
SUMMARY:Nameless
END:VEVENT
BEGIN:VEVENT
UID:d-mars
DTSTART;TZID=Mars/Base:20261124T190000
DTEND;TZID=Mars/Base:20261124T200000
SUMMARY:Nowhere
END:VEVENT
BEGIN:VEVENT
UID:f-daily
DTSTART;TZID=Europe/Istanbul:20261120T200000
DURATION:PT30M
RRULE:FREQ=DAILY
SUMMARY:Daily
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def week(home: Path) -> str:
    """A file with one event of every kind, and no config at all."""
    path = home / "week.ics"
    path.write_bytes(EVENTS.replace("\n", "\r\n").encode())
    return str(path)


def listed(calsync: Calsync, file: str, since: str, until: str, zone: str = "Europe/Istanbul") -> list[dict[str, Any]]:
    ran = calsync("events", "--from", since, "--to", until, "--file", file, "--zone", zone, "--json")
    assert ran.status == 0
    found: list[dict[str, Any]] = ran.json
    return found


def test_events_of_every_kind(calsync: Calsync, week: str) -> None:
    found = listed(calsync, week, "2026-11-24", "2026-11-25")
    everyone = [(one["uid"], one["start"], one["end"]) for one in found]
    assert everyone == [
        ("b-holiday", "2026-11-24", "2026-11-26"),
        ("a-floating", "2026-11-24T10:00:00+03:00", "2026-11-24T11:00:00+03:00"),
        ("c-cancelled", "2026-11-24T12:00:00+01:00", "2026-11-24T13:00:00+01:00"),
        (None, "2026-11-24T13:00:00+00:00", "2026-11-24T13:30:00+00:00"),
        ("e-moment", "2026-11-24T13:00:00+00:00", "2026-11-24T13:00:00+00:00"),
        ("d-mars", "2026-11-24T19:00:00", "2026-11-24T20:00:00"),
        ("f-daily", "2026-11-24T20:00:00+03:00", "2026-11-24T20:30:00+03:00"),
    ]
    for one in found:
        if one["uid"] != "d-mars":
            fits(one, EVENT)
    by = {one["uid"]: one for one in found}
    assert by["c-cancelled"]["status"] == "cancelled"
    assert (by[None]["status"], by[None]["id"]) == ("tentative", None)
    assert by["f-daily"]["recurring"] and not by["a-floating"]["recurring"]
    assert by["b-holiday"]["all_day"]


@pytest.mark.parametrize(
    ("since", "until", "zone", "uids"),
    [
        pytest.param("2026-11-24T13:00:00Z", "2026-11-24T13:10:00Z", "UTC", {"b-holiday", None, "e-moment"}, id="from"),
        pytest.param("2026-11-24T12:30:00Z", "2026-11-24T13:00:00Z", "UTC", {"b-holiday"}, id="to is exclusive"),
        pytest.param("2026-11-25T21:00:00Z", "2026-11-25T22:00:00Z", "Europe/Istanbul", set(), id="the day is over"),
        pytest.param("2026-11-25T21:00:00Z", "2026-11-25T22:00:00Z", "UTC", {"b-holiday"}, id="still that day here"),
        pytest.param("2026-11-24T15:00:00Z", "2026-11-24T15:10:00Z", "America/New_York", {"b-holiday", "a-floating"},
                     id="floating in the given zone"),
    ],
)  # fmt: skip
def test_events_of_a_window(
    calsync: Calsync, week: str, since: str, until: str, zone: str, uids: set[str | None]
) -> None:
    assert {one["uid"] for one in listed(calsync, week, since, until, zone)} == uids
