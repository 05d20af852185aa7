"""A ledger that can't be written, is locked, damaged, lost, or older than what was sent: nothing goes twice."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calsync.deliver.outbox import approve
from calsync.ledger.sqlite import FILE
from calsync.ports import OLDER_LEDGER
from tests.e2e.clocked import DrivenClock
from tests.e2e.running import Running
from tests.e2e.soon import (
    WATCHDOG_S,
    Soon,
    event,
    goes_on,
    now,
    put_soon,
    together,
    write_calendar,
)
from tests.fakes.smtp import MailServer

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Istanbul"))
NOON = {name: MONDAY.replace(hour=12) + timedelta(days=days) for name, days in (("tue", 1), ("wed", 2), ("thu", 3))}
LEAD = timedelta(days=2)
CHANNEL = "[channels.mail]\n"


def got(server: MailServer) -> Counter[str]:
    """Return how many mails each client got; copies and alerts to the owner don't count."""
    return Counter(one.to.partition("@")[0] for one in server.accepted if not one.to.startswith("deniz@"))


def _damaged(state: Path, *, at: float = 0.5, zeros: bytes = b"\0\xff" * 6000) -> None:
    file = state / FILE
    with file.open("r+b") as stream:
        stream.seek(int(file.stat().st_size * at) // 4096 * 4096)
        stream.write(zeros)


def _restored(state: Path, when: str) -> None:
    shutil.copy(state.with_name(when) / FILE, state / FILE)


def _whole_restored(state: Path, when: str) -> None:
    shutil.rmtree(state)
    shutil.copytree(state.with_name(when), state)


def _not_at_all(state: Path) -> None:
    """Nothing befalls it: the same ledger, with the same stamp."""


# What befalls the state folder. In it stands all that was sent. Beside it are older ones: "yesterday" has written all
# notes and blocks, "last week" not even that, so that calendars tell of it too.
SPOILED: dict[str, Callable[[Path], object]] = {
    "nothing": _not_at_all,
    "the ledger of last week": lambda state: _restored(state, "last week"),
    "the ledger of yesterday": lambda state: _restored(state, "yesterday"),
    "the whole folder of last week": lambda state: _whole_restored(state, "last week"),
    "the whole folder of yesterday": lambda state: _whole_restored(state, "yesterday"),
    "no ledger": lambda state: (state / FILE).unlink(),
    "no state folder": shutil.rmtree,
    "damaged in the middle": _damaged,
    "damaged at its head": lambda state: _damaged(state, at=0),
    "cut off": lambda state: os.truncate(state / FILE, (state / FILE).stat().st_size // 2),
}
# Whether the ledger then knows surely (0), perhaps (1) or not at all (2, all others) what was sent on Wednesday.
KNOWS = {"nothing": 0, "damaged in the middle": 1, "damaged at its head": 1, "cut off": 1}


def lived(folder: Path) -> Soon:
    """Live from Monday to Wednesday: tue and wed were told on these days, thu is to be told on Thursday."""
    clock = DrivenClock(folder / "clock", MONDAY)
    (folder / "ca").mkdir()
    with MailServer(folder / "ca", security="none") as server:
        starts = [moment + LEAD for moment in NOON.values()]
        soon = put_soon(
            folder / "home", server.table(), names=[*NOON], starts=starts, defaults='message_before = "2d"\n'
        )
        write_calendar(soon.file, event("tue", starts[0]))
        with Running(soon.folder, clock=clock, environ=soon.environ) as daemon:
            daemon.says("1 message queued")
            daemon.stop()
        shutil.copytree(soon.state, soon.folder / "last week")
        text = soon.file.read_bytes().removesuffix(b"END:VCALENDAR\r\n").decode()
        write_calendar(soon.file, text.partition("work//EN\r\n")[2] + "".join(map(event, [*NOON][1:], starts[1:])))
        with Running(soon.folder, clock=clock, environ=soon.environ) as daemon:
            daemon.says("4 blocks added, 2 notes written, 2 messages queued")
            daemon.stop()
        shutil.copytree(soon.state, soon.folder / "yesterday")
        with Running(soon.folder, clock=clock, environ=soon.environ) as daemon:
            for count, name in enumerate(("tue", "wed"), start=1):
                clock.pass_by(seconds=(NOON[name] - clock.now).total_seconds() + 60)
                daemon.says("sent by mail", times=count)
            daemon.stop()
        assert got(server) == Counter(["tue", "wed"])
        text = soon.config.read_text(encoding="utf-8")
        soon.config.write_text(text.replace(server.table(), CHANNEL), encoding="utf-8")
    return soon


def test_whatever_became_of_the_ledger_nothing_that_was_sent_goes_again_by_itself(tmp_path: Path) -> None:
    model = lived(tmp_path)

    def spoiled(number: int, name: str, spoil: Callable[[Path], object]) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        clock = DrivenClock(folder / "clock", MONDAY + timedelta(days=2, hours=4))
        with MailServer(folder, security="none") as server:
            soon = model.moved(folder / "home", CHANNEL, server.table())
            before = soon.file.read_bytes()
            spoil(soon.state)
            with Running(soon.folder, clock=clock, environ=soon.environ, watchdog_s=WATCHDOG_S) as daemon:
                daemon.wait_for(lambda: "read at" in daemon.status, "a cycle")
                clock.pass_by(minutes=6)
                goes_on(daemon)
                assert got(server) == Counter()
                assert soon.file.read_bytes() == before, "nothing is written twice"
                assert (OLDER_LEDGER in soon.alerts()) == (spoil is not _not_at_all)
                states, again = soon.states(), Counter[str]()
                assert states["thu"] == "planned"
                # A copy of the same day may know what was sent that day.
                assert states["wed"] in ({"sent"}, {"unknown", "sent"}, {"unknown"})[KNOWS.get(name, 2)]
                if states["wed"] == "unknown":  # it goes when she says so
                    with soon.ledger() as ledger:
                        (held,) = (one for one in ledger.memory().messages if one.client == "wed")
                        ledger.set_state(approve(held, clock.now))
                    again = Counter(["wed"])
                    daemon.wait_for(lambda: got(server) == again, "the approved one")
                # What had not fallen due goes by itself.
                clock.pass_by(seconds=(NOON["thu"] - clock.now).total_seconds() + 60)
                daemon.wait_for(lambda: got(server) == again + Counter(["thu"]), "the one of Thursday")
            assert server.problems() == []

    together(spoiled, {name: (number, name, spoil) for number, (name, spoil) in enumerate(SPOILED.items())})


# A disk of its own for the state folder, where this user may have one; elsewhere no file may grow beyond a limit.
OWN_DISK = ["unshare", "-m" if os.geteuid() == 0 else "-rm", "sh", "-ec"]
HAS_OWN_DISK = (
    shutil.which("unshare") is not None
    and subprocess.run([*OWN_DISK, "mount -t tmpfs tmpfs /mnt"], capture_output=True, check=False).returncode == 0
)
_CALSYNC = 'calsync() { "$PYTHON" -m calsync --config config.toml sync; }\n'
ON_A_DISK = f"""{_CALSYNC}
mount -t tmpfs -o size=1m,mode=0700 tmpfs state
calsync
mv more.ics work.ics
dd if=/dev/zero of=state/filler bs=1k count=$(($(df -k --output=avail state | tail -1) - LEFT)) status=none
{{ calsync > out 2> err; echo $? > status; }} || true
cp work.ics then.ics
rm state/filler
calsync
cp -a state/. after/
"""
BY_A_LIMIT = f"""{_CALSYNC}
calsync
mv more.ics work.ics
size=$(($(wc -c < state/{FILE}) / 512 + LEFT * 2))
( ulimit -f $size; {{ calsync > out 2> err; echo $? > status; }} || true )
cp work.ics then.ics
calsync
cp -a state/. after/
rm -r state/*
"""


def test_a_full_disk_is_said_and_all_is_done_when_there_is_room(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(11)]

    def full(left: int) -> None:
        folder = tmp_path / str(left)
        folder.mkdir()
        with MailServer(folder, security="none") as server:
            soon = put_soon(folder / "home", server.table(), names=names)
            soon.file.rename(soon.folder / "more.ics")
            write_calendar(soon.file, event("c0", now() + timedelta(hours=3)))
            soon.state.mkdir()
            (soon.folder / "after").mkdir()
            words = [*OWN_DISK, ON_A_DISK] if HAS_OWN_DISK else ["sh", "-ec", BY_A_LIMIT]
            words[-1] = words[-1].replace("LEFT", str(left))
            environ = {**os.environ, **soon.environ, "PYTHON": sys.executable}
            done = subprocess.run(words, cwd=soon.folder, env=environ, capture_output=True, text=True, check=False)
            said = (soon.folder / "err").read_text()
            assert done.returncode == 0 and "Traceback" not in said + done.stderr, done.stderr + said
            status = int((soon.folder / "status").read_text())
            assert (status, "disk" in said) in ((1, True), (0, False))
            assert status == 1 or left > 20
            assert (soon.folder / "then.ics").read_bytes().endswith(b"END:VCALENDAR\r\n"), "half a file"
            soon.state.rmdir()
            (soon.folder / "after").rename(soon.state)
            assert soon.written() == (11, 22)
            assert set(soon.states().values()) == {"sent"}
            assert got(server) == Counter(names)
            assert server.problems() == []

    together(full, {f"{left} KB are left": (left,) for left in (0, 12, 48)})


# Without its capabilities root too may only write where a mode says so.
OBEYING = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 else []


@pytest.mark.parametrize("what", [pytest.param("state", id="folder"), pytest.param(f"state/{FILE}", id="ledger")])
def test_a_state_folder_that_can_not_be_written_is_said_and_nothing_is_done(tmp_path: Path, what: str) -> None:
    with MailServer(tmp_path, security="none") as server:
        soon = put_soon(tmp_path / "home", server.table(), names=["acme", "beta"])
        whole = soon.file.read_bytes()
        write_calendar(soon.file, event("acme", now() + timedelta(hours=3)))
        assert soon.run("sync").status == 0
        soon.file.write_bytes(whole)
        target = soon.folder / what
        mode = target.stat().st_mode
        target.chmod(mode & 0o500)
        ran = soon.run("sync", before=OBEYING)
        assert ran.status == 2
        assert "error: state-folder" in ran.err and str(soon.state) in ran.err
        assert soon.file.read_bytes() == whole
        assert got(server) == Counter(["acme"])
        target.chmod(mode)
        assert soon.run("sync").status == 0
        assert got(server) == Counter(["acme", "beta"])


def test_a_ledger_that_another_program_holds_for_too_long_stops_a_cycle_and_the_next_one_does_all(
    tmp_path: Path,
) -> None:
    with MailServer(tmp_path, security="none") as server:
        soon = put_soon(tmp_path / "home", server.table(), names=["acme", "beta"])
        whole = soon.file.read_bytes()
        write_calendar(soon.file, event("acme", now() + timedelta(hours=3)))
        assert soon.run("sync").status == 0
        soon.file.write_bytes(whole)
        with closing(sqlite3.connect(soon.state / FILE, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            ran = soon.run("sync")
            assert ran.status == 1
            assert "another program has held the ledger for too long" in ran.err
            other.execute("ROLLBACK")
        assert got(server) == Counter(["acme"])
        assert soon.run("sync").status == 0
        assert got(server) == Counter(["acme", "beta"])
