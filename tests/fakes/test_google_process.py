"""The fake as a server: many at once, moments before and after a request, and a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.fakes.google.client import Bare, service
from tests.fakes.google.people import People
from tests.fakes.google.samples import at, body, event
from tests.fakes.google.server import Google


def test_many_who_insert_one_event_at_once_leave_one(google: Google, bare: Bare, calendar: People) -> None:
    google.quota.a_second = 100
    with ThreadPoolExecutor(8) as pool:
        codes = sorted(told.code for told in pool.map(lambda _: bare.insert(body(at(23, 10))), range(8)))
    assert codes == [200] + [409] * 7
    assert len(calendar.events()) == 1


def test_something_may_happen_before_or_after_a_request(google: Google, bare: Bare, calendar: People) -> None:
    seen: list[int] = []
    google.meanwhile("events.insert", lambda: seen.append(len(calendar.events())))
    google.meanwhile("events.insert", lambda: seen.append(len(calendar.events())), after=True)
    bare.list()
    assert seen == []
    bare.insert(body(at(23, 10)))
    assert seen == [0, 1]


def test_a_failing_moment_is_noticed(google: Google, bare: Bare) -> None:
    def fail() -> None:
        raise RuntimeError("oh")

    google.meanwhile("events.list", fail)
    with pytest.raises(ConnectionError):
        bare.list()
    assert google.forgive() == ["the fake itself failed: RuntimeError('oh')"]


def test_what_people_do_is_seen_whole_by_the_program(bare: Bare, calendar: People) -> None:
    told = calendar.put(event(at(23, 10), id="call0", hangoutLink="https://meet.google.com/abc", locked=True))
    assert bare.get("call0").body == told
    assert calendar.by_program() == []
    bare.insert(body(at(23, 10)))
    assert [made["id"] for made in calendar.by_program()] == ["cs00001"]


def test_a_server_that_is_gone_serves_nobody_on_an_old_connection() -> None:
    google = Google()
    google.start()
    with requests.Session() as session:
        assert session.get(f"{google.root}/favicon.ico", timeout=5).status_code == 404
        google.close()
        with pytest.raises(requests.ConnectionError):
            session.get(f"{google.root}/favicon.ico", timeout=5)


def test_it_can_stand_below_a_path_and_notices_what_goes_past_it(tmp_path: Path) -> None:
    with Google(below="/emulated") as google:
        google.calendar()
        assert google.root.endswith("/emulated")
        bare = Bare(google)
        assert bare.ask("GET", "/emulated/calendar/v3/calendars/primary/events").code == 200
        assert json.loads(google.client_secret(tmp_path / "client.json").read_text())["installed"]["token_uri"] == (
            f"{google.root}/token"
        )
        with service(google) as api:
            assert api.events().list(calendarId="primary").execute()["items"] == []
        assert bare.ask("GET", "/calendar/v3/calendars/primary/events").code == 404
        assert google.forgive() == ["GET /calendar/v3/calendars/primary/events is not below /emulated"]


def test_it_runs_as_a_process(tmp_path: Path) -> None:
    events = tmp_path / "events.json"
    events.write_text(
        json.dumps(
            [
                {
                    "id": "call0",
                    "start": {"dateTime": "2026-03-23T09:00:00Z"},
                    "end": {"dateTime": "2026-03-23T10:00:00Z"},
                }
            ]
        )
    )
    command = [sys.executable, "-m", "tests.fakes.google", str(tmp_path), "--now", "2026-03-20T08:00:00+00:00"]
    with subprocess.Popen([*command, "--events", str(events)], cwd=Path(__file__).parents[2]) as process:
        try:
            until = time.monotonic() + 60
            while not (tmp_path / "root").exists():
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.02)
            root = (tmp_path / "root").read_text()
            token = json.loads((tmp_path / "calendar.json").read_text())["token"]
            told = requests.get(
                f"{root}/calendar/v3/calendars/primary/events", headers={"Authorization": f"Bearer {token}"}, timeout=10
            )
            assert [item["id"] for item in told.json()["items"]] == ["call0"]
        finally:
            process.send_signal(signal.SIGTERM)
    assert json.loads((tmp_path / "told.json").read_text()) == {
        "requests": [["events.list", "GET", "/calendar/v3/calendars/primary/events", 200]],
        "wrongs": [],
        "notified": [],
        "sent": [],
    }
