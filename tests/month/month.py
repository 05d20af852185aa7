"""One simulated month: a clock that jumps from one interesting instant to the next, and calsync living in it."""

from __future__ import annotations

import heapq
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from calsync.calendars.file import FileCalendar
from calsync.calendars.replace import Clock
from calsync.deliver.run import Delivered
from calsync.ledger import outbox
from calsync.model.message import State
from calsync.reconcile.run import Reconciled
from calsync.settings.load import load
from calsync.wiring import House, open_house
from calsync.words.render import Words
from tests.month.cast import ISTANBUL, POLL, Config
from tests.month.diary import Diary
from tests.month.judge import Judge
from tests.month.life import Life
from tests.month.place import FilePlace
from tests.month.post import Death, Post
from tests.month.trouble import Trouble, Wishes

Done = TypeVar("Done")

DAYS = 30
# Around both changes of the clocks in Berlin and New York, the end of a year, and a month of no account.
BEGINS = [datetime(2026, month, day, 4, tzinfo=UTC) for month, day in ((10, 12), (3, 2), (12, 7), (6, 1))]
# Files age by the machine's clock; here what another program has written counts as settled at once.
AT_ONCE = Clock(seconds=lambda: time.time_ns() / 1e9 + 60, pause=lambda seconds: None)


class Remembered:
    """Words that were rendered before; texts depend on nothing but what they are told, so this only saves time."""

    def __init__(self) -> None:
        self._words = Words(None)
        self._rendered: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        render = getattr(self._words, name)

        def remembered(*told: Any, **named: Any) -> Any:
            key = repr((name, told, named))  # some of it holds mappings, which have no hash
            if key not in self._rendered:
                if len(self._rendered) > 50_000:
                    self._rendered.clear()
                self._rendered[key] = render(*told, **named)
            return self._rendered[key]

        return remembered


WORDS = Remembered()


