"""The lock of a state folder: one calsync at a time plans and sends from it."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from types import TracebackType

from calsync.errors import LockHeld, StateUnusable


class StateLock:
    """Holds the state folder while a `with` lasts; the kernel lets go of it however the process ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._file: int | None = None

    def __enter__(self) -> StateLock:
        """Take the lock, at once or not at all.

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
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise StateUnusable(
                    f"the lock can't be taken: {error.strerror}",
                    where=str(self._path),
                    hint="put the state folder on a local disk",
                ) from error
            holder = os.pread(file, 20, 0).decode("ascii", "replace").strip()
            raise LockHeld(
                f"another calsync works here (process {holder})" if holder else "another calsync works here",
                where=str(self._path.parent),
                hint="wait until it is done, or stop it",
            ) from None
        try:
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        except OSError:
            # A full disk: the lock holds all the same, only its holder can't be named.
            return
