"""A rehearsed `sync` is killed at every kind of moment, as a real process, and the next one leaves no trace of that.

Here the channel is a folder, of which it can be told what became of a mail: nothing is left unknown.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from calsync.calendars.file import FileCalendar
from calsync.calendars.replace import Clock
from calsync.settings.edit import set_mode
from calsync.settings.load import load
from calsync.wiring import House, open_house
from tests.e2e.kills import ENDED, Tally, deeds, points, put_killer, wait
from tests.e2e.running import ROOT
from tests.e2e.soon import Soon, in_folder

KILLS = int(os.environ.get("CALSYNC_KILLS", "8"))
SEED = int(os.environ.get("CALSYNC_SEED", "1"))
AT_ONCE = 4
# At this moment of the sample's week one cycle writes notes and blocks, queues messages, and sends the first.
NOW = datetime.fromisoformat("2026-11-23T14:05:00+03:00")
LATER = datetime.fromisoformat("2026-11-25T16:30:00+03:00")


@dataclass(frozen=True, slots=True)
class Left:
    """What stands after a cycle: the file (whoever wrote it), the mails, the messages in the ledger."""

    file: bytes
    mails: tuple[tuple[str, str, str], ...]
    messages: frozenset[tuple[str, str]]


def _sync(folder: Path, tools: Path, at: int) -> tuple[int, list[str]]:
    """Run a real `calsync sync` that is killed at its deed `at` (0: never); return how it ended, and its deeds."""
    log = folder.with_name(f"{folder.name}.deeds")
    log.unlink(missing_ok=True)
    environ = {"PYTHONPATH": f"{tools}:{ROOT}", "KILL_AT": str(at), "KILL_LOG": str(log)}
    return wait(Soon(folder).start("sync", "--now", NOW.isoformat(), **environ)), deeds(log)


def _cycle(folder: Path, now: datetime) -> Left:
    """Run one more cycle, here, and return what stands then."""
    house = _house(folder)
    try:
        done = house.sync(now)
        assert done.failed == ()
        messages = frozenset((one.id, one.state.value) for one in house.ledger.memory().messages)
    finally:
        house.close()
    mails = sorted((mail.to, mail.message_id, mail.body) for mail in in_folder(Soon(folder)))
    return Left(_nameless((folder / "work.ics").read_bytes()), tuple(mails), messages)


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
    tools = put_killer(tmp_path / "tools")
    before = (sample / "work.ics").read_bytes()

    whole = tmp_path / "whole"
    shutil.copytree(sample, whole)
    status, done = _sync(whole, tools, 0)
    assert status == 0
    expected = _cycle(whole, NOW)
    assert expected.mails and b"VEVENT" in expected.file != _nameless(before)
    expected_later = _cycle(whole, LATER)
    assert len(expected_later.mails) > len(expected.mails)

    def killed(number: int, at: int) -> list[str]:
        folder, kinds = tmp_path / f"killed {number} at {at}", []
        shutil.copytree(sample, folder)
        chance = random.Random(number)
        # Sometimes what mends it is killed too.
        for again in [at, *([chance.randrange(1, at + 1)] if chance.random() < 0.25 else [])]:
            status, done = _sync(folder, tools, again)
            kinds.append(done[-1] if status == -signal.SIGKILL else ENDED)
        standing = _nameless((folder / "work.ics").read_bytes())
        assert standing in (_nameless(before), expected.file), f"half a file: {folder}"
        assert _cycle(folder, NOW) == expected, folder
        assert _cycle(folder, LATER) == expected_later, folder
        assert sorted(path.name for path in folder.iterdir()) == ["config.toml", "outbox", "state", "work.ics"]
        _taken_back(folder, before)
        shutil.rmtree(folder)
        return kinds

    tally = Tally()
    with ThreadPoolExecutor(AT_ONCE) as at_once:
        for kinds in at_once.map(killed, range(KILLS), points(done, KILLS, random.Random(SEED))):
            tally.count(kinds, [])
    tally.tell(request, f"{KILLS} rehearsed cycles of {len(done)} deeds, {tally.killed} processes killed")
    assert tally.killed >= KILLS * 0.9


def _taken_back(folder: Path, before: bytes) -> None:
    house = _house(folder)
    try:
        done = house.clean(LATER)
    finally:
        house.close()
    assert (done.left, done.failed) == ([], [])
    assert (folder / "work.ics").read_bytes() == before
