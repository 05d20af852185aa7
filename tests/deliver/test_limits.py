"""The pass that sends, held back: by the limit within an hour, by an end, by channels that fail or hang."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from calsync.deliver.outbox import approve
from calsync.deliver.run import Delivered, Ruling, Verdict, deliver
from calsync.deliver.settle import PATIENCE, give_up
from calsync.errors import LedgerError
from calsync.ledger.sqlite import FILE, SqliteLedger, open_ledger
from calsync.model.alert import alert_key
from calsync.model.message import Message, State
from calsync.ports import Begin, Channel, Fate, Mail, Outcome
from tests.contract.ledger import MINUTE, NOW, START, a_key, a_message
from tests.deliver.test_mail import OWNER
from tests.deliver.test_run import ROOT, Post, holds

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with closing(open_ledger(tmp_path / "state")) as ledger:
        ledger.notice_older_copy(NOW)
        yield ledger


def run(ledger: SqliteLedger, post: Channel, now: datetime = NOW, **how: object) -> Delivered:
    return deliver(ledger, {"mail": post}, holds, OWNER, now, **how)  # type: ignore[arg-type]  # keywords handed on


def states(ledger: SqliteLedger) -> dict[str, State]:
    return {message.key.call: message.state for message in ledger.memory().messages}


def calls(messages: tuple[Message, ...]) -> list[str]:
    return [message.key.call for message in messages]


# The limit within an hour


def test_no_more_than_the_limit_leave_within_any_hour_whatever_fell_due(ledger: SqliteLedger) -> None:
    ledger.queue([a_message(f"call {number:02}", send_at=NOW - HOUR) for number in range(23)])
    post, now = Post(), NOW
    sent: list[datetime] = []
    while len(sent) < 23:
        sent += [now] * len(run(ledger, post, now, hourly=5).sent)
        now += 7 * MINUTE
    assert all(later - earlier >= HOUR for earlier, later in zip(sent, sent[5:], strict=False))
    assert now < NOW + 6 * HOUR and len(post.tried) == 23


def test_what_waits_says_so_and_the_owner_hears_of_it_once_until_it_is_over(ledger: SqliteLedger) -> None:
    ledger.queue([a_message(f"call {number}") for number in range(3)])
    done = run(ledger, Post(), hourly=2)
    ((waits, why),) = done.waiting
    assert waits.state is State.PLANNED and "limits.messages" in why
    ((key, since, what),) = ledger.alerts()
    assert (key, since) == ("hourly", NOW) and "1 more wait" in what
    run(ledger, Post(), NOW + MINUTE, hourly=2)
    assert [(key, since) for key, since, _ in ledger.alerts()] == [("hourly", NOW)]
    assert len(run(ledger, Post(), NOW + HOUR, hourly=2).sent) == 1 and ledger.alerts() == ()


def test_what_waits_for_room_expires_like_any_other(ledger: SqliteLedger) -> None:
    ledger.queue([a_message("a"), a_message("b", expires_at=NOW + HOUR)])
    ledger.queue([a_message("c", expires_at=NOW + MINUTE)])
    assert calls(run(ledger, Post(), hourly=1).sent) == ["c"]
    assert calls(run(ledger, Post(), NOW + HOUR, hourly=1).expired) == ["b"]
    assert alert_key(a_message("b")) in {key for key, _, _ in ledger.alerts()}


def test_what_expires_first_goes_first(ledger: SqliteLedger) -> None:
    ledger.queue(
        [
            a_message("tomorrow", send_at=NOW - HOUR),
            a_message("soon", send_at=NOW, expires_at=NOW + HOUR),
            a_message("today", send_at=NOW - MINUTE, expires_at=NOW + 3 * HOUR),
        ]
    )
    assert calls(run(ledger, Post(), hourly=2).sent) == ["soon", "today"]


def test_what_the_owner_approved_does_not_wait_but_counts(ledger: SqliteLedger) -> None:
    ledger.queue([a_message("a", state=State.ASKS), a_message("b"), a_message("c")])
    run(ledger, Post(), hourly=1)
    (asks,) = [message for message in ledger.memory().messages if message.state is State.ASKS]
    ledger.set_state(approve(asks, NOW))
    assert calls(run(ledger, Post(), hourly=1).sent) == ["a"]
    assert run(ledger, Post(), NOW + HOUR - SECOND, hourly=2).sent == ()


def test_what_may_have_left_counts_like_what_left_and_what_was_refused_does_not(ledger: SqliteLedger) -> None:
    ledger.queue([a_message("a"), a_message("b"), a_message("c")])
    fates = [Outcome(fate=Fate.UNCERTAIN, why="cut"), Outcome(fate=Fate.REFUSED, why="550")]
    done = run(ledger, Post(*fates), hourly=2)
    assert (len(done.unknown), len(done.failed), len(done.sent)) == (1, 1, 1)
    ledger.queue([a_message("d")])
    assert run(ledger, Post(), NOW + MINUTE, hourly=2).sent == ()
    assert len(run(ledger, Post(), NOW + HOUR, hourly=2).sent) == 1


@pytest.mark.parametrize("jump", [-HOUR / 2, timedelta(days=-1), timedelta(days=1)], ids=str)
def test_a_clock_that_jumps_lets_no_flood_out_and_nothing_wait_for_good(ledger: SqliteLedger, jump: timedelta) -> None:
    long = timedelta(days=2)
    ledger.queue([a_message(f"call {n}", send_at=NOW - long, expires_at=NOW + long) for n in range(9)])
    run(ledger, Post(), hourly=3)
    at = NOW + jump
    soon = run(ledger, Post(), at, hourly=3).sent
    later = run(ledger, Post(), at + 2 * HOUR, hourly=3).sent
    assert len(soon) == (0 if abs(jump) < HOUR else 3)
    assert len(later) == 3


def test_without_a_limit_all_that_is_due_goes(ledger: SqliteLedger) -> None:
    ledger.queue([a_message(f"call {number}") for number in range(30)])
    assert len(run(ledger, Post()).sent) == 30 and ledger.alerts() == ()


# An end


def test_once_it_is_to_stop_nothing_more_is_claimed(ledger: SqliteLedger) -> None:
    ledger.queue([a_message("a"), a_message("b")])
    post = Post()
    done = run(ledger, post, stopping=lambda: bool(post.tried))
    assert calls(done.sent) == [] and states(ledger) == {"a": State.PLANNED, "b": State.PLANNED}
    assert len(post.tried) == 1 and post.closed


def test_what_is_claimed_and_not_begun_goes_back_as_if_it_never_had_been(ledger: SqliteLedger) -> None:
    ledger.queue([a_message()])
    stopping = Event()
    post = Post()
    post.connects = stopping.set
    done = run(ledger, post, stopping=stopping.is_set)
    assert [why for _, why in done.waiting] == ["it was not to go any more when its turn came"]
    (message,) = ledger.memory().messages
    assert (message.state, message.attempts, message.retry_at) == (State.PLANNED, 0, None)
    assert ledger.due(NOW) == (message,)


def test_what_has_begun_is_ended_whatever_asks_it_to_stop(ledger: SqliteLedger) -> None:
    ledger.queue([a_message("a"), a_message("b")])
    stopping = Event()
    post = Post()
    post.meanwhile = stopping.set
    assert calls(run(ledger, post, stopping=stopping.is_set).sent) == ["a"]
    assert states(ledger) == {"a": State.SENT, "b": State.PLANNED}


def test_a_pass_closes_each_channel_that_it_used_and_no_other(ledger: SqliteLedger) -> None:
    ledger.queue([a_message("a"), a_message("b")])
    used, other = Post(), Post()
    deliver(ledger, {"mail": used, "other": other}, holds, OWNER, NOW)
    assert used.closed and not hasattr(other, "closed")


# A channel that hangs


class Hangs(Post):
    """A channel that hangs before or after it has begun, until it is let go."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__()
        self.reached, self.let_go = Event(), Event()
        if begun:
            self.meanwhile = self.hang
        else:
            self.connects = self.hang

    def hang(self) -> None:
        self.reached.set()
        assert self.let_go.wait(30)


