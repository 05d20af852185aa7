"""Gives drafts their words, in the order in which they go: each text depends on what was sent before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from calsync.model.call import Agenda, Call
from calsync.model.message import MAYBE_TOLD, OPEN, POLITE_ONCE_APPROVED, Kind, Message, MessageKey, State
from calsync.model.rules import Client
from calsync.model.text import CallFacts, Delay, Form, MessageFacts, Overrun, Renderer
from calsync.model.times import MINUTE, later, whole_minutes
from calsync.planning.announcing import pending_announcement
from calsync.planning.closing import Ended, overrun
from calsync.planning.essence import combined
from calsync.planning.facts import Next, call_facts, flexed, is_meeting, voice
from calsync.planning.messages import Context, Draft, channel_of, paused
from calsync.planning.people import greeted
from calsync.planning.timing import next_polite, polite

SHORT_CALL = 20
LONG_SILENCE = timedelta(days=21)
_SHORT = (Form.SHORT_A, Form.SHORT_B, Form.SHORT_C)
_NUMBERED = frozenset({Kind.TIMEFRAME, Kind.ANNOUNCEMENT})
_TELL_FLEX = _NUMBERED | {Kind.FLEX, Kind.UPDATE}


@dataclass(slots=True)
class History:
    """What one recipient of one client has had: messages, short ones among them, when the last, which agendas.

    led: when the last at its lead was sent.
    """

    messages: int = 0
    short: int = 0
    last: datetime | None = None
    led: datetime | None = None
    agendas: set[str] = field(default_factory=set)

    def add(self, message: Message, at: datetime) -> None:
        """Take a message into account."""
        self.last = at if self.last is None else max(self.last, at)
        if message.key.kind is Kind.TIMEFRAME:
            self.led = at if self.led is None else max(self.led, at)
        if message.key.kind in _NUMBERED:
            self.messages += 1
            self.short += message.form in _SHORT
            self.agendas.add(message.agenda)


@dataclass(frozen=True, slots=True)
class Wording:
    """What of a text depends on those before it: its form, the sentence about what matters, the agenda as usual.

    turn: how many there were, so that wordings take turns. overrun: what opens it.
    """

    form: Form
    asks: bool
    usual: bool
    turn: int
    overrun: Overrun | None = None


@dataclass(slots=True)
class _Past:
    by: dict[tuple[str, str], History] = field(default_factory=dict)

    def of(self, client: str, to: str) -> History:
        return self.by.setdefault((client, to), History())


def write(
    drafts: Iterable[Draft],
    agendas: Mapping[str, Agenda],
    following: Mapping[str, Next],
    context: Context,
    renderer: Renderer,
    over: Sequence[Ended] = (),
) -> tuple[Message, ...]:
    """Return the messages that `drafts` become, earliest first.

    agendas and following: by the call's name. over: the calls of which the owner has told, by start. A row of the
    outbox that is closed (sent, skipped, ...) stays as it is; one that the owner has approved keeps its approval only
    while its text is still the one that she saw.
    """
    past = _Past()
    for message in sorted(context.memory.messages, key=lambda one: one.sent_at or one.send_at):
        if message.state in MAYBE_TOLD:
            past.of(message.client, message.key.to).add(message, message.sent_at or message.send_at)
    written: dict[MessageKey, Message] = {}
    threads: dict[tuple[str, str], Message] = {}
    for draft in sorted(drafts, key=lambda one: (one.send_at, one.key.start, one.key.to, one.key.kind)):
        row = context.row(draft.key)
        closed = row is not None and row.state not in OPEN
        if draft.key in written or closed or context.was_forgotten(draft.key):
            continue
        history = past.of(draft.client.key, draft.key.to)
        if draft.call is not None and draft.key.kind is not Kind.LATE:
            # What goes before it about the same call begins the thread.
            draft = replace(draft, thread=draft.thread or threads.get((draft.call.name, draft.key.to)))
        wording = _wording(draft, history, agendas, overrun(draft, over, history.led, context))
        message = _message(draft, wording, agendas, following, context, renderer)
        if row is not None:
            shown = (
                _message(
                    draft,
                    Wording(row.form, row.asked, usual, turn, wording.overrun),
                    agendas,
                    following,
                    context,
                    renderer,
                )
                for turn in dict.fromkeys((wording.turn, 0, 1))
                for usual in (False, True)
                if row.approved
            )
            message = _with_row(next((one for one in shown if _same_text(one, row)), message), row, context)
        written[draft.key] = message
        history.add(message, message.send_at)
        if draft.key.kind is not Kind.LATE:  # what announces the call begins the thread, and may not have gone
            threads.setdefault((message.key.call, message.key.to), message)
    return tuple(written.values())


def _same_text(message: Message, row: Message) -> bool:
    return (row.subject, row.body) == (message.subject, message.body)


def _with_row(message: Message, row: Message, context: Context) -> Message:
    """Return `message` with what its row remembers: tries so far, and the approval of this very text.

    An approved text keeps its wording, whatever went before it meanwhile; it falls with what it says. A pause that
    began after the approval holds it until it ends. One that may have gone since she approved it is `unknown`.
    """
    message = replace(message, attempts=row.attempts, retry_at=row.retry_at, epoch=row.epoch)
    gone = message.state is State.UNKNOWN and context.foreign is not None and row.send_at < context.foreign
    if gone or not (row.approved and _same_text(message, row)):
        return message
    pause = paused(message.client, context.memory.pauses, context.now)
    held = pause is not None and pause.since > row.send_at
    return replace(
        message,
        approved=True,
        state=State.HELD if held else State.PLANNED,
        why="sending is paused" if held else "",
        send_at=_approved_moment(row, context),
        expires_at=row.expires_at,
    )


def _approved_moment(row: Message, context: Context) -> datetime:
    """Return when an approved message goes: at once, or what has waited for days in the client's polite hours."""
    client = context.rules.client(row.client)
    if row.key.kind not in POLITE_ONCE_APPROVED or client is None:
        return row.send_at
    moments = (row.send_at, max(row.send_at, context.now))
    found = [next_polite(one, client.policy, client.timezone) for one in moments]
    if found[0] is not None and polite(context.now, client.policy, client.timezone):
        return found[0]
    return found[1] or row.expires_at


