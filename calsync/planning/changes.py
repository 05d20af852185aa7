"""From what is wanted and what stands to changes: notes and blocks written, moved, taken away, or left alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC

from calsync.model.call import Call
from calsync.model.edit import CutNote, PutBlock, PutNote
from calsync.model.event import Standing
from calsync.model.mark import Mark, Role
from calsync.model.plan import Action, CallView, Change
from calsync.planning.blocks import Place, block_uid
from calsync.planning.desk import Changes, Desk
from calsync.planning.diff import Base, Verdict, verdict
from calsync.planning.essence import added_lines, block_essence, essence
from calsync.planning.leftovers import added_by_her, take_block, take_unwanted
from calsync.planning.writing import (
    block_base,
    note_base,
    standing_essence,
    standing_note,
)


def compare(views: Iterable[CallView], desk: Desk) -> Changes:
    """Return every change for the calls in view and for what is no longer wanted."""
    changes = Changes()
    seen: set[str] = set()
    for view in views:
        seen.add(view.call.id)
        if _readable(view.call, desk):
            blocks = _blocks(view, desk, changes)
            _note(view, blocks, desk, changes)
        else:
            changes.leave(view.call.id, "note and blocks", "a calendar with a copy of it could not be read")
    take_unwanted(seen, desk, changes)
    changes.found.sort(key=lambda change: (change.calendar, change.start or desk.now, change.call, change.action))
    return changes


def _readable(call: Call, desk: Desk) -> bool:
    """Tell whether the calendar in which the call stood last was read; a copy elsewhere may be an older one."""
    known = desk.writing.memory.calls.get(call.name)
    return known is None or known.calendar not in desk.snapshot.unread


def _at(call: Call) -> tuple[int, int]:
    return int(call.start.timestamp()), call.moved_by


def _mark(call: Call, role: Role, essence_: str, blocks: frozenset[Role], desk: Desk) -> Mark:
    return Mark(
        installation=desk.writing.memory.installation,
        call=call.id,
        role=role,
        essence=essence_,
        start=call.start.astimezone(UTC),
        flex=call.moved_by,
        blocks=blocks,
    )


def _note(view: CallView, blocks: frozenset[Role], desk: Desk, changes: Changes) -> None:
    call, event = view.call, view.call.occurrence
    inner, ours = standing_note(event, desk.writing)
    if call.organized and event.unwritable_why:
        changes.leave(call.id, "note", f"{event.unwritable_why}; it stands in your block instead")
        return
    if call.doubtful:
        changes.leave(call.id, "note", call.doubtful)
    elif not call.organized:
        changes.leave(call.id, "note", "not your invitation to write in; it stands in your block instead")
    if inner is not None and not ours:
        changes.leave(call.id, "note", "a part between two lines of ten ─ stands in the description that is not ours")
        return
    base = note_base(call.name, call.id, event, desk.writing)
    standing = essence(inner) if inner is not None else None
    # The fence of a copy that the owner pasted, or of a single event made weekly: ours, whatever it says.
    foreign = inner is not None and base is None
    wanted = essence(view.note.text) if view.note is not None else None
    start, flex = _at(call)
    decision = verdict(wanted, Base(standing or "", start, flex) if foreign else base, standing, start, flex)
    mark = event.mark
    if decision is Verdict.KEEP and view.note is not None and not _current(mark, call, blocks, desk, stale=event.stale):
        decision = Verdict.WRITE
    if decision is Verdict.WRITE and view.note is not None and wanted is not None:
        keep = added_lines(inner, base.essence) if inner is not None and base is not None else ()
        if inner is None and (left_behind := desk.writing.orphans.get(call.id)) is not None:
            keep = added_by_her(left_behind)  # its series moved, and it stands elsewhere now
        put = PutNote(ref=event.ref, note=view.note, mark=_mark(call, Role.NOTE, wanted, blocks, desk), keep=keep)
        why = _why_note(standing, wanted, base, call, keep, stale=event.stale)
        changes.found.append(_change(Action.WRITE_NOTE, call, event.calendar, None, view.note.text, why, put, wanted))
    elif decision is Verdict.REMOVE:
        cut = CutNote(ref=event.ref)
        why = call.doubtful or "no note belongs here any more"
        changes.found.append(_change(Action.REMOVE_NOTE, call, event.calendar, None, "", why, cut, ""))
    elif decision is Verdict.YIELD and view.note is not None:
        done = "took it away" if standing is None else "edited it"
        changes.leave(call.id, "note", f"you {done}; it stays so until the call moves")


def _current(mark: Mark | None, call: Call, blocks: frozenset[Role], desk: Desk, *, stale: bool) -> bool:
    """Tell whether the mark beside an unchanged note still says what it should."""
    if mark is None or stale:
        return False
    return mark.call == call.id and mark.blocks == blocks and (int(mark.start.timestamp()), mark.flex) == _at(call)


def _why_note(
    standing: str | None, wanted: str, base: Base | None, call: Call, keep: tuple[str, ...], *, stale: bool
) -> str:
    if keep:
        return "the call moved; what you had added stays above it"
    if stale:
        return "the series changed"
    if standing is None:
        return f"agenda and hard stop for {call.client.name}"
    if base is None:
        return "a copied note becomes this call's own"
    if base.start != _at(call)[0]:
        return "the call moved"
    return "the mark beside it is brought up to date" if standing == wanted else "its text changed"


def _blocks(view: CallView, desk: Desk, changes: Changes) -> frozenset[Role]:
    """Compare both blocks of a call; return the roles that its marks are to name: those that stand or were written."""
    call = view.call
    calendar = desk.rules.blocks_in.get(call.occurrence.calendar, call.occurrence.calendar)
    if calendar not in desk.snapshot.readings:
        changes.leave(call.id, "blocks", f'the calendar "{calendar}" that takes them could not be read')
        return call.occurrence.mark.blocks if call.occurrence.mark else frozenset()
    places = {place.role: place for place in desk.places.get(call.name, ())}
    wanted = {role: _wanted(view, place, desk, changes) for role, place in places.items()}
    decided: dict[Role, tuple[Verdict, Standing | None, Base | None]] = {}
    for role in (Role.BEFORE, Role.AFTER):
        standing = _standing(call, role, calendar, desk, changes)
        base = block_base(call.name, call.id, role, standing, call.occurrence, calendar, desk.writing)
        decided[role] = (_decide(call, wanted.get(role), base, standing, desk), standing, base)
    roles = frozenset(
        role
        for role, (what, standing, base) in decided.items()
        if what is Verdict.WRITE or ((standing is not None or base is not None) and what is not Verdict.REMOVE)
    )
    for role, (what, standing, _) in decided.items():
        if what is Verdict.KEEP and wanted.get(role) is not None and not _names(standing, roles):
            what = Verdict.WRITE
        _change_block(view, role, wanted.get(role), what, standing, calendar, roles, desk, changes)
    return roles


def _names(standing: Standing | None, roles: frozenset[Role]) -> bool:
    """Tell whether the mark on a block names the blocks that stand or were written, which a lost ledger can't tell."""
    return standing is None or standing.mark is None or standing.mark.blocks == roles


