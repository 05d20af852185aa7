"""Which messages a call needs: to whom, what kind, when, and whether they may go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from calsync.model.call import Call
from calsync.model.memory import Announce, KnownCall, Memory, Pause
from calsync.model.message import MAYBE_TOLD, OPEN, Kind, Message, MessageKey, State
from calsync.model.rules import Client, Rules
from calsync.model.times import MINUTE, say_duration
from calsync.planning.calls import last_told
from calsync.planning.people import contact, recipients
from calsync.planning.timing import next_polite, polite, send_moment, usual_moment

NOTICEABLE = timedelta(minutes=5)
FRESH = timedelta(minutes=10)
WITHIN_THE_HOUR = timedelta(hours=1)
LATE_TICK = timedelta(minutes=15)
ANNOUNCED_ALONE = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message before it has words. `old_start`: what the recipient was last told, where that changed."""

    key: MessageKey
    client: Client
    call: Call | None
    send_at: datetime
    expires_at: datetime
    state: State
    why: str = ""
    old_start: datetime | None = None
    thread: Message | None = None
    approved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What holds for every message of one plan. foreign: calendar → when marks of another installation were met."""

    rules: Rules
    memory: Memory
    now: datetime
    foreign: dict[str, datetime]

    def row(self, key: MessageKey) -> Message | None:
        """Return the message of that key in the outbox."""
        return next((message for message in self.memory.messages if message.key == key), None)

    def announced(self, client: str) -> bool:
        """Tell whether an announcement may have reached the client."""
        return any(
            message.client == client and message.key.kind is Kind.ANNOUNCEMENT and message.state in MAYBE_TOLD
            for message in self.memory.messages
        )


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
    for call in calls:
        if call.start <= context.now or call.client.policy.send == "off":
            continue
        written_to = {
            m.key.to for m in context.memory.messages if m.client == call.client.key and m.state in MAYBE_TOLD
        }
        to = recipients(call.client, call.people, call.occurrence, organized=call.organized, written_to=written_to)
        if not to.to:
            without.append((call, to.held))
            continue
        if _channel(call.client, context.rules) is None:
            without.append((call, "no channel is configured to send with"))
            continue
        for address in to.to:
            start = (call.client.key, address, call.start.astimezone(UTC))
            if start in told or _told_elsewhere(call, address, context):
                without.append((call, f"{address} is told this start already, by another event"))
                continue
            told.add(start)
            found += [_may_it_go(draft, to.held, context) for draft in _for_recipient(call, address, context)]
    return tuple(_announce(found, context)), tuple(without)


def _told_elsewhere(call: Call, to: str, context: Context) -> bool:
    """Tell whether another event has told this recipient this very start, and nothing else of that call since."""
    for message in context.memory.messages:
        same = message.client == call.client.key and message.key.to == to and message.key.call not in ("", call.name)
        if same and message.key.start == call.start.astimezone(UTC) and message.state in MAYBE_TOLD:
            last = last_told(message.key.call, context.memory, to)
            if (
                last is not None
                and last.key.start == message.key.start
                and last_told(call.name, context.memory, to) is None
            ):
                return True
    return False


def _for_recipient(call: Call, to: str, context: Context) -> list[Draft]:
    """Return what this recipient is yet to be told about this call."""
    told = last_told(call.name, context.memory, to)
    if told is None:
        return _leads(call, to, context, None)
    moved = abs(told.key.start - call.start) >= NOTICEABLE
    other_end = abs(told.hard_stop - call.told_stop) >= NOTICEABLE
    if moved and not call.organized:
        return _leads(call, to, context, told)
    if moved or other_end:
        flexed = not moved and call.flex is not None and call.flex.minutes != told.flex
        if not (moved or flexed or call.organized):
            return _leads(call, to, context, told)
        kind = Kind.FLEX if flexed else Kind.UPDATE
        draft = _at_once(call, to, kind, told, context)
        later = [
            reminder
            for reminder in _leads(call, to, context, told, only_reminder=True)
            if moved and reminder.send_at > draft.send_at + timedelta(days=2)
        ]
        rest = [] if moved else _leads(call, to, context, told)
        return [draft, *later, *rest]
    return _leads(call, to, context, told)


def _revision(call: Call, to: str, context: Context) -> int:
    """Return how often this recipient was told something of this call: what comes next has this number."""
    return sum(
        message.key.call == call.name and message.key.to == to and message.state in MAYBE_TOLD
        for message in context.memory.messages
    )


def _at_once(call: Call, to: str, kind: Kind, told: Message, context: Context) -> Draft:
    """Return a message that goes at the next polite moment and until the call's start."""
    key = MessageKey(
        call=call.name, to=to, start=call.start.astimezone(UTC), kind=kind, revision=_revision(call, to, context)
    )
    at = next_polite(_settled(call, context), call.client.policy, call.client.timezone)
    row = context.row(key)
    if row is not None and _due(row, context):
        at = row.send_at
    start = call.start.astimezone(UTC)
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


