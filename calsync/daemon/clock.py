"""The daemon's clock: the wall, the two clocks that only run forward, and how a jump between them is noticed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

JUMP_S = 5.0
# Where there is no such clock, suspend looks like a step of the wall clock, which is met in the same way.
_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock:
    """The only reader of time in this room."""

    def wall(self) -> datetime:
        """Return the instant that the machine's wall clock shows, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 (the daemon's clock is this class)

    def monotonic(self) -> float:
        """Return seconds of a clock that stands still while the machine is suspended."""
        return time.clock_gettime(time.CLOCK_MONOTONIC)

    def boottime(self) -> float:
        """Return seconds of a clock that goes on while the machine is suspended."""
        return time.clock_gettime(_BOOTTIME)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait until `event` is set, so many seconds at most; tell whether it is."""
        return event.wait(seconds)


@dataclass(frozen=True, slots=True)
class Jump:
    """What lay between two looks beside the time that passed: seconds of suspend, seconds that the wall clock moved."""

    slept: float
    stepped: float

    def __str__(self) -> str:
        parts = []
        if self.slept > JUMP_S:
            parts.append(f"the machine was suspended for {_span(self.slept)}")
        if abs(self.stepped) > JUMP_S:
            parts.append(f"the clock was set {'forward' if self.stepped > 0 else 'back'} by {_span(self.stepped)}")
        return " and ".join(parts)


class Jumps:
    """Notices that the machine was suspended or its clock was set; for all threads together, so each is told once.

    What suspend adds is the difference of the two clocks that only run forward, what somebody set is the
    difference of the wall to the one of them that counts suspend too.
    """

    def __init__(self, clock: Clock, tell: Callable[[Jump], None]) -> None:
        self._clock, self._tell = clock, tell
        self._lock = threading.Lock()
        self._last = self._read()
        self._count = 0

    def look(self) -> int:
        """Return how many jumps of more than 5 s there were so far; `tell` hears of each, once."""
        with self._lock:
            before, self._last = self._last, self._read()
            passed = [now - then for now, then in zip(self._last, before, strict=True)]
            jump = Jump(slept=passed[2] - passed[1], stepped=passed[0] - passed[2])
            jumped = jump.slept > JUMP_S or abs(jump.stepped) > JUMP_S
            self._count += jumped
            count = self._count
        if jumped:
            self._tell(jump)
        return count

    def _read(self) -> tuple[float, float, float]:
        return self._clock.wall().timestamp(), self._clock.monotonic(), self._clock.boottime()


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(abs(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    named = ((days, "d"), (hours, "h"), (minutes, "m"), (rest, "s"))
    return "".join(f"{number}{unit}" for number, unit in named if number) or "0s"
