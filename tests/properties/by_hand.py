"""How an owner and other programs edit a calendar file: on its lines, knowing nothing of calsync."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

_EVENT = re.compile(rb"BEGIN:VEVENT\r?\n.*?END:VEVENT\r?\n", re.DOTALL)
_FOLD = re.compile(rb"\r?\n[ \t]")
_RULE = "─" * 10
_FENCE = re.compile(rf"(?:\n\n|\n)?{_RULE}\n.*?\n{_RULE}(?=\n|\Z)", re.DOTALL)
MARK = "X-CALSYNC"
BLOCKS = "@block.calsync"

Edit = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Piece:
    """One VEVENT of a file: its bytes and where they stand."""

    start: int
    end: int
    raw: bytes

    @property
    def name(self) -> tuple[str, str]:
        """UID and RECURRENCE-ID (empty: none)."""
        return value(self.raw, "UID"), value(self.raw, "RECURRENCE-ID")

    @property
    def block(self) -> bool:
        """Whether it is one of calsync's blocks."""
        return self.name[0].endswith(BLOCKS)


def pieces(data: bytes) -> list[Piece]:
    """Return the events of a file, in order."""
    return [Piece(found.start(), found.end(), found[0]) for found in _EVENT.finditer(data)]


def lines(raw: bytes) -> list[str]:
    """Return the content lines of a component, unfolded."""
    return _FOLD.sub(b"", raw).decode().splitlines()


def _named(line: str) -> str:
    return re.split("[;:]", line, maxsplit=1)[0]


def value(raw: bytes, name: str) -> str:
    """Return what the first line of that name says, as it is escaped; empty where there is none."""
    return next((line.partition(":")[2] for line in lines(raw) if _named(line) == name), "")


def description(raw: bytes) -> str | None:
    """Return the description as a person reads it."""
    if not any(_named(line) == "DESCRIPTION" for line in lines(raw)):
        return None
    return unescaped(value(raw, "DESCRIPTION"))


def unescaped(text: str) -> str:
    """Return a TEXT value as it is read (RFC 5545 §3.3.11)."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)


def escaped(text: str) -> str:
    """Return a text as a TEXT value."""
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n")


def own_text(text: str) -> str:
    """Return a description without what stands between two lines of ten ─."""
    return _FENCE.sub("", text)


def fences(text: str) -> list[str]:
    """Return what stands between lines of ten ─."""
    return [found.group() for found in _FENCE.finditer(text)]


def with_line(raw: bytes, name: str, line: str | None) -> bytes:
    """Return a component with another line of that name in the place of all its own (None: without any)."""
    eol = b"\r\n" if raw.endswith(b"\r\n") else b"\n"
    physical = re.compile(rb"^" + name.encode() + rb"[;:].*\n(?:[ \t].*\n)*", re.MULTILINE)
    new = folded(line, eol) if line is not None else b""
    found = physical.search(raw)
    if found is None:
        at = raw.index(b"UID:")
        after = next(match.end() for match in re.finditer(rb".*\n(?:[ \t].*\n)*", raw) if match.start() >= at)
        return raw[:after] + new + raw[after:]
    rest = physical.sub(b"", raw[found.end() :])
    return raw[: found.start()] + new + rest


def added_line(raw: bytes, line: str) -> bytes:
    """Return a component with one line more, behind its UID."""
    return with_line(raw, _named(line) + "-NONE", line)


def folded(line: str, eol: bytes, width: int = 70) -> bytes:
    """Return a content line folded at so many octets, never inside a character."""
    found, rest = [], line
    while rest:
        piece = rest
        while len(piece.encode()) > width:
            piece = piece[: max(1, min(len(piece) - 1, width))]
        found.append(piece.encode())
        rest = rest[len(piece) :]
    return (eol + b" ").join(found) + eol


def with_text_above(raw: bytes, text: str) -> bytes:
    """Return a component with a text above its description, folds of the rest as they are."""
    found = re.search(rb"^DESCRIPTION[^:\n]*:", raw, re.MULTILINE)
    if found is None:
        eol = b"\r\n" if raw.endswith(b"\r\n") else b"\n"
        at = raw.rindex(b"END:VEVENT")
        return raw[:at] + folded(f"DESCRIPTION:{escaped(text)}", eol) + raw[at:]
    more = b"\\n" if (description(raw) or "").strip() else b""
    return raw[: found.end()] + escaped(text).encode() + more + raw[found.end() :]


def with_description(raw: bytes, text: str) -> bytes:
    """Return a component with another description, as a program that writes it anew would."""
    return with_line(raw, "DESCRIPTION", f"DESCRIPTION:{escaped(text)}")


def moved(raw: bytes, by: timedelta) -> bytes:
    """Return a component whose start and end stand so much later on the wall clock."""
    for name in ("DTSTART", "DTEND"):
        line = next((one for one in lines(raw) if _named(one) == name), None)
        if line is not None:
            head, _, text = line.partition(":")
            raw = with_line(raw, name, f"{head}:{_shifted(text, by)}")
    return raw


def _shifted(text: str, by: timedelta) -> str:
    form = "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d"
    zulu = "Z" if text.endswith("Z") else ""
    return (datetime.strptime(text.rstrip("Z"), form) + by).strftime(form) + zulu  # noqa: DTZ007 - a wall clock


def instance(master: bytes, slot: str) -> bytes:
    """Return the override that a program makes of one instance of a series: without rule, with RECURRENCE-ID."""
    start = next(line for line in lines(master) if _named(line) == "DTSTART")
    head = start.partition(":")[0]
    by = _wall(slot) - _wall(value(master, "DTSTART"))
    raw = moved(master, by)
    for name in ("RRULE", "EXDATE", MARK):
        raw = with_line(raw, name, None)
    text = description(raw)
    if text is not None and fences(text):
        raw = with_description(raw, own_text(text))
    return added_line(raw, head.replace("DTSTART", "RECURRENCE-ID") + ":" + slot)


def taken_over(copy: bytes) -> bytes:
    """Return what is the owner's of a copy that calsync made, from when she edits it."""
    text = description(copy)
    raw = with_line(copy, MARK, None)
    return with_description(raw, own_text(text)) if text is not None and fences(text) else raw


