"""`skip`, `keep` and `explain` find whatever `events` prints, whether it is a call or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.sample import MONDAY

NOW = ("--now", MONDAY)
pytestmark = pytest.mark.usefixtures("sample")


def event_id(run: Run, since: str, until: str, title: str) -> str:
    found = run("events", "--from", since, "--to", until, "--json", *NOW).json
    return next(str(event["id"]) for event in found if event["summary"] == title)


@pytest.mark.parametrize(
    ("since", "until", "title", "is_call"),
    [
        pytest.param("2026-11-24", "2026-11-25", "Acme weekly", True, id="a call in view"),
        pytest.param("2026-11-27", "2026-11-28", "Dinner with Ayşe", False, id="an event that is no call"),
        pytest.param("2026-11-26", "2026-11-27", "Dentist", False, id="an event of nobody"),
        pytest.param("2026-11-03", "2026-11-04", "Acme weekly", True, id="a call that is over"),
        pytest.param("2027-09-07", "2027-09-08", "Acme weekly", True, id="a call within the year"),
        pytest.param("2031-04-01", "2031-04-02", "Acme weekly", True, id="a call in years"),
    ],
)
def test_by_the_id_that_events_prints(run: Run, since: str, until: str, title: str, is_call: bool) -> None:
    short = event_id(run, since, until, title)
    found = run("explain", short, "--json", *NOW)
    assert (found.json["id"], found.json["call"]) == (short, is_call)
    assert run("skip", short[:5], "--json", *NOW).json["call"] == short


def test_by_its_uid(run: Run) -> None:
    assert run("explain", "dentist@kaya.example", *NOW).out.startswith("Dentist · work · Thu 26 Nov 09:00–10:00 · ")


def test_a_client_means_its_current_or_next_call(run: Run) -> None:
    assert run("explain", "mavi", *NOW).out.startswith("Cephe planları · mavi · Wed 25 Nov 11:00–11:45 · ")


def test_a_skipped_series_is_heard_for_every_occurrence(run: Run) -> None:
    first = event_id(run, "2026-11-24", "2026-11-25", "Acme weekly")
    assert run("skip", first, "--series", *NOW).status == 0
    later = event_id(run, "2027-09-07", "2027-09-08", "Acme weekly")
    assert "taken out by `calsync skip`" in run("explain", later, *NOW).out
    assert run("keep", later, "--now", "2026-11-23T09:01:00+03:00").status == 0
    assert run("explain", later, "--json", *NOW).json["call"] is True


@pytest.mark.parametrize("typed", ["zzzzzz", "ac", "nobody@example.org", ""])
def test_what_is_nowhere_is_told_with_what_is_near(run: Run, typed: str, sample: Path) -> None:
    ran = run("skip", typed, *NOW)
    assert (ran.status, ran.out) == (2, "")
    assert "Acme weekly" in ran.err or "letters" in ran.err
