"""Weeks and months, over which calls are counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from calsync.model.times import Span, month_span, week_span


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A calendar month, or an ISO 8601 week, by its first day."""

    first: date
    monthly: bool

    @classmethod
    def holding(cls, moment: datetime, zone: tzinfo) -> tuple[Period, Period]:
        """Return the week and the month that hold `moment` on the clocks of `zone`."""
        day = moment.astimezone(zone).date()
        return cls(day - timedelta(days=day.weekday()), False), cls(day.replace(day=1), True)

    @classmethod
    def parse(cls, text: str) -> Period:
        """Return the period that `str` wrote.

        Raises:
            ValueError: it is none.
        """
        year, _, rest = text.partition("-")
        if rest.startswith("W"):
            return cls(date.fromisocalendar(int(year), int(rest[1:]), 1), False)
        return cls(date(int(year), int(rest), 1), True)

    def __str__(self) -> str:
        """Return `2026-11`, or `2026-W47`."""
        if self.monthly:
            return f"{self.first:%Y-%m}"
        year, week, _ = self.first.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def last(self) -> date:
        """Its last day."""
        if self.monthly:
            return (self.first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        return self.first + timedelta(days=6)

    def span(self, zone: tzinfo) -> Span:
        """Return it as a span: its days in `zone`, however long the clocks make them."""
        return (month_span if self.monthly else week_span)(self.first, zone)
