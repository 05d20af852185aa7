"""One heartbeat: a thread with its own house and its own ticks, in which nothing that fails stops anything else."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import schedule

from calsync.daemon.host import Host
from calsync.daemon.log import told
from calsync.daemon.trouble import Backoff
from calsync.daemon.watch import place_of
from calsync.errors import CalsyncError, LedgerDamaged, LedgerError, StateUnusable
from calsync.ledger.sqlite import FILE as LEDGER
from calsync.wiring import House

MOST_WAIT_S = 15.0
"""No wait is longer, so that a jump of the clock is seen soon, and a life sign given often."""

_FIRST_PAUSE_S = 5.0
_LEDGER = (LedgerError, LedgerDamaged, StateUnusable)


@dataclass(frozen=True, slots=True)
class Job:
    """Something that is done every so many seconds; name: what it is called where it fails, after the heartbeat."""

    name: str
    every_s: float
    do: Callable[[], None]


class Heartbeat(ABC):
    """A thread that runs `jobs` until the host stops.

    The house is opened in the thread, when a job asks for it, and anew after a reload, when the ledger failed, and
    when another file stands in its place (a copy that was put back).
    most_pause_s: after how many seconds a job that failed is tried again at last; left out, the poll.
    """

    def __init__(self, host: Host, name: str, *, most_pause_s: float | None = None) -> None:
        self._host, self.name, self._most_pause_s = host, name, most_pause_s
        self._thread = threading.Thread(target=self._run, name=f"calsync-{name}", daemon=True)
        self._wake = threading.Event()
        self._beats = 0
        self._generation, settings = host.settings()
        self._poll_s = settings.rules.poll.total_seconds()
        self._jumps = host.jumps.look()
        self._scheduler = schedule.Scheduler()
        self._pauses: dict[str, Backoff] = {}
        self._failing: dict[str, bool] = {}
        self._house: House | None = None
        self._ledger: tuple[int, int] | None = None
        self.most_wait_s = MOST_WAIT_S

    @abstractmethod
    def jobs(self) -> tuple[Job, ...]:
        """Return what is to be done how often; the first one also at the start and when somebody wakes it."""

    @abstractmethod
    def anew(self) -> None:
        """Take nothing for known any more: the clock jumped, or the house is another one."""

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def wake(self) -> None:
        """Have the first job done at once."""
        self._wake.set()

    def join(self, seconds: float) -> bool:
        """Wait for the end, so many seconds at most; tell whether it came."""
        self._thread.join(max(0.0, seconds))
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def beats(self) -> int:
        """A number that grows as long as there is real progress."""
        return self._beats

    def beat(self) -> None:
        """Count a step of progress."""
        self._beats += 1

    def house(self) -> House:
        """Return the house of the settings in force, opened when it isn't.

        Raises:
            StateUnusable, LedgerError, LedgerDamaged: the ledger can't be used.
        """
        if self._house is not None and place_of(self._host.state / LEDGER) != self._ledger:
            self._leave()
        if self._house is None:
            self._generation, self._house = self._host.open_house()
            self._ledger = place_of(self._host.state / LEDGER)
            self.anew()
        return self._house

    def renew(self) -> House:
        """Let the house go and open it by the settings that are in force now; raises as `house`."""
        self._leave()
        self._set_up()
        return self.house()

    def _run(self) -> None:
        try:
            self._set_up()
            self._wake.set()
            while not self._host.stopping.is_set():
                self._round()
                idle = self._scheduler.idle_seconds
                self._host.clock.wait(self._wake, min(max(idle or 0.0, 0.0), self.most_wait_s))
        except Exception as error:  # noqa: BLE001 (the main thread sees that this one is gone, and ends the process)
            self._host.log.error(f"{self.name}: {told(error)}", "fault")
            self._host.log.trace(error)
        finally:
            self._leave()

    def _round(self) -> None:
        self.beat()
        jumps = self._host.jumps.look()
        reloaded = self._host.settings()[0] != self._generation
        if reloaded or jumps != self._jumps:
            self._jumps = jumps
            if reloaded:
                self._leave()
            self._set_up()
            self._wake.set()
        if self._wake.is_set():
            self._wake.clear()
            self._guarded(self.jobs()[0])
        self._scheduler.run_pending()

    def _set_up(self) -> None:
        """Schedule every job from now on: `schedule` counts by the wall clock, and would wait out a step back."""
        self._generation, settings = self._host.settings()
        self._poll_s = settings.rules.poll.total_seconds()
        self._scheduler.clear()
        self._pauses = {}
        self.anew()
        for job in self.jobs():
            # Whole seconds at least: it knows no smaller unit.
            self._scheduler.every(max(1, round(job.every_s))).seconds.do(self._guarded, job)

    def _guarded(self, job: Job) -> None:
        """Do a job; one that fails is told once, and tried again after growing pauses."""
        pause = self._pauses.setdefault(job.name, Backoff(_FIRST_PAUSE_S, self._most_pause_s or self._poll_s))
        if self._host.stopping.is_set() or not pause.over(self._host.clock.monotonic()):
            return
        # Both threads meet the same ledger: one problem.
        key, ledger = f"{self.name} {job.name}", "ledger"
        try:
            job.do()
        except Exception as error:  # noqa: BLE001 (no job may stop or starve another)
            pause.failed(self._host.clock.monotonic())
            if isinstance(error, _LEDGER):
                self._leave()
                self._host.troubles.stands(ledger, told(error))
            else:
                self._host.troubles.stands(key, f"{key}: {told(error)}")
                self._host.log.trace(error)
                self._alert(key, f"calsync can't do its work ({key}): {told(error)}")
        else:
            pause.good()
            self._host.troubles.gone(key)
            self._host.troubles.gone(ledger)
            self._alert(key, "")
        self._host.tell_status()
        self.beat()

    def _alert(self, job: str, what: str) -> None:
        """Tell the owner that a job fails; empty: that it no longer does."""
        if self._house is None or self._failing.get(job) == bool(what):
            return
        now, key = self._host.clock.wall(), f"daemon:{job}"
        try:
            if what:
                self._house.ledger.alert(key, now, what)
            else:
                # Also of a daemon before this one.
                self._house.ledger.clear_alert(key, at=now, recovered=f"calsync does its work again ({job})")
        except _LEDGER as error:
            self._host.log.debug(f"{self.name}: the owner could not be told: {told(error)}", "alert")
        else:
            self._failing[job] = bool(what)

    def _leave(self) -> None:
        house, self._house = self._house, None
        if house is not None:
            try:
                house.close()
            except CalsyncError as error:
                self._host.log.debug(f"{self.name}: the ledger could not be closed: {told(error)}", "close")
