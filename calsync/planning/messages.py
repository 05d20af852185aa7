"""Which messages a call needs: to whom, what kind, when, and whether they may go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from calsync.model.call import Call
from calsync.model.memory import KnownCall, Memory, Pause
from calsync.model.message import MAYBE_TOLD, OPEN, Kind, Message, MessageKey, State, keyed
from calsync.model.rules import Client, Rules
from calsync.model.text import CallFacts, Closing, Exceeded
from calsync.model.times import MINUTE, elapsed, later, say_duration
from calsync.planning.calls import last_told, told_at
from calsync.planning.daysoff import DAY_OFF, tells_days_off
from calsync.planning.delays import unsaid
from calsync.planning.people import recipients
from calsync.planning.timing import next_polite, polite, send_moment, usual_moment

NOTICEABLE = timedelta(minutes=5)
FRESH = timedelta(minutes=10)
WITHIN_THE_HOUR = timedelta(hours=1)
LATE_TICK = timedelta(minutes=15)
LONG_BEFORE = timedelta(days=2)
MAYBE_SENT = "its moment had passed when this ledger first saw its calendar so; it may have been sent before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message before it has words. `old_start`: what the recipient was last told, where that changed.

    exceeded: the cap that a note is about, and `about` the call with which it comes to that. closing: what a close-out
    tells, and `closed` the facts of the call that has ended. calendar: where the call stood, if `call` doesn't tell.
    """

    key: MessageKey
    client: Client
    call: Call | None
    send_at: datetime
    expires_at: datetime
    state: State
    why: str = ""
    old_start: datetime | None = None
    thread: Message | None = None
    exceeded: Exceeded | None = None
    about: Call | None = None
    closing: Closing | None = None
    closed: CallFacts | None = None
    calendar: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What holds for every message of one plan.

    foreign: when a calendar was last met in which somebody else may have announced calls that this ledger knows
    nothing of, or None. unread: the calendars that were not read whole.
    """

    rules: Rules
    memory: Memory
    now: datetime
    foreign: datetime | None
    unread: frozenset[str] = frozenset()

    def row(self, key: MessageKey) -> Message | None:
        """Return the message of that key in the outbox."""
        return next((message for message in self.memory.messages if message.key == key), None)

    def was_forgotten(self, key: MessageKey) -> bool:
        """Tell whether this very message was sent to a client who was forgotten since; it isn't made again."""
        if not self.memory.forgotten:
            return False
        keys = {key, replace(key, kind=Kind.TIMEFRAME, revision=0) if key.kind is Kind.ANNOUNCEMENT else key}
        return any(keyed(self.memory.installation, one) in self.memory.forgotten for one in keys)

    def keeps_moment(self, key: MessageKey, client: Client) -> datetime | None:
        """Return the moment of a queued message that has just come due, so that it doesn't count as late, or None.

        One that was put off keeps it for longer, so that it is tried again, but not into the client's night.
        An approved one keeps its place among the others instead, because its words depend on what goes before it,
        and the approval is for those words; its moment comes from the approval.
        """
        for row in self.memory.messages:
            announces = key.kind is Kind.TIMEFRAME and row.key.kind is Kind.ANNOUNCEMENT
            same = row.key == (replace(key, kind=row.key.kind, revision=row.key.revision) if announces else key)
            again = row.attempts > 0 and polite(self.now, client.policy, client.timezone)
            # Hours that were made shorter meanwhile hold for what was planned by the longer ones too.
            meant = polite(row.send_at, client.policy, client.timezone)
            just = again or (meant and self.now - row.send_at <= LATE_TICK)
            if same and row.state is State.PLANNED and not row.approved and row.send_at <= self.now and just:
                return row.send_at
        return None


def paused(client: str, pauses: Iterable[Pause], now: datetime) -> Pause | None:
    """Return the pause that holds for this client now, or None."""
    return next((one for one in pauses if one.client in ("", client) and (one.until is None or now < one.until)), None)


