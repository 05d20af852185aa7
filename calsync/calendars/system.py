"""What the system can do for a file that several programs write: swap, lease, keep its attributes."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from calsync.errors import CalendarUnwritable

_RENAME_EXCHANGE = 2  # linux/fs.h
_AT_FDCWD = -100
_F_SETSIG = 10  # fcntl.h; the module does not name it
NO_EXCHANGE = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM})


def exchange(one: Path, other: Path) -> None:
    """Swap two files in one step (renameat2, RENAME_EXCHANGE). Raises OSError where that can't be."""
    library = ctypes.CDLL(None, use_errno=True)
    rename = getattr(library, "renameat2", None)
    if rename is None:
        raise OSError(errno.ENOSYS, "this system has no renameat2")
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(one))


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(part, path)


def write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def copy_attributes(source: Path, descriptor: int) -> None:
    """Copy extended attributes, access lists among them; what only the system may set is left to it."""
    for name in _attributes(source):
        try:
            os.setxattr(descriptor, name, os.getxattr(source, name))
        except OSError as problem:
            if name.startswith("user.") or "acl" in name:
                raise CalendarUnwritable(
                    f"the file's attribute {name} could not be kept", where=str(source)
                ) from problem


def _attributes(source: Path) -> list[str]:
    try:
        return os.listxattr(source)
    except OSError:
        return []


def sync_folder(path: Path) -> None:
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def content_of(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    pieces: list[bytes] = []
    at = 0
    while piece := os.pread(descriptor, max(size - at, 1 << 16), at):
        pieces.append(piece)
        at += len(piece)
    return b"".join(pieces)


def bears(descriptor: int, path: Path) -> bool:
    """Tell whether the open file is the one that bears this name now."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def lease(descriptor: int) -> bool | None:
    """Ask for a read lease (fcntl(2)): True granted, None while somebody has the file open for writing, False never."""
    try:
        # The system signals a holder whom somebody waits for; by default that would end the process.
        fcntl.fcntl(descriptor, _F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as problem:
        return None if problem.errno == errno.EAGAIN else False
    return True


def awaited(descriptor: int) -> bool:
    """Tell whether somebody waits to open the leased file for writing: its lease is to become another."""
    try:
        return fcntl.fcntl(descriptor, fcntl.F_GETLEASE) != fcntl.F_RDLCK
    except OSError:
        return False


def release(descriptor: int) -> None:
    with suppress(OSError):
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
