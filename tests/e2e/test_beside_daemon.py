"""Commands beside the real daemon: what they wish is done within seconds, once, and they hear what came of it."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from calsync.ledger.lock import StateLock, holder
from calsync.ledger.sqlite import FILE
from tests.e2e.running import PATIENCE_S, ROOT, Running, wait_for
from tests.e2e.soon import FOLDER, Soon, in_folder, now, put_soon

SECONDS = 30.0  # what it takes on a busy machine; what is measured is in bench


@pytest.fixture
def soon(tmp_path: Path) -> Soon:
    """One client with a call in three hours, whose message is due."""
    return put_soon(tmp_path / "soon", FOLDER)


def change(soon: Soon, old: str, new: str) -> None:
    text = soon.config.read_text()
    assert old in text
    soon.config.write_text(text.replace(old, new, 1))


def text(soon: Soon) -> str:
    return soon.file.read_bytes().decode().replace("\r\n ", "")


def noted(soon: Soon) -> bool:
    return "──────────" in text(soon)


def mails(soon: Soon) -> list[str]:
    return [mail.to for mail in in_folder(soon)]


def requests(soon: Soon) -> list[bool]:
    """Return for each request that is not answered whether it is taken."""
    with soon.ledger() as ledger:
        return [one.taken for one in ledger.unanswered()]


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in err
    return process.returncode, out, err


@contextmanager
def paused(daemon: Running) -> Iterator[None]:
    """Let the daemon stand still meanwhile, at a moment when it isn't at the ledger."""
    stat = Path(f"/proc/{daemon.process.pid}/stat")

    def between() -> bool:
        daemon.process.send_signal(signal.SIGSTOP)
        wait_for(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T", "it stands still")
        with closing(sqlite3.connect(daemon.folder / "state" / FILE, timeout=0.2, isolation_level=None)) as ledger:
            try:
                ledger.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                daemon.process.send_signal(signal.SIGCONT)
                return False
        return True

    wait_for(between, "it isn't at the ledger")
    try:
        yield
    finally:
        if daemon.process.poll() is None:
            daemon.process.send_signal(signal.SIGCONT)


def test_out_of_observe_while_the_daemon_runs(soon: Soon) -> None:
    change(soon, 'mode = "act"', 'mode = "observe"')
    with Running(soon.folder) as daemon:
        daemon.says("started")
        acted = soon.run("act", "--yes", "--json")
        assert acted.status == 0, acted.err
        assert sorted(one["action"] for one in acted.json["applied"]) == ["add_block", "add_block", "write_note"]
        assert [one["to"] for one in acted.json["sent"]] == ["acme@acme.example"] == mails(soon)
        assert noted(soon)
        assert 'mode = "act"' in soon.config.read_text()
        # From now on the daemon itself acts.
        assert soon.run("skip", "acme", "--series").status == 0
        daemon.wait_for(lambda: not noted(soon), "the note is gone", SECONDS)
        assert daemon.stop()[0] == 0
    assert mails(soon) == ["acme@acme.example"]


def test_clean_is_handed_over_and_written_again_only_in_act(soon: Soon) -> None:
    before = soon.file.read_bytes()
    with Running(soon.folder) as daemon:
        daemon.wait_for(lambda: noted(soon), "the note stands", SECONDS)
        cleaned = soon.run("clean", "--yes")
        assert (cleaned.status, cleaned.out.count("block"), cleaned.out.count("note")) == (0, 2, 1)
        assert "will write again at once" in cleaned.err
        daemon.wait_for(lambda: noted(soon), "it is written again", SECONDS)

        change(soon, 'mode = "act"', 'mode = "observe"')
        assert soon.run("clean", "--yes").status == 0
        assert soon.file.read_bytes() == before
        assert daemon.stop()[0] == 0
    assert soon.file.read_bytes() == before


def test_a_large_plan_is_allowed_beside_the_daemon_that_stopped_at_it(tmp_path: Path) -> None:
    soon = put_soon(tmp_path, FOLDER, names=("acme", "beta"))
    change(soon, "[owner]", "[limits]\nchanges = 1\n\n[owner]")
    with Running(soon.folder) as daemon:
        daemon.says("a large change waits")
        [needed] = re.findall(r"calsync sync --digest (\w+)", soon.run("status").out)
        assert soon.run("sync").status == 4
        other = soon.run("sync", "--digest", "00000000", "--json")
        assert (other.status, other.json["error"]["code"], other.json["applied"]) == (3, "owner-must-act", [])
        assert not noted(soon)
        allowed = soon.run("sync", "--digest", needed, "--json")
        assert (allowed.status, len(allowed.json["applied"]), len(allowed.json["sent"])) == (0, 6, 2)
        assert noted(soon) and sorted(mails(soon)) == ["acme@acme.example", "beta@beta.example"]


def test_an_emptied_calendar_is_believed_when_the_owner_says_so(soon: Soon) -> None:
    change(soon, "[owner]", 'poll = "1h"\n[owner]')
    with Running(soon.folder) as daemon:
        daemon.wait_for(lambda: noted(soon), "the note stands", SECONDS)
        whole = text(soon)
        empty = re.sub(r"BEGIN:VEVENT\r\n(?:(?!END:VEVENT)[\s\S])*?UID:acme@[\s\S]*?END:VEVENT\r\n", "", whole)
        soon.file.write_bytes(empty.encode())
        assert empty.count("BEGIN:VEVENT") == 2  # the blocks
        forced = soon.run("sync", "--force", "--json")
        assert forced.status == 0
        assert [one["action"] for one in forced.json["applied"]] == ["remove_block", "remove_block"]
        assert "BEGIN:VEVENT" not in text(soon)


def test_what_is_wished_is_done_within_seconds(soon: Soon) -> None:
    change(soon, "[defaults]", '[defaults]\nsend = "ask"')
    with Running(soon.folder) as daemon:
        daemon.wait_for(lambda: noted(soon), "the note stands", SECONDS)
        assert f"calsync run (process {daemon.process.pid}) runs since" in soon.run("status").out

        assert (soon.states(), mails(soon)) == ({"acme": "asks"}, [])
        approved = soon.run("outbox", "approve", soon.messages()["acme"].id)
        assert (approved.status, "it goes within seconds" in approved.err) == (0, True)
        daemon.wait_for(lambda: mails(soon), "the mail is in the folder", SECONDS)

        before = text(soon)
        assert "Budget" not in before and "30" in before
        assert soon.run("agenda", "acme", "--add", "Budget 7m").status == 0
        daemon.wait_for(lambda: "Budget" in text(soon), "the item stands in the note", SECONDS)

        flexed = soon.run("flex", "acme", "-10m", "--because", "we are quick", "--yes")
        assert (flexed.status, "within seconds" in flexed.err) == (0, True)
        daemon.wait_for(lambda: "we are quick" in in_folder(soon)[-1].body, "the client is told why", SECONDS)

        late = soon.run("late", "acme", "5m", "--because", "the line is busy")
        assert (late.status, "within seconds" in late.err) == (0, True)
        daemon.wait_for(lambda: "the line is busy" in in_folder(soon)[-1].body, "the client is told at once", SECONDS)

        assert soon.run("skip", "acme").status == 0
        daemon.wait_for(lambda: not noted(soon) and text(soon).count("BEGIN:VEVENT") == 1, "all is gone", SECONDS)
        assert soon.run("keep", "acme@kaya.example").status == 0
        daemon.wait_for(lambda: noted(soon), "the note stands again", SECONDS)
        assert daemon.stop()[0] == 0


def test_a_pause_holds_what_falls_due_until_it_ends(soon: Soon) -> None:
    change(soon, 'mode = "act"', 'mode = "observe"')
    with Running(soon.folder) as daemon:
        assert soon.run("pause", "acme").status == 0
        acted = soon.run("act", "--yes", "--json")
        assert (acted.status, acted.json["sent"], soon.states()) == (0, [], {"acme": "held"})
        assert soon.run("resume", "acme").status == 0
        daemon.wait_for(lambda: mails(soon), "the mail is in the folder", SECONDS)


def test_a_second_daemon_and_a_plain_cycle_end_with_4(soon: Soon) -> None:
    with Running(soon.folder) as daemon:
        for words in (["sync"], ["run"]):
            ran = soon.run(*words)
            assert (ran.status, f"calsync run (process {daemon.process.pid})" in ran.err) == (4, True)
        assert daemon.stop()[0] == 0


def test_ctrl_c_while_it_waits_takes_it_back(soon: Soon) -> None:
    with Running(soon.folder) as daemon:
        daemon.wait_for(lambda: noted(soon), "the note stands", SECONDS)
        with paused(daemon):
            clean = soon.start("clean", "--yes")
            wait_for(lambda: requests(soon) == [False], "it waits")
            clean.send_signal(signal.SIGINT)
            assert ended(clean)[0] == 130
            assert requests(soon) == []
        # Another one is served after it: nothing of the first is left.
        assert soon.run("sync", "--force", "--json").json["applied"] == []
        assert noted(soon)


def test_a_daemon_that_ends_while_it_waits_leaves_it_to_the_command(soon: Soon) -> None:
    before = soon.file.read_bytes()
    with Running(soon.folder) as daemon:
        daemon.wait_for(lambda: noted(soon), "the note stands", SECONDS)
        with paused(daemon):
            clean = soon.start("clean", "--yes")
            wait_for(lambda: requests(soon) == [False], "it waits")
            daemon.kill()
        status, out, _ = ended(clean)
    assert (status, out.count("block"), requests(soon)) == (0, 2, [])
    assert soon.file.read_bytes() == before


SLOW = """
import sys, time
from calsync.cli.main import main
from calsync.wiring import House
House.clean = lambda self, now, edited=False, dry=False: time.sleep(600)
sys.exit(main(sys.argv[1:]))
"""


def test_a_daemon_that_is_killed_in_the_middle_is_told_and_nothing_is_repeated(soon: Soon) -> None:
    assert soon.run("sync").status == 0
    daemon = subprocess.Popen([sys.executable, "-c", SLOW, "--config", str(soon.config), "run"], cwd=ROOT)
    try:
        wait_for(lambda: (found := holder(soon.state)) and found.serves, "the daemon runs")
        clean = soon.start("clean", "--yes")
        wait_for(lambda: requests(soon) == [True], "it is taken")
    finally:
        daemon.kill()
        daemon.wait()
    status, _, err = ended(clean)
    assert (status, "calsync ended while doing this" in err) == (1, True)
    assert (requests(soon), noted(soon)) == ([], True)


def test_what_a_dead_daemon_left_behind_is_answered_by_the_next(soon: Soon) -> None:
    assert soon.run("sync").status == 0
    wish = {"command": "clean", "config": str(soon.config)}
    with soon.ledger() as ledger:
        number = ledger.ask(wish, now())
        assert ledger.take(number)
        with Running(soon.folder) as daemon:
            answers = iter(lambda: ledger.answered(number), 0)
            daemon.wait_for(lambda: "ended while doing this" in json.dumps(next(answers)), "it is answered", SECONDS)
    assert noted(soon)


def _name(descriptor: Path) -> str:
    try:
        return descriptor.readlink().name
    except FileNotFoundError:  # closed since it was listed
        return ""


def test_a_daemon_that_starts_beside_a_passing_command_waits_for_its_end(soon: Soon) -> None:
    assert soon.run("plan").status == 0  # makes the state folder
    with StateLock(soon.state, "clean"):
        daemon = Running(soon.folder, ready=False)
        files = Path(f"/proc/{daemon.process.pid}/fd")
        daemon.wait_for(lambda: any(_name(one) == "lock" for one in files.iterdir()), "it is at the lock")
        assert daemon.told == []
    with daemon:
        daemon.wait_for(lambda: noted(soon), "the note stands", SECONDS)
        assert daemon.stop()[0] == 0
