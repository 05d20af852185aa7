"""Carries changes out, calendar by calendar, and keeps the echo: what each calendar says it stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from calsync.errors import CalendarUnreadable, CalendarUnwritable, Stale
from calsync.model.call import digest_of
from calsync.model.edit import CutBlock, Edit, PutBlock, PutNote
from calsync.model.event import EventRef, Reading, Standing
from calsync.model.mark import Mark, Role
from calsync.model.memory import Memory, WrittenItem
from calsync.model.plan import Change
from calsync.model.snapshot import Snapshot
from calsync.model.times import Span
from calsync.planning import fence
from calsync.planning.blocks import block_uid
from calsync.planning.essence import essence
from calsync.planning.writing import standing_essence, telling
from calsync.ports import Ledger, WritableCalendar


@dataclass(slots=True)
class Applied:
    """What was done: changes, and what failed and why; stale: some calendar was no longer the one that was read."""

    done: list[Change] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    stale: bool = False


def apply(
    changes: Iterable[Change],
    snapshot: Snapshot,
    calendars: Mapping[str, WritableCalendar],
    ledger: Ledger,
    window: Span,
    now: datetime,
) -> Applied:
    """Make `changes`, all of one calendar at once. A calendar that fails harms no other."""
    by_calendar: dict[str, list[Change]] = {}
    for change in changes:
        by_calendar.setdefault(change.calendar, []).append(change)
    result = Applied()
    for name, mine in by_calendar.items():
        try:
            calendars[name].apply([change.edit for change in mine], snapshot.readings[name].version)
            echo = calendars[name].read(window)
        except Stale:
            result.stale = True
            continue
        except (CalendarUnwritable, CalendarUnreadable) as problem:
            hint = f"; {problem.hint}" if problem.hint else ""
            result.failed.append((f'calendar "{name}"', f"{problem.what}{hint}"))
            continue
        with ledger.transaction():
            _remember(mine, echo, ledger)
            for change in mine:
                role = f" {change.role.value}" if change.role else ""
                ledger.log(now, f"{change.action.value}{role}", f"{name} {change.call[:6]}")
        result.done += mine
    return result


def _remember(changes: Iterable[Change], echo: Reading, ledger: Ledger) -> None:
    """Keep what now stands as the base of the next comparison; forget what was taken away."""
    standing = {one.ref: one for one in echo.standing}
    items, cut = [], set()
    for change in changes:
        edit, ref = change.edit, place_of(change.edit)
        if not isinstance(edit, PutNote | PutBlock):
            cut.add(ref)
            continue
        stored = standing.get(ref)
        kept = item_of(change.name, stored) if stored is not None else None
        items.append(kept or _as_sent(change, edit, ref))
    ledger.forget_written(key for key, item in ledger.memory().written.items() if item.ref in cut)
    ledger.remember(items)


def place_of(edit: Edit) -> EventRef:
    """Return which component an edit is about; a block is an event of its own."""
    return EventRef(calendar=edit.calendar, uid=edit.uid) if isinstance(edit, PutBlock | CutBlock) else edit.ref


def _as_sent(change: Change, edit: PutNote | PutBlock, ref: EventRef) -> WrittenItem:
    return WrittenItem(
        call=change.name,
        role=change.role or Role.NOTE,
        ref=ref,
        start=edit.mark.start,
        flex=edit.mark.flex,
        essence=change.essence,
        text=change.text,
    )


def item_of(name: str, standing: Standing) -> WrittenItem | None:
    """Return what the ledger keeps of a note or block that stands with our mark; None without a text of ours."""
    mark = standing.mark
    if mark is None:
        return None
    text = standing.text or ""
    found = essence_of = None
    if mark.role is Role.NOTE:
        fences = fence.find(text)
        if not fences:
            return None
        found, essence_of = fences[0].inner, essence(fences[0].inner)
    else:
        found, essence_of = text, standing_essence(standing)
    return WrittenItem(
        call=name, role=mark.role, ref=standing.ref, start=mark.start, flex=mark.flex, essence=essence_of, text=found
    )


def rebuilt(
    memory: Memory, snapshot: Snapshot, names: Iterable[str], done: Iterable[Change]
) -> tuple[WrittenItem, ...]:
    """Return what a lost ledger should know of calls that it has never seen, by the marks that stand.

    What stands unedited, and that a block which a mark names was written though it no longer stands. names: of
    the calls; memory: from before this cycle; done: its own changes, which are remembered already.
    """
    unseen = {digest_of(name): name for name in names if name not in memory.calls}
    known = {*memory.written, *((change.name, change.role or Role.NOTE) for change in done)}
    found: dict[tuple[str, Role], WrittenItem] = {}
    standing: dict[str, list[Standing]] = {}
    for reading in snapshot.readings.values():
        for one in reading.standing:
            mark = one.mark
            if mark is None or one.master or (name := unseen.get(mark.call)) is None:
                continue
            item = item_of(name, one)
            if item is not None and item.essence == mark.essence:
                found.setdefault((name, mark.role), item)
            standing.setdefault(name, []).append(one)
    for name, ones in standing.items():
        if (mark := telling(ones)) is not None:
            for role in sorted(mark.blocks):
                found.setdefault((name, role), _taken(name, role, mark, ones[0].ref))
    return tuple(item for key, item in found.items() if key not in known)


def _taken(name: str, role: Role, mark: Mark, beside: EventRef) -> WrittenItem:
    ref = EventRef(calendar=beside.calendar, uid=block_uid(mark.call, role))
    return WrittenItem(call=name, role=role, ref=ref, start=mark.start, flex=mark.flex, essence="", text="")
