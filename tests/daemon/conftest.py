"""A host without a process: a clock that is moved by hand, a log that can be read, and a note of every file opened."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calsync.daemon.clock import Clock
from calsync.daemon.host import Host
from calsync.daemon.log import Log
from calsync.settings.load import load
from calsync.systemd import Notifier
from tests.desk import Desk, at, call, config


@dataclass(slots=True)
class HandClock(Clock):
    """Three clocks that stand until they are moved."""

    moment: datetime = field(default_factory=lambda: at("23 10:00"))
    seconds: float = 1000.0
    since_boot: float = 1000.0

    def wall(self) -> datetime:
        return self.moment.astimezone(UTC)

    def monotonic(self) -> float:
        return self.seconds

    def boottime(self) -> float:
        return self.since_boot

    def pass_by(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.seconds += seconds
        self.since_boot += seconds

    def wait(self, event: threading.Event, seconds: float) -> bool:
        return event.wait(min(seconds, 0.02))


@dataclass(slots=True)
class Stand:
    """A host over a desk, and what it has logged."""

    desk: Desk
    clock: HandClock
    host: Host
    said: io.StringIO

    @property
    def log(self) -> str:
        return self.said.getvalue()


Stands = Callable[..., Stand]


@pytest.fixture
def stand(tmp_path: Path) -> Stands:
    """Make a host over a calendar with these events (one call when left out), and a config as of `desk.config`."""

    def make(*events: str, verbose: bool = False, **told: str) -> Stand:
        desk = Desk(tmp_path)
        desk.config(config(**told))
        desk.put(*(events or [call("a", "25 15:00")]))
        # Settled: a file that was changed just now is looked at twice.
        before = desk.folder.joinpath("work.ics").stat().st_mtime - 60
        os.utime(desk.folder / "work.ics", (before, before))
        clock, said = HandClock(), io.StringIO()
        host = Host(
            load(desk.folder / "config.toml"),
            {},
            clock=clock,
            log=Log(said, {}, clock.wall, verbose=verbose),
            notifier=Notifier({}),
        )
        return Stand(desk, clock, host, said)

    return make


_opened: list[str] | None = None


def _heard(event: str, args: tuple[object, ...]) -> None:
    if _opened is not None and event == "open":
        _opened.append(str(args[0]))


sys.addaudithook(_heard)


@contextmanager
def opened_files() -> Iterator[list[str]]:
    """Give the paths of files that any code of this process opens while a `with` lasts."""
    global _opened
    found = _opened = []
    try:
        yield found
    finally:
        _opened = None
