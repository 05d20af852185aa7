"""Two that send at once, die, hang, give up and come back, in any order: no client ever has one message twice."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from threading import Condition, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calsync.deliver.run import deliver
from calsync.deliver.settle import give_up
from calsync.ledger import outbox
from calsync.ledger.sqlite import SqliteLedger, open_ledger
from calsync.model.message import State
from calsync.ports import NOT_BEGUN, Begin, Fate, Mail, Outcome
from tests.contract.ledger import NOW, a_message
from tests.deliver.test_mail import OWNER
from tests.deliver.test_run import holds

ROUNDS = 5


def opened(folder: Path) -> SqliteLedger:
    """Open a ledger that waits for no disk: nobody's machine fails here."""
    ledger = open_ledger(folder)
    ledger._connection._sqlite.execute("PRAGMA synchronous = OFF")
    return ledger


class Death(BaseException):
    """The process of one of them ends, wherever it is."""


class Turns:
    """Lets one thread run at a time, and says which: so that threads interleave by chance, and by the same twice."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self._whose = chance, Condition()
        self._turn, self._playing = "", list[str]()

    def play(self, parts: dict[str, Callable[[], None]]) -> None:
        """Run all parts to their end."""
        failed: list[BaseException] = []

        def one(name: str, part: Callable[[], None]) -> None:
            self._await(name)
            try:
                part()
            except BaseException as error:  # noqa: BLE001 (told below, in the thread of the test)
                failed.append(error)
            with self._whose:
                self._playing.remove(name)
                self._next()

        self._playing = sorted(parts)
        threads = [Thread(target=one, args=item) for item in parts.items()]
        for thread in threads:
            thread.start()
        with self._whose:
            self._next()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]

    def switch(self, me: str) -> None:
        """Let another one run, or go on."""
        with self._whose:
            self._next()
        self._await(me)

    def _next(self) -> None:
        self._turn = self.chance.choice(self._playing) if self._playing else ""
        self._whose.notify_all()

    def _await(self, me: str) -> None:
        with self._whose:
            assert self._whose.wait_for(lambda: self._turn == me, 30)


class World:
    """A ledger, two processes on it, a clock, and what clients have in hand."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.chance, self.now = folder, random.Random(seed), NOW
        self.turns = Turns(self.chance)
        self.in_hand: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        self.lives = ["first", "second"]

    def clock(self) -> datetime:
        self.now += timedelta(seconds=self.chance.choice((0, 1, 20, 400)))
        return self.now

    def sends(self, who: int) -> Callable[[], None]:
        """Return what the thread of a process does that sends."""

        def part() -> None:
            with closing(opened(self.folder)) as ledger:
                for _ in range(ROUNDS):
                    self.claims_as(who)
                    try:
                        deliver(ledger, {"mail": Shaky(self, who)}, holds, OWNER, self.clock(), clock=self.clock)
                    except Death:
                        self.seen["died"] += 1
                        self.lives[who] += " again"
                    self.turns.switch(f"sends {who}")

        return part

    def gives_up(self, who: int) -> Callable[[], None]:
        """Return what the thread of a process does that ends it while the other one hangs."""

        def part() -> None:
            with closing(opened(self.folder)) as ledger:
                for _ in range(ROUNDS):
                    self.turns.switch(f"gives up {who}")
                    self.claims_as(who)
                    if self.chance.random() < 0.5:
                        self.seen["gave up"] += len(give_up(ledger, self.clock()))
                    else:
                        self.now += timedelta(minutes=self.chance.choice((1, 11)))

        return part

    def claims_as(self, who: int) -> None:
        """Let claims be those of a process in its present life; one thread runs at a time."""
        outbox._TOKEN = self.lives[who]


class Shaky:
    """A channel at every step of which anything may happen."""

    name = "mail"

    def __init__(self, world: World, who: int) -> None:
        self.world, self.who = world, who

    def send(self, mail: Mail, begin: Begin) -> Outcome:
        self.anything()
        if not begin():
            self.world.seen["came too late"] += 1
            return Outcome(fate=Fate.DEFERRED, why=NOT_BEGUN)
        self.anything()
        fate = self.world.chance.choice((Fate.ACCEPTED, Fate.ACCEPTED, Fate.REFUSED, Fate.DEFERRED, Fate.UNCERTAIN))
        if fate is Fate.ACCEPTED or (fate is Fate.UNCERTAIN and self.world.chance.random() < 0.5):
            self.world.in_hand[mail.message_id] += 1
        self.anything()
        return Outcome(fate=fate, why="" if fate is Fate.ACCEPTED else "so it is")

    def anything(self) -> None:
        for _ in range(self.world.chance.randrange(3)):
            self.world.turns.switch(f"sends {self.who}")
        self.world.claims_as(self.who)
        chance = self.world.chance.random()
        if chance < 0.08:
            raise Death
        if chance < 0.2:
            raise RuntimeError("a fault")

    def fate(self, mail: Mail) -> Fate:
        return Fate.UNCERTAIN

    def check(self) -> str:
        return ""

    def close(self) -> None:
        self.world.seen["closed"] += 1


class Calm(Shaky):
    """A channel that works."""

    def send(self, mail: Mail, begin: Begin) -> Outcome:
        assert begin()
        self.world.in_hand[mail.message_id] += 1
        return Outcome(fate=Fate.ACCEPTED)


def played(world: World, messages: int) -> SqliteLedger:
    """Play one world to its end; return the ledger, open."""
    ledger = opened(world.folder)
    ledger.notice_older_copy(NOW)
    ledger.queue([a_message(f"call {number}") for number in range(messages)])
    before = outbox._TOKEN
    try:
        parts = {f"sends {who}": world.sends(who) for who in (0, 1)}
        world.turns.play(parts | {f"gives up {who}": world.gives_up(who) for who in (0, 1)})
        # In the end one is left, and nobody disturbs it: all is settled, and what surely did not go has gone.
        outbox._TOKEN = "last"
        for _ in range(3):
            world.now += timedelta(hours=1)
            deliver(ledger, {"mail": Calm(world, 0)}, holds, OWNER, world.now)
    finally:
        outbox._TOKEN = before
    return ledger


@pytest.fixture(autouse=True)
def no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calsync.ledger.folder.os.fsync", lambda file: None)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_whoever_dies_hangs_or_comes_back_no_message_is_handed_over_twice(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), seed)
        with closing(played(world, 6)) as ledger:
            messages = ledger.memory().messages
        assert max(world.in_hand.values(), default=0) <= 1
        assert {message.state for message in messages} <= {State.SENT, State.UNKNOWN, State.FAILED}
        for message in messages:
            if message.state is State.SENT:
                assert world.in_hand[message.message_id("kaya.example")] == 1


def test_the_world_above_is_no_quiet_one() -> None:
    """Deaths, give-ups and claims that come back too late do happen in it, else it proves nothing."""
    seen: Counter[str] = Counter()
    for seed in range(6):
        with tempfile.TemporaryDirectory() as folder:
            world = World(Path(folder), seed)
            played(world, 6).close()
            seen += world.seen
    assert all(seen[what] > 2 for what in ("died", "gave up", "came too late")), seen
