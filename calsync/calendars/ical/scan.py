"""One look over the bytes of a calendar file: its parts, its events, and which of them can matter now."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from calsync.calendars.ical import lines
from calsync.errors import CalendarUnreadable
from calsync.model.times import Span

LARGEST = 100 * 1024 * 1024
_CHUNK = 1 << 20
# No zone is further than a day from UTC; two more cover events that end on a day after the one they begin.
_MARGIN = timedelta(days=3)
_LONG = timedelta(days=28)

_Place = tuple[bytes, int, int, int, int]

# A file is regular when each of its lines begins with a whole name in upper case (X- names in any), so
# that plain searches find what decides, and names its components so. Any other is read the slow, general way.
_IRREGULAR = re.compile(rb"\n(?![A-Z0-9-]+[;:]|[Xx]-[A-Za-z0-9_-]+[;:]|[ \t]|\r?(?:\n|\Z))")
_ODD_EDGE = re.compile(rb"\n(?:BEGIN|END):[A-Z0-9-]*[^A-Z0-9\r\n-]")
_PARAMETERS = rb'(?:;[^":\r\n]*+(?:"[^"]*"[^":\r\n]*+)*+)?'
_FENCE = "──".encode()
_MARK = b"X-CALSYNC"
_UID = re.compile(rb"\nUID" + _PARAMETERS + rb":([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)")
_DTSTART = re.compile(rb"\nDTSTART" + _PARAMETERS + rb":(\d{8})")
_DTEND = re.compile(rb"\nDTEND" + _PARAMETERS + rb":(\d{8})")
_RULE = re.compile(rb"\nRRULE:([^\r\n]*)\r?\n(?![ \t])")
_UNTIL = re.compile(rb"UNTIL=(\d{8})")
_COUNTED = re.compile(rb"FREQ=(DAILY|WEEKLY)(?:;(?:INTERVAL=(\d{1,3})|COUNT=(\d{1,4})|WKST=[A-Z]{2}|BYDAY=[A-Z,]+))*+")
_RECURS = re.compile(rb"\n(?:RRULE|RDATE|RECURRENCE-ID)")
_RECURRENCE_ID = re.compile(rb"\nRECURRENCE-ID(" + _PARAMETERS + rb"):(\d{8})")
_DAYS_LONG = re.compile(rb"\nDURATION[^:\r\n]*:[^\r\n]*[WD]")
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
class Component:
    """One VEVENT: the bytes `raw`, [start, end) of the file, its line break included.

    inner, close: where in `raw` its lines begin and its END line begins; close is -1 where none is.
    part: the VCALENDAR it stands in, from 0. uid: unfolded, as it stands; None without one.
    """

    start: int
    end: int
    inner: int
    close: int
    part: int
    raw: bytes
    uid: bytes | None


@dataclass(frozen=True, slots=True)
class Part:
    """One VCALENDAR: its bytes [start, end), [start, head) before its first event, and where its END line begins."""

    start: int
    end: int
    head: int
    close: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan found: `components` are those that can touch the window or carry something of ours.

    Of a UID all components are among them or none, but for overrides far away from the window.
    events: how many VEVENTs there are in all.
    """

    parts: tuple[Part, ...]
    components: tuple[Component, ...]
    events: int
    regular: bool


def scan(data: bytes, window: Span | None, uids: Collection[bytes] | None = None) -> Scan:
    """Find the events of `data` that matter for `window`, or those of `uids`, or with neither all of them.

    What can't touch the window is told by comparing dates as text and costs no object. Raises:
        CalendarUnreadable: this is no whole calendar; the message says what it is instead.
    """
    regular = _is_regular(data)
    parts = _parts(data, regular=regular)
    days = _Days.around(window) if window is not None else None
    kept: list[Component] = []
    skipped: list[_Place] = []
    aside: dict[bytes, list[_Place]] = {}  # overrides that change nothing, unless their series asks for them
    events = 0
    starts = [part.start for part in parts]
    recurring = _Next(lambda at: found.start() if (found := _RECURS.search(data, at)) else -1)
    marks = _Next(lambda at: data.find(_MARK, at))
    fences = _Next(lambda at: data.find(_FENCE, at))
    for start, inner, close, end in _fast_spans(data) if regular else _slow_spans(data):
        events += 1
        uid = None
        if close >= 0:
            body = own_lines(data[inner - 1 : close], regular=regular)
            at = body.find(b"\nUID")
            found = _UID.match(body, at) if at >= 0 else None
            uid = _uid(found[1]) if found else None
            hints = (recurring.within(start, close), marks.within(start, close) or fences.within(start, close))
            if days is not None and not _matters(body, days, *(hints if regular else (True, True))):
                if uid is not None:
                    place = (uid, start, inner, close, end)
                    if regular and b"\nRECURRENCE-ID" in body:
                        aside.setdefault(uid, []).append(place)
                    else:
                        skipped.append(place)
                continue
            if uids is not None and uid not in uids:
                continue
        kept.append(_component(data, starts, uid, start, inner, close, end))
    asking = {c.uid for c in kept if c.uid in aside and _asks_for_all(c.raw)} if aside else set()
    wanted = {component.uid for component in kept}
    again = [place for place in skipped if place[0] in wanted]
    again += [place for uid, places in aside.items() if uid in asking for place in places]
    if again:
        kept = sorted([*kept, *(_component(data, starts, *place) for place in again)], key=lambda c: c.start)
    return Scan(parts, tuple(kept), events, regular)


