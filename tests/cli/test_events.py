"""`events --file`: what stands in a window of any calendar file, without a config."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
X-WR-TIMEZONE:America/New_York
BEGIN:VEVENT
UID:timed
DTSTART;TZID=Europe/Berlin:20261124T140000
DTEND;TZID=Europe/Berlin:20261124T150000
SUMMARY:Weekly
RRULE:FREQ=WEEKLY
END:VEVENT
BEGIN:VEVENT
UID:day
DTSTART;VALUE=DATE:20261125
SUMMARY:Holiday
STATUS:CANCELLED
END:VEVENT
BEGIN:VEVENT
UID:floating
DTSTART:20261125T233000
DTEND:20261126T001500
SUMMARY:Floating
STATUS:TENTATIVE
END:VEVENT
BEGIN:VEVENT
DTSTART:20261126T080000Z
DURATION:PT15M
SUMMARY:No name\\nand two \x1b[31mlines
END:VEVENT
BEGIN:VEVENT
UID:nowhere
DTSTART;TZID=Middle-earth/Shire:20261126T080000
DTEND;TZID=Middle-earth/Shire:20261126T090000
SUMMARY:Second breakfast
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def calendar(tmp_path: Path) -> str:
    path = tmp_path / "work.ics"
    path.write_text(CALENDAR, newline="\r\n")
    return str(path)


def week(run: Run, calendar: str, *more: str) -> list[dict[str, object]]:
    ran = run("events", "--from", "2026-11-23", "--to", "2026-11-30", "--file", calendar, *more, "--json")
    assert ran.status == 0
    assert isinstance(ran.json, list)
    return ran.json


def test_json_has_exactly_these_keys_sorted_by_start(run: Run, calendar: str) -> None:
    found = week(run, calendar, "--zone", "Europe/Istanbul")
    short_id = found[0].pop("id")
    assert isinstance(short_id, str) and len(short_id) == 6
    assert found[0] == {
        "calendar": "work.ics",
        "uid": "timed",
        "start": "2026-11-24T14:00:00+01:00",
        "end": "2026-11-24T15:00:00+01:00",
        "all_day": False,
        "summary": "Weekly",
        "status": "confirmed",
        "recurring": True,
        "client": None,
    }
    assert [event["uid"] for event in found] == ["timed", "day", "floating", "nowhere", None]
    assert (found[1]["start"], found[1]["end"], found[1]["all_day"]) == ("2026-11-25", "2026-11-26", True)
    assert [found[1]["status"], found[2]["status"]] == ["cancelled", "tentative"]
    assert found[3]["start"] == "2026-11-26T08:00:00"
    assert (found[4]["id"], found[4]["start"]) == (None, "2026-11-26T08:00:00+00:00")


@pytest.mark.parametrize("zone", ["Europe/Istanbul", "Pacific/Auckland", "Pacific/Honolulu"])
def test_floating_times_stand_in_the_zone_that_is_given(run: Run, calendar: str, zone: str) -> None:
    floating = next(event for event in week(run, calendar, "--zone", zone) if event["uid"] == "floating")
    assert str(floating["start"]).startswith("2026-11-25T23:30:00")
    assert str(floating["start"]) != "2026-11-25T23:30:00-05:00"


@pytest.mark.parametrize(
    ("zone", "since", "until", "found"),
    [
        pytest.param("Europe/Istanbul", "2026-11-24", "2026-11-25", ["timed"], id="the day before"),
        pytest.param("Europe/Istanbul", "2026-11-25T20:59:59Z", "2026-11-25T21:00:00Z", ["day", "floating"], id="last"),
        pytest.param("Europe/Istanbul", "2026-11-25T21:15:00Z", "2026-11-26T00:00:00Z", [], id="after"),
        pytest.param("Pacific/Honolulu", "2026-11-26T09:59:00Z", "2026-11-26T10:00:00Z", ["day", "floating"], id="far"),
    ],
)
def test_days_and_floating_times_are_those_of_the_zone(
    run: Run, calendar: str, zone: str, since: str, until: str, found: list[str]
) -> None:
    ran = run("events", "--from", since, "--to", until, "--file", calendar, "--zone", zone, "--json")
    assert [event["uid"] for event in ran.json if event["uid"] not in (None, "nowhere")] == found


def test_the_table_shows_one_line_an_event(run: Run, calendar: str) -> None:
    ran = run("events", "--from", "2026-11-23", "--to", "2026-11-30", "--file", calendar, "--zone", "Europe/Istanbul",
              "--now", "2026-11-23")  # fmt: skip
    lines = [line.split(maxsplit=1)[1] for line in ran.out.splitlines()]
    assert lines == [
        "calendar  start             end               summary                    client",
        "work.ics  Tue 24 Nov 16:00  17:00             Weekly                             recurring",
        "work.ics  Wed 25 Nov                          Holiday                            cancelled",
        "work.ics  Wed 25 Nov 23:30  Thu 26 Nov 00:15  Floating                           tentative",
        "work.ics  2026-11-26 08:00  09:00             Second breakfast                   "
        "zone Middle-earth/Shire is unknown",
        "Thu 26 Nov 11:00  11:15             No name and two [31mlines",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--to", "2026-11-30"], "Missing option '--from'", id="no from"),
        pytest.param(
            ["--from", "2026-11-30", "--to", "2026-11-30", "--zone", "UTC"],
            "--to is not after --from",
            id="empty window",
        ),
        pytest.param(["--from", "today", "--to", "2026-11-30"], '"today" is no time', id="no time"),
        pytest.param(["--from", "2026-11-23", "--to", "2026-11-30", "--zone", "Mars"], '"Mars" is no zone', id="zone"),
        pytest.param(["--from", "2026-11-23", "--to", "2026-11-30"], "--file needs --zone", id="zone missing"),
        pytest.param(
            ["--from", "2026-11-23", "--to", "2026-11-30", "--zone", "UTC", "--calendar", "x"], "leave one", id="both"
        ),
    ],
)
def test_wrong_usage_is_told(run: Run, calendar: str, words: list[str], said: str) -> None:
    ran = run("events", "--file", calendar, *words)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        pytest.param("gone.ics", None, 2, "usage", id="missing"),
        pytest.param("empty.ics", b"", 1, "calendar-unreadable", id="empty"),
        pytest.param("page.ics", b"<html>Sign in</html>", 1, "calendar-unreadable", id="a web page"),
        pytest.param("latin.ics", b"BEGIN:VCALENDAR\nX:\xff\nEND:VCALENDAR\n", 1, "calendar-unreadable", id="no UTF-8"),
        pytest.param("cut.ics", CALENDAR.encode()[:200], 1, "calendar-unreadable", id="cut"),
        pytest.param(".", None, 2, "usage", id="a folder"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(
    run: Run, tmp_path: Path, name: str, content: bytes | None, status: int, code: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    ran = run(*("events", "--from", "2026-11-23", "--to", "2026-11-30", "--zone", "UTC", "--file", str(path), "--json"))
    assert (ran.status, ran.json["error"]["code"], ran.err) == (status, code, "")


def test_an_event_that_is_left_out_is_named_beside_the_rest(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "work.ics"
    path.write_text(CALENDAR.replace("DTSTART:20261125T233000", "DTSTART:tomorrow"))
    ran = run("events", "--from", "2026-11-23", "--to", "2026-11-30", "--zone", "UTC", "--file", str(path), "--json")
    assert ran.status == 0
    assert len(ran.json) == 4
    assert "left out" in ran.err and "floating" in ran.err
