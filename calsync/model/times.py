"""Spans, durations and hours of the day: the units in which everything else speaks of time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_ISO = re.compile(r"P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open span [start, end) of aware instants; `start <= end`."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a span needs aware instants")
        if elapsed(self.start, self.end) < timedelta():  # two times of one zone compare by their clocks instead
            raise ValueError("a span can't end before it starts")

    @property
    def length(self) -> timedelta:
        """Real elapsed time between both ends, whatever their zones."""
        return elapsed(self.start, self.end)

    def overlaps(self, other: Span) -> bool:
        """Tell whether both share an instant; a span of no length overlaps where start <= it < end."""
        if self.start == self.end:
            return other.start <= self.start < other.end or self.start == other.start == other.end
        if other.start == other.end:
            return self.start <= other.start < self.end
        return self.start < other.end and other.start < self.end


def elapsed(start: datetime, end: datetime) -> timedelta:
    """Return the real time from `start` to `end`; subtracting two times of one zone counts clock hours instead."""
    return end.astimezone(UTC) - start.astimezone(UTC)


def later(start: datetime, length: timedelta) -> datetime:
    """Return the instant `length` of real time after `start`, on the clocks of the same zone."""
    return (start.astimezone(UTC) + length).astimezone(start.tzinfo)


def whole_minutes(length: timedelta) -> int:
    """Return the whole minutes in `length`, towards zero."""
    return int(length / MINUTE)


def parse_duration(text: str) -> timedelta:
    """Return the duration that `45m`, `1h30m`, `30s`, `1d` (24 hours) or ISO 8601's `PT45M` names.

    Raises:
        ValueError: a bare number, months, years, or anything else; the message says what is accepted.
    """
    if found := _ISO.fullmatch(text):
        if any(found.groups()) and not text.endswith("T"):
            weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
            return _bounded(timedelta, weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    elif text and (found := _DURATION.fullmatch(text)) and any(found.groups()):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return _bounded(timedelta, days=days, hours=hours, minutes=minutes, seconds=seconds)
    if re.fullmatch(r"\d+", text):
        raise ValueError(f'"{text}" has no unit; write "{text}m"')
    raise ValueError(f'"{text}" is no duration; write it as 45m, 1h30m, 1d or PT45M')


def _bounded(make: type[timedelta], **parts: int) -> timedelta:
    try:
        length = make(**parts)
    except OverflowError:
        raise ValueError("this duration is longer than any calendar") from None
    if length > timedelta(days=3660):
        raise ValueError("this duration is longer than ten years")
    return length


def say_duration(length: timedelta) -> str:
    """Return `length` in the form the config takes: `1d`, `1h30m`, `45m`, `0m`."""
    minutes = whole_minutes(length)
    if minutes < 0:
        return "-" + say_duration(-length)
    days, rest = divmod(minutes, 24 * 60)
    hours, rest = divmod(rest, 60)
    parts = [f"{n}{unit}" for n, unit in ((days, "d"), (hours, "h"), (rest, "m")) if n]
    return "".join(parts) or "0m"


@dataclass(frozen=True, slots=True)
class Hours:
    """Clock hours of a day, in minutes since midnight: [`start`, `end`), `end` up to 48 h.

    What lies after midnight belongs to the day on which it began: 22:00-02:00 is 1320 to 1560.
    """

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Hours:
        """Read `09:00-18:30`; `00:00-24:00` is always, and an end before the start is on the next day."""
        parts = text.replace("–", "-").split("-")
        if len(parts) != 2:
            raise ValueError(f'"{text}" is no span of hours; write it as 09:00-18:30')
        start, end = (_clock(part.strip()) for part in parts)
        if start >= 24 * 60:
            raise ValueError(f'"{text}" begins after the day; write it as 09:00-18:30')
        if end == start:
            raise ValueError(f'"{text}" is no time at all; write 00:00-24:00 for always')
        return cls(start, end if end > start else end + 24 * 60)

    def __str__(self) -> str:
        end = self.end if self.end <= 24 * 60 else self.end - 24 * 60
        return f"{self.start // 60:02}:{self.start % 60:02}-{end // 60:02}:{end % 60:02}"


def _clock(text: str) -> int:
    found = _CLOCK.fullmatch(text)
    if not found or int(found[2]) > 59 or int(found[1]) * 60 + int(found[2]) > 24 * 60:
        raise ValueError(f'"{text}" is no clock time; write it as 09:00')
    return int(found[1]) * 60 + int(found[2])


def parse_clock(text: str) -> int:
    """Read `17:00` as minutes past midnight; 24:00 lies on no day."""
    minutes = _clock(text.strip())
    if minutes == 24 * 60:
        raise ValueError(f'"{text}" lies on the day after; write it as 17:00')
    return minutes


def parse_weekly(text: str) -> tuple[int, int]:
    """Read `fri 17:00` as a weekday, Monday being 0, and minutes past midnight."""
    day, _, clock = text.strip().lower().partition(" ")
    if day not in WEEKDAYS or not clock.strip():
        raise ValueError(f'"{text}" is no day with a time; write it as fri 17:00')
    return WEEKDAYS.index(day), parse_clock(clock)


def parse_days(text: str) -> frozenset[int]:
    """Read `mon-fri`, `mon,wed,fri` or `sat-mon` as weekdays, Monday being 0."""
    days: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        ends = part.split("-")
        if not all(end in WEEKDAYS for end in ends) or len(ends) > 2:
            raise ValueError(f'"{text}" are no days; write them as mon-fri or mon,wed,fri')
        first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
        days.update((first + n) % 7 for n in range((last - first) % 7 + 1))
    return frozenset(days)


def at_clock(day: date, minutes: int, zone: tzinfo) -> datetime:
    """Return the instant of `minutes` past midnight of `day` on the clocks of `zone`, in UTC.

    Minutes of 1440 and more lie on the next day. A clock time that the clocks skip is the instant
    the skipped hour would have had (PEP 495, fold=0).
    """
    day += timedelta(days=minutes // (24 * 60))
    local = datetime.combine(day, time(minutes % (24 * 60) // 60, minutes % 60), zone)
    return local.astimezone(UTC)


def instant(when: datetime | date, zone: tzinfo) -> datetime:
    """Return the instant in UTC that `when` names; a date means its first instant in `zone`."""
    if isinstance(when, datetime):
        return when.astimezone(UTC)
    return at_clock(when, 0, zone)


def within(moment: datetime, hours: Hours, days: frozenset[int], zone: tzinfo, *, closed: bool = False) -> bool:
    """Tell whether `moment` lies in `hours` of one of `days` on the clocks of `zone`.

    With `closed` the last minute of the hours counts as inside.
    """
    local = moment.astimezone(zone)
    clock = local.hour * 60 + local.minute
    for back in (0, 1):
        at = clock + back * 24 * 60
        day = local.date() - timedelta(days=back)
        inside = hours.start <= at < hours.end or (closed and at == hours.end and not local.second)
        if day.weekday() in days and inside:
            return True
    return False


def day_span(day: date, zone: tzinfo, days: int = 1) -> Span:
    """Return midnight to midnight of `days` days from `day` in `zone`: 23 or 25 hours when clocks change."""
    return Span(at_clock(day, 0, zone), at_clock(day + timedelta(days=days), 0, zone))


def week_span(day: date, zone: tzinfo) -> Span:
    """Return the ISO 8601 week (Monday first) that holds `day` in `zone`."""
    return day_span(day - timedelta(days=day.weekday()), zone, 7)


def month_span(day: date, zone: tzinfo) -> Span:
    """Return the calendar month that holds `day` in `zone`."""
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return Span(at_clock(first, 0, zone), at_clock(following, 0, zone))
