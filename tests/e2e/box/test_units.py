"""The real units under a real systemd: they start, shut calsync in, reload, are watched over, and end in time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from calsync.cli.unit import shipped
from tests.e2e.box.conftest import Deniz
from tests.e2e.box.machine import PROGRAM, Box, until
from tests.e2e.soon import OWNER, address
from tests.fakes.smtp import HANG, MailServer

pytestmark = [
    pytest.mark.xdist_group("box"),  # one system is started for all of them
    pytest.mark.needs_debian("systemctl", "systemd"),
    pytest.mark.needs_debian("dbus-daemon", "dbus"),
    pytest.mark.needs_debian("nsenter", "util-linux"),
]
CLIENT = address("acme")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer(tmp_path, copies=[OWNER]) as server:
        yield server


def show(box: Box, name: str, unit: str = "calsync.service") -> str:
    return box.run("systemctl", "show", unit, f"--property={name}", "--value").stdout.strip()


def install(deniz: Deniz, *words: str) -> None:
    """Do what the page of `service install --system` says is to be done."""
    box = deniz.box
    said = json.loads(
        box.run(PROGRAM, "--config", deniz.config, "service", "install", "--system", *words, "--json").stdout
    )
    for line in said["run"][:-1]:
        box.run(*line.split("#")[0].split())


def drop_in(box: Box, text: str, unit: str = "calsync.service") -> None:
    folder = box.root / f"etc/systemd/system/{unit}.d"
    folder.mkdir(exist_ok=True)
    (folder / "90-test.conf").write_text(text)


def journal(box: Box, *words: str) -> list[dict[str, str]]:
    ran = box.run("journalctl", "--unit=calsync.service", "--output=json", *words)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def said(box: Box, text: str) -> bool:
    return any(text in str(entry.get("MESSAGE")) for entry in journal(box))


class TestAsAnOwnersFiles:
    def test_it_runs_as_her_does_its_work_and_shares_the_state_of_her_shell(self, deniz: Deniz, box: Box) -> None:
        deniz.moves_in()
        install(deniz)
        assert show(box, "ActiveState") == "active"
        assert show(box, "User") == "deniz"
        until(lambda: list((deniz.folder / "outbox").glob("*.eml")), what="the message is sent")
        assert b"X-CALSYNC" in (deniz.folder / "work.ics").read_bytes().upper()
        assert (deniz.folder / "work.ics").stat().st_uid == deniz.uid
        assert [message["state"] for message in deniz.messages()] == ["sent"]
        checked = deniz.calsync("check")
        assert "unit: calsync.service runs and uses this state folder" in checked.stdout

    def test_a_shell_with_another_state_folder_is_told(self, deniz: Deniz) -> None:
        deniz.moves_in()
        install(deniz)
        checked = deniz.calsync("check", check=False, XDG_STATE_HOME="/home/deniz/elsewhere")
        assert checked.returncode == 1
        assert "fail  unit: calsync.service uses the state folder /home/deniz/.local/state/calsync" in checked.stdout

    def test_it_can_write_where_its_calendar_is_and_nowhere_else(self, deniz: Deniz, box: Box) -> None:
        deniz.moves_in()
        install(deniz)
        inside = ["nsenter", f"--target={show(box, 'MainPID')}", "--mount"]
        for path in (deniz.files, deniz.state):
            box.run(*inside, "touch", f"{path}/tried")
        for path in (deniz.home, "/etc", "/usr", "/var/lib"):
            refused = box.run(*inside, "touch", f"{path}/tried", check=False)
            assert "Read-only file system" in refused.stderr
        status = Path(f"{box.root}/proc/{show(box, 'MainPID')}/status").read_text()
        assert "CapBnd:\t0000000000000000" in status
        assert "NoNewPrivs:\t1" in status
        assert "Seccomp:\t2" in status

    def test_log_lines_have_a_priority_and_fields(self, deniz: Deniz, box: Box) -> None:
        deniz.moves_in()
        install(deniz)
        until(lambda: said(box, "sent"), what="a line about the message")
        fields = [entry for entry in journal(box) if "CALSYNC_EVENT" in entry]
        assert fields
        assert {entry["PRIORITY"] for entry in fields} <= {"3", "4", "5", "6"}
        assert CLIENT not in json.dumps(journal(box))


class TestReload:
    def test_a_good_config_is_taken_up(self, deniz: Deniz, box: Box) -> None:
        deniz.moves_in()
        install(deniz)
        pid = show(box, "MainPID")
        deniz.says(lambda text: text.replace('mode = "act"', 'mode = "observe"'))
        box.run("systemctl", "reload", "calsync")
        until(lambda: said(box, "the config was read again"))
        until(lambda: "observe" in deniz.calsync("status").stdout, what="observe is in force")
        assert show(box, "MainPID") == pid

    def test_a_bad_config_fails_the_reload_and_the_old_one_stays_in_force(self, deniz: Deniz, box: Box) -> None:
        deniz.moves_in()
        install(deniz)
        pid = show(box, "MainPID")
        deniz.says(lambda text: text + "\n[nonsense]\n")
        refused = box.run("systemctl", "reload", "calsync", check=False)
        assert refused.returncode != 0
        assert (show(box, "ActiveState"), show(box, "MainPID")) == ("active", pid)
        assert said(box, "nonsense")

    def test_another_state_folder_needs_more_than_a_reload(self, deniz: Deniz, box: Box) -> None:
        deniz.moves_in()
        install(deniz)
        deniz.says(lambda text: 'state_dir = "elsewhere"\n' + text)
        assert box.run("systemctl", "reload", "calsync", check=False).returncode != 0
        assert said(box, "still uses the state folder with which it was started")

    def test_a_mail_server_that_is_away_keeps_no_config_from_being_read(
        self, deniz: Deniz, box: Box, server: MailServer
    ) -> None:
        deniz.moves_in(server=server)
        (box.root / "etc/credstore/smtp").write_text("gizli söz\n")
        install(deniz)
        server.stop()
        box.run("systemctl", "reload", "calsync")
        until(lambda: said(box, "the config was read again"))


class TestWatchdog:
    QUICK = "[Service]\nWatchdogSec=2s\nTimeoutAbortSec=1s\nRestartSec=100ms\n"

    def test_a_stopped_process_is_killed_and_another_started(self, deniz: Deniz, box: Box) -> None:
        deniz.moves_in()
        drop_in(box, self.QUICK)
        install(deniz)
        pid = show(box, "MainPID")
        box.run("systemctl", "kill", "--kill-whom=main", "--signal=STOP", "calsync")
        until(lambda: show(box, "MainPID") not in (pid, "0") and show(box, "ActiveState") == "active")
        assert show(box, "NRestarts") == "1"

    def test_a_pass_that_hangs_is_no_life_although_the_process_answers(self, deniz: Deniz, box: Box) -> None:
        deniz.moves_in()
        (box.root / "opt/calsync/hangs.py").write_text(HANGS)
        start = f'/opt/calsync/bin/python /opt/calsync/hangs.py --config "{deniz.config}" run'
        drop_in(box, f"{self.QUICK}ExecStart=\nExecStart={start}\n")
        install(deniz)
        pid = show(box, "MainPID")
        until(lambda: show(box, "MainPID") not in (pid, "0"), what="it was killed, and another started")
        assert said(box, "Watchdog timeout")
        # Where it hung, by faulthandler at SIGABRT.
        assert said(box, "hangs.py")


HANGS = """
import sys, threading
from calsync.cli.main import main
from calsync.wiring import House

