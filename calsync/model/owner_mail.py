"""What the owner is mailed about her days: in observe what would have been done, and once a week what lies ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from calsync.model.alert import Notice
from calsync.model.period import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCall:
    """A call as she knows it. start: aware. who: the client's name. minutes: to its hard stop."""

    start: datetime
    who: str
    title: str
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """What a plan would do about one call: write a note, write so many blocks, take so many pieces away."""

    call: OwnCall
    note: bool
    blocks: int
    taken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """A message that would go.

    kind: as in the outbox. at: when, None where its moment has come. asks: it waits for her word.
    """

    who: str
    to: str
    kind: str
    subject: str
    at: datetime | None
    asks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What would have been written and sent. taken: pieces of what is no call any more. held: how much is withheld."""

    calls: tuple[Intended, ...]
    messages: tuple[Unsent, ...]
    taken: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The minutes that a client's calls take of a period, and its cap."""

    who: str
    period: Period
    used: int
    cap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyNote:
    """to_tell: calls of which she has not told how they went. ahead: those of next week. caps: where there are any."""

    to_tell: tuple[OwnCall, ...]
    ahead: tuple[OwnCall, ...]
    caps: tuple[Cap, ...]


class Secretary(Protocol):
    """Writes mails to the owner herself."""

    def digest(self, digest: Digest, *, language: str, zone: str, now: datetime) -> Notice:
        """Return the mail that says what would have been done, times on the clocks of `zone`."""

    def weekly_note(self, note: WeeklyNote, *, language: str, zone: str, now: datetime) -> Notice:
        """Return the mail at the end of a week."""
