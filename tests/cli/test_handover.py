"""Beside a running calsync: what takes the lock is handed over, everything else is noted, and the words are true."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from calsync.cli import handover
from calsync.ledger.connection import Connection
from tests.cli.beside import Beside, clock, unanswered
from tests.cli.conftest import Run
from tests.sample import MONDAY, Ran, mails, put_sample

NOW = ("--now", MONDAY)
AFTERNOON = ("--now", "2026-11-23T14:05:00+03:00")
Prepare = Callable[[Run, Path], str]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file that was just written be read at once: here nobody else writes."""
    monkeypatch.setattr("calsync.calendars.file._SECOND_LOOK_S", 0.001)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "PATIENCE", timedelta(seconds=0.3))


@pytest.fixture
def run(run: Run, sample: Path) -> Run:
    """Run a command by the config of the folder that is given first."""
    return lambda folder, *words: run("--config", str(folder / "config.toml"), *words)


def limit(folder: Path, changes: int) -> None:
    config = folder / "config.toml"
    config.write_text(config.read_text().replace("[owner]", f"[limits]\nchanges = {changes}\n\n[owner]", 1))


def acting(run: Run, folder: Path) -> None:
    assert run(folder, "act", "--yes", *NOW).status == 0


def fresh(run: Run, folder: Path) -> str:
    """A config in observe, nothing written yet."""
    return ""


def written(run: Run, folder: Path) -> str:
    acting(run, folder)
    return ""


def edited(run: Run, folder: Path) -> str:
    acting(run, folder)
    file = folder / "work.ics"
    file.write_bytes(file.read_bytes().replace(b"SUMMARY:Wrap-up", b"SUMMARY:Wrap up", 1))
    return ""


def large(run: Run, folder: Path) -> str:
    acting(run, folder)
    assert run(folder, "clean", "--yes", *NOW).status == 0
    limit(folder, 2)
    digest: str = run(folder, "plan", "--json", *AFTERNOON).json["digest"]
    return digest


def unreadable(run: Run, folder: Path) -> str:
    acting(run, folder)
    (folder / "work.ics").write_text("<html>Sign in</html>")
    return ""


