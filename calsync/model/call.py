"""A call: an occurrence that is a client's time, with everything decided about it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from calsync.model.event import Attendee, EventRef, Occurrence
from calsync.model.rules import Client
from calsync.model.text import AgendaLine
from calsync.model.times import elapsed, whole_minutes


def call_name(uid: str, slot: datetime | date | None) -> str:
    """Return a call's name: its UID, and for an occurrence of a series its original start too.

    Neither calendar nor present start is part of it, so that it survives every move.
    """
    if slot is None:
        return uid
    if isinstance(slot, datetime):
        return f"{uid}\n{slot.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{uid}\n{slot:%Y%m%d}"


def digest_of(name: str) -> str:
    """Return the base32 digest of a call's name, 26 lower-case letters and digits; its id is the beginning."""
    return base64.b32encode(hashlib.sha256(name.encode()).digest()[:16]).decode().rstrip("=").lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """What stands on the agenda of a call.

    items: what the client reads, in order. layout: greeting, items, close-out and catching up with their
    minutes, for the owner. needs: the minutes it would need where that is more than `has`, else None.
    catch_up: whether minutes are left for everything else. default: the items are the client's default.
    in_event: the owner's own list stands in the event, so that the note doesn't repeat it.
    besides: those of `items` that don't stand there, where others do.
    """

    items: tuple[str, ...]
    layout: tuple[AgendaLine, ...]
    needs: int | None
    has: int
    catch_up: bool
    default: bool
    in_event: bool
    besides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flex:
    """Another hard stop for one call: minutes added (or taken, negative) and why; the last one holds."""

    minutes: int
    because: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call with one client.

    name: see `call_name`; it is the one under which the call was first known (`planning.names`).
    occurrence: the copy that counts; copies: where it stands in all calendars.
    people: the client attendees. organized: the owner organizes it. base_stop: the hard stop without flex;
    hard_stop: with it. told_stop: what the client hears (the event's end under `over_cap = "tell"`).
    per_call: the cap that holds for this call (frozen once a client was told), or None.
    doubtful, tentative: why note and messages, or messages alone, are held; empty when they are not.
    day_off: on which day off it lies, so that its messages are held; empty where it lies on none.
    kept: the owner said `keep` for it. rivals: clients that matched less specifically.
    matched: what matched, for `explain`. told: the owner told how it went; took: the real minutes, None where she
    gave none. late: by how many minutes she is late for it; shift: by how many of them the hard stop moved.
    carried: what was left open before and goes to the top of its list; withheld: what would, were it not a group call.
    """

    name: str
    occurrence: Occurrence
    copies: tuple[EventRef, ...]
    client: Client
    people: tuple[Attendee, ...]
    group: bool
    organized: bool
    start: datetime
    end: datetime
    base_stop: datetime
    hard_stop: datetime
    told_stop: datetime
    per_call: timedelta | None
    flex: Flex | None = None
    doubtful: str = ""
    tentative: str = ""
    day_off: str = ""
    kept: bool = False
    rivals: tuple[str, ...] = ()
    matched: str = ""
    told: bool = False
    took: int | None = None
    late: int = 0
    shift: int = 0
    carried: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The whole digest; what is shown is the shortest beginning of 6 letters or more that is unique."""
        return digest_of(self.name)

    @property
    def minutes(self) -> int:
        """Minutes from start to hard stop."""
        return whole_minutes(elapsed(self.start, self.hard_stop))

    @property
    def client_minutes(self) -> int:
        """Minutes from start to the end that the client hears."""
        return whole_minutes(elapsed(self.start, self.told_stop))

    @property
    def moved_by(self) -> int:
        """Minutes by which the hard stop was moved by hand: by flex, and by being late."""
        return (self.flex.minutes if self.flex is not None else 0) + self.shift
