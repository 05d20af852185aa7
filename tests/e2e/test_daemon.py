"""The real daemon in a process of its own: starts, reads again, obeys, sends, and ends."""

from __future__ import annotations

import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from calsync.model.memory import Decision
from tests.desk import Desk, at, call, config
from tests.e2e.clocked import DrivenClock
from tests.e2e.running import ROOT, Running, wait_for

Made = Callable[..., Desk]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    def make(*events: str, **told: str) -> Desk:
        desk = Desk(tmp_path)
        desk.config(config(**told))
        desk.put(*events)
        return desk

    return make


@pytest.fixture
def clock(tmp_path: Path) -> DrivenClock:
    """Monday morning at the owner's, and time that flies."""
    clock = DrivenClock(tmp_path / "clock", at("23 10:00"))
    clock.speed(10)
    return clock


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "calsync", "--config", str(folder / "config.toml"), *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


class TestStart:
    def test_it_says_ready_writes_what_is_missing_and_says_how_things_stand(
        self, made: Made, clock: DrivenClock
    ) -> None:
        desk = made(call("a", "25 15:00"))
        with Running(desk.folder, clock=clock) as daemon:
            daemon.says("2 blocks added, 1 note written, 1 message queued")
            assert desk.notes() == 1
            daemon.wait_for(lambda: "next message at 2026-11-24 15:00; calendars read at" in daemon.status, "a status")
            assert "started, mode act" in daemon.log

    def test_in_observe_nothing_is_written(self, made: Made, clock: DrivenClock) -> None:
        desk = made(call("a", "25 15:00"), mode="observe")
        before = desk.text()
        with Running(desk.folder, clock=clock) as daemon:
            daemon.wait_for(lambda: "observing" in daemon.status, "a status")
            clock.pass_by(days=1, hours=7)
            daemon.wait_for(lambda: "read at 2026-11-24 17" in daemon.status, "the next cycle")
            daemon.stop()
        assert desk.text() == before
        assert desk.mails() == []

    @pytest.mark.parametrize(
        ("spoil", "status", "said"),
        [
            pytest.param(
                lambda folder: (folder / "config.toml").write_text("mode = 'watch'"), 2, "nothing was done", id="config"
            ),
            pytest.param(
                lambda folder: (folder / "state").write_text(""), 2, "error: state-folder", id="state folder is a file"
            ),
        ],
    )
    def test_what_can_not_begin_ends_at_once(
        self, made: Made, spoil: Callable[[Path], object], status: int, said: str
    ) -> None:
        desk = made(call("a", "25 15:00"))
        spoil(desk.folder)
        with Running(desk.folder, ready=False) as daemon:
            assert daemon.process.wait(timeout=20) == status
            assert said in daemon.log
            assert "READY=1" not in daemon.told

    @pytest.mark.parametrize("words", [["run"], ["sync"]])
    def test_a_second_one_is_sent_away(self, made: Made, words: list[str]) -> None:
        desk = made()
        with Running(desk.folder):
            second = command(desk.folder, *words)
        assert second.returncode == 4
        assert "calsync run" in second.stderr


class TestEnd:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_it_soon_and_well(self, made: Made, number: int) -> None:
        desk = made(call("a", "25 15:00"))
        with Running(desk.folder) as daemon:
            status, took = daemon.stop(number)
            assert (status, took < 3) == (0, True)
            assert "STOPPING=1" in daemon.told
        assert command(desk.folder, "sync").returncode == 0

    def test_a_signal_in_the_first_cycle_ends_it_too(self, made: Made) -> None:
        desk = made(*(call(f"c{number}", "25 10:00") for number in range(600)))
        with Running(desk.folder) as daemon:
            status, took = daemon.stop()
        assert (status, took < 5) == (0, True)

    def test_the_terminal_that_it_was_started_in_takes_it_along(self, made: Made) -> None:
        """A hangup is a word to read the config again, but not that of one's own terminal."""
        desk = made(call("a", "25 15:00"))
        began = time.monotonic()
        child, terminal = pty.fork()
        if child == 0:
            os.environ["PYTHONPATH"] = str(ROOT)
            words = ["-m", "calsync", "--config", str(desk.folder / "config.toml"), "run"]
            os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 (the real command)
        try:
            shown = b""
            while b"state folder" not in shown:
                shown += os.read(terminal, 4096)
            os.kill(child, signal.SIGHUP)
            while b"the config was read again" not in shown:
                shown += os.read(terminal, 4096)
            os.close(terminal)
            left = (0, 0)
            while left[0] == 0:
                left = os.waitpid(child, os.WNOHANG)
                assert time.monotonic() - began < 20, "it is still there"
                time.sleep(0.02)
        except BaseException:
            os.kill(child, signal.SIGKILL)
            raise
        assert os.waitstatus_to_exitcode(left[1]) == 0


