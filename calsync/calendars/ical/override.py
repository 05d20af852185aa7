"""Overrides that calsync makes: what is copied for one instance of a series, and whether it still is that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from calsync.calendars.ical import lines
from calsync.calendars.ical.event import MARK, Event
from calsync.calendars.ical.expand import Instance
from calsync.calendars.ical.values import Moment, in_zone
from calsync.planning import essence, fence

_NOT_COPIED = frozenset({b"RRULE", b"RDATE", b"EXDATE", b"EXRULE", b"RECURRENCE-ID", MARK.encode()})
# What changes without anybody having edited anything, and what is ours.
_NOT_ORIGIN = ("DTSTAMP:", "LAST-MODIFIED:", "CREATED:", "SEQUENCE:", f"{MARK}:")
_PHYSICAL = re.compile(rb"[^\n]*\n?")


@dataclass(frozen=True, slots=True)
class RawLine:
    """One content line as it stands: bytes [start, end) with its folds and its line break.

    name: in upper case. own: it belongs to the component itself, not to one inside it, and is neither its
    BEGIN nor its END.
    """

    start: int
    end: int
    name: bytes
    own: bool


def raw_lines(raw: bytes) -> Iterator[RawLine]:
    """Yield the content lines of one component; they touch each other and cover all of `raw`."""
    depth = 0
    start = 0
    while start < len(raw):
        end = _line_end(raw, start)
        while end < len(raw) and raw[end : end + 1] in (b" ", b"\t"):
            end = _line_end(raw, end)
        text = lines.unfold(raw[start:end])
        name = re.split(rb"[;:]", text, maxsplit=1)[0].strip().upper()
        if name == b"END":
            depth -= 1
        yield RawLine(start, end, name, depth == 1 and name not in (b"BEGIN", b"END", b""))
        if name == b"BEGIN":
            depth += 1
        start = end


def _line_end(raw: bytes, start: int) -> int:
    found = raw.find(b"\n", start)
    return found + 1 if found >= 0 else len(raw)


def eol_of(raw: bytes) -> bytes:
    """Return the line break that `raw` ends in, or its first one; CR LF where it has none."""
    at = len(raw) - 1 if raw.endswith(b"\n") else raw.find(b"\n")
    if at < 0:
        return b"\r\n"
    return b"\r\n" if raw[at - 1 : at] == b"\r" else b"\n"


def origin_digest(raw: bytes) -> str:
    """Return a digest of what a component says, but for stamps, our mark and our fence.

    Over its sorted lines in one spelling, so that programs which refold, reorder or re-escape a file
    leave it as it is.
    """
    said = []
    for line in lines.content_lines(raw):
        canonical = lines.canonical(line)
        if canonical.startswith(_NOT_ORIGIN):
            continue
        head, _, text = canonical.partition(":")
        if head.partition(";")[0] == "DESCRIPTION" and fence.RULE[0] in text:
            text = fence.cut(text)
            canonical = f"{head}:{text}"
        if text or head != "DESCRIPTION":  # an empty one says as much as none
            said.append(canonical)
    return essence.combined(sorted(said))


def copy_of(instance: Instance, series: Event) -> bytes:
    """Return an override for an instance that only the rule gives: a byte copy of what governs it.

    Without RRULE, RDATE, EXDATE, EXRULE and RANGE; RECURRENCE-ID in the form of the series' DTSTART; DTSTART
    and DTEND of this instance in the form they have. series: the component with the rule.
    """
    event = instance.event
    raw = event.component.raw
    pieces: list[bytes] = []
    ended = False
    for line in raw_lines(raw):
        text = raw[line.start : line.end]
        if not line.own:
            pieces.append(text)
        elif line.name == b"DTSTART":
            pieces.append(_rewritten(text, _value(instance.start, event.timing.start)))
            pieces.append(_recurrence_id(series, instance.slot_local, eol_of(text)))
        elif line.name == b"DTEND" or (line.name == b"DURATION" and instance.length != event.timing.length):
            if not ended:
                pieces.append(_end(text, line.name, instance))
            ended = True
        elif line.name == b"DESCRIPTION":
            pieces.append(_own_text(text))
        elif line.name not in _NOT_COPIED:
            pieces.append(text)
    copy = b"".join(pieces)
    # A component that ends the file without a line break must not swallow what follows its copy.
    return copy if copy.endswith(b"\n") else copy + eol_of(raw)


def _value(instant: datetime, like: Moment) -> str:
    """Return an instant as DATE or DATE-TIME, in the form and zone of another one."""
    if like.zone is None:
        raise ValueError("an instant has no local time in a zone that nobody knows")
    local = in_zone(instant, like.zone)
    if like.is_date:
        return _digits(local, "date")
    return _digits(local, "utc" if like.zone is UTC and not like.tzid and not like.floating else "local")


def _digits(local: datetime, form: str) -> str:
    day = f"{local.year:04}{local.month:02}{local.day:02}"
    if form == "date":
        return day
    return f"{day}T{local.hour:02}{local.minute:02}{local.second:02}" + ("Z" if form == "utc" else "")


def _rewritten(line: bytes, value: str) -> bytes:
    """Return a content line with another value; its name and parameters stay."""
    eol = eol_of(line)
    text = lines.unfold(line).decode()
    return lines.fold(text[: lines.value_start(text)] + value, eol) + eol


def _recurrence_id(series: Event, slot_local: datetime, eol: bytes) -> bytes:
    given, value = series.properties["DTSTART"][0]
    start = series.timing.start
    form = "date" if start.is_date else "utc" if value.strip().endswith("Z") else "local"
    return lines.fold(f"RECURRENCE-ID{given}:{_digits(slot_local, form)}", eol) + eol


def _end(line: bytes, name: bytes, instance: Instance) -> bytes:
    event = instance.event
    start = event.timing.start
    if name == b"DTEND":
        like = event.moment("DTEND", start) or start
        return _rewritten(line, _value(instance.end, like))
    # A period of its own length (RDATE) in a series with DURATION: only a DTEND can say it.
    given = event.properties["DTSTART"][0][0]
    eol = eol_of(line)
    return lines.fold(f"DTEND{given}:{_value(instance.end, start)}", eol) + eol


def _own_text(line: bytes) -> bytes:
    """Return a DESCRIPTION without a fence of ours: one that a copy of the series' text must not carry twice."""
    text = lines.unfold(line)
    if fence.RULE[0].encode() not in text:
        return line
    eol = eol_of(line)
    whole = text.decode().rstrip("\r\n")
    at = lines.value_start(whole)
    return lines.fold(whole[:at] + lines.escape(fence.cut(lines.unescape(whole[at:]))), eol) + eol
