"""Writing at the fake: ids, versions, merging, deletion, and what a body may hold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.google.client import Bare
from tests.fakes.google.people import People
from tests.fakes.google.samples import at, body, event, weekly
from tests.fakes.google.server import Google


def day(date: str) -> dict[str, str]:
    return {"date": date}


@pytest.mark.parametrize("name", ["calsync", "CS00001", "cs_00001", "cs00", "cs-0001", "c" * 1025, ""])
def test_an_id_of_a_program_is_of_few_letters(bare: Bare, name: str) -> None:
    told = bare.insert(body(at(23, 10), id=name))
    assert (told.code, told.reason) == (400, "global/invalid")
    assert told.body["error"]["message"] == "Invalid resource id value."


def test_an_id_and_an_ical_uid_do_not_go_together(bare: Bare) -> None:
    assert bare.insert(body(at(23, 10), iCalUID="u@x")).reason == "global/invalid"


@pytest.mark.parametrize("left", ["live", "deleted", "purged"])
def test_an_id_is_taken_for_ever(bare: Bare, calendar: People, left: str) -> None:
    bare.insert(body(at(23, 10)))
    if left != "live":
        calendar.delete("cs00001", purged=left == "purged")
    told = bare.insert(body(at(24, 10)))
    assert (told.code, told.reason) == (409, "global/duplicate")
    assert told.body["error"]["message"] == "The requested identifier already exists."


def test_the_same_id_is_free_in_another_calendar(google: Google, bare: Bare) -> None:
    google.calendar("b@group.calendar.google.com")
    bare.insert(body(at(23, 10)))
    path = "/calendar/v3/calendars/b%40group.calendar.google.com/events"
    assert bare.ask("POST", path, body(at(23, 10)), sendUpdates="none").code == 200


def test_an_insert_without_an_id_gets_one_and_is_noticed(google: Google, bare: Bare) -> None:
    made = body(at(23, 10))
    del made["id"]
    assert len(bare.insert(made).body["id"]) == 26
    assert google.forgive()[0].startswith("an event was inserted without an id")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"end": None}, "global/required"),
        ({"start": None}, "global/required"),
        ({"start": {}}, "global/required"),
        ({"start": {"dateTime": "2026-03-23T10:00:00"}}, "global/required"),
        ({"start": {"dateTime": "2026-03-23T10:00:00", "timeZone": "Berlin"}}, "global/invalid"),
        ({"start": {"dateTime": "23 March"}}, "global/badRequest"),
        ({"start": day("2026-3-23"), "end": day("2026-03-24")}, "global/invalid"),
        ({"start": day("2026-03-23")}, "global/invalid"),
        ({"start": day("2026-03-23") | {"dateTime": "2026-03-23T10:00:00Z"}}, "global/invalid"),
        ({"start": day("2026-03-23"), "end": day("2026-03-23")}, "calendar/timeRangeEmpty"),
        ({"end": {"dateTime": "2026-03-23T08:59:59Z"}}, "calendar/timeRangeEmpty"),
        ({"status": "maybe"}, "global/invalid"),
        ({"transparency": "busy"}, "global/invalid"),
        ({"visibility": "secret"}, "global/invalid"),
        ({"summary": "x" * 1025}, "global/invalid"),
        ({"attendees": [{"displayName": "Ada"}]}, "global/invalid"),
        ({"attachments": [{"fileUrl": "https://x.example"}] * 26}, "global/invalid"),
        ({"eventType": "fromGmail"}, "calendar/eventTypeRestriction"),
        ({"eventType": "call"}, "calendar/eventTypeRestriction"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_event_that_can_not_be_is_refused(
    bare: Bare, calendar: People, changed: dict[str, Any], reason: str
) -> None:
    told = bare.insert(body(at(23, 10)) | changed)
    assert (told.code, told.reason) == (400, reason)
    assert calendar.events() == []


def test_focus_time_is_for_the_primary_calendar(google: Google, bare: Bare) -> None:
    google.calendar("b@group.calendar.google.com")
    path = "/calendar/v3/calendars/b%40group.calendar.google.com/events"
    sent = body(at(23, 10), eventType="focusTime")
    assert bare.ask("POST", path, sent, sendUpdates="none").reason == "calendar/eventTypeRestriction"
    assert bare.insert(sent).code == 200


def test_a_start_may_be_said_in_a_zone(bare: Bare) -> None:
    told = bare.insert(
        body(at(23, 10))
        | {
            "start": {"dateTime": "2026-03-23T10:00:00", "timeZone": "Asia/Tokyo"},
            "end": {"dateTime": "2026-03-23T11:00:00", "timeZone": "Asia/Tokyo"},
        }
    )
    assert told.body["start"] == {"dateTime": "2026-03-23T02:00:00+01:00", "timeZone": "Asia/Tokyo"}


@pytest.mark.parametrize(
    ("reminders", "reason"),
    [
        ({"useDefault": False, "overrides": [{"method": "popup", "minutes": 1}] * 6}, "calendar/tooManyReminders"),
        ({"useDefault": False, "overrides": [{"method": "popup", "minutes": 40321}]}, "global/invalid"),
        ({"useDefault": False, "overrides": [{"method": "popup", "minutes": -1}]}, "global/invalid"),
        ({"useDefault": False, "overrides": [{"method": "sms", "minutes": 1}]}, "global/invalid"),
        (
            {"useDefault": True, "overrides": [{"method": "popup", "minutes": 1}]},
            "calendar/cannotUseDefaultRemindersAndSpecifyOverride",
        ),
    ],
    ids=["six", "too-early", "after", "method", "both"],
)
def test_reminders_have_their_bounds(bare: Bare, reminders: dict[str, Any], reason: str) -> None:
    told = bare.insert(body(at(23, 10), reminders=reminders))
    assert (told.code, told.reason) == (400, reason)


def test_changed_reminders_are_no_change_of_the_event(google: Google, bare: Bare) -> None:
    first = bare.insert(body(at(23, 10))).body
    google.sleep(60)
    second = bare.patch("cs00001", {"reminders": {"useDefault": False, "overrides": []}}).body
    assert second["updated"] == first["updated"]
    assert second["etag"] != first["etag"]


def test_every_stored_change_gives_another_version(bare: Bare, calendar: People) -> None:
    seen = [calendar.put(event(at(23, 10), id="call0", attendees=[{"email": "ada@acme.example"}]))["etag"]]
    seen.append(calendar.answer("call0", "ada@acme.example", "accepted")["etag"])
    seen.append(bare.patch("call0", {"description": "Agenda"}).body["etag"])
    seen.append(bare.patch("call0", {"extendedProperties": {"private": {"k": "v"}}}).body["etag"])
    seen.append(calendar.touch("call0")["etag"])
    assert len(set(seen)) == 5
    assert all(version.startswith('"') and version.endswith('"') for version in seen)


def test_a_change_that_changes_nothing_keeps_the_version(google: Google, bare: Bare, calendar: People) -> None:
    version = calendar.put(event(at(23, 10), id="call0", description="Agenda"))["etag"]
    assert bare.patch("call0", {"description": "Agenda"}).body["etag"] == version
    google.habits.on("version moves without a change")
    assert bare.patch("call0", {"description": "Agenda"}).body["etag"] != version


@pytest.mark.parametrize(
    "spoilt", [lambda e: '"1"', lambda e: e.strip('"'), lambda e: f"W/{e}"], ids=["old", "bare", "weak"]
)
@pytest.mark.parametrize("verb", ["patch", "update", "delete"])
def test_a_write_with_another_version_stores_nothing(bare: Bare, calendar: People, verb: str, spoilt: Any) -> None:
    bare.insert(body(at(23, 10)))
    before = calendar.get("cs00001")
    sent = () if verb == "delete" else (body(at(24, 10)),)
    told = getattr(bare, verb)("cs00001", *sent, etag=spoilt(before["etag"]))
    assert (told.code, told.reason) == (412, "global/conditionNotMet")
    assert told.body["error"]["errors"][0]["location"] == "If-Match"
    assert calendar.get("cs00001") == before


@pytest.mark.parametrize("verb", ["patch", "update", "delete"])
def test_a_write_without_a_version_is_carried_out_and_noticed(google: Google, bare: Bare, verb: str) -> None:
    bare.insert(body(at(23, 10)))
    sent = () if verb == "delete" else (body(at(24, 10)),)
    assert getattr(bare, verb)("cs00001", *sent, etag=None).code < 300
    assert google.forgive() == [f"events.{verb} without If-Match: somebody's edit of just now would be lost"]


def test_an_edit_between_reading_and_writing_is_met(google: Google, bare: Bare, calendar: People) -> None:
    version = calendar.put(event(at(23, 10), id="call0", description="Agenda"))["etag"]
    google.meanwhile("events.patch", lambda: calendar.edit("call0", description="Agenda\nand a line of hers"))
    assert bare.patch("call0", {"description": "ours"}, etag=version).code == 412
    assert calendar.get("call0")["description"] == "Agenda\nand a line of hers"


def test_a_patch_merges_objects_and_replaces_lists(google: Google, bare: Bare) -> None:
    first: dict[str, Any] = {
        "extendedProperties": {"private": {"a": "1", "b": "2"}, "shared": {"c": "3"}},
        "location": "Berlin",
    }
    bare.insert(body(at(23, 10), attendees=[{"email": "a@x.example"}, {"email": "b@x.example"}], **first))
    google.forgive()
    told = bare.patch(
        "cs00001",
        {
            "extendedProperties": {"private": {"a": None, "d": "4"}},
            "location": None,
            "attendees": [{"email": "b@x.example"}],
        },
    ).body
    assert told["extendedProperties"] == {"private": {"b": "2", "d": "4"}, "shared": {"c": "3"}}
    assert "location" not in told
    assert [guest["email"] for guest in told["attendees"]] == ["b@x.example"]


def test_an_update_drops_what_it_leaves_out(bare: Bare) -> None:
    bare.insert(body(at(23, 10), description="Agenda", extendedProperties={"private": {"a": "1"}}, colorId="3"))
    sent = body(at(24, 10))
    told = bare.update("cs00001", sent).body
    assert not {"description", "extendedProperties", "colorId"} & set(told)
    assert told["start"]["dateTime"] == "2026-03-24T10:00:00+01:00"
    assert bare.update("cs00001", {"start": sent["start"]}).reason == "global/required"


def test_what_a_program_can_not_set_is_passed_over(bare: Bare, calendar: People) -> None:
    bare.insert(body(at(23, 10)))
    before = calendar.get("cs00001")
    told = bare.patch(
        "cs00001",
        {
            "locked": True,
            "creator": {"email": "x@x.example"},
            "organizer": {"email": "x@x.example"},
            "created": "2020-01-01T00:00:00.000Z",
            "htmlLink": "https://x.example",
            "hangoutLink": "https://x.example",
            "sequence": -1,
            "etag": '"1"',
            "kind": "calendar#other",
        },
    )
    assert told.code == 200
    assert calendar.get("cs00001") == before


def test_a_conference_is_kept_out_of_reach_unless_it_is_asked_for(bare: Bare, calendar: People) -> None:
    meeting = {
        "conferenceId": "abc",
        "entryPoints": [{"entryPointType": "video", "uri": "https://meet.google.com/abc"}],
    }
    bare.insert(body(at(23, 10)))
    calendar.edit("cs00001", conferenceData=meeting)
    bare.patch("cs00001", {"conferenceData": None})
    bare.update("cs00001", body(at(23, 10)))
    assert calendar.get("cs00001")["conferenceData"] == meeting
    bare.update("cs00001", body(at(23, 10)), conferenceDataVersion=1)
    assert "conferenceData" not in calendar.get("cs00001")


def test_a_deleted_event_stays_deleted(bare: Bare) -> None:
    bare.insert(body(at(23, 10)))
    version = bare.get("cs00001").body["etag"]
    assert bare.delete("cs00001").code == 204
    again = bare.delete("cs00001", etag=version)
    assert (again.code, again.reason) == (410, "global/deleted")
    assert bare.get("cs00001").body["status"] == "cancelled"
    told = bare.patch("cs00001", {"description": "x"})
    assert (told.code, told.reason) == (403, "global/forbidden")


@pytest.mark.parametrize("verb", ["patch", "update", "delete"])
def test_what_never_was_is_not_found(bare: Bare, verb: str) -> None:
    sent = () if verb == "delete" else ({"description": "x"},)
    told = getattr(bare, verb)("nothing", *sent, etag='"1"')
    assert (told.code, told.reason) == (404, "global/notFound")


def test_a_deleted_instance_leaves_an_exception(google: Google, bare: Bare, calendar: People) -> None:
    calendar.put(weekly(at(24, 10)))
    assert bare.delete("weekly_20260331T080000Z").code == 204
    assert len(google.forgive()) == 1  # it wasn't ours to delete
    assert bare.get("weekly_20260331T080000Z").body["status"] == "cancelled"
    assert bare.get("weekly_20260324T090000Z").body["status"] == "confirmed"


def test_the_ids_of_googles_own_making_are_taken(bare: Bare, calendar: People) -> None:
    odd = "_60q30c1g60o30e1i60o4ac1g60rj8gpl88rj2c1h84s34h9g60s30c1g60o30c1g_R20260324T090000"
    calendar.put(event(at(23, 10), id=odd))
    assert bare.get(odd).body["id"] == odd
    assert bare.patch(odd, {"description": "x"}).code == 200


def test_long_descriptions_are_cut_without_a_word(google: Google, bare: Bare) -> None:
    assert len(bare.insert(body(at(23, 10), description="x" * 8193)).body["description"]) == 8192
    google.habits.on("trimmed descriptions", at=100)
    assert len(bare.patch("cs00001", {"description": "y" * 500}).body["description"]) == 100
    assert len(bare.patch("cs00001", {"description": "y" * 500}).body["description"]) == 500


def test_long_properties_are_cut_and_long_names_dropped(bare: Bare) -> None:
    held = {"k" * 44: "v" * 1025, "k" * 45: "v"}
    told = bare.insert(body(at(23, 10), extendedProperties={"private": held}))
    assert told.body["extendedProperties"]["private"] == {"k" * 44: "v" * 1024}


@pytest.mark.parametrize(
    "held", [{f"k{n}": "v" for n in range(301)}, {f"k{n}": "v" * 1000 for n in range(40)}], ids=["many", "much"]
)
def test_too_many_properties_are_refused(bare: Bare, held: dict[str, str]) -> None:
    told = bare.insert(body(at(23, 10), extendedProperties={"private": held}))
    assert (told.code, told.reason) == (400, "global/invalid")
