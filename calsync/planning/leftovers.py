"""Takes away what is no longer wanted: of calls that are none any more, and what never belonged where it stands."""

from __future__ import annotations

from calsync.model.call import digest_of
from calsync.model.edit import CutBlock, CutNote
from calsync.model.event import Standing
from calsync.model.memory import KnownCall
from calsync.model.plan import Action, Change
from calsync.planning import fence
from calsync.planning.desk import Changes, Desk
from calsync.planning.essence import added_lines
from calsync.planning.writing import edited_block, edited_note


def take_unwanted(seen: set[str], desk: Desk, changes: Changes) -> None:
    """Take away what stands for calls to come that are none any more, and what never belonged where it stands."""
    known = {digest_of(name): one for name, one in desk.writing.memory.calls.items()}
    for (digest, _), blocks in desk.writing.blocks.items():
        for one in blocks:
            ahead = one.span is not None and one.span.start > desk.now
            if digest not in seen and ahead and _sure(known.get(digest), desk):
                name = known[digest].name if digest in known else ""
                take_block(one, name, "its call is none any more, or not in view", desk, changes)
    carrying = {call.occurrence.ref for call in desk.found.calls if call.id in seen}
    for ref, one in desk.writing.notes.items():
        if ref in carrying and not one.master and not one.orphan:
            continue
        if one.orphan and one.mark is not None and one.mark.call in seen:
            _take_note(one, desk, changes, moved=True)
            continue
        ahead = one.start is not None and one.start > desk.now
        if one.master or one.orphan or (ahead and (one.mark is None or _sure(known.get(one.mark.call), desk))):
            _take_note(one, desk, changes)


def _sure(known: KnownCall | None, desk: Desk) -> bool:
    """Tell whether it is certain that a call is gone: what the ledger does not know is, once all was read."""
    if known is None or known.calendar not in desk.rules.calendars:
        return desk.snapshot.whole
    return desk.snapshot.speaks_of(known.calendar, known.uid)


def _take_note(one: Standing, desk: Desk, changes: Changes, *, moved: bool = False) -> None:
    """Take away a note; moved: what its owner had added goes along with the call."""
    fences = fence.find(one.text or "")
    mark = one.mark
    call = mark.call if mark is not None else ""
    if not fences and mark is not None and not one.orphan:
        return  # the owner took it away; the mark alone does no harm, and `clean` takes it
    keep: tuple[str, ...] = ()
    if edited_note(one, desk.writing) and not moved:
        if not (one.master or _pasted(one, desk)):
            changes.leave(call, "note", "its call is none any more, but you edited the note")
            return
        keep = added_by_her(one)
    why = (
        "a note belongs to each call, not to the series"
        if one.master
        else "its time has left the series"
        if one.orphan
        else "its event is no call any more"
    )
    changes.found.append(
        Change(
            action=Action.REMOVE_NOTE,
            call=call,
            calendar=one.ref.calendar,
            role=None,
            start=one.start,
            end=None,
            text="",
            why=why,
            edit=CutNote(ref=one.ref, keep=keep),
            ref=one.ref,
        )
    )


def _pasted(one: Standing, desk: Desk) -> bool:
    """Tell whether a note came here with a copy of its event: its mark names a call that stands under another UID."""
    if one.mark is None:
        return False
    known = {digest_of(name): call.uid for name, call in desk.writing.memory.calls.items()}
    known |= {call.id: call.occurrence.uid or "" for call in desk.found.calls}
    return known.get(one.mark.call, one.ref.uid) != one.ref.uid


def take_block(one: Standing, name: str, why: str, desk: Desk, changes: Changes) -> None:
    """Take away a block that stands, unless somebody changed it."""
    mark = one.mark
    if mark is None:
        return
    if edited_block(one, desk.writing):
        changes.leave(mark.call, f"block {mark.role.value}", f"{why}, but you edited it")
        return
    changes.found.append(
        Change(
            action=Action.REMOVE_BLOCK,
            call=mark.call,
            calendar=one.ref.calendar,
            role=mark.role,
            start=one.span.start if one.span else None,
            end=one.span.end if one.span else None,
            text="",
            why=why,
            edit=CutBlock(calendar=one.ref.calendar, uid=one.ref.uid),
            title=one.summary,
            name=name,
        )
    )


def added_by_her(one: Standing) -> tuple[str, ...]:
    """Return the lines that the owner added inside a note of ours."""
    fences = fence.find(one.text or "")
    return added_lines(fences[0].inner, one.mark.essence) if fences and one.mark is not None else ()
