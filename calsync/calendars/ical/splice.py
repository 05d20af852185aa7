"""Applies edits to the bytes of a calendar file: pieces put in or taken out at known places, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from calsync.calendars.ical import lines
from calsync.calendars.ical.event import MARK, Event
from calsync.calendars.ical.expand import Series
from calsync.calendars.ical.note import cut_note, drop_mark, mark_line, put_note
from calsync.calendars.ical.override import copy_of, eol_of, origin_digest
from calsync.calendars.ical.parse import unwritable
from calsync.calendars.ical.read import is_block, is_copy, slot_of
from calsync.calendars.ical.scan import scan
from calsync.calendars.ical.values import UNCLEAR, why
from calsync.calendars.ical.zones import Zones
from calsync.errors import CalendarUnwritable
from calsync.model.edit import CutBlock, CutNote, DropMark, Edit, PutBlock, PutNote
from calsync.model.event import EventRef


def apply_edits(data: bytes, edits: Sequence[Edit], *, zone: ZoneInfo) -> bytes:
    """Return `data` with the edits made; putting something in and cutting it gives the same bytes again.

    zone: as for `read_calendar`. What is to be cut and no longer stands there is passed over.

    Raises:
        CalendarUnreadable: `data` is no whole calendar.
        CalendarUnwritable: an edit can't be made without touching something else; none is made.
    """
    # What she keeps of a note on a series becomes part of the text that copies are made from, so that goes first.
    first = [edit for edit in edits if isinstance(edit, CutNote) and edit.keep and edit.ref.slot is None]
    if first and len(first) < len(edits):
        data, edits = apply_edits(data, first, zone=zone), [edit for edit in edits if edit not in first]
    left = list(edits)
    while left:
        # One look serves all edits of different events; a second edit of one event needs another look.
        touched: set[object] = set()
        count = 0
        for edit in left:
            target = edit.ref if isinstance(edit, PutNote | CutNote | DropMark) else edit.uid
            if target in touched:
                break
            touched.add(target)
            count += 1
        data = _Draft(data, left[:count], zone).done()
        left = left[count:]
    return data


class _Draft:
    """A file with edits under way. Replacements and insertions are kept by the place they belong to."""

    def __init__(self, data: bytes, edits: Sequence[Edit], zone: ZoneInfo) -> None:
        self.data = data
        self.edits = edits
        self.scan = scan(data, None, _names(edits))
        zones = [Zones(data[part.start : part.head], zone) for part in self.scan.parts]
        self.events: dict[str, list[Event]] = {}
        for component in self.scan.components:
            event = Event(component, zones[component.part], regular=self.scan.regular)
            if event.uid is not None:
                self.events.setdefault(event.uid, []).append(event)
        self.replaced: dict[int, tuple[int, bytes]] = {}
        self.inserted: dict[int, list[bytes]] = {}
        self.more = 0  # components that the result has more than the file
        self._series: dict[str, Series] = {}

    def done(self) -> bytes:
        """Make the edits and return the new bytes, after a look at them."""
        for edit in self.edits:
            try:
                self._apply(edit)
            except UNCLEAR as problem:
                raise CalendarUnwritable(
                    f"the event can't be written to: {why(problem)}", where=_where(edit)
                ) from problem
            except CalendarUnwritable as problem:
                problem.where = problem.where or _where(edit)
                raise
        result = self._joined()
        after = scan(result, None, frozenset())
        if after.events != self.scan.events + self.more or len(after.parts) != len(self.scan.parts):
            raise CalendarUnwritable(
                "the change would damage the calendar", hint="nothing was written; please report this file's shape"
            )
        return result

    def _joined(self) -> bytes:
        pieces: list[bytes] = []
        at = 0
        for place in sorted(self.replaced.keys() | self.inserted.keys()):
            pieces += [self.data[at:place], *self.inserted.get(place, ())]
            at, new = self.replaced.get(place, (place, b""))
            pieces.append(new)
        pieces.append(self.data[at:])
        return b"".join(pieces)

    def _apply(self, edit: Edit) -> None:
        match edit:
            case PutNote():
                self._put_note(edit)
            case CutNote():
                for event in self._standing(edit.ref):
                    if is_copy(event) and not edit.keep:
                        self._remove(event)
                    else:
                        self._replace(event, cut_note(event.component.raw, edit.keep))
            case DropMark():
                for event in self._standing(edit.ref):
                    self._replace(event, drop_mark(event.component.raw))
            case PutBlock():
                self._put_block(edit)
            case CutBlock():
                for event in self.events.get(edit.uid, ()):
                    if is_block(event):
                        self._remove(event)

    def _of(self, uid: str) -> Series:
        """Return the series of a UID without the untouched overrides that are ours."""
        if uid not in self._series:
            self._series[uid] = Series([event for event in self.events.get(uid, ()) if not is_copy(event)])
        return self._series[uid]

    def _standing(self, ref: EventRef) -> Iterable[Event]:
        """Return the components of that name that carry something of ours."""
        series = self._of(ref.uid)
        return [
            event
            for event in self.events.get(ref.uid, ())
            if slot_of(event, series) == ref.slot and (MARK in event.properties or "DESCRIPTION" in event.properties)
        ]

    def _put_note(self, edit: PutNote) -> None:
        series = self._of(edit.ref.uid)
        slot = edit.ref.slot
        own = _own_component(series, slot)
        if own is not None:
            self._write(own, edit)
            return
        if slot is None:
            raise CalendarUnwritable("no such single event stands in the calendar")
        instance = series.at(slot)
        if instance is None or series.master is None:
            raise CalendarUnwritable("the series no longer has such an occurrence")
        if why := unwritable(instance.event):
            raise CalendarUnwritable(f"this event can't take a note: {why}")
        copy = copy_of(instance, series.master)
        origin = origin_digest(copy)
        mark = replace(edit.mark, origin=origin)
        ours = [event for event in self.events[edit.ref.uid] if is_copy(event) and slot_of(event, series) == slot]
        for event in ours[1:]:
            self._remove(event)
        if ours and ours[0].mark is not None and ours[0].mark.origin == origin:
            self._replace(ours[0], put_note(ours[0].component.raw, edit.note.text, mark, edit.keep))
            return
        for event in ours[:1]:
            self._remove(event)
        governing = instance.event.component
        self.inserted.setdefault(governing.end, []).append(put_note(copy, edit.note.text, mark, edit.keep))
        self.more += 1

    def _write(self, event: Event, edit: PutNote) -> None:
        if why := unwritable(event):
            raise CalendarUnwritable(f"this event can't take a note: {why}")
        origin = event.mark.origin if event.mark else ""
        mark = replace(edit.mark, origin=origin)
        self._replace(event, put_note(event.component.raw, edit.note.text, mark, edit.keep))

    def _put_block(self, edit: PutBlock) -> None:
        standing = self.events.get(edit.uid, ())
        if standing:
            first, *others = standing
            self._replace(first, _block(edit, eol_of(first.component.raw)))
            for event in others:
                self._remove(event)
            return
        beside = self.events.get(edit.beside, ()) if edit.beside else ()
        part = self.scan.parts[beside[0].component.part if beside else -1]
        block = _block(edit, eol_of(self.data[: part.close]))
        self.inserted.setdefault(part.close, []).append(block)
        self.more += 1

    def _replace(self, event: Event, new: bytes) -> None:
        self.replaced[event.component.start] = (event.component.end, new)

    def _remove(self, event: Event) -> None:
        if event.component.start not in self.replaced:
            self.more -= 1
        self._replace(event, b"")


def _names(edits: Iterable[Edit]) -> frozenset[bytes]:
    """Return the UIDs of the edits in every way they may be written."""
    names = set()
    for edit in edits:
        if isinstance(edit, PutBlock | CutBlock):
            names.add(edit.uid)
            if isinstance(edit, PutBlock) and edit.beside:
                names.add(edit.beside)
        else:
            names.add(edit.ref.uid)
    return frozenset(way.encode() for name in names for way in (name, lines.escape(name)))


def _own_component(series: Series, slot: datetime | date | None) -> Event | None:
    """Return the component that stands for this slot alone, so that a note may go into it."""
    if slot is None:
        master = series.master
        return master if master is not None and not master.timing.recurs else None
    if slot in series.overrides:
        return series.overrides[slot]
    return next((event for event in series.alone if slot_of(event, series) == slot), None)


def _block(edit: PutBlock, eol: bytes) -> bytes:
    start, end = (moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") for moment in (edit.span.start, edit.span.end))
    stamp = edit.mark.start.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    said = (
        "BEGIN:VEVENT",
        f"UID:{lines.escape(edit.uid)}",
        f"DTSTAMP:{stamp}",  # RFC 5545 wants one; a clock's would make every writing different
        f"DTSTART:{start}",
        f"DTEND:{end}",
        f"SUMMARY:{lines.escape(edit.title)}",
        f"DESCRIPTION:{lines.escape(edit.text.text)}",
        "CLASS:PRIVATE",
        "TRANSP:OPAQUE",
    )
    body = b"".join(lines.fold(line, eol) + eol for line in said)
    return body + mark_line(edit.mark, eol) + b"END:VEVENT" + eol


def _where(edit: Edit) -> str:
    return f"event {edit.uid if isinstance(edit, PutBlock | CutBlock) else edit.ref.uid}"
