"""The pass that sends: every outcome, every look, and a death at any moment."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from calsync.channels.folder import FolderChannel
from calsync.deliver.outbox import approve
from calsync.deliver.run import ALERTS_STAND, Delivered, Ruling, Verdict, deliver
from calsync.deliver.settle import PATIENCE
from calsync.ledger.sqlite import SqliteLedger, open_ledger
from calsync.model.alert import alert_key
from calsync.model.message import Message, State
from calsync.ports import NOT_BEGUN, Begin, Channel, Fate, Mail, Outcome
from tests.contract.ledger import MINUTE, NOW, START, a_key, a_message
from tests.deliver.test_mail import OWNER

ROOT = Path(__file__).parents[2]


class Post:
    """A channel that does as it is told; `went` are the mails that a client has in hand."""

    name = "mail"

    def __init__(self, *outcomes: Outcome, remembers: Fate = Fate.UNCERTAIN) -> None:
        self.outcomes, self.remembers = list(outcomes), remembers
        self.tried: list[Mail] = []
        self.connects: Callable[[], object] = lambda: None
        self.meanwhile: Callable[[], object] = lambda: None

    def send(self, mail: Mail, begin: Begin) -> Outcome:
        self.tried.append(mail)
        self.connects()
        if not begin():
            return Outcome(fate=Fate.DEFERRED, why=NOT_BEGUN)
        self.meanwhile()
        return self.outcomes.pop(0) if self.outcomes else Outcome(fate=Fate.ACCEPTED)

    def fate(self, mail: Mail) -> Fate:
        return self.remembers

    def check(self) -> str:
        return ""

    def close(self) -> None:
        self.closed = True


def holds(message: Message, now: datetime) -> Verdict:
    return Verdict(Ruling.SEND)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with closing(open_ledger(tmp_path / "state")) as ledger:
        ledger.notice_older_copy(NOW)  # as every pass does at its start: from now on its claims are counted
        yield ledger


def run(ledger: SqliteLedger, post: Channel, now: datetime = NOW) -> Delivered:
    return deliver(ledger, {"mail": post}, holds, OWNER, now)


def only(ledger: SqliteLedger) -> Message:
    (message,) = ledger.memory().messages
    return message


# What a channel says


def test_what_is_due_is_sent_once_and_earliest_first(ledger: SqliteLedger) -> None:
    ledger.queue([a_message("a"), a_message("b", send_at=NOW - MINUTE), a_message("later", send_at=NOW + MINUTE)])
    post = Post()
    done = run(ledger, post)
    assert [message.key.call for message in done.sent] == ["b", "a"]
    assert all(message.state is State.SENT and message.sent_at == NOW for message in done.sent)
    assert run(ledger, post) == Delivered() and len(post.tried) == 2
    assert {message.key.call: message.state for message in ledger.memory().messages}["later"] is State.PLANNED
    assert ledger.alerts() == ()


def test_the_claim_is_committed_before_the_channel_sees_the_mail(ledger: SqliteLedger, tmp_path: Path) -> None:
    ledger.queue([a_message()])
    seen: list[State] = []
    post = Post()
    with closing(open_ledger(tmp_path / "state")) as other:
        post.meanwhile = lambda: seen.append(only(other).state)
        run(ledger, post)
    assert seen == [State.SENDING]


def test_a_temporary_refusal_is_tried_again_with_doubling_pauses_until_it_expires(ledger: SqliteLedger) -> None:
    ledger.queue([a_message()])
    post = Post(*[Outcome(fate=Fate.DEFERRED, why="451 greylisted")] * 99)
    now, tries = NOW, [NOW]
    while only(ledger).state is State.PLANNED:
        before = len(post.tried)
        done = run(ledger, post, now)
        if len(post.tried) > before:
            assert done.deferred == (only(ledger),) and only(ledger).why == "451 greylisted"
            tries.append(now)
        now += timedelta(seconds=30)
    pauses = [later - earlier for earlier, later in pairwise(tries[1:])]
    assert pauses[:4] == [timedelta(seconds=30 * 2**n) for n in range(4)]
    assert all(later == 2 * earlier for earlier, later in pairwise(pauses))
    assert done.expired == (only(ledger),) and only(ledger).state is State.EXPIRED
    assert tries[-1] < only(ledger).expires_at
    ((key, _, what),) = ledger.alerts()
    assert key == alert_key(only(ledger)) and "451 greylisted" in what


def test_the_owner_hears_of_a_message_that_is_put_off_again_and_again_until_it_went(ledger: SqliteLedger) -> None:
    ledger.queue([a_message()])
    post = Post(*[Outcome(fate=Fate.DEFERRED, why="disk full")] * PATIENCE)
    for number in range(PATIENCE):
        assert ledger.alerts() == ()
        run(ledger, post, NOW + number * 10 * MINUTE)
    assert "disk full" in ledger.alerts()[0][2]
    assert len(run(ledger, post, NOW + 99 * MINUTE).sent) == 1
    assert ledger.alerts() == () and only(ledger).why == ""


@pytest.mark.parametrize(
    ("fate", "state"), [(Fate.REFUSED, State.FAILED), (Fate.UNCERTAIN, State.UNKNOWN)], ids=["refused", "uncertain"]
)
def test_what_was_refused_or_is_uncertain_is_told_and_never_sent_again_by_itself(
    ledger: SqliteLedger, fate: Fate, state: State
) -> None:
    ledger.queue([a_message()])
    post = Post(Outcome(fate=fate, why="550 no such user"))
    done = run(ledger, post)
    assert (done.failed if state is State.FAILED else done.unknown) == (only(ledger),)
    assert only(ledger).state is state and only(ledger).why == "550 no such user"
    ((_, _, what),) = ledger.alerts()
    assert "550 no such user" in what
    assert run(ledger, post, NOW + MINUTE) == Delivered() and len(post.tried) == 1


def test_one_message_that_fails_does_not_hold_up_another(ledger: SqliteLedger) -> None:
    ledger.queue([a_message("a"), a_message("b")])
    done = run(ledger, Post(Outcome(fate=Fate.REFUSED, why="no")))
    assert [message.key.call for message in done.failed] == ["a"]
    assert [message.key.call for message in done.sent] == ["b"]


def test_an_unknown_one_that_the_owner_approved_is_sent_and_its_alert_goes(ledger: SqliteLedger) -> None:
    ledger.queue([a_message()])
    post = Post(Outcome(fate=Fate.UNCERTAIN, why="no answer"))
    run(ledger, post)
    ledger.set_state(approve(only(ledger), NOW + MINUTE))
    assert run(ledger, post, NOW + MINUTE).sent == (only(ledger),)
    assert len(post.tried) == 2 and ledger.alerts() == ()


# The last look


def test_a_call_that_can_not_be_looked_up_leaves_its_message_planned(ledger: SqliteLedger) -> None:
    ledger.queue([a_message()])
    post = Post()
    done = deliver(ledger, {"mail": post}, lambda message, now: Verdict(Ruling.WAIT, "unread"), OWNER, NOW)
    assert done == Delivered(waiting=((a_message(), "unread"),))
    assert post.tried == [] and only(ledger) == a_message()
    run(ledger, post, a_message().expires_at)
    assert only(ledger).state is State.EXPIRED and len(ledger.alerts()) == 1


def test_a_call_that_is_gone_takes_its_message_with_it(ledger: SqliteLedger) -> None:
    ledger.queue([a_message()])
    post = Post()
    done = deliver(ledger, {"mail": post}, lambda message, now: Verdict(Ruling.WITHDRAW, "moved"), OWNER, NOW)
    assert done == Delivered(withdrawn=((a_message(), "moved"),))
    assert post.tried == [] and ledger.memory().messages == ()


def test_a_message_that_was_changed_while_its_call_was_looked_up_waits(ledger: SqliteLedger) -> None:
    ledger.queue([a_message()])
    post = Post()

    def changes(message: Message, now: datetime) -> Verdict:
        ledger.queue([a_message(subject="Thursday")])
        return Verdict(Ruling.SEND)

    done = deliver(ledger, {"mail": post}, changes, OWNER, NOW)
    assert post.tried == [] and [why for _, why in done.waiting] == ["it was changed just now"]
    run(ledger, post)
    assert [mail.subject for mail in post.tried] == ["Thursday"]


def test_a_message_that_the_owner_skipped_while_its_call_was_looked_up_is_not_sent(ledger: SqliteLedger) -> None:
    ledger.queue([a_message()])
    post = Post()

    def skips(message: Message, now: datetime) -> Verdict:
        ledger.set_state(replace(message, state=State.SKIPPED))
        return Verdict(Ruling.SEND)

    assert deliver(ledger, {"mail": post}, skips, OWNER, NOW) == Delivered()
    assert post.tried == [] and only(ledger).state is State.SKIPPED


def test_a_message_whose_channel_is_gone_waits(ledger: SqliteLedger) -> None:
    ledger.queue([a_message(channel="old")])
    ((message, why),) = run(ledger, Post()).waiting
    assert (message, why) == (a_message(channel="old"), 'there is no channel "old"')


def test_time_that_passes_while_others_are_sent_counts(ledger: SqliteLedger) -> None:
    ledger.queue([a_message("a", approved=True), a_message("b", expires_at=NOW + MINUTE)])
    now = [NOW]
    post = Post()
    post.meanwhile = lambda: now.__setitem__(0, NOW + MINUTE)
    done = deliver(ledger, {"mail": post}, holds, OWNER, NOW, clock=lambda: now[0])
    assert [message.key.call for message in done.sent] == ["a"] and len(post.tried) == 1


def test_nothing_that_asks_or_is_held_is_sent_and_its_expiry_raises_no_alert(ledger: SqliteLedger) -> None:
    ledger.queue([a_message("a", state=State.ASKS, why="ask"), a_message("b", state=State.HELD, why="doubtful")])
    post = Post()
    assert run(ledger, post) == Delivered() and post.tried == []
    assert len(run(ledger, post, START).expired) == 2 and ledger.alerts() == ()


def test_an_alert_about_a_message_goes_by_itself_in_the_end(ledger: SqliteLedger) -> None:
    ledger.queue([a_message()])
    ledger.alert("another", NOW, "stays")
    run(ledger, Post(Outcome(fate=Fate.REFUSED, why="no")))
    run(ledger, Post(), NOW + ALERTS_STAND)
    assert len(ledger.alerts()) == 2
    run(ledger, Post(), NOW + ALERTS_STAND + MINUTE)
    assert [key for key, _, _ in ledger.alerts()] == ["another"]


def test_the_journal_names_no_client(ledger: SqliteLedger) -> None:
    ledger.queue([a_message("a"), a_message("b"), a_message("c", send_at=START, expires_at=NOW)])
    run(ledger, Post(Outcome(fate=Fate.REFUSED, why="550 ayse@acme.example unknown")))
    lines = ledger.logged(NOW)
    assert [what for _, what, _ in lines] == ["expired", "refused", "accepted"]
    assert "acme" not in str(lines)


# Deaths


@pytest.mark.parametrize(
    ("remembers", "state", "tries"),
    [
        pytest.param(Fate.ACCEPTED, State.SENT, 0, id="the channel has it"),
        pytest.param(Fate.REFUSED, State.SENT, 1, id="the channel surely has not"),
        pytest.param(Fate.UNCERTAIN, State.UNKNOWN, 0, id="nobody can tell"),
    ],
)
def test_what_a_dead_one_was_sending_is_settled_by_what_the_channel_knows(
    ledger: SqliteLedger, remembers: Fate, state: State, tries: int
) -> None:
    ledger.queue([a_message()])
    claimed = ledger.claim(a_key(), NOW)
    assert claimed is not None and ledger.begin(claimed.key, claimed.epoch, NOW)
    post = Post(remembers=remembers)
    assert run(ledger, post, NOW + MINUTE) == Delivered()  # it may be alive still
    assert only(ledger).state is State.SENDING
    run(ledger, post, NOW + timedelta(hours=1))
    assert only(ledger).state is state and len(post.tried) == tries
    assert bool(ledger.alerts()) is (state is State.UNKNOWN)
    run(ledger, post, NOW + timedelta(hours=2))
    assert len(post.tried) == tries


def test_what_was_claimed_but_not_begun_before_a_death_is_sent_without_asking_anybody(ledger: SqliteLedger) -> None:
    ledger.queue([a_message()])
    ledger.claim(a_key(), NOW)
    post = Post(remembers=Fate.UNCERTAIN)
    run(ledger, post, NOW + timedelta(hours=1))
    assert only(ledger).state is State.SENT and len(post.tried) == 1 and ledger.alerts() == ()


def test_a_message_that_expires_while_the_channel_connects_is_not_sent(ledger: SqliteLedger) -> None:
    ledger.queue([a_message()])
    now = [NOW]
    post = Post()
    post.connects = lambda: now.__setitem__(0, START)
    done = deliver(ledger, {"mail": post}, holds, OWNER, NOW, clock=lambda: now[0])
    assert len(post.tried) == 1 and done.sent == () and only(ledger).state is State.PLANNED
    run(ledger, post, START)
    assert only(ledger).state is State.EXPIRED and len(post.tried) == 1


def test_what_surely_was_not_sent_and_is_too_late_now_expires(ledger: SqliteLedger) -> None:
    ledger.queue([a_message()])
    ledger.claim(a_key(), NOW)
    post = Post(remembers=Fate.REFUSED)
    assert run(ledger, post, START).expired == (only(ledger),)
    assert post.tried == [] and len(ledger.alerts()) == 1


def test_a_claimer_back_from_the_dead_settles_nothing(ledger: SqliteLedger, tmp_path: Path) -> None:
    ledger.queue([a_message()])
    post = Post(Outcome(fate=Fate.REFUSED, why="too late"))
    with closing(open_ledger(tmp_path / "state")) as other:
        post.meanwhile = lambda: run(other, Post(remembers=Fate.UNCERTAIN), NOW + timedelta(hours=1))
        assert run(ledger, post) == Delivered()
    assert only(ledger).state is State.UNKNOWN and "nobody can tell" in only(ledger).why


SENDER = """
import sys
from pathlib import Path
from calsync.channels.folder import FolderChannel
from calsync.deliver.run import Ruling, Verdict, deliver
from calsync.ledger.lock import StateLock
from calsync.ledger.sqlite import open_ledger
from tests.contract.ledger import NOW
from tests.deliver.test_mail import OWNER
state, outbox = map(Path, sys.argv[1:])
with StateLock(state):
    ledger = open_ledger(state)
    print("ready", flush=True)
    deliver(ledger, {"mail": FolderChannel("mail", outbox)}, lambda message, now: Verdict(Ruling.SEND), OWNER, NOW)
