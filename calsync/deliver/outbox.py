"""What the owner may say about a message: approve, skip, send once more. Pure: the new message, or why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from calsync.errors import UsageError
from calsync.model.message import POLITE_ONCE_APPROVED, Kind, Message, MessageKey, State
from calsync.model.rules import Client
from calsync.planning.timing import next_polite

_APPROVABLE = {State.ASKS, State.HELD, State.UNKNOWN}
_SKIPPABLE = {State.PLANNED, State.ASKS, State.HELD, State.UNKNOWN}
_RESENDABLE = {State.SENT, State.FAILED, State.EXPIRED}
_HINTS = {
    State.PLANNED: "it goes by itself at its time; skip stops it",
    State.SENDING: "look again in a minute",
    State.ASKS: "approve sends it, skip drops it",
    State.HELD: "approve sends it, skip drops it",
    State.SENT: "resend sends it once more, as a new message",
    State.FAILED: "resend sends it once more, as a new message",
    State.EXPIRED: "resend sends it once more, as a new message",
    State.SKIPPED: "",
    State.UNKNOWN: "approve sends it again, skip leaves it at that",
}


def approve(message: Message, now: datetime, client: Client | None = None) -> Message:
    """Return `message` as planned for `now`, by the owner's word about this very text.

    It goes until the call's start (a draft about a cancelled call until its old start), whatever notice that
    leaves; one that may wait for days (POLITE_ONCE_APPROVED) in the polite hours of `client`. One whose fate is
    unknown gets a fresh attempt.

    Raises:
        UsageError: it doesn't wait for her, has nobody or no way to go to, or its time has passed.
    """
    _must_be(message, _APPROVABLE, "approved")
    if not message.key.to or not message.channel:
        raise UsageError(
            f"this message can't be sent: {message.why or 'it has no recipient or no channel'}",
            where=message.id[:6],
            hint="give the client an address and a channel in the config",
        )
    approved = _now(message, now, "approved", named=message.id)
    if client is None or message.key.kind not in POLITE_ONCE_APPROVED:
        return approved
    moment = next_polite(now, client.policy, client.timezone)
    if moment is None or moment >= approved.expires_at:
        raise UsageError(
            "this message can't be approved: no polite moment is left in which it could go", where=message.id[:6]
        )
    return replace(approved, send_at=moment)


def skip(message: Message, now: datetime) -> Message:
    """Return `message` as one that is not to be sent.

    Raises:
        UsageError: it is being sent, or its fate is settled.
    """
    _must_be(message, _SKIPPABLE, "skipped")
    return replace(message, state=State.SKIPPED, approved=False, why="skipped by the owner", retry_at=None)


def resend(message: Message, now: datetime, revision: int) -> Message:
    """Return a new message with the text of one that was sent, failed or expired, to be sent at once.

    `revision` is the one of its key; see `next_revision`.

    Raises:
        UsageError: `message` is in another state, or its call has begun.
    """
    _must_be(message, _RESENDABLE, "sent once more")
    fresh = replace(message, key=replace(message.key, revision=revision), sent_at=None, epoch=0)
    return _now(fresh, now, "sent once more", named=message.id)


def next_revision(key: MessageKey, messages: Iterable[Message]) -> int:
    """Return the first revision that no message with the rest of `key` has had."""
    taken = (other.key.revision for other in messages if replace(other.key, revision=key.revision) == key)
    return max(taken, default=-1) + 1


def _must_be(message: Message, states: Iterable[State], done: str) -> None:
    if message.state not in states:
        raise UsageError(
            f"a message that is {message.state} can't be {done}", where=message.id[:6], hint=_HINTS[message.state]
        )


def _now(message: Message, now: datetime, done: str, *, named: str) -> Message:
    # An announcement that goes by itself has no call whose start could end it, and a close-out's is over.
    announces = bool(message.key.call) and message.key.kind is not Kind.CLOSE_OUT
    end = message.key.start if announces else message.expires_at
    if now >= end:
        why = "its call has begun" if announces else "its time has passed"
        raise UsageError(f"this message can't be {done}: {why}", where=named[:6])
    return replace(
        message,
        state=State.PLANNED,
        approved=True,
        send_at=now,
        expires_at=end,
        why="",
        attempts=0,
        retry_at=None,
        begun_at=None,
    )
