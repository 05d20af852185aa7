"""`flex`: what is refused, what is said, and what counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.reconcile.conftest import CONFIG, Stage, event

NOW = "2026-11-25T09:00:00+03:00"
MONDAY = "2026-11-23T09:00:00+03:00"


@pytest.fixture
def config(tmp_path: Path, home: object) -> str:
    stage = Stage(tmp_path)
    stage.config(CONFIG)
    stage.put(event("a", "20261125T100000"), event("dentist", "20261125T110000", 30, who=[]))
    return str(tmp_path / "config.toml")


def test_less_than_five_minutes_are_no_call(run: Run, config: str) -> None:
    ran = run("--config", config, "flex", "acme", "-41m", "--because", "we are well prepared", "--now", NOW)
    assert ran.status == 2
    assert "the least is 5 min" in ran.err
    assert run("--config", config, "flex", "acme", "-40m", "--because", "so", "--now", NOW).status == 0


def test_it_goes_into_another_busy_event_only_with_yes(run: Run, config: str) -> None:
    words = ("--config", config, "flex", "acme", "+20m", "--because", "the contract", "--now", NOW)
    refused = run(*words)
    assert refused.status == 2
    assert "you are taken 11:00–11:30" in refused.err
    (call,) = run("--config", config, "plan", "--json", "--now", NOW).json["calls"]
    assert call["minutes"] == 45
    assert run(*words, "--yes").status == 0


def test_it_counts_from_the_hard_stop_without_flex_and_the_last_one_holds(run: Run, config: str) -> None:
    for change in ("+10m", "+15m", "-5m"):
        assert run("--config", config, "flex", "acme", change, "--because", "so", "--now", NOW).status == 0
    (call,) = run("--config", config, "plan", "--json", "--now", NOW).json["calls"]
    assert (call["hard_stop"], call["minutes"]) == ("2026-11-25T10:40:00+03:00", 40)


def test_of_a_running_call_the_sentence_to_say_is_shown_and_nothing_is_sent(run: Run, config: str) -> None:
    now = "2026-11-25T10:10:00+03:00"
    ran = run("--config", config, "flex", "acme", "+10m", "--because", "the contract", "--now", now)
    assert ran.status == 0
    assert "it is running: nothing is sent; say it" in ran.out
    assert "contract" in ran.out
    assert run("--config", config, "sync", "--json", "--now", now).json["sent"] == []


def test_it_says_which_one_it_is_this_month(run: Run, tmp_path: Path, config: str) -> None:
    days = [f"202611{day}T100000" for day in (24, 25, 26)]
    Stage(tmp_path).put(*(event(f"d{n}", day) for n, day in enumerate(days)), event("next", "20261201T100000"))
    ids = {one["uid"]: one["id"] for one in run("--config", config, "plan", "--json", "--now", MONDAY).json["calls"]}

    def flexed(uid: str, change: str, *more: str) -> str:
        ran = run("--config", config, "flex", ids[uid], change, "--because", "so", "--now", MONDAY, *more)
        assert ran.status == 0
        return ran.out

    assert "the 1st flex with Acme this month" in flexed("d0", "+5m")
    assert "the 1st flex with Acme this month" in flexed("d0", "+10m"), "the last one of a call holds"
    assert "the 2nd flex with Acme this month" in flexed("d1", "-5m")
    assert "the 1st flex with Acme in December" in flexed("next", "+5m")
    assert "2 other calls with Acme flexed this month" in flexed("d2", "+0m")
    assert json.loads(flexed("d2", "+5m", "--json"))["in_month"] == 3
    (row,) = run("--config", config, "clients", "--json", "--now", MONDAY).json["clients"]
    assert row["flexes"] == 3


def test_it_counts_from_where_being_late_has_moved_the_end(run: Run, config: str) -> None:
    assert run("--config", config, "late", "acme", "10m", "--shift", "--now", NOW).status == 0
    ran = run("--config", config, "flex", "acme", "+5m", "--because", "so", "--json", "--now", NOW)
    assert ran.json["hard_stop"] == "2026-11-25T11:00:00+03:00"
    assert "I've kept 50 minutes instead of our usual 45" in ran.json["sentence"]
    (call,) = run("--config", config, "plan", "--json", "--now", NOW).json["calls"]
    assert call["hard_stop"] == ran.json["hard_stop"]
