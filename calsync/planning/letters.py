"""Gives drafts their words, in the order in which they go: each text depends on what was sent before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from calsync.model.call import Agenda, Call
from calsync.model.message import MAYBE_TOLD, OPEN, Kind, Message, MessageKey, State
from calsync.model.rules import Client
from calsync.model.text import CallFacts, Form, MessageFacts, Renderer
from calsync.model.times import whole_minutes
from calsync.planning.essence import combined
from calsync.planning.facts import Next, call_facts, flexed, voice
from calsync.planning.messages import Context, Draft, channel_of, pending_announcement
from calsync.planning.people import greeted

SHORT_CALL = 20
LONG_SILENCE = timedelta(days=21)
_SHORT = (Form.SHORT_A, Form.SHORT_B, Form.SHORT_C)
_NUMBERED = frozenset({Kind.TIMEFRAME, Kind.ANNOUNCEMENT, Kind.UPDATE})


@dataclass(slots=True)
class History:
    """What one recipient of one client has had: how many messages, how many short ones, when the last, which agenda."""

    messages: int = 0
    short: int = 0
    last: datetime | None = None
    announced: bool = False
    agenda: str = ""

    def add(self, message: Message, at: datetime) -> None:
        """Take a message into account."""
        self.announced = self.announced or message.key.kind is Kind.ANNOUNCEMENT
        self.last = at if self.last is None else max(self.last, at)
        if message.key.kind in _NUMBERED:
            self.messages += 1
            self.short += message.form in _SHORT
            self.agenda = message.agenda or self.agenda


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
) -> tuple[Message, ...]:
    """Return the messages that `drafts` become, earliest first.

    agendas and following: by the call's name. A row of the outbox that is closed (sent, skipped, ...) stays as it
    is; one that the owner has approved keeps its approval only while its text is still the one that she saw.
    """
    past = _Past()
    for message in sorted(context.memory.messages, key=lambda one: one.sent_at or one.send_at):
        if message.state in MAYBE_TOLD:
            past.of(message.client, message.key.to).add(message, message.sent_at or message.send_at)
    written: dict[MessageKey, Message] = {}
    for draft in sorted(drafts, key=lambda one: (one.send_at, one.key.start, one.key.to, one.key.kind)):
        row = context.row(draft.key)
        if draft.key in written or (row is not None and row.state not in OPEN):
            continue
        history = past.of(draft.client.key, draft.key.to)
        message = _message(draft, history, agendas, following, context, renderer)
        if row is not None:
            message = _approved(message, row)
        written[draft.key] = message
        history.add(message, message.send_at)
    return tuple(written.values())


def _approved(message: Message, row: Message) -> Message:
    """Return `message` with what its row remembers: tries so far, and the approval of this very text."""
    same = (row.subject, row.body) == (message.subject, message.body)
    message = replace(message, attempts=row.attempts, retry_at=row.retry_at, epoch=row.epoch)
    if not (row.approved and same):
        return message
    return replace(message, approved=True, state=State.PLANNED, why="", send_at=row.send_at, expires_at=row.expires_at)


def _message(
    draft: Draft,
    history: History,
    agendas: Mapping[str, Agenda],
    following: Mapping[str, Next],
    context: Context,
    renderer: Renderer,
) -> Message:
    call, client, key = draft.call, draft.client, draft.key
    agenda = agendas[call.name] if call is not None else None
    listed = combined(agenda.items) if agenda is not None and agenda.default else ""
    facts = _facts(draft, history, agenda, listed, following, context)
    letter = renderer.message(voice(client, context.rules.owner, greeted(client, key.to)), facts)
    thread = draft.thread
    domain = context.rules.owner.email.rpartition("@")[2]
    first = thread.thread or thread.message_id(domain) if thread is not None else ""
    subject = thread.subject if thread is not None else letter.subject
    if thread is not None and not subject.startswith("Re: "):
        subject = f"Re: {subject}"
    told = call.told_stop if call is not None else thread.hard_stop if thread is not None else key.start
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
        calendar=call.occurrence.calendar if call is not None else thread.calendar if thread is not None else "",
        why=draft.why,
        asked=facts.ask_if_matters,
        agenda=listed,
        per_call=_cap(call),
        flex=call.flex.minutes if call is not None and call.flex is not None else 0,
        approved=draft.approved,
        thread=first,
    )


def _cap(call: Call | None) -> int | None:
    if call is None or call.per_call is None:
        return None
    return whole_minutes(call.per_call)


def _facts(
    draft: Draft,
    history: History,
    agenda: Agenda | None,
    listed: str,
    following: Mapping[str, Next],
    context: Context,
) -> MessageFacts:
    call, client, kind = draft.call, draft.client, draft.key.kind
    form = _form(draft, history)
    about = None
    if call is not None and agenda is not None:
        usual = bool(listed) and listed == history.agenda
        about = call_facts(call, agenda, following[call.name], draft.send_at, usual_agenda=usual)
    elif kind is Kind.CANCELLED and draft.thread is not None:
        # The call is gone: what was told of it is all there is to say, and that its points are kept if it had any.
        points = (Kind.CANCELLED.value,) if draft.thread.agenda else ()
        about = CallFacts(at=draft.send_at, start=draft.key.start, hard_stop=draft.thread.hard_stop, agenda=points)
    numbered = kind is Kind.TIMEFRAME
    wish = pending_announcement(client, context) if kind is Kind.ANNOUNCEMENT else None
    per_call = client.policy.per_call
    return MessageFacts(
        form=form,
        call=about,
        ask_if_matters=numbered and asks_if_matters(history.messages + 1, client),
        old_start=draft.old_start,
        list_stays=kind is Kind.UPDATE and bool(about and about.agenda),
        flexed=flexed(call)
        if call is not None and kind in (Kind.TIMEFRAME, Kind.FLEX, Kind.UPDATE, Kind.ANNOUNCEMENT)
        else None,
        because=wish.because if wish is not None else "",
        usual=whole_minutes(per_call) if per_call is not None else None,
        shared=client.shared,
        effective=call.start if call is not None else draft.send_at,
    )


def asks_if_matters(number: int, client: Client) -> bool:
    """Tell whether the `number`-th message to a recipient says that she may be told what she should know.

    The first does, and every 8th (`ask_if_matters`); 1 is always, 0 never.
    """
    every = client.policy.ask_if_matters
    return every > 0 and (number == 1 or number % every == 0)


def _form(draft: Draft, history: History) -> Form:
    kind, call = draft.key.kind, draft.call
    if kind is not Kind.TIMEFRAME:
        return Form(kind.value)
    if history.messages == 0 and not history.announced:
        return Form.FIRST
    if call is not None and call.client_minutes <= SHORT_CALL:
        return _SHORT[history.short % 3]
    if history.last is not None and draft.send_at - history.last >= LONG_SILENCE:
        return Form.FULL
    return _SHORT[history.short % 3]
