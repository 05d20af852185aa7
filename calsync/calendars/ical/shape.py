"""The shape of a calendar file: whether it is one, its VCALENDARs, its VEVENTs, and their own lines."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from calsync.calendars.ical import lines
from calsync.errors import CalendarUnreadable

LARGEST = 100 * 1024 * 1024
_CHUNK = 1 << 20

# A file is regular when each of its lines begins with a whole name in upper case (X- names in any), so
# that plain searches find what decides, and names its components so. Any other is read the slow, general way.
_IRREGULAR = re.compile(rb"\n(?![A-Z0-9-]+[;:]|[Xx]-[A-Za-z0-9_-]+[;:]|[ \t]|\r?(?:\n|\Z))")
_ODD_EDGE = re.compile(rb"\n(?:BEGIN|END):[A-Z0-9-]*[^A-Z0-9\r\n-]")
_NAME = re.compile(rb"(?:\A|(?<=\n))[A-Za-z0-9-]+(?=[;:])")
_LOOSE = rb"(?:\r?\n[ \t])*"


def _loosely(word: bytes) -> bytes:
    return _LOOSE.join(re.escape(bytes((letter,))) for letter in word)


_EDGE = re.compile(
    rb"(?:\A(?:\xef\xbb\xbf)?|(?<=\n))(?:(?P<begin>%s)|%s)%s:(?P<name>[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)"
    % (_loosely(b"BEGIN"), _loosely(b"END"), _LOOSE),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One VCALENDAR: its bytes [start, end), [start, head) before its first event, and where its END line begins."""

    start: int
    end: int
    head: int
    close: int


def own_lines(body: bytes, *, regular: bool = True) -> bytes:
    """Return the lines of a component without those of the components inside it (VALARM and the like).

    body begins with the line break before its first line. Of a file that is not regular the lines come
    back unfolded, with their names in upper case.
    """
    if regular:
        first = body.find(b"\nBEGIN:")
        if first < 0:
            return body
        if body.find(b"\nBEGIN:", first + 7) < 0:
            last = body.find(b"\nEND:", first)
            after = body.find(b"\n", last + 1) if last > 0 else -1
            return body[: first + 1] + (body[after + 1 :] if after > 0 else b"")
    own: list[bytes] = []
    depth = 0
    at = 0
    for edge in _EDGE.finditer(body):
        if edge["begin"]:
            if depth == 0:
                own.append(body[at : edge.start()])
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                line_end = body.find(b"\n", edge.end())
                at = line_end + 1 if line_end >= 0 else len(body)
    if depth == 0:
        own.append(body[at:])
    text = b"".join(own)
    return text if regular else _regular_form(text)


def _regular_form(body: bytes) -> bytes:
    return _NAME.sub(lambda name: name[0].upper(), lines.unfold(body))


def event_spans(data: bytes, *, regular: bool) -> Iterator[tuple[int, int, int, int]]:
    """Yield (start, start of its lines, start of its END line or -1, end) of every VEVENT, in order."""
    return _regular_spans(data) if regular else _general_spans(data)


