"""The one-time announcement that calls are kept to time: with the next message to the contact, or by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, timedelta

from calsync.model.memory import Announce
from calsync.model.message import OPEN, Kind, MessageKey, State
from calsync.model.rules import Client
from calsync.planning.messages import Context, Draft, channel_of, paused
from calsync.planning.people import contact
from calsync.planning.timing import next_polite

ANNOUNCED_ALONE = timedelta(days=7)


def pending_announcement(client: Client, context: Context) -> Announce | None:
    """Return the announcement that the client has yet to get, or None."""
    wish = context.memory.announcements.get(client.key)
    if wish is None and client.reset:
        wish = Announce(client=client.key, because=client.reset_because, at_once=False, at=context.now)
    if wish is None:
        return None
    for message in context.memory.messages:
        announcement = message.client == client.key and message.key.kind is Kind.ANNOUNCEMENT
        # One that could not go in time is still owed, with the next message.
        done = message.state not in OPEN | {State.EXPIRED}
        if announcement and done and message.key.revision >= wish.revision:
            return None
    return wish


def announce(drafts: Iterable[Draft], context: Context) -> tuple[Draft, ...]:
    """Let the first timeframe message to a client's contact be the announcement, where one is pending."""
    found = list(drafts)
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
            key=lambda one: (one.state is State.HELD, one.send_at, one.key.start),
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
    return tuple(found)


def _alone(client: Client, to: str, wish: Announce, context: Context) -> Draft:
    start = wish.at.astimezone(UTC)
    key = MessageKey(call="", to=to, start=start, kind=Kind.ANNOUNCEMENT, revision=wish.revision)
    at = next_polite(context.now, client.policy, client.timezone) or start + ANNOUNCED_ALONE
    pause = paused(client.key, context.memory.pauses, context.now)
    held = "sending is paused" if pause else "" if channel_of(client, context.rules) else "no channel is configured"
    return Draft(
        key=key,
        client=client,
        call=None,
        send_at=context.keeps_moment(key, client) or at,
        expires_at=start + ANNOUNCED_ALONE,
        state=State.HELD if held else State.PLANNED,
        why=held,
    )
