"""Reads every calendar for one cycle; one that can't be read harms no other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from calsync.errors import CalendarUnreadable
from calsync.model.event import Reading
from calsync.model.snapshot import Snapshot
from calsync.model.times import Span
from calsync.ports import Calendar


def take(calendars: Mapping[str, Calendar], now: datetime, window: Span) -> Snapshot:
    """Return what stands in `calendars` for `window`, and for those that were not read whole why not."""
    readings: dict[str, Reading] = {}
    unread: dict[str, str] = {}
    for name, calendar in calendars.items():
        try:
            readings[name] = calendar.read(window)
        except CalendarUnreadable as problem:
            unread[name] = problem.what
    return Snapshot(now=now, window=window, readings=readings, unread=unread)
