"""Which readings are believed: a calendar that is suddenly empty isn't, and traces of what we don't know are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from calsync.model.call import digest_of
from calsync.model.event import Reading
from calsync.model.memory import CalendarRecord, Memory
from calsync.model.rules import Rules
from calsync.model.snapshot import Snapshot
from calsync.planning.blocks import is_busy

A_WHILE = timedelta(hours=1)


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
        if memory.restored_at is not None and (met is None or met < memory.restored_at):
            met = max(now, memory.restored_at)
        elif _strange(reading, old, memory, now):
            met = now
        spans = tuple(sorted(one.span for one in reading.occurrences if is_busy(one, rules) and one.span.end > now))
        records.append(CalendarRecord(name=name, read_at=now, events=reading.events, foreign_at=met, busy=spans))
    return replace(snapshot, readings=readings, unread=unread), tuple(records)


def _strange(reading: Reading, old: CalendarRecord, memory: Memory, now: datetime) -> bool:
    """Tell whether marks stand here by a hand that this ledger knows nothing of, so that it may have sent too.

    In a calendar without a record, or one in which nothing of hers stood: another installation's. In one that was last
    read a while ago: our own, as this ledger never wrote them, for calls after that reading; then the whole state
    folder is an older copy. A cycle that died between writing and recording leaves the same, and is repeated sooner.
    """
    marks = [one.mark for one in reading.standing if one.mark is not None]
    if not old.events and any(mark.installation != memory.installation for mark in marks):
        return True
    if old.read_at is None:
        return False
    if now - old.read_at <= A_WHILE:
        return False
    written = {(digest_of(item.call), item.role, item.start, item.flex) for item in memory.written.values()}
    return any(
        mark.installation == memory.installation
        and mark.start > old.read_at
        and (mark.call, mark.role, mark.start, mark.flex) not in written
        for mark in marks
    )


def foreign_since(records: Iterable[CalendarRecord]) -> datetime | None:
    """Return when a calendar was last met as somebody else may have left it; see `CalendarRecord.foreign_at`."""
    return max((record.foreign_at for record in records if record.foreign_at is not None), default=None)