def drafts(calls: Sequence[Call], context: Context) -> tuple[tuple[Draft, ...], tuple[tuple[Call, str], ...]]:
    """Return the drafts for `calls` (in view, by start), and for which call no message can be made, and why.

    At most one of them tells one recipient of one client the same start, whatever the UID.
    """
    found: list[Draft] = []
    without: list[tuple[Call, str]] = []
    told: set[tuple[str, str, datetime]] = set()
    written_to: defaultdict[str, set[str]] = defaultdict(set)
    for message in context.memory.messages:
        if message.state in MAYBE_TOLD:
            written_to[message.client].add(message.key.to)
    # Of two events at one start the one that may go speaks, not the one that is held.
    for call in sorted(calls, key=lambda one: (one.start, _held_back(one, written_to[one.client.key]), one.name)):
        if call.start <= context.now or call.client.policy.send == "off":
            continue
        before = written_to[call.client.key]
        to = recipients(call.client, call.people, call.occurrence, organized=call.organized, written_to=before)
        if not to.to:
            without.append((call, to.held))
            continue
        if not channel_of(call.client, context.rules):
            without.append((call, "no channel is configured to send with"))
            continue
        for address in to.to:
            start = (call.client.key, address, call.start.astimezone(UTC))
            if _told_elsewhere(call, address, context) or (start in told and not _moved_here(call, address, context)):
                without.append((call, f"{address} is told this start already, by another event"))
                continue
            told.add(start)
            found += [_may_it_go(draft, to.held, context) for draft in _for_recipient(call, address, context)]
        written_to[call.client.key].update(to.to)
    return tuple(found), tuple(without)


def _held_back(call: Call, written_to: Collection[str]) -> bool:
    """Tell whether the messages of this call wait for the owner, whoever else is told of its start."""
    to = recipients(call.client, call.people, call.occurrence, organized=call.organized, written_to=written_to)
    return bool(call.doubtful or call.tentative or to.held)


def _moved_here(call: Call, to: str, context: Context) -> bool:
    """Tell whether the owner moved this call here from a start that the recipient was told."""
    own = last_told(call.name, context.memory, to)
    return own is not None and call.organized and own.key.start != call.start.astimezone(UTC)


def _told_elsewhere(call: Call, to: str, context: Context) -> bool:
    """Tell whether another event has told this recipient this very start, and nothing else of that call since.

    One who was told another start of this call hears that the owner moved it here; one who moved it here knows.
    """
    memory, start = context.memory, call.start.astimezone(UTC)
    own = last_told(call.name, memory, to)
    if own is not None and (call.organized or own.key.start == start):
        return False
    others = {
        message.key.call
        for message in context.memory.messages
        if (message.client, message.key.to, message.key.start) == (call.client.key, to, start) and message.key.call
    }
    lasts = [last for name in others - {call.name} if (last := last_told(name, memory, to)) is not None]
    if own is not None:
        lasts = [last for last in lasts if told_at(own, memory) < told_at(last, memory)]
    return any(last.key.start == start and not _taken_back(last, context) for last in lasts)


def _taken_back(told: Message, context: Context) -> bool:
    """Tell whether this recipient has been told since that the call doesn't take place."""
    return any(
        message.key.kind is Kind.CANCELLED
        and (message.key.call, message.key.to) == (told.key.call, told.key.to)
        and message.state in MAYBE_TOLD
        and told_at(message, context.memory) >= told_at(told, context.memory)
        for message in context.memory.messages
    )


def _for_recipient(call: Call, to: str, context: Context) -> list[Draft]:
    """Return what this recipient is yet to be told about this call."""
    told, heard = (last_told(call.name, context.memory, to, late=late) for late in (False, True))
    late = _late(call, to, told, context)
    if told is None or heard is None:
        return [*late, *_leads(call, to, context, first=Kind.TIMEFRAME)]
    moved = abs(told.key.start - call.start) >= NOTICEABLE
    if _taken_back(told, context) or (moved and not call.organized):
        return [*late, *_leads(call, to, context, first=Kind.TIMEFRAME, thread=told)]
    since, restarted = told_at(told, context.memory), moved or _told_another_start(told, context)
    found = list(late)
    if moved or (not late and _ends_otherwise(call, heard)):
        flexed = not moved and call.flex is not None and call.moved_by != heard.flex
        found.append(_at_once(call, to, Kind.FLEX if flexed else Kind.UPDATE, told, context))
        since = found[-1].send_at
    # An update stands in place of the message for the new start; long before it, a reminder follows at that lead.
    usual = usual_moment(call.start, call.client.policy.message_before[0], call.client.policy, call.client.timezone)
    first = Kind.REMINDER if restarted and usual > since + LONG_BEFORE else None
    return found + _leads(call, to, context, first=first, thread=told, since=since)


