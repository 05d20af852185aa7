"""The three-way comparison of one note or block: what is wanted, what was last written, what stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What to do with one note or block."""

    KEEP = "keep"
    WRITE = "write"
    REMOVE = "remove"
    YIELD = "yield"


@dataclass(frozen=True, slots=True)
class Base:
    """What our last write left there: its essence, and the call's start and flex that it was written for."""

    essence: str
    start: int
    flex: int


def verdict(wanted: str | None, base: Base | None, standing: str | None, start: int, flex: int) -> Verdict:
    """Decide for one note or block, all texts as essences; None where there is nothing.

    base: None if we never wrote. start, flex: the call's now (seconds, minutes); once either differs from what
    was written for, the owner's edit or deletion no longer holds and it is written anew.
    """
    if standing == wanted:
        return Verdict.KEEP
    moved = base is not None and (base.start, base.flex) != (start, flex)
    if base is not None and standing != base.essence and not (moved and wanted is not None):
        return Verdict.YIELD  # somebody else touched it after us
    if base is None and standing is not None:
        return Verdict.YIELD  # never ours
    return Verdict.WRITE if wanted is not None else Verdict.REMOVE
