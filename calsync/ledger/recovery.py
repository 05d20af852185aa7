"""A damaged ledger is put aside, and the newest whole copy takes its place; what may have been sent since is held."""

from __future__ import annotations

import os
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path

from calsync.errors import LedgerDamaged, LedgerNewer
from calsync.ledger.backup import copies
from calsync.ledger.connection import Connection
from calsync.ledger.folder import make_state_folder, sync_folder, told
from calsync.ledger.sqlite import FILE, SqliteLedger, open_ledger
from calsync.ledger.stamp import read_stamp, write_stamp
from calsync.ports import TELL_OLDER_LEDGER

# What SQLite keeps beside a file: next to another one it would spoil that.
_BESIDE = ("-journal", "-wal", "-shm")
_ONE_AT_A_TIME = threading.Lock()


def open_whole(folder: Path, *, owner: str = "owner") -> SqliteLedger:
    """Open the ledger in `folder` as `open_ledger` does, and make sure that every row of it can be understood.

    Raises:
        LedgerDamaged: it can't be read whole. StateUnusable, LedgerError: as `open_ledger`.
    """
    ledger = open_ledger(folder, owner=owner)
    try:
        ledger.memory()
    except BaseException:
        ledger.close()
        raise
    return ledger


def open_and_mend(folder: Path, now: datetime, *, owner: str = "owner") -> tuple[SqliteLedger, str]:
    """Open the ledger in the state folder `folder`, after mending it if it is damaged; return what was done, or "".

    The caller holds the state lock. Threads of one process may come at once; who has the damaged file open still
    is told so by `Connection.check_place` at his next pass.

    Raises:
        LedgerNewer: a newer version made it; nothing was touched. StateUnusable, LedgerError: as `open_ledger`.
    """
    with _ONE_AT_A_TIME:
        try:
            return open_whole(folder, owner=owner), ""
        except LedgerNewer:
            raise
        except LedgerDamaged as damage:
            said = f"{damage.what}; {_recover(make_state_folder(folder), now, owner)}"
    return open_ledger(folder, owner=owner), said


def _recover(state: Path, now: datetime, owner: str) -> str:
    """Put the damaged ledger aside and a whole one in its place, in one step; return what was done, as a sentence."""
    file, new = state / FILE, state / f"{FILE}.new"
    aside = _free_name(state, now)
    with told(state):
        found = next((copy for copy in copies(state) if _take(copy, new, owner)), None)
        if found is None:
            _clear(new)
        instead = f"the copy {found.name} took its place" if found is not None else "a new one was begun"
        said = f"it was put aside as {aside.name}, and {instead}"
        ledger = SqliteLedger(Connection(new), owner)
        try:
            stamp = read_stamp(state)
            claims = stamp.claims if stamp is not None else 0
            # Before it takes its place: a death here leaves the damaged one, and all of this is done again.
            ledger.hold_back(now, claims=claims, what=f"the ledger was damaged: {said}. {TELL_OLDER_LEDGER}")
            write_stamp(state, ledger.stamp())
        finally:
            ledger.close()
        for end in _BESIDE:
            Path(f"{new}{end}").unlink(missing_ok=True)
            beside = Path(f"{file}{end}")
            if beside.exists() and beside.stat().st_size:
                beside.rename(f"{aside}{end}")
            beside.unlink(missing_ok=True)
        try:
            os.link(file, aside)
        except OSError:  # a file system without hard links
            file.rename(aside)
        new.replace(file)
        sync_folder(state)
    return said


def _take(copy: Path, new: Path, owner: str) -> bool:
    """Make `new` a ledger out of a copy; False where the copy is damaged too."""
    _clear(new)
    with copy.open("rb") as old, os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        shutil.copyfileobj(old, stream)
        stream.flush()
        os.fsync(stream.fileno())
    try:
        connection = Connection(new)
        try:
            SqliteLedger(connection, owner).memory()
        finally:
            connection.close()
    except LedgerDamaged:
        return False
    return True


def _clear(new: Path) -> None:
    for end in ("", *_BESIDE):
        Path(f"{new}{end}").unlink(missing_ok=True)


def _free_name(state: Path, now: datetime) -> Path:
    name = f"ledger.damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    number, path = 1, state / name
    while path.exists():
        number += 1
        path = state / f"{name}-{number}"
    return path
