"""What a calendar holds in a window: zones, ends, rules, exceptions, and what is left out."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calsync.calendars.ical.read import Cache, narrowed, read_calendar
from calsync.errors import CalendarUnreadable
from calsync.model.event import Attendee, Component, Status
from calsync.model.times import Span
from tests.calendars.ics import (
    BERLIN,
    CUSTOM_ZONE,
    ISTANBUL,
    YEAR,
    a_calendar,
    an_event,
    one,
    read,
    said,
    shown,
    starts,
)

BERLIN_TIME = "DTSTART;TZID=Europe/Berlin:"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(
            [f"{BERLIN_TIME}20261024T233000", "DTEND;TZID=Europe/Berlin:20261025T053000", "RRULE:FREQ=DAILY;COUNT=2"],
            [("2026-10-24 23:30+02", "2026-10-25 05:30+01"), ("2026-10-25 23:30+01", "2026-10-26 06:30+01")],
            id="with DTEND every instance takes as long as the first really does",
        ),
        pytest.param(
            [f"{BERLIN_TIME}20261024T233000", "DURATION:PT6H", "RRULE:FREQ=DAILY;COUNT=2"],
            [("2026-10-24 23:30+02", "2026-10-25 04:30+01"), ("2026-10-25 23:30+01", "2026-10-26 05:30+01")],
            id="hours of a DURATION really pass",
        ),
        pytest.param(
            [f"{BERLIN_TIME}20261024T233000", "DURATION:P1D"],
            [("2026-10-24 23:30+02", "2026-10-25 23:30+01")],
            id="days of a DURATION are days on the clock",
        ),
        pytest.param(
            [f"{BERLIN_TIME}20261024T233000", "DURATION:P1DT1H"],
            [("2026-10-24 23:30+02", "2026-10-26 00:30+01")],
            id="days first, then hours",
        ),
        pytest.param(
            [f"{BERLIN_TIME}20260328T023000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3"],
            [
                ("2026-03-28 02:30+01", "2026-03-28 03:30+01"),
                ("2026-03-29 03:30+02", "2026-03-29 04:30+02"),
                ("2026-03-30 02:30+02", "2026-03-30 03:30+02"),
            ],
            id="a time that the clocks skip moves forward",
        ),
        pytest.param(
            [f"{BERLIN_TIME}20261025T023000", "DURATION:PT1H"],
            [("2026-10-25 02:30+02", "2026-10-25 02:30+01")],
            id="of a time that comes twice it is the first",
        ),
        pytest.param(
            [f"{BERLIN_TIME}20260105T180000"], [("2026-01-05 18:00+01", "2026-01-05 18:00+01")], id="no end: no length"
        ),
        pytest.param(["DTSTART;VALUE=DATE:20260105"], [("2026-01-05", "2026-01-06")], id="no end: one day"),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260105", "DTEND;VALUE=DATE:20260105"],
            [("2026-01-05", "2026-01-06")],
            id="a day that ends on itself is a day",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260105", "DURATION:P1W"], [("2026-01-05", "2026-01-12")], id="a week of days"
        ),
        pytest.param(
            ["DTSTART:20260105T180000Z", "DTEND:20260105T190000Z", "DURATION:PT5H"],
            [("2026-01-05 18:00+00", "2026-01-05 19:00+00")],
            id="DTEND goes before DURATION",
        ),
        pytest.param(
            [f"{BERLIN_TIME}20260105T180000", "DTEND;TZID=America/New_York:20260105T130000"],
            [("2026-01-05 18:00+01", "2026-01-05 19:00+01")],
            id="an end in another zone",
        ),
        pytest.param(["DTSTART:20260105T180060Z"], [("2026-01-05 18:00+00", "2026-01-05 18:00+00")], id="leap second"),
    ],
)
def test_an_event_takes_place_when_the_standard_says(lines: list[str], expected: list[tuple[str, str]]) -> None:
    assert shown(a_calendar(an_event(*lines))) == expected


@pytest.mark.parametrize(
    ("tzid", "offset"),
    [
        ("Europe/Berlin", "+02"),
        ("europe/berlin", "+02"),
        ("Europe/Berlin ", "+02"),
        ('"Europe/Berlin"', "+02"),
        ("W. Europe Standard Time", "+02"),
        ("w. europe standard time", "+02"),
        ("/mozilla.org/20070129_1/Europe/Berlin", "+02"),
        ("/freeassociation.sourceforge.net/America/Argentina/Buenos_Aires", "-03"),
        ("Customized Time Zone", "+02"),
        ("UTC", "+00"),
    ],
)
def test_a_zone_is_known_by_each_of_its_names(tzid: str, offset: str) -> None:
    data = a_calendar(an_event(f"DTSTART;TZID={tzid}:20260706T180000"), head=CUSTOM_ZONE)
    assert starts(data) == [f"2026-07-06 18:00{offset}"]


def test_a_known_name_means_that_zone_whatever_the_file_says_of_it() -> None:
    wrong = CUSTOM_ZONE.replace("Customized Time Zone", "Asia/Tokyo")
    assert starts(a_calendar(an_event("DTSTART;TZID=Asia/Tokyo:20260706T180000"), head=wrong)) == [
        "2026-07-06 18:00+09"
    ]


@pytest.mark.parametrize(
    "tzid",
    [
        "Nowhere",
        "tzone://Microsoft/Custom",
        '"(UTC+01:00) Amsterdam, Berlin"',
        "GMT+0100",
        "localtime",
        "../etc/passwd",
    ],
)
def test_a_zone_that_nobody_knows_leaves_times_as_they_stand(tzid: str) -> None:
    occurrence = one(a_calendar(an_event(f"DTSTART;TZID={tzid}:20260105T180000", "DURATION:PT1H")))
    assert occurrence.unresolved == tzid.strip('"')
    assert (occurrence.start, occurrence.end) == (
        datetime.fromisoformat("2026-01-05T18:00"),
        datetime.fromisoformat("2026-01-05T19:00"),
    )
    assert not occurrence.timed
    assert "time zone" in occurrence.unwritable_why


@pytest.mark.parametrize(
    "definition",
    [
        "BEGIN:VTIMEZONE\nTZID:Odd\nEND:VTIMEZONE\n",
        CUSTOM_ZONE.replace("Customized Time Zone", "Odd").replace("YEARLY", "SECONDLY"),
        CUSTOM_ZONE.replace("Customized Time Zone", "Odd").replace("+0200", "+9900"),
        CUSTOM_ZONE.replace("Customized Time Zone", "Odd").replace("BYDAY=-1SU", "BYDAY=XX"),
    ],
    ids=["empty", "clocks that change each second", "offset of 99 hours", "rule that is none"],
)
def test_a_broken_definition_defines_no_zone(definition: str) -> None:
    reading = read(a_calendar(an_event("DTSTART;TZID=Odd:20260105T180000"), head=definition))
    assert [occurrence.unresolved for occurrence in reading.occurrences] == ["Odd"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", "2026-07-06 18:00+03"),
        ("X-WR-TIMEZONE:Europe/Berlin\n", "2026-07-06 18:00+02"),
        ("X-WR-TIMEZONE:Atlantis\n", "2026-07-06 18:00+03"),
    ],
    ids=["the owner's", "the calendar's", "a calendar's that nobody knows"],
)
def test_a_time_without_a_zone_is_local_to(head: str, expected: str) -> None:
    data = a_calendar(an_event("DTSTART:20260706T180000"), head=head)
    assert starts(data) == [expected]
    assert one(data).floating


def test_each_part_of_a_file_has_its_own_zone_for_local_times() -> None:
    first = a_calendar(an_event("DTSTART:20260706T180000", uid="a"), head="X-WR-TIMEZONE:Europe/Berlin\n")
    second = a_calendar(an_event("DTSTART:20260707T180000", uid="b"))
    assert starts(first + second) == ["2026-07-06 18:00+02", "2026-07-07 18:00+03"]


def test_a_date_has_no_zone() -> None:
    occurrence = one(a_calendar(an_event("DTSTART;VALUE=DATE;TZID=Europe/Berlin:20260105")))
    assert occurrence.all_day
    assert occurrence.start == date(2026, 1, 5)


LATE = "DTSTART;TZID=America/Los_Angeles:20260105T180000"


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        pytest.param("FREQ=DAILY;UNTIL=20260108T020000Z", [5, 6, 7], id="UNTIL in UTC"),
        pytest.param("FREQ=DAILY;UNTIL=20260108T015959Z", [5, 6], id="UNTIL in UTC, a second too early"),
        pytest.param("FREQ=DAILY;UNTIL=20260107T180000", [5, 6, 7], id="UNTIL in local time"),
        pytest.param("FREQ=DAILY;UNTIL=20260107", [5, 6, 7], id="UNTIL as a date is the end of that day"),
        pytest.param("FREQ=DAILY;INTERVAL=3;COUNT=3", [5, 8, 11], id="INTERVAL"),
        pytest.param("FREQ=WEEKLY;COUNT=3", [5, 12, 19], id="weekly"),
        pytest.param("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3", [5, 7, 12], id="weekly by day, counted"),
        pytest.param(
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU;COUNT=4", [5, 18, 19], id="weeks that begin on Sunday"
        ),
        pytest.param(
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=MO;COUNT=3", [5, 11, 19], id="weeks that begin on Monday"
        ),
        pytest.param("FREQ=DAILY;BYDAY=MO,FR;COUNT=3", [5, 9, 12], id="daily by day"),
        pytest.param("FREQ=MONTHLY;BYDAY=1MO,3MO;COUNT=2", [5, 19], id="monthly by day"),
        pytest.param("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1;COUNT=1", [5, 26], id="last Monday: the start is irregular"),
        pytest.param("freq=daily;count=2", [5, 6], id="in lower case"),
        pytest.param("FREQ=DAILY;COUNT=2;", [5, 6], id="with a semicolon too many"),
    ],
)
def test_a_rule_gives_these_days_in_january(rule: str, days: list[int]) -> None:
    january = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 29, tzinfo=UTC))
    zone = ZoneInfo("America/Los_Angeles")
    found = read(a_calendar(an_event(LATE, f"RRULE:{rule}")), january, zone).occurrences
    assert [occurrence.start.day for occurrence in found] == days


@pytest.mark.parametrize(
    ("start", "rule", "count"),
    [
        pytest.param("19700101T090000Z", "FREQ=DAILY", 365, id="daily for ages"),
        pytest.param("19700131T090000Z", "FREQ=MONTHLY", 7, id="the 31st where there is one"),
        pytest.param("20000229T090000Z", "FREQ=YEARLY", 0, id="a leap day"),
        pytest.param("19700105T090000Z", "FREQ=WEEKLY;UNTIL=99991231T235959Z", 52, id="a far end"),
        pytest.param("19700101T090000Z", "FREQ=YEARLY;BYWEEKNO=20", 1, id="a week's day is that of DTSTART"),
        pytest.param("19700101T090000Z", "FREQ=HOURLY;INTERVAL=12", 730, id="hourly"),
        pytest.param("20260101T090000Z", "FREQ=MINUTELY;INTERVAL=30;COUNT=5", 5, id="minutely, counted"),
        pytest.param("20260101T090000Z", "FREQ=DAILY;BYHOUR=9,12;BYMINUTE=0,30;COUNT=9", 9, id="several a day"),
        pytest.param("20251229T090000Z", "FREQ=YEARLY;BYMONTH=12,1;BYDAY=MO;BYSETPOS=1", 1, id="set positions"),
    ],
)
def test_a_rule_of_long_ago_is_entered_near_the_window(start: str, rule: str, count: int) -> None:
    reading = read(a_calendar(an_event(f"DTSTART:{start}", f"RRULE:{rule}")))
    assert reading.problems == ()
    assert len(reading.occurrences) == count


def test_a_start_that_its_own_rule_does_not_give_is_irregular() -> None:
    reading = read(a_calendar(an_event("DTSTART:20260106T180000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2")))
    assert [(said(o.start)[:10], o.irregular) for o in reading.occurrences] == [
        ("2026-01-06", True),
        ("2026-01-12", False),
        ("2026-01-19", False),
    ]


SERIES = [f"{BERLIN_TIME}20260105T180000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4"]


@pytest.mark.parametrize(
    "exdate",
    [
        "EXDATE;TZID=Europe/Berlin:20260106T180000",
        "EXDATE:20260106T170000Z",
        "EXDATE:20260106T180000",
        "EXDATE;VALUE=DATE:20260106",
        "EXDATE;TZID=America/New_York:20260106T120000,20260301T120000",
        "EXRULE:FREQ=DAILY;INTERVAL=5;COUNT=1\nEXDATE:20260106T170000Z\nRDATE:20260105T170000Z",
    ],
    ids=["same zone", "UTC", "floating", "date", "another zone, several", "with an old EXRULE"],
)
def test_an_instance_is_taken_out_by(exdate: str) -> None:
    days = [start[8:10] for start in starts(a_calendar(an_event(*SERIES, exdate)))]
    assert days in (["05", "07", "08"], ["07", "08"])
    assert ("05" in days) is ("EXRULE" not in exdate)


def test_rdate_adds_times_and_periods_of_their_own_length() -> None:
    added = "RDATE;VALUE=PERIOD:20260301T100000Z/PT3H,20260302T100000Z/20260302T103000Z"
    data = a_calendar(an_event(f"{BERLIN_TIME}20260105T180000", "DURATION:PT1H", added, "RDATE:20260303T100000Z"))
    assert shown(data) == [
        ("2026-01-05 18:00+01", "2026-01-05 19:00+01"),
        ("2026-03-01 11:00+01", "2026-03-01 14:00+01"),
        ("2026-03-02 11:00+01", "2026-03-02 11:30+01"),
        ("2026-03-03 11:00+01", "2026-03-03 12:00+01"),
    ]


def exception(recurrence_id: str, *lines: str) -> str:
    return an_event(f"RECURRENCE-ID{recurrence_id}", *lines)


@pytest.mark.parametrize(
    "recurrence_id",
    [
        ";TZID=Europe/Berlin:20260106T180000",
        ":20260106T170000Z",
        ";TZID=America/New_York:20260106T120000",
        ":20260106T180000",
        ";VALUE=DATE:20260106",
    ],
    ids=["same zone", "UTC", "another zone", "floating", "date"],
)
@pytest.mark.parametrize("first", [True, False], ids=["master first", "exception first"])
def test_an_exception_replaces_its_instance_however_that_is_named(recurrence_id: str, *, first: bool) -> None:
    moved = exception(recurrence_id, "DTSTART:20260106T200000Z", "DURATION:PT2H", "SUMMARY:moved")
    parts = [an_event(*SERIES), moved]
    found = read(a_calendar(*(parts if first else parts[::-1]))).occurrences
    assert [said(o.start) for o in found] == [
        "2026-01-05 18:00+01",
        "2026-01-06 20:00+00",
        "2026-01-07 18:00+01",
        "2026-01-08 18:00+01",
    ]
    assert [o.component for o in found].count(Component.EXCEPTION) == 1
    assert found[1].slot == datetime(2026, 1, 6, 17, tzinfo=UTC)
    assert found[1].summary == "moved"


def test_in_an_all_day_series_a_time_names_the_instance_of_its_day() -> None:
    data = a_calendar(
        an_event("DTSTART;VALUE=DATE:20260105", "RRULE:FREQ=DAILY;COUNT=2"),
        exception(":20260106T000000", "DTSTART;VALUE=DATE:20260110"),
    )
    assert starts(data) == ["2026-01-05", "2026-01-10"]


def test_exceptions_move_into_the_window_and_out_of_it() -> None:
    week = Span(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 8, tzinfo=UTC))
    data = a_calendar(
        an_event("DTSTART:20260105T180000Z", "RRULE:FREQ=WEEKLY"),
        exception(":20260112T180000Z", "DTSTART:20260602T100000Z"),
        exception(":20260601T180000Z", "DTSTART:20260901T100000Z"),
        exception(":20261228T180000Z", "DTSTART:20260603T100000Z", "STATUS:CANCELLED"),
    )
    found = read(data, week).occurrences
    assert [(said(o.start), o.status) for o in found] == [
        ("2026-06-02 10:00+00", Status.CONFIRMED),
        ("2026-06-03 10:00+00", Status.CANCELLED),
    ]


def test_an_exception_for_all_that_follows_moves_the_rest() -> None:
    future = exception(
        ";RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260106T180000",
        f"{BERLIN_TIME}20260106T200000",
        "DURATION:PT2H",
        "SUMMARY:later",
    )
    single = exception(":20260107T170000Z", f"{BERLIN_TIME}20260107T090000", "DURATION:PT1H")
    data = a_calendar(an_event(*SERIES), future, single)
    assert shown(data) == [
        ("2026-01-05 18:00+01", "2026-01-05 19:00+01"),
        ("2026-01-06 20:00+01", "2026-01-06 22:00+01"),
        ("2026-01-07 09:00+01", "2026-01-07 10:00+01"),
        ("2026-01-08 20:00+01", "2026-01-08 22:00+01"),
    ]
    last = read(data).occurrences[-1]
    assert last.slot == datetime(2026, 1, 8, 17, tzinfo=UTC)
    assert (last.component, last.summary) == (Component.SERIES, "later")


def test_an_exception_without_its_series_stands_for_itself() -> None:
    occurrence = one(a_calendar(exception(":20260106T170000Z", "DTSTART:20260106T200000Z")))
    assert occurrence.slot == datetime(2026, 1, 6, 17, tzinfo=UTC)


def test_of_two_events_of_one_name_the_higher_sequence_counts() -> None:
    data = a_calendar(
        an_event("DTSTART:20260106T180000Z", "SEQUENCE:1"), an_event("DTSTART:20280106T180000Z", "SEQUENCE:2")
    )
    assert starts(data) == []


GOOD = an_event("DTSTART:20260105T180000Z", "DURATION:PT1H", uid="good@x")


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        pytest.param(an_event("SUMMARY:x"), "no DTSTART", id="no DTSTART"),
        pytest.param(an_event("DTSTART:tomorrow"), "no date", id="DTSTART is none"),
        pytest.param(an_event("DTSTART:20260230T100000Z"), "no date", id="a day that is none"),
        pytest.param(an_event("DTSTART:00010101T000000Z"), "", id="at the edge of the calendar"),
        pytest.param(an_event("DTSTART:20260105T1800Z"), "no date", id="a time without seconds"),
        pytest.param(an_event("DTSTART:20260105T180000Z", "DTSTART:20260106T180000Z"), "DTSTART more", id="two starts"),
        pytest.param(
            an_event("DTSTART:20260105T180000Z", "DTEND:20260105T190000Z", "DTEND:20260105T200000Z"),
            "DTEND more",
            id="two ends",
        ),
        pytest.param(
            an_event("DTSTART:20260105T180000Z", "DTEND:20260105T170000Z"), "ends before", id="ends before it starts"
        ),
        pytest.param(
            an_event("DTSTART;VALUE=DATE:20260105", "DTEND;VALUE=DATE:20260104"), "ends before", id="days in reverse"
        ),
        pytest.param(an_event("DTSTART:20260105T180000Z", "DURATION:-PT1H"), "negative", id="negative duration"),
        pytest.param(an_event("DTSTART:20260105T180000Z", "DURATION:1h"), "duration", id="a duration that is none"),
        pytest.param(
            an_event("DTSTART;VALUE=DATE:20260105", "DTEND:20260105T170000Z"), "a date and the other", id="mixed ends"
        ),
        pytest.param(
            an_event("DTSTART;TZID=Europe/Berlin:20260105T180000Z"), "at once", id="in UTC and in a zone at once"
        ),
        pytest.param(an_event("DTSTART:20260105T180000Z", "RRULE:FREQ=SOMETIMES"), "frequency", id="no frequency"),
        pytest.param(an_event("DTSTART:20260105T180000Z", "RRULE:every day"), "can't be read", id="no rule"),
        pytest.param(an_event("DTSTART:20260105T180000Z", "RRULE:FREQ=DAILY;INTERVAL=0"), "INTERVAL", id="no interval"),
        pytest.param(
            an_event("DTSTART:20260105T180000Z", "RRULE:FREQ=DAILY;BYEASTER=0"), "not known", id="an unknown part"
        ),
        pytest.param(
            an_event("DTSTART:20260105T180000Z", "RRULE:FREQ=DAILY;BYDAY=XX"), "no day", id="a day of no week"
        ),
        pytest.param(
            an_event("DTSTART:20260105T180000Z", "RRULE:FREQ=DAILY;UNTIL=never"), "UNTIL", id="an end that is none"
        ),
        pytest.param(an_event("DTSTART:20060105T180000Z", "RRULE:FREQ=SECONDLY"), "200", id="every second"),
        pytest.param(an_event("DTSTART:20060105T180000Z", "RRULE:FREQ=MINUTELY"), "200", id="every minute"),
        pytest.param(
            an_event(
                "DTSTART:20060105T180000Z",
                "RRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5,6;BYMINUTE=" + ",".join(map(str, range(60))),
            ),
            "200",
            id="360 a day",
        ),
        pytest.param(
            an_event("DTSTART:19700105T180000Z", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
            "reasonable time",
            id="the 30th of February",
        ),
        pytest.param(
            an_event("DTSTART:19700105T180000Z", "RRULE:FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30"),
            "reasonable time",
            id="the 30th of February, weekly",
        ),
        pytest.param(
            an_event("DTSTART:19700105T180000Z", "RRULE:FREQ=SECONDLY;BYHOUR=3;COUNT=100000000"),
            "reasonable time",
            id="counted seconds of long ago",
        ),
        pytest.param(
            an_event("DTSTART:20260105T180000Z", "RRULE:FREQ=DAILY;COUNT=2", "EXDATE:yesterday"), "EXDATE", id="EXDATE"
        ),
        pytest.param(
            an_event("DTSTART:20260105T180000Z", "RDATE;VALUE=PERIOD:20260301T100000Z/20260301T090000Z"),
            "period",
            id="a period in reverse",
        ),
        pytest.param(
            an_event(*SERIES[:2], "RRULE:FREQ=DAILY;COUNT=1")
            + exception(":20270106T170000Z", "DTSTART:20260601T100000Z"),
            "no occurrence",
            id="an exception to nothing",
        ),
        pytest.param("BEGIN:VEVENT\nUID:open@x\nDTSTART:20260105T180000Z\n", "END:VEVENT", id="never ended"),
    ],
)
def test_a_broken_event_is_named_and_harms_no_other(broken: str, why: str) -> None:
    begun = time.process_time()
    reading = read(a_calendar(GOOD.replace("good", "first"), broken, GOOD))
    assert time.process_time() - begun < 1.5
    uids = {occurrence.uid for occurrence in reading.occurrences}
    assert {"first@x", "good@x"} <= uids
    if why:
        assert [why in problem.why for problem in reading.problems] == [True]
        assert "line " in reading.problems[0].where


def test_events_of_the_first_year_are_no_reason_to_fail() -> None:
    first = Span(datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 9, tzinfo=UTC))
    last = Span(datetime(9999, 12, 24, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
    data = a_calendar(an_event("DTSTART:00010103T000000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"))
    assert len(read(data, first).occurrences) > 1
    assert len(read(data, last).occurrences) > 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"  <html>", "web page"),
        (b"hello\r\n", "no BEGIN:VCALENDAR"),
        (a_calendar(GOOD)[:-20], "cut off"),
        (a_calendar(GOOD) + b"BEGIN:VCALENDAR\r\n", "cut off"),
        (b"END:VCALENDAR\r\nBEGIN:VCALENDAR\r\n", "no BEGIN:VCALENDAR"),
        ("BEGIN:VCALENDAR\r\nX-WR-CALNAME:Müller\r\nEND:VCALENDAR\r\n".encode("latin-1"), "not UTF-8"),
        (a_calendar(GOOD).decode().encode("utf-16"), "not UTF-8"),
        (b"x" * (100 * 1024 * 1024 + 1), "100 MB"),
    ],
    ids=[
        "nothing",
        "only a mark",
        "page",
        "page after blanks",
        "text",
        "cut",
        "second part cut",
        "reversed",
        "Latin-1",
        "UTF-16",
        "large",
    ],
)
def test_what_is_no_calendar_is_said_with_what_to_do(data: bytes, says: str) -> None:
    with pytest.raises(CalendarUnreadable, match=says) as caught:
        read(data)
    assert caught.value.hint


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data, id="as it is"),
        pytest.param(lambda data: b"\xef\xbb\xbf" + data, id="byte order mark"),
        pytest.param(lambda data: data.replace(b"\r\n", b"\n"), id="LF"),
        pytest.param(lambda data: data.replace(b"\r\n", b"\n", 5), id="both line endings"),
        pytest.param(lambda data: data.rstrip(), id="no final newline"),
        pytest.param(lambda data: data + b"\r\n\r\n", id="empty lines behind it"),
        pytest.param(lambda data: b"\r\n" + data, id="empty line before it"),
        pytest.param(lambda data: data.replace(b"SUMMARY:", b"\r\nSUMMARY:"), id="empty line inside"),
        pytest.param(
            lambda data: data.replace(b"SUMMARY", b"summary").replace(b"DTSTART", b"dtstart"), id="lower case"
        ),
        pytest.param(lambda data: data.replace(b"VEVENT", b"vevent").replace(b"BEGIN", b"begin"), id="begin:vevent"),
        pytest.param(lambda data: data.replace(b"VCALENDAR", b"vCalendar"), id="vCalendar"),
        pytest.param(lambda data: data.replace(b"UID", b"UI\r\n D"), id="folded inside a name"),
        pytest.param(lambda data: data.replace(b"BEGIN:VEVENT", b"BEG\r\n IN:VEV\r\n\tENT"), id="folded inside BEGIN"),
        pytest.param(lambda data: data.replace("ş".encode(), b"\xc5\r\n \x9f"), id="folded inside a character"),
        pytest.param(lambda data: data.replace(b"20260105", b"2026\r\n 0105"), id="folded inside a date"),
        pytest.param(lambda data: data.replace(b"DTSTART:", b'DTSTART;X-A="a:b;c":'), id="quoted parameter"),
        pytest.param(lambda data: data.replace(b"SUMMARY", b"a line that is none\r\nSUMMARY"), id="junk line"),
        pytest.param(
            lambda data: data.replace(b"BEGIN:VEVENT", b"BEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\nBEGIN:VEVENT"),
            id="a task",
        ),
        pytest.param(lambda data: data + a_calendar(), id="a second part"),
    ],
)
def test_the_same_event_is_read_from(change) -> None:  # type: ignore[no-untyped-def]
    data = a_calendar(
        an_event(
            "DTSTART:20260105T180000Z",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            "UID:alarm",
            "DURATION:PT5M",
            "SUMMARY:not this",
            "END:VALARM",
            "DURATION:PT1H",
            "BEGIN:X-MORE",
            "BEGIN:X-INNER",
            "SUMMARY:nor this",
            "END:X-INNER",
            "DTSTART:20200101T000000Z",
            "END:X-MORE",
            "SUMMARY:Ayşe",
        )
    )
    occurrence = one(change(data))
    assert (occurrence.uid, occurrence.summary) == ("one@x", "Ayşe")
    assert (said(occurrence.start), said(occurrence.end)) == ("2026-01-05 18:00+00", "2026-01-05 19:00+00")


def test_what_a_person_reads() -> None:
    occurrence = one(
        a_calendar(
            an_event(
                "DTSTART:20260105T180000Z",
                "SUMMARY;LANGUAGE=en:Plan\\, do\\; check \\\\ act",
                "DESCRIPTION:One\\nTwo\\NThree",
                "LOCATION:Room 1",
                "URL:https://meet.example/x;y",
                "CLASS:CONFIDENTIAL",
                "TRANSP:TRANSPARENT",
                "STATUS:TENTATIVE",
                "SEQUENCE:7",
                "LAST-MODIFIED:20260101T080000Z",
                'ORGANIZER;CN="Kaya, Deniz":MAILTO:Deniz@Kaya.example',
                "ATTENDEE;PARTSTAT=declined;CN=Ann^'s:mailto:ann@acme.example",
                "ATTENDEE;CUTYPE=ROOM:mailto:room@acme.example",
                "ATTENDEE;EMAIL=can@acme.example:urn:uuid:1",
                "ATTENDEE:tel:+49",
            )
        )
    )
    assert occurrence.summary == "Plan, do; check \\ act"
    assert occurrence.description == "One\nTwo\nThree"
    assert (occurrence.location, occurrence.url) == ("Room 1", "https://meet.example/x;y")
    assert (occurrence.private, occurrence.transparent, occurrence.status) == (True, True, Status.TENTATIVE)
    assert occurrence.sequence == 7
    assert occurrence.last_modified == datetime(2026, 1, 1, 8, tzinfo=UTC)
    assert occurrence.organizer == Attendee(email="deniz@kaya.example", name="Kaya, Deniz")
    assert [(person.email, person.partstat, person.person) for person in occurrence.attendees] == [
        ("ann@acme.example", "DECLINED", True),
        ("room@acme.example", "NEEDS-ACTION", False),
        ("can@acme.example", "NEEDS-ACTION", True),
    ]
    assert occurrence.attendees[0].name == 'Ann"s'


def test_events_without_a_uid_are_all_listed_and_never_written_to() -> None:
    reading = read(
        a_calendar(an_event("DTSTART:20260105T180000Z", uid=None), an_event("DTSTART:20260106T180000Z", uid=None))
    )
    assert [(o.uid, bool(o.unwritable_why)) for o in reading.occurrences] == [(None, True), (None, True)]


def test_the_window_is_half_open_and_days_are_those_of_the_owner() -> None:
    day = Span(datetime(2026, 3, 2, tzinfo=BERLIN), datetime(2026, 3, 3, tzinfo=BERLIN))
    data = a_calendar(
        an_event(f"{BERLIN_TIME}20260301T230000", "DURATION:PT1H", uid="ends at its start"),
        an_event(f"{BERLIN_TIME}20260302T000000", uid="nothing long, at its start"),
        an_event("DTSTART;VALUE=DATE:20260302", uid="its day"),
        an_event("DTSTART;VALUE=DATE:20260303", uid="the next day"),
        an_event(f"{BERLIN_TIME}20260303T000000", uid="at its end"),
        an_event(
            f"{BERLIN_TIME}20260201T000000", f"{BERLIN_TIME}20260401T000000".replace("DTSTART", "DTEND"), uid="around"
        ),
    )
    found = [occurrence.uid for occurrence in read(data, day, BERLIN).occurrences]
    assert found == ["around", "its day", "nothing long, at its start"]


def test_occurrences_come_by_start_then_by_uid() -> None:
    data = a_calendar(
        an_event("DTSTART:20260105T180000Z", uid="b"),
        an_event("DTSTART;TZID=America/New_York:20260105T120000", uid="c"),
        an_event("DTSTART;TZID=Asia/Tokyo:20260106T030000", uid="a"),
    )
    assert [occurrence.uid for occurrence in read(data).occurrences] == ["c", "a", "b"]


def test_a_cache_tells_the_same_and_serves_a_window_that_moves_on() -> None:
    cache = Cache()
    data = a_calendar(an_event("DTSTART:20260105T180000Z", "RRULE:FREQ=DAILY"), GOOD)
    changed = data.replace(b"180000Z\r\nDURATION", b"190000Z\r\nDURATION")
    for hours, bytes_ in ((0, data), (1, data), (25, changed), (200, changed)):
        start = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(hours=hours)
        window = Span(start, start + timedelta(days=14))
        cached = read_calendar(bytes_, name="work", window=window, zone=ISTANBUL, cache=cache)
        assert cached == read(bytes_, window)
        assert cache.whole is not None
        assert narrowed(cache.whole, window, ISTANBUL) == cached
    assert read(changed, YEAR).version != read(data, YEAR).version
