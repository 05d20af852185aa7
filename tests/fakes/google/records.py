"""What a calendar keeps of an event: its fields, its version, and what lists still show of it."""

from __future__ import annotations

import itertools
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from tests.fakes.google.refusal import Json

# The ones that are answered and never taken: a body that holds them is stored without.
READ_ONLY = frozenset(
    "kind etag htmlLink hangoutLink created updated creator organizer locked recurringEventId originalStartTime "
    "attendeesOmitted privateCopy iCalUID endTimeUnspecified".split()
)

_versions = itertools.count(3_478_412_000_000_001, 2)


def next_version() -> int:
    """Return a number that no version had."""
    return next(_versions)


@dataclass(kw_only=True)
class Stale:
    """What lists go on showing of an event (None: nothing) after it was written."""

    body: Json | None
    version: int
    lists: int = 0
    until: datetime | None = None

    def over(self, now: datetime) -> bool:
        """Tell whether lists show the event as it is by now."""
        return self.lists <= 0 and (self.until is None or self.until <= now)


@dataclass(kw_only=True)
class Record:
    """One event: a single one, a series, or the exception of one.

    by_program: inserted through the API. purged: gone for good, only its id stays taken.
    """

    body: Json
    created: datetime
    updated: datetime
    version: int = field(default_factory=next_version)
    by_program: bool = False
    purged: bool = False
    stale: Stale | None = None
    unlisted: int = 0

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.body["id"])

    @property
    def cancelled(self) -> bool:
        """Whether it was deleted."""
        return bool(self.body.get("status") == "cancelled")

    @property
    def series(self) -> bool:
        """Whether it is one that stands for many."""
        return bool(self.body.get("recurrence"))

    @property
    def master(self) -> str:
        """The id of the series that it is an exception of, or nothing."""
        return str(self.body.get("recurringEventId", ""))


def etag(version: int) -> str:
    """A version as it is told: the quotes belong to it."""
    return f'"{version}"'


def merged(old: Json, patch: Json) -> Json:
    """Return what a PATCH makes of `old`: objects are merged, lists replaced, null takes away (RFC 7396)."""
    new = deepcopy(old)
    for name, value in patch.items():
        if value is None:
            new.pop(name, None)
        elif isinstance(value, dict) and isinstance(new.get(name), dict):
            new[name] = merged(new[name], value)
        else:
            new[name] = (
                deepcopy({k: v for k, v in value.items() if v is not None}) if isinstance(value, dict) else value
            )
    return new
