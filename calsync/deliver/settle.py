"""What becomes of a claimed message: the row, the alert and the line in the journal, all or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from calsync.model.alert import AlertKind, about_message, alert_key
from calsync.model.message import Message, State
from calsync.ports import Fate, Ledger, Outcome

# Three refusals are three and a half minutes: a greylist lets one in by then, anything else the owner should know.
PATIENCE = 3


def settle(ledger: Ledger, claimed: Message, outcome: Outcome, now: datetime) -> Message | None:
    """Commit what became of `claimed`, and return it as it now stands; None where its claim was taken over."""
    message = _became(claimed, outcome, now)
    with ledger.transaction():
        if not ledger.settle(claimed.key, claimed.epoch, message):
            return None  # another one took the claim over, and has told
        ledger.log(now, outcome.fate.value, f"{message.id[:6]} by {message.channel}")
        if message.state is State.SENT:
            # Of one that she approved or sent once more she knows.
            recovered = f"{named(message)} was sent" if message.attempts >= PATIENCE else ""
            ledger.clear_alert(alert_key(message), at=now, recovered=recovered)
        elif message.state is not State.PLANNED:
            kind = AlertKind.FAILED if message.state is State.FAILED else AlertKind.UNKNOWN
            ledger.alert(alert_key(message), now, _what_is_wrong(message), about_message(kind, message))
        elif message.attempts >= PATIENCE:
            tries = f"was put off {message.attempts} times and is tried again"
            facts = about_message(AlertKind.DEFERRED, message)
            ledger.alert(alert_key(message), now, f"{named(message)} {tries}: {message.why}", facts)
    return message


def put_back(ledger: Ledger, claimed: Message) -> Message | None:
    """Commit that `claimed` is planned as if nobody had claimed it; None where its claim was taken over."""
    message = replace(claimed, state=State.PLANNED, begun_at=None)
    return message if ledger.settle(claimed.key, claimed.epoch, message) else None


def give_up(ledger: Ledger, now: datetime) -> tuple[Message, ...]:
    """Settle what this process is sending, so that it can end while a channel hangs; return it as it now stands.

    For another thread than the one that sends, with a connection of its own. What may have left is `unknown`,
    with an alert; what surely has not is planned again. When the hanging one comes back its claims are gone: it
    can neither begin nor settle.
    """
    with ledger.transaction():
        settled = [_given_up(ledger, message, now) for message in ledger.in_hand()]
    return tuple(message for message in settled if message is not None)


def _given_up(ledger: Ledger, claimed: Message, now: datetime) -> Message | None:
    if claimed.begun_at is None:
        return put_back(ledger, claimed)
    why = "calsync had to end while it was being sent, and nobody can tell whether it went"
    return settle(ledger, claimed, Outcome(fate=Fate.UNCERTAIN, why=why), now)


def named(message: Message) -> str:
    """Return how an alert calls a message."""
    return f"message {message.id[:6]} to {message.key.to}"


def _became(claimed: Message, outcome: Outcome, now: datetime) -> Message:
    match outcome.fate:
        case Fate.ACCEPTED:
            return replace(claimed, state=State.SENT, sent_at=now, why="", retry_at=None, begun_at=None)
        case Fate.DEFERRED:
            again = replace(claimed, state=State.PLANNED, attempts=claimed.attempts + 1, why=outcome.why, begun_at=None)
            return replace(again, retry_at=now + again.pause)
        case Fate.REFUSED:
            return replace(claimed, state=State.FAILED, why=outcome.why, begun_at=None)
        case Fate.UNCERTAIN:
            return replace(claimed, state=State.UNKNOWN, why=outcome.why, begun_at=claimed.begun_at or now)


def _what_is_wrong(message: Message) -> str:
    if message.state is State.FAILED:
        return f"{named(message)} was refused: {message.why}"
    return f"{named(message)} may or may not have been sent: {message.why}; approve sends it again, skip leaves it"
