"""Runs the real command on a clock that another process drives: `python -m tests.e2e.clocked FILE WORDS…`.

FILE is written by `DrivenClock` in the test, and read by the daemon whenever it asks for the time:

    clock = DrivenClock(folder / "clock", datetime(2026, 11, 23, 9, 0, tzinfo=ISTANBUL))
    daemon = Running(folder, clock=clock)
    clock.step(hours=-1)       # somebody sets the clock back by an hour
    clock.suspend(days=3)      # the lid is closed for three days
    clock.speed(60)            # a minute a second, from now on
    clock.pass_by(minutes=10)  # ten minutes at once, in which the machine ran: no jump, only time

All three clocks of the daemon (wall, monotonic, boottime) follow it, also its waits, and the one that `schedule` reads.
What isn't the daemon's goes on by the machine's own: how old a file is, timeouts of the network, SQLite's waits.
"""

from __future__ import annotations

import datetime as real_datetime
import json
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

_SLICE_S = 0.02


def _real() -> float:
    """Return seconds of a clock that test and daemon share."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


class DrivenClock:
    """The test's end of it. start: what the wall clock shows at first."""

    def __init__(self, path: Path, start: datetime) -> None:
        self.path = path
        self._speed = 1.0
        self._at, self._times = _real(), (start.timestamp(), 1000.0, 1000.0)
        self._write()

    @property
    def now(self) -> datetime:
        """What the wall clock shows."""
        return datetime.fromtimestamp(self._read()[0], UTC)

    def step(self, **by: float) -> None:
        """Set the wall clock; the other two run on."""
        self._move(timedelta(**by).total_seconds(), 0.0, 0.0)

    def suspend(self, **by: float) -> None:
        """Let the machine sleep: only its monotonic clock stands still."""
        seconds = timedelta(**by).total_seconds()
        self._move(seconds, 0.0, seconds)

    def pass_by(self, **by: float) -> None:
        """Let time pass at once, on all three clocks."""
        self._move(*(timedelta(**by).total_seconds(),) * 3)

    def speed(self, factor: float) -> None:
        """Let all clocks run so many times as fast as the machine's, from now on."""
        self._move(0.0, 0.0, 0.0)
        self._speed = factor
        self._write()

    def _read(self) -> tuple[float, float, float]:
        passed = (_real() - self._at) * self._speed
        wall, monotonic, boottime = self._times
        return wall + passed, monotonic + passed, boottime + passed

    def _move(self, wall: float, monotonic: float, boottime: float) -> None:
        now = self._read()
        self._at, self._times = _real(), (now[0] + wall, now[1] + monotonic, now[2] + boottime)
        self._write()

    def _write(self) -> None:
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps([self._at, self._speed, *self._times]))
        beside.replace(self.path)


def main(path: Path, words: list[str]) -> int:
    """Run calsync by the clock in `path`."""
    import schedule

    import calsync.daemon.run
    from calsync.cli.main import main as calsync_main
    from calsync.daemon.clock import Clock

    class FileClock(Clock):
        def _read(self, number: int) -> float:
            found: list[float] = json.loads(path.read_text())
            at, speed, *times = found
            return times[number] + (_real() - at) * speed

        def wall(self) -> datetime:
            return datetime.fromtimestamp(self._read(0), UTC)

        def monotonic(self) -> float:
            return self._read(1)

        def boottime(self) -> float:
            return self._read(2)

        def wait(self, event: threading.Event, seconds: float) -> bool:
            until = self.monotonic() + seconds
            while self.monotonic() < until:
                if event.wait(_SLICE_S):
                    return True
            return event.is_set()

    class Now(datetime):
        @classmethod
        def now(cls, tz: real_datetime.tzinfo | None = None) -> Now:
            return cls.fromtimestamp(FileClock().wall().timestamp(), tz)

    class Module:
        datetime = Now
        timedelta, date, time = real_datetime.timedelta, real_datetime.date, real_datetime.time

    # Set by name: to a type checker both are imports, which nobody may assign to.
    for module, name, value in ((schedule, "datetime", Module), (calsync.daemon.run, "Clock", FileClock)):
        setattr(module, name, value)
    return calsync_main(words)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
