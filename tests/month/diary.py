"""The owner's appointments as she knows them, whatever stands in any calendar: what the judge compares with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.month.cast import OWNER

WEEK = timedelta(weeks=1)


@dataclass(slots=True)
class Instance:
    """What differs for one occurrence of a series."""

    start: datetime
    minutes: int
    changed: datetime
    cancelled: bool = False


@dataclass(slots=True)
class Meeting:
    """One event or weekly series.

    start: on the clocks of its zone. weeks: how many occurrences, 0 for a single event. attendees: address →
    PARTSTAT, without the owner. organizer: an address, or empty. mine: the owner's PARTSTAT where she is invited.
    apart: number of an occurrence → what differs; out: numbers of those taken out. changed: when it was last edited.
    before: where the whole series began earlier.
    """

    uid: str
    title: str
    start: datetime
    minutes: int
    born: datetime
    changed: datetime
    weeks: int = 0
    attendees: dict[str, str] = field(default_factory=dict)
    organizer: str = ""
    mine: str = ""
    text: str | None = None
    tentative: bool = False
    cancelled: bool = False
    free: bool = False
    private: bool = False
    apart: dict[int, Instance] = field(default_factory=dict)
    out: set[int] = field(default_factory=set)
    before: list[datetime] = field(default_factory=list)

    def slot(self, number: int) -> datetime:
        """Return the original start of one occurrence."""
        return self.start + number * WEEK

    def lines(self, *, stamped: bool) -> list[str]:
        """Return it as content lines; stamped: with LAST-MODIFIED."""
        zone = self.start.tzinfo
        end = self.start + timedelta(minutes=self.minutes)
        said = [
            "BEGIN:VEVENT",
            f"UID:{self.uid}",
            "DTSTAMP:20260901T080000Z",
            f"DTSTART;TZID={zone}:{self.start:%Y%m%dT%H%M%S}",
            f"DTEND;TZID={zone}:{end:%Y%m%dT%H%M%S}",
            f"SUMMARY:{self.title}",
        ]
        if stamped:
            said.append(f"LAST-MODIFIED:{self.changed.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        if self.weeks:
            said.append(f"RRULE:FREQ=WEEKLY;COUNT={self.weeks}")
        if self.text is not None:
            said.append("DESCRIPTION:" + self.text.replace(",", "\\,").replace("\n", "\\n"))
        if self.organizer:
            said.append(f"ORGANIZER:mailto:{self.organizer}")
        if self.mine:
            said.append(f"ATTENDEE;PARTSTAT={self.mine}:mailto:{OWNER}")
        said += [f"ATTENDEE;PARTSTAT={answer}:mailto:{who}" for who, answer in self.attendees.items()]
        said += ["STATUS:TENTATIVE"] if self.tentative else []
        said += ["TRANSP:TRANSPARENT"] if self.free else []
        said += ["CLASS:PRIVATE"] if self.private else []
        return [*said, "END:VEVENT"]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One appointment: which meeting, which number of its series (0 for a single one), and when, in UTC."""

    meeting: Meeting
    number: int
    start: datetime
    end: datetime
    cancelled: bool
    changed: datetime

    @property
    def identity(self) -> tuple[str, int]:
        """What it stays through every move."""
        return self.meeting.uid, self.number

    @property
    def slot(self) -> str:
        """Its original start as a RECURRENCE-ID has it, empty for a single event."""
        return f"{self.meeting.slot(self.number):%Y%m%dT%H%M%S}" if self.meeting.weeks else ""

    @property
    def name(self) -> tuple[str, str]:
        """UID and original start."""
        return self.meeting.uid, self.slot


class Diary:
    """All of them."""

    def __init__(self) -> None:
        self.meetings: dict[str, Meeting] = {}
        self._number = 0

    def uid(self) -> str:
        """Return one that nothing has had."""
        self._number += 1
        return f"{self._number}@kaya.example"

    def occurrences(self, since: datetime, until: datetime) -> Iterator[Occurrence]:
        """Yield what overlaps [since, until), cancelled ones too."""
        for meeting in self.meetings.values():
            for number in range(max(meeting.weeks, 1)):
                if number in meeting.out:
                    continue
                apart = meeting.apart.get(number)
                start = (apart.start if apart else meeting.slot(number)).astimezone(UTC)
                end = start + timedelta(minutes=apart.minutes if apart else meeting.minutes)
                if end > since and start < until:
                    off = meeting.cancelled or (apart is not None and apart.cancelled)
                    changed = apart.changed if apart else meeting.changed
                    yield Occurrence(meeting, number, start, end, off, changed)
