"""The lock of a state folder, and the folder itself."""

from __future__ import annotations

import fcntl
import os
import pwd
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calsync.errors import LockHeld, StateUnusable
from calsync.ledger.folder import make_state_folder
from calsync.ledger.lock import StateLock, holder

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from calsync.ledger.lock import StateLock
with StateLock(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.readline()
"""


def hold(folder: Path, command: str = "") -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), command],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stdout.readline() == "held\n"
    return process


def test_one_process_at_a_time_holds_it_and_the_other_hears_which(tmp_path: Path) -> None:
    process = hold(tmp_path)
    with pytest.raises(LockHeld, match=f"process {process.pid}") as caught, StateLock(tmp_path):
        pass
    assert caught.value.exit_code == 4 and caught.value.where == str(tmp_path)
    process.communicate("go\n")
    with StateLock(tmp_path):
        pass


def test_a_holder_that_was_killed_holds_no_more(tmp_path: Path) -> None:
    process = hold(tmp_path)
    process.kill()
    process.communicate()
    with StateLock(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_who_holds_it_is_told_without_taking_it(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    before = datetime.now(UTC)  # noqa: TID251 (what is compared with the clock of the file system)
    process = hold(tmp_path, "run")
    found = holder(tmp_path)
    assert found is not None and (found.pid, found.command, found.serves) == (str(process.pid), "run", True)
    assert abs(found.since - before) < timedelta(minutes=1)
    process.kill()
    process.communicate()
    assert holder(tmp_path) is None  # its name still stands in the file
    with StateLock(tmp_path, "sync"):
        found = holder(tmp_path)
        assert found is not None and not found.serves


def test_whoever_asks_who_holds_it_sends_nobody_away(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    with open(tmp_path / "lock") as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        assert holder(tmp_path) is None  # who asks at the same time is no holder
        threading.Timer(0.03, fcntl.flock, (asking, fcntl.LOCK_UN)).start()
        with StateLock(tmp_path):
            pass


def test_a_passing_command_is_waited_for_and_a_daemon_is_not(tmp_path: Path) -> None:
    process = hold(tmp_path, "clean")
    threading.Timer(0.3, process.communicate, ("go\n",)).start()
    with StateLock(tmp_path, "run", patience_s=30), pytest.raises(LockHeld, match=r"calsync run \(process"):
        StateLock(tmp_path, "run", patience_s=30).__enter__()


def test_it_is_let_go_of_when_the_work_breaks(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError), StateLock(tmp_path):
            raise RuntimeError


def test_its_own_process_can_not_hold_it_twice(tmp_path: Path) -> None:
    with StateLock(tmp_path), pytest.raises(LockHeld), StateLock(tmp_path):
        pass


def test_a_child_that_outlives_it_does_not_hold_it(tmp_path: Path) -> None:
    with StateLock(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with StateLock(tmp_path):
        child.communicate(b"\n")


def test_a_folder_that_is_missing_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(StateUnusable), StateLock(tmp_path / "missing"):
        pass


def test_the_state_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = make_state_folder(tmp_path / "a" / "calsync")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o755)
    assert stat.S_IMODE(make_state_folder(folder).stat().st_mode) == 0o700


@pytest.mark.parametrize("path", ["file", "file/below"])
def test_a_file_in_its_place_is_said(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateUnusable) as caught:
        make_state_folder(tmp_path / path)
    assert caught.value.where == str(tmp_path / path) and caught.value.hint


def test_a_folder_that_can_not_be_tightened_or_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may do anything, so the refusal is played.
    tmp_path.chmod(0o755)

    def refuse(self: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    with monkeypatch.context() as patch, pytest.raises(StateUnusable, match="not permitted"):
        patch.setattr(Path, "chmod", refuse)
        make_state_folder(tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(StateUnusable, match="can't be written") as caught:
        make_state_folder(tmp_path)
    assert "chmod 0700" in caught.value.hint


def test_whoever_may_not_write_in_it_hears_as_whom_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_state_folder(tmp_path / "calsync")
    owner = pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(StateUnusable) as caught:
        make_state_folder(folder)
    assert f"sudo -u {owner} calsync" in caught.value.hint

    def hidden(self: Path, **how: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", hidden)
    with pytest.raises(StateUnusable, match="Permission denied") as caught:
        make_state_folder(folder)
    assert f"sudo -u {owner} calsync" in caught.value.hint
