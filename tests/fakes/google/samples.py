"""Events to begin with: short ways to write one, and one of every odd kind that a real calendar holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.fakes.google.people import People

BERLIN = ZoneInfo("Europe/Berlin")


def at(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    """A time in Berlin in March 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


def event(start: datetime, minutes: int = 60, **more: Any) -> dict[str, Any]:
    """An event with a start and a length, in the hands of people."""
    return {"summary": "Call", "start": start, "end": start + timedelta(minutes=minutes)} | more


def body(start: datetime, minutes: int = 60, **more: Any) -> dict[str, Any]:
    """An event as a program inserts it."""
    until = start + timedelta(minutes=minutes)
    times = {"start": {"dateTime": _utc(start)}, "end": {"dateTime": _utc(until)}}
    return {"id": "cs00001"} | times | more


def weekly(start: datetime, series: str = "weekly", **more: Any) -> dict[str, Any]:
    """A series of a call every week."""
    return event(start, id=series, recurrence=["RRULE:FREQ=WEEKLY"]) | more


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def every_kind(calendar: People, start: datetime) -> dict[str, dict[str, Any]]:
    """Put one event of each odd kind into a calendar, around `start`; returned by what is odd about it."""
    me, guest = calendar.id, {"email": "ada@acme.example", "displayName": "Ada"}
    other = {"email": "boss@corp.example", "displayName": "Boss"}
    day = start.date()
    kinds: dict[str, dict[str, Any]] = {
        "plain": {"attendees": [guest]},
        "room": {"attendees": [{"email": "room-1@resource.calendar.google.com", "resource": True}]},
        "invited": {"organizer": other, "attendees": [{"email": me}, guest]},
        "declined": {"organizer": other, "attendees": [{"email": me, "responseStatus": "declined"}, guest]},
        "guests hidden": {"organizer": other, "guestsCanSeeOtherGuests": False, "attendees": [{"email": me}, guest]},
        "made-up address": {"attendees": [{"email": "unknownorganizer@calendar.google.com", "displayName": "Ada"}]},
        "no summary": {"summary": None},
        "tentative": {"status": "tentative", "attendees": [guest]},
        "transparent": {"transparency": "transparent", "attendees": [guest]},
        "no end": {"endTimeUnspecified": True, "attendees": [guest]},
        "no length": {"end": start, "attendees": [guest]},
        "HTML": {"description": "<p>Agenda<br>&nbsp;one &amp; two</p>", "attendees": [guest]},
        "long": {"description": "8" * 8192, "attendees": [guest]},
        "locked": {"locked": True, "attendees": [guest]},
        "all day": {"start": day, "end": day + timedelta(days=1), "attendees": [guest]},
        "over midnight": {
            "start": start.replace(hour=23, minute=30),
            "end": start.replace(hour=23) + timedelta(hours=2),
        },
        "birthday": {"eventType": "birthday", "start": day, "end": day + timedelta(days=1), "visibility": "private"},
        "out of office": {"eventType": "outOfOffice", "outOfOfficeProperties": {"autoDeclineMode": "declineNone"}},
        "focus time": {"eventType": "focusTime"},
        "working location": {"eventType": "workingLocation", "workingLocationProperties": {"type": "homeOffice"}},
        "from Gmail": {"eventType": "fromGmail", "locked": True, "attendees": [guest]},
        "of a kind yet unknown": {"eventType": "moonPhase"},
    }
    told = {}
    for number, (kind, said) in enumerate(kinds.items()):
        made = event(start, id=f"kind{number:02d}", summary=f"{kind} call") | said
        told[kind] = calendar.put({name: value for name, value in made.items() if value is not None})
    return told
