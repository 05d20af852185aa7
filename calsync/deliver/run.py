"""The pass that sends: settle what a dead one left, then claim, look, send and settle what is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from calsync.deliver.mail import mail_of
from calsync.deliver.outbox import alert_key
from calsync.model.message import Message, State
from calsync.model.rules import Owner
from calsync.ports import Channel, Fate, Ledger, Outcome

FIRST_PAUSE = timedelta(seconds=30)
# Three refusals are three and a half minutes: a greylist lets one in by then, anything else the owner should know.
PATIENCE = 3
# Long enough to be seen. By then the call has begun, and nothing can be done about its message.
ALERTS_STAND = timedelta(days=7)


class Ruling(StrEnum):
    """What the last look at a call says about its message."""

    SEND = "send"
    WAIT = "wait"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A ruling and, unless it is to send, why: a sentence for the owner."""

    ruling: Ruling
    why: str = ""


class Look(Protocol):
    """Looks once more whether a message still holds, right before it is sent."""

    def __call__(self, message: Message, now: datetime) -> Verdict:
        """Return SEND; WAIT to leave it planned; WITHDRAW to take it out, for the next plan to decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one pass did: messages as they now stand, and for those that wait the reason."""

    sent: tuple[Message, ...] = ()
    deferred: tuple[Message, ...] = ()
    failed: tuple[Message, ...] = ()
    unknown: tuple[Message, ...] = ()
    expired: tuple[Message, ...] = ()
    withdrawn: tuple[tuple[Message, str], ...] = ()
    waiting: tuple[tuple[Message, str], ...] = ()


def deliver(
    ledger: Ledger,
    channels: Mapping[str, Channel],
    look: Look,
    owner: Owner,
    now: datetime,
    *,
    clock: Callable[[], datetime] | None = None,
) -> Delivered:
    """Send what is due, each message at most once whatever dies when, and return what became of it.

    The caller holds the state lock. `clock` tells the time between two messages; without it all is done
    at `now`. A claim is committed before the channel sees a byte, so that a death in the middle leaves a
    claimed row: the next pass asks the channel what became of it, and what nobody can tell is `unknown`
    and never sent again by itself.

    Raises:
        LedgerError, LedgerDamaged: what was being sent is settled by a later pass.
    """
    run = _Pass(ledger, channels, owner, clock or (lambda: now))
    run.clear_old_alerts()
    run.settle_stranded()
    run.expire()
    for message in ledger.due(now):
        run.send(message, look)
    return run.result()