class TestChanges:
    def test_a_changed_file_is_read_soon(self, made: Made, clock: DrivenClock) -> None:
        desk = made(call("a", "25 15:00"))
        with Running(desk.folder, clock=clock) as daemon:
            daemon.says("2 blocks added")
            desk.put(call("b", "26 15:00"))
            assert daemon.wait_for(lambda: desk.blocks().get("before") == "1455-1500", "the new call's block") < 5
            daemon.says("message withdrawn")

    def test_a_file_that_vanished_is_told_once_and_read_when_it_is_back(self, made: Made, clock: DrivenClock) -> None:
        desk = made(call("a", "25 15:00"))
        file = desk.folder / "work.ics"
        with Running(desk.folder, clock=clock) as daemon:
            daemon.says("2 blocks added")
            file.rename(desk.folder / "away.ics")
            daemon.says('warning: calendar "work"')
            daemon.wait_for(lambda: '1 problem: calendar "work"' in daemon.status, "a status")
            clock.pass_by(minutes=20)
            daemon.wait_for(lambda: "0 of 1 calendars read at 2026-11-23 10:20" in daemon.status, "another try")
            (desk.folder / "away.ics").rename(file)
            daemon.says('over: calendar "work"')
            assert daemon.log.count("warning: ") == 1
            assert desk.notes() == 1

    def test_what_another_command_wishes_is_acted_on_within_seconds(self, made: Made, clock: DrivenClock) -> None:
        desk = made(call("a", "25 15:00"))
        desk.config((desk.folder / "config.toml").read_text().replace("per_call", 'send = "ask"\nper_call'))
        with Running(desk.folder, clock=clock) as daemon:
            daemon.says("asks")
            desk.say("approve", "asks")
            assert daemon.says("sent by mail") < 5
            house = desk.house()
            house.ledger.decide(Decision(subject="a", series=False, verdict="skip", client="", at=clock.now))
            house.close()
            assert daemon.wait_for(lambda: desk.blocks() == {}, "the blocks are gone") < 5


class TestReload:
    def test_both_heartbeats_go_by_the_new_config(self, made: Made, clock: DrivenClock) -> None:
        desk = made(call("a", "25 15:00"))
        with Running(desk.folder, clock=clock) as daemon:
            daemon.says("1 message queued")
            text = (desk.folder / "config.toml").read_text()
            desk.config(text.replace("[defaults]", '[defaults]\nbuffer_before = "15m"').replace('"outbox"', '"other"'))
            daemon.reload()
            daemon.wait_for(lambda: desk.blocks().get("before") == "1445-1500", "the longer block")
            reloading = next(one for one in daemon.told if one.startswith("RELOADING=1"))
            assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", reloading)
            clock.pass_by(days=1, hours=5)
            daemon.wait_for(lambda: list((desk.folder / "other").glob("*.eml")), "the mail in the other folder")

    def test_a_wrong_config_is_told_and_the_one_before_holds(self, made: Made, clock: DrivenClock) -> None:
        desk = made(call("a", "25 15:00"))
        good = (desk.folder / "config.toml").read_text()
        with Running(desk.folder, clock=clock) as daemon:
            daemon.says("1 message queued")
            desk.config(good.replace('"45m"', '"45"').replace('mode = "act"', 'mode = "watch"'))
            daemon.reload()
            assert 'config.toml:1: mode: "watch"' in daemon.log
            assert 'defaults.per_call: "45" has no unit' in daemon.log
            assert "2 problems; the one before holds" in daemon.status
            assert "config" in alerts(desk.folder)
            desk.put(call("b", "26 15:00"))
            daemon.says("blocks added", times=2)
            desk.config(good)
            daemon.reload()
            daemon.says("over: the config was not taken over")
            assert "config" not in alerts(desk.folder)
            assert "problem" not in daemon.status

    def test_another_state_folder_needs_a_restart(self, made: Made, clock: DrivenClock) -> None:
        desk = made(call("a", "25 15:00"))
        with Running(desk.folder, clock=clock) as daemon:
            daemon.says("1 message queued")
            text = (desk.folder / "config.toml").read_text()
            desk.config(text.replace('state_dir = "state"', 'state_dir = "elsewhere"'))
            daemon.reload()
            assert "state_dir: another state folder needs a restart" in daemon.log
            assert not (desk.folder / "elsewhere").exists()


