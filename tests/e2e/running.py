"""A real `calsync run` in a process of its own, with somebody who listens to what it tells the service manager."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

from tests.e2e.clocked import DrivenClock

ROOT = Path(__file__).parents[2]
PATIENCE_S = 20.0


def wait_for(condition: Callable[[], object], what: str, seconds: float = PATIENCE_S) -> float:
    """Wait until `condition` holds and return how long that took; AssertionError, naming `what`, when it doesn't."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began


class Running:
    """A daemon over the config in `folder`; a `with` around it ends it whatever happens.

    clock: by which it goes; left out, the machine's. words: before `run`. environ: further variables.
    ready: wait until it says that it is. What it says on stderr is in `log`, what it tells the service manager
    in `told`, a datagram each.
    """

    def __init__(
        self,
        folder: Path,
        *words: str,
        clock: DrivenClock | None = None,
        environ: Mapping[str, str] | None = None,
        watchdog_s: float | None = None,
        ready: bool = True,
    ) -> None:
        self.folder = folder
        self.told: list[str] = []
        self._log = folder / "run.log"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        # An abstract name: a path of pytest's may be longer than a socket's name can be.
        name = f"calsync-test-{os.getpid()}-{id(self)}"
        self._socket.bind(f"\0{name}")
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        module = ["tests.e2e.clocked", str(clock.path)] if clock else ["calsync"]
        said = {"NOTIFY_SOCKET": f"@{name}", "PYTHONPATH": str(ROOT), **(environ or {})}
        if watchdog_s:
            said["WATCHDOG_USEC"] = str(int(watchdog_s * 1e6))
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *module, "--config", str(folder / "config.toml"), *words, "run"],
                env={**os.environ, **said},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        if ready:
            try:
                self.wait_for(lambda: "READY=1" in self.told, "READY=1")
            except BaseException:
                self.kill()
                raise

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        if error is not None:
            sys.stderr.write(f"--- {self._log}\n{self.log}")
        assert "Traceback" not in self.log

    @property
    def log(self) -> str:
        """All that it said on stderr, of earlier daemons in this folder too."""
        return self._log.read_text(errors="replace")

    @property
    def status(self) -> str:
        """What it told the service manager last of how things stand."""
        return next((one.removeprefix("STATUS=") for one in reversed(self.told) if one.startswith("STATUS=")), "")

    def wait_for(self, condition: Callable[[], object], what: str, seconds: float = PATIENCE_S) -> float:
        """Wait as `wait_for`, and no longer than the process lives."""
        return wait_for(lambda: condition() or self._ended(), what, seconds)

    def says(self, text: str, *, times: int = 1, seconds: float = PATIENCE_S) -> float:
        """Wait until it has said this on stderr, so many times."""
        return self.wait_for(lambda: self.log.count(text) >= times, f'its log has "{text}"', seconds)

    def reload(self) -> None:
        """Send SIGHUP, and wait until that is over."""
        before = self.told.count("READY=1")
        self.process.send_signal(signal.SIGHUP)
        self.wait_for(lambda: self.told.count("READY=1") > before, "READY=1 after RELOADING=1")

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """End it by a signal; return its exit status and how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE_S), time.monotonic() - began

    def kill(self) -> None:
        """End it with SIGKILL, if it is still there, and listen no more."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self._listener.is_alive():
            self._socket.shutdown(socket.SHUT_RD)
            self._listener.join()
        self._socket.close()

    def _ended(self) -> bool:
        status = self.process.poll()
        assert status is None, f"it ended with {status}:\n{self.log}"
        return False

    def _listen(self) -> None:
        while data := self._socket.recv(65536):
            self.told.append(data.decode())