@pytest.mark.parametrize(
    ("begun", "state"), [(True, State.UNKNOWN), (False, State.PLANNED)], ids=["begun", "not begun"]
)
def test_a_process_that_must_end_gives_up_what_hangs_and_what_comes_back_finds_nothing(
    tmp_path: Path, ledger: SqliteLedger, begun: bool, state: State
) -> None:
    ledger.queue([a_message("a"), a_message("b")])
    post, done = Hangs(begun=begun), []

    def send() -> None:
        with closing(open_ledger(tmp_path / "state")) as mine:
            done.append(run(mine, post, stopping=post.let_go.is_set))

    thread = Thread(target=send)
    thread.start()
    assert post.reached.wait(30)
    (given_up,) = give_up(ledger, NOW + MINUTE)
    assert give_up(ledger, NOW + MINUTE) == ()
    assert given_up.state is state and bool(ledger.alerts()) is begun
    before = ledger.memory()
    post.let_go.set()
    thread.join(30)
    assert not thread.is_alive() and ledger.memory() == before
    assert done == [Delivered()] and len(post.tried) == 1
    assert states(ledger) == {"a": state, "b": State.PLANNED}


def test_what_was_given_up_before_it_began_is_begun_by_nobody_else_meanwhile(
    tmp_path: Path, ledger: SqliteLedger
) -> None:
    """The hanging one comes back when the next process has claimed the message already."""
    ledger.queue([a_message()])
    post = Hangs(begun=False)
    late: list[Delivered] = []

    def send() -> None:
        with closing(open_ledger(tmp_path / "state")) as mine:
            late.append(run(mine, post))

    thread = Thread(target=send)
    thread.start()
    assert post.reached.wait(30)
    give_up(ledger, NOW)
    again = Post()

    def comes_back() -> None:
        post.let_go.set()
        thread.join(30)

    again.meanwhile = comes_back
    assert len(run(ledger, again).sent) == 1
    assert not thread.is_alive() and late == [Delivered()]
    assert states(ledger) == {"weekly@acme.example": State.SENT}


