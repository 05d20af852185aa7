"""A message to a client: what it tells, when it goes, and what became of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from calsync.model.text import Form


class Kind(StrEnum):
    """What a message is for."""

    TIMEFRAME = "timeframe"
    REMINDER = "reminder"
    UPDATE = "update"
    FLEX = "flex"
    LATE = "late"
    CANCELLED = "cancelled"
    ANNOUNCEMENT = "announcement"
    CLOSE_OUT = "close_out"
    OVER_CAP = "over_cap"


class State(StrEnum):
    """What became of a message.

    planned: goes at `send_at`; asks: waits for the owner's approval; held: withheld for a reason;
    sending: claimed; sent: accepted by the channel; skipped: the owner said no; expired: its time passed;
    failed: refused for good; unknown: nobody can tell whether it went, so it is never repeated by itself.
    """

    PLANNED = "planned"
    ASKS = "asks"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    FAILED = "failed"
    UNKNOWN = "unknown"


FIRST_PAUSE = timedelta(seconds=30)

# A draft that may wait for days: once approved it goes in the client's polite hours, not at that very minute.
POLITE_ONCE_APPROVED = frozenset({Kind.CLOSE_OUT, Kind.OVER_CAP})
OPEN = frozenset({State.PLANNED, State.ASKS, State.HELD})
MAYBE_TOLD = frozenset({State.SENT, State.SENDING, State.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageKey:
    """What makes a message the same message: the outbox holds each key once.

    call: the call's name, empty for an announcement that goes by itself and for a note about a cap. start: the start
    it tells, in UTC; of a close-out that of its call, of a note about a cap that of its week or month. revision: counts
    leads of a reminder, changes of a hard stop, repeated announcements, close-outs told anew, resends.
    """

    call: str
    to: str
    start: datetime
    kind: Kind
    revision: int = 0

    @property
    def id(self) -> str:
        """26 lower-case letters and digits, from nothing but the key."""
        parts = (
            self.call,
            self.to,
            f"{self.start.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            self.kind.value,
            str(self.revision),
        )
        return base64.b32encode(hashlib.sha256("\x1f".join(parts).encode()).digest()[:16]).decode().rstrip("=").lower()


def keyed(installation: str, key: MessageKey) -> str:
    """Return a digest by which this installation, and nobody without its name, knows that this message was sent.

    HMAC-SHA-256 (RFC 2104); 26 lower-case letters and digits.
    """
    digest = hmac.digest(installation.encode(), key.id.encode(), "sha256")
    return base64.b32encode(digest[:16]).decode().rstrip("=").lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one recipient, as planned or as it stands in the outbox.

    client: the client's key. hard_stop: what it tells, in UTC. send_at, expires_at: instants in UTC;
    nothing is sent at or after expires_at. why: the reason of `asks`, `held`, `failed`, `unknown`, `expired`.
    form: which text it is. asked: it carries the sentence about something the owner should know.
    agenda: digest of the call's agenda, or empty. per_call: the cap in minutes when it was written, None without one.
    flex: by how many minutes the hard stop that it tells was moved, by flex or by being late.
    approved: the owner approved this very text, or her command had shown it.
    thread: Message-ID of the first message of its thread, or empty; subject is the whole subject line.
    sent_at: when the channel accepted it. attempts, retry_at: temporary refusals so far, next try.
    epoch: counts claims; only the claimer of the present epoch may settle it. begun_at: while it is being sent,
    and when nobody can tell what became of it, since when it may have left; else None.
    calendar: where the call stood.
    """

    key: MessageKey
    client: str
    hard_stop: datetime
    send_at: datetime
    expires_at: datetime
    state: State
    subject: str
    body: str
    form: Form
    channel: str
    calendar: str = ""
    why: str = ""
    asked: bool = False
    agenda: str = ""
    per_call: int | None = None
    flex: int = 0
    approved: bool = False
    thread: str = ""
    sent_at: datetime | None = None
    attempts: int = 0
    retry_at: datetime | None = None
    epoch: int = 0
    begun_at: datetime | None = None

    @property
    def id(self) -> str:
        """See `MessageKey.id`."""
        return self.key.id

    @property
    def pause(self) -> timedelta:
        """How long it waits after the last of its temporary refusals: 30 seconds, then twice as long each time."""
        # Doubling beyond a month has no meaning, only an overflow in the end.
        return FIRST_PAUSE * (1 << min(max(self.attempts - 1, 0), 16))

    def may_be_tried(self, now: datetime) -> bool:
        """Tell whether its pause is over; one that ends far later than it lasts was set by a clock that ran ahead."""
        return self.retry_at is None or not now < self.retry_at <= now + 2 * self.pause

    def message_id(self, domain: str) -> str:
        """Return its Message-ID, with brackets (RFC 5322 §3.6.4): the same however often it is asked."""
        return f"<cs.{self.id}@{domain}>"
