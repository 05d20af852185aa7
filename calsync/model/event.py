"""What a calendar holds: occurrences of events as they stand, and what of ours stands among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from calsync.model.mark import Mark
from calsync.model.times import Span


class Status(StrEnum):
    """STATUS of a VEVENT (RFC 5545 §3.8.1.11), lower case as Google writes it; absent means confirmed."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """One ORGANIZER or ATTENDEE (RFC 5545 §3.8.4.1, .3).

    email is lower case, without `mailto:`; partstat is upper case (`NEEDS-ACTION` when absent);
    person is False for rooms and resources (CUTYPE ROOM, RESOURCE).
    """

    email: str
    name: str = ""
    partstat: str = "NEEDS-ACTION"
    person: bool = True


class Component(StrEnum):
    """Which component of a file governs an occurrence, and so where a note would go."""

    SINGLE = "single"  # an event without a rule: the note goes into it
    EXCEPTION = "exception"  # the owner's own override (RECURRENCE-ID): the note goes into it
    SERIES = "series"  # an instance that only the rule gives: the note needs an override of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRef:
    """Names one event, or one occurrence of a series, in one calendar.

    slot: the original start (RECURRENCE-ID) in UTC, or its date for all-day ones; None for an event
    that has no recurrence rule.
    """

    calendar: str
    uid: str
    slot: datetime | date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One occurrence of a VEVENT.

    start, end: aware in the event's own zone (UTC as UTC); dates when `all_day` (end exclusive);
    naive only where `unresolved` names a TZID that nobody knows. Never end < start.
    floating: the file gave a local time without a zone; start and end are aware in the calendar's
    zone (its X-WR-TIMEZONE if known, else the owner's) all the same.
    slot: the original start in UTC (a date for all-day series); None for a single event.
    description: the whole text, unescaped, with our fence in it if it stands there, newline as `\\n`.
    An override of ours that nobody has edited gives only its description and mark: every other value
    comes from its origin, the component it was copied from.
    stale: that origin changed since the override was copied, so that it has to be copied anew.
    out_of_office: its owner is away meanwhile, as calendars that know such events say it.
    irregular: a DTSTART that its own rule does not give (RFC 5545 §3.8.5.3): listed, never a call.
    writable: False where the file can't take a note here (no UID, DESCRIPTION twice, ...);
    `unwritable_why` says why.
    last_modified: LAST-MODIFIED, else None. version: a digest of the component's bytes.
    """

    calendar: str
    uid: str | None
    slot: datetime | date | None
    start: datetime | date
    end: datetime | date
    all_day: bool = False
    floating: bool = False
    unresolved: str = ""
    recurring: bool = False
    component: Component = Component.SINGLE
    summary: str = ""
    description: str = ""
    location: str = ""
    url: str = ""
    status: Status = Status.CONFIRMED
    transparent: bool = False
    out_of_office: bool = False
    private: bool = False
    organizer: Attendee | None = None
    attendees: tuple[Attendee, ...] = ()
    sequence: int = 0
    last_modified: datetime | None = None
    mark: Mark | None = None
    stale: bool = False
    irregular: bool = False
    unwritable_why: str = ""
    version: str = ""
    _span: Span | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def ref(self) -> EventRef:
        """The name by which a change finds this occurrence again; only for events with a UID."""
        if self.uid is None:
            raise ValueError("an event without UID can't be named")
        return EventRef(calendar=self.calendar, uid=self.uid, slot=self.slot)

    @property
    def timed(self) -> bool:
        """Whether it has instants: neither all-day nor in a zone that nobody knows."""
        return not self.all_day and not self.unresolved

    @property
    def span(self) -> Span:
        """Its span of instants; only for `timed` ones."""
        if self._span is None:
            if not isinstance(self.start, datetime) or not isinstance(self.end, datetime):
                raise ValueError("an all-day event has no span of instants")
            # Kept, since a cycle asks for it some ten times for each of ten thousand events.
            object.__setattr__(self, "_span", Span(self.start, self.end))
        assert self._span is not None  # noqa: S101 - set above
        return self._span


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A piece of our writing that stands in a calendar, at whatever time, past ones too.

    note: `text` is the whole description of the component that carries it (None: no description);
    block: `text` is its description, `summary` its title, `span` where it stands.
    master: the note stands on the master of a series, where none belongs.
    orphan: an untouched override of ours whose slot the series no longer has.
    untouched: for an override that we made: all but the fence still equals its origin.
    start: the present start of the component (None where it can't be told).
    """

    ref: EventRef
    mark: Mark | None
    text: str | None = None
    summary: str = ""
    span: Span | None = None
    start: datetime | None = None
    transparent: bool = False
    master: bool = False
    orphan: bool = False
    untouched: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An event that was left out, and why; the rest of its calendar was read."""

    calendar: str
    where: str
    why: str
    uid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One calendar, read whole for `window`.

    occurrences: those that overlap the window, by start, then UID; our blocks and cancelled ones too.
    standing: everything with our mark or our fence in all times.
    events: how many VEVENT components it has that are not ours. version: a digest of all it was read from.
    """

    calendar: str
    window: Span
    occurrences: tuple[Occurrence, ...]
    standing: tuple[Standing, ...]
    problems: tuple[Problem, ...]
    events: int
    version: str
