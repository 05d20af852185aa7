"""Notes and blocks in the bytes of a file: put in and cut out again, every other byte stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from calsync.calendars.ical.note import cut_note, mark_of, put_note
from calsync.errors import CalendarUnwritable
from calsync.model.edit import CutBlock, CutNote, DropMark, PutNote
from calsync.model.event import Component, EventRef
from calsync.model.text import ClientText
from calsync.planning.fence import RULE, addition
from tests.calendars.ics import (
    CUSTOM_ZONE,
    MARK,
    NOTE,
    a_block,
    a_calendar,
    an_event,
    cuts,
    notes,
    one,
    read,
    shown,
    written,
)

ALARM = "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:Soon\nTRIGGER:-PT15M\nEND:VALARM"
LONG = "DESCRIPTION:" + "Görüşme için çok uzun bir açıklama ☎️ " * 3
SERIES = ("DTSTART;TZID=Europe/Berlin:20261023T100000", "DTEND;TZID=Europe/Berlin:20261023T110000")
WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=3"

CALENDARS = {
    "no description": a_calendar(an_event("DTSTART:20260302T120000Z")),
    "empty description": a_calendar(an_event("DESCRIPTION:", "DTSTART:20260302T120000Z")),
    "empty with a language": a_calendar(an_event("DESCRIPTION;LANGUAGE=tr:", "DTSTART:20260302T120000Z")),
    "parameters": a_calendar(an_event('DESCRIPTION;ALTREP="cid:a:b;c":Hi', "DTSTART:20260302T120000Z")),
    "last property": a_calendar(an_event("DTSTART:20260302T120000Z", "DESCRIPTION:Hi")),
    "ends in blanks and breaks": a_calendar(an_event("DESCRIPTION:Hi \\n\\n \\n\\n", "DTSTART:20260302T120000Z")),
    "only breaks": a_calendar(an_event("DESCRIPTION:\\n\\n", "DTSTART:20260302T120000Z")),
    "folded oddly": a_calendar(an_event("DESCRIPTION:He\n\tl\n lo\n ", "DTSTART:20260302T120000Z")),
    "fold inside an escape": a_calendar(an_event("DESCRIPTION:a\\\n nb\\\n ,c", "DTSTART:20260302T120000Z")),
    "not folded": a_calendar(an_event(LONG, "DTSTART:20260302T120000Z")),
    "escapes nobody knows": a_calendar(an_event("DESCRIPTION:C:\\temp\\x", "DTSTART:20260302T120000Z")),
    "an open line of ours": a_calendar(an_event(f"DESCRIPTION:{RULE[:9]}\\nx", "DTSTART:20260302T120000Z")),
    "alarm": a_calendar(an_event("DTSTART:20260302T120000Z", ALARM, "X-AFTER:1")),
    "alarm first": a_calendar(an_event(ALARM, "DTSTART:20260302T120000Z", "DESCRIPTION:Hi")),
    "LF": a_calendar(an_event("DESCRIPTION:Hi", "DTSTART:20260302T120000Z"), eol="\n"),
    "LF in the event alone": a_calendar(an_event("DESCRIPTION:Hi", "DTSTART:20260302T120000Z")).replace(
        b"Hi\r\n", b"Hi\n"
    ),
    "mark in front": b"\xef\xbb\xbf" + a_calendar(an_event("DTSTART:20260302T120000Z")),
    "no newline at the end": a_calendar(an_event("DTSTART:20260302T120000Z"))[:-2],
    "in lower case": a_calendar(an_event("dtstart:20260302T120000Z", "description:Hi")).replace(b"VEVENT", b"vevent"),
    "two parts": a_calendar(an_event("DTSTART:20260302T120000Z"))
    + a_calendar(an_event("DTSTART:20260303T120000Z", uid="b")),
    "series": a_calendar(an_event(*SERIES, WEEKLY, "DESCRIPTION:Hi", ALARM, "X-A;B=c:d")),
    "series without description": a_calendar(an_event(WEEKLY, *SERIES, "EXDATE:20261030T090000Z"), eol="\n"),
    "all-day series": a_calendar(
        an_event(
            "DTSTART;VALUE=DATE:20260302",
            "DTEND;VALUE=DATE:20260304",
            "RRULE:FREQ=YEARLY;COUNT=1",
            "RDATE;VALUE=DATE:20260401",
        )
    ),
    "floating series": a_calendar(an_event("DTSTART:20260302T120000", "DURATION:PT1H", WEEKLY)),
    "UTC series": a_calendar(an_event("DTSTART:20260302T120000Z", "DURATION:P1DT1H", WEEKLY)),
    "own zone": a_calendar(an_event("DTSTART;TZID=Customized Time Zone:20261023T100000", WEEKLY), head=CUSTOM_ZONE),
    "two zones": a_calendar(an_event(SERIES[0], "DTEND;TZID=America/New_York:20261023T050000", WEEKLY)),
    "series in the gap": a_calendar(
        an_event("DTSTART;TZID=Europe/Berlin:20260327T023000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4")
    ),
    "periods": a_calendar(an_event(*SERIES, "RDATE;VALUE=PERIOD:20260301T100000Z/PT3H")),
    "periods with a duration": a_calendar(
        an_event(SERIES[0], "DURATION:PT1H", "RDATE;VALUE=PERIOD:20260301T100000Z/PT3H")
    ),
    "exceptions": a_calendar(
        an_event(*SERIES, WEEKLY),
        an_event("RECURRENCE-ID;VALUE=DATE:20261030", "DTSTART:20261030T120000Z", "DESCRIPTION:moved"),
        an_event("RECURRENCE-ID:20261106T090000Z", "DTSTART:20261107T120000Z", "STATUS:CANCELLED"),
    ),
    "exception for all that follows": a_calendar(
        an_event(*SERIES, WEEKLY, ALARM),
        an_event(
            "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261030T100000",
            "DTSTART;TZID=Europe/Berlin:20261030T150000",
            "DTEND;TZID=Europe/Berlin:20261030T170000",
            "SUMMARY:later",
        ),
    ),
    "exception alone": a_calendar(an_event("RECURRENCE-ID:20261106T090000Z", "DTSTART:20261107T120000Z")),
    "series whose text is ours": a_calendar(an_event(*SERIES, WEEKLY, f"DESCRIPTION:Hi\\n\\n{RULE}\\nold\\n{RULE}")),
    "many": a_calendar(
        an_event(*SERIES, WEEKLY, uid="a"),
        an_event("SUMMARY:broken", uid="b"),
        an_event("DTSTART:20260302T120000Z", uid="c\\,d"),
        an_event("DTSTART:20260302T120000Z", uid=None),
    ),
}


@pytest.mark.parametrize("data", CALENDARS.values(), ids=CALENDARS)
def test_what_is_put_and_cut_leaves_every_byte(data: bytes) -> None:
    before = read(data)
    edits = [*notes(before), a_block(beside="b"), a_block("second@x")]
    with_notes = written(data, edits)
    after = read(with_notes)
    texts = [o.description for o in after.occurrences if o.mark and o.mark.role.value == "note"]
    assert len(texts) == len(edits) - 2
    assert all(text.endswith(addition("", NOTE)) for text in texts)
    assert after.events == before.events
    assert after.problems == tuple(
        replace(problem, where=new.where) for problem, new in zip(before.problems, after.problems, strict=True)
    )
    assert not any(occurrence.stale for occurrence in after.occurrences)
    assert not any(standing.orphan for standing in after.standing)
    # A second writing of the same changes nothing, another text only the text.
    assert written(with_notes, edits) == with_notes
    other = written(with_notes, notes(after, "Another\ntext"))
    assert written(other, edits[:-2]) == with_notes
    assert written(other, cuts(read(other))) == written(data, cuts(before))
    assert written(with_notes, cuts(after)) == written(data, cuts(before))
    if not before.standing:
        assert written(with_notes, cuts(after)) == data


def facts(occurrence: object) -> dict[str, object]:
    changed = ("description", "mark", "version", "component")
    return {name: getattr(occurrence, name) for name in occurrence.__slots__ if name not in changed}  # type: ignore[attr-defined]


@pytest.mark.parametrize("data", CALENDARS.values(), ids=CALENDARS)
def test_a_note_changes_nothing_else_of_its_event(data: bytes) -> None:
    before = read(data).occurrences
    after = read(written(data, notes(read(data)))).occurrences
    assert [facts(occurrence) for occurrence in after] == [facts(occurrence) for occurrence in before]


def test_lines_that_we_write_are_folded_as_the_standard_says() -> None:
    data = written(CALENDARS["no description"], notes(read(CALENDARS["no description"]), "çok uzun ☎️ " * 30))
    for line in data.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()


def test_the_owners_stamps_stay() -> None:
    stamps = ("DTSTAMP:20250101T000000Z", "LAST-MODIFIED:20250101T000000Z", "SEQUENCE:4")
    data = a_calendar(an_event("DTSTART:20260302T120000Z", *stamps))
    after = written(data, notes(read(data)))
    assert all(stamp.encode() in after for stamp in stamps)


def test_only_an_event_that_had_no_description_loses_it_again() -> None:
    marks = {}
    for name in ("no description", "empty description"):
        after = one(written(CALENDARS[name], notes(read(CALENDARS[name]))))
        assert after.mark is not None
        marks[name] = after.mark.fresh
    assert marks == {"no description": True, "empty description": False}


def test_what_the_owner_adds_to_a_description_that_was_ours_stays() -> None:
    data = CALENDARS["no description"]
    noted = written(data, notes(read(data)))
    edited = noted.replace("DESCRIPTION:─".encode(), "DESCRIPTION:Mine\\n\\n─".encode())
    assert edited != noted
    left = written(edited, cuts(read(edited)))
    assert left == data.replace(b"END:VEVENT", b"DESCRIPTION:Mine\r\nEND:VEVENT")


@pytest.mark.parametrize("name", ["no description", "parameters", "series", "exceptions"])
def test_lines_that_the_owner_wrote_into_the_fence_are_kept_above_it(name: str) -> None:
    data = CALENDARS[name]
    noted = written(data, notes(read(data)))
    ref = read(data).occurrences[0].ref
    own = read(data).occurrences[0].description
    kept = written(noted, [PutNote(ref=ref, note=ClientText("New"), mark=MARK, keep=("Bring the plan", "and cake"))])
    expected = "\n".join(line for line in (own, "Bring the plan", "and cake") if line)
    assert read(kept).occurrences[0].description == expected + addition(expected, "New")
    cut = written(kept, [CutNote(ref=ref)])
    assert read(cut).occurrences[0].description == expected
    assert read(cut).occurrences[0].mark is None


def test_a_text_that_is_given_up_stays_without_the_mark() -> None:
    data = CALENDARS["parameters"]
    noted = written(data, notes(read(data)))
    dropped = written(noted, [DropMark(ref=one(noted).ref)])
    assert one(dropped).mark is None
    assert one(dropped).description == one(noted).description
    assert b"X-CALSYNC" not in dropped


REWRITES = {
    "refolded": lambda data: b"\r\n".join(_refolded(line) for line in _unfolded(data)),
    "reordered": lambda data: b"\r\n".join(_reordered(_unfolded(data))),
    "break as \\N": lambda data: data.replace(b"\\n", b"\\N"),
    "LF": lambda data: data.replace(b"\r\n", b"\n"),
    "stamped": lambda data: data.replace(b"UID:", b"LAST-MODIFIED:20260404T000000Z\r\nSEQUENCE:9\r\nUID:"),
    "one blank line trimmed": lambda data: data.replace("\\n\\n─".encode(), "\\n─".encode()),
}


def _unfolded(data: bytes) -> list[bytes]:
    return data.replace(b"\r\n ", b"").split(b"\r\n")


def _refolded(line: bytes) -> bytes:
    text = line.decode()
    return "\r\n ".join(text[at : at + 13] for at in range(0, max(1, len(text)), 13)).encode()


def _reordered(lines: list[bytes]) -> list[bytes]:
    """Reverse the properties of every event, leaving its alarms behind them."""
    out: list[bytes] = []
    own: list[bytes] = []
    inside = False
    for line in lines:
        if line == b"BEGIN:VEVENT":
            inside = True
            out.append(line)
        elif inside and line.startswith((b"BEGIN:", b"END:")):
            out += [*own[::-1], line]
            own, inside = [], False
        elif inside:
            own.append(line)
        else:
            out.append(line)
    return out


@pytest.mark.parametrize("rewrite", REWRITES.values(), ids=REWRITES)
@pytest.mark.parametrize("name", ["no description", "parameters", "series", "exceptions", "two parts"])
def test_a_note_is_known_again_after_another_program_rewrote_the_file(name: str, rewrite) -> None:  # type: ignore[no-untyped-def]
    data = CALENDARS[name]
    noted = rewrite(written(data, notes(read(data))))
    reading = read(noted)
    assert not any(standing.orphan for standing in reading.standing)
    assert not any(occurrence.stale for occurrence in reading.occurrences)
    left = read(written(noted, cuts(reading)))
    assert [o.description for o in left.occurrences] == [o.description for o in read(data).occurrences]
    assert left.standing == ()
    assert left.events == read(data).events


def test_a_note_on_one_of_a_series_is_an_override_of_ours() -> None:
    data = CALENDARS["series"]
    second = read(data).occurrences[1]
    noted = written(data, [PutNote(ref=second.ref, note=ClientText(NOTE), mark=MARK)])
    added = noted.replace(data[: data.index(b"END:VCALENDAR")], b"").decode()
    assert "RRULE" not in added
    assert "RECURRENCE-ID;TZID=Europe/Berlin:20261030T100000" in added
    assert "DTSTART;TZID=Europe/Berlin:20261030T100000" in added
    assert "DTEND;TZID=Europe/Berlin:20261030T110000" in added
    assert added.count("TRIGGER:-PT15M") == 1
    reading = read(noted)
    (standing,) = reading.standing
    assert standing.untouched
    assert standing.ref == second.ref
    occurrence = reading.occurrences[1]
    assert occurrence.component is Component.SERIES
    assert occurrence.description == "Hi" + addition("Hi", NOTE)
    assert [o.mark is not None for o in reading.occurrences] == [False, True, False]


def test_an_untouched_override_follows_its_series_and_is_copied_anew() -> None:
    data = CALENDARS["series"]
    noted = written(data, notes(read(data)))
    moved = noted.replace(b"RRULE:FREQ=WEEKLY;COUNT=3", b"SUMMARY:New title\r\nRRULE:FREQ=WEEKLY;COUNT=3")
    reading = read(moved)
    assert [(o.summary, o.stale) for o in reading.occurrences] == [("New title", True)] * 3
    renewed = written(moved, notes(reading))
    assert [(o.summary, o.stale) for o in read(renewed).occurrences] == [("New title", False)] * 3
    assert renewed.count(b"SUMMARY:New title") == 4
    assert written(renewed, cuts(read(renewed))) == data.replace(b"RRULE", b"SUMMARY:New title\r\nRRULE")


@pytest.mark.parametrize("name", [b"DTSTART", b"DTEND"])
def test_a_series_whose_zone_nobody_knows_any_more_is_read_beside_our_overrides(name: bytes) -> None:
    data = CALENDARS["series"]
    noted = written(data, notes(read(data)))
    lost = noted.replace(name + b";TZID=Europe/Berlin", name + b";TZID=Nowhere/Land", 1)
    assert [(o.unresolved, o.stale) for o in read(lost).occurrences] == [("Nowhere/Land", True)] * 3


@pytest.mark.parametrize(
    ("change", "into"),
    [
        (b"DTSTART;TZID=Europe/Berlin:20261023T100000\r\nDTEND;TZID=Europe/Berlin:20261023T110000\r\nRRULE",
         b"DTSTART;TZID=Europe/Berlin:20261023T120000\r\nDTEND;TZID=Europe/Berlin:20261023T130000\r\nRRULE"),
        (b"RRULE:FREQ=WEEKLY;COUNT=3\r\n", b""),
        (b"COUNT=3", b"COUNT=3;INTERVAL=5"),
    ],
    ids=["moved to another time", "made a single event", "other weeks"],
)  # fmt: skip
def test_an_untouched_override_whose_slot_has_gone_is_an_orphan(change: bytes, into: bytes) -> None:
    data = CALENDARS["series"]
    noted = written(data, notes(read(data))).replace(change, into)
    changed = data.replace(change, into)
    reading = read(noted)
    assert any(standing.orphan for standing in reading.standing)
    assert shown(noted) == shown(changed)
    assert reading.problems == ()
    assert written(noted, cuts(reading)) == changed


def test_an_override_is_an_orphan_when_the_series_itself_has_gone() -> None:
    data = CALENDARS["series"]
    noted = written(data, notes(read(data)))
    begin, end = data.index(b"BEGIN:VEVENT"), data.index(b"END:VCALENDAR")
    reading = read(noted.replace(data[begin:end], b"", 1))
    assert [standing.orphan for standing in reading.standing] == [True] * 3
    assert reading.occurrences == ()


def test_an_override_that_the_owner_edited_is_hers() -> None:
    data = CALENDARS["series"]
    noted = written(data, notes(read(data)))
    mine = noted.replace(
        b"DTSTART;TZID=Europe/Berlin:20261030T100000", b"LOCATION:Room 5\r\nDTSTART;TZID=Europe/Berlin:20261030T160000"
    ).replace(b"DTEND;TZID=Europe/Berlin:20261030T110000", b"DTEND;TZID=Europe/Berlin:20261030T170000")
    reading = read(mine)
    occurrence = reading.occurrences[1]
    assert (occurrence.location, occurrence.component) == ("Room 5", Component.EXCEPTION)
    assert [standing.untouched for standing in reading.standing] == [True, False, True]
    left = written(mine, cuts(reading))
    assert read(left).standing == ()
    assert read(left).occurrences[1].location == "Room 5"
    assert read(left).occurrences[1].description == "Hi"


def test_a_fence_on_a_series_is_said_and_taken_away() -> None:
    single = CALENDARS["parameters"]
    noted = written(single, notes(read(single)))
    weekly = noted.replace(b"DTSTART:", b"RRULE:FREQ=WEEKLY;COUNT=2\r\nDTSTART:")
    reading = read(weekly)
    (standing,) = reading.standing
    assert standing.master
    assert standing.ref == EventRef(calendar="work", uid="one@x")
    assert [o.mark for o in reading.occurrences] == [None, None]
    assert written(weekly, cuts(reading)) == single.replace(b"DTSTART:", b"RRULE:FREQ=WEEKLY;COUNT=2\r\nDTSTART:")


def test_a_fence_stands_without_a_mark_too_and_at_any_time() -> None:
    data = a_calendar(an_event("DTSTART:19990302T120000Z", f"DESCRIPTION:{RULE}\\nold\\n{RULE}"))
    (standing,) = read(data).standing
    assert standing.mark is None
    assert standing.text == f"{RULE}\nold\n{RULE}"
    assert standing.start == datetime(1999, 3, 2, 12, tzinfo=UTC)


def test_a_block_is_a_private_busy_event_without_people() -> None:
    data = CALENDARS["two parts"]
    put = a_block(beside="one@x", text="Say hello;\nthen work " * 9)
    blocked = written(data, [put])
    first, second = blocked.split(b"END:VCALENDAR\r\nBEGIN:VCALENDAR")
    assert b"UID:block@x" in first
    assert b"UID:block@x" not in second
    occurrence = next(o for o in read(blocked).occurrences if o.uid == "block@x")
    assert (occurrence.private, occurrence.transparent, occurrence.attendees) == (True, False, ())
    assert occurrence.description == put.text.text
    (standing,) = read(blocked).standing
    assert (standing.span, standing.summary, standing.text) == (put.span, put.title, put.text.text)
    assert standing.mark == put.mark
    assert read(blocked).events == 2
    moved = written(blocked, [replace(put, title="Other")])
    assert read(moved).standing[0].summary == "Other"
    assert written(moved, [CutBlock(calendar="work", uid="block@x")]) == data


def test_only_our_own_block_is_cut() -> None:
    data = CALENDARS["no description"]
    assert written(data, [CutBlock(calendar="work", uid="one@x")]) == data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (a_calendar(an_event("DTSTART:20260302T120000Z", "DESCRIPTION:a", "DESCRIPTION:b")), "more than one"),
        (a_calendar(an_event("DTSTART:20260302T120000Z", "DESCRIPTION:a\\")), "escape"),
        (a_calendar(an_event("DTSTART:20260302T120000Z", f"DESCRIPTION:{RULE}\\nopen")), "told apart"),
        (a_calendar(an_event("DTSTART:20260302T120000Z", "DESCRIPTION;ENCODING=QUOTED-PRINTABLE:a=")), "encoded"),
        (a_calendar(an_event("DTSTART:20260302T120000Z", uid=None)), "no UID"),
    ],
)  # fmt: skip
def test_an_event_that_can_take_no_note_says_why(data: bytes, why: str) -> None:
    occurrence = one(data)
    assert why in occurrence.unwritable_why
    if occurrence.uid:
        with pytest.raises(CalendarUnwritable):
            written(data, [PutNote(ref=occurrence.ref, note=ClientText(NOTE), mark=MARK)])


@pytest.mark.parametrize(
    "slot",
    [None, date(2026, 3, 2), datetime(2026, 3, 2, 13, tzinfo=UTC)],
    ids=["whole series", "a day", "no such time"],
)
def test_a_note_finds_no_place_where_nothing_of_that_name_stands(slot: date | None) -> None:
    data = a_calendar(an_event("DTSTART:20260302T120000Z", WEEKLY))
    edit = PutNote(ref=EventRef(calendar="work", uid="one@x", slot=slot), note=ClientText(NOTE), mark=MARK)
    with pytest.raises(CalendarUnwritable) as caught:
        written(data, [edit])
    assert "one@x" in caught.value.where


def test_what_no_longer_stands_need_not_be_cut() -> None:
    data = CALENDARS["series"]
    gone = EventRef(calendar="work", uid="gone@x")
    assert written(data, [CutNote(ref=gone), DropMark(ref=gone), CutBlock(calendar="work", uid="gone@x")]) == data


def test_the_mark_is_a_line_of_its_own() -> None:
    raw = an_event("DTSTART:20260302T120000Z", "X-CALSYNC:v=1 something else").encode()
    noted = put_note(raw, NOTE, MARK)
    assert mark_of(noted) == replace(MARK, fresh=True)
    assert noted.count(b"X-CALSYNC") == 1
    assert b"X-CALSYNC" not in cut_note(noted)