"""


def test_killed_at_any_moment_it_sends_each_message_once_and_loses_none(ledger: SqliteLedger, tmp_path: Path) -> None:
    count, chance, kills = 400, random.Random(11), 0
    ledger.queue([a_message(f"call {number}") for number in range(count)])
    outbox = tmp_path / "outbox"
    for _ in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", SENDER, str(tmp_path / "state"), str(outbox)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout and process.stdout.readline() == "ready\n", process.stderr and process.stderr.read()
        # Not a wait for anything: the moment of death, at random within the sending of some dozen messages.
        time.sleep(chance.uniform(0, 0.15))
        process.kill()
        _, wrong = process.communicate()
        kills += process.returncode == -signal.SIGKILL
        assert not wrong
    assert kills > 3
    run(ledger, FolderChannel("mail", outbox))
    assert Counter(message.state for message in ledger.memory().messages) == {State.SENT: count}
    ids = {f"<cs.{message.id}@kaya.example>" for message in ledger.memory().messages}
    files = [path.read_bytes() for path in outbox.iterdir()]
    assert len(files) == count
    assert {
        line.split(b": ")[1].decode() for file in files for line in file.split(b"\r\n") if b"Message-ID" in line
    } == ids


def test_killed_where_nobody_can_tell_it_sends_none_twice(ledger: SqliteLedger, tmp_path: Path) -> None:
    """The same with a channel that forgets: what it was at is unknown, and stays so."""
    ledger.queue([a_message(f"call {number}") for number in range(5)])
    post = Post()

    def dies() -> None:
        if len(post.tried) == 3:
            raise KeyboardInterrupt

    post.meanwhile = dies
    with pytest.raises(KeyboardInterrupt):
        run(ledger, post)
    run(ledger, post, NOW + timedelta(hours=1))
    states = Counter(message.state for message in ledger.memory().messages)
    assert states == {State.SENT: 4, State.UNKNOWN: 1}
    assert max(Counter(mail.message_id for mail in post.tried).values()) == 1 and len(ledger.alerts()) == 1
