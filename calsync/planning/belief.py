"""Which readings are believed: a calendar that is suddenly empty isn't, and marks of others are remembered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from calsync.model.mark import Mark
from calsync.model.memory import CalendarRecord, Memory
from calsync.model.rules import Rules
from calsync.model.snapshot import Snapshot
from calsync.planning.blocks import is_busy


def believed(
    snapshot: Snapshot, rules: Rules, memory: Memory, *, force: bool
) -> tuple[Snapshot, tuple[CalendarRecord, ...]]:
    """Return the snapshot without calendars that are suddenly empty, and what is to be recorded of each.

    Empty is believed when a second reading an interval later says the same, or with `force`.
    """
    readings, unread = dict(snapshot.readings), dict(snapshot.unread)
    records = []
    now = snapshot.now
    for name in rules.calendars:
        old = memory.calendars.get(name) or CalendarRecord(name=name, read_at=None, events=0)
        reading = readings.get(name)
        if reading is None:
            records.append(replace(old, error=unread.get(name, "it was not read")))
            continue
        if reading.events == 0 and old.events > 0 and not force:
            since = old.empty_at or now
            if old.empty_at is None or now - since < rules.poll:
                why = (
                    f"it has no event any more where it had {old.events}; "
                    "that is believed when a later reading says the same, or with `calsync sync --force`"
                )
                del readings[name]
                unread[name] = why
                records.append(replace(old, empty_at=since, error=why))
                continue
        met = old.foreign_at
        if old.read_at is None and any(_by_others(one.mark, memory) for one in reading.standing):
            met = now
        spans = tuple(sorted(one.span for one in reading.occurrences if is_busy(one, rules) and one.span.end > now))
        records.append(CalendarRecord(name=name, read_at=now, events=reading.events, foreign_at=met, busy=spans))
    return replace(snapshot, readings=readings, unread=unread), tuple(records)


def _by_others(mark: Mark | None, memory: Memory) -> bool:
    return mark is not None and mark.installation != memory.installation


def foreign_since(records: Iterable[CalendarRecord]) -> datetime | None:
    return max((record.foreign_at for record in records if record.foreign_at is not None), default=None)
