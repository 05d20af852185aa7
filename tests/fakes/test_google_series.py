"""Series at the fake: ids, zones and clock changes, splits, and what a rule may not be."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import recurring_ical_events  # type: ignore[import-untyped]
from icalendar import Calendar

from tests.fakes.google.client import Bare
from tests.fakes.google.people import People
from tests.fakes.google.samples import BERLIN, at, body, event, weekly
from tests.fakes.google.server import Google

SPRING = {"timeMin": "2026-03-22T23:00:00Z", "timeMax": "2026-04-30T22:00:00Z", "singleEvents": True}


def starts(bare: Bare, **more: Any) -> dict[str, str]:
    items = bare.list(**SPRING | more).body["items"]
    return {item["id"]: item.get("start", {}).get("dateTime", "") for item in items}


def test_an_instance_keeps_its_hour_on_the_wall_over_a_clock_change(bare: Bare, calendar: People) -> None:
    calendar.put(weekly(at(24, 10), recurrence=["RRULE:FREQ=WEEKLY;COUNT=2"]))
    assert starts(bare) == {
        "weekly_20260324T090000Z": "2026-03-24T10:00:00+01:00",
        "weekly_20260331T080000Z": "2026-03-31T10:00:00+02:00",
    }


def test_a_start_that_the_clocks_skip_is_moved_forward(bare: Bare, calendar: People) -> None:
    calendar.put(weekly(at(28, 2, 30), "night", recurrence=["RRULE:FREQ=DAILY;COUNT=3"]))
    assert list(starts(bare).values()) == [
        "2026-03-28T02:30:00+01:00",
        "2026-03-29T03:30:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


def test_an_instance_is_named_by_where_it_was_even_when_it_moves(bare: Bare, calendar: People) -> None:
    calendar.put(weekly(at(24, 10)))
    calendar.move("weekly_20260324T090000Z", at(25, 15))
    told = bare.get("weekly_20260324T090000Z").body
    assert told["start"]["dateTime"] == "2026-03-25T15:00:00+01:00"
    assert told["end"]["dateTime"] == "2026-03-25T16:00:00+01:00"
    assert told["originalStartTime"]["dateTime"] == "2026-03-24T10:00:00+01:00"
    assert (told["recurringEventId"], told["iCalUID"]) == ("weekly", "weekly@google.com")


def test_a_whole_day_is_stamped_with_its_day(bare: Bare, calendar: People) -> None:
    calendar.put(
        {
            "id": "days0",
            "start": date(2026, 3, 24),
            "end": date(2026, 3, 25),
            "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"],
        }
    )
    assert list(starts(bare)) == ["days0_20260324", "days0_20260325"]
    assert bare.get("days0_20260325").body["end"] == {"date": "2026-03-26"}


def test_rdates_exdates_and_an_end_are_kept(bare: Bare, calendar: People) -> None:
    rules = [
        "RRULE:FREQ=WEEKLY;UNTIL=20260414T080000Z",
        "EXDATE;TZID=Europe/Berlin:20260331T100000",
        "RDATE:20260402T120000Z",
    ]
    calendar.put(weekly(at(24, 10), recurrence=rules))
    assert list(starts(bare, orderBy="startTime")) == [
        "weekly_20260324T090000Z",
        "weekly_20260402T120000Z",
        "weekly_20260407T080000Z",
        "weekly_20260414T080000Z",
    ]


@pytest.mark.parametrize("stamp", ["20260325T090000Z", "20260324", "20250324T090000Z"])
def test_an_instance_that_the_rule_does_not_mean_is_not_found(bare: Bare, calendar: People, stamp: str) -> None:
    calendar.put(weekly(at(24, 10)))
    assert bare.get(f"weekly_{stamp}").code == 404


def test_a_patched_instance_is_an_exception_of_its_own(bare: Bare, calendar: People) -> None:
    series = calendar.put(weekly(at(24, 10)))
    told = bare.patch("weekly_20260331T080000Z", {"description": "Agenda"})
    assert told.body["recurringEventId"] == "weekly"
    assert told.body["etag"] != series["etag"]
    assert bare.get("weekly").body["etag"] == series["etag"]
    assert "description" not in bare.get("weekly_20260324T090000Z").body
    assert bare.list().ids == ["weekly", "weekly_20260331T080000Z"]


def test_instances_of_one_series_are_listed_by_themselves(bare: Bare, calendar: People) -> None:
    calendar.put(weekly(at(24, 10), recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"]))
    calendar.delete("weekly_20260331T080000Z")
    assert bare.ask("GET", "events/weekly/instances").ids == ["weekly_20260324T090000Z", "weekly_20260407T080000Z"]
    assert len(bare.ask("GET", "events/weekly/instances", showDeleted=True, maxResults=2).ids) == 2
    later = bare.ask("GET", "events/weekly/instances", timeMin="2026-04-01T00:00:00Z")
    assert later.ids == ["weekly_20260407T080000Z"]
    calendar.put(event(at(23, 9), id="single"))
    assert bare.ask("GET", "events/single/instances").code == 400


def test_a_split_gives_the_rest_another_name_and_copies_private_marks(bare: Bare, calendar: People) -> None:
    mark = {"private": {"calsync": "weekly 2026-04-14T08:00Z"}}
    calendar.put(weekly(at(24, 10), extendedProperties={"private": {"theme": "x"}}))
    calendar.edit("weekly_20260414T080000Z", extendedProperties=mark, description="Agenda")
    tail = calendar.split("weekly", at(7, 10, month=4))
    assert tail["id"] == "weekly_R20260407T080000"
    assert tail["iCalUID"] == "weekly_R20260407T080000@google.com"
    assert bare.get("weekly").body["recurrence"] == ["RRULE:FREQ=WEEKLY;UNTIL=20260407T075959Z"]
    assert list(starts(bare, orderBy="startTime")) == [
        "weekly_20260324T090000Z",
        "weekly_20260331T080000Z",
        "weekly_R20260407T080000_20260407T080000Z",
        "weekly_R20260407T080000_20260414T080000Z",
        "weekly_R20260407T080000_20260421T080000Z",
        "weekly_R20260407T080000_20260428T080000Z",
    ]
    copied = bare.get("weekly_R20260407T080000_20260414T080000Z").body
    assert copied["extendedProperties"]["private"]["calsync"] == "weekly 2026-04-14T08:00Z"
    assert bare.get("weekly_R20260407T080000_20260421T080000Z").body["extendedProperties"] == {
        "private": {"theme": "x"}
    }
    assert bare.get("weekly_20260407T080000Z").body["status"] == "cancelled"
    assert bare.get("weekly_20260414T080000Z").body["status"] == "cancelled"


def test_a_split_series_that_is_counted_goes_on_counting(bare: Bare, calendar: People) -> None:
    calendar.put(weekly(at(24, 10), recurrence=["RRULE:FREQ=WEEKLY;COUNT=4"]))
    calendar.split("weekly", at(7, 10, month=4))
    assert len(starts(bare)) == 4


def test_a_series_of_days_is_split_at_a_day(bare: Bare, calendar: People) -> None:
    days = {"start": date(2026, 3, 24), "end": date(2026, 3, 25), "recurrence": ["RRULE:FREQ=DAILY;UNTIL=20260327"]}
    calendar.put({"id": "days0", **days})
    assert calendar.split("days0", date(2026, 3, 26))["id"] == "days0_R20260326"
    assert bare.get("days0").body["recurrence"] == ["RRULE:FREQ=DAILY;UNTIL=20260325"]
    assert list(starts(bare)) == [
        "days0_20260324",
        "days0_20260325",
        "days0_R20260326_20260326",
        "days0_R20260326_20260327",
    ]
    calendar.move("days0_20260324", date(2026, 3, 22))
    assert bare.get("days0_20260324").body["start"] == {"date": "2026-03-22"}


def test_an_instance_of_the_rest_can_return_to_its_first_name(bare: Bare, calendar: People) -> None:
    calendar.put(weekly(at(24, 10)))
    calendar.split("weekly", at(7, 10, month=4))
    calendar.move("weekly_R20260407T080000_20260414T080000Z", at(14, 15, month=4))
    told = calendar.rename("weekly_R20260407T080000_20260414T080000Z")
    assert told["id"] == "weekly_20260414T080000Z"
    found = starts(bare)
    assert found["weekly_20260414T080000Z"] == "2026-04-14T15:00:00+02:00"
    assert "weekly_R20260407T080000_20260414T080000Z" not in found


def test_a_moved_event_leaves_a_bare_trace(google: Google, bare: Bare, calendar: People) -> None:
    other = google.calendar("work@group.calendar.google.com")
    calendar.put(event(at(23, 9), id="call0", iCalUID="u@x"))
    moved = calendar.transfer("call0", other)
    assert set(bare.get("call0").body) == {"kind", "etag", "id", "status"}
    assert (moved["iCalUID"], moved["organizer"]["email"]) == ("u@x", "work@group.calendar.google.com")


def test_a_deleted_series_takes_everything_along(bare: Bare, calendar: People) -> None:
    calendar.put(weekly(at(24, 10)))
    calendar.edit("weekly_20260331T080000Z", summary="Longer")
    calendar.delete("weekly")
    assert starts(bare) == {}
    assert {item["status"] for item in bare.list(**SPRING, showDeleted=True).body["items"]} == {"cancelled"}
    assert bare.get("weekly_20260407T080000Z").body["status"] == "cancelled"


ZONED = {
    "start": {"dateTime": "2026-03-24T10:00:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-03-24T11:00:00", "timeZone": "Europe/Berlin"},
}


@pytest.mark.parametrize(
    "changed",
    [
        {"recurrence": ["DTSTART:20260324T100000"]},
        {"recurrence": ["FREQ=WEEKLY"]},
        {"recurrence": ["RRULE:FREQ=SOMETIMES"]},
        {"recurrence": ["RRULE:FREQ=WEEKLY;UNTIL=20260414T100000"]},
        {"recurrence": ["RRULE:FREQ=WEEKLY;UNTIL=20260414"]},
        {"recurrence": ["RRULE:FREQ=WEEKLY"], "start": {"dateTime": "2026-03-24T09:00:00Z"}},
    ],
    ids=["dtstart", "bare-rule", "unknown", "local-until", "day-until", "no-zone"],
)
def test_a_rule_that_google_does_not_take_is_refused(bare: Bare, changed: dict[str, Any]) -> None:
    told = bare.insert(body(at(24, 10)) | ZONED | changed)
    assert (told.code, told.reason) == (400, "global/invalid")


def test_a_good_rule_is_taken(bare: Bare) -> None:
    assert bare.insert(body(at(24, 10)) | ZONED | {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]}).code == 200
    assert list(starts(bare)) == ["cs00001_20260324T090000Z", "cs00001_20260331T080000Z"]


RULES = [
    "RRULE:FREQ=DAILY;INTERVAL=3;COUNT=20",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;UNTIL=20261120T090000Z",
    "RRULE:FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,SU;COUNT=30",
    "RRULE:FREQ=MONTHLY;BYMONTHDAY=31",
    "RRULE:FREQ=MONTHLY;BYDAY=-1FR",
    "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_means_what_it_means_to_icalendar(bare: Bare, calendar: People, rule: str) -> None:
    calendar.put(weekly(at(24, 10), recurrence=[rule]))
    window = {"timeMin": "2026-03-01T00:00:00Z", "timeMax": "2029-01-01T00:00:00Z", "singleEvents": True}
    found = [item["start"]["dateTime"] for item in bare.list(maxResults=2500, **window).body["items"]]
    text = f"""BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:weekly\r\nDTSTAMP:20260301T000000Z\r
DTSTART;TZID=Europe/Berlin:20260324T100000\r\nDTEND;TZID=Europe/Berlin:20260324T110000\r
{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"""
    expanded = recurring_ical_events.of(Calendar.from_ical(text)).between(
        at(1, 0), at(1, 1, month=1).replace(year=2029)
    )
    wanted = sorted(one.start.astimezone(BERLIN).isoformat() for one in expanded)
    first = "2026-03-24T10:00:00+01:00"  # Google counts the start in even where its rule doesn't
    assert sorted({first, *wanted}) == sorted(found)
