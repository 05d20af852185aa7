"""Takes everything back: as if calsync had never been in the calendars."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from calsync.errors import CalendarUnreadable, CalendarUnwritable, Stale
from calsync.model.edit import CutBlock, CutNote, Edit
from calsync.model.event import EventRef, Standing
from calsync.model.plan import Held
from calsync.model.rules import Rules
from calsync.model.snapshot import Snapshot
from calsync.planning.plan import window
from calsync.planning.writing import Writing, edited_block, edited_note, find_writing
from calsync.ports import Ledger, WritableCalendar
from calsync.reconcile.snapshot import take

_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """One thing taken back: in which calendar, what it was, when it stood."""

    calendar: str
    what: str
    start: datetime | None


@dataclass(slots=True)
class Cleaned:
    """What was (or would be) taken back, what is left because the owner edited it, and what failed."""

    removed: list[Gone] = field(default_factory=list)
    left: list[Held] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


def clean(
    calendars: Mapping[str, WritableCalendar],
    ledger: Ledger,
    rules: Rules,
    now: datetime,
    *,
    edited: bool,
    dry: bool,
) -> Cleaned:
    """Take every note and block of ours out of `calendars`, at all times; the caller holds the state lock.

    edited: also what the owner edited since. dry: only say what would be done. What was sent stays known.
    """
    span = window(now, rules)
    result = Cleaned()
    todo = set(calendars)
    for _ in range(_TRIES):
        snapshot = take({name: calendars[name] for name in calendars if name in todo}, now, span)
        writing = find_writing(snapshot, ledger.memory())
        result.failed += [(f'calendar "{name}"', why) for name, why in snapshot.unread.items()]
        todo = _once(snapshot, writing, calendars, ledger, result, edited=edited, dry=dry)
        if not todo:
            return result
    result.failed += [(f'calendar "{name}"', "another program keeps changing it; try again") for name in sorted(todo)]
    return result


def _once(
    snapshot: Snapshot,
    writing: Writing,
    calendars: Mapping[str, WritableCalendar],
    ledger: Ledger,
    result: Cleaned,
    *,
    edited: bool,
    dry: bool,
) -> set[str]:
    """Clean what was read; return the calendars that another program changed meanwhile."""
    again: set[str] = set()
    for name, reading in snapshot.readings.items():
        edits: list[Edit] = []
        gone: list[Gone] = []
        left: list[Held] = []
        kept: set[EventRef] = set()
        for one, is_block in _ours(name, writing):
            what = f"block {one.mark.role.value}" if is_block and one.mark is not None else "note"
            if not edited and (edited_block if is_block else edited_note)(one, writing):
                kept.add(one.ref)
                left.append(
                    Held(call=one.mark.call if one.mark else "", what=what, why="you edited it; --edited takes it")
                )
                continue
            edits.append(CutBlock(calendar=name, uid=one.ref.uid) if is_block else CutNote(ref=one.ref))
            gone.append(Gone(calendar=name, what=what, start=one.span.start if one.span else one.start))
        if edits and not dry:
            try:
                calendars[name].apply(edits, reading.version)
                if calendars[name].settle():
                    again.add(name)
                    continue
            except Stale:
                again.add(name)
                continue
            except (CalendarUnwritable, CalendarUnreadable) as problem:
                result.failed.append((f'calendar "{name}"', problem.what))
                continue
            _forget(name, ledger, kept)
        result.removed += gone
        result.left += left
    return again


def _ours(name: str, writing: Writing) -> list[tuple[Standing, bool]]:
    blocks = [(one, True) for found in writing.blocks.values() for one in found if one.ref.calendar == name]
    notes = [(one, False) for ref, one in writing.notes.items() if ref.calendar == name]
    return [*notes, *blocks]


def _forget(name: str, ledger: Ledger, kept: Collection[EventRef]) -> None:
    """Let the next cycle write again: what is taken back on request is not the owner's deletion."""
    written = ledger.memory().written
    ledger.forget_written(key for key, item in written.items() if item.ref.calendar == name and item.ref not in kept)