def _late(call: Call, to: str, told: Message | None, context: Context) -> list[Draft]:
    """Return the message that the owner is late, unless this recipient had it: it goes at once, by day and night."""
    found = unsaid(call, to, context.memory)
    if found is None:
        return []
    (key, at), state = found, State.PLANNED
    draft = Draft(key=key, client=call.client, call=call, send_at=at, expires_at=key.start, state=state, thread=told)
    return [draft]


def _ends_otherwise(call: Call, heard: Message) -> bool:
    """Tell whether the end that a recipient has heard of is another one.

    The part by which it moved because the owner is late belongs to the message about that, whatever became of it.
    """
    ends = {call.told_stop, later(call.told_stop, -call.shift * MINUTE)}
    return all(abs(elapsed(heard.hard_stop, end)) >= NOTICEABLE for end in ends)


def _told_another_start(told: Message, context: Context) -> bool:
    """Tell whether `told` is about a call that its recipient was told at another time before."""
    return told.key.kind in (Kind.UPDATE, Kind.REMINDER) and any(
        (message.key.call, message.key.to) == (told.key.call, told.key.to)
        and message.state in MAYBE_TOLD
        and abs(message.key.start - told.key.start) >= NOTICEABLE
        for message in context.memory.messages
    )


def _revision(call: Call, to: str, kind: Kind, told: Message, context: Context) -> int:
    """Return which revision tells the present start and hard stop: another one than of anything settled before.

    One that was skipped, or failed, since the recipient was last told keeps its revision: it isn't queued again.
    """
    settled = [
        message
        for message in context.memory.messages
        if (message.key.call, message.key.to) == (call.name, to) and message.state not in OPEN
    ]
    for message in settled:
        same = message.key.kind is kind and message.key.start == call.start.astimezone(UTC)
        end = kind is Kind.TIMEFRAME or message.hard_stop == call.told_stop
        if same and end and message.state not in MAYBE_TOLD and message.send_at >= told_at(told, context.memory):
            return message.key.revision
    return len(settled)


def _at_once(call: Call, to: str, kind: Kind, told: Message, context: Context) -> Draft:
    """Return a message that goes at the next polite moment and until the call's start."""
    start = call.start.astimezone(UTC)
    key = MessageKey(call=call.name, to=to, start=start, kind=kind, revision=_revision(call, to, kind, told, context))
    settled = _settled(call, context)
    at = next_polite(settled, call.client.policy, call.client.timezone)
    if settled <= context.now:
        at = context.keeps_moment(key, call.client) or at
    late = at is None or at >= start
    return Draft(
        key=key,
        client=call.client,
        call=call,
        send_at=start if at is None or late else at,
        expires_at=start,
        state=State.ASKS if late else State.PLANNED,
        why="no polite moment is left before the call; approving sends it at once" if late else "",
        old_start=told.key.start,
        thread=told,
    )


def _leads(
    call: Call,
    to: str,
    context: Context,
    *,
    first: Kind | None,
    thread: Message | None = None,
    since: datetime | None = None,
) -> list[Draft]:
    """Return the message at the longest lead, of kind `first` (None: there is none), and reminders at the others.

    Of several that fall on one moment, or have passed, one is left; none whose moment came before `since`, when
    the recipient is told all there is to tell.
    """
    policy, zone = call.client.policy, call.client.timezone
    start = call.start.astimezone(UTC)
    settled = _settled(call, context)
    found: dict[datetime, Draft] = {}
    passed = False
    for index, lead in enumerate(policy.message_before):
        kind = Kind.REMINDER if index else first
        usual = usual_moment(call.start, lead, policy, zone)
        if kind is None or (since is not None and usual <= since) or (usual <= context.now and passed):
            continue
        if kind is Kind.TIMEFRAME and _turned_down(call, to, context):
            continue
        passed = passed or usual <= context.now
        revision = index
        if kind is Kind.TIMEFRAME and thread is not None:
            revision = _revision(call, to, kind, thread, context)
        key = MessageKey(call=call.name, to=to, start=start, kind=kind, revision=revision)
        at = send_moment(
            call.start, lead, policy, zone, context.now, least_notice=policy.least_notice, not_before=settled
        )
        if settled <= context.now:
            at = context.keeps_moment(key, call.client) or at
        draft = Draft(
            key=key,
            client=call.client,
            call=call,
            send_at=at or start,
            expires_at=start - policy.least_notice if at else start,
            state=State.PLANNED if at else State.ASKS,
            why="" if at else _no_notice(policy.least_notice),
            thread=thread,
        )
        if _foreign(call, usual, context):
            draft = replace(draft, state=State.UNKNOWN, why=MAYBE_SENT)
        found.setdefault(draft.send_at, draft)
    return list(found.values())