def keeps(raw: bytes) -> bool:
    """Tell whether words that the owner wrote inside a note have become part of her own text."""
    return "kept-" in own_text(description(raw) or "")


def _wall(text: str) -> datetime:
    return datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a wall clock


def slots(master: bytes, count: int) -> list[str]:
    """Return the first starts of a weekly series."""
    first = value(master, "DTSTART")
    return [_shifted(first, timedelta(weeks=week)) for week in range(count)]


def replaced(data: bytes, piece: Piece, new: bytes) -> bytes:
    """Return the file with another component in the place of `piece`."""
    return data[: piece.start] + new + data[piece.end :]


def appended(data: bytes, raw: bytes) -> bytes:
    """Return the file with one event more, at its end."""
    at = data.rindex(b"END:VCALENDAR")
    return data[:at] + raw + data[at:]


def canonical(raw: bytes, *, but: Iterable[str] = ()) -> tuple[str, ...]:
    """Return what a component says, whatever its folds, line breaks and order; own text alone of the description."""
    skip = frozenset(but)
    said = []
    for line in lines(raw):
        name = _named(line)
        if name == "DESCRIPTION":
            own = own_text(unescaped(line.partition(":")[2])).split("\n")
            text = "\n".join(one for one in own if "kept-" not in one)
            line = f"DESCRIPTION:{text.strip()}"
            if not text.strip():
                continue
        if name not in skip:
            said.append(line)
    return tuple(sorted(said))


def refolded(data: bytes, width: int) -> bytes:
    """Return the file with every line folded anew."""
    eol = b"\r\n" if b"\r\n" in data else b"\n"
    return b"".join(folded(line, eol, width) for line in lines(data))


def other_breaks(data: bytes) -> bytes:
    """Return the file with LF where it had CR LF, and the other way round."""
    return data.replace(b"\r\n", b"\n") if b"\r\n" in data else data.replace(b"\n", b"\r\n")


def reordered(data: bytes) -> bytes:
    """Return the file with the properties of every event in the order of their names."""
    for piece in reversed(pieces(data)):
        eol = b"\r\n" if piece.raw.endswith(b"\r\n") else b"\n"
        inner = sorted(lines(piece.raw)[1:-1], key=_named)
        data = replaced(data, piece, b"".join(folded(one, eol) for one in ["BEGIN:VEVENT", *inner, "END:VEVENT"]))
    return data


def without_marks(data: bytes) -> bytes:
    """Return the file without calsync's own properties, as a program that drops what it does not know writes it."""
    for piece in reversed(pieces(data)):
        data = replaced(data, piece, with_line(piece.raw, MARK, None))
    return data


def named(data: bytes, name: tuple[str, str]) -> Piece | None:
    """Return the event of that UID and RECURRENCE-ID."""
    return next((piece for piece in pieces(data) if piece.name == name), None)


def hers(data: bytes) -> Iterator[Piece]:
    """Yield the events that are no blocks of calsync's."""
    return (piece for piece in pieces(data) if not piece.block)
