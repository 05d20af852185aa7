"""`sync` is killed at every kind of moment, as a real process; the next one leaves all as if nothing had happened."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from calsync.calendars.file import FileCalendar
from calsync.calendars.replace import Clock
from calsync.settings.edit import set_mode
from calsync.settings.load import load
from calsync.wiring import House, open_house
from tests.conftest import IN_CI

KILLS = int(os.environ.get("CALSYNC_KILLS", "40" if IN_CI else "15"))
SEED = int(os.environ.get("CALSYNC_SEED", "1"))
# At this moment of the sample's week one cycle writes notes and blocks, queues messages, and sends the first.
NOW = datetime.fromisoformat("2026-11-23T14:05:00+03:00")
LATER = datetime.fromisoformat("2026-11-25T16:30:00+03:00")
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Left:
    """What stands after a cycle: the file (whoever wrote it), the mails, the messages in the ledger."""

    file: bytes
    mails: tuple[tuple[str, str, str], ...]
    messages: frozenset[tuple[str, str]]


def _sync(folder: Path, tools: Path, *, kill_at: int, count: Path | None = None) -> int:
    """Run a real `calsync sync` and return how it ended."""
    environ = {
        **os.environ,
        "PYTHONPATH": f"{tools}:{ROOT}",
        "KILL_AT": str(kill_at),
        "KILL_LOG": str(count or ""),
    }
    words = ["--config", str(folder / "config.toml"), "sync", "--now", NOW.isoformat()]
    done = subprocess.run(
        [sys.executable, "-m", "calsync", *words], env=environ, capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr
    return done.returncode


def _cycle(folder: Path, now: datetime) -> Left:
    """Run one more cycle, here, and return what stands then."""
    house = _house(folder)
    try:
        done = house.sync(now)
        assert done.failed == ()
        messages = frozenset((one.id, one.state.value) for one in house.ledger.memory().messages)
    finally:
        house.close()
    mails = []
    for path in sorted((folder / "outbox").glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = mail.get_body(("plain",))
        assert body is not None
        mails.append((str(mail["To"]), str(mail["Message-ID"]), body.get_content()))
    return Left(_nameless((folder / "work.ics").read_bytes()), tuple(sorted(mails)), messages)


def _house(folder: Path) -> House:
    house = open_house(load(folder / "config.toml"), {})
    settled = Clock(seconds=lambda: time.time_ns() / 1e9 + 60, pause=time.sleep)  # nobody else writes here
    backups = house.state / "backups"
    house.calendars = {
        name: FileCalendar(name, one.path, one.zone, backups=backups, clock=settled)
        for name, one in house.calendars.items()
    }
    return house


def _nameless(data: bytes) -> bytes:
    """Return a calendar's content without the name of the installation that wrote into it, whatever its folds."""
    return re.sub(rb"i=[a-z0-9]+", b"i=", data.replace(b"\r\n ", b""))


def test_wherever_a_cycle_is_killed_the_next_one_mends_it(
    sample: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    set_mode(sample / "config.toml", "act")
    tools = tmp_path / "tools"
    tools.mkdir()
    shutil.copy(Path(__file__).with_name("killer.py"), tools / "sitecustomize.py")
    before = (sample / "work.ics").read_bytes()

    whole, count = tmp_path / "whole", tmp_path / "count"
    shutil.copytree(sample, whole)
    assert _sync(whole, tools, kill_at=0, count=count) == 0
    deeds = len(count.read_text().splitlines())
    expected = _cycle(whole, NOW)
    assert expected.mails and b"VEVENT" in expected.file != _nameless(before)
    expected_later = _cycle(whole, LATER)
    assert len(expected_later.mails) > len(expected.mails)

    chance = random.Random(SEED)
    ended: Counter[str] = Counter()
    for number in range(KILLS):
        # Spread over all deeds, each time at other ones.
        at = 1 + (number * deeds // KILLS + chance.randrange(max(deeds // KILLS, 1))) % deeds
        folder = tmp_path / f"killed-{at}"
        shutil.copytree(sample, folder)
        status = _sync(folder, tools, kill_at=at)
        ended["killed" if status == -signal.SIGKILL else "ended"] += 1
        if chance.random() < 0.25:  # and what mends it is killed too
            again = _sync(folder, tools, kill_at=chance.randrange(1, deeds))
            ended["killed twice" if again == -signal.SIGKILL else "mended by a process"] += 1
        standing = _nameless((folder / "work.ics").read_bytes())
        assert standing in (_nameless(before), expected.file), f"half a file, killed at {at}"
        assert _cycle(folder, NOW) == expected, f"killed at {at} of {deeds}"
        assert _cycle(folder, LATER) == expected_later, f"killed at {at} of {deeds}"
        assert sorted(path.name for path in folder.iterdir()) == ["config.toml", "outbox", "state", "work.ics"]
        _taken_back(folder, before)
        shutil.rmtree(folder)
    assert ended["killed"] >= KILLS * 0.9
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        told = ", ".join(f"{many} {how}" for how, many in sorted(ended.items()))
        reporter.write_line(f"\n{deeds} deeds in a cycle; of {KILLS} runs: {told}")


def _taken_back(folder: Path, before: bytes) -> None:
    house = _house(folder)
    try:
        done = house.clean(LATER)
    finally:
        house.close()
    assert (done.left, done.failed) == ([], [])
    assert (folder / "work.ics").read_bytes() == before