def _turned_down(call: Call, to: str, context: Context) -> bool:
    """Tell whether the announcement that was this recipient's message for this start was skipped, or failed."""
    start = call.start.astimezone(UTC)
    return any(
        (row.key.call, row.key.to, row.key.start, row.key.kind) == (call.name, to, start, Kind.ANNOUNCEMENT)
        and row.state not in OPEN | MAYBE_TOLD
        for row in context.memory.messages
    )


def _no_notice(least: timedelta) -> str:
    return f"no polite moment is left that gives {say_duration(least)} notice; approving sends it at once"


def _foreign(call: Call, usual: datetime, context: Context) -> bool:
    """Tell whether another installation may have sent this: its moment had passed when its marks were first met."""
    known = context.memory.calls.get(call.name)
    seen = known.first_seen if known else context.now
    return context.foreign is not None and usual <= context.foreign and seen <= context.foreign


def _settled(call: Call, context: Context) -> datetime:
    """Return from when a message about this event may go: 10 minutes after its last change by somebody else.

    A call within the hour doesn't wait, and a stamp in the future doesn't count.
    """
    changed = call.occurrence.last_modified
    if changed is None or changed > context.now or call.start - context.now <= WITHIN_THE_HOUR:
        return context.now
    return max(changed.astimezone(UTC) + FRESH, context.now)


def _may_it_go(draft: Draft, held: str, context: Context) -> Draft:
    """Hold what may not go by itself, and say why."""
    call, client = draft.call, draft.client
    if draft.state is State.UNKNOWN or call is None:
        return draft
    pause = paused(client.key, context.memory.pauses, context.now)
    why = call.doubtful or call.tentative or held or _day_off(draft, call, context)
    if not why and pause is not None:
        why = "sending is paused" + (f" until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else "")
    if why:
        return replace(draft, state=State.HELD, why=why)
    flexed = draft.key.kind in (Kind.FLEX, Kind.LATE)
    if draft.state is State.PLANNED and client.policy.send == "ask" and not flexed:
        return replace(draft, state=State.ASKS, why='send = "ask": it waits for your approval')
    return draft


def _day_off(draft: Draft, call: Call, context: Context) -> str:
    """Return on which day off the call is, so that nothing goes that the owner hasn't asked for herself.

    A calendar that was not read takes back no day off that stood in it.
    """
    if call.day_off or not context.unread & tells_days_off(call.client, context.rules):
        return "" if draft.key.kind in (Kind.FLEX, Kind.LATE) else call.day_off
    row = context.row(draft.key)
    held = row is not None and row.state is State.HELD and row.why.startswith(DAY_OFF)
    return row.why if row is not None and held else ""


def cancelled(gone: Iterable[KnownCall], context: Context) -> tuple[Draft, ...]:
    """Return a draft for everybody who was told of a call that no longer takes place; it waits until the old start."""
    found, messages = [], context.memory.messages
    for known in gone:
        client = context.rules.client(known.client)
        if client is None or client.policy.send == "off":
            continue
        for to in sorted({m.key.to for m in messages if m.key.call == known.name}):
            told = last_told(known.name, context.memory, to)
            if told is None or told.key.start <= context.now or _taken_back(told, context):
                continue
            before = [m for m in messages if (m.key.call, m.key.to, m.key.kind) == (known.name, to, Kind.CANCELLED)]
            key = MessageKey(
                call=known.name,
                to=to,
                start=told.key.start,
                kind=Kind.CANCELLED,
                revision=sum(m.state in MAYBE_TOLD for m in before),
            )
            found.append(
                Draft(
                    key=key,
                    client=client,
                    call=None,
                    send_at=context.now,
                    expires_at=told.key.start,
                    state=State.ASKS,
                    why="the call was cancelled after the client was told of it; approve this draft, or skip it",
                    old_start=told.key.start,
                    thread=told,
                )
            )
    return tuple(found)


def channel_of(client: Client, rules: Rules) -> str:
    """Return the name of the channel that carries this client's messages; empty without one."""
    if client.policy.channel is not None:
        return client.policy.channel
    return rules.channels[0] if len(rules.channels) == 1 else ""
