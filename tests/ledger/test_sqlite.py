"""The ledger in SQLite: the contract of its ports, and what can happen to a file."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from calsync.errors import LedgerDamaged, LedgerError, StateUnusable
from calsync.ledger import connection, migrations
from calsync.ledger.connection import journal_mode
from calsync.ledger.sqlite import FILE, KEPT, SqliteLedger, open_ledger
from calsync.model.call import Flex
from calsync.model.mark import Role
from calsync.model.memory import OwnerNote
from calsync.model.message import State
from calsync.ports import Ledger
from tests.contract.ledger import MINUTE, NOW, START, Again, LedgerContract, a_call, a_key, a_message, an_item

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def open_again(folder: Path) -> Iterator[Callable[[], SqliteLedger]]:
    opened: list[SqliteLedger] = []

    def again() -> SqliteLedger:
        opened.append(open_ledger(folder))
        return opened[-1]

    yield again
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_again: Callable[[], SqliteLedger]) -> SqliteLedger:
    return open_again()


class TestContract(LedgerContract):
    @pytest.fixture
    def ledger(self, open_again: Callable[[], SqliteLedger]) -> Ledger:
        return open_again()

    @pytest.fixture
    def again(self, open_again: Callable[[], SqliteLedger]) -> Again:
        return open_again


def in_another_process(code: str, folder: Path, **how: object) -> subprocess.Popen[str]:
    """Start Python with a ledger, builders and `step()`, which says a word and waits for one."""
    begin = (
        "import sys\n"
        "from pathlib import Path\n"
        "from calsync.ledger.sqlite import open_ledger\n"
        "from tests.contract.ledger import *\n"
        "def step(word):\n    print(word, flush=True)\n    sys.stdin.readline()\n"
        "ledger = open_ledger(Path(sys.argv[1]))\n"
    )
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]  # keywords handed on
        [sys.executable, "-c", begin + code, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **how,
    )


# Who may see it, and whose rows it holds


def test_nobody_else_can_read_folder_or_file(ledger: SqliteLedger, folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}[FILE] == 0o600
    with ledger.transaction():
        ledger.saw([a_call()])
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())


def test_a_file_that_others_can_read_is_tightened(ledger: SqliteLedger, folder: Path) -> None:
    (folder / FILE).chmod(0o644)
    open_ledger(folder).close()
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600


def test_owners_in_one_file_do_not_see_each_other(ledger: SqliteLedger, folder: Path) -> None:
    with closing(open_ledger(folder, owner="ada")) as hers:
        hers.queue([a_message()])
        hers.saw([a_call()])
        assert ledger.claim(a_key(), NOW) is None
        ledger.withdraw([a_key()])
        ledger.queue([a_message(state=State.HELD)])
        assert [message.state for message in hers.memory().messages] == [State.PLANNED]
        assert ledger.memory().calls == {}
        assert hers.memory().installation != ledger.memory().installation


def test_the_installation_stays_and_another_folder_is_another_one(ledger: SqliteLedger, tmp_path: Path) -> None:
    with closing(open_ledger(tmp_path / "state")) as same, closing(open_ledger(tmp_path / "other")) as other:
        assert same.memory().installation == ledger.memory().installation != other.memory().installation


def test_half_a_surrogate_pair_is_no_traceback(ledger: SqliteLedger) -> None:
    ledger.saw([a_call(summary="half \ud800 pair")])
    (call,) = ledger.memory().calls.values()
    assert call.summary == "half ? pair"


# Settings of SQLite


def test_a_commit_is_on_the_disk_before_it_returns(ledger: SqliteLedger) -> None:
    ask = ledger._connection._sqlite.execute
    assert ask("PRAGMA synchronous").fetchone()[0] == 2  # FULL
    assert ask("PRAGMA foreign_keys").fetchone()[0] == 1
    assert ask("PRAGMA busy_timeout").fetchone()[0] == 5000
    assert ask("PRAGMA journal_mode").fetchone()[0].upper() == journal_mode(sqlite3.sqlite_version_info)


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "TRUNCATE"),
        ((3, 44, 5), "TRUNCATE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 0), "TRUNCATE"),
        ((3, 50, 6), "TRUNCATE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "TRUNCATE"),
        ((3, 51, 3), "WAL"),
        ((3, 53, 0), "WAL"),
    ],
)
def test_write_ahead_logging_only_where_its_bug_is_mended(version: tuple[int, ...], mode: str) -> None:
    assert journal_mode(version) == mode


# Migrations


def test_a_ledger_of_a_newer_version_is_left_alone(ledger: SqliteLedger, folder: Path) -> None:
    with closing(sqlite3.connect(folder / FILE)) as other:
        other.execute(f"PRAGMA user_version = {migrations.NEWEST + 1}")
    before = (folder / FILE).read_bytes()
    with pytest.raises(LedgerDamaged, match="newer calsync") as caught:
        open_ledger(folder)
    assert caught.value.hint and (folder / FILE).read_bytes() == before


def test_a_step_that_fails_leaves_the_ledger_at_its_version(
    ledger: SqliteLedger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.saw([a_call()])
    more = (*migrations.STEPS, ("CREATE TABLE more (a)", "CREATE TABLE calls (a)"))
    monkeypatch.setattr(connection, "STEPS", more)
    monkeypatch.setattr(connection, "NEWEST", len(more))
    with pytest.raises(LedgerDamaged):
        open_ledger(folder)
    monkeypatch.undo()
    with closing(open_ledger(folder)) as same:
        assert same.memory().calls


def test_a_later_step_keeps_what_was_there(ledger: SqliteLedger, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.queue([a_message()])
    more = (*migrations.STEPS, ("CREATE TABLE more (owner TEXT NOT NULL PRIMARY KEY)",))
    monkeypatch.setattr(connection, "STEPS", more)
    monkeypatch.setattr(connection, "NEWEST", len(more))
    for _ in range(2):
        with closing(open_ledger(folder)) as same:
            assert same.memory().messages == (a_message(),)


# What can happen to a file


def damage_the_head(file: Path) -> None:
    file.write_bytes(b"BEGIN:VCALENDAR" + file.read_bytes()[15:])


def damage_a_page(file: Path) -> None:
    whole = bytearray(file.read_bytes())
    whole[4096 : 4096 * 4] = b"\xff" * 4096 * 3
    file.write_bytes(whole)


def cut_short(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def drop_a_table(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("DROP TABLE messages")


def write_nonsense(file: Path) -> None:
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("UPDATE messages SET send_at = 'soon', state = 'lost'")


@pytest.mark.parametrize("harm", [damage_the_head, damage_a_page, cut_short, drop_a_table, write_nonsense])
def test_a_damaged_file_is_said_with_what_to_do(
    ledger: SqliteLedger, folder: Path, harm: Callable[[Path], None]
) -> None:
    ledger.queue([a_message(f"call {number}") for number in range(50)])
    ledger.close()
    harm(folder / FILE)
    with pytest.raises(LedgerDamaged) as caught, closing(open_ledger(folder)) as damaged:
        damaged.memory()
    assert caught.value.where == str(folder / FILE)
    assert "restores the newest copy" in caught.value.hint


def test_another_programs_database_is_not_taken_for_a_ledger(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    with closing(sqlite3.connect(folder / FILE)) as other:
        other.execute("CREATE TABLE calls (number)")
    with pytest.raises(LedgerDamaged):
        open_ledger(folder)


def test_an_empty_file_becomes_a_ledger(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    (folder / FILE).touch()
    with closing(open_ledger(folder)) as ledger:
        assert ledger.memory().messages == ()


def test_a_folder_in_the_ledgers_place_is_said(folder: Path) -> None:
    (folder / FILE).mkdir(parents=True)
    with pytest.raises(StateUnusable):
        open_ledger(folder)


def test_a_ledger_that_is_locked_for_too_long_is_a_passing_error(
    ledger: SqliteLedger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WAIT_MS", 50)
    with closing(open_ledger(folder)) as waiting:
        with ledger.transaction():
            with pytest.raises(LedgerError, match="too long"):
                waiting.saw([a_call()])
            assert waiting.memory().calls == {}
        waiting.saw([a_call()])
        assert len(ledger.memory().calls) == 1


def test_a_disk_that_fills_up_is_a_passing_error_and_half_of_nothing(ledger: SqliteLedger, folder: Path) -> None:
    full = in_another_process(
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))\n"
        "from calsync.errors import LedgerError\n"
        "ledger.queue([a_message()])\n"
        "try:\n"
        "    ledger.queue(a_message(f'call {n}', body='x' * 3000) for n in range(100))\n"
        "except LedgerError as error:\n"
        "    print(error.what)\n"
        "print(len(ledger.memory().messages))\n",
        folder,
    )
    said, wrong = full.communicate(timeout=30)
    assert not wrong
    assert said.splitlines() == ["the disk refuses to write or read", "1"]
    assert len(ledger.memory().messages) == 1


def test_a_file_that_may_not_be_written_is_said(folder: Path, tmp_path: Path) -> None:
    open_ledger(folder).close()
    # As somebody without rights; root may write anything.
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from calsync.errors import StateUnusable\n"
        "from calsync.ledger.connection import Connection\n"
        "os.chdir(sys.argv[1])\n"
        "if os.getuid() == 0:\n    os.seteuid(65534)\n"
        "try:\n    Connection(Path('ledger.sqlite3'))\n"
        "except StateUnusable as error:\n    print(error.code, error.hint)\n"
    )
    (folder / FILE).chmod(0o400)
    run = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("state-folder give its owner the right")


# Two processes


def test_two_processes_that_claim_at_once_get_each_message_once(ledger: SqliteLedger, folder: Path) -> None:
    ledger.queue([a_message(f"call {number}") for number in range(40)])
    code = (
        "step('ready')\n"
        "mine = [message.key.call for message in ledger.due(NOW) if ledger.claim(message.key, NOW)]\n"
        "print(*mine, sep='\\n', end='')\n"
    )
    both = [in_another_process(code, folder) for _ in range(2)]
    for process in both:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    lists = [process.communicate(timeout=30) for process in both]
    assert [wrong for _, wrong in lists] == ["", ""]
    claimed = [call for said, _ in lists for call in said.splitlines()]
    assert sorted(claimed) == sorted(f"call {number}" for number in range(40))


def test_two_processes_that_make_the_ledger_at_once_make_one(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    code = "import os\nledger.queue([a_message(str(os.getpid()))])\nprint(ledger.memory().installation)"
    both = [in_another_process(code, folder) for _ in range(3)]
    said = [process.communicate(timeout=30) for process in both]
    assert [wrong for _, wrong in said] == ["", "", ""]
    with closing(open_ledger(folder)) as ledger:
        assert {text.strip() for text, _ in said} == {ledger.memory().installation}
        assert len(ledger.memory().messages) == 3


def test_a_claim_of_a_process_that_died_is_stranded_at_once(ledger: SqliteLedger, folder: Path) -> None:
    ledger.queue([a_message()])
    process = in_another_process("ledger.claim(a_key(), NOW)\nstep('claimed')", folder)
    assert process.stdout and process.stdout.readline() == "claimed\n"
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert ledger.stranded(NOW) == (a_message(state=State.SENDING, epoch=1),)


def test_a_process_that_dies_inside_a_transaction_leaves_nothing(ledger: SqliteLedger, folder: Path) -> None:
    process = in_another_process("with ledger.transaction():\n ledger.queue([a_message()])\n step('inside')", folder)
    assert process.stdout and process.stdout.readline() == "inside\n"
    process.kill()
    process.communicate()
    assert ledger.memory().messages == ()
    ledger.queue([a_message()])
    assert len(ledger.memory().messages) == 1


# Growing old


def test_old_calls_are_forgotten_but_no_message_ever_is(ledger: SqliteLedger) -> None:
    old, new = a_call("old", start=START - KEPT, hard_stop=START - KEPT), a_call("new")
    ledger.saw([old, new])
    ledger.remember([an_item("old", start=START - KEPT), an_item("new")])
    ledger.flex("old", Flex(minutes=5, because="", at=NOW))
    ledger.set_agenda("old", ["a"])
    ledger.log(NOW - KEPT, "wrote a note", "work")
    ledger.log(NOW, "wrote a note", "work")
    ledger.queue([a_message("old", state=State.SENT)])
    assert ledger.prune(START + timedelta(days=1)) == 1
    memory = ledger.memory()
    assert list(memory.calls) == ["new"] and list(memory.written) == [("new", Role.NOTE)]
    assert memory.flexes == {} and memory.agenda == {} and len(memory.messages) == 1
    assert ledger.logged(NOW - 2 * KEPT) == ((NOW, "wrote a note", "work"),)


def test_a_private_note_is_gone_once_its_day_has_come(ledger: SqliteLedger) -> None:
    ledger.note(OwnerNote(client="acme", text="moves house", until=NOW + MINUTE, at=NOW))
    ledger.once("digest", NOW)
    ledger.prune(NOW)
    assert len(ledger.memory().notes) == 1 and ledger.did("digest")
    ledger.prune(NOW + MINUTE)
    assert ledger.memory().notes == ()
    ledger.prune(NOW + timedelta(days=61))
    assert not ledger.did("digest")
