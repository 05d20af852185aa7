"""The fence: the one part of a description that is ours, between two lines of ten `─`."""

from __future__ import annotations

import re
from dataclasses import dataclass

RULE = "─" * 10

# A fence is two such lines with at least one line between them and none of their kind in it. Editors may
# pad the lines with blanks or break them with CR LF.
_LINE = rf"[ \t\u00a0]*{RULE}[ \t\u00a0]*"
_FENCE = re.compile(rf"(?:^|(?<=\n)){_LINE}\r?\n(?P<inner>(?:(?!{_LINE}\r?(?:\n|$)).*\n)+?){_LINE}(?=\r?\n|\Z)")
_GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class Fence:
    """A fence in a description: [`start`, `end`) with the blank line that we put above it; what it holds."""

    start: int
    end: int
    inner: str


def find(description: str) -> tuple[Fence, ...]:
    """Return the whole fences of `description`, in order; a fence left open is none."""
    found = []
    for match in _FENCE.finditer(description):
        start = match.start()
        # We put one blank line between the owner's text and the fence; a program may have trimmed it.
        for _ in range(2):
            if start > 0 and description[start - 1] == "\n":
                start -= 1
                if start > 0 and description[start - 1] == "\r":
                    start -= 1
        found.append(Fence(start, match.end(), match["inner"].removesuffix("\n").removesuffix("\r")))
    return tuple(found)


def fenced(note: str) -> str:
    """Return `note` between its two lines, without a line break at the end."""
    return f"{RULE}\n{note}\n{RULE}"


def addition(description: str, note: str) -> str:
    """Return what is to be put behind `description` so that it carries `note`: a blank line and the fence."""
    return (_GAP if description else "") + fenced(note)


def cut(description: str) -> str:
    """Return `description` without its fences: the owner's own text, as she left it."""
    for fence in reversed(find(description)):
        description = description[: fence.start] + description[fence.end :]
    return description
