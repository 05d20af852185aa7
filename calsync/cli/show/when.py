"""Dates and times for the owner's eyes: short, English, on her clocks; for a program: RFC 3339."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from calsync.model.times import whole_minutes

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Clock:
    """Says instants on the clocks of `zone`; the year only where it isn't the year of `now`.

    Fixed names, neither Babel nor strftime: the first costs more than most commands, the second depends on the
    locale of whoever calls.
    """

    zone: tzinfo
    now: datetime

    def day(self, moment: datetime | date) -> str:
        """Return `Tue 24 Nov`."""
        on = moment.astimezone(self.zone).date() if isinstance(moment, datetime) else moment
        year = f" {on.year}" if on.year != self.now.astimezone(self.zone).year else ""
        return f"{_DAYS[on.weekday()]} {on.day} {_MONTHS[on.month - 1]}{year}"

    def time(self, moment: datetime) -> str:
        """Return `14:00`."""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def when(self, moment: datetime | date) -> str:
        """Return `Tue 24 Nov 14:00`; of an all-day event only the day."""
        return f"{self.day(moment)} {self.time(moment)}" if isinstance(moment, datetime) else self.day(moment)

    def span(self, start: datetime, end: datetime) -> str:
        """Return `14:00–14:45`; an end on another day with its day."""
        same = start.astimezone(self.zone).date() == end.astimezone(self.zone).date()
        return f"{self.time(start)}–{self.time(end) if same else self.when(end)}"


def minutes(length: timedelta | int) -> str:
    """Return `45 min`, `1 h`, `2 h 30`."""
    total = length if isinstance(length, int) else whole_minutes(length)
    sign, total = ("−", -total) if total < 0 else ("", total)
    hours, rest = divmod(total, 60)
    if not hours:
        return f"{sign}{rest} min"
    return f"{sign}{hours} h {rest:02}" if rest else f"{sign}{hours} h"


def rfc3339(moment: datetime | date, zone: tzinfo | None = None) -> str:
    """Return `moment` as RFC 3339 with the offset of its own zone (of `zone`, where given); a date stays one.

    Offsets with seconds, which zones had before they were rounded, are not in RFC 3339: then UTC.
    """
    if not isinstance(moment, datetime):
        return moment.isoformat()
    local = moment.astimezone(zone) if zone is not None and moment.tzinfo is not None else moment
    offset = local.utcoffset()
    if offset is not None and offset % timedelta(minutes=1):
        local = local.astimezone(UTC)
    return local.replace(microsecond=0).isoformat()