def _regular_spans(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    find = data.find
    begin = find(b"\nBEGIN:VEVENT")
    while begin >= 0:
        following = find(b"\nBEGIN:VEVENT", begin + 13)
        inner = find(b"\n", begin + 13) + 1
        close = find(b"\nEND:VEVENT", inner - 1)
        if close < 0 or (0 <= following < close):
            outer = find(b"\nEND:VCALENDAR", begin)
            stops = [stop for stop in (following, outer) if stop >= 0]
            yield begin + 1, inner, -1, min(stops) + 1 if stops else len(data)
        else:
            line_end = find(b"\n", close + 11)
            yield begin + 1, inner, close + 1, line_end + 1 if line_end >= 0 else len(data)
        begin = following


def _general_spans(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """The same whatever the case and folding of names."""
    opened: tuple[int, int] | None = None
    for edge in _EDGE.finditer(data):
        name = _edge_name(edge)
        line_end = data.find(b"\n", edge.end())
        after = line_end + 1 if line_end >= 0 else len(data)
        if name == b"VEVENT":
            if edge["begin"]:
                if opened:
                    yield *opened, -1, edge.start()
                opened = edge.start(), after
            elif opened:
                yield *opened, edge.start(), after
                opened = None
        elif name == b"VCALENDAR" and opened:
            yield *opened, -1, edge.start()
            opened = None


def _edge_name(edge: re.Match[bytes]) -> bytes:
    return lines.unfold(edge["name"]).strip().upper()


def refuse_size(octets: int) -> None:
    """Raise CalendarUnreadable where a calendar of so many octets is too large to be read."""
    if octets > LARGEST:
        raise CalendarUnreadable(
            f"the calendar has {octets // (1024 * 1024)} MB; more than 100 MB is not read",
            hint="archive old events into another file",
        )


def is_regular(data: bytes) -> bool:
    """Tell whether the fast way can read a file. Raises CalendarUnreadable where it is no text of a calendar."""
    refuse_size(len(data))
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        raise CalendarUnreadable(
            "the calendar is empty: it has not one byte",
            hint="export it again; a calendar without events still begins with BEGIN:VCALENDAR",
        )
    beginning = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<!--")):
        raise CalendarUnreadable(
            "this is a web page, not a calendar", hint="download the calendar itself (.ics), not the page that shows it"
        )
    whole = _is_utf8(data)
    if not whole and not _is_utf8(lines.unfold(data)):
        raise CalendarUnreadable(
            "the file is not UTF-8 text", hint="export the calendar again, or convert the file to UTF-8"
        )
    return whole and b"BEGIN:VCALENDAR" in data and not (_IRREGULAR.search(data) or _ODD_EDGE.search(data))


def _is_utf8(data: bytes) -> bool:
    # Piece by piece: one str of the whole could take four times the room of the file.
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _CHUNK):
            decoder.decode(data[at : at + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def parts_of(data: bytes, *, regular: bool) -> tuple[Part, ...]:
    """Return the VCALENDARs of a file. Raises CalendarUnreadable where there is none, or one is cut off."""
    edges = list(_part_edges(data) if regular else _loose_part_edges(data))
    if not edges or not edges[0][0]:
        raise CalendarUnreadable(
            "this is not a calendar: it has no BEGIN:VCALENDAR", hint="export the calendar as iCalendar (.ics)"
        )
    found = []
    for number in range(0, len(edges), 2):
        begins, start, _ = edges[number]
        if number + 1 == len(edges) or not begins or edges[number + 1][0]:
            raise CalendarUnreadable(
                "the calendar is cut off: an END:VCALENDAR is missing",
                hint="wait until the program that writes it has finished, or export it again",
            )
        stop = edges[number + 1][2]
        event = data.find(b"\nBEGIN:VEVENT", start, stop) if regular else -1
        found.append(Part(start, stop, event + 1 if event >= 0 else stop, edges[number + 1][1]))
    return tuple(found)


def _part_edges(data: bytes) -> Iterator[tuple[bool, int, int]]:
    """Yield (is it a BEGIN, start, end) of every line that begins or ends a VCALENDAR, in order."""
    at = data.find(b":VCALENDAR")
    while at >= 0:
        edge = _EDGE.match(data, max(data.rfind(b"\n", 0, at) + 1, 0))
        if edge and _edge_name(edge) == b"VCALENDAR":
            line_end = data.find(b"\n", at)
            yield edge["begin"] is not None, edge.start(), line_end + 1 if line_end >= 0 else len(data)
        at = data.find(b":VCALENDAR", at + 1)


def _loose_part_edges(data: bytes) -> Iterator[tuple[bool, int, int]]:
    for edge in _EDGE.finditer(data):
        if _edge_name(edge) == b"VCALENDAR":
            line_end = data.find(b"\n", edge.end())
            yield edge["begin"] is not None, edge.start(), line_end + 1 if line_end >= 0 else len(data)
