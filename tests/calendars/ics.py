"""Builders of calendar text: a test says only what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from calsync.calendars.ical.read import read_calendar
from calsync.calendars.ical.splice import apply_edits
from calsync.model.edit import CutBlock, CutNote, Edit, PutBlock, PutNote
from calsync.model.event import Occurrence, Reading
from calsync.model.mark import Mark, Role
from calsync.model.text import ClientText, PrivateText
from calsync.model.times import Span

ISTANBUL = ZoneInfo("Europe/Istanbul")
BERLIN = ZoneInfo("Europe/Berlin")
YEAR = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
NOTE = "Until 15:00 today.\nAgenda: budget; dates, places"
MARK = Mark(installation="here", call="abc", role=Role.NOTE, essence="012345", start=datetime(2026, 3, 2, tzinfo=UTC))

CUSTOM_ZONE = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def an_event(*lines: str, uid: str | None = "one@x") -> str:
    """Return a VEVENT of these lines, with a UID unless that is None; lines end in LF."""
    named = (f"UID:{uid}",) if uid is not None else ()
    return "\n".join(("BEGIN:VEVENT", *named, *lines, "END:VEVENT", ""))


def a_calendar(*parts: str, head: str = "", eol: str = "\r\n") -> bytes:
    """Return a VCALENDAR of these parts in the given line ending."""
    text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//test//EN\n" + head + "".join(parts) + "END:VCALENDAR\n"
    return text.replace("\n", eol).encode()


def read(data: bytes, window: Span = YEAR, zone: ZoneInfo = ISTANBUL) -> Reading:
    """Read a calendar called `work`."""
    return read_calendar(data, name="work", window=window, zone=zone)


def one(data: bytes, window: Span = YEAR) -> Occurrence:
    """Return the only occurrence of a calendar that has no problems."""
    reading = read(data, window)
    assert reading.problems == ()
    assert len(reading.occurrences) == 1
    return reading.occurrences[0]


def shown(data: bytes, window: Span = YEAR, zone: ZoneInfo = ISTANBUL) -> list[tuple[str, str]]:
    """Return start and end of every occurrence as text, the offset cut to hours."""
    return [(said(o.start), said(o.end)) for o in read(data, window, zone).occurrences]


def starts(data: bytes, window: Span = YEAR, zone: ZoneInfo = ISTANBUL) -> list[str]:
    """Return the start of every occurrence as text."""
    return [start for start, _ in shown(data, window, zone)]


def said(moment: datetime | date) -> str:
    """Return a moment as `2026-03-29 03:30+02`, or a day as `2026-03-29`."""
    text = str(moment)
    return text[:16] + text[19:22] if isinstance(moment, datetime) else text


def notes(reading: Reading, text: str = NOTE) -> list[Edit]:
    """Return the edits that put a note on every occurrence that can take one."""
    return [
        PutNote(ref=occurrence.ref, note=ClientText(text), mark=MARK)
        for occurrence in reading.occurrences
        if not occurrence.unwritable_why and not (occurrence.mark and occurrence.mark.role is not Role.NOTE)
    ]


def a_block(uid: str = "block@x", beside: str | None = None, text: str = "Prep\nwith two lines") -> PutBlock:
    """Return the edit that puts a block."""
    start = datetime(2026, 3, 2, 12, tzinfo=UTC)
    span = Span(start, start + timedelta(minutes=5))
    mark = replace(MARK, role=Role.BEFORE)
    return PutBlock(
        calendar="work", uid=uid, span=span, title="Prep, soon", text=PrivateText(text), mark=mark, beside=beside
    )


def cuts(reading: Reading) -> list[Edit]:
    """Return the edits that take back all that stands."""
    return [
        CutBlock(calendar="work", uid=standing.ref.uid)
        if standing.mark and standing.mark.role is not Role.NOTE
        else CutNote(ref=standing.ref)
        for standing in reading.standing
    ]


def written(data: bytes, edits: Sequence[Edit]) -> bytes:
    """Return the calendar with the edits made."""
    return apply_edits(data, edits, zone=ISTANBUL)
