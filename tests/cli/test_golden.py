"""The pages as people see them, read once by a person; CALSYNC_UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import Golden
from tests.sample import MONDAY

NOW = ("--now", MONDAY)
AFTERNOON = ("--now", "2026-11-23T14:05:00+03:00")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file that was just written be read at once: here nobody else writes."""
    monkeypatch.setattr("calsync.calendars.file._SECOND_LOOK_S", 0.001)


@pytest.fixture
def no_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no unit be seen that whoever runs these tests may have."""
    monkeypatch.setattr("calsync.cli.running._running", lambda: ())


@pytest.mark.usefixtures("quick")
def test_the_demo(run: Run, golden: Golden, tmp_path: Path) -> None:
    ran = run("demo", "--dir", str(tmp_path / "demo"))
    assert ran.status == 0
    golden("cli/demo.txt", ran.out.replace(str(tmp_path), ""))


@pytest.mark.usefixtures("quick", "no_units")
def test_the_pages_of_a_first_day(run: Run, golden: Golden, sample: Path) -> None:
    def page(*words: str) -> str:
        ran = run(*words)
        shown = f"$ calsync {' '.join(words)}\n{ran.out}{ran.err}exit {ran.status}\n"
        return re.sub(r"(?<=(?:plan|gest) )[0-9a-f]{8}", "DIGEST", shown.replace(str(sample.parents[2]), "~"))

    steps = [
        ("check", *NOW),
        ("plan", *NOW),
        ("preview", "acme", *NOW),
        ("act", "--yes", *NOW),
        ("sync", *AFTERNOON),
        ("status", *AFTERNOON),
        ("outbox", *AFTERNOON),
        ("clients", *AFTERNOON),
        ("report", *AFTERNOON),
        ("explain", "qtaceo", *AFTERNOON),
        ("agenda", "mavi", *AFTERNOON),
        ("flex", "acme", "+15m", "--because", "the contract has to be settled today", *AFTERNOON),
        ("announce", "acme", *AFTERNOON),
        ("plan", *AFTERNOON),
        ("clean", *AFTERNOON),
    ]
    golden("cli/first_day.txt", "\n".join(page(*words) for words in steps))


def test_the_help(run: Run, golden: Golden) -> None:
    golden("cli/help.txt", run("--help").out)
