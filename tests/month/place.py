"""Where appointments stand: what every kind of calendar lets the month do, and the file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from tests.month.diary import Meeting
from tests.properties import by_hand

HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Her//Program//EN\r\n"
TAIL = b"END:VCALENDAR\r\n"

Name = tuple[str, str]
"""UID, and original start as RECURRENCE-ID (empty for a single event or a whole series)."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block as it stands; times in UTC."""

    uid: str
    start: datetime
    end: datetime
    busy: bool
    private: bool
    attendees: bool
    text: str

    @property
    def role(self) -> str:
        return self.uid.partition("@")[0].rpartition("-")[2]


@dataclass(frozen=True, slots=True)
class Note:
    """What stands between calsync's lines in one event; master: of a whole series."""

    name: Name
    text: str
    master: bool


class Place(Protocol):
    """A calendar as its owner's programs see it."""

    def book(self, meeting: Meeting, *, stamped: bool) -> None:
        """Add an event."""

    def edit(self, name: Name, change: by_hand.Edit) -> None:
        """Change one event of hers."""

    def instance(self, meeting: Meeting, slot: str, change: by_hand.Edit) -> None:
        """Change one occurrence of a series."""

    def delete(self, uid: str) -> None:
        """Take an event away, with all its occurrences."""

    def without_instance(self, name: Name, change: by_hand.Edit) -> None:
        """Take one occurrence out of a series; change: what this does to the series itself."""

    def paste(self, uid: str, copy: str, by: timedelta, stamp: str | None) -> None:
        """Copy an event to another day with everything that stands in it; stamp: its LAST-MODIFIED line."""

    def inside_a_note(self, note: Note, words: str) -> None:
        """Write a line into calsync's note."""

    def without_note(self, note: Note) -> None:
        """Delete calsync's note from an event."""

    def change_block(self, uid: str, change: by_hand.Edit) -> None:
        """Edit one of calsync's blocks."""

    def version(self) -> object:
        """Return something that differs once anything in it does."""

    def blocks(self) -> list[Block]:
        """Return calsync's blocks."""

    def notes(self) -> list[Note]:
        """Return calsync's notes."""

    def lost(self) -> list[Name]:
        """Return her events that are gone, or no longer say what she wrote."""