def _message(
    draft: Draft,
    wording: Wording,
    agendas: Mapping[str, Agenda],
    following: Mapping[str, Next],
    context: Context,
    renderer: Renderer,
) -> Message:
    call, client, key = draft.call, draft.client, draft.key
    agenda = agendas[call.name] if call is not None else None
    facts = _facts(draft, wording, agenda, following, context)
    letter = renderer.message(voice(client, context.rules.owner, greeted(client, key.to)), facts)
    thread = draft.thread
    domain = context.rules.owner.email.rpartition("@")[2]
    first = thread.thread or thread.message_id(domain) if thread is not None else ""
    subject = thread.subject if thread is not None else letter.subject
    if thread is not None and not subject.startswith("Re: "):
        subject = f"Re: {subject}"
    told = key.start
    if call is not None:
        told = call.told_stop
    elif draft.closed is not None:
        told = draft.closed.hard_stop.astimezone(UTC)
    elif thread is not None:
        told = thread.hard_stop
    return Message(
        key=key,
        client=client.key,
        hard_stop=told,
        send_at=draft.send_at,
        expires_at=draft.expires_at,
        state=draft.state,
        subject=subject,
        body=letter.body.text,
        form=facts.form,
        channel=channel_of(client, context.rules),
        calendar=call.occurrence.calendar if call is not None else _calendar(draft),
        why=draft.why,
        asked=facts.ask_if_matters,
        agenda=_listed(agenda),
        per_call=_cap(call),
        flex=call.moved_by if call is not None else 0,
        approved=key.kind is Kind.LATE and draft.state is State.PLANNED,  # its words were shown when it was noted
        thread=first,
    )


def _calendar(draft: Draft) -> str:
    return draft.calendar or (draft.thread.calendar if draft.thread is not None else "")


def _cap(call: Call | None) -> int | None:
    if call is None or call.per_call is None:
        return None
    return whole_minutes(call.per_call)


def _listed(agenda: Agenda | None) -> str:
    return combined(agenda.items) if agenda is not None and agenda.items else ""


