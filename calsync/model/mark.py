"""What calsync leaves on an event to know its own writing again: installation, call, role, essence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

_TOKEN = re.compile(r"[0-9a-zA-Z._-]*")


class Role(StrEnum):
    """What a piece of our writing is for."""

    NOTE = "note"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A mark, as it stands in `X-CALSYNC` (iCalendar) or a private extended property (Google).

    installation: who wrote it, from the state folder that wrote; call: the call's name as its digest
    (`model.call.digest_of`); essence: `planning.essence.essence` of what was written; start: the call's
    start when it was written; flex: minutes of flex then; blocks: roles of the blocks that were written
    for the call then; fresh: the event had no description before; origin: the digest of the component
    that an override was copied from, else empty.
    """

    installation: str
    call: str
    role: Role
    essence: str
    start: datetime
    flex: int = 0
    blocks: frozenset[Role] = field(default_factory=frozenset)
    fresh: bool = False
    origin: str = ""

    def encode(self) -> str:
        """Return one line of ASCII without `,`, `;` or `:` other than those between the parts."""
        parts = {
            "v": "1",
            "i": self.installation,
            "c": self.call,
            "r": self.role.value,
            "e": self.essence,
            "s": self.start.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"),
        }
        if self.flex:
            parts["f"] = str(self.flex)
        if self.blocks:
            parts["b"] = ".".join(sorted(self.blocks))
        if self.fresh:
            parts["n"] = "1"
        if self.origin:
            parts["o"] = self.origin
        return " ".join(f"{key}={value}" for key, value in parts.items())

    @classmethod
    def decode(cls, text: str) -> Mark | None:
        """Return the mark that `encode` wrote, or None for anything else."""
        parts = dict(part.split("=", 1) for part in text.split() if "=" in part)
        if parts.get("v") != "1" or not all(_TOKEN.fullmatch(value) for key, value in parts.items() if key != "f"):
            return None
        try:
            return cls(
                installation=parts["i"],
                call=parts["c"],
                role=Role(parts["r"]),
                essence=parts["e"],
                start=datetime.strptime(parts["s"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC),
                flex=int(parts.get("f", "0")),
                blocks=frozenset(Role(role) for role in parts.get("b", "").split(".") if role),
                fresh=parts.get("n") == "1",
                origin=parts.get("o", ""),
            )
        except (KeyError, ValueError):
            return None
