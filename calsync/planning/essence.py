"""The essence of a text or block: what is compared, so that a server's rewriting isn't read as an edit."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from calsync.model.times import Span

_SPACES = re.compile(r"[ \t\u00a0\u202f]+")


def lines_of(text: str) -> tuple[str, ...]:
    """Return the lines of `text` that mean something: white space folded, empty lines dropped."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.replace("\r\n", "\n").split("\n"))
    return tuple(line for line in lines if line)


def essence(text: str) -> str:
    """Return the digests of the lines of `text`, in order, 6 hexadecimal digits each, joined by dots.

    Two texts with the same essence say the same. Line by line, so that a mark alone tells which lines
    of an edited note were not ours (`added_lines`).
    """
    return ".".join(_digest(line) for line in lines_of(text))


def block_essence(span: Span, title: str, text: str) -> str:
    """Return the essence of a block: where it stands, its title, its text."""
    times = "/".join(str(int(moment.timestamp())) for moment in (span.start, span.end))
    return essence(f"{times}\n{title}\n{text}")


def added_lines(standing: str, written: str) -> tuple[str, ...]:
    """Return the lines of the text `standing` that are not among those of the essence `written`."""
    ours = frozenset(written.split("."))
    return tuple(line for line in lines_of(standing) if _digest(line) not in ours)


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:6]


def combined(parts: Iterable[str]) -> str:
    """Return a short digest over several strings, for ids and versions."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
