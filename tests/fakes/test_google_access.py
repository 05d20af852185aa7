"""What the fake takes at all: methods, parameters and fields of the discovery documents, calendars and roles."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.google.client import Bare
from tests.fakes.google.people import People
from tests.fakes.google.samples import at, body, event
from tests.fakes.google.server import CALENDAR, GMAIL, Google

BASE = "/calendar/v3/calendars/primary"
EVENTS = "https://www.googleapis.com/auth/calendar.events"
READ = "https://www.googleapis.com/auth/calendar.events.readonly"
OWNED = "https://www.googleapis.com/auth/calendar.events.owned"


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("POST", f"{BASE}/events/quickAdd?text=x"),
        ("POST", f"{BASE}/events/import"),
        ("POST", f"{BASE}/events/watch"),
        ("POST", f"{BASE}/clear"),
        ("GET", f"{BASE}/acl"),
        ("POST", "/calendar/v3/calendars"),
        ("DELETE", BASE),
        ("POST", "/calendar/v3/freeBusy"),
        ("GET", "/calendar/v3/users/me/settings"),
        ("GET", "/gmail/v1/users/me/messages"),
    ],
)
def test_a_method_that_calsync_has_no_use_for_is_refused_and_noticed(
    google: Google, bare: Bare, verb: str, path: str
) -> None:
    told = bare.ask(verb, path)
    assert (told.code, told.reason) == (403, "global/forbidden")
    assert "is nothing that calsync does" in google.forgive()[0]


@pytest.mark.parametrize("path", ["/calendar/v3/nothing", f"{BASE}/events/a/b", "/drive/v3/files", "/"])
def test_a_path_that_no_document_knows_is_refused_and_noticed(google: Google, bare: Bare, path: str) -> None:
    assert bare.ask("GET", path).code == 404
    assert len(google.forgive()) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"singleEvent": True},
        {"calendarId": "primary"},
        {"timeMin": ["2026-03-20T00:00:00Z", "2026-03-21T00:00:00Z"]},
    ],
    ids=["misspelt", "of-the-path", "twice"],
)
def test_a_parameter_that_the_document_does_not_know_is_noticed(
    google: Google, bare: Bare, query: dict[str, Any]
) -> None:
    told = bare.list(**query)
    assert (told.code, told.reason) == (400, "global/badRequest")
    assert len(google.forgive()) == 1


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"singleEvents": "yes"}, "invalidParameter"),
        ({"maxResults": "many"}, "invalidParameter"),
        ({"maxResults": 0}, "invalidParameter"),
        ({"maxAttendees": -1}, "invalidParameter"),
        ({"orderBy": "summary"}, "invalid"),
        ({"eventTypes": ["default", "call"]}, "invalid"),
        ({"timeZone": "Europe/Nowhere"}, "invalid"),
        ({"fields": "items(id,colour)"}, "invalidParameter"),
        ({"fields": "items(id"}, "invalidParameter"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)
def test_a_parameter_with_an_impossible_value_is_refused(bare: Bare, query: dict[str, Any], reason: str) -> None:
    told = bare.list(**query)
    assert (told.code, told.reason) == (400, f"global/{reason}")


@pytest.mark.parametrize(
    "wrong",
    [
        {"sumary": "x"},
        {"start": {"datetime": "2026-03-23T09:00:00Z"}},
        {"summary": 5},
        {"attendees": {"email": "a@acme.example"}},
        {"reminders": {"useDefault": "true"}},
        {"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": "10"}]}},
        {"extendedProperties": {"private": {"n": 1}}},
        {"extendedProperties": {"secret": {"n": "1"}}},
        {"recurrence": "RRULE:FREQ=DAILY"},
        {"sequence": True},
    ],
    ids=str,
)
def test_a_body_with_a_field_or_type_that_is_not_in_the_document_is_noticed(
    google: Google, bare: Bare, wrong: dict[str, Any]
) -> None:
    assert bare.insert(body(at(23, 10)) | wrong).code == 400
    assert len(google.forgive()) == 1
    assert google.calendar().events() == []


@pytest.mark.parametrize(
    ("sent", "kind"),
    [(b"{", "application/json"), (b"[]", "application/json"), (b"", "application/json"), (b"{}", "text/plain")],
    ids=["broken", "a-list", "empty", "text"],
)
def test_a_body_that_is_not_an_object_of_json_is_a_parse_error(bare: Bare, sent: bytes, kind: str) -> None:
    told = bare.ask("POST", "events", sent, {"Content-Type": kind}, sendUpdates="none")
    assert (told.code, told.reason) == (400, "global/parseError")


def test_a_partial_answer_holds_what_was_asked_for(bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 10), id="call", attendees=[{"email": "ada@acme.example"}], description="x"))
    told = bare.list(fields="timeZone,items(id,start/dateTime,attendees(email))")
    assert told.body == {
        "timeZone": "Europe/Berlin",
        "items": [
            {
                "id": "call",
                "start": {"dateTime": "2026-03-23T10:00:00+01:00"},
                "attendees": [{"email": "ada@acme.example"}],
            }
        ],
    }
    assert set(bare.get("call", fields="*").body) == set(bare.get("call").body)


@pytest.mark.parametrize(
    ("scopes", "read", "write"),
    [
        ([], 403, 403),
        (GMAIL, 403, 403),
        ([CALENDAR[1]], 403, 403),
        ([READ], 200, 403),
        ([OWNED], 200, 200),
        ([EVENTS], 200, 200),
    ],
    ids=["none", "mail", "list", "reading", "own", "events"],
)
def test_a_scope_opens_what_the_document_says(google: Google, scopes: list[str], read: int, write: int) -> None:
    bare = Bare(google, scopes)
    assert bare.list().code == read
    wrote = bare.insert(body(at(23, 10)))
    assert wrote.code == write
    if write == 403:
        assert wrote.reason == "global/insufficientPermissions"


def test_the_scope_for_own_calendars_is_none_for_somebody_elses(google: Google) -> None:
    google.calendar("boss@corp.example", access_role="owner", data_owner="boss@corp.example")
    path = "/calendar/v3/calendars/boss%40corp.example/events"
    assert Bare(google, [OWNED]).ask("GET", path).reason == "global/insufficientPermissions"
    assert Bare(google, [EVENTS]).ask("GET", path).code == 200


def test_a_calendar_is_found_by_its_alias_and_by_its_encoded_address(
    google: Google, bare: Bare, calendar: People
) -> None:
    calendar.put(event(at(23, 10), id="call"))
    google.calendar("en.german#holiday@group.v.calendar.google.com", access_role="reader")
    assert bare.list().ids == ["call"]
    assert bare.ask("GET", "/calendar/v3/calendars/deniz%40kaya.example/events").ids == ["call"]
    holidays = "/calendar/v3/calendars/en.german%23holiday%40group.v.calendar.google.com/events"
    assert bare.ask("GET", holidays).ids == []
    assert bare.ask("GET", "/calendar/v3/calendars/deniz@kaya.example/events").code == 404
    assert google.forgive() != []


def test_a_calendar_that_is_not_there_is_not_found(bare: Bare) -> None:
    told = bare.ask("GET", "/calendar/v3/calendars/nobody%40acme.example/events")
    assert (told.code, told.reason) == (404, "global/notFound")


@pytest.mark.parametrize("role", ["reader", "freeBusyReader"])
def test_a_calendar_shared_for_reading_is_not_written_to(google: Google, bare: Bare, role: str) -> None:
    shared = google.calendar("team@group.calendar.google.com", access_role=role)
    standing = shared.put(event(at(23, 10), id="call"))
    path = "/calendar/v3/calendars/team%40group.calendar.google.com/events"
    for verb, below, sent in (
        ("POST", "", body(at(23, 10))),
        ("PATCH", "/call", {"description": "x"}),
        ("DELETE", "/call", None),
    ):
        told = bare.ask(verb, path + below, sent, {"If-Match": standing["etag"]}, sendUpdates="none")
        assert (told.code, told.reason) == (403, "calendar/requiredAccessLevel")
        assert told.body["error"]["message"] == "You need to have writer access to this calendar."


@pytest.mark.parametrize("role", ["freeBusyReader", "writerWithoutPrivateAccess", "reader"])
def test_a_private_event_shows_no_more_than_that_there_is_one(google: Google, bare: Bare, role: str) -> None:
    shared = google.calendar("team@group.calendar.google.com", access_role=role)
    secret: dict[str, Any] = {"description": "x", "location": "y", "attendees": [{"email": "ada@acme.example"}]}
    shared.put(event(at(23, 10), visibility="private", **secret))
    item = bare.ask("GET", "/calendar/v3/calendars/team%40group.calendar.google.com/events").body["items"][0]
    assert item["start"]["dateTime"] == "2026-03-23T12:00:00+03:00"
    assert not {"summary", "description", "location", "attendees"} & set(item)


def test_a_calendar_by_itself_tells_its_zone(bare: Bare) -> None:
    scopes = ["https://www.googleapis.com/auth/calendar.readonly"]
    told = Bare(bare.google, scopes).ask("GET", BASE)
    assert (told.body["id"], told.body["timeZone"]) == ("deniz@kaya.example", "Europe/Berlin")
    assert bare.ask("GET", BASE).code == 403  # the scope for events doesn't open it


def test_an_event_that_did_not_change_can_be_left_unsaid(bare: Bare, calendar: People) -> None:
    version = calendar.put(event(at(23, 10), id="call0"))["etag"]
    assert bare.ask("GET", "events/call0", headers={"If-None-Match": version}).code == 304


def test_a_share_may_change_and_end(google: Google, bare: Bare) -> None:
    shared = google.calendar("team@group.calendar.google.com", access_role="writer")
    path = "/calendar/v3/calendars/team%40group.calendar.google.com/events"
    assert bare.ask("POST", path, body(at(23, 10)), sendUpdates="none").code == 200
    shared.share("reader")
    assert bare.ask("POST", path, body(at(24, 10), id="cs00002"), sendUpdates="none").code == 403
    google.lose(shared)
    assert bare.ask("GET", path).code == 404


def test_the_list_of_calendars_leaves_hidden_ones_out_and_can_be_narrowed(google: Google, bare: Bare) -> None:
    google.calendar("a@group.calendar.google.com", access_role="reader")
    google.calendar("b@group.calendar.google.com", hidden=True)

    def listed(**query: Any) -> list[str]:
        return bare.ask("GET", "/calendar/v3/users/me/calendarList", **query).ids

    assert listed() == ["deniz@kaya.example", "a@group.calendar.google.com"]
    assert listed(minAccessRole="writer") == ["deniz@kaya.example"]
    assert listed(showHidden=True)[2:] == ["b@group.calendar.google.com"]


def test_every_request_is_remembered(google: Google, bare: Bare) -> None:
    bare.list(singleEvents=True)
    bare.insert(body(at(23, 10)))
    listed, inserted = google.calls()
    assert (listed.call, listed.verb, listed.code, listed.query) == (
        "events.list",
        "GET",
        200,
        {"singleEvents": ["true"]},
    )
    assert (inserted.call, inserted.json["id"], inserted.did) == ("events.insert", "cs00001", True)