def hangs(*_, **__):
    threading.Event().wait()

House.reconcile = hangs
sys.exit(main())
"""


class TestMail:
    @pytest.fixture(autouse=True)
    def secret(self, box: Box) -> None:
        path = box.root / "etc/credstore/smtp"
        path.write_text("gizli söz\n")
        path.chmod(0o600)

    def test_the_password_is_a_credential_that_only_systemd_can_read(
        self, deniz: Deniz, box: Box, server: MailServer
    ) -> None:
        deniz.moves_in(server=server)
        install(deniz)
        until(lambda: server.to(CLIENT), what="the mail arrives")
        assert show(box, "User") == "deniz"
        assert server.problems() == []

    def test_it_ends_in_time_while_a_server_hangs_in_data(self, deniz: Deniz, box: Box, server: MailServer) -> None:
        server.fault("body", HANG)
        deniz.moves_in(server=server)
        install(deniz)
        until(lambda: "body" in server.commands, what="the mail is on its way")
        began = time.monotonic()
        box.run("systemctl", "stop", "calsync")
        assert time.monotonic() - began < 5.5
        assert show(box, "Result") == "success"
        assert [message["state"] for message in deniz.messages()] == ["unknown"]

    def test_killed_while_a_mail_is_on_its_way_it_comes_back_and_sends_no_second_one(
        self, deniz: Deniz, box: Box, server: MailServer
    ) -> None:
        server.fault("body", HANG)
        deniz.moves_in(server=server)
        drop_in(box, "[Service]\nRestartSec=100ms\n")
        install(deniz)
        until(lambda: "body" in server.commands, what="the server has the mail, and calsync does not know it")
        pid = show(box, "MainPID")
        box.run("systemctl", "kill", "--signal=KILL", "calsync")
        until(lambda: show(box, "MainPID") not in (pid, "0") and show(box, "ActiveState") == "active")
        until(lambda: [message["state"] for message in deniz.messages()] == ["unknown"], what="it is unknown")
        until(lambda: server.to(OWNER), what="the owner is told")
        assert server.to(CLIENT) == []


class TestOtherKinds:
    def test_the_unit_as_it_is_shipped_makes_up_a_user(self, box: Box, deniz: Deniz) -> None:
        deniz.moves_in()
        (box.root / "usr/bin/calsync").unlink(missing_ok=True)
        (box.root / "usr/bin/calsync").symlink_to(PROGRAM)
        state = box.root / "var/lib/private/calsync"
        state.mkdir(parents=True, exist_ok=True)
        (state / "work.ics").write_bytes((deniz.folder / "work.ics").read_bytes())
        text = (deniz.folder / "config.toml").read_text()
        text = text.replace('"work.ics"', '"/var/lib/calsync/work.ics"').replace(
            '"outbox"', '"/var/lib/calsync/outbox"'
        )
        (box.root / "etc/calsync/config.toml").write_text(text)
        (box.root / "etc/systemd/system/calsync.service").write_text(shipped("calsync.service"))
        box.run("systemctl", "daemon-reload")
        box.run("systemctl", "start", "calsync")
        until(lambda: list((state / "outbox").glob("*.eml")), what="the message is sent")
        assert b"X-CALSYNC" in (state / "work.ics").read_bytes().upper()
        assert (state / "work.ics").stat().st_uid > 60000  # out of the range for users that systemd makes up
        box.run("systemctl", "reload", "calsync")

    def test_a_user_runs_it_for_herself(self, deniz: Deniz, box: Box) -> None:
        deniz.moves_in()
        box.run("systemctl", "start", "user@1500.service")
        written = json.loads(deniz.calsync("service", "install", "--json").stdout)
        assert written["written"][0] == "/home/deniz/.config/systemd/user/calsync.service"
        deniz.systemctl("daemon-reload")
        deniz.systemctl("enable", "--now", "calsync")
        until(lambda: list((deniz.folder / "outbox").glob("*.eml")), what="the message is sent")
        pid = deniz.systemctl("show", "calsync", "--property=MainPID", "--value").stdout.strip()
        refused = box.run("nsenter", f"--target={pid}", "--mount", "touch", "/home/deniz/tried", check=False)
        assert "Read-only file system" in refused.stderr
        assert deniz.systemctl("reload", "calsync").returncode == 0
        checked = deniz.calsync("check", XDG_RUNTIME_DIR="/run/user/1500")
        assert "unit: calsync.service runs and uses this state folder" in checked.stdout

        kept = deniz.calsync("service", "uninstall", check=False)
        assert (kept.returncode, "still enabled" in kept.stderr) == (2, True)
        deniz.systemctl("disable", "--now", "calsync")
        deniz.calsync("service", "uninstall")
        assert not (box.root / "home/deniz/.config/systemd/user/calsync.service").exists()
        assert (deniz.folder / "config.toml").exists()

    def test_a_user_keeps_her_secret_in_her_own_home(self, deniz: Deniz, box: Box, server: MailServer) -> None:
        deniz.moves_in(server=server)
        secret = box.root / "home/deniz/.config/credstore/smtp"
        secret.parent.mkdir(parents=True)
        secret.write_text("gizli söz\n")
        deniz.owns()
        box.run("systemctl", "start", "user@1500.service")
        deniz.calsync("service", "install", "--user")
        deniz.systemctl("daemon-reload")
        deniz.systemctl("start", "calsync")
        until(lambda: server.to(CLIENT), what="the mail arrives")
        deniz.systemctl("reload", "calsync")
        secret.unlink()
        deniz.systemctl("restart", "calsync")  # it starts all the same, and says what is missing when it needs it

    def test_a_users_timer_runs_one_cycle(self, deniz: Deniz, box: Box) -> None:
        deniz.moves_in()
        box.run("systemctl", "start", "user@1500.service")
        deniz.calsync("service", "install", "--user", "--timer")
        deniz.systemctl("daemon-reload")
        deniz.systemctl("enable", "--now", "calsync-once.timer")
        deniz.systemctl("start", "calsync-once.service")
        assert [message["state"] for message in deniz.messages()] == ["sent"]

    def test_a_timer_runs_one_cycle(self, deniz: Deniz, box: Box) -> None:
        deniz.moves_in()
        install(deniz, "--timer")
        assert show(box, "ActiveState", "calsync-once.timer") == "active"
        box.run("systemctl", "start", "calsync-once.service")
        assert show(box, "Result", "calsync-once.service") == "success"
        assert [message["state"] for message in deniz.messages()] == ["sent"]
