"""What holds for every calendar: the fast way tells what the libraries tell, and whatever is put can be cut."""

from __future__ import annotations

import time
import warnings
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events  # type: ignore[import-untyped]
from dateutil.rrule import rrulestr
from hypothesis import assume, given
from hypothesis import strategies as st

from calsync.calendars.ical.read import read_calendar
from calsync.calendars.ical.rule import occurrences, parse_rule
from calsync.calendars.ical.values import Damaged, Moment
from calsync.calendars.ical.zones import Zones
from calsync.errors import CalendarUnreadable, CalendarUnwritable
from calsync.model.event import Status
from calsync.model.times import Span
from tests.calendars.ics import ISTANBUL, a_block, a_calendar, an_event, cuts, notes, read, written

ZONES = ("Europe/Berlin", "America/New_York", "Europe/Istanbul", "Australia/Lord_Howe")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@st.composite
def rules(draw: st.DrawFn) -> str:
    """A rule as programs write them, a few odd ones among them."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 6))}")
    days = draw(st.lists(st.sampled_from(DAYS), max_size=4, unique=True))
    if days and frequency == "MONTHLY":
        days = [f"{draw(st.sampled_from(['', '1', '2', '-1']))}{day}" for day in days]
    if days:
        parts.append(f"BYDAY={','.join(days)}")
    if frequency in ("MONTHLY", "YEARLY") and draw(st.booleans()):
        parts.append(f"BYMONTHDAY={draw(st.integers(1, 31) | st.integers(-31, -1))}")
    if draw(st.booleans()):
        parts.append(f"BYMONTH={','.join(map(str, draw(st.lists(st.integers(1, 12), min_size=1, max_size=3))))}")
    if days and frequency == "MONTHLY" and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(st.sampled_from([1, 2, -1]))}")
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(DAYS))}")
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 40))}")
    return ";".join(parts)


moments = st.datetimes(datetime.fromisoformat("2019-01-01"), datetime.fromisoformat("2026-06-30")).map(
    lambda moment: moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
)
lengths = st.integers(0, 8).map(lambda quarters: timedelta(minutes=15 * quarters))


@given(rule=rules(), start=moments, back=st.integers(-400, 1500), days=st.integers(1, 60))
def test_the_window_is_entered_where_a_walk_from_the_start_comes_by(
    rule: str, start: datetime, back: int, days: int
) -> None:
    low = start + timedelta(days=back)
    high = low + timedelta(days=days)
    walked = []
    for steps, moment in enumerate(rrulestr(rule, dtstart=start)):
        if moment > high or steps > 4000:
            break
        if moment >= low:
            walked.append(moment)
    read_rule = parse_rule(rule, Moment(start, UTC), Zones(b"", UTC))
    try:
        assert list(occurrences(read_rule, start, low, high)) == walked
    except Damaged:  # no such day in any year: the walk came to the last one in vain
        assert walked == []


@st.composite
def series(draw: st.DrawFn) -> str:
    """One event, mostly a series with exceptions, within what the library gets right."""
    number = draw(st.integers(0, 10**6))
    start = draw(moments)
    zone = draw(st.sampled_from(ZONES))
    # The library errs where an instance meets a clock change (§3.3.6), so these begin at noon and are short.
    start = start.replace(hour=9 + start.hour % 8)
    length = draw(lengths)
    all_day = draw(st.booleans()) and draw(st.booleans())

    def at(name: str, moment: datetime) -> str:
        if all_day:
            return f"{name};VALUE=DATE:{moment:%Y%m%d}"
        return f"{name};TZID={zone}:{moment:%Y%m%dT%H%M%S}"

    end = at("DTEND", start + (timedelta(days=1) if all_day else length))
    rule = draw(rules())
    lines = [at("DTSTART", start), end, "SUMMARY:first"]
    parts: list[str] = []
    if draw(st.booleans()):
        walk = rrulestr(rule, dtstart=start)
        given_days = [moment for _, moment in zip(range(30), walk, strict=False)]
        assume(given_days and given_days[0] == start)
        lines.append(f"RRULE:{rule}")
        taken = draw(st.lists(st.sampled_from(given_days), max_size=4, unique=True))
        for moment in taken[:2]:
            lines.append(at("EXDATE", moment))
        for moment in taken[2:]:
            moved = moment + timedelta(days=draw(st.integers(-30, 30)))
            status = draw(st.sampled_from(["CONFIRMED", "CANCELLED"]))
            until = moved + (timedelta(days=1) if all_day else length)
            parts.append(
                an_event(
                    at("RECURRENCE-ID", moment), at("DTSTART", moved), at("DTEND", until), f"STATUS:{status}",
                    "SUMMARY:moved", uid=f"e{number}",
                )
            )  # fmt: skip
    return an_event(*lines, uid=f"e{number}") + "".join(parts)


def by_library(data: bytes, window: Span) -> list[tuple[str, str, str, str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calendar = icalendar.Calendar.from_ical(data)
        found = recurring_ical_events.of(calendar).between(window.start, window.end)
    return sorted(
        (str(event["UID"]), _instant(event["DTSTART"].dt), _instant(event["DTEND"].dt), str(event["SUMMARY"]))
        for event in found
    )


def _instant(moment: date) -> str:
    return moment.astimezone(UTC).isoformat() if isinstance(moment, datetime) else moment.isoformat()


def by_us(data: bytes, window: Span) -> list[tuple[str, str, str, str]]:
    reading = read(data, window, ZoneInfo("UTC"))
    assert reading.problems == ()
    return sorted((str(o.uid), _instant(o.start), _instant(o.end), o.summary) for o in reading.occurrences)


@given(events=st.lists(series(), min_size=1, max_size=4, unique_by=lambda text: text.split("UID:")[1][:8]), day=moments)
def test_a_calendar_has_the_occurrences_that_recurring_ical_events_finds(events: list[str], day: datetime) -> None:
    start = day.replace(hour=0, minute=0, tzinfo=UTC)
    window = Span(start, start + timedelta(days=14))
    data = a_calendar(*events)
    assert by_us(data, window) == by_library(data, window)


words = st.text(
    st.sampled_from("aİışğ☎️😀é ,;:\\\t\"'─=^") | st.characters(exclude_categories=["Cs", "Cc"]), max_size=60
)


@st.composite
def calendars(draw: st.DrawFn) -> bytes:
    """A calendar as some program might have written it: any folding, order, line ending, and unknown properties."""
    parts = []
    for part in range(draw(st.integers(1, 2))):
        events = []
        for number in range(draw(st.integers(0, 3))):
            start = draw(moments)
            lines = [f"DTSTART;TZID={draw(st.sampled_from(ZONES))}:{start.replace(year=2026):%Y%m%dT%H%M%S}"]
            if draw(st.booleans()):
                lines.append(draw(st.sampled_from(["DURATION:PT45M", "DURATION:P1D", "DURATION:PT0S"])))
            if draw(st.booleans()):
                lines.append(f"RRULE:FREQ={draw(st.sampled_from(['DAILY', 'WEEKLY', 'MONTHLY']))};COUNT=4")
            if draw(st.booleans()):
                value = draw(words).replace("\\", "\\\\").replace(",", draw(st.sampled_from([",", "\\,"])))
                name = draw(st.sampled_from(["DESCRIPTION", "DESCRIPTION;LANGUAGE=tr", "description"]))
                lines.append(f"{name}:{value}" + draw(st.sampled_from(["", "\\n", "\\N\\n", " "])))
            if draw(st.booleans()):
                lines.append(draw(st.sampled_from(["X-A", "X-mozilla-b"])) + ';P="a:b":' + draw(words))
            lines = draw(st.permutations(lines))
            if draw(st.booleans()):
                lines.insert(draw(st.integers(0, len(lines))), "BEGIN:VALARM\nDESCRIPTION:x\nEND:VALARM")
            events.append(an_event(*lines, uid=f"{part}-{number}"))
        parts.append(a_calendar(*events, eol="\n").decode())
    text = "".join(_folded(line, draw(st.integers(8, 80))) for line in "".join(parts).splitlines(keepends=True))
    eol = draw(st.sampled_from(["\n", "\r\n", "mixed"]))
    if eol == "mixed":
        pieces = text.split("\n")
        text = "".join(piece + ("\r\n" if at % 3 else "\n") for at, piece in enumerate(pieces[:-1])) + pieces[-1]
    else:
        text = text.replace("\n", eol)
    if draw(st.booleans()):
        text = text.rstrip()
    return (b"\xef\xbb\xbf" if draw(st.booleans()) else b"") + text.encode()


def _folded(line: str, width: int) -> str:
    if line.startswith(("BEGIN", "END")):
        return line
    return "\n ".join(line[at : at + width] for at in range(0, len(line) - 1, width)) + "\n"


@given(data=calendars(), text=words.filter(str.strip), keep=st.booleans())
def test_put_then_cut_gives_every_byte_back(data: bytes, text: str, keep: bool) -> None:
    reading = read(data)
    edits = [*notes(reading, text.replace("─", "-")), a_block(beside="0-0"), a_block("other@x")]
    noted = written(data, edits)
    after = read(noted)
    assert after.events == reading.events
    assert len(after.standing) == len(edits)
    assert [(o.uid, o.slot, o.start, o.end, o.summary) for o in after.occurrences if o.uid and "@" not in o.uid] == [
        (o.uid, o.slot, o.start, o.end, o.summary) for o in reading.occurrences
    ]
    assert written(noted, edits) == noted
    if keep:
        noted = written(noted, notes(after, "rewritten"))
    assert written(noted, cuts(read(noted))) == data


SEED = a_calendar(
    an_event(
        "DTSTART;TZID=Europe/Berlin:20260105T180000",
        "DTEND;TZID=Europe/Berlin:20260105T190000",
        "RRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=9",
        "EXDATE:20260106T170000Z",
        "DESCRIPTION:a\\nb",
        'ATTENDEE;CN="A":mailto:a@x.example',
    ),
    an_event("RECURRENCE-ID:20260112T170000Z", "DTSTART:20260113T170000Z", "STATUS:CANCELLED"),
    an_event("DTSTART;VALUE=DATE:20260301", "RRULE:FREQ=MONTHLY;UNTIL=20261231", "RDATE;VALUE=DATE:20260302", uid="b"),
    an_event("DTSTART:20260301T100000Z", "DURATION:PT1H", "RRULE:FREQ=HOURLY;INTERVAL=5", uid="c"),
)
PIECES = [
    *(b"\r\n", b"\n", b" ", b":", b";", b"-1", b"T", b"Z", b"P", b"\\", b'"', b"\xff"),
    *(b"BEGIN:VEVENT", b"END:VEVENT", b"END:VCALENDAR", b"X-CALSYNC:", "─".encode() * 10),
    *(b"99999999", b"00000000", b"DTSTART:10000101T000000Z", b"TZID=", b"RANGE=THISANDFUTURE;"),
    *(b"FREQ=SECONDLY", b"COUNT=0", b"INTERVAL=99999", b"BYSETPOS=-1;", b"BYMONTHDAY=31;"),
]


@given(
    damage=st.lists(
        st.tuples(st.integers(0, len(SEED)), st.integers(0, 60), st.sampled_from(PIECES) | st.binary(max_size=5)),
        min_size=1,
        max_size=6,
    )
)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(damage: list[tuple[int, int, bytes]]) -> None:
    data = SEED
    for at, length, piece in damage:
        data = data[:at] + piece + data[at + length :]
    try:
        reading = read_calendar(
            data,
            name="work",
            window=Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)),
            zone=ISTANBUL,
        )
    except CalendarUnreadable as refused:
        assert refused.hint
        return
    assert all(occurrence.status in Status for occurrence in reading.occurrences)
    try:
        noted = written(data, notes(reading))
    except CalendarUnwritable as refused:
        assert refused.where
        return
    assert written(noted, cuts(read(noted))) == written(data, cuts(read(data)))


times = st.sampled_from(
    "00010101 00010102T000000Z 16000101T000000 20260105 20260105T100000 20260301T100000Z 20260329T023000 "
    "20261231T235959Z 99991231 99991231T235959Z".split()
)
places = st.sampled_from(
    ["", ";TZID=Europe/Berlin", ";TZID=Nowhere", ";VALUE=DATE", ';TZID="a:b"', ";RANGE=THISANDFUTURE", ";VALUE=PERIOD"]
)
durations = st.sampled_from(["PT1H", "P1D", "-PT1H", "P99999999999W", "PT999999999999S", "P3000000D", "PT0S", "P1W2D"])
odd_parts = {
    "INTERVAL": ["2", "7", "99999"],
    "COUNT": ["1", "100000", "999999999"],
    "UNTIL": ["00010101", "20260301T100000Z", "99991231"],
    "BYDAY": ["MO", "TU,WE", "1MO", "-1SU", "53MO", "XX"],
    "BYMONTH": ["2", "1,12"],
    "BYMONTHDAY": ["30", "-31", "1,15"],
    "BYSETPOS": ["1", "366"],
    "BYHOUR": ["0", "1,2,3,23"],
    "BYMINUTE": ["0,30"],
    "BYSECOND": ["60", "0"],
    "BYWEEKNO": ["1", "-53"],
    "BYYEARDAY": ["1", "-366"],
}


@st.composite
def odd_rules(draw: st.DrawFn) -> str:
    """A rule of any parts, most of which make no sense together."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "MINUTELY", "SECONDLY"]))
    names = draw(st.lists(st.sampled_from(sorted(odd_parts)), max_size=4, unique=True))
    return ";".join([f"FREQ={frequency}", *(f"{name}={draw(st.sampled_from(odd_parts[name]))}" for name in names)])


