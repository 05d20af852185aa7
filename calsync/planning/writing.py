"""What we know of our own writing in the calendars: what stands, and what we last left there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from calsync.model.event import Component, EventRef, Occurrence, Standing
from calsync.model.mark import Mark, Role
from calsync.model.memory import Memory, WrittenItem
from calsync.model.snapshot import Snapshot
from calsync.planning import fence
from calsync.planning.blocks import block_uid
from calsync.planning.diff import Base
from calsync.planning.essence import block_essence, essence


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What stands of ours in a snapshot.

    blocks: (call's digest, role) → the block, in each calendar. notes: what carries a fence or a mark of ours.
    known: the essences of every note that this state folder wrote. masters: (calendar, UID) of series whose
    master carries a fence of ours. orphans: call's digest → an override of ours whose slot the series no longer has.
    echoes: what the ledger keeps as last written there, as essence.
    """

    blocks: Mapping[tuple[str, Role], tuple[Standing, ...]]
    notes: Mapping[EventRef, Standing]
    known: frozenset[str]
    masters: frozenset[tuple[str, str]]
    orphans: Mapping[str, Standing]
    echoes: Mapping[EventRef, str]
    memory: Memory


def find_writing(snapshot: Snapshot, memory: Memory) -> Writing:
    """Return what stands of ours in all times, in every calendar that was read."""
    known = frozenset(item.essence for item in memory.written.values() if item.role is Role.NOTE)
    blocks: dict[tuple[str, Role], tuple[Standing, ...]] = {}
    notes: dict[EventRef, Standing] = {}
    masters = set()
    orphans: dict[str, Standing] = {}
    echoes = {item.ref: item.essence for item in memory.written.values()}
    for reading in snapshot.readings.values():
        for one in reading.standing:
            mark = one.mark
            if mark is not None and mark.role is not Role.NOTE:
                # A copy of a block that the owner pasted has another UID, and is hers.
                if one.ref.uid == block_uid(mark.call, mark.role):
                    key = (mark.call, mark.role)
                    blocks[key] = (*blocks.get(key, ()), one)
            elif mark is not None or (one.text is not None and is_ours(one.text, None, known)):
                notes[one.ref] = one
                if one.orphan and mark is not None:
                    orphans[mark.call] = one
                if one.master:
                    masters.add((one.ref.calendar, one.ref.uid))
    return Writing(
        blocks=blocks,
        notes=notes,
        known=known,
        masters=frozenset(masters),
        orphans=orphans,
        echoes=echoes,
        memory=memory,
    )


def is_ours(description: str, mark: Mark | None, known: frozenset[str]) -> bool:
    """Tell whether the fence in a description is ours: its event has our mark, or we wrote that very text."""
    fences = fence.find(description)
    return bool(fences) and (mark is not None or any(essence(one.inner) in known for one in fences))


def standing_note(event: Occurrence, writing: Writing) -> tuple[str | None, bool]:
    """Return what a fence on `event` holds (None: no fence), and whether it is ours.

    On an instance of a series without an override of its own, a fence of ours is the master's, and counts as none.
    """
    fences = fence.find(event.description)
    if not fences:
        return None, True
    if event.component is Component.SERIES and event.mark is None and event.uid is not None:
        if (event.calendar, event.uid) in writing.masters:
            return None, True
    return fences[0].inner, is_ours(event.description, event.mark, writing.known)


def note_base(name: str, digest: str, event: Occurrence, writing: Writing) -> Base | None:
    """Return what we last left as the note of this call: by the mark on the event, else by the ledger."""
    mark = event.mark
    item = writing.memory.written.get((name, Role.NOTE))
    if item is not None and (item.ref != event.ref or (mark is not None and mark.call != digest)):
        item = None
    if mark is None or mark.call != digest:
        return _base(item) if item is not None else None
    fences = fence.find(event.description)
    return _echo(mark, item, essence(fences[0].inner) if fences else None)


def _echo(mark: Mark, item: WrittenItem | None, standing: str | None) -> Base:
    """Return the base by the mark, or by the ledger where the store rewrote what we sent (its echo is what stands)."""
    if item is not None and item.essence == standing and item.start == mark.start and item.flex == mark.flex:
        return _base(item)
    return Base(mark.essence, int(mark.start.timestamp()), mark.flex)


def _base(item: WrittenItem) -> Base:
    return Base(item.essence, int(item.start.timestamp()), item.flex)


def block_base(
    name: str, digest: str, role: Role, standing: Standing | None, event: Occurrence, calendar: str, writing: Writing
) -> Base | None:
    """Return what we last left as a block of this call: by its own mark, by the note's, or by the ledger."""
    item = writing.memory.written.get((name, role))
    if standing is not None and standing.mark is not None:
        return _echo(standing.mark, item, standing_essence(standing))
    if item is not None or name in writing.memory.calls:
        return _base(item) if item is not None and item.ref.calendar == calendar else None
    # The ledger does not know the call: what was written for it is what the marks tell.
    blocks = [one for kind in (Role.BEFORE, Role.AFTER) for one in writing.blocks.get((digest, kind), ())]
    note = writing.notes.get(event.ref)
    mark = telling([note, *blocks] if note is not None and note.mark and note.mark.call == digest else blocks)
    if mark is not None and role in mark.blocks:
        return Base("", int(mark.start.timestamp()), mark.flex)
    return None


def telling(standing: Iterable[Standing]) -> Mark | None:
    """Return the mark, of those on the note and the blocks of one call, that tells which blocks were written.

    What nobody has touched since is kept up to date; the mark on anything else may be from before.
    """
    return next((one.mark for one in sorted(standing, key=lambda one: not _as_marked(one)) if one.mark), None)


def _as_marked(one: Standing) -> bool:
    if one.mark is None or one.mark.role is not Role.NOTE:
        return one.mark is not None and standing_essence(one) == one.mark.essence
    fences = fence.find(one.text or "")
    return bool(fences) and essence(fences[0].inner) == one.mark.essence


def standing_essence(standing: Standing) -> str:
    """Return the essence of a block as it stands."""
    if standing.span is None:
        return ""
    return block_essence(standing.span, standing.summary, standing.text or "")


def edited_block(one: Standing, writing: Writing) -> bool:
    """Tell whether somebody changed a block since we wrote it."""
    return one.mark is not None and standing_essence(one) not in (one.mark.essence, writing.echoes.get(one.ref))


def edited_note(one: Standing, writing: Writing) -> bool:
    """Tell whether somebody changed what stands in a fence with our mark since we wrote it."""
    fences = fence.find(one.text or "")
    if one.mark is None or not fences:
        return False
    return essence(fences[0].inner) not in (one.mark.essence, writing.echoes.get(one.ref))
