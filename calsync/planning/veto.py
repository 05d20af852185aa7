"""`send = "veto"`: what goes by itself, but never before the owner was told of it and had the time to stop it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calsync.model.alert import VETO, veto_key
from calsync.model.memory import Memory
from calsync.model.message import OPEN, Kind, Message, MessageKey, State
from calsync.model.rules import Rules
from calsync.planning.messages import Context, Draft
from calsync.planning.timing import next_polite, polite

TO_STOP = timedelta(hours=2)
TO_LEAVE = timedelta(minutes=5)  # before a message expires, for the way through a mail server
A_MOMENT = timedelta(seconds=1)  # so that it is due in none of the cycles in which she was not yet told
_BY_ITSELF = frozenset({Kind.TIMEFRAME, Kind.REMINDER, Kind.UPDATE, Kind.ANNOUNCEMENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Vetoes:
    """tell: of which messages the owner is to be told by now. keep: the keys of all alerts about what may still go."""

    tell: tuple[Message, ...] = ()
    keep: frozenset[str] = frozenset()


def written_for_veto(
    drafts: Iterable[Draft], context: Context, write: Callable[[Iterable[Draft]], tuple[Message, ...]]
) -> tuple[Message, ...]:
    """Return what `write` makes of `drafts`, with the moments at which the owner has had her two hours.

    A message of which she was told keeps its moment, or waits until two hours after that. One of which she was not
    told, or not in these words, waits until two hours from now, so that it is never due. Where no polite moment of
    that kind is left before it expires, it goes as late as it may, and is not due either before she was told.
    """
    drafts = tuple(drafts)
    told = _told(context.memory)
    messages = write(_put_off(drafts, told, context))
    changed = {one.id for one in messages if one.id in told and veto_key(one) not in context.memory.warned}
    if changed:
        told = {id: at for id, at in told.items() if id not in changed}
        messages = write(_put_off(drafts, told, context))
    return messages


def vetoes(messages: Iterable[Message], rules: Rules, memory: Memory, now: datetime) -> Vetoes:
    """Return of which of these messages, as they stand after this plan, she is to be told by the next reading."""
    messages = tuple(messages)
    hers = [
        one for one in messages if one.state is State.PLANNED and not one.approved and _may_stop(one, rules, memory)
    ]
    soon = now + TO_STOP + rules.poll
    seen = {one.key for one in messages}
    others = {row.id for row in memory.messages if row.key not in seen and row.state in OPEN}
    kept = {key for key in memory.warned if key.split(":")[1] in others}
    return Vetoes(
        tell=tuple(one for one in hers if one.send_at <= soon), keep=frozenset({veto_key(one) for one in hers} | kept)
    )


def _told(memory: Memory) -> dict[str, datetime]:
    """Return when she was last told of each message, in whatever words."""
    found: dict[str, datetime] = {}
    for key, at in sorted(memory.warned.items(), key=lambda one: one[1]):
        found[key.removeprefix(VETO).partition(":")[0]] = at
    return found


def _put_off(drafts: Iterable[Draft], told: dict[str, datetime], context: Context) -> tuple[Draft, ...]:
    return tuple(
        replace(one, send_at=_moment(one, told.get(one.key.id), context.now)) if _waits(one, context) else one
        for one in drafts
    )


def _waits(draft: Draft, context: Context) -> bool:
    row = context.row(draft.key)
    approved = row is not None and row.approved
    return (
        draft.state is State.PLANNED
        and not approved
        and draft.client.policy.send == "veto"
        and _by_itself(draft.key, draft.client.key, context.memory)
    )


def _may_stop(message: Message, rules: Rules, memory: Memory) -> bool:
    client = rules.client(message.client)
    return client is not None and client.policy.send == "veto" and _by_itself(message.key, client.key, memory)


def _by_itself(key: MessageKey, client: str, memory: Memory) -> bool:
    """Tell whether nobody has asked for this message: what the owner has confirmed needs no second word of hers."""
    return key.kind in _BY_ITSELF and not (key.kind is Kind.ANNOUNCEMENT and client in memory.announcements)


def _moment(draft: Draft, told: datetime | None, now: datetime) -> datetime:
    policy, zone = draft.client.policy, draft.client.timezone
    at = next_polite(max(draft.send_at, (told or now) + TO_STOP), policy, zone)
    if at is not None and at < draft.expires_at:
        return at
    last = draft.expires_at - TO_LEAVE
    late = max(draft.send_at, last) if polite(last, policy, zone) else draft.send_at
    return max(late, (told or now) + A_MOMENT)
