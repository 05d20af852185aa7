"""The plan: everything that a cycle would do, from what was seen, what is wished and what is remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calsync.model.call import Agenda, Call, digest_of
from calsync.model.mark import Role
from calsync.model.memory import CalendarRecord, KnownCall, Memory
from calsync.model.message import Message, State
from calsync.model.plan import CalendarLine, CallView, Change, Held, MessageChange, Move, Plan
from calsync.model.rules import Rules
from calsync.model.snapshot import Snapshot
from calsync.model.text import ClientText, PrivateText, Renderer
from calsync.model.times import Span, later, month_span, week_span
from calsync.planning import agenda as agendas
from calsync.planning import budget, overcap
from calsync.planning.announcing import announce
from calsync.planning.belief import believed, foreign_since
from calsync.planning.blocks import Place, Taken, busy, place
from calsync.planning.calls import Found, find_calls
from calsync.planning.changes import compare
from calsync.planning.closing import close_outs, ended
from calsync.planning.daysoff import with_calls
from calsync.planning.desk import Desk
from calsync.planning.essence import combined
from calsync.planning.facts import FAR_AHEAD, Next, following, note_facts, prep_facts, spoken_at, voice
from calsync.planning.letters import write
from calsync.planning.messages import Context, cancelled, drafts
from calsync.planning.names import left_alone
from calsync.planning.phrases import turns
from calsync.planning.queueing import queue_changes, shown
from calsync.planning.restored import hold_maybe_sent
from calsync.planning.veto import Vetoes, vetoes, written_for_veto
from calsync.planning.writing import find_writing

SOON = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan and what was found on the way, for those who carry it out.

    crossings: of caps; counted: everything was read, so that those that are not among them are none.
    """

    plan: Plan
    found: Found
    known: tuple[KnownCall, ...]
    records: tuple[CalendarRecord, ...]
    vetoes: Vetoes
    crossings: tuple[overcap.Crossing, ...] = ()
    counted: bool = True


def window(now: datetime, rules: Rules) -> Span:
    """Return the span that every calendar has to be read for: this week and month, and all that lies ahead."""
    today = now.astimezone(rules.owner.timezone).date()
    zone = rules.owner.timezone
    start = min(week_span(today, zone).start, month_span(today, zone).start, now - timedelta(days=2))
    return Span(start, now + FAR_AHEAD + timedelta(days=1))


def make_plan(snapshot: Snapshot, rules: Rules, memory: Memory, renderer: Renderer, *, force: bool = False) -> Planned:
    """Return what a cycle would do now; pure: the same arguments give the same plan.

    snapshot: read for `window`. force: believe calendars that are suddenly empty.
    """
    now = snapshot.now
    snapshot, records = believed(snapshot, rules, memory, force=force)
    found = find_calls(snapshot, rules, memory)
    view = [call for call in found.calls if max(call.end, call.hard_stop) > now and call.start <= now + rules.horizon]
    # One that has just ended still shares the room beside it, so that nothing moves when its time is over.
    in_view = {call.name for call in view}
    near = [call for call in found.calls if call.name in in_view or _lately(call, now)]
    laid_out = {call.name: agenda_of(call, memory) for call in near}
    coming = following(found.calls, whole=snapshot.whole, now=now)
    unread = frozenset(snapshot.unread)
    context = Context(rules=rules, memory=memory, now=now, foreign=foreign_since(records), unread=unread)
    wanted, without = drafts([call for call in view if _all_read(call, snapshot, memory)], context)
    wanted = hold_maybe_sent(announce(wanted, context), context)
    gone = cancelled(_off(found, memory, snapshot), context)
    # Of calls that were not all read nobody knows how much they take together.
    taken = overcap.tallies(found.calls, rules, now) if snapshot.whole else ()
    notes = overcap.notices(taken, context)
    over = ended(found.calls, memory)
    closing = close_outs(over, found.calls, coming, context)
    written = written_for_veto(
        [*wanted, *gone, *notes, *closing],
        context,
        lambda some: write(some, laid_out, coming, context, renderer, over),
    )
    spoken = spoken_at(found.calls, wanted, context)
    places = _places(near, busy(snapshot, found.calls, rules, memory.calendars.values()))
    turn = turns(found.calls, memory, snapshot)
    texts = {
        call.name: _texts(
            call, laid_out[call.name], coming[call.name], spoken, turn[call.name], rules, renderer, memory
        )
        for call in near
    }
    views = tuple(
        CallView(
            call=call,
            agenda=laid_out[call.name],
            note=_note(call, laid_out[call.name], coming[call.name], rules, renderer),
            before=_with_others(call, 0, places, texts),
            after=_with_others(call, 1, places, texts),
            before_at=_stands(call, Role.BEFORE, places),
            after_at=_stands(call, Role.AFTER, places),
        )
        for call in view
    )
    writing = find_writing(with_calls(snapshot, rules), memory)
    desk = Desk(rules=rules, snapshot=snapshot, found=found, writing=writing, places=places, now=now)
    changes = compare(views, desk)
    queue = queue_changes(written, memory, snapshot, {call.name: call for call in found.calls}, now)
    held = _held(found, view, without, written, changes.held, laid_out)
    not_ahead = {draft.key.call for draft in gone} | {one.told.call for one in over if one.lapses > now}
    messages = shown(written, memory, view, queue, not_ahead)
    plan = Plan(
        now=now,
        mode=rules.mode,
        calendars=_lines(snapshot, rules, view),
        views=views,
        changes=tuple(changes.found),
        queue=queue,
        messages=messages,
        held=held,
        caps=budget.caps(found.calls, rules, now),
        large=_large(changes.found, queue, rules, now),
        digest=_digest(changes.found, queue),
    )
    return Planned(
        plan=plan,
        found=found,
        known=_known(found, memory, snapshot, turn),
        records=records,
        crossings=overcap.crossings(taken, now),
        counted=snapshot.whole,
        vetoes=vetoes(messages, rules, memory, now),
    )