# A channel, or a look, that fails as none should


class Fails(Post):
    """A channel with a fault of its own."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__()
        self.begun = begun

    def send(self, mail: Mail, begin: Begin) -> Outcome:
        self.tried.append(mail)
        if self.begun:
            begin()
        raise RuntimeError(f"no idea about {mail.to}")

    def fate(self, mail: Mail) -> Fate:
        raise RuntimeError("no idea")

    def close(self) -> None:
        raise RuntimeError("no idea")


@pytest.mark.parametrize(
    ("begun", "state"), [(True, State.UNKNOWN), (False, State.PLANNED)], ids=["begun", "not begun"]
)
def test_a_fault_of_a_channel_harms_its_own_message_alone_and_is_told(
    ledger: SqliteLedger, begun: bool, state: State
) -> None:
    ledger.queue([a_message("a", channel="bad"), a_message("b")])
    channels = {"bad": Fails(begun=begun), "mail": Post()}
    done = deliver(ledger, channels, holds, OWNER, NOW)
    assert calls(done.sent) == ["b"] and states(ledger) == {"a": state, "b": State.SENT}
    alerts = {key: what for key, _, what in ledger.alerts()}
    assert "RuntimeError" in alerts["channel:bad"] and "acme" not in alerts["channel:bad"]
    assert (alert_key(a_message("a")) in alerts) is begun
    again = {"bad": Post(), "mail": Post()}
    deliver(ledger, again, holds, OWNER, NOW + HOUR)
    assert states(ledger)["a"] is (State.UNKNOWN if begun else State.SENT)
    assert ("channel:bad" in {key for key, _, _ in ledger.alerts()}) is begun


def test_a_fault_before_anything_left_is_tried_again_with_pauses(ledger: SqliteLedger) -> None:
    ledger.queue([a_message()])
    post, now = Fails(begun=False), NOW
    for _ in range(PATIENCE):
        assert len(run(ledger, post, now).deferred) == 1
        assert run(ledger, post, now + SECOND) == Delivered()
        now += HOUR
    assert alert_key(a_message()) in {key for key, _, _ in ledger.alerts()}


def test_a_channel_that_can_not_say_what_became_of_a_mail_leaves_it_unknown(ledger: SqliteLedger) -> None:
    ledger.queue([a_message()])
    claimed = ledger.claim(a_key(), NOW)
    assert claimed is not None and ledger.begin(claimed.key, claimed.epoch, NOW)
    run(ledger, Fails(begun=False), NOW + HOUR)
    assert states(ledger) == {"weekly@acme.example": State.UNKNOWN}


def test_a_call_that_breaks_the_look_waits_and_holds_up_no_other(ledger: SqliteLedger) -> None:
    ledger.queue([a_message("a"), a_message("b")])

    def breaks(message: Message, now: datetime) -> Verdict:
        if message.key.call == "a":
            raise ZeroDivisionError("a title in an error")
        return Verdict(Ruling.SEND)

    done = deliver(ledger, {"mail": Post()}, breaks, OWNER, NOW)
    assert calls(done.sent) == ["b"]
    assert [why for _, why in done.waiting] == ["its call could not be looked up (ZeroDivisionError)"]


@pytest.mark.parametrize("swallowed", [False, True], ids=["told", "swallowed by the channel"])
def test_a_ledger_that_fails_where_a_message_begins_ends_the_pass_and_nothing_leaves(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch, swallowed: bool
) -> None:
    ledger.queue([a_message("a"), a_message("b")])

    class Swallows(Post):
        def send(self, mail: Mail, begin: Begin) -> Outcome:
            try:
                return super().send(mail, begin)
            except LedgerError:
                if not swallowed:
                    raise
                return Outcome(fate=Fate.DEFERRED, why="something")

    def full(*args: object) -> bool:
        raise LedgerError("the disk is full")

    post = Swallows()
    monkeypatch.setattr(ledger, "begin", full)
    with pytest.raises(LedgerError, match="disk is full"):
        run(ledger, post)
    monkeypatch.undo()
    assert len(post.tried) == 1 and post.closed
    assert run(ledger, post).sent != () and states(ledger)["b"] is State.SENT
    run(ledger, post, NOW + HOUR)
    assert states(ledger) == {"a": State.SENT, "b": State.SENT}


def test_every_pass_asks_first_whether_the_ledger_is_an_older_copy(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[datetime] = []
    monkeypatch.setattr(ledger, "notice_older_copy", asked.append)
    run(ledger, Post())
    assert asked == [NOW]


def test_a_ledger_that_another_program_locks_while_a_mail_connects_lets_nothing_leave(
    tmp_path: Path, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calsync.ledger.connection.WAIT_MS", 50)
    ledger.queue([a_message("a"), a_message("b")])
    shell = sqlite3.connect(tmp_path / "state" / FILE, isolation_level=None)
    with closing(shell), closing(open_ledger(tmp_path / "state")) as mine:
        post = Post()
        post.connects = lambda: shell.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match="too long"):
            run(mine, post)
        with pytest.raises(LedgerError, match="too long"):
            run(mine, Post())
        shell.execute("ROLLBACK")
        assert len(post.tried) == 1 and post.closed
        post.connects = lambda: None
        assert calls(run(mine, post).sent) == ["b"]
        assert calls(run(mine, post, NOW + HOUR).sent) == ["a"]


FULL = """
import resource, signal, sys
from pathlib import Path
from calsync.deliver.run import deliver
from calsync.errors import CalsyncError
from calsync.ledger.sqlite import open_ledger
from calsync.ports import Fate, Outcome
from tests.contract.ledger import NOW
from tests.deliver.test_mail import OWNER
from tests.deliver.test_run import ROOT, Post, holds
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv[2])
def full(): resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
ledger, post = open_ledger(Path(sys.argv[1])), Post()
if sys.argv[3] == "connects":
    post.connects = full
