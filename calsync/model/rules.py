"""What the owner has configured, resolved: who she is, her clients, and what holds for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from calsync.model.text import Tone
from calsync.model.times import Hours

Mode = Literal["observe", "act"]
Send = Literal["auto", "veto", "ask", "off"]
OverCap = Literal["note", "tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The person whose calendars these are. Addresses are lower case; work_days count from Monday = 0.

    digest_at: when she gets the digest, in minutes past midnight. weekly_note: on which weekday and when she gets it.
    share: small true things about herself by language, for her to say; nobody else ever reads them.
    """

    name: str
    sign: str
    email: str
    timezone: ZoneInfo
    language: str = "en"
    signature: str = ""
    aliases: tuple[str, ...] = ()
    work_hours: Hours = Hours(8 * 60, 20 * 60)
    work_days: frozenset[int] = frozenset(range(5))
    digest_at: int = 17 * 60
    weekly_note: tuple[int, int] | None = None
    share: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # "" holds for any language

    addresses: frozenset[str] = field(init=False, repr=False, compare=False)
    """Every address of hers."""

    def __post_init__(self) -> None:
        every = frozenset((self.email.lower(), *(alias.lower() for alias in self.aliases)))
        object.__setattr__(self, "addresses", every)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Money an hour: `90 EUR`."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a client takes from `[defaults]` unless it says otherwise (contract, section 4)."""

    per_call: timedelta | None = None
    buffer_before: timedelta = timedelta(minutes=5)
    buffer_after: timedelta = timedelta(minutes=10)
    block_titles: tuple[str, str] = ("Prep", "Wrap-up")
    message_before: tuple[timedelta, ...] = (timedelta(days=1),)
    least_notice: timedelta = timedelta(minutes=30)
    polite_hours: Hours = Hours(8 * 60 + 30, 19 * 60)
    polite_days: frozenset[int] = frozenset(range(5))
    over_cap: OverCap = "note"
    longest: timedelta = timedelta(hours=4)
    except_titles: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    send: Send = "auto"
    channel: str | None = None
    agenda: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # "" holds for any language
    greeting: timedelta = timedelta(minutes=2)
    close_out: timedelta = timedelta(minutes=3)
    catch_up: timedelta = timedelta(minutes=5)
    nudges: tuple[timedelta, ...] = (timedelta(minutes=10), timedelta(minutes=2))
    ask_if_matters: int = 8
    group_from: int = 3
    keep_texts: timedelta = timedelta(days=90)
    keep_minutes: timedelta = timedelta(days=760)
    cap_alerts: tuple[int, ...] = (80, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client. `key` is its name in the config; addresses and domains are lower case.

    days_off: the calendars whose days off count for this client. standing: the items of its `agenda_file`.
    sources: for each policy key and `tone`, `language`, `timezone` where its value came from:
    `clients.KEY`, `defaults`, `owner` or `built-in`.
    """

    key: str
    name: str
    policy: Policy
    tone: Tone = Tone.FORMAL
    language: str = "en"
    timezone: ZoneInfo
    salutation: str = ""
    email: str | None = None
    people: Mapping[str, str] = field(default_factory=dict)
    match_emails: tuple[str, ...] = ()
    match_domains: tuple[str, ...] = ()
    match_titles: tuple[str, ...] = ()
    match_private: bool = False
    per_week: timedelta | None = None
    per_month: timedelta | None = None
    rate: Rate | None = None
    shared: bool = False
    reset: bool = False
    reset_because: str = ""
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    days_off: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything that a pass is told of the owner's wishes.

    calendars: their names in the order of the config. blocks_in: calendar → the calendar that takes its
    blocks, where it is another. days_off_in: calendars that hold days off and no calls. channels: the names of those
    that reach clients. horizon as configured.
    """

    mode: Mode
    owner: Owner
    clients: tuple[Client, ...]
    calendars: tuple[str, ...]
    channels: tuple[str, ...] = ()
    blocks_in: Mapping[str, str] = field(default_factory=dict)
    days_off_in: frozenset[str] = frozenset()
    horizon: timedelta = timedelta(days=14)
    poll: timedelta = timedelta(minutes=5)
    limit_changes: int = 40
    limit_messages: int = 20

    def client(self, key: str) -> Client | None:
        """Return the client of that key."""
        return next((client for client in self.clients if client.key == key), None)