def agenda_of(call: Call, memory: Memory) -> Agenda:
    """Return what stands on the agenda of a call, laid out in minutes."""
    description, added = call.occurrence.description, memory.agenda.get(call.name, ())
    items, default, in_event = agendas.choose(description, call.organized, added, call.client, call.carried)
    minutes, policy = call.minutes - call.shift, call.client.policy
    laid_out = agendas.lay_out(items, minutes, policy, default=default, in_event=in_event)
    if not in_event:
        return laid_out
    below = len(items) - len(added)
    above = below - len(agendas.own_list(description) or ())
    return replace(laid_out, besides=laid_out.items[:above] + laid_out.items[below:])


def _all_read(call: Call, snapshot: Snapshot, memory: Memory) -> bool:
    """Tell whether the calendar in which the call stood last was read; a copy elsewhere may be an older one."""
    known = memory.calls.get(call.name)
    return known is None or known.calendar not in snapshot.unread


def _off(found: Found, memory: Memory, snapshot: Snapshot) -> tuple[KnownCall, ...]:
    """Return known calls that no longer take place: vanished from a calendar read whole, cancelled, declined."""
    off = {known.name: known for known in found.names.gone}
    for name, verdict in found.verdicts.items():
        if verdict.off and name in memory.calls and memory.calls[name].calendar in snapshot.readings:
            off[name] = memory.calls[name]
    return tuple(known for known in off.values() if not left_alone(known, memory))


def _lately(call: Call, now: datetime) -> bool:
    return call.start <= now < later(call.hard_stop, call.client.policy.buffer_after)


def _places(calls: Sequence[Call], taken: Sequence[Taken]) -> Mapping[str, tuple[Place, ...]]:
    found: dict[str, tuple[Place, ...]] = {}
    for one in place(calls, taken):
        found[one.call.name] = (*found.get(one.call.name, ()), one)
    return found


def _stands(call: Call, role: Role, places: Mapping[str, tuple[Place, ...]]) -> Span | None:
    return next((one.span for one in places.get(call.name, ()) if one.role is role), None)


def _note(call: Call, agenda: Agenda, coming: Next, rules: Rules, renderer: Renderer) -> ClientText | None:
    if call.doubtful or not call.organized or call.occurrence.unwritable_why:
        return None
    return renderer.note(voice(call.client, rules.owner, ""), note_facts(call, agenda, coming))


def _texts(
    call: Call,
    agenda: Agenda,
    coming: Next,
    spoken: Mapping[str, tuple[str, bool]],
    turn: int,
    rules: Rules,
    renderer: Renderer,
    memory: Memory,
) -> tuple[PrivateText, PrivateText]:
    """Return what the blocks before and after carry; a note that its event can't take goes into the first."""
    speaks = voice(call.client, rules.owner, call.client.salutation)
    elsewhere = not call.doubtful and (not call.organized or bool(call.occurrence.unwritable_why))
    note = renderer.note(speaks, note_facts(call, agenda, coming)) if elsewhere else None
    facts = prep_facts(call, agenda, coming, rules.owner, note=note, spoken=spoken, turn=turn, notes=memory.notes)
    return renderer.prep(speaks, facts), renderer.wrap_up(speaks, replace(facts, note=None))


