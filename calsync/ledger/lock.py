"""The lock of a state folder: one calsync at a time plans and sends from it."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from calsync.errors import LockHeld, StateUnusable

DAEMON = "run"
# Whoever asks `holder` has the lock for some microseconds; that must not send anybody away.
_TRIES, _PAUSE_S = 5, 0.02
FILE = "lock"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a state folder: its process, the command it is (empty: unknown), and since when."""

    pid: str
    command: str
    since: datetime

    @property
    def serves(self) -> bool:
        """Whether it is the daemon, which does what other commands ask of it."""
        return self.command == DAEMON

    def __str__(self) -> str:
        named = " ".join(("calsync", self.command)).strip()
        return f"{named} (process {self.pid})" if self.pid else "another calsync"


def holder(folder: Path) -> Holder | None:
    """Return who holds the state folder `folder`, None where nobody does, it isn't there or can't be looked into."""
    try:
        file = os.open(folder / FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # A shared lock: those who ask at the same time are not in each other's way.
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _named(file)
    finally:
        os.close(file)
    return None


def _named(file: int) -> Holder:
    """Return the holder that the lock's file names; it was written when the lock was taken."""
    pid, _, command = os.pread(file, 100, 0).decode("ascii", "replace").strip().partition(" ")
    return Holder(pid, command, datetime.fromtimestamp(os.fstat(file).st_mtime, UTC))


class StateLock:
    """Holds the state folder while a `with` lasts; the kernel lets go of it however the process ends.

    command: which one takes it, for the eyes of others. patience_s: how long to wait for one that will soon be
    done; the daemon is never waited for.
    """

    def __init__(self, folder: Path, command: str = "", *, patience_s: float = 0.0) -> None:
        self._path, self._command, self._patience_s = folder / FILE, command, patience_s
        self._file: int | None = None

    def __enter__(self) -> StateLock:
        """Take the lock, at once or not at all; see `patience_s`.

        Raises:
            LockHeld: another process has it.
            StateUnusable: its file can't be opened.
        """
        try:
            # The file stays for good: taking it away would let two processes lock two files of one name.
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StateUnusable(
                f"the lock can't be opened: {error.strerror}",
                where=str(self._path),
                hint="give its owner the right to write there, or name another folder as state_dir",
            ) from error
        try:
            self._take(file)
        except BaseException:
            os.close(file)
            raise
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _take(self, file: int) -> None:
        end, tries = time.monotonic() + self._patience_s, _TRIES
        while not self._taken(file):
            tries -= 1
            found = _named(file)
            if tries <= 0 and (found.serves or time.monotonic() >= end):
                raise LockHeld(
                    f"another calsync works here: {found}" if found.pid else "another calsync works here",
                    where=str(self._path.parent),
                    hint="it runs every cycle by itself; stop it before another one begins"
                    if found.serves
                    else "wait until it is done, or stop it",
                )
            time.sleep(_PAUSE_S)
        try:
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()} {self._command}".strip().encode() + b"\n", 0)
        except OSError:
            # A full disk: the lock holds all the same, only its holder can't be named.
            return

    def _taken(self, file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return False
            raise StateUnusable(
                f"the lock can't be taken: {error.strerror}",
                where=str(self._path),
                hint="put the state folder on a local disk",
            ) from error
        return True
