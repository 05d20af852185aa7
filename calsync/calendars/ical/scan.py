"""One look over the bytes of a calendar file: which of its events can matter now."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from calsync.calendars.ical import lines
from calsync.calendars.ical.shape import Part, event_spans, is_regular, own_lines, parts_of
from calsync.model.times import Span

# No zone is further than a day from UTC; two more cover events that end on a day after the one they begin.
_MARGIN = timedelta(days=3)
_LONG = timedelta(days=28)

_Place = tuple[bytes, int, int, int, int]

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
    regular = is_regular(data)
    parts = parts_of(data, regular=regular)
    days = _Days.around(window) if window is not None else None
    kept: list[Component] = []
    skipped: list[_Place] = []
    aside: dict[bytes, list[_Place]] = {}  # overrides that change nothing, unless their series asks for them
    events = 0
    starts = [part.start for part in parts]
    recurring = _Next(lambda at: found.start() if (found := _RECURS.search(data, at)) else -1)
    marks = _Next(lambda at: data.find(_MARK, at))
    fences = _Next(lambda at: data.find(_FENCE, at))
    for start, inner, close, end in event_spans(data, regular=regular):
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