def _with_others(
    call: Call,
    which: int,
    places: Mapping[str, tuple[Place, ...]],
    texts: Mapping[str, tuple[PrivateText, PrivateText]],
) -> PrivateText:
    """Return a block's text, with those of the blocks that found no room beside it."""
    text = texts[call.name][which].text
    wanted = ("before", "after")[which]
    for one in places.get(call.name, ()):
        if one.role.value == wanted and one.span is not None:
            for other in one.also:
                more = texts[other.call.name][0 if other.role.value == "before" else 1].text
                text = f"{text}\n\n{more}" if which else f"{more}\n\n{text}"
    return PrivateText(text)


def _held(
    found: Found,
    view: Iterable[Call],
    without: Iterable[tuple[Call, str]],
    written: Iterable[Message],
    left: Iterable[Held],
    laid_out: Mapping[str, Agenda],
) -> tuple[Held, ...]:
    held = [*found.held]
    held += [Held(call=call.id, what="message", why=why) for call, why in without]
    for message in written:
        if message.state is State.HELD and message.key.call:
            held.append(Held(call=digest_of(message.key.call), what="message", why=message.why))
    for call in view:
        needs, has = laid_out[call.name].needs, laid_out[call.name].has
        if needs is not None:
            held.append(Held(call=call.id, what="agenda", why=f"agenda needs {needs} of {has} min"))
    return tuple(dict.fromkeys([*held, *left]))


def _lines(snapshot: Snapshot, rules: Rules, view: Sequence[Call]) -> tuple[CalendarLine, ...]:
    return tuple(
        CalendarLine(
            name=name,
            ok=name in snapshot.readings,
            error=snapshot.unread.get(name, ""),
            events=snapshot.readings[name].events if name in snapshot.readings else 0,
            calls=sum(call.occurrence.calendar == name for call in view),
        )
        for name in rules.calendars
    )


def _large(changes: Iterable[Change], queue: Iterable[MessageChange], rules: Rules, now: datetime) -> str:
    """Return why a plan is too large to be carried out unseen, or an empty string."""
    calls = len({change.call for change in changes})
    leaving = [one.message for one in queue if one.move is not Move.WITHDRAW]
    soon = sum(one.state is State.PLANNED and one.send_at <= now + SOON for one in leaving)
    over = []
    if calls > rules.limit_changes:
        over.append(f"it touches {calls} calls (limits.changes is {rules.limit_changes})")
    if soon > rules.limit_messages:
        over.append(f"{soon} messages would leave within an hour (limits.messages is {rules.limit_messages})")
    return " and ".join(over)


def _digest(changes: Iterable[Change], queue: Iterable[MessageChange]) -> str:
    """Return the digest of a plan: what, where, text and to; never when it was made."""
    parts = [
        "\x1e".join((one.action, one.call, one.calendar, one.role or "", _stamp(one.start), _stamp(one.end), one.text))
        for one in changes
    ]
    for change in queue:
        one = change.message
        parts.append("\x1e".join((change.move, one.id, one.state, one.key.to, one.subject, one.body)))
    return combined(parts)[:8]


def _stamp(moment: datetime | None) -> str:
    return str(int(moment.timestamp())) if moment is not None else ""


def _known(found: Found, memory: Memory, snapshot: Snapshot, turn: Mapping[str, int]) -> tuple[KnownCall, ...]:
    """Return what is to be remembered of every call seen, and of those that are gone."""
    seen = []
    for call in found.calls:
        if not _all_read(call, snapshot, memory):
            continue
        event, old = call.occurrence, memory.calls.get(call.name)
        seen.append(
            KnownCall(
                name=call.name,
                uid=event.uid or "",
                slot=event.slot,
                calendar=event.calendar,
                client=call.client.key,
                summary=event.summary,
                start=call.start,
                hard_stop=call.hard_stop,
                first_seen=old.first_seen if old else snapshot.now,
                group=call.group,
                turn=turn[call.name],
            )
        )
    names = {call.name for call in found.calls}
    seen += [
        replace(known, gone_at=known.gone_at or snapshot.now)
        for known in _off(found, memory, snapshot)
        if known.name not in names
    ]
    return tuple(known for known in seen if known != memory.calls.get(known.name))
