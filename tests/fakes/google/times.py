"""Starts and ends as Calendar takes and gives them: days, instants with an offset, and IANA zones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tests.fakes.google.refusal import Json, bad, empty_range, invalid

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)?")


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when to when, in UTC."""

    start: datetime
    end: datetime


@cache
def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name."""
    try:
        if name != name.strip("/") or ".." in name:
            raise ValueError(name)
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError):
        raise bad(f"Invalid time zone definition for {name}.", "invalid") from None


def parameter(name: str, text: str) -> datetime:
    """Read an instant of a query; an offset has to be there, what is below a second is dropped."""
    match = _INSTANT.fullmatch(text)
    if match is None or match[3] is None:
        raise bad("Bad Request", parameter=name)
    try:
        return datetime.fromisoformat(match[1] + match[3].upper())
    except ValueError:
        raise bad("Bad Request", parameter=name) from None


def local(said: Json, home: str) -> datetime | date:
    """Return a start or end as a day, or an aware instant in the zone that it is said in (else `home`)."""
    if said.get("date"):
        return date.fromisoformat(said["date"])
    match = _INSTANT.fullmatch(said["dateTime"])
    assert match is not None
    where = zone(said.get("timeZone") or home)
    if match[3]:
        return datetime.fromisoformat(match[1] + match[3].upper()).astimezone(where)
    return datetime.fromisoformat(match[1]).replace(tzinfo=where)


def instant(said: Json, home: str) -> datetime:
    """Return a start or end in UTC; a day begins with midnight in the calendar's zone."""
    where = local(said, home)
    if not isinstance(where, datetime):
        where = datetime.combine(where, time(), zone(home))
    return where.astimezone(UTC)


def stretch(body: Json, home: str) -> Stretch:
    """Return from when to when an event lasts."""
    return Stretch(instant(body["start"], home), instant(body["end"], home))


def _check_one(body: Json, name: str) -> None:
    said = {key: value for key, value in (body.get(name) or {}).items() if value is not None}
    if bool(said.get("date")) == bool(said.get("dateTime")):
        word = "start" if name == "start" else "end"
        raise bad(f"Missing {word} time.", "required") if not said else invalid(name)
    if said.get("timeZone"):
        zone(said["timeZone"])
    if said.get("date"):
        try:
            if len(said["date"]) != 10:
                raise ValueError(said["date"])
            date.fromisoformat(said["date"])
        except ValueError:
            raise invalid(name) from None
        return
    match = _INSTANT.fullmatch(said["dateTime"])
    if match is None:
        raise bad("Bad Request")
    if match[3] is None and not said.get("timeZone"):
        raise bad(f"Missing time zone definition for {name} time.", "required")
    try:
        datetime.fromisoformat(match[1] + (match[3] or "Z").upper())
    except ValueError:
        raise bad("Bad Request") from None


def check(body: Json, home: str) -> None:
    """Refuse a start and end that an event can't have."""
    for name in ("start", "end"):
        _check_one(body, name)
    if bool(body["start"].get("date")) != bool(body["end"].get("date")):
        raise invalid("end", "The start and end must both be a date or both a dateTime.")
    length = stretch(body, home)
    if length.end < length.start:
        raise empty_range("end")
    if body["start"].get("date") and body["end"]["date"] <= body["start"]["date"]:
        raise empty_range("end")


def kept(said: Json, home: str) -> Json:
    """Return a start or end as it is stored: a day, or the wall clock in its zone with the offset said."""
    if said.get("date"):
        return {"date": said["date"]}
    where = local(said, home)
    told: Json = {"dateTime": where.isoformat()}
    return told | ({"timeZone": said["timeZone"]} if said.get("timeZone") else {})


def shown(said: Json, home: str, asked: str = "") -> Json:
    """Return a start or end as it is answered: with the offset of the calendar's zone, or of the one asked for."""
    if said.get("date"):
        return {"date": said["date"]}
    told = instant(said, home).astimezone(zone(asked or home)).isoformat()
    if told.endswith("+00:00"):
        told = told.removesuffix("+00:00") + "Z"
    return {"dateTime": told} | ({"timeZone": said["timeZone"]} if said.get("timeZone") else {})


def said(moment: datetime | date, zone_name: str = "") -> Json:
    """Write a moment of Python as a start or end."""
    if isinstance(moment, datetime):
        return {"dateTime": moment.isoformat()} | ({"timeZone": zone_name} if zone_name else {})
    return {"date": moment.isoformat()}


DAY = timedelta(days=1)