def _uid(value: bytes) -> bytes | None:
    return (lines.unfold(value) if b"\n" in value else value).strip() or None


def _component(
    data: bytes, parts: list[int], uid: bytes | None, start: int, inner: int, close: int, end: int
) -> Component:
    part = max(0, bisect_right(parts, start) - 1)
    return Component(start, end, inner - start, close - start if close >= 0 else -1, part, data[start:end], uid)


@dataclass(frozen=True, slots=True)
class _Days:
    """The days of a window as text, some more on both sides, and a month before it."""

    low: bytes
    high: bytes
    month_before: bytes

    @classmethod
    def around(cls, window: Span) -> _Days:
        first, last = (moment.astimezone(UTC).date() for moment in (window.start, window.end))
        return cls(_day(first, -_MARGIN), _day(last, _MARGIN), _day(first, -_MARGIN - _LONG))


def _day(day: date, by: timedelta) -> bytes:
    try:
        day += by
    except OverflowError:
        return b"00000000" if by < timedelta(0) else b"99999999"
    return f"{day.year:04}{day.month:02}{day.day:02}".encode()


def _date(day: bytes) -> date | None:
    try:
        return date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return None


class _Next:
    """Where the next one of something stands, looked up in order: one walk over a file serves all its events."""

    def __init__(self, find: Callable[[int], int]) -> None:
        self._find = find
        self._at = find(0)

    def within(self, start: int, end: int) -> bool:
        """Tell whether there is one in [start, end); `start` never goes back."""
        if 0 <= self._at < start:
            self._at = self._find(start)
        return 0 <= self._at < end


def _matters(body: bytes, days: _Days, recurring: bool, marked: bool) -> bool:
    """Tell whether an event of these own lines may touch the days, or may be ours.

    recurring, marked: false where it is known that nothing in it recurs or is ours.
    """
    at = body.find(b"\nDTSTART")
    start = _DTSTART.match(body, at) if at >= 0 else None
    if start is None or body.find(b"\nDTSTART", at + 8) >= 0 or (marked and _is_marked(body)):
        return True
    first: bytes = start[1]
    last = _last_day(body, first, days.high)
    inside = first <= days.high and (first >= days.low or last >= days.low)
    if inside or not recurring or not (recurs := _RECURS.search(body)):
        return inside
    if b"\nRECURRENCE-ID" in body:
        # An override that lies outside, in place of an instance that lies far outside, changes nothing.
        named = _RECURRENCE_ID.search(body)
        return named is None or b"RANGE" in named[1].upper() or days.month_before <= named[2] <= days.high
    if b"\nRDATE" in body or first > days.high:
        return b"\nRDATE" in body
    rule = _RULE.match(body, recurs.start())
    begun = _date(first)
    if rule is None or begun is None or body.count(b"\nRRULE") != 1:
        return True
    # A series that is over; one whose instances take days is left to be looked at closely.
    return _last_start(begun, rule[1], days) >= days.low or last > _day(begun, timedelta(days=1))


def _last_start(begun: date, rule: bytes, days: _Days) -> bytes:
    """Return a day after which a series starts no more, as text; a late one where that takes a closer look."""
    if until := _UNTIL.search(rule):
        return until[1]
    counted = _COUNTED.fullmatch(rule) if b"COUNT=" in rule else None
    if counted and (counted[1] == b"WEEKLY" or b"BYDAY" not in rule):
        weekly, interval, count = counted[1] == b"WEEKLY", int(counted[2] or 1), int(counted[3])
        return _day(begun, timedelta(days=(count + 1) * interval * (7 if weekly else 1)))
    return days.high


def _asks_for_all(raw: bytes) -> bool:
    """Tell whether a component needs its overrides of all times: it is ours, or its instances take weeks."""
    start, end = _DTSTART.search(raw), _DTEND.search(raw)
    if _is_marked(raw) or b"\nRDATE" in raw or _DAYS_LONG.search(raw) or start is None:
        return True
    first, last = _date(start[1]), _date(end[1]) if end else _date(start[1])
    return first is None or last is None or last - first > _LONG


def _is_marked(body: bytes) -> bool:
    """Tell whether a component may carry something of ours."""
    return _MARK in body or _FENCE in body


def _last_day(body: bytes, first: bytes, high: bytes) -> bytes:
    """Return the day on which a component ends at the latest, as text; `high` where that takes a closer look."""
    at = body.find(b"\nDTEND")
    if at < 0:
        return high if b"\nDURATION" in body else first
    end = _DTEND.match(body, at)
    return end[1] if end else high


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


def _fast_spans(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield (start, start of its lines, start of END or -1, end) of every VEVENT of a regular file."""
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


def _slow_spans(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """The same for any file, whatever the case and folding of its names."""
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


def _is_regular(data: bytes) -> bool:
    """Refuse what is no text of a calendar; tell whether the fast way can read it."""
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


def _parts(data: bytes, *, regular: bool) -> tuple[Part, ...]:
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
