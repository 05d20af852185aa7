"""Puts a note into the bytes of one VEVENT and takes it out again, leaving every other byte."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from calsync.calendars.ical import lines
from calsync.calendars.ical.event import MARK
from calsync.calendars.ical.override import RawLine, eol_of, raw_lines
from calsync.errors import CalendarUnwritable
from calsync.model.mark import Mark
from calsync.planning import fence

_FOLD = re.compile(rb"\r?\n[ \t]")
_LETTER = re.compile(r"\\[\\;,nN]|.", re.DOTALL)
_MARK = MARK.encode()


@dataclass(frozen=True, slots=True)
class _Text:
    """A TEXT value as it stands: what it says, and where each character of that begins and ends in the bytes."""

    said: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    stop: int  # where the value ends: its line break begins


def put_note(raw: bytes, note: str, mark: Mark, keep: tuple[str, ...] = ()) -> bytes:
    """Return the component with `note` in a fence below the owner's own text, and the mark.

    What stood there of ours is taken out first; `keep` are lines from inside it that are the owner's.

    Raises:
        CalendarUnwritable: it could not be told apart from the owner's text afterwards.
    """
    raw = cut_note(raw, keep)
    line = _description(raw)
    if line is None:
        at = _place(raw)
        eol = eol_of(raw[:at])
        text = f"DESCRIPTION:{lines.escape(fence.fenced(note))}"
        raw = raw[:at] + lines.fold(text, eol) + eol + raw[at:]
        return _with_mark(raw, replace(mark, fresh=True))
    own = _text(raw, line)
    added = fence.addition(own.said, note)
    if fence.cut(own.said + added) != own.said:
        raise CalendarUnwritable("the note could not be told apart from the description around it")
    raw = _appended(raw, line, own, added)
    return _with_mark(raw, replace(mark, fresh=False))


def cut_note(raw: bytes, keep: tuple[str, ...] = ()) -> bytes:
    """Return the component without fence and mark; a description that only we had needed goes with them."""
    mark = mark_of(raw)
    raw = drop_mark(raw)
    line = _description(raw)
    if line is not None:
        own = _text(raw, line)
        for found in reversed(fence.find(own.said)):
            start = own.starts[found.start]
            folds = [fold for fold in _FOLD.finditer(raw, line.start, start) if fold.end() == start]
            # The note stands on continuation lines of its own: the break before it came with it.
            raw = raw[: folds[0].start() if folds else start] + raw[own.ends[found.end - 1] :]
        line = _line_at(raw, line.start)
        if mark is not None and mark.fresh and not _text(raw, line).said:
            raw = raw[: line.start] + raw[line.end :]
            line = None
    if not keep:
        return raw
    kept = "\n".join(keep)
    if line is None:
        at = _place(raw)
        eol = eol_of(raw[:at])
        return raw[:at] + lines.fold(f"DESCRIPTION:{lines.escape(kept)}", eol) + eol + raw[at:]
    own = _text(raw, line)
    return _appended(raw, line, own, ("\n" if own.said else "") + kept)


def drop_mark(raw: bytes) -> bytes:
    """Return the component without our mark."""
    if _MARK not in lines.unfold(raw).upper():
        return raw
    return b"".join(raw[line.start : line.end] for line in raw_lines(raw) if not (line.own and line.name == _MARK))


def mark_of(raw: bytes) -> Mark | None:
    """Return our mark on a component, or None."""
    for line in raw_lines(raw):
        if line.own and line.name == _MARK:
            text = lines.unfold(raw[line.start : line.end]).decode("utf-8", "replace")
            return Mark.decode(text.partition(":")[2])
    return None


def mark_line(mark: Mark, eol: bytes) -> bytes:
    """Return a mark as a content line."""
    return lines.fold(f"{MARK}:{mark.encode()}", eol) + eol


def _with_mark(raw: bytes, mark: Mark) -> bytes:
    at = _place(raw)
    return raw[:at] + mark_line(mark, eol_of(raw[:at])) + raw[at:]


def _appended(raw: bytes, line: RawLine, own: _Text, text: str) -> bytes:
    eol = eol_of(raw[line.start : line.end])
    return raw[: own.stop] + eol + b" " + lines.fold(lines.escape(text), eol, first=74) + raw[own.stop :]


def _place(raw: bytes) -> int:
    """Return where new lines go: behind the component's own first ones, before any component inside it."""
    at = 0
    for number, line in enumerate(raw_lines(raw)):
        if number and not line.own:
            return line.start
        at = line.end
    return at


def _description(raw: bytes) -> RawLine | None:
    return next((line for line in raw_lines(raw) if line.own and line.name == b"DESCRIPTION"), None)


def _line_at(raw: bytes, start: int) -> RawLine:
    return next(line for line in raw_lines(raw) if line.start == start)


def _text(raw: bytes, line: RawLine) -> _Text:
    """Read the value of a content line, remembering where in the bytes each character stands."""
    stop = line.end
    while stop > line.start and raw[stop - 1 : stop] in (b"\r", b"\n") and stop > line.end - 2:
        stop -= 1
    places: list[int] = []
    at = line.start
    for fold in _FOLD.finditer(raw, line.start, stop):
        places.extend(range(at, fold.start()))
        at = fold.end()
    places.extend(range(at, stop))
    whole = bytes(raw[place] for place in places).decode()
    value = lines.value_start(whole)
    byte = len(whole[:value].encode())
    said: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for letter in _LETTER.findall(whole[value:]):
        octets = len(letter.encode())
        starts.append(places[byte])
        ends.append(places[byte + octets - 1] + 1)
        said.append(lines.unescape(letter))
        byte += octets
    return _Text("".join(said), tuple(starts), tuple(ends), stop)
