"""One VEVENT, understood: when it starts, how long it takes, what it repeats, what it replaces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from calsync.calendars.ical import lines
from calsync.calendars.ical.rule import Rule, parse_rule
from calsync.calendars.ical.scan import Component
from calsync.calendars.ical.shape import own_lines
from calsync.calendars.ical.values import (
    UNCLEAR,
    Damaged,
    Length,
    Moment,
    parse_duration,
    parse_moment,
    parse_period,
    to_utc,
)
from calsync.calendars.ical.zones import Zones
from calsync.model.mark import Mark

MARK = "X-CALSYNC"
_ONCE = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "UID")


def slot_key(start: Moment, local: datetime) -> datetime | date:
    """Return the name of an original start `local` in a series that starts at `start`.

    UTC; a date for all-day series; the local time itself in a zone that nobody knows.
    """
    if start.is_date:
        return local.date()
    if start.zone is None:
        return local
    return to_utc(local, start.zone)


@dataclass(frozen=True, slots=True)
class Timing:
    """When a component takes place.

    added: RDATEs as (local start in DTSTART's zone, length of its own or None). removed: original starts
    that EXDATE takes out, and removed_days: whole days of them. unset: EXRULEs (RFC 2445).
    """

    start: Moment
    length: Length
    rules: tuple[Rule, ...] = ()
    added: tuple[tuple[datetime, Length | None], ...] = ()
    unset: tuple[Rule, ...] = ()
    removed: frozenset[datetime | date] = frozenset()
    removed_days: frozenset[date] = frozenset()

    @property
    def recurs(self) -> bool:
        """Whether the component is a series."""
        return bool(self.rules or self.added)


class Event:
    """A component with its properties; what costs time is read when it is asked for.

    Reading `timing` or `recurrence_id` raises Damaged where they can't be understood.
    """

    def __init__(self, component: Component, zones: Zones, *, regular: bool) -> None:
        self.component = component
        self.zones = zones
        self.regular = regular
        stop = component.close if component.close >= 0 else len(component.raw)
        body = own_lines(component.raw[component.inner - 1 : stop], regular=regular)
        self.properties = lines.properties(lines.content_lines(body))

    def first(self, name: str) -> str:
        """Return the raw value of the first such property, or the empty string."""
        found = self.properties.get(name)
        return found[0][1] if found else ""

    def text(self, name: str) -> str:
        """Return the text of the first such property, or the empty string."""
        return lines.unescape(self.first(name))

    def number(self, name: str) -> int:
        """Return the number of the first such property; 0 where it is none."""
        value = self.first(name).strip()
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0

    @cached_property
    def uid(self) -> str | None:
        """The UID, or None."""
        return self.text("UID").strip() or None

    @cached_property
    def mark(self) -> Mark | None:
        """Our mark on this component, or None."""
        value = self.first(MARK)
        return Mark.decode(value) if value else None

    @cached_property
    def description(self) -> str:
        """The whole description, unescaped."""
        return self.text("DESCRIPTION")

    @cached_property
    def replaces(self) -> bool:
        """Whether it is an override: it has a RECURRENCE-ID."""
        return "RECURRENCE-ID" in self.properties

    @cached_property
    def future(self) -> bool:
        """Whether the override governs all later instances too (RANGE=THISANDFUTURE)."""
        found = self.properties.get("RECURRENCE-ID", ())
        return any(lines.parameters(given).get("RANGE", "").upper() == "THISANDFUTURE" for given, _ in found)

    def rank(self) -> tuple[int, str, int]:
        """What decides between two components of one name: SEQUENCE, then DTSTAMP (RFC 5546 §2.1.5)."""
        return self.number("SEQUENCE"), self.first("DTSTAMP"), -self.component.start

    def moment(self, name: str, local_to: Moment | None = None) -> Moment | None:
        """Return the date or time in a property, or None without it."""
        found = self.properties.get(name)
        return parse_moment(name, *found[0], self.zones, local_to) if found else None

    @cached_property
    def last_modified(self) -> datetime | None:
        """LAST-MODIFIED, or None where it is missing or none."""
        try:
            moment = self.moment("LAST-MODIFIED")
            return moment.instant if moment else None
        except UNCLEAR:
            return None

    @cached_property
    def timing(self) -> Timing:
        """When it takes place."""
        if self.component.close < 0:
            raise Damaged("it has no END:VEVENT")
        for name in _ONCE:
            if len(self.properties.get(name, ())) > 1:
                raise Damaged(f"it has {name} more than once")
        start = self.moment("DTSTART")
        if start is None:
            raise Damaged("it has no DTSTART")
        start, length = self._length(start)
        # Only now: a Damaged end is to be told before a damaged rule.
        found = self.properties
        if not found.keys() & {"RRULE", "RDATE", "EXDATE", "EXRULE"} or self.replaces:
            start.instant  # noqa: B018 - raises where the time lies outside of any calendar
            return Timing(start, length)
        rules = tuple(parse_rule(value, start, self.zones) for _, value in found.get("RRULE", ()))
        unset = tuple(parse_rule(value, start, self.zones) for _, value in found.get("EXRULE", ()))
        removed, days = self._removed(start)
        return Timing(start, length, rules, self._added(start), unset, removed, days)

    def _length(self, start: Moment) -> tuple[Moment, Length]:
        end = self.moment("DTEND", start)
        if end is None:
            if "DURATION" not in self.properties:
                return start, Length(1) if start.is_date else Length()
            length = parse_duration(self.first("DURATION"))
            if start.is_date:
                whole = timedelta(days=length.days) + length.exact
                length = Length(max(1, -(-whole // timedelta(days=1))))
            return start, length
        if start.is_date != end.is_date:
            raise Damaged("one of its DTSTART and DTEND is a date and the other a time")
        if start.is_date:
            days = (end.local - start.local).days
            if days < 0:
                raise Damaged("it ends before it starts")
            return start, Length(max(1, days))
        if start.zone is None or end.zone is None:
            # One unknown zone is enough: both are listed as they stand, and nothing follows from them.
            tzid = end.tzid if start.zone is not None else start.tzid
            taken = end.local - start.local
            if taken < timedelta(0) and start.tzid == end.tzid:
                raise Damaged("it ends before it starts")
            return replace(start, zone=None, tzid=tzid), Length(exact=max(taken, timedelta(0)))
        taken = end.instant - start.instant
        if taken < timedelta(0):
            raise Damaged("it ends before it starts")
        return start, Length(exact=taken)

    def _added(self, start: Moment) -> tuple[tuple[datetime, Length | None], ...]:
        added: list[tuple[datetime, Length | None]] = []
        for given, value in self.properties.get("RDATE", ()):
            for item in value.split(","):
                if "/" in item:
                    moment, length = parse_period("RDATE", given, item, self.zones, start)
                    added.append((local_to(start, moment), length))
                elif item.strip():
                    moment = parse_moment("RDATE", given, item, self.zones, start)
                    added.append((local_to(start, moment), None))
        return tuple(added)

    def _removed(self, start: Moment) -> tuple[frozenset[datetime | date], frozenset[date]]:
        removed: set[datetime | date] = set()
        days: set[date] = set()
        for given, value in self.properties.get("EXDATE", ()):
            for item in value.split(","):
                if not item.strip():
                    continue
                moment = parse_moment("EXDATE", given, item, self.zones, start)
                if moment.is_date or start.is_date:
                    days.add(local_to(start, moment).date())
                else:
                    removed.add(slot_key(start, local_to(start, moment)))
        return frozenset(removed), frozenset(days)


def local_to(start: Moment, moment: Moment) -> datetime:
    """Return `moment` as a naive local time in the zone of `start`.

    A date added to a timed series takes place at the time of day of `start`; of a time in an all-day
    series only its date counts, that of a UTC time in the calendar's zone.
    """
    if moment.is_date:
        return moment.local
    if start.is_date:
        local = moment.instant.astimezone(start.zone).replace(tzinfo=None) if moment.zone is UTC else moment.local
        return local.replace(hour=0, minute=0, second=0)
    if moment.zone is None or start.zone is None or moment.zone is start.zone:
        return moment.local
    return moment.instant.astimezone(start.zone).replace(tzinfo=None)