else:
    post.meanwhile = full
try:
    deliver(ledger, {"mail": post}, holds, OWNER, NOW)
except CalsyncError as error:
    print(error.code)
print(len(post.tried))
"""


@pytest.mark.parametrize(
    ("limit", "where", "state"),
    [
        pytest.param(0, "connects", State.PLANNED, id="before it began: nothing left"),
        pytest.param(0, "meanwhile", State.UNKNOWN, id="after it began: nobody can tell"),
        pytest.param(20, "connects", State.PLANNED, id="the stamp does, the ledger doesn't"),
    ],
)
def test_a_disk_that_fills_up_around_a_mail_sends_it_neither_twice_nor_unseen(
    tmp_path: Path, ledger: SqliteLedger, limit: int, where: str, state: State
) -> None:
    ledger.queue([a_message("a"), a_message("b")])
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "state"), str(limit), where],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.stderr == "" and done.stdout.splitlines() == ["ledger", "1"]
    assert states(ledger) == {"a": State.SENDING, "b": State.PLANNED}
    post = Post()
    run(ledger, post)
    assert (states(ledger)["a"] is State.UNKNOWN) is (state is State.UNKNOWN)
    assert len(post.tried) == (1 if state is State.UNKNOWN else 2)


READ_ONLY = """
import os, sys
from pathlib import Path
from calsync.deliver.run import deliver
from calsync.errors import CalsyncError
from calsync.ledger.sqlite import open_ledger
from tests.contract.ledger import NOW
from tests.deliver.test_mail import OWNER
from tests.deliver.test_run import Post, holds
state, post = Path(sys.argv[1]), Post()
ledger = open_ledger(state)
def read_only():
    state.chmod(0o500)
    if os.getuid() == 0:
        os.seteuid(65534)  # root may write anything
