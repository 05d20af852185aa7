"""A count of claims beside the ledger, which no copy of it brings along: it tells an older copy from the last one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calsync.ledger.folder import replace_file

FILE = "stamp"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which ledger stood here, and how many claims it had made when a message last began to leave."""

    installation: str
    claims: int


def read_stamp(folder: Path) -> Stamp | None:
    """Return the stamp in the state folder; None where there is none, or nothing that makes sense."""
    try:
        installation, claims = (folder / FILE).read_text(encoding="ascii").split()
        return Stamp(installation, int(claims))
    except (OSError, ValueError):
        return None


def write_stamp(folder: Path, stamp: Stamp) -> None:
    """Put `stamp` on the disk, in place of the one before.

    Raises:
        LedgerError: the disk is full. StateUnusable: no right to write there.
    """
    replace_file(folder / FILE, f"{stamp.installation} {stamp.claims}\n".encode("ascii"))