class FilePlace:
    """A calendar file, and what it would hold without calsync."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.exact = True
        self._whole = b""
        self.hers = HEAD + TAIL
        self.write(self.hers)

    @property
    def data(self) -> bytes:
        """The file's content."""
        return self.path.read_bytes()

    def write(self, data: bytes) -> None:
        """Replace the file as a calendar program does."""
        new = self.path.with_name("new.ics")
        new.write_bytes(data)
        os.replace(new, self.path)

    def version(self) -> object:
        """See `Place`."""
        return self.data

    def book(self, meeting: Meeting, *, stamped: bool) -> None:
        """See `Place`."""
        raw = b"".join(by_hand.folded(line, b"\r\n") for line in meeting.lines(stamped=stamped))
        self.both(lambda data: by_hand.appended(data, raw))

    def both(self, change: Callable[[bytes], bytes]) -> None:
        """Change the file, and what it would be without calsync, alike."""
        self.hers = change(self.hers)
        self.write(change(self.data))

    def edit(self, name: Name, change: by_hand.Edit) -> None:
        """See `Place`."""

        def changed(data: bytes) -> bytes:
            piece = by_hand.named(data, name)
            assert piece is not None, f"{name} is lost"
            return by_hand.replaced(data, piece, change(piece.raw))

        self.both(changed)

    def delete(self, uid: str) -> None:
        """See `Place`."""

        def without(data: bytes) -> bytes:
            for piece in reversed(by_hand.pieces(data)):
                if piece.name[0] == uid:
                    data = by_hand.replaced(data, piece, b"")
            return data

        self.both(without)

    def instance(self, meeting: Meeting, slot: str, change: by_hand.Edit) -> None:
        """See `Place`: in the override that stands, else in one that her program makes."""
        one = (meeting.uid, slot)
        if by_hand.named(self.hers, one) is None:
            standing = by_hand.named(self.data, one)
            if standing is not None:
                self.exact = False  # calsync's copy becomes hers, with its place and its lines
            self.hers = self._with_instance(self.hers, one, by_hand.taken_over(standing.raw) if standing else None)
            if standing is None:
                self.write(self._with_instance(self.data, one, None))
        self.edit(one, change)

    def _with_instance(self, data: bytes, one: Name, raw: bytes | None) -> bytes:
        master = by_hand.named(data, (one[0], ""))
        assert master is not None, f"{one[0]} is lost"
        raw = raw or by_hand.instance(master.raw, one[1])
        return data[: master.end] + raw + data[master.end :]

    def without_instance(self, name: Name, change: by_hand.Edit) -> None:
        """See `Place`: an override that stands for it, calsync's too, goes as well."""

        def without(data: bytes) -> bytes:
            piece = by_hand.named(data, name)
            data = by_hand.replaced(data, piece, b"") if piece is not None else data
            master = by_hand.named(data, (name[0], ""))
            assert master is not None, f"{name[0]} is lost"
            return by_hand.replaced(data, master, change(master.raw))

        self.both(without)

    def paste(self, uid: str, copy: str, by: timedelta, stamp: str | None) -> None:
        """See `Place`."""

        def pasted(data: bytes) -> bytes:
            piece = by_hand.named(data, (uid, ""))
            assert piece is not None, f"{uid} is lost"
            raw = by_hand.with_line(by_hand.moved(piece.raw, by), "UID", f"UID:{copy}")
            return by_hand.appended(data, by_hand.with_line(raw, "LAST-MODIFIED", stamp) if stamp else raw)

        self.both(pasted)
        self.exact = False  # blocks stand before the copy in one file and not in the other

    def rewrite(self, how: Callable[[bytes], bytes], *, exact: bool) -> None:
        """Let another program write the whole file anew."""
        self.both(how)
        self.exact = self.exact and exact

    def inside_a_note(self, note: Note, words: str) -> None:
        """See `Place`."""
        piece = by_hand.named(self.data, note.name)
        assert piece is not None
        text = by_hand.description(piece.raw) or ""
        at = text.rindex("\n" + "─" * 10)
        new = by_hand.with_description(piece.raw, f"{text[:at]}\n{words}{text[at:]}")
        self.write(by_hand.replaced(self.data, piece, new))
        self.exact = False

    def without_note(self, note: Note) -> None:
        """See `Place`."""
        piece = by_hand.named(self.data, note.name)
        assert piece is not None
        origin = by_hand.named(self.hers, note.name) or by_hand.named(self.hers, (note.name[0], ""))
        text = by_hand.description(origin.raw) if origin is not None else None
        self.write(by_hand.replaced(self.data, piece, by_hand.with_description(piece.raw, text or "")))
        self.exact = False

    def change_block(self, uid: str, change: by_hand.Edit) -> None:
        """See `Place`."""
        piece = by_hand.named(self.data, (uid, ""))
        assert piece is not None
        self.write(by_hand.replaced(self.data, piece, change(piece.raw)))

    def breaks(self, how: str) -> None:
        """Let the file be as after an accident: missing, half, garbage, or empty."""
        self._whole = self.data
        match how:
            case "missing":
                self.path.unlink()
            case "half":
                self.write(self._whole[: len(self._whole) * 2 // 3])
            case "garbage":
                self.write(b"\x00" * 500)
            case _:
                self.write(HEAD + TAIL)

    def is_whole_again(self) -> None:
        """End the accident."""
        self.write(self._whole)

    def blocks(self) -> list[Block]:
        """See `Place`."""
        return [_block(piece.raw) for piece in by_hand.pieces(self.data) if by_hand.BLOCKS.encode() in piece.raw]

    def notes(self) -> list[Note]:
        """See `Place`."""
        return [note for piece in by_hand.pieces(self.data) for note in _notes(piece.raw)]

    def lost(self) -> list[Name]:
        """See `Place`."""
        stands = {_name(piece.raw): piece.raw for piece in by_hand.pieces(self.data)}
        return [
            _name(piece.raw)
            for piece in by_hand.pieces(self.hers)
            if _name(piece.raw) not in stands or _said(stands[_name(piece.raw)], marked=False) != _said(piece.raw)
        ]

    def same_words(self) -> bool:
        """Tell whether the file says what it would without calsync, in whatever order."""
        expected = [(piece.name, by_hand.canonical(piece.raw)) for piece in by_hand.pieces(self.hers)]
        names = {name for name, _ in expected}
        # An override that carries words of hers, from inside a note, has become hers.
        stands = [
            (piece.name, by_hand.canonical(piece.raw, but=[by_hand.MARK]))
            for piece in by_hand.pieces(self.data)
            if piece.name in names or not by_hand.keeps(piece.raw)
        ]
        return sorted(stands) == sorted(expected) and by_hand.MARK.encode() not in self.data


@lru_cache(4096)
def _name(raw: bytes) -> Name:
    return by_hand.value(raw, "UID"), by_hand.value(raw, "RECURRENCE-ID")


@lru_cache(4096)
def _said(raw: bytes, *, marked: bool = True) -> tuple[str, ...]:
    return by_hand.canonical(raw, but=() if marked else (by_hand.MARK,))


@lru_cache(4096)
def _notes(raw: bytes) -> tuple[Note, ...]:
    master = bool(by_hand.value(raw, "RRULE"))
    return tuple(Note(_name(raw), inner, master) for inner in by_hand.fences(by_hand.description(raw) or ""))


@lru_cache(4096)
def _block(raw: bytes) -> Block:
    return Block(
        uid=by_hand.value(raw, "UID"),
        start=_instant(raw, "DTSTART"),
        end=_instant(raw, "DTEND"),
        busy=by_hand.value(raw, "TRANSP") != "TRANSPARENT",
        private=by_hand.value(raw, "CLASS") == "PRIVATE",
        attendees=bool(by_hand.value(raw, "ATTENDEE") or by_hand.value(raw, "ORGANIZER")),
        text=by_hand.description(raw) or "",
    )


def _instant(raw: bytes, name: str) -> datetime:
    line = next(one for one in by_hand.lines(raw) if one.startswith(name))
    head, _, text = line.partition(":")
    zone = UTC if text.endswith("Z") else ZoneInfo(head.partition("TZID=")[2].partition(";")[0])
    return datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=zone).astimezone(UTC)