if sys.argv[2] == "connects":
    post.connects = read_only
else:
    read_only()
try:
    deliver(ledger, {"mail": post}, holds, OWNER, NOW)
except CalsyncError as error:
    print(error.code, bool(error.hint))
print(len(post.tried))
os.seteuid(os.getuid())
state.chmod(0o700)
"""


@pytest.mark.parametrize(("where", "tried"), [("before", 0), ("connects", 1)])
def test_a_state_folder_that_becomes_read_only_lets_nothing_leave(
    tmp_path: Path, ledger: SqliteLedger, where: str, tried: int
) -> None:
    ledger.queue([a_message("a"), a_message("b")])
    command = [sys.executable, "-c", READ_ONLY, str(tmp_path / "state"), where]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == "" and done.stdout.splitlines() == ["state-folder True", str(tried)]
    assert len(run(ledger, Post()).sent) == 2


def test_what_she_approved_goes_until_the_call_starts_and_not_a_moment_longer(ledger: SqliteLedger) -> None:
    late = START - SECOND
    ledger.queue([a_message("a", state=State.ASKS, expires_at=START), a_message("b", state=State.ASKS)])
    for asks in ledger.memory().messages:
        ledger.set_state(approve(asks, late))
    now = [late]
    post = Post()
    post.meanwhile = lambda: now.__setitem__(0, START)
    done = run(ledger, post, late, clock=lambda: now[0])
    assert len(done.sent) == 1 and len(post.tried) == 1
    assert len(run(ledger, post, START).expired) == 1 and len(post.tried) == 1
