"""Series as Calendar keeps them: which starts a rule means, and what each instance is called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import rrule, rruleset, rrulestr

from tests.fakes.google import times
from tests.fakes.google.refusal import Json, invalid

_LINE = re.compile(r"(?P<name>RRULE|EXRULE|RDATE|EXDATE)(?P<parameters>(?:;[A-Z-]+=[^:;]+)*):(?P<value>.+)")
_ID = re.compile(r"(?P<base>.+)_(?P<stamp>\d{8}T\d{6}Z|\d{8})")
_MOMENT = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
MOST_INSTANCES = 730


def check(body: Json, home: str) -> None:
    """Refuse a recurrence that Calendar doesn't take."""
    lines = body.get("recurrence")
    if not lines:
        return
    zoned = not body["start"].get("date")
    if zoned and not (body["start"].get("timeZone") and body["end"].get("timeZone")):
        raise invalid("recurrence", "Missing time zone definition for start time.")
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            raise invalid("recurrence", "Invalid recurrence rule.")
        until = re.search(r"UNTIL=([^;]+)", match["value"])
        if until and zoned != until[1].endswith("Z"):
            raise invalid("recurrence", "UNTIL has to be in UTC where the start has a time, and a day where it is one.")
    try:
        _rules(body, home)
    except (ValueError, KeyError, TypeError):
        raise invalid("recurrence", "Invalid recurrence rule.") from None


def _wall(moment: str, where: Any, parameters: str = "") -> datetime:
    """Return a moment of a rule on the wall clock of the series."""
    match = _MOMENT.fullmatch(moment)
    if match is None:
        raise ValueError(moment)
    wall = datetime.strptime(match[1] + (match[2] or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007 (a wall clock)
    said = re.search(r";TZID=([^;:]+)", parameters)
    if match[3]:
        return wall.replace(tzinfo=UTC).astimezone(where).replace(tzinfo=None) if where else wall
    if said and where:
        return wall.replace(tzinfo=times.zone(said[1])).astimezone(where).replace(tzinfo=None)
    return wall


def rrule_of(value: str, first: datetime) -> rrule:
    """Read the value of an RRULE of a series that begins with `first`."""
    rule = rrulestr(f"RRULE:{value}", dtstart=first)
    assert isinstance(rule, rrule)
    return rule


def _rules(master: Json, home: str) -> tuple[rruleset, Any]:
    first = times.local(master["start"], home)
    where = first.tzinfo if isinstance(first, datetime) else None
    wall = first.replace(tzinfo=None) if isinstance(first, datetime) else datetime.combine(first, time())
    rules = rruleset()
    rules.rdate(wall)
    for line in master["recurrence"]:
        match = _LINE.fullmatch(line)
        assert match is not None
        if match["name"] in ("RRULE", "EXRULE"):
            value = re.sub(r"UNTIL=([^;]+)", lambda m: f"UNTIL={_wall(m[1], where):%Y%m%dT%H%M%S}", match["value"])
            rule = rrule_of(value, wall)
            rules.rrule(rule) if match["name"] == "RRULE" else rules.exrule(rule)
            continue
        for moment in match["value"].split(","):
            at = _wall(moment, where, match["parameters"])
            rules.rdate(at) if match["name"] == "RDATE" else rules.exdate(at)
    return rules, where


def starts(master: Json, home: str) -> Iterator[datetime | date]:
    """Give the original starts of a series: days, or aware instants; one that the clocks skip is moved forward."""
    rules, where = _rules(master, home)
    whole = bool(master["start"].get("date"))
    for number, wall in enumerate(rules):
        if number == MOST_INSTANCES:
            return
        if whole:
            yield wall.date()
        else:
            yield wall.replace(tzinfo=where).astimezone(UTC).astimezone(where)


def instance_id(base: str, start: datetime | date) -> str:
    """Name the instance of a series that starts, or would, at `start`."""
    if isinstance(start, datetime):
        return f"{base}_{start.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{base}_{start:%Y%m%d}"


def parted(event_id: str) -> tuple[str, str] | None:
    """Part an id into that of a series and the stamp; None if it isn't an instance's."""
    match = _ID.fullmatch(event_id)
    return (match["base"], match["stamp"]) if match else None


def instance(master: Json, start: datetime | date, home: str) -> Json:
    """Return what an instance of a series holds as long as nobody has touched it alone."""
    body = deepcopy(master)
    del body["recurrence"]
    body["id"] = instance_id(master["id"], start)
    body["recurringEventId"] = master["id"]
    name = master["start"].get("timeZone", "")
    body["originalStartTime"] = times.said(start, name)
    body["start"] = times.said(start, name)
    if isinstance(start, datetime):
        length = times.stretch(master, home)
        body["end"] = times.said(
            (start.astimezone(UTC) + (length.end - length.start)).astimezone(start.tzinfo),
            master["end"].get("timeZone", ""),
        )
    else:
        days = date.fromisoformat(master["end"]["date"]) - date.fromisoformat(master["start"]["date"])
        body["end"] = times.said(start + days)
    return body


def instances(master: Json, home: str, until: datetime | None) -> Iterator[Json]:
    """Give the untouched instances of a series that start before `until`."""
    for start in starts(master, home):
        body = instance(master, start, home)
        if until is not None and times.instant(body["start"], home) >= until:
            return
        yield body


def find(master: Json, stamp: str, home: str) -> Json | None:
    """Return the instance of a series with this stamp, if its rule means it."""
    wanted = f"{master['id']}_{stamp}"
    whole = datetime.strptime(stamp[:8], "%Y%m%d").replace(tzinfo=UTC)
    for start in starts(master, home):
        if instance_id(master["id"], start) == wanted:
            return instance(master, start, home)
        day = start.astimezone(UTC) if isinstance(start, datetime) else datetime.combine(start, time(), UTC)
        if day > whole + timedelta(days=2):
            return None
    return None


def ended_before(master: Json, at: datetime | date, home: str) -> list[str]:
    """Return the recurrence of a series that is to end before `at`."""
    kept = []
    for line in master["recurrence"]:
        if line.startswith("RRULE"):
            rule = re.sub(r";?(UNTIL|COUNT)=[^;]+", "", line).replace("RRULE:;", "RRULE:")
            if isinstance(at, datetime):
                line = f"{rule};UNTIL={at.astimezone(UTC) - timedelta(seconds=1):%Y%m%dT%H%M%SZ}"
            else:
                line = f"{rule};UNTIL={at - times.DAY:%Y%m%d}"
        kept.append(line)
    return kept


def begun_at(master: Json, at: datetime | date, home: str) -> list[str]:
    """Return the recurrence of the rest of a series, from `at` on."""
    gone = sum(1 for start in starts(master, home) if start < at)
    kept = []
    for line in master["recurrence"]:
        count = re.search(r"COUNT=(\d+)", line)
        kept.append(line.replace(count[0], f"COUNT={int(count[1]) - gone}") if count else line)
    return kept


def split_base(series: str) -> str:
    """Return the id that a series had before it was ever split."""
    return re.sub(r"_R\d{8}(T\d{6})?$", "", series)