def _leads(call: Call, to: str, context: Context, told: Message | None, *, only_reminder: bool = False) -> list[Draft]:
    """Return the timeframe message at the longest lead and reminders at the others, as far as they lie ahead.

    Of several that fall on one moment, or have passed, one is left.
    """
    policy, zone = call.client.policy, call.client.timezone
    start = call.start.astimezone(UTC)
    same_start = told is not None and abs(told.key.start - start) < NOTICEABLE
    since = (told.sent_at or told.send_at) if told is not None and (same_start or only_reminder) else None
    found: dict[datetime, Draft] = {}
    passed = False
    for index, lead in enumerate(policy.message_before):
        kind = Kind.TIMEFRAME if index == 0 and since is None else Kind.REMINDER
        if index == 0 and same_start and not only_reminder:
            continue
        revision = index if kind is Kind.REMINDER else 0
        if kind is Kind.TIMEFRAME and told is not None:
            revision = _revision(call, to, context)
        key = MessageKey(call=call.name, to=to, start=start, kind=kind, revision=revision)
        row = context.row(key)
        usual = usual_moment(call.start, lead, policy, zone)
        if since is not None and usual <= since and not (row is not None and row.state is State.PLANNED):
            continue
        if usual <= context.now and passed:
            continue
        passed = passed or usual <= context.now
        settled = _settled(call, context)
        at = send_moment(
            call.start,
            lead,
            policy,
            zone,
            context.now,
            least_notice=policy.least_notice,
            not_before=settled if settled > context.now else None,
        )
        if row is not None and _due(row, context):
            at = row.send_at
        late = at is None
        draft = Draft(
            key=key,
            client=call.client,
            call=call,
            send_at=at or start,
            expires_at=start if late else start - policy.least_notice,
            state=State.ASKS if late else State.PLANNED,
            why=_no_notice(policy.least_notice) if late else "",
            thread=told,
        )
        if _foreign(call, usual, context):
            draft = replace(
                draft,
                state=State.UNKNOWN,
                why="its moment had passed when this state folder first saw the calendar; it may have been sent before",
            )
        found.setdefault(draft.send_at, draft)
    return list(found.values())


def _no_notice(least: timedelta) -> str:
    return f"no polite moment is left that gives {say_duration(least)} notice; approving sends it at once"


def _foreign(call: Call, usual: datetime, context: Context) -> bool:
    """Tell whether another installation may have sent this: its moment had passed when its marks were first met."""
    met = context.foreign.get(call.occurrence.calendar)
    known = context.memory.calls.get(call.name)
    seen = known.first_seen if known else context.now
    return met is not None and usual <= met and seen <= met


def _settled(call: Call, context: Context) -> datetime:
    """Return from when a message about this event may go: 10 minutes after its last change by somebody else.

    A call within the hour doesn't wait, and a stamp in the future doesn't count.
    """
    changed = call.occurrence.last_modified
    if changed is None or changed > context.now or call.start - context.now <= WITHIN_THE_HOUR:
        return context.now
    return max(changed.astimezone(UTC) + FRESH, context.now)


def _due(row: Message, context: Context) -> bool:
    """Tell whether a queued message has just come due, so that it keeps its moment rather than count as late.

    An approved one keeps its place among the others instead, because its words depend on what goes before it, and
    the approval is for those words; its moment comes from the approval.
    """
    if row.state is not State.PLANNED or row.approved or row.send_at > context.now:
        return False
    return row.attempts > 0 or context.now - row.send_at <= LATE_TICK