def _wanted(view: CallView, place: Place, desk: Desk, changes: Changes) -> PutBlock | None:
    call, role = view.call, place.role
    if place.span is None:
        changes.leave(call.id, f"block {role.value}", place.why)
        return None
    if place.span.start <= desk.now:
        return None  # what has begun is neither added nor moved
    title = call.client.policy.block_titles[0 if role is Role.BEFORE else 1]
    text = view.before if role is Role.BEFORE else view.after
    calendar = desk.rules.blocks_in.get(call.occurrence.calendar, call.occurrence.calendar)
    return PutBlock(
        calendar=calendar,
        uid=block_uid(call.id, role),
        span=place.span,
        title=title,
        text=text,
        mark=_mark(call, role, block_essence(place.span, title, text.text), frozenset(), desk),
        beside=call.occurrence.uid if calendar == call.occurrence.calendar else None,
    )


def _standing(call: Call, role: Role, calendar: str, desk: Desk, changes: Changes) -> Standing | None:
    """Return the block that stands where it belongs; one in another calendar is taken away."""
    found = None
    for one in desk.writing.blocks.get((call.id, role), ()):
        if one.ref.calendar == calendar:
            found = one
        elif one.span is not None and one.span.start > desk.now:
            take_block(one, call.name, "blocks go into another calendar now", desk, changes)
    return found


def _decide(call: Call, wanted: PutBlock | None, base: Base | None, standing: Standing | None, desk: Desk) -> Verdict:
    if standing is not None and standing.span is not None and standing.span.start <= desk.now:
        return Verdict.KEEP
    start, flex = _at(call)
    stands = standing_essence(standing) if standing is not None else None
    return verdict(wanted.mark.essence if wanted else None, base, stands, start, flex)


def _change_block(
    view: CallView,
    role: Role,
    wanted: PutBlock | None,
    what: Verdict,
    standing: Standing | None,
    calendar: str,
    roles: frozenset[Role],
    desk: Desk,
    changes: Changes,
) -> None:
    call = view.call
    if what is Verdict.YIELD:
        done = "took it away" if standing is None else "edited it"
        changes.leave(call.id, f"block {role.value}", f"you {done}; it stays so until the call moves")
    elif what is Verdict.REMOVE and standing is not None:
        take_block(standing, call.name, "it is not wanted any more", desk, changes)
    elif what is Verdict.WRITE and wanted is not None:
        put = replace(wanted, mark=replace(wanted.mark, blocks=roles))
        if standing is None:
            action, why = Action.ADD_BLOCK, f"{role.value} {call.client.name}"
        elif standing.span != put.span:
            action, why = Action.MOVE_BLOCK, "its call has other times, or the room beside it changed"
        else:
            same = standing_essence(standing) == put.mark.essence
            action, why = Action.WRITE_BLOCK, "its mark is brought up to date" if same else "its text changed"
        changes.found.append(
            Change(
                action=action,
                call=call.id,
                calendar=calendar,
                role=role,
                start=put.span.start,
                end=put.span.end,
                text=put.text.text,
                why=why,
                edit=put,
                title=put.title,
                name=call.name,
                ref=None,
                essence=put.mark.essence,
            )
        )


def _change(
    action: Action, call: Call, calendar: str, role: Role | None, text: str, why: str, edit: PutNote | CutNote, ess: str
) -> Change:
    return Change(
        action=action,
        call=call.id,
        calendar=calendar,
        role=role,
        start=call.start,
        end=call.hard_stop,
        text=text,
        why=why,
        edit=edit,
        title=call.occurrence.summary,
        name=call.name,
        ref=edit.ref,
        essence=ess,
    )