class _Pass:
    def __init__(
        self, ledger: Ledger, channels: Mapping[str, Channel], owner: Owner, clock: Callable[[], datetime]
    ) -> None:
        self._ledger, self._channels, self._owner, self._clock = ledger, channels, owner, clock
        self._settled: list[Message] = []
        self._withdrawn: list[tuple[Message, str]] = []
        self._waiting: list[tuple[Message, str]] = []

    def result(self) -> Delivered:
        def those(state: State) -> tuple[Message, ...]:
            return tuple(message for message in self._settled if message.state is state)

        return Delivered(
            sent=those(State.SENT),
            deferred=those(State.PLANNED),
            failed=those(State.FAILED),
            unknown=those(State.UNKNOWN),
            expired=those(State.EXPIRED),
            withdrawn=tuple(self._withdrawn),
            waiting=tuple(self._waiting),
        )

    def clear_old_alerts(self) -> None:
        now = self._clock()
        for key, since, _ in self._ledger.alerts():
            if key.startswith("message ") and now - since > ALERTS_STAND:
                self._ledger.clear_alert(key)

    def settle_stranded(self) -> None:
        for message in self._ledger.stranded(self._clock()):
            now = self._clock()
            channel = self._channels.get(message.channel)
            if message.begun_at is None:
                fate = Fate.REFUSED  # it was claimed, and not a byte of it had left
            else:
                fate = channel.fate(mail_of(message, self._owner, now)) if channel else Fate.UNCERTAIN
            if fate is Fate.ACCEPTED:
                self._settle(message, Outcome(fate=fate), now)
            elif fate is Fate.REFUSED:
                # Surely not sent, and nobody's refusal: it is due as if it had never been claimed.
                self._ledger.settle(message.key, message.epoch, replace(message, state=State.PLANNED))
            else:
                why = "calsync ended while it was being sent, and nobody can tell whether it went"
                self._settle(message, Outcome(fate=Fate.UNCERTAIN, why=why), now)

    def expire(self) -> None:
        now = self._clock()
        with self._ledger.transaction():
            for message in self._ledger.expire(now):
                self._ledger.log(now, "expired", message.id[:6])
                # What was held or waited for the owner has a reason, and she knows it; this one was to go by itself.
                if message.attempts or not message.why:
                    why = message.why or "calsync was not running, or its call could not be looked up"
                    self._ledger.alert(alert_key(message), now, f"{_named(message)} was not sent in time: {why}")
                self._settled.append(message)

    def send(self, message: Message, look: Look) -> None:
        channel = self._channels.get(message.channel)
        if channel is None:
            self._waiting.append((message, f'there is no channel "{message.channel}"'))
            return
        verdict = look(message, self._clock())
        if verdict.ruling is Ruling.WAIT:
            self._waiting.append((message, verdict.why))
        elif verdict.ruling is Ruling.WITHDRAW:
            self._ledger.withdraw([message.key])
            self._withdrawn.append((message, verdict.why))
        elif (claimed := self._ledger.claim(message.key, self._clock())) is not None:
            if replace(claimed, state=message.state, epoch=message.epoch) != message:
                # A plan gave it another text or time since it was looked at.
                self._ledger.settle(claimed.key, claimed.epoch, replace(claimed, state=State.PLANNED))
                self._waiting.append((message, "it was changed just now"))
                return
            outcome = channel.send(mail_of(claimed, self._owner, self._clock()), lambda: self._begin(claimed))
            self._settle(claimed, outcome, self._clock())

    def _begin(self, claimed: Message) -> bool:
        return self._ledger.begin(claimed.key, claimed.epoch, self._clock())

    def _settle(self, claimed: Message, outcome: Outcome, now: datetime) -> None:
        """Commit what became of it, with the alert and the line in the journal, all or nothing."""
        message = _became(claimed, outcome, now)
        with self._ledger.transaction():
            if not self._ledger.settle(claimed.key, claimed.epoch, message):
                return  # another one took the claim over, and has told
            self._ledger.log(now, outcome.fate.value, f"{message.id[:6]} by {message.channel}")
            if message.state is State.SENT:
                self._ledger.clear_alert(alert_key(message))
            elif message.state is not State.PLANNED:
                self._ledger.alert(alert_key(message), now, _what_is_wrong(message))
            elif message.attempts >= PATIENCE:
                tries = f"was put off {message.attempts} times and is tried again"
                self._ledger.alert(alert_key(message), now, f"{_named(message)} {tries}: {message.why}")
        self._settled.append(message)


def _became(claimed: Message, outcome: Outcome, now: datetime) -> Message:
    match outcome.fate:
        case Fate.ACCEPTED:
            return replace(claimed, state=State.SENT, sent_at=now, why="", retry_at=None)
        case Fate.DEFERRED:
            # Doubling beyond a month has no meaning, only an overflow in the end.
            pause = FIRST_PAUSE * 2 ** min(claimed.attempts, 16)
            return replace(
                claimed, state=State.PLANNED, attempts=claimed.attempts + 1, retry_at=now + pause, why=outcome.why
            )
        case Fate.REFUSED:
            return replace(claimed, state=State.FAILED, why=outcome.why)
        case Fate.UNCERTAIN:
            return replace(claimed, state=State.UNKNOWN, why=outcome.why)


def _what_is_wrong(message: Message) -> str:
    if message.state is State.FAILED:
        return f"{_named(message)} was refused: {message.why}"
    return f"{_named(message)} may or may not have been sent: {message.why}; approve sends it again, skip leaves it"


def _named(message: Message) -> str:
    return f"message {message.id[:6]} to {message.key.to}"
