"""Recurrence rules (RFC 5545 §3.3.10): their occurrences near a window, without walking there from the start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from calsync.calendars.ical.values import Damaged, Moment, in_zone, parse_moment
from calsync.calendars.ical.zones import Zones

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_STEPS = {
    "DAILY": timedelta(days=1),
    "HOURLY": timedelta(hours=1),
    "MINUTELY": timedelta(minutes=1),
    "SECONDLY": timedelta(seconds=1),
}
_FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", *_STEPS)  # in the order of dateutil's numbers
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_MOST_STEPS = 50_000
_TOO_FAR = "its rule can't be followed from its start to now in reasonable time"

# For each BY part: dateutil's name for it, and the numbers it takes.
_BY_PARTS = {
    "BYMONTH": ("bymonth", 1, 12),
    "BYWEEKNO": ("byweekno", -53, 53),
    "BYYEARDAY": ("byyearday", -366, 366),
    "BYMONTHDAY": ("bymonthday", -31, 31),
    "BYHOUR": ("byhour", 0, 23),
    "BYMINUTE": ("byminute", 0, 59),
    "BYSECOND": ("bysecond", 0, 60),
    "BYSETPOS": ("bysetpos", -366, 366),
}
_MAY_BE_ZERO = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One RRULE. until: the last local start it may give, in DTSTART's zone. weekdays: (ordinal or 0, day)."""

    frequency: str
    interval: int
    count: int | None
    until: datetime | None
    weekdays: tuple[tuple[int, int], ...]
    by: dict[str, tuple[int, ...]]
    week_start: int


def parse_rule(value: str, start: Moment, zones: Zones) -> Rule:
    """Read an RRULE of an event that starts at `start`.

    An UNTIL in local time is local to DTSTART's zone, and one that is a date means the end of that day,
    where others read both as UTC.
    """
    parts: dict[str, str] = {}
    for part in value.strip().rstrip(";").upper().split(";"):
        name, _, text = part.partition("=")
        if not text or name in parts:
            raise Damaged(f'its rule "{value[:60]}" can\'t be read')
        parts[name.strip()] = text.strip()
    frequency = parts.pop("FREQ", "")
    if frequency not in _FREQUENCIES:
        raise Damaged(f'its rule "{value[:60]}" has no frequency that is known')
    interval = _numbers("INTERVAL", parts.pop("INTERVAL", "1"), 1, 100_000)[0]
    count = _numbers("COUNT", parts.pop("COUNT"), 1, 10**9)[0] if "COUNT" in parts else None
    until = _until(parts.pop("UNTIL"), start, zones) if "UNTIL" in parts else None
    week_start = parts.pop("WKST", "MO")
    weekdays = tuple(_weekday(text) for text in parts.pop("BYDAY").split(",")) if "BYDAY" in parts else ()
    if week_start not in _DAYS:
        raise Damaged(f'its rule "{value[:60]}" begins weeks on no day')
    by = {}
    for name, text in parts.items():
        if name not in _BY_PARTS:
            raise Damaged(f"its rule has a part {name[:20]} that is not known")
        _, least, most = _BY_PARTS[name]
        numbers = _numbers(name, text, least, most)
        if 0 in numbers and name not in _MAY_BE_ZERO:
            raise Damaged(f"its rule has a zero in {name}")
        by[name] = numbers
    return Rule(frequency, interval, count, until, weekdays, by, _DAYS.index(week_start))


def _numbers(name: str, text: str, least: int, most: int) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(",")) if len(text) < 4000 else ()
    except ValueError:
        numbers = ()
    if not numbers or not all(least <= number <= most for number in numbers):
        raise Damaged(f'its rule has {name}="{text[:20]}", which is not between {least} and {most}')
    return numbers


def _weekday(text: str) -> tuple[int, int]:
    found = _WEEKDAY.fullmatch(text.strip())
    if found is None or (found[1] and not 1 <= abs(int(found[1])) <= 53):
        raise Damaged(f'its rule has BYDAY="{text[:20]}", which is no day')
    return int(found[1] or 0), _DAYS.index(found[2])


def _until(text: str, start: Moment, zones: Zones) -> datetime:
    until = parse_moment("UNTIL", "", text, zones, start)
    if until.is_date:
        return datetime.combine(until.local, time.max)
    local = until.local
    if text.endswith("Z") and start.zone is not None:
        zone = zones.floating if start.is_date else start.zone
        local = in_zone(until.instant, zone).replace(tzinfo=None)
    return local


def occurrences(rule: Rule, start: datetime, low: datetime, high: datetime) -> Iterator[datetime]:
    """Yield in order the local starts that the rule gives in [low, high]; all naive, in one zone.

    start: DTSTART. Plain rules, most of them DAILY and WEEKLY, are entered by arithmetic; dateutil does the
    others, from the last period before `low` unless they count.

    Raises:
        Damaged: the rule can't be, or would have to be walked for longer than it is worth.
    """
    if rule.until is not None and rule.until < high:
        high = rule.until
    low = max(low, start)
    if high < low:
        return
    if rule.frequency in _STEPS and not rule.by and not rule.weekdays:
        yield from _by_steps(rule, start, low, high)
    elif rule.frequency == "WEEKLY" and not rule.by:
        yield from _weekly(rule, start, low, high)
    elif not rule.by and not rule.weekdays and start.day <= 28:
        yield from _by_months(rule, start, low, high)
    else:
        yield from _by_library(rule, start, low, high)


