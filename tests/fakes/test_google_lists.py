"""events.list of the fake: windows, order, deleted ones, pages and filters."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.fakes.google.client import Bare
from tests.fakes.google.people import People
from tests.fakes.google.samples import at, event, every_kind, weekly
from tests.fakes.google.server import Google

MONDAY = {"timeMin": "2026-03-23T00:00:00+01:00", "timeMax": "2026-03-24T00:00:00+01:00"}
WEEK = {"timeMin": "2026-03-22T23:00:00Z", "timeMax": "2026-03-29T22:00:00Z", "singleEvents": True}


@pytest.mark.parametrize("name", ["timeMin", "timeMax", "updatedMin"])
@pytest.mark.parametrize("value", ["2026-03-23T00:00:00", "2026-03-23", "monday", "2026-13-01T00:00:00Z", ""])
def test_a_bound_needs_an_offset(bare: Bare, name: str, value: str) -> None:
    told = bare.list(**{name: value})
    assert (told.code, told.reason) == (400, "global/badRequest")


@pytest.mark.parametrize("upper", ["2026-03-23T00:00:00Z", "2026-03-22T00:00:00Z", "2026-03-23T01:00:00+01:00"])
def test_a_window_that_is_empty_is_refused(bare: Bare, upper: str) -> None:
    told = bare.list(timeMin="2026-03-23T00:00:00Z", timeMax=upper)
    assert (told.code, told.reason) == (400, "calendar/timeRangeEmpty")
    assert told.body["error"]["errors"][0]["location"] == "timeMax"


def test_what_is_below_a_second_is_dropped(bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 9), id="call"))
    assert bare.list(timeMin="2026-03-23T08:59:59.999Z", timeMax="2026-03-24T00:00:00Z").ids == ["call"]
    assert bare.list(timeMin="2026-03-23T09:00:00.000Z", timeMax="2026-03-24T00:00:00Z").ids == []
    assert bare.list(timeMin="2026-03-23T09:00:00.999Z", timeMax="2026-03-23T09:00:01Z").ids == []


def test_the_window_bounds_ends_from_below_and_starts_from_above(bare: Bare, calendar: People) -> None:
    for name, start, minutes in (
        ("ends with it", at(22, 23), 60),
        ("reaches in", at(22, 23), 61),
        ("at its start", at(23, 0), 0),
        ("last minute", at(23, 23, 59), 60),
        ("starts with its end", at(24, 0), 60),
    ):
        calendar.put(event(start, minutes, summary=name))
    assert [item["summary"] for item in bare.list(**MONDAY).body["items"]] == ["reaches in", "last minute"]


def test_a_whole_day_is_one_in_the_calendars_zone(google: Google, bare: Bare) -> None:
    calendar = google.calendar("tokyo@group.calendar.google.com", time_zone="Asia/Tokyo")
    calendar.put({"summary": "Off", "start": date(2026, 3, 23), "end": date(2026, 3, 24), "id": "off00"})
    path = "/calendar/v3/calendars/tokyo%40group.calendar.google.com/events"
    assert bare.ask("GET", path, timeMin="2026-03-23T15:00:00Z", timeMax="2026-03-24T15:00:00Z").ids == []
    assert bare.ask("GET", path, timeMin="2026-03-22T14:00:00Z", timeMax="2026-03-22T15:00:01Z").ids == ["off00"]


def test_order_by_start_needs_single_events(bare: Bare, calendar: People) -> None:
    told = bare.list(orderBy="startTime")
    assert (told.code, told.reason) == (400, "global/invalid")
    assert told.body["error"]["errors"][0]["location"] == "orderBy"
    assert "requested ordering is not available" in told.body["error"]["message"]
    calendar.put(event(at(24, 9), id="later"))
    calendar.put(event(at(23, 9), id="sooner"))
    assert bare.list().ids == ["later", "sooner"]
    assert bare.list(orderBy="startTime", singleEvents=True).ids == ["sooner", "later"]
    calendar.edit("later", summary="Moved")
    assert bare.list(orderBy="updated").ids == ["sooner", "later"]


def test_single_events_are_instances_and_never_their_series(bare: Bare, calendar: People) -> None:
    calendar.put(weekly(at(23, 10)))
    calendar.edit("weekly_20260330T080000Z", summary="Longer")
    two_weeks = WEEK | {"timeMax": "2026-04-05T22:00:00Z"}
    assert bare.list(**two_weeks).ids == ["weekly_20260323T090000Z", "weekly_20260330T080000Z"]
    assert bare.list(**two_weeks | {"singleEvents": False}).ids == ["weekly", "weekly_20260330T080000Z"]


def deleted_ones(calendar: People) -> None:
    calendar.put(event(at(23, 9), id="single"))
    calendar.put(weekly(at(24, 10)))
    calendar.put(weekly(at(25, 10), "gone"))
    calendar.delete("single")
    calendar.delete("weekly_20260324T090000Z")
    calendar.delete("gone")


@pytest.mark.parametrize(
    ("shows", "single", "ids"),
    [
        (False, True, []),
        (None, True, []),
        (None, False, ["weekly", "weekly_20260324T090000Z"]),
        (False, False, ["weekly"]),
        (True, True, ["single", "weekly_20260324T090000Z", "gone_20260325T090000Z"]),
        (True, False, ["single", "weekly", "gone", "weekly_20260324T090000Z"]),
    ],
)
def test_what_was_deleted_is_shown_where_it_is_asked_for(
    bare: Bare, calendar: People, shows: bool | None, single: bool, ids: list[str]
) -> None:
    deleted_ones(calendar)
    asked = {} if shows is None else {"showDeleted": shows}
    assert bare.list(**WEEK | {"singleEvents": single} | asked).ids == ids


def test_a_cancelled_instance_tells_only_whose_it_was(bare: Bare, calendar: People) -> None:
    deleted_ones(calendar)
    every = {item["id"]: item for item in bare.list(**WEEK, showDeleted=True).body["items"]}
    assert set(every["weekly_20260324T090000Z"]) == {
        "kind",
        "etag",
        "id",
        "status",
        "recurringEventId",
        "originalStartTime",
    }
    assert every["single"]["summary"] == "Call"  # the organizer can undelete it


def test_a_guests_deleted_copy_tells_only_its_id(bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 9), id="invited", organizer={"email": "boss@corp.example"}))
    calendar.delete("invited")
    assert set(bare.list(showDeleted=True).body["items"][0]) == {"kind", "etag", "id", "status"}


def test_a_copy_that_was_taken_away_can_lie_about_its_time(bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 9), id="invited", organizer={"email": "boss@corp.example"}))
    calendar.delete("invited", wrong_times=True)
    assert bare.list(**WEEK, showDeleted=True).ids == []
    told = bare.get("invited").body
    assert told["status"] == "cancelled"
    assert told["start"]["dateTime"] < "2020"


def test_a_deleted_event_is_forgotten_after_a_month(google: Google, bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 9), id="single"))
    calendar.delete("single")
    assert bare.get("single").body["status"] == "cancelled"
    google.sleep(timedelta(days=31).total_seconds())
    later = Bare(google)
    assert later.list(showDeleted=True).ids == []
    assert later.get("single").code == 404
    calendar.put(event(at(23, 9), id="other"))
    calendar.delete("other", purged=True)
    assert later.get("other").code == 404


def pages(bare: Bare, **query: Any) -> list[list[str]]:
    found: list[list[str]] = []
    token: dict[str, str] = {}
    while True:
        told = bare.list(**query, **token)
        found.append(told.ids)
        assert ("nextPageToken" in told.body) != ("nextSyncToken" in told.body)
        if "nextPageToken" not in told.body:
            return found
        token = {"pageToken": told.body["nextPageToken"]}


@pytest.fixture
def seven(calendar: People) -> list[str]:
    return [calendar.put(event(at(23, 9 + hour)))["id"] for hour in range(7)]


def test_pages_hold_as_many_as_were_asked_for(bare: Bare, seven: list[str]) -> None:
    assert [len(page) for page in pages(bare, maxResults=3)] == [3, 3, 1]
    assert pages(bare) == [seven]
    assert bare.list(maxResults=5000).code == 200


def test_pages_may_be_short_and_empty_before_the_last(google: Google, bare: Bare, seven: list[str]) -> None:
    google.habits.on("small pages")
    google.habits.on("empty pages")
    found = pages(bare)
    assert [len(page) for page in found] == [0, 1, 0, 3, 0, 2, 0, 1, 0]
    assert [name for page in found for name in page] == seven


def test_pages_are_cut_from_one_look(bare: Bare, calendar: People, seven: list[str]) -> None:
    first = bare.list(maxResults=4)
    calendar.delete(seven[0])
    calendar.put(event(at(23, 8)))
    rest = bare.list(maxResults=4, pageToken=first.body["nextPageToken"])
    assert first.ids + rest.ids == seven


def test_a_page_token_is_for_the_same_question(google: Google, bare: Bare, seven: list[str]) -> None:
    google.calendar("b@group.calendar.google.com")
    token = bare.list(maxResults=4).body["nextPageToken"]
    other = "/calendar/v3/calendars/b%40group.calendar.google.com/events"
    for told in (
        bare.list(maxResults=4, pageToken=token, showDeleted=True),
        bare.list(pageToken=token),
        bare.list(maxResults=4, pageToken="nonsense"),
        bare.ask("GET", other, maxResults=4, pageToken=token),
    ):
        assert (told.code, told.reason) == (400, "global/invalid")
        assert told.body["error"]["errors"][0]["location"] == "pageToken"


def test_filters(google: Google, bare: Bare, calendar: People) -> None:
    marked: dict[str, Any] = {"extendedProperties": {"private": {"calsync": "A"}, "shared": {"team": "x"}}}
    calendar.put(event(at(23, 9), id="marked", iCalUID="u1", **marked))
    calendar.put(event(at(23, 10), id="focus", eventType="focusTime", description="Deep Work"))
    assert bare.list(privateExtendedProperty="calsync=A").ids == ["marked"]
    assert bare.list(privateExtendedProperty="calsync=a").ids == []
    assert bare.list(privateExtendedProperty="calsync=A", sharedExtendedProperty="team=y").ids == []
    assert bare.list(privateExtendedProperty="calsync").reason == "global/invalid"
    assert bare.list(iCalUID="u1").ids == ["marked"]
    assert bare.list(eventTypes="default").ids == ["marked"]
    assert bare.list(eventTypes=["default", "focusTime"]).ids == ["marked", "focus"]
    assert bare.list(q="deep").ids == ["focus"]
    assert google.wrongs == []
    bare.list(privateExtendedProperty=["calsync=A", "other=B"])
    assert len(google.forgive()) == 1


def test_only_what_changed_since_is_listed_deleted_ones_too(google: Google, bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 9), id="old"))
    calendar.put(event(at(23, 9), id="removed"))
    google.sleep(3600)
    since = google.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    calendar.put(event(at(23, 10), id="young"))
    calendar.delete("removed")
    assert Bare(google).list(updatedMin=since).ids == ["removed", "young"]
    told = Bare(google).list(updatedMin="2026-02-01T00:00:00Z")
    assert (told.code, told.reason) == (410, "calendar/updatedMinTooLongAgo")


def test_a_list_says_what_the_calendar_is_and_its_items_stand_in_its_zone(bare: Bare, calendar: People) -> None:
    calendar.put(
        {"id": "call", "start": {"dateTime": "2026-03-23T09:00:00Z"}, "end": {"dateTime": "2026-03-23T09:30:00Z"}}
    )
    told = bare.list().body
    assert (told["timeZone"], told["accessRole"]) == ("Europe/Berlin", "owner")
    assert {"etag", "updated", "defaultReminders", "summary"} <= set(told)
    assert told["items"][0]["start"] == {"dateTime": "2026-03-23T10:00:00+01:00"}
    assert bare.list(timeZone="Asia/Tokyo").body["items"][0]["start"] == {"dateTime": "2026-03-23T18:00:00+09:00"}


def test_a_list_that_did_not_change_can_be_left_unsaid(google: Google, bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 9), id="call"))
    version = bare.list(**WEEK).body["etag"]
    assert bare.ask("GET", "events", headers={"If-None-Match": version}, **WEEK).code == 304
    calendar.edit("call", summary="Moved")
    assert bare.ask("GET", "events", headers={"If-None-Match": version}, **WEEK).code == 200


def test_times_of_a_calendar_in_utc_end_in_z(google: Google, bare: Bare) -> None:
    google.calendar("utc@group.calendar.google.com", time_zone="UTC").put(event(at(23, 10)))
    item = bare.ask("GET", "/calendar/v3/calendars/utc%40group.calendar.google.com/events").body["items"][0]
    assert item["start"]["dateTime"] == "2026-03-23T09:00:00Z"


def test_odd_events_look_as_they_do_at_google(bare: Bare, calendar: People) -> None:
    every_kind(calendar, at(23, 10))
    shown = {item["summary"]: item for item in bare.list().body["items"] if "summary" in item}
    assert shown["room call"]["attendees"][0]["resource"] is True
    assert "self" not in shown["invited call"]["organizer"]
    assert shown["invited call"]["attendees"][0]["self"] is True
    assert shown["declined call"]["attendees"][0]["responseStatus"] == "declined"
    hidden = shown["guests hidden call"]
    assert (hidden["attendeesOmitted"], [guest["email"] for guest in hidden["attendees"]]) == (True, [calendar.id])
    assert len(shown["long call"]["description"]) == 8192
    assert shown["all day call"]["start"] == {"date": "2026-03-23"}
    assert shown["no end call"]["endTimeUnspecified"] is True
    assert shown["of a kind yet unknown call"]["eventType"] == "moonPhase"
    assert shown["transparent call"]["transparency"] == "transparent"
    assert "transparency" not in shown["plain call"]
    assert len(bare.list().ids) == len(shown) + 1  # one has no summary


def test_too_many_guests_are_left_out(bare: Bare, calendar: People) -> None:
    guests = [{"email": calendar.id}, {"email": "ada@acme.example"}, {"email": "bo@acme.example"}]
    calendar.put(event(at(23, 9), attendees=guests))
    item = bare.list(maxAttendees=2).body["items"][0]
    assert (item["attendeesOmitted"], len(item["attendees"])) == (True, 1)
    assert "attendeesOmitted" not in bare.list(maxAttendees=3).body["items"][0]
