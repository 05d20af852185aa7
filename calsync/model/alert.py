"""What the owner should know: a problem has one key, is told once, and once more when it is over."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from calsync.model.message import Message


class AlertKind(StrEnum):
    """What is wrong or waits; each is said by the text `alert_<kind>`.

    calendar: can't be read. large: a change over the limits waits. failed, unknown, late, deferred: what became of
    a message that was to be sent. asks: a message waits for the owner. hourly: the limit of messages within an
    hour is reached. channel: it failed as no channel should. older_ledger: the ledger was put back from an older
    copy. daemon: a job of it fails. config: a new one is wrong. backup: no copy of the ledger could be made.
    days_off: calls lie on a day off, and their messages are held. veto: a message goes unless she stops it.
    cap: the calls of a week or month come to more than a share of its cap. other: see `status`.
    """

    CALENDAR = "calendar"
    LARGE = "large"
    FAILED = "failed"
    UNKNOWN = "unknown"
    LATE = "late"
    DEFERRED = "deferred"
    ASKS = "asks"
    HOURLY = "hourly"
    CHANNEL = "channel"
    OLDER_LEDGER = "older_ledger"
    DAEMON = "daemon"
    CONFIG = "config"
    BACKUP = "backup"
    DAYS_OFF = "days_off"
    VETO = "veto"
    CAP = "cap"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """What a notification may say of an alert. It travels through third parties: no address, no title, no text.

    name: a calendar's or a channel's. why: what is wrong with a calendar, in English. client: its key. message: the
    kind of message, with the start of its call (aware; None without a call), its id, how often it was tried
    and, where she may stop it, when it goes.
    calls: how many lie on a day off, start that of the first.
    digest: of the plan that waits, with the calls it touches and the messages it queues. period: a week or month
    (`2026-11`, `2026-W47`), in which the calls with a client take `used` of `cap` minutes, more than `percent`.
    """

    kind: AlertKind
    name: str = ""
    why: str = ""
    client: str = ""
    message: str = ""
    start: datetime | None = None
    id: str = ""
    tries: int = 0
    goes: datetime | None = None
    digest: str = ""
    calls: int = 0
    messages: int = 0
    period: str = ""
    used: int = 0
    cap: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert that the owner has not been told of, or not yet that it is over.

    at: since when it stands. what: a sentence in English for her own terminal, which may name an address.
    over: the cause is gone, and `what` says so. attempts: how often she could not be told.
    """

    key: str
    at: datetime
    what: str
    facts: AlertFacts
    over: bool = False
    attempts: int = 0


def alert_key(message: Message) -> str:
    """Return the key of the alert about what became of `message`; whoever settles the matter clears it."""
    return f"message {message.id}"


VETO = f"{AlertKind.VETO}:"


def veto_key(message: Message) -> str:
    """Return the key of the alert that `message` goes in these very words unless the owner stops it."""
    text = f"{message.subject}\n{message.body}"
    return f"{VETO}{message.id}:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]}"


def about_message(kind: AlertKind, message: Message) -> AlertFacts:
    """Return what a notification may say of `message`: whom it is for by the config's name, when, and its id."""
    return AlertFacts(
        kind=kind,
        client=message.client,
        message=message.key.kind.value,
        start=message.key.start if message.key.call else None,
        id=message.id[:6],
        tries=message.attempts,
        goes=message.send_at if kind is AlertKind.VETO else None,
    )


def facts_of(key: str) -> AlertFacts:
    """Return what a key says by itself: `calendar:work` a kind and a name, `large` a kind; else OTHER."""
    word, _, name = key.partition(":")
    return AlertFacts(kind=AlertKind(word), name=name) if word in set(AlertKind) else AlertFacts(kind=AlertKind.OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notification to the owner, in her language: title and body are plain text."""

    title: str
    body: str


class Herald(Protocol):
    """Writes notices."""

    def notice(self, alerts: Sequence[Alert], *, language: str, zone: str, now: datetime) -> Notice:
        """Say all of `alerts` in one notice, a paragraph each, times on the clocks of `zone`."""
