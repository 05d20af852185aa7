"""What the two passes need from the world, as Protocols; every backend passes the suites in tests/contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from calsync.model.alert import Alert, AlertFacts
from calsync.model.call import Flex
from calsync.model.edit import Edit
from calsync.model.event import Reading
from calsync.model.mark import Role
from calsync.model.memory import (
    Announce,
    CalendarRecord,
    Decision,
    KnownCall,
    Late,
    Memory,
    OwnerNote,
    Pause,
    Told,
    WrittenItem,
)
from calsync.model.message import Message, MessageKey
from calsync.model.times import Span


class Calendar(Protocol):
    """A calendar that can be read."""

    @property
    def name(self) -> str:
        """Its name in the config."""

    def read(self, window: Span) -> Reading:
        """Return what stands in it, whole.

        Raises:
            CalendarUnreadable: nothing may be concluded from what is missing.
        """


class WritableCalendar(Calendar, Protocol):
    """A calendar that takes notes and blocks."""

    def apply(self, edits: Sequence[Edit], base: str) -> str:
        """Make all `edits` at once and return the version of the calendar as it now stands.

        Raises:
            Stale: it is no longer the one of version `base`; nothing was written.
            CalendarUnwritable: it can't be written without losing something; nothing was written.
            CalendarUnreadable: it vanished or broke in between; nothing was written.
        """

    def settle(self) -> bool:
        """Look once more for what another program wrote meanwhile; tell whether it was put back in its place.

        Raises:
            Stale, CalendarUnwritable: it could not be put back; it is kept beside the backups.
        """


class Fate(StrEnum):
    """What became of a mail that was handed to a channel."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The channel's answer; why: a sentence for the owner, empty when accepted."""

    fate: Fate
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one recipient.

    message_id, references: with brackets; in_reply_to is the last of `references`. date: aware.
    private: for the owner only (a preview, an alert).
    """

    message_id: str
    sender_name: str
    sender: str
    to: str
    subject: str
    body: str
    date: datetime
    references: tuple[str, ...] = ()
    private: bool = False


NOT_BEGUN = "it was not to go any more when its turn came"


class Begin(Protocol):
    """Commits that a mail may leave from now on."""

    def __call__(self) -> bool:
        """Return True once that is on the disk; False where this mail is not to go (any more)."""


def freely() -> bool:
    """Begin a mail that nobody counts: what goes to the owner herself."""
    return True


class Channel(Protocol):
    """What carries mail; one thread uses it."""

    @property
    def name(self) -> str:
        """Its name in the config."""

    def send(self, mail: Mail, begin: Begin) -> Outcome:
        """Hand over one mail, at most once; never raises for what became of it.

        `begin` is called once, right before the first byte after which the mail may reach somebody (SMTP: DATA,
        RFC 5321 §4.1.1.4). Where it says False nothing of the mail is handed over, and it is DEFERRED. What goes
        wrong before it is never UNCERTAIN.
        """

    def fate(self, mail: Mail) -> Fate:
        """Tell what became of a mail begun before a death: ACCEPTED, REFUSED (surely not sent) or UNCERTAIN."""

    def check(self) -> str:
        """Return why this channel can't be used now, or an empty string; sends nothing."""

    def close(self) -> None:
        """Let go of what is held between two mails (a connection); the next mail opens it again."""


class Notifier(Protocol):
    """What reaches the owner beside mail; one thread uses it."""

    @property
    def name(self) -> str:
        """Its name in the config."""

    def notify(self, title: str, body: str, *, discreet: bool = False) -> Outcome:
        """Hand over one notification in plain text; never raises for what became of it.

        discreet: where others may read along, on desktops, televisions and public walls, the title
        alone is shown.

        ACCEPTED when one of the owner's devices or services has it. What went wrong is told without the address
        of any of them: those carry secrets.
        """

    def check(self) -> str:
        """Return why it can't be used now, or an empty string; sends nothing."""


