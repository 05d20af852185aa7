"""A copy of the ledger a day, and how the newest whole one takes the place of a damaged ledger."""

from __future__ import annotations

import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from calsync.errors import LedgerDamaged, LedgerError, LedgerNewer
from calsync.ledger import connection, migrations
from calsync.ledger.backup import KEPT_COPIES, copies
from calsync.ledger.recovery import open_and_mend, open_whole
from calsync.ledger.sqlite import FILE, SqliteLedger, open_ledger
from calsync.model.message import State
from calsync.ports import OLDER_LEDGER
from tests.contract.ledger import NOW, a_call, a_key, a_message
from tests.ledger.test_sqlite import ROOT, cut_short, damage_a_page, damage_the_head, drop_a_table, write_nonsense

DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def ledger(folder: Path) -> Iterator[SqliteLedger]:
    with closing(open_ledger(folder)) as ledger:
        ledger.notice_older_copy(NOW)
        ledger.queue([a_message(f"call {number}") for number in range(50)])
        yield ledger


def send(ledger: SqliteLedger, call: str) -> None:
    claimed = ledger.claim(a_key(call), NOW)
    assert claimed is not None and ledger.begin(claimed.key, claimed.epoch, NOW)
    assert ledger.settle(claimed.key, claimed.epoch, a_message(call, state=State.SENT, sent_at=NOW))


def aside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("ledger.damaged-*") if "-journal" not in path.name)


# Copies


def test_the_first_cycle_of_a_day_leaves_a_copy_and_a_week_is_kept(ledger: SqliteLedger, folder: Path) -> None:
    for day in range(10):
        ledger.saw([a_call(f"day {day}")])
        ledger.back_up(NOW + day * DAY)
        ledger.back_up(NOW + day * DAY + timedelta(hours=2))
    assert [path.name for path in copies(folder)] == [
        f"ledger-{NOW + day * DAY:%Y-%m-%d}.sqlite3" for day in range(9, 9 - KEPT_COPIES, -1)
    ]
    newest = copies(folder)[0]
    assert stat.S_IMODE(newest.stat().st_mode) == 0o600 and stat.S_IMODE(newest.parent.stat().st_mode) == 0o700
    with closing(sqlite3.connect(newest)) as copy:
        assert copy.execute("SELECT count(*) FROM calls").fetchone() == (10,)
        assert copy.execute("SELECT count(*) FROM messages").fetchone() == (50,)
        assert copy.execute("PRAGMA user_version").fetchone() == (migrations.NEWEST,)


def test_a_copy_that_can_not_be_made_is_told_until_one_is(ledger: SqliteLedger, folder: Path) -> None:
    (folder / "backups").write_text("in the way")
    ledger.back_up(NOW)
    ((key, _, what),) = ledger.alerts()
    assert key == "backup" and "no copy of the ledger" in what
    (folder / "backups").unlink()
    ledger.back_up(NOW)
    assert ledger.alerts() == () and len(copies(folder)) == 1


def test_a_disk_that_fills_up_leaves_no_half_copy(ledger: SqliteLedger, folder: Path) -> None:
    ledger.queue([a_message(f"long {number}", body="x" * 3000) for number in range(60)])
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from calsync.ledger.sqlite import open_ledger\n"
        "from tests.contract.ledger import NOW\n"
        "ledger = open_ledger(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "ledger.back_up(NOW)\n"
        "print([what for key, _, what in ledger.alerts()])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == "" and "no copy of the ledger could be made" in done.stdout
    assert list((folder / "backups").iterdir()) == []
    assert len(ledger.memory().messages) == 110


def test_a_ledger_that_is_locked_by_another_program_is_no_reason_to_fail(
    ledger: SqliteLedger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WAIT_MS", 50)
    with closing(open_ledger(folder)) as mine, closing(sqlite3.connect(folder / FILE, isolation_level=None)) as shell:
        shell.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match="too long"):
            mine.back_up(NOW)  # not even the alert can be kept
        shell.execute("ROLLBACK")
        assert list((folder / "backups").iterdir()) == []
        mine.back_up(NOW)
    assert len(copies(folder)) == 1


# Damage


