"""The pass that sends: settle what a dead one left, then claim, look, send and settle what is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from calsync.deliver.alerts import NOTHING, Told
from calsync.deliver.mail import mail_of
from calsync.deliver.settle import named, put_back, settle
from calsync.errors import LedgerDamaged, LedgerError, StateUnusable
from calsync.model.alert import AlertKind, about_message, alert_key
from calsync.model.message import Message, State
from calsync.model.rules import Owner
from calsync.ports import OLDER_LEDGER, Channel, Fate, Ledger, Outcome

HOUR = timedelta(hours=1)
# Long enough to be seen. By then the call has begun, and nothing can be done about its message.
ALERTS_STAND = timedelta(days=7)
_HOURLY = "hourly"
_LEDGER = (LedgerError, LedgerDamaged, StateUnusable)


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
    """What one pass did: messages as they now stand, for those that wait the reason, and what the owner was told."""

    sent: tuple[Message, ...] = ()
    deferred: tuple[Message, ...] = ()
    failed: tuple[Message, ...] = ()
    unknown: tuple[Message, ...] = ()
    expired: tuple[Message, ...] = ()
    withdrawn: tuple[tuple[Message, str], ...] = ()
    waiting: tuple[tuple[Message, str], ...] = ()
    told: Told = NOTHING


def never() -> bool:
    """Nobody asks the pass to stop."""
    return False


def deliver(
    ledger: Ledger,
    channels: Mapping[str, Channel],
    look: Look,
    owner: Owner,
    now: datetime,
    *,
    clock: Callable[[], datetime] | None = None,
    stopping: Callable[[], bool] = never,
    hourly: int | None = None,
) -> Delivered:
    """Send what is due, each message at most once whatever dies when, and return what became of it.

    The caller holds the state lock. `clock` tells the time between two messages; without it all is done
    at `now`. Once `stopping` says True nothing more is claimed, and what has not begun to leave does not begin.
    A claim is committed before the channel sees a byte, so that a death in the middle leaves a claimed row: the
    next pass asks the channel what became of it, and what nobody can tell is `unknown` and never sent again by
    itself. At the end every channel is closed.

    What expires first goes first. hourly: so many mails may leave within any hour (None: as many as are due).
    The rest waits until there is room again or it expires; what the owner approved doesn't wait, but counts.

    Raises:
        LedgerError, LedgerDamaged, StateUnusable: what was being sent is settled by a later pass.
    """
    run = _Pass(ledger, channels, owner, clock or (lambda: now), stopping, hourly)
    try:
        ledger.notice_older_copy(now)
        run.clear_old_alerts()
        run.settle_stranded()
        run.expire()
        for message in sorted(ledger.due(now), key=lambda one: (not one.approved, one.expires_at)):
            if stopping():
                break
            run.send(message, look)
        run.tell_of_the_limit()
    finally:
        run.close()
    return run.result()


class _Attempt:
    """One claim on its way through a channel: whether it was let go, and since when it may have left."""

    def __init__(self, ledger: Ledger, claimed: Message, clock: Callable[[], datetime], stopping: Callable[[], bool]):
        self._ledger, self._clock, self._stopping = ledger, clock, stopping
        self.claimed = claimed
        self.stopped = False
        self.broken: Exception | None = None

    def begin(self) -> bool:
        """See `ports.Begin`; a ledger that fails here ends the pass, whatever the channel makes of the error."""
        now = self._clock()
        try:
            begun = not self._stopping() and self._ledger.begin(self.claimed.key, self.claimed.epoch, now)
        except _LEDGER as error:
            self.broken = error
            raise
        if begun:
            self.claimed = replace(self.claimed, begun_at=now)
        self.stopped = not begun
        return begun


class _Pass:
    def __init__(
        self,
        ledger: Ledger,
        channels: Mapping[str, Channel],
        owner: Owner,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool],
        hourly: int | None,
    ) -> None:
        self._ledger, self._channels, self._owner, self._clock = ledger, channels, owner, clock
        self._stopping, self._hourly = stopping, hourly
        self._used: dict[str, Channel] = {}
        self._settled: list[Message] = []
        self._withdrawn: list[tuple[Message, str]] = []
        self._waiting: list[tuple[Message, str]] = []
        self._over, self._told_of_the_limit = 0, False

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
            self._told_of_the_limit |= key == _HOURLY
            old = (key == OLDER_LEDGER or key.startswith("message ")) and now - since > ALERTS_STAND
            gone = key.startswith("channel:") and key.removeprefix("channel:") not in self._channels
            if old or gone:
                self._ledger.clear_alert(key)

    def settle_stranded(self) -> None:
        for message in self._ledger.stranded(self._clock()):
            now = self._clock()
            # Claimed and not begun: not a byte of it had left.
            fate = Fate.REFUSED if message.begun_at is None else self._fate(message, now)
            if fate is Fate.ACCEPTED:
                self._settle(message, Outcome(fate=fate), now)
            elif fate is Fate.REFUSED:
                # Surely not sent, and nobody's refusal: it is due as if it had never been claimed.
                put_back(self._ledger, message)
            else:
                why = "calsync ended while it was being sent, and nobody can tell whether it went"
                self._settle(message, Outcome(fate=Fate.UNCERTAIN, why=why), now)

    def _fate(self, message: Message, now: datetime) -> Fate:
        channel = self._channels.get(message.channel)
        if channel is None:
            return Fate.UNCERTAIN
        self._used[message.channel] = channel
        try:
            return channel.fate(mail_of(message, self._owner, now))
        except Exception as error:  # noqa: BLE001 (whatever a channel does, the other messages go on)
            self._fault(message.channel, error)
            return Fate.UNCERTAIN

    def expire(self) -> None:
        now = self._clock()
        with self._ledger.transaction():
            for message in self._ledger.expire(now):
                self._ledger.log(now, "expired", message.id[:6])
                # What was held or waited for the owner has a reason, and she knows it; this one was to go by itself.
                if message.attempts or not message.why:
                    why = message.why or "calsync was not running, or its call could not be looked up"
                    late = about_message(AlertKind.LATE, message)
                    self._ledger.alert(alert_key(message), now, f"{named(message)} was not sent in time: {why}", late)
                self._settled.append(message)

    def send(self, message: Message, look: Look) -> None:
        channel = self._channels.get(message.channel)
        if channel is None:
            self._waiting.append((message, f'there is no channel "{message.channel}"'))
            return
        if self._is_over(message):
            self._over += 1
            why = f"{self._hourly} mails have left within an hour (limits.messages); it goes when there is room again"
            self._waiting.append((message, why))
            return
        verdict = self._look(message, look)
        if verdict.ruling is Ruling.WAIT:
            self._waiting.append((message, verdict.why))
        elif verdict.ruling is Ruling.WITHDRAW:
            self._ledger.withdraw([message.key])
            self._ledger.clear_alert(alert_key(message))
            self._withdrawn.append((message, verdict.why))
        elif not self._stopping() and (claimed := self._ledger.claim(message.key, self._clock())) is not None:
            if replace(claimed, state=message.state, epoch=message.epoch) != message:
                # A plan gave it another text or time since it was looked at.
                put_back(self._ledger, claimed)
                self._waiting.append((message, "it was changed just now"))
                return
            self._hand_over(claimed, channel)

    def _is_over(self, message: Message) -> bool:
        if self._hourly is None or message.approved:
            return False
        now = self._clock()
        # An hour both ways: a clock that was set back doesn't open the way for as many again.
        return self._ledger.left(now - HOUR, now + HOUR) >= self._hourly

    def _look(self, message: Message, look: Look) -> Verdict:
        try:
            return look(message, self._clock())
        except _LEDGER:
            raise
        except Exception as error:  # noqa: BLE001 (one call that can't be looked up holds up no other)
            return Verdict(Ruling.WAIT, f"its call could not be looked up ({type(error).__name__})")

    def _hand_over(self, claimed: Message, channel: Channel) -> None:
        self._used[claimed.channel] = channel
        attempt = _Attempt(self._ledger, claimed, self._clock, self._stopping)
        try:
            outcome = channel.send(mail_of(claimed, self._owner, self._clock()), attempt.begin)
        except _LEDGER:
            raise
        except Exception as error:  # noqa: BLE001 (whatever a channel does, the message is settled and others go on)
            self._fault(claimed.channel, error)
            fate = Fate.DEFERRED if attempt.claimed.begun_at is None else Fate.UNCERTAIN
            outcome = Outcome(fate=fate, why=f"the channel failed unexpectedly ({type(error).__name__})")
        if attempt.broken is not None:
            raise attempt.broken
        if attempt.stopped:
            if put_back(self._ledger, attempt.claimed) is not None:
                self._waiting.append((claimed, "it was not to go any more when its turn came"))
            return
        self._settle(attempt.claimed, outcome, self._clock())

    def _fault(self, channel: str, error: Exception) -> None:
        """Tell of an error that no channel should let out; only of its kind, since its words may hold an address."""
        kind = type(error).__name__
        self._ledger.alert(f"channel:{channel}", self._clock(), f'the channel "{channel}" failed unexpectedly ({kind})')

    def _settle(self, claimed: Message, outcome: Outcome, now: datetime) -> None:
        message = settle(self._ledger, claimed, outcome, now)
        if message is not None:
            self._settled.append(message)
            if message.state is State.SENT:
                self._ledger.clear_alert(f"channel:{message.channel}")

    def tell_of_the_limit(self) -> None:
        """Tell once that the limit holds mails back, and take it back when it no longer does."""
        if self._over:
            why = f"{self._hourly} mails have left within an hour (limits.messages), {self._over} more wait their turn"
            self._ledger.alert(_HOURLY, self._clock(), why)
        elif self._told_of_the_limit and not self._stopping():
            self._ledger.clear_alert(_HOURLY, at=self._clock(), recovered="mails leave again without waiting")

    def close(self) -> None:
        for name, channel in self._used.items():
            try:
                channel.close()
            except Exception as error:  # noqa: BLE001 (what was sent is settled; the next mail opens it anew)
                self._fault(name, error)
