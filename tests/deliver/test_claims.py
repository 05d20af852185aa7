"""Two that send at once, die, hang, give up and come back, in any order: no client ever has one message twice."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

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

DEEP = 3


class Death(BaseException):
    """The process of one of them ends, wherever it is."""


class World:
    """A ledger, two processes on it, a clock, and what clients have in hand."""

    def __init__(self, folder: Path, chance: random.Random, stack: ExitStack) -> None:
        self.chance, self.now, self.depth = chance, NOW, 0
        self.in_hand: Counter[str] = Counter()
        self.ledgers = [stack.enter_context(closing(open_ledger(folder))) for _ in range(4)]
        self.ledgers[0].notice_older_copy(NOW)
        self.lives = ["first", "second"]

    @contextmanager
    def as_process(self, who: int) -> Iterator[None]:
        """Let claims be those of process `who` in its present life."""
        before, outbox._TOKEN = outbox._TOKEN, self.lives[who]
        try:
            yield
        finally:
            outbox._TOKEN = before

    def clock(self) -> datetime:
        self.now += timedelta(seconds=self.chance.choice((0, 1, 20, 400)))
        return self.now

    def something(self) -> None:
        """Let one of the two do something, wherever the other is."""
        who, ledger = self.chance.choice(((0, self.ledgers[0]), (1, self.ledgers[1])))
        what = self.chance.choice(("pass", "pass", "give up", "clock", "nothing"))
        if what == "pass" and self.depth < DEEP:
            self.run(who, ledger)
        elif what == "give up":
            with self.as_process(who):
                give_up(self.ledgers[2 + who], self.clock())
        elif what == "clock":
            self.now += timedelta(minutes=self.chance.choice((1, 11)))

    def run(self, who: int, ledger: SqliteLedger) -> None:
        self.depth += 1
        life = self.lives[who]
        try:
            with self.as_process(who):
                post = Shaky(self, who)
                deliver(ledger, {"mail": post}, holds, OWNER, self.now, clock=self.clock, stopping=self.stops)
        except Death:
            if self.lives[who] == life:
                self.lives[who] = f"{life} again"
        finally:
            self.depth -= 1

    def stops(self) -> bool:
        return self.chance.random() < 0.05


class Shaky:
    """A channel at every step of which anything may happen."""

    name = "mail"

    def __init__(self, world: World, who: int) -> None:
        self.world, self.who = world, who

    def send(self, mail: Mail, begin: Begin) -> Outcome:
        self.anything()
        if not begin():
            return Outcome(fate=Fate.DEFERRED, why=NOT_BEGUN)
        self.anything()
        fate = self.world.chance.choice((Fate.ACCEPTED, Fate.ACCEPTED, Fate.REFUSED, Fate.DEFERRED, Fate.UNCERTAIN))
        if fate is Fate.ACCEPTED or (fate is Fate.UNCERTAIN and self.world.chance.random() < 0.5):
            self.world.in_hand[mail.message_id] += 1
        self.anything()
        return Outcome(fate=fate, why="" if fate is Fate.ACCEPTED else "so it is")

    def anything(self) -> None:
        chance = self.world.chance.random()
        if chance < 0.1:
            raise Death
        if chance < 0.15:
            raise RuntimeError("a fault")
        if chance < 0.5:
            with self.world.as_process(self.who):
                self.world.something()

    def fate(self, mail: Mail) -> Fate:
        return Fate.UNCERTAIN

    def check(self) -> str:
        return ""

    def close(self) -> None:
        return None


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_whoever_dies_hangs_or_comes_back_no_message_is_handed_over_twice(seed: int) -> None:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        world = World(Path(folder), chance, stack)
        world.ledgers[0].queue([a_message(f"call {number}") for number in range(4)])
        for _ in range(6):
            world.something()
        # In the end one is left, and nobody disturbs it: all is settled, and what surely did not go has gone.
        world.now += timedelta(hours=1)
        world.lives = ["last", "last"]
        calm = Calm(world)
        with world.as_process(0):
            for _ in range(3):
                deliver(world.ledgers[0], {"mail": calm}, holds, OWNER, world.now)
                world.now += timedelta(hours=1)
        messages = world.ledgers[0].memory().messages
        assert max(world.in_hand.values(), default=0) <= 1
        assert {message.state for message in messages} <= {State.SENT, State.UNKNOWN, State.FAILED}
        for message in messages:
            if message.state is State.SENT:
                assert world.in_hand[message.message_id("kaya.example")] == 1


class Calm(Shaky):
    """A channel that works."""

    def __init__(self, world: World) -> None:
        super().__init__(world, 0)

    def anything(self) -> None:
        return None

    def send(self, mail: Mail, begin: Begin) -> Outcome:
        assert begin()
        self.world.in_hand[mail.message_id] += 1
        return Outcome(fate=Fate.ACCEPTED)


def test_the_world_above_is_no_quiet_one() -> None:
    """Deaths, faults and passes within passes do happen in it, else it proves nothing."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        world = World(Path(folder), random.Random(7), stack)
        seen: Counter[str] = Counter()
        world.ledgers[0].queue([a_message(f"call {number}") for number in range(30)])
        with pytest.MonkeyPatch.context() as patch:
            run = World.run

            def counted(self: World, who: int, ledger: SqliteLedger) -> None:
                life = self.lives[who]
                seen["within"] += self.depth > 0
                run(self, who, ledger)
                seen["died"] += self.lives[who] != life

            patch.setattr(World, "run", counted)
            for _ in range(40):
                world.something()
        assert seen["within"] > 3 and seen["died"] > 3, seen
        states = Counter(message.state for message in world.ledgers[0].memory().messages)
        assert states[State.SENT] and states[State.UNKNOWN]
