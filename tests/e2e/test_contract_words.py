"""What is said and with which status: bad words, CALL in all its forms, what asks without anybody there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import MONDAY, Calsync

NOW = ("--now", MONDAY)
A_DAY = ("--from", "2026-11-24", "--to", "2026-11-25")


def add(sample: Path, uid: str, title: str, people: tuple[str, ...], start: str = "20261127T160000") -> None:
    """Add an event of half an hour to the sample."""
    calendar = sample / "work.ics"
    lines = [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "DTSTAMP:20261101T080000Z",
        f"DTSTART;TZID=Europe/Istanbul:{start}",
        "DURATION:PT30M",
        f"SUMMARY:{title}",
        "ORGANIZER:mailto:deniz@kaya.example",
        *(f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{person}" for person in people),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    text = calendar.read_bytes().decode()
    calendar.write_bytes(text.replace("END:VCALENDAR", "\r\n".join(lines)).encode())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["plan", "--now", "2026-11-23T09:00"], "offset", id="a time without its offset"),
        pytest.param(["plan", "--now", "2026-02-30"], "no time", id="a day that no month has"),
        pytest.param(["events", *A_DAY, "--zone", "Mars/Base"], "no zone", id="a zone that nobody knows"),
        pytest.param(["events", *A_DAY, "--calendar", "wrok"], 'no calendar "wrok"', id="a calendar that is not there"),
        pytest.param(["events", *A_DAY, "--file", "x.ics"], "--zone", id="a file without a zone"),
        pytest.param(["preview", "nobody", *NOW], "nobody", id="an unknown CALL"),
        pytest.param(["preview", "bp", *NOW], "too short", id="two letters of an id"),
        pytest.param(["flex", "acme", "15m", "--because", "x", *NOW], "+15m", id="flex without a sign"),
        pytest.param(["flex", "acme", "-41m", "--because", "x", *NOW], "5 min", id="less than 5 minutes left"),
        pytest.param(["flex", "acme", "+15m", "--because", " ", *NOW], "reason", id="flex without a reason"),
        pytest.param(["flex", "ifr", "+30m", "--because", "x", *NOW], "taken", id="flex into another event"),
        pytest.param(["report", "--json", "--csv", "-"], "--json", id="two forms of a report"),
        pytest.param(["report", "--month", "2026-13"], "no month", id="a thirteenth month"),
        pytest.param(["report", "--week", "2026-W54"], "no week", id="a week that no year has"),
        pytest.param(["pause", "--until", "2020-01-01", *NOW], "over already", id="a pause in the past"),
        pytest.param(["keep", "bpo", "--client", "acne", *NOW], 'no client "acne"', id="an unknown client"),
        pytest.param(["check", "--config", "x.toml"], "No such option", id="a global option after the command"),
    ],
)
def test_wrong_words_are_refused_and_nothing_is_done(
    calsync: Calsync, sample: Path, words: list[str], said: str
) -> None:
    before = (sample / "work.ics").read_bytes()
    ran = calsync(*words, "--json")
    assert ran.status == 2
    error = ran.json["error"]
    assert list(error) == ["code", "what", "where", "hint"]
    assert said in error["what"] + error["hint"]
    assert (sample / "work.ics").read_bytes() == before


def test_a_call_is_named_by_the_beginning_of_its_id_or_by_its_client(calsync: Calsync, sample: Path) -> None:
    calls = calsync("plan", "--json", *NOW).json["calls"]
    weekly = calls[0]["id"]
    for typed in (weekly, weekly[:3], weekly.upper(), "acme"):
        assert calsync("agenda", typed, "--json", *NOW).json["call"] == weekly
    config = sample / "config.toml"
    config.write_text(config.read_text().replace("[clients.mavi]", f"[clients.{weekly[:3]}]"))
    shown = calsync("agenda", weekly[:3], "--json", *NOW).json["call"]
    assert shown == next(call["id"] for call in calls if call["client"] == "mavi"), "a client's key goes first"


def test_flex_goes_through_without_a_terminal_and_act_does_not(calsync: Calsync, sample: Path) -> None:
    flexed = calsync("flex", "acme", "-15m", "--because", "we are well prepared", "--json", *NOW)
    assert flexed.status == 0
    assert (flexed.json["minutes"], flexed.json["hard_stop"]) == (30, "2026-11-24T14:30:00+03:00")
    assert "we are well prepared" in flexed.json["sentence"]
    assert calsync("plan", "--json", *NOW).json["calls"][0]["minutes"] == 30
    config = (sample / "config.toml").read_bytes()
    assert calsync("act", *NOW).status == 2
    assert (sample / "config.toml").read_bytes() == config


def test_explain_names_the_rule_that_speaks_against_a_call_and_where_it_stands(calsync: Calsync, sample: Path) -> None:
    config = sample / "config.toml"
    ids = {one["summary"]: one["id"] for one in calsync("events", "--from", "2026-11-23", "--to", "2026-11-30",
                                                        "--json", *NOW).json}  # fmt: skip
    dinner = calsync("explain", ids["Dinner with Ayşe"], "--json", *NOW).json
    assert (dinner["call"], dinner["client"]) == (False, "acme")
    why = {one["what"]: (one["is"], one["why"]) for one in dinner["why"]}
    assert why["a call"] == ("no", 'its title says "dinner"')
    assert why["by rule"][0] == "except"
    assert why["by rule"][1].startswith("built-in")
    values = {one["key"]: (one["from"], one["value"]) for one in dinner["values"]}
    assert values["per_call"] == ("defaults", "45m")
    assert values["buffer_before"] == ("built-in", "5m")
    assert values["timezone"] == ("clients.acme", "Europe/Berlin")
    config.write_text(config.read_text().replace("[defaults]", '[defaults]\nexcept = ["dentist"]'))
    assert calsync("explain", ids["Dinner with Ayşe"], "--json", *NOW).json["call"]
    nobody = calsync("explain", ids["Dentist"], "--json", *NOW).json
    assert (nobody["call"], nobody["client"], nobody["values"]) == (False, None, [])


def test_two_clients_in_one_event_are_both_named(calsync: Calsync, sample: Path) -> None:
    add(sample, "tie", "Tie", ("ayse@acme.example", "mehmet@mavi.example"))
    add(sample, "less", "Less", ("ayse@acme.example", "new@mavi.example"), start="20261127T100000")
    page = calsync("plan", *NOW).out
    assert '= call "Tie"' in page
    assert "it matches Acme and Mavi Yapı alike" in page
    assert "Mavi Yapı matches it too; it counts as Acme's" in page


def test_a_calendar_that_was_not_read_is_said_by_all_that_count(calsync: Calsync, sample: Path) -> None:
    (sample / "work.ics").write_bytes(b"")
    for words in (["plan", "--exit-code"], ["report"], ["clients"]):
        ran = calsync(*words, "--json", *NOW)
        assert ran.status == 1
        assert "work" in (ran.err or json.dumps(ran.json["calendars"]))
    assert "not one byte" in calsync("preview", "acme", *NOW).err


def test_a_preview_shows_what_stands_when_and_records_nothing(calsync: Calsync, sample: Path) -> None:
    page = calsync("preview", "acme", "--to-me", *NOW).out
    client, _, owner = page.partition("Only for you")
    assert "we finish at 12:45" in client
    assert "Back to work" not in client
    assert "the block before the call, 13:55–14:00 “Prep”:" in owner
    assert "the block after the call, 14:45–14:55 “Wrap-up”:" in owner
    mail = [path.read_text() for path in (sample / "outbox" / "owner").glob("*.eml")]
    assert len(mail) == 1
    assert "Subject: [preview] " in mail[0]
    assert "To: deniz@kaya.example" in mail[0]
    assert calsync("outbox", "--json", *NOW).json == {"messages": []}
    assert calsync("sent", "acme", "--json", *NOW).json == {"messages": []}