@pytest.mark.parametrize("harm", [damage_the_head, damage_a_page, cut_short, drop_a_table, write_nonsense])
def test_the_newest_whole_copy_takes_the_place_of_a_damaged_ledger_and_nothing_goes_twice(
    ledger: SqliteLedger, folder: Path, harm: Callable[[Path], None]
) -> None:
    ledger.back_up(NOW)
    send(ledger, "call 1")
    ledger.close()
    harm(folder / FILE)
    damaged = (folder / FILE).read_bytes()
    mended, said = open_and_mend(folder, NOW + DAY)
    with closing(mended):
        assert "ledger.damaged-20261125T090000Z" in said and copies(folder)[0].name in said
        assert (folder / aside(folder)[0]).read_bytes() == damaged
        memory = mended.memory()
        assert {message.state for message in memory.messages} == {State.UNKNOWN} and len(memory.messages) == 50
        assert memory.restored_at == NOW + DAY and mended.due(NOW + DAY) == ()
        ((key, _, what),) = mended.alerts()
        assert key == OLDER_LEDGER and "damaged" in what and "put aside" in what
        assert not mended.notice_older_copy(NOW + DAY)
        assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    again, said = open_and_mend(folder, NOW + DAY)
    again.close()
    assert said == "" and len(aside(folder)) == 1
    assert not list(folder.glob("*.new*"))


def test_a_damaged_copy_is_passed_over_for_an_older_one(ledger: SqliteLedger, folder: Path) -> None:
    ledger.saw([a_call("first day")])
    ledger.back_up(NOW)
    ledger.saw([a_call("second day")])
    ledger.back_up(NOW + DAY)
    ledger.close()
    for file in (copies(folder)[0], folder / FILE):
        damage_a_page(file)
    mended, said = open_and_mend(folder, NOW + DAY)
    with closing(mended):
        assert list(mended.memory().calls) == ["first day"] and copies(folder)[1].name in said


def test_without_a_copy_a_new_ledger_is_begun_that_holds_back(ledger: SqliteLedger, folder: Path) -> None:
    send(ledger, "call 1")
    installation = ledger.memory().installation
    ledger.close()
    damage_the_head(folder / FILE)
    mended, said = open_and_mend(folder, NOW)
    with closing(mended):
        memory = mended.memory()
        assert "a new one was begun" in said and memory.messages == ()
        assert memory.installation != installation and memory.restored_at == NOW
        assert [key for key, _, _ in mended.alerts()] == [OLDER_LEDGER]
        assert not mended.notice_older_copy(NOW)


def test_what_a_newer_version_made_is_never_put_aside(ledger: SqliteLedger, folder: Path) -> None:
    ledger.back_up(NOW)
    with closing(sqlite3.connect(folder / FILE)) as other:
        other.execute(f"PRAGMA user_version = {migrations.NEWEST + 1}")
    with pytest.raises(LedgerNewer):
        open_and_mend(folder, NOW)
    assert aside(folder) == []


def test_a_ledger_that_is_locked_is_never_put_aside(
    ledger: SqliteLedger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WAIT_MS", 50)
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as shell:
        shell.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match="too long"):
            open_and_mend(folder, NOW)
    assert aside(folder) == []


