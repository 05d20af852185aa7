"""A post office that keeps the port's word to the letter, and has every fault that mail servers have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from calsync.ports import NOT_BEGUN, Begin, Fate, Mail, Outcome


class Fault(Enum):
    """What a post office does with a mail."""

    NONE = auto()
    AWAY = auto()  # nobody answers
    BUSY = auto()  # a temporary refusal after the mail was handed over
    REFUSES = auto()  # a permanent one
    LOST_ANSWER = auto()  # taken, and nobody hears of it
    LOST_MAIL = auto()  # not taken, and nobody can tell
    DIES_BEFORE = auto()  # calsync dies with the mail begun and not handed over
    DIES_AFTER = auto()  # calsync dies with the mail taken


class Death(BaseException):
    """calsync ends here, as by a kill: nothing more is done by anybody."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail that was taken, and when."""

    mail: Mail
    at: datetime


class Post:
    """A `ports.Channel`. fault: what becomes of the next mails; clock: the month's."""

    name = "mail"

    def __init__(self, clock: Callable[[], datetime], taken: Callable[[Letter], None]) -> None:
        self._clock, self._taken = clock, taken
        self.fault: Callable[[Mail], Fault] = lambda mail: Fault.NONE
        self.uncertain: set[str] = set()
        self.refused: set[str] = set()

    def send(self, mail: Mail, begin: Begin) -> Outcome:
        """See `ports.Channel`."""
        fault = self.fault(mail)
        if fault is Fault.AWAY:
            return Outcome(fate=Fate.DEFERRED, why="the mail server does not answer")
        if not begin():
            return Outcome(fate=Fate.DEFERRED, why=NOT_BEGUN)
        if fault is Fault.BUSY:
            return Outcome(fate=Fate.DEFERRED, why="451 try again later")
        if fault is Fault.REFUSES:
            self.refused.add(mail.message_id)
            return Outcome(fate=Fate.REFUSED, why="550 no such mailbox")
        if fault is not Fault.NONE:
            self.uncertain.add(mail.message_id)
        if fault in (Fault.NONE, Fault.LOST_ANSWER, Fault.DIES_AFTER):
            self._taken(Letter(mail, self._clock()))
        if fault in (Fault.DIES_BEFORE, Fault.DIES_AFTER):
            raise Death
        if fault is not Fault.NONE:
            return Outcome(fate=Fate.UNCERTAIN, why="the connection broke while the answer was awaited")
        return Outcome(fate=Fate.ACCEPTED)

    def fate(self, mail: Mail) -> Fate:
        """See `ports.Channel`: a mail server can't be asked."""
        return Fate.UNCERTAIN

    def check(self) -> str:
        """See `ports.Channel`."""
        return ""

    def close(self) -> None:
        """See `ports.Channel`."""
