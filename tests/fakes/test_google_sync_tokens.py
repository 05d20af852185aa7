"""Sync tokens of the fake; calsync keeps none, and whoever tries them has to meet their rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.google.client import Bare
from tests.fakes.google.people import People
from tests.fakes.google.samples import at, event, weekly
from tests.fakes.google.server import Google


def test_a_token_brings_what_changed_since(bare: Bare, calendar: People) -> None:
    for name in ("kept0", "moved", "binned"):
        calendar.put(event(at(23, 9), id=name))
    token = bare.list().body["nextSyncToken"]
    assert bare.list(syncToken=token).ids == []
    calendar.move("moved", at(24, 9))
    calendar.delete("binned")
    told = bare.list(syncToken=token)
    assert told.ids == ["moved", "binned"]
    assert bare.list(syncToken=told.body["nextSyncToken"]).ids == []


@pytest.mark.parametrize(
    "more",
    [
        {"timeMin": "2026-03-23T00:00:00Z"},
        {"timeMax": "2026-03-24T00:00:00Z"},
        {"updatedMin": "2026-03-19T00:00:00Z"},
        {"orderBy": "updated"},
        {"q": "x"},
        {"iCalUID": "x"},
        {"privateExtendedProperty": "a=b"},
        {"showDeleted": False},
        {"singleEvents": True},
        {"eventTypes": "default"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_a_token_goes_with_no_other_restriction(bare: Bare, more: dict[str, Any]) -> None:
    token = bare.list().body["nextSyncToken"]
    told = bare.list(syncToken=token, **more)
    assert (told.code, told.reason) == (400, "global/invalid")


@pytest.mark.parametrize("why", ["unknown", "forgotten", "of another calendar", "shared anew"])
def test_a_token_that_is_over_asks_for_everything_again(google: Google, bare: Bare, why: str) -> None:
    token = bare.list().body["nextSyncToken"]
    other = google.calendar("b@group.calendar.google.com")
    path = "events"
    if why == "unknown":
        token = "nonsense"
    elif why == "forgotten":
        google.apis.lister.forget()
    elif why == "of another calendar":
        path = f"/calendar/v3/calendars/{other.id.replace('@', '%40')}/events"
    else:
        google.calendar().shelf.shared_anew += 1
    told = bare.ask("GET", path, syncToken=token)
    assert (told.code, told.reason) == (410, "calendar/fullSyncRequired")
    assert told.body["error"]["errors"][0]["location"] == "syncToken"


def test_one_touch_of_a_series_brings_all_of_it(bare: Bare, calendar: People) -> None:
    calendar.put(weekly(at(23, 10)))
    token = bare.list(singleEvents=True, maxResults=2500).body["nextSyncToken"]
    calendar.edit("weekly", summary="Renamed")
    told = bare.list(singleEvents=True, maxResults=2500, syncToken=token)
    assert len(told.ids) == 730
    calendar.delete("weekly")
    gone = bare.list(singleEvents=True, maxResults=2500, syncToken=told.body["nextSyncToken"])
    assert len(gone.ids) == 26
    assert {item["status"] for item in gone.body["items"]} == {"cancelled"}


def test_one_touched_instance_brings_itself(bare: Bare, calendar: People) -> None:
    calendar.put(weekly(at(23, 10)))
    token = bare.list(singleEvents=True, maxResults=2500).body["nextSyncToken"]
    calendar.edit("weekly_20260330T080000Z", summary="Longer")
    assert bare.list(singleEvents=True, syncToken=token).ids == ["weekly_20260330T080000Z"]
