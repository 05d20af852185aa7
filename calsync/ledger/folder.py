"""The state folder: made when it is missing, kept from everybody else's eyes, its small files replaced whole."""

from __future__ import annotations

import errno
import os
import pwd
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from calsync.errors import LedgerError, StateUnusable

_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def make_state_folder(path: Path) -> Path:
    """Return `path` as a folder that only its owner can enter (0700), made with its parents where it is missing.

    Raises:
        StateUnusable: it can't be made, written, or kept from others.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o700)
    except FileExistsError:
        raise StateUnusable("the state folder is a file", where=str(path), hint="name another folder") from None
    except OSError as error:
        raise StateUnusable(
            f"the state folder can't be made or kept from others: {error.strerror}",
            where=str(path),
            hint=_as_its_owner(path) or "give its owner the right to write there (chown), or name another folder",
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise StateUnusable(
            "the state folder can't be written",
            where=str(path),
            hint=_as_its_owner(path) or f"chmod 0700 {path}, or name another folder",
        )
    return path


# Two threads of one process may want the same file replaced; other processes are kept away by the state lock.
_REPLACING = threading.Lock()


def replace_file(path: Path, content: bytes) -> None:
    """Let `path` hold `content`, on the disk before it returns, or what it held before; only its owner may read it.

    Raises:
        LedgerError: the disk is full. StateUnusable: no right to write there.
    """
    new = path.with_name(f"{path.name}.new")
    with _REPLACING, told(path):
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(file, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            new.replace(path)
            sync_folder(path.parent)
        except BaseException:
            new.unlink(missing_ok=True)
            raise


def sync_folder(folder: Path) -> None:
    """Bring what was renamed in `folder` to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Tell of a failure at `path` by an error of ours: one that passes, or one of rights."""
    try:
        yield
    except OSError as error:
        if error.errno in _PASSING:
            raise LedgerError(
                f"the state folder can't be written: {error.strerror}",
                where=str(path),
                hint="the next cycle tries again",
            ) from error
        raise StateUnusable(
            f"the state folder can't be written: {error.strerror}",
            where=str(path),
            hint="give its owner the right to write there, or name another folder as state_dir",
        ) from error


def _as_its_owner(path: Path) -> str:
    """Return how to run as the user to whom the state folder belongs, empty where that is the one who runs."""
    for place in (path, *path.parents):
        try:
            uid = place.stat().st_uid
        except OSError:
            continue  # it isn't there, or lies below what only its owner may enter
        if uid == os.geteuid() or (place != path and not uid):
            return ""
        try:
            name = pwd.getpwuid(uid).pw_name
        except KeyError:
            name = f"#{uid}"
        return f"it belongs to {name}, as whom calsync runs: sudo -u {name} calsync …; or name another state_dir"
    return ""
