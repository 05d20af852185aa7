"""The fake's bad habits, seen by a client without any of its own: what is answered, and what was done."""

from __future__ import annotations

import http.client
import json
import time
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests

from tests.fakes.google.client import Bare, credentials, service
from tests.fakes.google.habits import NAMES
from tests.fakes.google.people import People
from tests.fakes.google.samples import at, body, event, weekly
from tests.fakes.google.server import Google


def test_a_habit_that_is_none_is_not_switched_on(google: Google) -> None:
    with pytest.raises(KeyError, match="no such habit"):
        google.habits.on("good manners")
    assert "lost answer" in NAMES


def test_a_habit_is_for_so_many_requests_of_one_kind(google: Google, bare: Bare) -> None:
    google.habits.on("server error", only="events.list", times=2, skip=1)
    assert [bare.list().code for _ in range(4)] == [200, 500, 500, 200]
    google.habits.on("server error", only="events.get", times=None)
    assert bare.get("nothing").code == 500
    google.habits.off("server error")
    assert bare.get("nothing").code == 404


@pytest.mark.parametrize("code", [500, 502, 503])
def test_an_error_of_googles_comes_before_anything_is_done(
    google: Google, bare: Bare, calendar: People, code: int
) -> None:
    google.habits.on("server error", code=code)
    told = bare.insert(body(at(23, 10)))
    assert (told.code, told.reason) == (code, "global/backendError")
    assert calendar.events() == []
    assert not google.calls("events.insert")[0].did


@pytest.mark.parametrize(("kind", "starts"), [("html", "<html>"), ("empty", "")])
def test_an_error_may_not_be_json(google: Google, bare: Bare, kind: str, starts: str) -> None:
    google.habits.on("server error", code=502, kind=kind)
    told = bare.list()
    assert told.code == 502
    assert told.body[: len(starts) or 1] == starts


def test_an_error_may_come_after_the_write(google: Google, bare: Bare, calendar: People) -> None:
    google.habits.on("server error after the write", times=3)
    assert bare.insert(body(at(23, 10))).code == 500
    assert calendar.get("cs00001")["status"] == "confirmed"
    version = calendar.get("cs00001")["etag"]
    assert bare.patch("cs00001", {"description": "x"}, etag=version).code == 500
    assert calendar.get("cs00001")["description"] == "x"
    assert bare.delete("cs00001", etag=calendar.get("cs00001")["etag"]).code == 500
    assert calendar.get("cs00001")["status"] == "cancelled"
    assert all(request.did for request in google.calls("events.insert", "events.patch", "events.delete"))


def test_a_lost_answer_leaves_the_write_behind(google: Google, bare: Bare, calendar: People) -> None:
    google.habits.on("lost answer")
    with pytest.raises(http.client.RemoteDisconnected):
        bare.insert(body(at(23, 10)))
    again = bare.insert(body(at(23, 10)))
    assert (again.code, len(calendar.events())) == (409, 1)
    version = calendar.get("cs00001")["etag"]
    google.habits.on("lost answer")
    with pytest.raises(http.client.RemoteDisconnected):
        bare.patch("cs00001", {"description": "x"}, etag=version)
    assert bare.patch("cs00001", {"description": "x"}, etag=version).code == 412
    google.sleep(1)
    version = calendar.get("cs00001")["etag"]
    google.habits.on("lost answer")
    with pytest.raises(http.client.RemoteDisconnected):
        bare.delete("cs00001", etag=version)
    assert bare.delete("cs00001", etag=version).code == 410
    assert [request.code for request in google.calls("events.delete")] == [0, 410]


def test_a_request_without_an_answer_may_not_have_been_done(google: Google, bare: Bare, calendar: People) -> None:
    google.habits.on("no answer")
    with pytest.raises(http.client.RemoteDisconnected):
        bare.insert(body(at(23, 10)))
    assert calendar.events() == []


def test_googles_own_transport_sends_a_lost_write_again_by_itself(google: Google) -> None:
    google.habits.on("lost answer", only="events.insert")
    with service(google) as api:
        insert = api.events().insert(calendarId="primary", sendUpdates="none", body=body(at(23, 10)))
        with pytest.raises(Exception, match="already exists"):
            insert.execute()
    assert len(google.calls("events.insert")) == 2


def test_an_answer_may_be_cut(google: Google, bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 10)))
    google.habits.on("plain answer", times=None)
    google.habits.on("cut answer")
    with pytest.raises(http.client.IncompleteRead):
        bare.list()
    google.habits.on("cut answer", quietly=True)
    with pytest.raises(json.JSONDecodeError):
        bare.list()


def test_an_answer_is_compressed_where_that_is_asked_for(google: Google, bare: Bare) -> None:
    url, headers = f"{google.root}/calendar/v3/calendars/primary/events", {"Authorization": f"Bearer {bare.token}"}
    assert requests.get(url, headers=headers, timeout=5).headers["Content-Encoding"] == "gzip"
    google.habits.on("cut answer", quietly=True)
    with pytest.raises(requests.RequestException):
        requests.get(url, headers=headers, timeout=5).json()
    google.habits.on("plain answer")
    assert "Content-Encoding" not in requests.get(url, headers=headers, timeout=5).headers


