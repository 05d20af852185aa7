"""A count of claims beside the ledger, and the place where both were written: they tell a copy from the last one."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from calsync.ledger.folder import replace_file

FILE = "stamp"
PLACE = "place"
ONE_AT_A_TIME = threading.RLock()
"""Held by whoever compares or writes a stamp: both passes of a daemon come to a fresh state folder at once."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which ledger stood here, and how many claims it had made when a message last began to leave."""

    installation: str
    claims: int


def read_stamp(folder: Path) -> Stamp | None:
    """Return the stamp in the state folder; None where there is none, or nothing that makes sense."""
    return found[0] if (found := _read(folder)) is not None else None


def came_from_elsewhere(folder: Path) -> bool:
    """Tell whether the stamp was written in another place: the whole folder was put back from a copy, or moved.

    No program that copies files can give the copy the inode and the time of the last change (ctime) of the file that
    was copied; so a file which is made once and never touched again tells where the stamp was written.
    """
    found = _read(folder)
    return found is not None and found[1] != _seen(folder)


def write_stamp(folder: Path, stamp: Stamp) -> None:
    """Put `stamp` on the disk, in place of the one before.

    Raises:
        LedgerError: the disk is full. StateUnusable: no right to write there.
    """
    with ONE_AT_A_TIME:
        if not (seen := _seen(folder)):
            replace_file(folder / PLACE, b"never touch this file: it tells this folder from a copy of it\n")
            seen = _seen(folder)
        replace_file(folder / FILE, f"{stamp.installation} {stamp.claims} {seen}\n".encode("ascii"))


def _read(folder: Path) -> tuple[Stamp, str] | None:
    try:
        installation, claims, seen = (folder / FILE).read_text(encoding="ascii").split()
        return Stamp(installation, int(claims)), seen
    except (OSError, ValueError):
        return None


def _seen(folder: Path) -> str:
    try:
        found = os.stat(folder / PLACE)
    except OSError:
        return ""
    return f"{found.st_ino}:{found.st_ctime_ns}"
