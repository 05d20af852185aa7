"""The state folder: made when it is missing, and kept from everybody else's eyes."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from calsync.errors import StateUnusable


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
            hint="give its owner the right to write there (chown), or name another folder as state_dir",
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise StateUnusable(
            "the state folder can't be written", where=str(path), hint=f"chmod 0700 {path}, or name another folder"
        )
    return path