@st.composite
def odd_events(draw: st.DrawFn) -> str:
    """An event with times, zones and rules in places where they may or may not belong."""
    lines = [f"DTSTART{draw(places)}:{draw(times)}"]
    for name, values in (
        ("DTEND", times),
        ("DURATION", durations),
        ("RRULE", odd_rules()),
        ("RRULE", odd_rules()),
        ("EXDATE", times),
        ("RDATE", st.builds("{}/{}".format, times, times | durations)),
        ("EXRULE", odd_rules()),
        ("RECURRENCE-ID", times),
    ):
        if draw(st.integers(0, 2)) == 0:
            lines.append(f"{name}{'' if 'RULE' in name else draw(places)}:{draw(values)}")
    return an_event(*lines, uid=draw(st.sampled_from(["a", "b"])))


@given(events=st.lists(odd_events(), min_size=1, max_size=4), year=st.sampled_from([1, 2026, 9999]))
def test_no_times_and_rules_make_reading_fail_or_take_long(events: list[str], year: int) -> None:
    start = datetime(year, 3, 1, tzinfo=UTC)
    window = Span(start, start + timedelta(days=30))
    data = a_calendar(*events)
    begun = time.process_time()
    reading = read(data, window)
    assert time.process_time() - begun < 2
    try:
        noted = written(data, notes(reading))
    except CalendarUnwritable as refused:
        assert refused.where
        return
    after = read(noted, window)
    assert [(o.slot, o.start, o.end) for o in after.occurrences] == [
        (o.slot, o.start, o.end) for o in reading.occurrences
    ]
    assert written(noted, cuts(after)) == data
