"""A calsync beside the command that is tested: it holds the state folder, and serves what it is asked or not."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from calsync.daemon.requests import serve
from calsync.ledger.lock import StateLock
from calsync.ledger.sqlite import open_ledger
from calsync.settings.load import load
from calsync.wiring import House, open_house


def clock() -> datetime:
    """Return what the machine's clock shows."""
    return datetime.now(UTC)  # noqa: TID251 (a daemon goes by it)


class Beside:
    """Holds the state folder of the config in `folder` for the `with`, under the name of `command`.

    serves: does what it is asked, in a thread, as the daemon does. takes: only takes it, as one that then dies.
    `leave` lets go before the end.
    """

    def __init__(self, folder: Path, command: str = "run", *, serves: bool = True, takes: bool = False) -> None:
        self.folder, self.served = folder, 0
        self._command, self._serves, self._takes = command, serves, takes
        self._config, self._state = folder / "config.toml", folder / "state"
        self._held, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._house: House | None = None
        self.fault: Exception | None = None

    def __enter__(self) -> Beside:
        self._thread.start()
        assert self._held.wait(20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()
        if self.fault is not None and error is None:
            raise self.fault

    def leave(self) -> None:
        """Let go of the state folder."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            open_house(load(self._config), {}).close()  # makes the state folder
            with StateLock(self._state, self._command):
                self._held.set()
                while not self._stop.wait(0.01):
                    if self._takes and self._take():
                        return
                    if self._serves:
                        house = self._house or self._open()
                        self.served += serve(house, clock(), self._open, lambda one, now: one.deliver(now or clock()))
        except Exception as error:  # noqa: BLE001 (told at the end of the test)
            self.fault = error
        finally:
            self._held.set()
            self._close()

    def _open(self) -> House:
        fresh = open_house(load(self._config), {})
        self._close()
        self._house = fresh
        return fresh

    def _close(self) -> None:
        if self._house is not None:
            self._house.close()
            self._house = None

    def _take(self) -> bool:
        with closing(open_ledger(self._state)) as ledger:
            return any([ledger.take(one.number) for one in ledger.unanswered()])


def unanswered(folder: Path) -> int:
    """Return how many requests wait or are taken in the state folder there."""
    with closing(open_ledger(folder / "state")) as ledger:
        return len(ledger.unanswered())
