"""Dates, times and durations of iCalendar (RFC 5545 §3.3.4 to §3.3.9) as instants in their zones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from calsync.calendars.ical import lines
from calsync.calendars.ical.zones import Zones

_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)
_DURATION = re.compile(r"([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)
_DAY = timedelta(days=1)


class Damaged(Exception):
    """A component that can't be understood; the message is a plain sentence about it."""


UNCLEAR = (Damaged, OverflowError)
"""What reading a component may raise; the second where arithmetic leaves the years 1 to 9999."""


def why(problem: Exception) -> str:
    """Return what is wrong with a component as a plain sentence."""
    return str(problem) if isinstance(problem, Damaged) else "its time lies outside of any calendar"


@dataclass(frozen=True, slots=True)
class Moment:
    """A DATE or DATE-TIME as the file gives it.

    local: what stands there, naive (a DATE at midnight). zone: what it is local to; None where its TZID is
    known to nobody. is_date: a DATE. floating: local time without a zone. tzid: as written.
    """

    local: datetime
    zone: tzinfo | None
    is_date: bool = False
    floating: bool = False
    tzid: str = ""

    @property
    def instant(self) -> datetime:
        """The instant in UTC; a clock time that the clocks skip is moved forward (§3.3.5)."""
        return to_utc(self.local, self.zone)


def to_utc(local: datetime, zone: tzinfo | None) -> datetime:
    """Return the instant of a local time: the first of two, and moved forward where there is none.

    In a zone that nobody knows the local time stands for itself, so that it can be ordered and listed.
    """
    try:
        return local.replace(tzinfo=zone or UTC).astimezone(UTC)
    except (OverflowError, ValueError) as reason:
        raise Damaged("its time lies outside of any calendar") from reason


def in_zone(instant: datetime, zone: tzinfo) -> datetime:
    """Return the instant on the clocks of `zone`."""
    try:
        return instant.astimezone(zone)
    except (OverflowError, ValueError) as reason:
        raise Damaged("its time lies outside of any calendar") from reason


def parse_moment(name: str, given: str, value: str, zones: Zones, local_to: Moment | None = None) -> Moment:
    """Read one DATE or DATE-TIME.

    name: the property, for messages. given: its parameters. local_to: whose zone a floating value takes
    (DTSTART's, for all others of its component).
    """
    found = _TIME.fullmatch(value.strip())
    if found is None:
        raise Damaged(f'its {name} "{value[:40]}" is no date and no time')
    year, month, day, hour, minute, second, utc = found.groups()
    try:
        if hour is None:
            return Moment(datetime.combine(date(int(year), int(month), int(day)), time()), zones.days, is_date=True)
        # A leap second is taken for the one before it (§3.3.12).
        clock = time(int(hour), int(minute), min(int(second), 59))
        local = datetime.combine(date(int(year), int(month), int(day)), clock)
    except ValueError as reason:
        raise Damaged(f'its {name} "{value[:40]}" is no date and no time') from reason
    tzid = lines.parameters(given).get("TZID", "") if given else ""
    if utc:
        if tzid and zones.resolve(tzid) is not UTC:
            raise Damaged(f"its {name} is in UTC and in the zone {tzid} at once")
        return Moment(local, UTC)
    if tzid:
        return Moment(local, zones.resolve(tzid), tzid=tzid)
    if local_to is not None and not local_to.is_date:
        return Moment(local, local_to.zone, floating=local_to.floating, tzid=local_to.tzid)
    return Moment(local, zones.floating, floating=True)


@dataclass(frozen=True, slots=True)
class Length:
    """How long an event takes: `days` on the clock, then `exact` time that really passes (§3.3.6)."""

    days: int = 0
    exact: timedelta = timedelta(0)

    def end_of(self, local: datetime, zone: tzinfo | None) -> datetime:
        """Return in UTC when what starts at `local` ends."""
        try:
            return to_utc(local + timedelta(days=self.days), zone) + self.exact
        except OverflowError as reason:
            raise Damaged("its end lies outside of any calendar") from reason


def parse_duration(value: str) -> Length:
    """Read one DURATION (§3.3.6); weeks and days are days on the clock. A negative one is refused."""
    found = _DURATION.fullmatch(value.strip())
    if found is None or not any(found.groups()[1:]):
        raise Damaged(f'its duration "{value[:40]}" is none')
    sign, weeks, days, hours, minutes, seconds = found.groups()
    try:
        exact = timedelta(hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0))
        length = Length(int(weeks or 0) * 7 + int(days or 0), exact)
        total = timedelta(days=length.days) + exact
    except (OverflowError, ValueError) as reason:
        raise Damaged(f'its duration "{value[:40]}" is longer than any calendar') from reason
    if sign == "-" and total:
        raise Damaged("its duration is negative: it would end before it starts")
    return length


def parse_period(name: str, given: str, value: str, zones: Zones, local_to: Moment) -> tuple[Moment, Length]:
    """Read one PERIOD (§3.3.9): a start with an end or a duration."""
    first, _, second = value.partition("/")
    start = parse_moment(name, given, first, zones, local_to)
    if second.strip().upper().startswith(("P", "+P", "-P")):
        return start, parse_duration(second)
    end = parse_moment(name, given, second, zones, local_to)
    if end.instant < start.instant:
        raise Damaged(f"a period in its {name} ends before it starts")
    return start, Length(exact=end.instant - start.instant)