def emptied(run: Run, folder: Path) -> str:
    acting(run, folder)
    (folder / "work.ics").write_bytes(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nEND:VCALENDAR\r\n")
    return ""


@pytest.mark.parametrize(
    ("words", "prepare", "status"),
    [
        pytest.param(["act", "--yes"], fresh, 0, id="act"),
        pytest.param(["act", "--yes", "--json"], fresh, 0, id="act, as JSON"),
        pytest.param(["act", "--yes"], written, 0, id="act in act"),
        pytest.param(["clean", "--yes"], written, 0, id="clean"),
        pytest.param(["clean", "--yes", "--json"], edited, 0, id="clean what was edited, as JSON"),
        pytest.param(["clean", "--yes", "--edited"], edited, 0, id="clean --edited"),
        pytest.param(["clean", "--yes"], unreadable, 1, id="clean what can't be read"),
        pytest.param(["sync", "--force"], written, 0, id="sync --force"),
        pytest.param(["sync", "--force"], emptied, 0, id="sync --force of an emptied calendar"),
        pytest.param(["sync", "--force"], large, 3, id="sync --force over the limits"),
        pytest.param(["sync", "--force", "--json"], unreadable, 1, id="sync --force of what can't be read, as JSON"),
        pytest.param(["sync", "--digest", "DIGEST"], large, 0, id="sync --digest"),
        pytest.param(["sync", "--digest", "00000000", "--json"], large, 3, id="sync --digest of another, as JSON"),
    ],
)
def test_what_is_handed_over_ends_as_if_it_were_done_here(
    run: Run, home: Path, words: list[str], prepare: Prepare, status: int
) -> None:
    def once(folder: Path, *, daemon: bool) -> Ran:
        digest = prepare(run, folder)
        line = [*(digest if word == "DIGEST" else word for word in words), *AFTERNOON]
        if not daemon:
            return run(folder, *line)
        with Beside(folder) as beside:
            ran = run(folder, *line)
        wanted = not (words[0] == "clean" and prepare is unreadable)  # nothing was found, so nothing is asked
        assert (beside.served, unanswered(folder)) == (int(wanted), 0)
        return ran

    alone = once(put_sample(home / "alone"), daemon=False)
    handed = once(put_sample(home / "beside"), daemon=True)
    assert alone.status == handed.status == status
    assert handed.out == alone.out
    if words[0] != "clean":  # which says who will write again
        assert handed.err.replace("beside", "alone") == alone.err
    here, there = (home / name / ".config" / "calsync" for name in ("alone", "beside"))
    assert (there / "config.toml").read_bytes() == (here / "config.toml").read_bytes()
    assert mails(there) == mails(here)
    marks = re.compile(rb"i=\w+")  # of two installations
    assert marks.sub(b"", (there / "work.ics").read_bytes()) == marks.sub(b"", (here / "work.ics").read_bytes())


def test_a_plain_cycle_gives_way(run: Run, sample: Path) -> None:
    acting(run, sample)
    with Beside(sample) as beside:
        ran = run(sample, "sync", "--json", *AFTERNOON)
    assert (ran.status, ran.json["error"]["code"], beside.served) == (4, "locked", 0)
    assert mails(sample) == []


@pytest.mark.parametrize("command", ["sync", "run"])
def test_what_becomes_free_while_one_waits_is_taken(run: Run, sample: Path, command: str) -> None:
    acting(run, sample)
    with Beside(sample, command, serves=False) as beside:
        threading.Timer(0.3, beside.leave).start()
        ran = run(sample, "sync", "--force", "--json", *AFTERNOON)
    assert (ran.status, len(ran.json["sent"]), unanswered(sample)) == (0, 1, 0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("words", [["sync", "--force"], ["clean", "--yes"], ["act", "--yes"]], ids=" ".join)
def test_what_nobody_takes_up_is_taken_back(run: Run, sample: Path, words: list[str]) -> None:
    acting(run, sample)
    before = (sample / "work.ics").read_bytes()
    with Beside(sample, serves=False):
        ran = run(sample, *words, "--json", *AFTERNOON)
        assert (ran.status, ran.json["error"]["code"], unanswered(sample)) == (4, "locked", 0)
    assert "did not take this up" in ran.json["error"]["what"]
    assert "calsync run (process " in ran.json["error"]["what"]
    assert (sample / "work.ics").read_bytes() == before
    assert ('mode is "act" in the config from now on' in ran.err) is (words[0] == "act")


@pytest.mark.usefixtures("impatient")
def test_once_it_is_taken_there_is_no_end_to_the_waiting(run: Run, sample: Path) -> None:
    acting(run, sample)
    with Beside(sample, serves=False) as slow:

        def late() -> None:
            slow._take()
            time.sleep(1)
            slow.leave()

        threading.Timer(0.1, late).start()
        began = time.monotonic()
        ran = run(sample, "sync", "--force", "--json", *AFTERNOON)
    assert time.monotonic() - began > 1
    assert (ran.status, ran.json["error"]["code"]) == (1, "interrupted")


def test_what_a_daemon_had_taken_when_it_ended_is_not_done_again(run: Run, sample: Path) -> None:
    acting(run, sample)
    with Beside(sample, serves=False, takes=True):
        ran = run(sample, "sync", "--force", *AFTERNOON)
    assert (ran.status, ran.out) == (1, "")
    assert "calsync ended while doing this" in ran.err and "calsync status" in ran.err
    assert (mails(sample), unanswered(sample)) == ([], 0)


@pytest.mark.parametrize("taken", [False, True], ids=["waiting", "taken"])
def test_who_gives_up_takes_the_request_back(
    run: Run, sample: Path, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    acting(run, sample)
    with Beside(sample, serves=False) as beside:

        def interrupted(seconds: float) -> None:
            if taken:
                beside._take()
            raise KeyboardInterrupt

        # Only there: others pause too, while they take the lock.
        monkeypatch.setattr(handover, "time", SimpleNamespace(sleep=interrupted, monotonic=time.monotonic))
        ran = run(sample, "clean", "--yes", *AFTERNOON)
        assert unanswered(sample) == taken
    assert ran.status == 130
    assert ("is doing it already" in ran.err) is taken


def test_who_gives_up_what_is_done_here_by_then_hears_nothing_of_others(
    run: Run, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acting(run, sample)

    def interrupted(*words: object) -> None:
        raise KeyboardInterrupt

    with Beside(sample, "sync", serves=False) as beside:
        threading.Timer(0.3, beside.leave).start()
        monkeypatch.setattr(handover, "carry_out", interrupted)
        ran = run(sample, "sync", "--force", *AFTERNOON)
    assert (ran.status, ran.err, unanswered(sample)) == (130, "", 0)


def test_a_daemon_to_which_it_was_asked_long_ago_refuses(
    run: Run, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's clock was set forward meanwhile."""
    acting(run, sample)
    monkeypatch.setattr("tests.cli.beside.clock", lambda: clock() + timedelta(hours=1))
    with Beside(sample):
        ran = run(sample, "sync", "--force", "--json", *AFTERNOON)
    assert (ran.status, ran.json["error"]["code"], mails(sample)) == (4, "locked", [])


def test_an_answer_of_another_version_is_said(run: Run, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acting(run, sample)
    monkeypatch.setattr("calsync.daemon.requests.answer_of", lambda done: {"cycle": {"later": True}})
    with Beside(sample):
        ran = run(sample, "sync", "--force", "--json", *AFTERNOON)
    assert (ran.status, ran.json["error"]["code"]) == (1, "interrupted")
    assert "another version" in ran.json["error"]["what"]


def test_a_daemon_by_another_config_is_told_apart(run: Run, sample: Path) -> None:
    acting(run, sample)
    other = sample / "other.toml"
    other.write_text((sample / "config.toml").read_text())
    with Beside(sample):
        ran = run(sample, "--config", str(other), "clean", "--yes", "--json", *AFTERNOON)
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage")
    assert str(sample / "config.toml") in ran.json["error"]["hint"]


def test_status_says_who_runs(run: Run, sample: Path) -> None:
    acting(run, sample)
    assert "no daemon runs" in run(sample, "status", *NOW).out
    with Beside(sample):
        assert re.search(r"^calsync run \(process \d+\) runs since ", run(sample, "status", *NOW).out, re.MULTILINE)
        assert list(run(sample, "status", "--json", *NOW).json) == [
            *("now", "mode", "calendars", "messages", "held", "owner_must"),
        ]
    with Beside(sample, "clean"):
        assert re.search(r"^calsync clean \(process \d+\) is at work", run(sample, "status", *NOW).out, re.MULTILINE)


WISHES = [
    pytest.param(["skip", "acme"], "carries it out within seconds", id="skip"),
    pytest.param(["keep", "acme"], "carries it out within seconds", id="keep"),
    pytest.param(["flex", "acme", "+5m", "--because", "why"], "carries it out within seconds", id="flex"),
    pytest.param(["announce", "acme", "--yes"], "carries it out within seconds", id="announce"),
    pytest.param(["outbox", "approve", "ID"], "it goes within seconds", id="outbox approve"),
    pytest.param(["outbox", "skip", "ID"], "", id="outbox skip"),
    pytest.param(["pause", "acme"], "", id="pause"),
    pytest.param(["resume", "acme"], "", id="resume"),
    pytest.param(["agenda", "acme", "--add", "Budget 10m", "--clear"], "", id="agenda"),
]


@pytest.mark.parametrize(("words", "said"), WISHES)
def test_every_other_command_notes_its_wish_in_one_transaction_beside_a_daemon(
    run: Run, sample: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    config = sample / "config.toml"
    config.write_text(config.read_text().replace("[defaults]", '[defaults]\nsend = "ask"'))
    acting(run, sample)
    asks = [one["id"] for one in run(sample, "outbox", "--json", *NOW).json["messages"] if one["state"] == "asks"]
    line = [asks[0] if word == "ID" else word for word in words]
    statements: list[str] = []
    traced = Connection._set_up

    def trace(self: Connection) -> None:
        traced(self)
        self._sqlite.set_trace_callback(statements.append)

    monkeypatch.setattr(Connection, "_set_up", trace)
    with Beside(sample, serves=False):
        ran = run(sample, *line, *AFTERNOON)
    assert ran.status == 0, ran.err
    assert said in ran.err
    begun = False
    transactions = 0
    for statement in statements:
        verb = statement.split()[0]
        writes = verb in ("INSERT", "UPDATE", "DELETE", "REPLACE")
        begun = (begun or statement == "BEGIN IMMEDIATE") and verb not in ("COMMIT", "ROLLBACK")
        transactions += (verb == "BEGIN" and begun) or (writes and not begun)
    assert transactions == 1


def test_without_a_daemon_the_next_cycle_is_named(run: Run, sample: Path) -> None:
    acting(run, sample)
    with Beside(sample, "sync", serves=False):
        ran = run(sample, "skip", "acme", *AFTERNOON)
    assert "the next cycle carries it out: calsync sync" in ran.err


def test_clean_says_who_will_write_again(run: Run, sample: Path) -> None:
    acting(run, sample)
    with Beside(sample):
        ran = run(sample, "clean", "--yes", *AFTERNOON)
    assert "a calsync runs here, and will write again at once" in ran.err
    assert "the next calsync sync" not in ran.err
