"""Other people at the fake: who is mailed, whose meeting it is, and what a person does in the browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.google.ask import Notice
from tests.fakes.google.client import Bare
from tests.fakes.google.people import People
from tests.fakes.google.samples import at, body, event
from tests.fakes.google.server import Google

GUESTS = [
    {"email": "ada@acme.example"},
    {"email": "bo@gmail.com"},
    {"email": "colleague@kaya.example"},
    {"email": "room@resource.calendar.google.com", "resource": True},
]
BOSS: dict[str, Any] = {
    "organizer": {"email": "boss@corp.example"},
    "attendees": [{"email": "deniz@kaya.example"}, *GUESTS[:1]],
}
EVERYBODY = ["ada@acme.example", "bo@gmail.com", "colleague@kaya.example"]


def mailed(google: Google) -> list[str]:
    return [notice.to for notice in google.notified]


@pytest.mark.parametrize(
    ("said", "insert", "change"),
    [
        ({"sendUpdates": "none"}, [], []),
        ({"sendUpdates": "all"}, EVERYBODY, EVERYBODY),
        ({"sendUpdates": "externalOnly"}, EVERYBODY[:1], EVERYBODY[:1]),
        ({}, EVERYBODY[:1], EVERYBODY),
        ({"sendNotifications": False}, [], []),
        ({"sendNotifications": True}, EVERYBODY, EVERYBODY),
    ],
    ids=["none", "all", "external", "unsaid", "old-no", "old-yes"],
)
def test_guests_are_mailed_unless_none_is_said(
    google: Google, bare: Bare, said: dict[str, Any], insert: list[str], change: list[str]
) -> None:
    def ask(verb: str, path: str, sent: Any) -> list[str]:
        headers = {} if verb == "POST" else {"If-Match": google.calendar().get("cs00001")["etag"]}
        google.notified.clear()
        assert bare.ask(verb, path, sent, headers, **said).code < 300
        return mailed(google)

    assert ask("POST", "events", body(at(23, 10), attendees=GUESTS)) == insert
    assert ask("PATCH", "events/cs00001", {"description": "x"}) == change
    assert ask("PUT", "events/cs00001", body(at(23, 10), attendees=GUESTS)) == change
    assert ask("DELETE", "events/cs00001", None) == change
    assert (google.forgive() == []) == (said == {"sendUpdates": "none"})


def test_a_change_that_changes_nothing_mails_nobody(google: Google, bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 10), id="call0", attendees=GUESTS, description="x"))
    bare.patch("call0", {"description": "x"}, sendUpdates="all")
    assert google.notified == []
    google.forgive()


def test_what_a_mail_says_is_known(google: Google, bare: Bare) -> None:
    bare.insert(body(at(23, 10), attendees=GUESTS[:1]), sendUpdates="all")
    assert google.notified == [Notice(to="ada@acme.example", kind="invitation", event="cs00001")]
    google.forgive()


def test_mail_that_guests_would_get_fails_a_test(bare: Bare) -> None:
    with pytest.raises(AssertionError, match="sendUpdates"), Google() as other:
        other.calendar()
        Bare(other).insert(body(at(23, 10), attendees=GUESTS[:1]), sendUpdates="all")


@pytest.mark.parametrize("value", ["", "None", "nobody"])
def test_send_updates_has_three_values(bare: Bare, value: str) -> None:
    assert bare.insert(body(at(23, 10)), sendUpdates=value).code == 400


@pytest.mark.parametrize(
    "patch", [{"description": "x"}, {"extendedProperties": {"private": {"k": "v"}}}], ids=["description", "private"]
)
def test_a_guest_changes_nothing_of_the_organizers(
    google: Google, bare: Bare, calendar: People, patch: dict[str, Any]
) -> None:
    calendar.put(event(at(23, 10), id="invited", **BOSS))
    before = calendar.get("invited")
    told = bare.patch("invited", patch)
    assert (told.code, told.reason) == (403, "calendar/forbiddenForNonOrganizer")
    assert calendar.get("invited") == before
    assert google.forgive() == ["a guest's copy of a meeting was written to"]


def test_a_guests_write_may_be_answered_well_and_do_nothing(google: Google, bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 10), id="invited", description="hers", **BOSS))
    google.habits.on("guest's write ignored")
    told = bare.patch("invited", {"description": "ours"})
    assert (told.code, told.body["description"]) == (200, "hers")
    assert google.forgive() != []


def test_a_guests_write_may_change_the_guests_copy_alone(google: Google, bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 10), id="invited", description="hers", **BOSS))
    google.habits.on("guest's write kept apart")
    assert bare.patch("invited", {"description": "ours"}).body["description"] == "ours"
    assert google.writer.local_edits == ["invited"]
    assert google.forgive() != []


def test_a_guest_who_may_modify_does_so_for_everybody(google: Google, bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 10), id="invited", guestsCanModify=True, **BOSS))
    assert bare.patch("invited", {"description": "ours"}).code == 200
    assert google.writer.foreign_edits == ["invited"]
    with pytest.raises(AssertionError):
        google.check()
    google.forgive()


def test_a_guest_who_deletes_declines(google: Google, bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 10), id="invited", **BOSS))
    bare.delete("invited", sendUpdates="all")
    assert google.notified == [Notice(to="boss@corp.example", kind="answer", event="invited")]
    assert len(google.forgive()) == 2


@pytest.mark.parametrize("field", ["summary", "description", "location"])
def test_a_locked_event_keeps_its_main_fields(google: Google, bare: Bare, calendar: People, field: str) -> None:
    calendar.put(event(at(23, 10), id="locked", locked=True))
    assert bare.patch("locked", {field: "x"}).reason == "calendar/forbidden"
    assert bare.patch("locked", {"extendedProperties": {"private": {"k": "v"}}}).code == 200
    assert "a locked event was written to" in google.forgive()


@pytest.mark.parametrize("kind", ["birthday", "focusTime", "outOfOffice", "workingLocation", "fromGmail", "moonPhase"])
def test_an_event_of_another_kind_is_left_alone(google: Google, bare: Bare, calendar: People, kind: str) -> None:
    calendar.put(event(at(23, 10), id="other", eventType=kind))
    for patch in ({"description": "x"}, {"extendedProperties": {"private": {"k": "v"}}}, {"eventType": "default"}):
        told = bare.patch("other", patch)
        assert (told.code, told.reason) == (400, "calendar/eventTypeRestriction")
    assert f"an event of the type {kind} was written to" in google.forgive()


@pytest.mark.parametrize(
    "patch",
    [
        {"attendees": []},
        {"start": {"dateTime": "2026-03-24T10:00:00Z"}, "end": {"dateTime": "2026-03-24T11:00:00Z"}},
        {"status": "cancelled"},
        {"visibility": "private"},
        {"summary": "x"},
        {"conferenceData": None},
        {"extendedProperties": {"shared": {"k": "v"}}},
        {"transparency": "transparent"},
    ],
    ids=lambda patch: next(iter(patch)),
)
def test_more_than_a_description_and_a_mark_is_noticed(
    google: Google, bare: Bare, calendar: People, patch: dict[str, Any]
) -> None:
    calendar.put(event(at(23, 10), id="call0", attendees=GUESTS))
    assert bare.patch("call0", patch).code == 200
    assert google.forgive()[0].endswith("of an event of somebody else's was written")


def test_replacing_or_deleting_what_others_made_is_noticed(google: Google, bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 10), id="call0"))
    sent = body(at(23, 10))
    bare.update("call0", {"start": sent["start"], "end": sent["end"]})
    bare.delete("call0")
    assert google.forgive() == [
        "events.update replaces an event of somebody else's as a whole",
        "call0 was deleted, which no program of ours has made",
    ]


def test_own_events_may_be_changed_as_one_likes(google: Google, bare: Bare) -> None:
    bare.insert(body(at(23, 10)))
    moved = body(at(24, 10))
    bare.patch("cs00001", {"start": moved["start"], "end": moved["end"], "summary": "x", "transparency": "transparent"})
    bare.delete("cs00001")
    assert google.wrongs == []


def test_one_thing_of_ours_that_stands_twice_is_noticed(google: Google, bare: Bare, calendar: People) -> None:
    mark = {"extendedProperties": {"private": {"calsync": "before weekly"}}}
    bare.insert(body(at(23, 10)) | mark)
    bare.insert(body(at(23, 10), id="cs00002") | mark)
    assert google.doubles() == [("cs00001", "cs00002")]
    with pytest.raises(AssertionError, match="twice"):
        google.check()
    calendar.delete("cs00001")
    google.check()


def test_writing_far_ahead_is_noticed_where_it_is_not_meant(google: Google, bare: Bare) -> None:
    google.writer.near = timedelta(days=2)
    bare.insert(body(at(21, 10)))
    bare.insert(body(at(23, 10), id="cs00002"))
    assert google.forgive() == ["cs00002 was written, and is far ahead"]


def test_the_browser_makes_html_of_a_description(bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 10), id="call0", description="Ada & Bo\n-- two  spaces\nhttps://x.example/a"))
    calendar.edit_in_browser("call0", lambda text: text + "\nhers")
    assert bare.get("call0").body["description"] == (
        "<p><span>Ada &amp; Bo<br>-- two &nbsp;spaces<br>"
        '<a href="https://x.example/a">https://x.example/a</a><br>hers</span></p>'
    )


def test_a_deleted_event_can_be_taken_back(bare: Bare, calendar: People) -> None:
    bare.insert(body(at(23, 10)))
    calendar.delete("cs00001")
    calendar.undelete("cs00001")
    assert bare.get("cs00001").body["status"] == "confirmed"