def test_an_answer_may_be_slow(google: Google, bare: Bare) -> None:
    url, headers = f"{google.root}/calendar/v3/calendars/primary/events", {"Authorization": f"Bearer {bare.token}"}
    google.habits.on("slow answer", seconds=0.1)
    before = time.monotonic()
    assert bare.list().code == 200
    assert time.monotonic() - before > 0.1
    google.habits.on("slow answer", seconds=30)
    with pytest.raises(requests.ReadTimeout):
        requests.get(url, headers=headers, timeout=0.2)
    google.habits.on("slow answer", seconds=0.001, drip=True)
    assert requests.get(url, headers=headers, timeout=0.2).json()["items"] == []


def test_a_page_of_somebody_elses_is_no_empty_calendar(google: Google, bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 10)))
    google.habits.on("captive portal")
    told = bare.list()
    assert (told.code, told.headers["Content-Type"][:9], told.body[:6]) == (200, "text/html", "<html>")
    google.habits.on("no items")
    told = bare.list()
    assert (told.code, "items" in told.body) == (200, False)


def test_a_token_may_be_over_before_its_time(google: Google) -> None:
    google.habits.on("expired token")
    with service(google) as api:
        assert api.events().list(calendarId="primary").execute()["items"] == []
    assert [request.call for request in google.requests] == ["events.list", "token", "events.list"]


def test_an_event_may_be_missing_from_lists(google: Google, bare: Bare, calendar: People) -> None:
    calendar.put(event(at(23, 10), id="call0"))
    before = bare.list().body["etag"]
    google.habits.on("missing from lists", event="call0", times=2)
    assert [bare.list().ids for _ in range(3)] == [[], [], ["call0"]]
    assert bare.get("call0").code == 200
    google.habits.on("missing from lists", event="call0")
    assert bare.list().body["etag"] != before


def test_a_write_may_show_late_in_lists(google: Google, bare: Bare, calendar: People) -> None:
    google.habits.on("stale lists", lists=1)
    bare.insert(body(at(23, 10)))
    assert bare.get("cs00001").code == 200
    assert [bare.list().ids for _ in range(2)] == [[], ["cs00001"]]
    google.habits.on("stale lists", seconds=30)
    new = bare.patch("cs00001", {"description": "x"}).body
    listed = bare.list().body
    assert "description" not in listed["items"][0]
    assert listed["items"][0]["etag"] != new["etag"]
    google.sleep(31)
    later = bare.list().body
    assert later["items"][0]["description"] == "x"
    assert later["etag"] != listed["etag"]
    google.habits.on("stale lists", lists=1)
    bare.delete("cs00001")
    assert [bare.list().ids for _ in range(2)] == [["cs00001"], []]


def test_a_written_instance_may_show_late_as_its_series_has_it(google: Google, bare: Bare, calendar: People) -> None:
    calendar.put(weekly(at(24, 10)))
    google.habits.on("stale lists", lists=1)
    bare.patch("weekly_20260324T090000Z", {"description": "x"})
    window = {"timeMin": "2026-03-24T00:00:00Z", "timeMax": "2026-03-25T00:00:00Z", "singleEvents": True}
    first, second = (bare.list(**window).body["items"] for _ in range(2))
    assert [item["id"] for item in first] == [item["id"] for item in second] == ["weekly_20260324T090000Z"]
    assert ("description" in first[0], "description" in second[0]) == (False, True)


def test_pages_may_stand_in_another_order(google: Google, bare: Bare, calendar: People) -> None:
    for hour in range(8):
        calendar.put(event(at(23, 9 + hour), id=f"call{hour}"))
    asked = {"singleEvents": True, "orderBy": "startTime"}
    google.habits.on("re-ordered pages")
    turned, straight = bare.list(**asked).ids, bare.list(**asked).ids
    assert turned != straight
    assert sorted(turned) == straight


def test_the_date_of_an_answer_is_the_fakes_clock(google: Google, bare: Bare) -> None:
    def told() -> datetime:
        return parsedate_to_datetime(bare.list().headers["Date"])

    assert abs(told() - google.now) < timedelta(seconds=5)
    google.habits.on("clock skew", seconds=3600)
    assert abs(told() - google.now - timedelta(hours=1)) < timedelta(seconds=5)


def test_the_clock_is_set_and_jumps(google: Google) -> None:
    before = google.now
    google.sleep(9 * 3600)
    assert timedelta(hours=9) <= google.now - before < timedelta(hours=9, minutes=1)
    google.now = before
    assert google.now - before < timedelta(minutes=1)


def test_a_token_may_end_between_two_pages(google: Google, calendar: People) -> None:
    for hour in range(3):
        calendar.put(event(at(23, 9 + hour)))
    held = credentials(google)
    bare = Bare(google, token=held.token)
    first = bare.list(maxResults=2)
    google.sleep(3601)
    assert bare.list(maxResults=2, pageToken=first.body["nextPageToken"]).code == 401
    rest = Bare(google).list(maxResults=2, pageToken=first.body["nextPageToken"])
    assert (rest.code, len(rest.ids)) == (200, 1)
