"""What both heartbeats share: the settings in force, the clock, the log, the problems that stand, and the end."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime

from calsync.daemon.clock import Clock, Jump, Jumps
from calsync.daemon.log import Log, masked
from calsync.daemon.trouble import Troubles
from calsync.errors import ConfigError, ConfigErrors
from calsync.settings.load import Settings, load, state_dir
from calsync.systemd import Notifier
from calsync.wiring import House, open_house

CONFIG = "config"
"""The key of the problem, and of the alert, that the config was not taken over."""

READ_AGAIN = "the config was read again"


class Host:
    """One daemon's state, for all of its threads.

    environ: what secrets and the state folder are looked up in. stopping: set once, when the end has begun.
    """

    def __init__(
        self, settings: Settings, environ: Mapping[str, str], *, clock: Clock, log: Log, notifier: Notifier
    ) -> None:
        self.environ, self.clock, self.log = environ, clock, log
        self.state = state_dir(settings, environ)
        self.notifier = notifier
        self.stopping = threading.Event()
        self.troubles = Troubles(self._appeared, self._ended)
        self.jumps = Jumps(clock, self._jumped)
        self._lock, self._opening = threading.Lock(), threading.Lock()
        self._settings, self._generation = settings, 0
        self._facts = {"next": "", "read": "reading the calendars"}
        self._status = ""

    def settings(self) -> tuple[int, Settings]:
        """Return the settings in force, and a number that grows when houses opened before no longer hold."""
        with self._lock:
            return self._generation, self._settings

    def reload(self) -> None:
        """Read the config again; both heartbeats go by it from their next pass on.

        Raises:
            ConfigErrors: with every problem; what was in force stays so. One is a state folder that is another one.
        """
        _, old = self.settings()
        new = load(old.path)
        if state_dir(new, self.environ).absolute() != self.state.absolute():
            moved = ConfigError("another state folder needs a restart", where=f"{old.path}: state_dir")
            raise ConfigErrors((moved,))
        with self._lock:
            self._settings = new
            self._generation += 1

    def open_house(self) -> tuple[int, House]:
        """Open a house by the settings in force, and return it with their number; for the thread that calls.

        A damaged ledger is mended; the other heartbeat then lets go of the one that was put aside.

        Raises:
            StateUnusable, LedgerError, LedgerDamaged: the ledger can't be used.
        """
        with self._opening:
            generation, settings = self.settings()
            house = open_house(settings, self.environ, mend=self.clock.wall(), locked=True)
            if house.mended:
                self.log.error(house.mended, "mended")
                with self._lock:
                    self._generation += 1
                    generation = self._generation
            return generation, house

    def fact(self, name: str, text: str) -> None:
        """Keep one of the facts that the service manager is told: `next` or `read`."""
        with self._lock:
            self._facts[name] = text
        self.tell_status()

    def tell_status(self) -> None:
        """Tell the service manager how things stand, if that is other than what it was told last."""
        standing = self.troubles.standing
        problems = f"{len(standing)} problem{'s' if len(standing) != 1 else ''}: {standing[0]}" if standing else ""
        with self._lock:
            text = masked("; ".join(filter(None, (problems, *self._facts.values()))))
            if text == self._status:
                return
            self._status = text
        self.notifier.status(text)

    def local(self, moment: datetime) -> str:
        """Return an instant as the owner reads it, on her clocks."""
        zone = self.settings()[1].rules.owner.timezone
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"

    def _appeared(self, key: str, what: str) -> None:
        self.log.warning(what, "problem", **_fields(key))

    def _ended(self, key: str, what: str) -> None:
        self.log.info(f"over: {what}", "recovered", **_fields(key))

    def _jumped(self, jump: Jump) -> None:
        self.log.info(f"{jump}; everything is looked at anew", "clock")


def _fields(key: str) -> dict[str, str]:
    """Return what the journal is told of a problem with this key; that of a calendar is `calendar "work"`."""
    _, quote, name = key.partition('"')
    return {"problem": key, "calendar": name.rstrip('"') if quote else ""}