def test_a_transaction_that_a_death_left_half_on_the_disk_is_no_damage(ledger: SqliteLedger, folder: Path) -> None:
    """A journal that is hot: pages of the transaction are in the file already when its process is killed."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from calsync.ledger.sqlite import open_ledger\n"
        "from tests.contract.ledger import *\n"
        "ledger = open_ledger(Path(sys.argv[1]))\n"
        "ledger._connection._sqlite.execute('PRAGMA cache_size = 2')\n"
        "with ledger.transaction():\n"
        "    ledger.withdraw(message.key for message in ledger.memory().messages)\n"
        "    ledger.saw(a_call(f'{n}', summary='x' * 900) for n in range(300))\n"
        "    print('inside', flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    before = (folder / FILE).stat().st_size
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout and process.stdout.readline() == "inside\n"
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    spilled = (folder / FILE).stat().st_size > before or (folder / f"{FILE}-wal").exists()
    assert spilled
    mended, said = open_and_mend(folder, NOW)
    with closing(mended):
        assert said == "" and len(mended.memory().messages) == 50 and mended.memory().calls == {}
    assert aside(folder) == []


def test_a_journal_of_the_damaged_file_is_never_played_into_the_copy(
    ledger: SqliteLedger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.back_up(NOW)
    ledger.close()

    def damaged(folder: Path, owner: str) -> SqliteLedger:
        (folder / f"{FILE}-journal").write_bytes(b"of another file")
        raise LedgerDamaged("it is damaged")

    monkeypatch.setattr("calsync.ledger.recovery.open_whole", damaged)
    mended, _ = open_and_mend(folder, NOW)
    mended.close()
    assert (folder / f"{aside(folder)[0]}-journal").read_bytes() == b"of another file"
    left = folder / f"{FILE}-journal"
    assert not left.exists() or left.read_bytes() == b""


def test_threads_that_meet_the_damage_at_once_mend_it_once(ledger: SqliteLedger, folder: Path) -> None:
    ledger.back_up(NOW)
    ledger.close()
    damage_a_page(folder / FILE)
    said: list[str] = []
    together = Barrier(4)

    def mend() -> None:
        together.wait()
        mended, done = open_and_mend(folder, NOW)
        mended.close()
        said.append(done)

    threads = [Thread(target=mend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, said)) == [False, False, False, True] and len(aside(folder)) == 1


KILLED = """
import sys
from pathlib import Path
import calsync.ledger.recovery as recovery
from tests.contract.ledger import NOW
left = int(sys.argv[2])
def dies(*args, real, **more):
    global left
    if left == 0:
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return real(*args, **more)
from functools import partial
import os
os.link = partial(dies, real=os.link)
real_rename, real_replace = Path.rename, Path.replace
Path.rename = lambda self, to: dies(self, to, real=real_rename)
Path.replace = lambda self, to: dies(self, to, real=real_replace)
recovery.copies = partial(dies, real=recovery.copies)
recovery.write_stamp = partial(dies, real=recovery.write_stamp)
recovery.sync_folder = partial(dies, real=recovery.sync_folder)
ledger, said = recovery.open_and_mend(Path(sys.argv[1]), NOW)
print("lived")
"""


def test_a_death_at_any_step_of_mending_leaves_a_ledger_that_holds_back(ledger: SqliteLedger, folder: Path) -> None:
    ledger.back_up(NOW)
    send(ledger, "call 1")
    ledger.close()
    damage_a_page(folder / FILE)
    whole = {path: path.read_bytes() for path in (folder / FILE, folder / "stamp")}
    for left in range(20):
        for name in aside(folder):
            (folder / name).unlink()
        for path, content in whole.items():
            path.write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(folder), str(left)], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        mended, _ = open_and_mend(folder, NOW)
        with closing(mended):
            mended.notice_older_copy(NOW)
            memory = mended.memory()
            assert len(memory.messages) == 50, left
            assert {message.state for message in memory.messages} == {State.UNKNOWN}, left
            assert [key for key, _, _ in mended.alerts()] == [OLDER_LEDGER]
        if done.returncode == 0:
            break
    assert left > 5, "it never came to its end"


def test_opening_whole_finds_rows_that_make_no_sense(ledger: SqliteLedger, folder: Path) -> None:
    write_nonsense(folder / FILE)
    open_ledger(folder).close()
    with pytest.raises(LedgerDamaged):
        open_whole(folder)


def test_damage_that_is_found_amid_a_run_is_mended_by_who_opens_it_anew(ledger: SqliteLedger, folder: Path) -> None:
    """As in the daemon: two connections are open, one meets the damage, opens and mends; the other one notices."""
    ledger.back_up(NOW)
    with closing(open_ledger(folder)) as other:
        drop_a_table(folder / FILE)
        with pytest.raises(LedgerDamaged):
            other.due(NOW)
    mended, said = open_and_mend(folder, NOW)
    with closing(mended):
        assert said and len(mended.memory().messages) == 50
        with pytest.raises(LedgerError, match="another file"):
            ledger.notice_older_copy(NOW)
    again, said = open_and_mend(folder, NOW)
    again.close()
    assert said == ""
