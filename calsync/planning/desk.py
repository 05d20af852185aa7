"""What comparing needs to know, and what it finds: the changes, and what is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from calsync.model.plan import Change, Held
from calsync.model.rules import Rules
from calsync.model.snapshot import Snapshot
from calsync.planning.blocks import Place
from calsync.planning.calls import Found
from calsync.planning.writing import Writing


@dataclass(slots=True)
class Changes:
    """What is to be changed in calendars, and what is left alone and why."""

    found: list[Change] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)

    def leave(self, call: str, what: str, why: str) -> None:
        """Note that something stays as it is."""
        self.held.append(Held(call=call, what=what, why=why))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that the comparison needs to know."""

    rules: Rules
    snapshot: Snapshot
    found: Found
    writing: Writing
    places: Mapping[str, tuple[Place, ...]]
    now: datetime