class Written(Protocol):
    """What was last written to calendars."""

    def remember(self, items: Iterable[WrittenItem]) -> None:
        """Keep these as the last written of their (call, role)."""

    def forget_written(self, keys: Iterable[tuple[str, Role]]) -> None:
        """Forget what was written for these."""


class Outbox(Protocol):
    """Messages to clients; each key once, whatever happens."""

    def queue(self, messages: Iterable[Message]) -> None:
        """Insert them, or replace rows of the same key that are still open (planned, asks, held).

        A row that is claimed, sent, skipped, expired, failed or unknown stays as it is. So does one that the
        owner approved meanwhile, if the text is the same; earlier tries (epoch, attempts, retry_at) are kept.
        """

    def withdraw(self, keys: Iterable[MessageKey]) -> None:
        """Delete rows that are still open; others stay."""

    def due(self, now: datetime) -> tuple[Message, ...]:
        """Return what is planned, its moment and retry reached and not expired, earliest first."""

    def claim(self, key: MessageKey, now: datetime) -> Message | None:
        """Commit that this message is being sent, and return it with its new epoch; None if another was faster."""

    def begin(self, key: MessageKey, epoch: int, now: datetime) -> bool:
        """Commit that a claimed message may leave from `now` on, and renew its lease.

        False (and nothing) if `epoch` is no longer the claim's, or the message has expired by now.
        """

    def settle(self, key: MessageKey, epoch: int, message: Message) -> bool:
        """Commit what became of a claimed message; False (and nothing) if `epoch` is no longer the claim's.

        Of one whose fate is unknown begun_at stays: it counts among those that may have left.
        """

    def stranded(self, now: datetime) -> tuple[Message, ...]:
        """Return what was claimed by somebody who no longer holds the lease."""

    def in_hand(self) -> tuple[Message, ...]:
        """Return what this very process has claimed, by whatever connection, and not settled."""

    def left(self, since: datetime, until: datetime) -> int:
        """Count the messages that left, or may have, after `since` and before `until`."""

    def next_due(self) -> datetime | None:
        """Return when the outbox next has something to do, which may have passed; None if it has nothing.

        A message's moment or retry, an expiry, the end of a lease.
        """

    def expire(self, now: datetime) -> tuple[Message, ...]:
        """Set open rows whose expires_at has come to `expired`, and return them."""

    def set_state(self, message: Message) -> None:
        """Commit the owner's word on a message (approve, skip): state, why, times, tries.

        Raises:
            Stale: it was claimed, settled or given another text since `message` was read; nothing was changed.
        """


class Journal(Protocol):
    """What was seen, wished and done."""

    def memory(self) -> Memory:
        """Return everything that a plan is compared with, of one instant."""

    def saw(self, calls: Iterable[KnownCall]) -> None:
        """Insert or replace these known calls."""

    def forget_calls(self, names: Iterable[str]) -> None:
        """Forget calls that nothing refers to any more."""

    def record_calendar(self, record: CalendarRecord) -> None:
        """Keep what was last read of a calendar."""

    def decide(self, decision: Decision) -> None:
        """Keep `skip` or `keep`."""

    def flex(self, call: str, flex: Flex) -> None:
        """Keep another hard stop."""

    def set_agenda(self, call: str, items: Sequence[str]) -> None:
        """Replace the items added by hand."""

    def pause(self, pause: Pause) -> None:
        """Keep a pause, in place of one for the same client."""

    def resume(self, client: str) -> bool:
        """End the pause of one client (empty: of all); False if there was none."""

    def announce(self, wish: Announce) -> None:
        """Keep the wish for an announcement, in place of an older one."""

    def log(self, at: datetime, what: str, where: str) -> None:
        """Add a line to what was done; no private text."""

    def alert(self, key: str, at: datetime, what: str, facts: AlertFacts | None = None) -> bool:
        """Raise an alert for the owner, once per key; True when it is one that she has not been told of.

        what: a sentence in English for her own terminal. facts: what a notification may say; by default no more
        than the kind that the key begins with. One that stands takes the new words and is not told again, unless
        its kind became another. One that comes back within an hour of its recovery is told when that hour is over.
        """

    def clear_alert(self, key: str, *, at: datetime | None = None, recovered: str = "") -> None:
        """Take an alert back, its cause being gone.

        Where `recovered`, a sentence, is given with the instant, the owner is told so if she was told of the
        alert; else it goes without a word, as it does where she settled the matter herself.
        """

    def alerts(self) -> tuple[tuple[str, datetime, str], ...]:
        """Return the alerts that stand: key, since when, what."""

    def untold(self, now: datetime) -> tuple[Alert, ...]:
        """Return what the owner is to be told by now: alerts, and that those she was told of are over."""

    def told(self, alerts: Iterable[Alert], at: datetime) -> None:
        """Commit that the owner was told these, as `untold` gave them."""

    def put_off(self, alerts: Iterable[Alert], retry_at: datetime) -> None:
        """Commit that the owner could not be told these, and is to be told at `retry_at` (an hour off at most)."""