def _by_steps(rule: Rule, start: datetime, low: datetime, high: datetime) -> Iterator[datetime]:
    step = _STEPS[rule.frequency] * rule.interval
    number = -((start - low) // step)  # rounded up
    moment = start + step * number
    while moment <= high and (rule.count is None or number < rule.count):
        yield moment
        number += 1
        try:
            moment += step
        except OverflowError:
            return


def _weekly(rule: Rule, start: datetime, low: datetime, high: datetime) -> Iterator[datetime]:
    begun = (start.weekday() - rule.week_start) % 7  # how far into its week the series begins
    offsets = sorted({(day - rule.week_start) % 7 for _, day in rule.weekdays}) or [begun]
    missed = sum(1 for offset in offsets if offset < begun)
    step = _WEEK * rule.interval
    # Counted from the start itself: the first day of its week may lie before the calendar's first.
    week = max(0, (low - start + timedelta(days=begun)) // step)
    while True:
        for place, offset in enumerate(offsets):
            if week == 0 and offset < begun:
                continue
            if rule.count is not None and week * len(offsets) + place - missed >= rule.count:
                return
            try:
                moment = start + step * week + timedelta(days=offset - begun)
            except OverflowError:
                return
            if moment > high:
                return
            if moment >= low:
                yield moment
        week += 1


def _by_months(rule: Rule, start: datetime, low: datetime, high: datetime) -> Iterator[datetime]:
    """MONTHLY and YEARLY without further parts, on a day that every month has."""
    step = rule.interval * (12 if rule.frequency == "YEARLY" else 1)
    first = start.year * 12 + start.month - 1
    number = max(0, (low.year * 12 + low.month - 1 - first) // step)
    while rule.count is None or number < rule.count:
        year, month = divmod(first + step * number, 12)
        if year > high.year:
            return
        moment = start.replace(year=year, month=month + 1)
        if moment > high:
            return
        if moment >= low:
            yield moment
        number += 1


class _Interval(int):
    """An INTERVAL that lets dateutil take only so many steps.

    A rule that never gives a day (the 30th of February) would be searched to the year 9999.
    """

    left: int

    def __new__(cls, interval: int) -> _Interval:
        self = super().__new__(cls, interval)
        self.left = _MOST_STEPS
        return self

    def _step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Damaged(_TOO_FAR)

    def __radd__(self, other: int) -> int:
        self._step()
        return other + int(self)

    def __mul__(self, other: int) -> int:
        self._step()
        return int(self) * other


def _by_library(rule: Rule, start: datetime, low: datetime, high: datetime) -> Iterator[datetime]:
    # Imported here: most calendars have no such rule near the window.
    from dateutil.rrule import rrule, weekday

    by = {_BY_PARTS[name][0]: numbers for name, numbers in rule.by.items()}
    weekdays = [weekday(day, ordinal or None) for ordinal, day in rule.weekdays]
    # What the rule leaves out is taken from DTSTART (§3.3.10); it must be said before the start is moved.
    if not weekdays and not by.keys() & {"byyearday", "bymonthday"}:
        if "byweekno" in by or rule.frequency == "WEEKLY":
            weekdays = [weekday(start.weekday())]
        elif rule.frequency in ("YEARLY", "MONTHLY"):
            by["bymonthday"] = (start.day,)
            if rule.frequency == "YEARLY":
                by.setdefault("bymonth", (start.month,))
    if rule.count is None:
        start = _entered(rule, start, low)
    try:
        make: Any = rrule  # its stubs know no keywords from a mapping
        walk = make(
            _FREQUENCIES.index(rule.frequency),
            dtstart=start,
            interval=_Interval(rule.interval),
            wkst=rule.week_start,
            count=rule.count,
            byweekday=weekdays or None,
            **by,
        )
        passed = 0
        for moment in walk:
            if moment > high:
                return
            if moment >= low:
                yield moment
            elif (passed := passed + 1) > _MOST_STEPS:
                raise Damaged(_TOO_FAR)
    except (ValueError, OverflowError, TypeError, LookupError) as reason:  # what impossible rules make it raise
        raise Damaged("its rule asks for what can't be") from reason


def _entered(rule: Rule, start: datetime, low: datetime) -> datetime:
    """Return a start from which the rule gives the same from `low` on: that of a period before it."""
    if rule.frequency == "YEARLY":
        year = start.year + (low.year - 1 - start.year) // rule.interval * rule.interval
        return start if year <= start.year else start.replace(year=year, month=1, day=1)
    if rule.frequency == "MONTHLY":
        first = start.year * 12 + start.month - 1
        month = first + (low.year * 12 + low.month - 2 - first) // rule.interval * rule.interval
        return start if month <= first else start.replace(year=month // 12, month=month % 12 + 1, day=1)
    if rule.frequency == "WEEKLY":
        begun = timedelta(days=(start.weekday() - rule.week_start) % 7)
        weeks = (low - start + begun) // (_WEEK * rule.interval) - 1
        return start if weeks <= 0 else start + _WEEK * rule.interval * weeks - begun
    step = _STEPS[rule.frequency] * rule.interval
    steps = (low - start) // step - 1
    return start if steps <= 0 else start + step * steps
