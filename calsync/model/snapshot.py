"""What one cycle saw of all calendars; per calendar, whether it was read whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from calsync.model.event import Reading
from calsync.model.times import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Readings by calendar, in the order of the config; `unread` says why the others have none.

    now: when the cycle began. window: the span that every reading covers.
    """

    now: datetime
    window: Span
    readings: Mapping[str, Reading]
    unread: Mapping[str, str]

    def speaks_of(self, calendar: str, uid: str) -> bool:
        """Tell whether absence of this event means something: its calendar was read, and the event is not damaged."""
        reading = self.readings.get(calendar)
        return reading is not None and all(problem.uid != uid for problem in reading.problems)

    @property
    def whole(self) -> bool:
        """Whether every calendar was read whole."""
        return not self.unread