class TestSending:
    def test_a_message_leaves_within_seconds_of_its_moment(self, made: Made, clock: DrivenClock) -> None:
        desk = made(call("a", "25 15:00"))
        with Running(desk.folder, clock=clock) as daemon:
            daemon.says("1 message queued")
            clock.pass_by(days=1, hours=4, minutes=59, seconds=50)
            daemon.says("sent by mail")
            (mail,) = desk.mails()
            late = mail["Date"].datetime - at("24 15:00")
            assert timedelta(0) <= late <= timedelta(seconds=15)

    def test_its_log_names_no_address_no_title_and_no_person(self, made: Made, clock: DrivenClock) -> None:
        desk = made(call("a", "25 15:00", 60, "SUMMARY:Secret merger", "DESCRIPTION:whisper"))
        with Running(desk.folder, clock=clock) as daemon:
            daemon.says("1 message queued")
            clock.pass_by(days=1, hours=5)
            daemon.says("sent by mail")
            said = daemon.log + "\n".join(daemon.told)
        assert re.search(r"message \w{6} for acme: sent by mail", said)
        for private in ("@", "Secret", "merger", "whisper", "Ayşe", "Deniz"):
            assert private not in said.replace("config.toml", "")

    def test_a_calendar_that_can_not_be_written_delays_no_message(self, made: Made, clock: DrivenClock) -> None:
        """A program that keeps the file open for writing keeps the pass that reconciles waiting."""
        desk = made(call("a", "25 15:00"))
        with Running(desk.folder, clock=clock) as daemon:
            daemon.says("1 message queued")
            desk.put(call("a", "25 15:00"), call("b", "26 15:00"))
            with (desk.folder / "work.ics").open("ab"):
                clock.pass_by(days=1, hours=5)
                assert daemon.says("sent by mail") < 10
            daemon.says("blocks added", times=2)


class TestClock:
    @pytest.mark.parametrize(
        ("jump", "said"),
        [
            pytest.param(lambda clock: clock.step(hours=-1), "the clock was set back by 1h", id="back by an hour"),
            pytest.param(lambda clock: clock.step(days=1), "the clock was set forward by 1d", id="on by a day"),
            pytest.param(lambda clock: clock.suspend(days=3), "suspended for 3d", id="three days of suspend"),
        ],
    )
    def test_after_a_jump_it_looks_at_once_and_ticks_on(
        self, made: Made, clock: DrivenClock, jump: Callable[[DrivenClock], None], said: str
    ) -> None:
        desk = made(call("a", "12-02 15:00"))
        with Running(desk.folder, clock=clock) as daemon:
            daemon.says("2 blocks added")
            jump(clock)
            daemon.says(said)
            shown = clock.now.astimezone(at("23 10:00").tzinfo)
            daemon.wait_for(lambda: f"read at {shown:%Y-%m-%d %H:%M}" in daemon.status, "a cycle at the new time")
            # The ticks go on: a change is seen, though the clock that they count by may stand before the last one.
            desk.put(call("a", "12-02 16:00"))
            assert daemon.wait_for(lambda: desk.blocks().get("before") == "1555-1600", "the moved block") < 6
            assert daemon.log.count("everything is looked at anew") == 1

    def test_what_fell_due_in_suspend_is_not_sent_as_if_nothing_had_been(self, made: Made, clock: DrivenClock) -> None:
        desk = made(call("a", "25 15:00"), call("b", "26 12:00"))
        with Running(desk.folder, clock=clock) as daemon:
            daemon.says("2 messages queued")
            clock.suspend(days=2, hours=5, minutes=30)
            daemon.says("expired")
            daemon.says("sent by mail")
            daemon.wait_for(lambda: "no message is planned" in daemon.status, "a status")
            (mail,) = desk.mails()
            assert "26 November" in str(mail["Subject"])


