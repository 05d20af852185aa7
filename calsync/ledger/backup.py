"""Copies of the ledger in the state folder, one a day, a week of them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from calsync.ledger.connection import Connection
from calsync.ledger.folder import sync_folder, told

FOLDER = "backups"
KEPT_COPIES = 7


def back_up(connection: Connection, now: datetime) -> bool:
    """Keep a copy for the day of `now` (in UTC) and the six before it; False where that day has one.

    Raises:
        LedgerError: the disk is full, the ledger locked for too long. StateUnusable: no right to write there.
        LedgerDamaged: the ledger can't be read whole.
    """
    folder = connection.path.parent / FOLDER
    copy = folder / f"ledger-{now.astimezone(UTC):%Y-%m-%d}.sqlite3"
    if copy.exists():
        return False
    new = copy.with_name(f"{copy.name}.new")
    with told(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            # Made here and empty, so that no moment passes in which others could read it.
            os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
            connection.copy_to(new)
            _sync(new)
            new.replace(copy)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        for old in copies(folder.parent)[KEPT_COPIES:]:
            old.unlink()
        sync_folder(folder)
    return True


def copies(state: Path) -> list[Path]:
    """Return the copies in the state folder, the newest first."""
    return sorted((state / FOLDER).glob("ledger-????-??-??.sqlite3"), reverse=True)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