class Month:
    """A month of one seed, in a folder of its own."""

    def __init__(self, seed: int, folder: Path, *, days: int = DAYS) -> None:
        self.seed, self.folder = seed, folder
        self.choice = random.Random(seed)
        self.begin = self.now = self.choice.choice(BEGINS)
        self.end = self.begin + timedelta(days=days)
        self.config = Config(changes=self.choice.choice((12, 40)), messages=self.choice.choice((4, 20)))
        self.diary = Diary()
        self.place = FilePlace(folder / "work.ics")
        self.judge = Judge(self)
        self.counts: Counter[str] = self.judge.counts
        self.post = Post(lambda: self.now, self.judge.letter)
        self.stamped = self.choice.random() < 0.5
        self.log: list[str] = []
        self.decisions: list[tuple[datetime, str, str]] = []
        self.flexes: dict[str, int] = {}
        self.touched: set[object] = set()
        self.again: set[str] = set()
        self.resent: dict[str, set[int]] = {}
        self.announced: set[str] = set()
        self.pauses: dict[str, datetime | None] = {}
        self.readable = True
        self.trouble = Trouble(self)
        self.post.fault = self.trouble.of
        self._heap: list[tuple[datetime, int, str, Callable[[], None]]] = []
        self._number = 0
        self._house: House | None = None
        self._asleep_until = self.begin
        self._due: set[datetime] = set()
        self._waited: set[str] = set()
        self.life = Life(self)

    # --- time ---

    def at(self, when: datetime, what: str, act: Callable[[], None]) -> None:
        """Let something happen later."""
        self._number += 1
        heapq.heappush(self._heap, (when, self._number, what, act))

    def note(self, what: str) -> None:
        """Keep a line for the transcript."""
        self.log.append(f"{self.now.astimezone(ISTANBUL):%a %d %b %H:%M} {what}")

    def run(self) -> Counter[str]:
        """Live through it, and return the figures.

        Raises:
            Broken: an invariant did not hold; the last lines of `log` tell what came before.
        """
        self.configure()
        self.life.begins()
        self.polls()
        try:
            while self._heap and self._heap[0][0] < self.end:
                when, _, what, act = heapq.heappop(self._heap)
                self.now = max(when, self.now)
                if what:
                    self.note(what)
                act()
                if self.judge.first is not None:
                    raise self.judge.first
            self._ends()
        finally:
            self.close()
        self.counts["months"] += 1
        return self.counts

    # --- calsync ---

    @property
    def house(self) -> House:
        """calsync, open."""
        if self._house is None:
            house = open_house(load(self.folder / "config.toml"), {})
            backups = house.state / "backups"
            house.calendars = {"work": FileCalendar("work", self.place.path, ISTANBUL, backups=backups, clock=AT_ONCE)}
            house.channels = {"mail": self.post}
            house.words = WORDS  # type: ignore[assignment]
            self._house = house
        return self._house

    @property
    def awake(self) -> bool:
        """Whether the machine is on."""
        return self.now >= self._asleep_until

    def close(self) -> None:
        """End calsync in good order."""
        if self._house is not None:
            self._house.close()
            self._house = None

    def restart(self) -> None:
        """End calsync; what comes next is another process, to which old claims are those of a dead one."""
        self.close()
        outbox._TOKEN = f"{self.seed}-{self._number}"
        self.counts["restarts"] += 1

    def configure(self) -> None:
        """Write the config, and let calsync begin anew with it."""
        (self.folder / "config.toml").write_text(self.config.toml(), encoding="utf-8")
        self.restart()

    def sleep(self, until: datetime) -> None:
        """Suspend the machine."""
        self._asleep_until = until
        self.counts["suspends"] += 1
        self.at(until, "the machine wakes", self.cycle)

    def polls(self) -> None:
        """Read the calendar a few times a day."""
        self.cycle()
        self.at(self.now + timedelta(minutes=self.choice.randint(300, 900)), "", self.polls)

    def soon(self) -> None:
        """Let calsync see a change, mostly."""
        if self.choice.random() < 0.6:
            self.at(self.now + timedelta(minutes=self.choice.choice((1, 1, 5, 12))), "", self.cycle)

    def cycle(self, digest: str | None = None, *, any_size: bool = False) -> None:
        """Run both passes, as a daemon does at its poll, and judge; digest: of a large plan that she allows."""
        self.trouble.raced = False
        passed = self._pass(lambda: self.house.reconcile(self.now, digest=digest, any_size=any_size))
        if passed is not None:
            self.deliver(passed)

    def deliver(self, passed: Reconciled | None = None) -> None:
        """Run the pass that sends, and judge what both have left."""
        done = self._pass(lambda: self.house.deliver(self.now, clock=lambda: self.now))
        if done is None:
            return
        self._look_ahead(done, passed)
        if passed is not None:
            self.judge.waits(done)
            self._judged(passed, done)

    def _pass(self, run: Callable[[], Done]) -> Done | None:
        """Run one pass, unless the machine is off; None where calsync died in it, or could not work at all."""
        if not self.awake:
            return None
        self.counts["passes"] += 1
        try:
            with self.trouble.around():
                return run()
        except Death:
            self.note("calsync dies")
            self.counts["deaths"] += 1
            self.restart()
            self.at(self.now + timedelta(minutes=self.choice.choice((1, 2, 30))), "", self.cycle)
        return None

    def _look_ahead(self, done: Delivered, passed: Reconciled | None) -> None:
        """Be there when the next message is due, within 30 s as a daemon is."""
        for message, why in done.waiting:
            line = f"waits: {message.key.kind.value} to {message.key.to}: {why}"
            if not any(said.endswith(line) for said in self.log[-6:]):
                self.note(line)
        if done.waiting or done.withdrawn:
            self.at(self.now + (POLL if self.readable else 12 * POLL), "", self.cycle)
        rows = passed.plan.messages if passed is not None else done.deferred
        coming = [max(one.send_at, one.retry_at or one.send_at) for one in rows if one.state is State.PLANNED]
        soonest = min((at for at in coming if at > self.now), default=None)
        if soonest is not None and soonest not in self._due:
            self._due.add(soonest)
            self.at(soonest + timedelta(seconds=self.choice.randint(0, 29)), "", self.cycle)

    def _count_waiting(self, passed: Reconciled) -> None:
        for one in passed.plan.messages:
            if one.state in (State.HELD, State.ASKS) and one.id not in self._waited:
                self._waited.add(one.id)
                why = re.split("; | until |, in an| in the week | in [A-Z]", re.sub(r"\S+@\S+", "who", one.why))[0]
                why = re.sub(r"\d+(h(\d+m)?|m)", "…", why)
                self.counts[f"{one.state.value}: {why}"] += 1

    def _judged(self, passed: Reconciled, done: Delivered) -> None:
        """Compare what stands with what the rules say, where nothing kept calsync from its work."""
        self._count_waiting(passed)
        if self.readable:
            self.judge.nothing_is_lost()
        if self.config.mode == "observe":
            if passed.applied:
                self.judge.broken("something was written in observe", passed.applied)
            return
        if passed.large:
            self.counts["large plans"] += 1
            self._large(passed.plan.digest)
            return
        memory = self.house.ledger.memory()
        if not self.readable or passed.failed or self.trouble.raced:
            return
        self.judge.blocks_are_right(memory)
        self.judge.notes_are_right(memory)
        if self.trouble.works:
            self.judge.due_is_done(memory)
        if not done.sent and self.choice.random() < 0.1:  # what was told is spoken of in the prep text that follows
            self._is_quiet()

    def _large(self, digest: str) -> None:
        """Let the owner approve a large plan, sooner or later."""
        later = self.now + timedelta(minutes=self.choice.choice((1, 30, 600)))
        self.at(later, "she looks at the large plan", lambda: self.cycle(digest=digest))

    def _is_quiet(self) -> None:
        """A second cycle with nothing new changes nothing."""
        version, mails = self.place.version(), len(self.judge.told)
        passed = self.house.reconcile(self.now)
        done = self.house.deliver(self.now, clock=lambda: self.now)
        if passed.applied or done.sent or self.place.version() != version or len(self.judge.told) != mails:
            self.judge.broken("a second cycle does something", passed.applied, done.sent)
        if passed.plan.queue:
            # What was just sent may be spoken of by what follows it; after that it is quiet.
            again = self.house.reconcile(self.now)
            if again.applied or again.plan.queue:
                self.judge.broken("a third cycle does something", again.applied, again.plan.queue)

    def _ends(self) -> None:
        """Wait until everything works again, and look at what is left."""
        self.trouble.is_over()
        self.now = max(self.now, self.end, self._asleep_until)
        for _ in range(3):
            self.now += POLL
            self.cycle(any_size=True)
        self._is_quiet()
        ledger = self.state / "ledger.sqlite3"
        self.judge.ledger_is_small(self.house.ledger.memory(), ledger.stat().st_size)
        done = self.house.clean(self.now, edited=True)
        if done.failed or done.left:
            self.judge.broken("clean leaves something", done.failed, done.left)
        self.judge.is_hers_again()

    # --- what she wished ---

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    @property
    def copy(self) -> Path:
        """Where a copy of it is kept."""
        return self.folder / "copy"

    def wishes(self) -> Wishes:
        """Return what she has told calsync by now."""
        return Wishes(list(self.decisions), dict(self.flexes), dict(self.pauses), set(self.announced))

    def recall(self, wishes: Wishes) -> None:
        """Let her have told only that."""
        self.decisions, self.flexes = list(wishes.decisions), dict(wishes.flexes)
        self.pauses, self.announced = dict(wishes.pauses), set(wishes.announced)

    def paused(self, client: str) -> bool:
        """Tell whether sending to a client is paused."""
        return any(of in ("", client) and (until is None or self.now < until) for of, until in self.pauses.items())