def _facts(
    draft: Draft, wording: Wording, agenda: Agenda | None, following: Mapping[str, Next], context: Context
) -> MessageFacts:
    call, client, kind, thread = draft.call, draft.client, draft.key.kind, draft.thread
    about = None
    if call is not None and agenda is not None:
        about = call_facts(call, agenda, following[call.name], draft.send_at, usual_agenda=wording.usual)
        if call.late:
            about = replace(about, start=later(call.start, call.late * MINUTE))  # when she is there
    elif kind is Kind.CANCELLED and thread is not None:
        # The call is gone: what was told of it is all there is to say, and that its points are kept if it had any.
        points = (Kind.CANCELLED.value,) if thread.agenda else ()
        about = CallFacts(at=draft.send_at, start=draft.key.start, hard_stop=thread.hard_stop, agenda=points)
    elif draft.closed is not None:
        about = draft.closed
    elif draft.about is not None:
        one = draft.about
        meets = is_meeting(one.occurrence)
        about = CallFacts(at=draft.send_at, start=one.start, hard_stop=one.told_stop, meeting=meets)
    wish = pending_announcement(client, context) if kind is Kind.ANNOUNCEMENT else None
    per_call = client.policy.per_call
    told_flex = thread.flex if thread is not None else 0
    # Before anything else was said of the call, what is to come says why its end moved.
    tell_flex = kind in _TELL_FLEX or (kind is Kind.LATE and thread is not None and _unheard(draft, context))
    return MessageFacts(
        form=wording.form,
        call=about,
        ask_if_matters=wording.asks,
        turn=wording.turn,
        old_start=draft.old_start,
        list_stays=bool(thread and thread.agenda) and thread is not None and thread.agenda == _listed(agenda),
        flexed=flexed(call, told=told_flex) if call is not None and tell_flex else None,
        because=wish.because if wish is not None else "",
        usual=whole_minutes(per_call) if per_call is not None else None,
        shared=client.shared,
        effective=call.start if call is not None else draft.send_at,
        exceeded=draft.exceeded,
        closing=draft.closing,
        overrun=wording.overrun,
        delay=_delay(draft, context) if kind is Kind.LATE else None,
    )


def _delay(draft: Draft, context: Context) -> Delay:
    """Return how late the owner is, in her own words."""
    late = context.memory.lates[draft.key.call]
    return Delay(minutes=late.minutes, because=late.because, shift=late.shift)


def _unheard(draft: Draft, context: Context) -> bool:
    """Tell whether the recipient has yet to hear of the flex; whatever went since it was noted has told it."""
    flex = draft.call.flex if draft.call is not None else None
    return flex is not None and not any(
        (row.key.call, row.key.to) == (draft.key.call, draft.key.to)
        and row.state in MAYBE_TOLD
        and row.key.kind not in (Kind.REMINDER, Kind.CANCELLED)
        and (row.sent_at or row.send_at) >= flex.at
        for row in context.memory.messages
    )


def asks_if_matters(number: int, client: Client) -> bool:
    """Tell whether the `number`-th message to a recipient says that she may be told what she should know.

    The first does, and every 8th (`ask_if_matters`); 1 is always, 0 never.
    """
    every = client.policy.ask_if_matters
    return every > 0 and (number == 1 or number % every == 0)


def _wording(draft: Draft, history: History, agendas: Mapping[str, Agenda], opening: Overrun | None) -> Wording:
    agenda = agendas[draft.call.name] if draft.call is not None else None
    asks = draft.key.kind is Kind.TIMEFRAME and asks_if_matters(history.messages + 1, draft.client)
    usual = agenda is not None and agenda.default and _listed(agenda) in history.agendas
    return Wording(_form(draft, history), asks, usual, history.messages, opening)


def _form(draft: Draft, history: History) -> Form:
    kind, call = draft.key.kind, draft.call
    if kind is not Kind.TIMEFRAME:
        return Form(kind.value)
    if history.messages == 0:
        return Form.FIRST
    if call is not None and call.client_minutes <= SHORT_CALL:
        return _SHORT[history.short % 3]
    if history.last is not None and draft.send_at - history.last >= LONG_SILENCE:
        return Form.FULL
    return _SHORT[history.short % 3]
