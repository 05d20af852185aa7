"""Whole cycles through the command line: the owner's word, approvals, limits, failures, and the documents' keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.sample import MONDAY, mails

NOW = ("--now", MONDAY)
AFTERNOON = ("--now", "2026-11-23T14:05:00+03:00")


@pytest.fixture
def acting(run: Run, sample: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample after its first cycle in act."""
    # A file that was just written is looked at twice, a moment apart; here nobody else writes.
    monkeypatch.setattr("calsync.calendars.file._SECOND_LOOK_S", 0.001)
    assert run("act", "--yes", *NOW).status == 0
    return sample


def test_her_word_on_calls_is_heard_in_the_next_cycle(run: Run, acting: Path) -> None:
    calls = {call["summary"]: call["id"] for call in run("plan", "--json", *NOW).json["calls"][::-1]}
    late, weekly = calls["A quick question"], calls["Acme weekly"]
    events = run("events", "--from", "2026-11-27", "--to", "2026-11-28", "--json", *NOW).json
    dinner = next(event["id"] for event in events if event["summary"].startswith("Dinner"))

    assert run("skip", late[:4], *NOW).status == 0
    assert run("keep", dinner, *NOW).status == 0
    flexed = run("flex", "acme", "-10m", "--because", "we are quick", *NOW)
    assert flexed.status == 0
    assert "hard stop 14:45 → Tue 24 Nov 14:35, 35 min in all" in flexed.out
    assert run("agenda", "acme", "--add", "Budget 10m", *NOW).status == 0

    plan = run("plan", "--json", *NOW).json
    assert {change["action"] for change in plan["changes"] if change["call"] == late} == {"remove_block"}
    assert {change["action"] for change in plan["changes"] if change["call"] == dinner} == {"add_block", "write_note"}
    moved = next(call for call in plan["calls"] if call["id"] == weekly)
    assert (moved["hard_stop"], moved["minutes"]) == ("2026-11-24T14:35:00+03:00", 35)
    message = next(one for one in plan["messages"] if one["call"] == weekly)
    assert "35 minutes instead of our usual 45: we are quick." in message["body"]
    assert "Budget" in message["body"]

    assert run("sync", *NOW).status == 0
    assert run("plan", "--exit-code", *NOW).status == 0


def test_a_message_that_asks_goes_once_approved(run: Run, acting: Path) -> None:
    late = ("--now", "2026-11-24T13:40:00+03:00")
    config = acting / "config.toml"
    config.write_text(config.read_text().replace("[defaults]", '[defaults]\nsend = "ask"'))
    assert run("sync", *NOW).status == 0
    asks = [one for one in run("outbox", "--json", *NOW).json["messages"] if one["state"] == "asks"]
    weekly = next(one for one in asks if "24 November" in one["subject"])
    assert run("sync", *AFTERNOON).status == 0
    assert mails(acting) == []

    shown = run("outbox", "show", weekly["id"], *AFTERNOON)
    assert "Hi Ayşe," in shown.out
    assert run("outbox", "approve", weekly["id"], *AFTERNOON).status == 0
    assert run("sync", *AFTERNOON).status == 0
    assert mails(acting) == ["ayse@acme.example: Our call on Tuesday 24 November"]
    again = run("outbox", "approve", weekly["id"], *AFTERNOON)
    assert again.status == 2
    assert "resend sends it once more" in again.err

    other = next(one for one in asks if one["id"] != weekly["id"])
    assert run("outbox", "skip", other["id"], *late).status == 0
    states = {one["id"]: one["state"] for one in run("outbox", "--json", *late).json["messages"]}
    assert (states[weekly["id"]], states[other["id"]]) == ("sent", "skipped")


def test_a_plan_over_the_limits_waits_for_its_digest(run: Run, acting: Path) -> None:
    config = acting / "config.toml"
    assert run("clean", "--yes", *NOW).status == 0
    config.write_text(config.read_text().replace("[owner]", "[limits]\nchanges = 2\n\n[owner]", 1))
    stopped = run("sync", "--json", *NOW)
    assert stopped.status == 3
    assert stopped.json["error"]["code"] == "owner-must-act"
    assert stopped.json["applied"] == []
    digest = run("plan", "--json", *NOW).json["digest"]
    assert f"calsync sync --digest {digest}" in stopped.json["error"]["hint"]
    other = run("sync", "--digest", "00000000", *NOW)
    assert (other.status, "another one now" in other.err) == (3, True)
    assert run("sync", "--digest", digest, *NOW).status == 0
    assert run("plan", "--exit-code", *NOW).status == 0


def test_a_calendar_that_cannot_be_read_fails_its_part_only(run: Run, acting: Path) -> None:
    (acting / "work.ics").write_text("<html>Sign in</html>")
    ran = run("sync", "--json", *NOW)
    assert ran.status == 1
    assert [one["what"] for one in ran.json["failed"]] == ['calendar "work"']
    plan = run("plan", "--json", *NOW).json
    assert (plan["calendars"]["work"]["ok"], plan["changes"], plan["calls"]) == (False, [], [])
    assert run("check", *NOW).status == 1
    status = run("status", "--json", *NOW).json
    assert status["calendars"]["work"]["read_at"] == MONDAY
    assert any("work" in what for what in status["owner_must"])


def test_the_documents_have_exactly_the_keys_that_scripts_count_on(run: Run, acting: Path) -> None:
    plan = run("plan", "--json", *NOW).json
    assert list(plan) == ["now", "mode", "digest", "calendars", "calls", "changes", "messages", "held"]
    assert list(plan["calls"][0]) == [
        *("id", "calendar", "uid", "summary", "client", "group", "start", "end", "hard_stop", "minutes"),
    ]
    assert list(plan["messages"][0]) == [
        *("id", "call", "client", "kind", "to", "send_at", "expires_at", "state", "subject", "body"),
    ]
    assert list(plan["held"][0]) == ["call", "what", "why"]
    assert list(run("sync", "--json", *NOW).json) == ["now", "applied", "sent", "failed", "held"]
    status = run("status", "--json", *NOW).json
    assert list(status) == ["now", "mode", "calendars", "messages", "held", "owner_must"]
    assert list(status["calendars"]["work"]) == ["ok", "error", "read_at"]
    checks = run("check", "--json", *NOW).json["checks"]
    assert all(list(check) == ["name", "state", "what", "hint"] for check in checks)
    report = run("report", "--month", "2026-11", "--json", *NOW).json
    assert list(report) == ["from", "to", "clients"]
    assert list(report["clients"][0]) == [
        *("client", "calls", "told", "booked", "capped", "taken", "over", "flexed", "cost", "ahead"),
    ]
    assert report["clients"][0]["cost"] == {"amount": 202.5, "currency": "EUR"}
