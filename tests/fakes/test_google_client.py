"""Google's own client library against the fake: a round trip of every method that calsync uses."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from tests.fakes.google.client import service
from tests.fakes.google.server import Google

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_week_is_listed_with_the_instances_of_series(google: Google) -> None:
    calendar = google.calendar()
    one = calendar.put(
        {
            "start": datetime(2026, 3, 23, 10, tzinfo=BERLIN),
            "end": datetime(2026, 3, 23, 11, tzinfo=BERLIN),
        }
    )
    calendar.put(
        {
            "id": "weekly",
            "start": datetime(2026, 3, 24, 10, tzinfo=BERLIN),
            "end": datetime(2026, 3, 24, 11, tzinfo=BERLIN),
            "recurrence": ["RRULE:FREQ=WEEKLY"],
        }
    )
    with service(google) as api:
        page = (
            api.events()
            .list(
                calendarId="primary",
                timeMin="2026-03-20T00:00:00Z",
                timeMax="2026-04-01T00:00:00Z",
                singleEvents=True,
                orderBy="startTime",
            )
            .execute()
        )
    # the clocks go forward on the 29th: the same hour in Berlin is another one in UTC
    assert [item["id"] for item in page["items"]] == [
        one["id"],
        "weekly_20260324T090000Z",
        "weekly_20260331T080000Z",
    ]


def test_an_event_is_inserted_patched_and_deleted(google: Google) -> None:
    body = {
        "id": "cs0001",
        "start": {"dateTime": "2026-03-23T09:00:00Z"},
        "end": {"dateTime": "2026-03-23T10:00:00Z"},
    }
    where = {"calendarId": "primary", "sendUpdates": "none"}
    with service(google) as api:
        asked = api.events()
        inserted = asked.insert(**where, body=body).execute()
        patch = asked.patch(**where, eventId="cs0001", body={"description": "Agenda"})
        patch.headers["If-Match"] = inserted["etag"]
        patched = patch.execute()
        delete = asked.delete(**where, eventId="cs0001")
        delete.headers["If-Match"] = patched["etag"]
        delete.execute()
        left = asked.get(calendarId="primary", eventId="cs0001").execute()
    assert patched["description"] == "Agenda"
    assert patched["etag"] != inserted["etag"]
    assert left["status"] == "cancelled"
    assert google.calendar().events() == []
    assert [request.call for request in google.calls()] == [
        "events.insert",
        "events.patch",
        "events.delete",
        "events.get",
    ]


def test_calendars_are_listed_and_looked_up(google: Google) -> None:
    google.calendar("team@group.calendar.google.com", access_role="reader")
    with service(google) as api:
        every = api.calendarList().list().execute()["items"]
        one = api.calendarList().get(calendarId="team@group.calendar.google.com").execute()
    assert {entry["id"]: entry["accessRole"] for entry in every} == {
        "deniz@kaya.example": "owner",
        "team@group.calendar.google.com": "reader",
    }
    assert one["timeZone"] == "Europe/Istanbul"