class TestWatchdog:
    def test_both_passes_make_progress_so_it_gives_life_signs(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"))
        with Running(desk.folder, watchdog_s=0.6) as daemon:
            daemon.wait_for(lambda: daemon.told.count("WATCHDOG=1") >= 3, "three life signs")

    def test_without_a_watchdog_it_gives_none(self, made: Made, clock: DrivenClock) -> None:
        desk = made(call("a", "25 15:00"))
        with Running(desk.folder, clock=clock) as daemon:
            daemon.says("2 blocks added")
            daemon.stop()
            assert "WATCHDOG=1" not in daemon.told


class TestLedger:
    @pytest.fixture
    def held(self, made: Made, clock: DrivenClock) -> Iterator[tuple[Desk, Running, sqlite3.Connection]]:
        desk = made(call("a", "25 15:00"))
        with Running(desk.folder, clock=clock) as daemon:
            daemon.says("1 message queued")
            other = sqlite3.connect(desk.folder / "state" / "ledger.sqlite3", isolation_level=None)
            yield desk, daemon, other
            other.close()

    def test_one_that_is_locked_is_told_once_and_waited_for(
        self, held: tuple[Desk, Running, sqlite3.Connection], clock: DrivenClock
    ) -> None:
        desk, daemon, other = held
        other.execute("BEGIN EXCLUSIVE")
        desk.put(call("a", "25 15:00"), call("b", "26 15:00"))
        daemon.says("another program has held the ledger for too long")
        daemon.wait_for(lambda: "1 problem: another program has held" in daemon.status, "a status")
        other.execute("ROLLBACK")
        clock.pass_by(minutes=6)
        daemon.says("over: another program has held the ledger")
        daemon.says("blocks added", times=2)
        assert daemon.log.count("warning: another program has held the ledger") == 1

    def test_one_that_is_damaged_gives_way_to_its_copy_and_the_work_goes_on(
        self, held: tuple[Desk, Running, sqlite3.Connection], clock: DrivenClock
    ) -> None:
        desk, daemon, _ = held
        daemon.wait_for(lambda: list((desk.folder / "state" / "backups").glob("ledger-*")), "a copy")
        with (desk.folder / "state" / "ledger.sqlite3").open("r+b") as file:
            file.write(b"broken" * 2000)
        daemon.says("it was put aside as ledger.damaged-")
        desk.put(call("a", "25 15:00"), call("b", "26 15:00"))
        daemon.says("blocks added", times=2)
        assert daemon.log.count("error: ") == 1
        assert daemon.stop()[0] == 0
        assert {one.key.call for one in desk.memory().messages} == {"a", "b"}

    def test_another_file_in_its_place_is_taken_up(
        self, held: tuple[Desk, Running, sqlite3.Connection], clock: DrivenClock
    ) -> None:
        desk, daemon, other = held
        copy = desk.folder / "copy.sqlite3"
        with sqlite3.connect(copy) as target:
            other.backup(target)
        target.close()
        copy.replace(desk.folder / "state" / "ledger.sqlite3")
        desk.say("skip", "planned")
        daemon.wait_for(lambda: "no message is planned" in daemon.status, "the word that only the new file knows")

    def test_without_its_state_folder_it_ends_to_be_started_again(
        self, held: tuple[Desk, Running, sqlite3.Connection]
    ) -> None:
        desk, daemon, _ = held
        (desk.folder / "state").rename(desk.folder / "elsewhere")
        daemon.process.send_signal(signal.SIGHUP)  # so that nobody waits for its next look, which takes 15 s
        assert daemon.process.wait(timeout=20) == 1
        assert "error: the state folder was taken away" in daemon.log

    def test_one_of_a_newer_version_is_left_alone(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"))
        desk.sync()
        with sqlite3.connect(desk.folder / "state" / "ledger.sqlite3") as ledger:
            ledger.execute("PRAGMA user_version = 99")
        ledger.close()
        with Running(desk.folder, ready=False) as daemon:
            assert daemon.process.wait(timeout=20) == 2
            assert "a newer calsync made this ledger" in daemon.log


def alerts(folder: Path) -> set[str]:
    """Return the keys of the alerts that stand, by one look at the ledger."""
    with sqlite3.connect(folder / "state" / "ledger.sqlite3") as ledger:
        found = {row[0] for row in ledger.execute("SELECT key FROM alerts WHERE cleared_at IS NULL")}
    ledger.close()
    return found


def test_waiting_tells_what_it_waited_for() -> None:
    with pytest.raises(AssertionError, match="a miracle"):
        wait_for(lambda: False, "a miracle", 0.05)