class Diary(Protocol):
    """What the owner tells of her calls and clients, and what is done once."""

    def went(self, told: Told) -> None:
        """Keep how a call went, in place of what she told of it before."""

    def late(self, late: Late) -> None:
        """Keep that she is late for a call, in place of what she said before."""

    def note(self, note: OwnerNote) -> None:
        """Keep a private note until its day."""

    def let_carry(self, call: str) -> None:
        """Keep that items from a one-to-one call may stand in this group call."""

    def once(self, key: str, at: datetime) -> bool:
        """Commit that what `key` names is being done; False if it was before (within sixty days)."""

    def did(self, key: str) -> bool:
        """Tell whether `once` was asked for this key."""

    def never_again(self, digests: Iterable[str], at: datetime) -> None:
        """Keep these ids of messages, that nothing is sent twice although all else about them is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a command asked of a running calsync at some instant; `taken`: it is being done, or was at a death."""

    number: int
    at: datetime
    what: Mapping[str, Any]
    taken: bool


class Requests(Protocol):
    """What commands ask of the calsync that holds the state folder, and its answers; both are JSON."""

    def ask(self, what: Mapping[str, Any], at: datetime) -> int:
        """Commit a request and return its number; the answers of days gone by are thrown away."""

    def unanswered(self) -> tuple[Request, ...]:
        """Return what waits or is taken, in the order in which it was asked."""

    def take(self, number: int) -> bool:
        """Commit that this request is being done; False if it was withdrawn, or is taken already."""

    def answer(self, number: int, answer: Mapping[str, Any]) -> None:
        """Commit what came of a request that was taken."""

    def answered(self, number: int) -> Mapping[str, Any] | None:
        """Return the answer to a request and forget both, as it may quote letters; None while there is none."""

    def take_back(self, number: int) -> bool:
        """Take a request back; False (and nothing) if it was taken."""


OLDER_LEDGER = "older_ledger"
TELL_OLDER_LEDGER = (
    "the ledger is an older copy, or was begun anew: messages that may have been sent since are held as unknown; "
    "calsync outbox shows them, approve sends one, skip leaves it"
)


class Ledger(Written, Outbox, Journal, Diary, Requests, Protocol):
    """The five ports in one file, so that one transaction can span them."""

    def transaction(self) -> AbstractContextManager[None]:
        """Commit everything inside together, or nothing; nesting joins the outer one."""

    def notice_older_copy(self, now: datetime) -> bool:
        """Tell whether this ledger turned out to be an older copy of itself, or one begun in its place.

        Asked at the start of every pass, under the state lock. The first time, what was to go before `now` is
        held as `unknown`, `restored_at` is set for the plans to come, and an alert (OLDER_LEDGER) says so.

        Raises:
            LedgerError, StateUnusable: the stamp that tells can't be written.
        """

    def version(self) -> int:
        """Return a number that is another one once somebody else has committed a change; one's own don't count.

        Cheap enough to be asked every second; compare it only with what the same connection said before.
        """