def _may_it_go(draft: Draft, held: str, context: Context) -> Draft:
    """Hold what may not go by itself, and say why."""
    call, client = draft.call, draft.client
    if draft.state is State.UNKNOWN or call is None:
        return draft
    pause = paused(client.key, context.memory.pauses, context.now)
    why = call.doubtful or call.tentative or held
    if not why and pause is not None:
        why = "sending is paused" + (f" until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else "")
    if why:
        return replace(draft, state=State.HELD, why=why)
    flexed = draft.key.kind is Kind.FLEX
    if draft.state is State.PLANNED and client.policy.send == "ask" and not flexed:
        return replace(draft, state=State.ASKS, why='send = "ask": it waits for your approval')
    return draft


def pending_announcement(client: Client, context: Context) -> Announce | None:
    """Return the announcement that the client has yet to get, or None."""
    wish = context.memory.announcements.get(client.key)
    if wish is None and client.reset:
        wish = Announce(client=client.key, because=client.reset_because, at_once=False, at=context.now)
    if wish is None:
        return None
    for message in context.memory.messages:
        announcement = message.client == client.key and message.key.kind is Kind.ANNOUNCEMENT
        if announcement and message.state not in OPEN and message.key.revision >= wish.revision:
            return None
    return wish


def _announce(found: list[Draft], context: Context) -> list[Draft]:
    """Let the first timeframe message to a client's contact be the announcement, where one is pending."""
    for client in context.rules.clients:
        wish = pending_announcement(client, context)
        to = contact(client)
        if wish is None or to is None or client.policy.send == "off":
            continue
        confirmed = client.key in context.memory.announcements
        if wish.at_once:
            found.append(_alone(client, to, wish, context))
            continue
        first = min(
            (
                one
                for one in found
                if one.client.key == client.key and one.key.to == to and one.key.kind is Kind.TIMEFRAME
            ),
            key=lambda one: (one.send_at, one.key.start),
            default=None,
        )
        if first is not None:
            asks = first.state is State.ASKS and client.policy.send == "ask" and first.send_at < first.key.start
            found[found.index(first)] = replace(
                first,
                key=replace(first.key, kind=Kind.ANNOUNCEMENT, revision=wish.revision),
                state=State.PLANNED if asks and confirmed else first.state,
                why="" if asks and confirmed else first.why,
            )
    return found


def _alone(client: Client, to: str, wish: Announce, context: Context) -> Draft:
    start = wish.at.astimezone(UTC)
    key = MessageKey(call="", to=to, start=start, kind=Kind.ANNOUNCEMENT, revision=wish.revision)
    at = next_polite(context.now, client.policy, client.timezone) or start + ANNOUNCED_ALONE
    row = context.row(key)
    pause = paused(client.key, context.memory.pauses, context.now)
    held = "sending is paused" if pause else "" if _channel(client, context.rules) else "no channel is configured"
    return Draft(
        key=key,
        client=client,
        call=None,
        send_at=row.send_at if row is not None and _due(row, context) else at,
        expires_at=start + ANNOUNCED_ALONE,
        state=State.HELD if held else State.PLANNED,
        why=held,
    )


def cancelled(gone: Iterable[KnownCall], context: Context) -> tuple[Draft, ...]:
    """Return a draft for everybody who was told of a call that no longer takes place; it waits until the old start."""
    found = []
    for known in gone:
        client = context.rules.client(known.client)
        if client is None or client.policy.send == "off":
            continue
        for to in sorted({m.key.to for m in context.memory.messages if m.key.call == known.name}):
            told = last_told(known.name, context.memory, to)
            if told is None or told.key.start <= context.now:
                continue
            key = MessageKey(call=known.name, to=to, start=told.key.start, kind=Kind.CANCELLED)
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


def _channel(client: Client, rules: Rules) -> str | None:
    """Return the channel that carries this client's messages, or None."""
    if client.policy.channel is not None:
        return client.policy.channel
    return rules.channels[0] if len(rules.channels) == 1 else None


def channel_of(client: Client, rules: Rules) -> str:
    """Return the name of the client's channel; empty without one."""
    return _channel(client, rules) or ""


def still_polite(message: Message, client: Client, now: datetime) -> bool:
    """Tell whether a message that was not approved may go at `now`: only in the client's polite hours."""
    return (
        message.approved
        or polite(now - MINUTE, client.policy, client.timezone)
        or polite(now, client.policy, client.timezone)
    )
