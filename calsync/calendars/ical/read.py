"""Reads the bytes of an iCalendar file: what happens in a window, and what of ours stands in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from calsync.calendars.ical import lines
from calsync.calendars.ical.event import Event, slot_key
from calsync.calendars.ical.expand import Instance, Series
from calsync.calendars.ical.override import copy_of, origin_digest
from calsync.calendars.ical.parse import facts, unwritable
from calsync.calendars.ical.scan import Component, scan
from calsync.calendars.ical.values import UNCLEAR, in_zone, why
from calsync.calendars.ical.zones import Zones
from calsync.model.event import Component as Kind
from calsync.model.event import EventRef, Occurrence, Problem, Reading, Standing
from calsync.model.mark import Role
from calsync.model.times import Span
from calsync.planning import fence

_OLDEST = timedelta(days=3)  # of what is past, no more than this is kept


@dataclass(slots=True)
class Found:
    """What the components of one UID gave.

    occurrences: behind what orders them, start in UTC and UID. ours: how many components are ours as a whole.
    """

    occurrences: list[tuple[datetime, str, Occurrence]] = field(default_factory=list)
    standing: list[Standing] = field(default_factory=list)
    problems: list[tuple[int, str, str | None]] = field(default_factory=list)
    ours: int = 0


class Cache:
    """What was understood of each group of components, so that only what changed is read anew.

    It serves one calendar; whole days around the windows are kept, so that they may move with the clock.
    whole: the last reading, for all of these days.
    """

    def __init__(self) -> None:
        self._for: tuple[str, ZoneInfo] | None = None
        self._wide: Span | None = None
        self.known: dict[tuple[object, ...], Found] = {}
        self.whole: Reading | None = None

    def covers(self, window: Span) -> bool:
        """Tell whether what is kept is enough for `window`."""
        wide = self._wide
        return wide is not None and wide.start <= window.start and window.end <= wide.end

    def serve(self, name: str, window: Span, zone: ZoneInfo) -> Span:
        """Return the wider window to read for `window`; what was kept for others is forgotten."""
        if not self.covers(window) or self._for != (name, zone):
            start = datetime.combine(window.start.astimezone(UTC).date(), time(), UTC)
            end = datetime.combine(window.end.astimezone(UTC).date(), time(), UTC) + timedelta(days=2)
            old = self._wide
            if old is not None and old.start <= end and start <= old.end and start - old.start < _OLDEST:
                start, end = min(start, old.start), max(end, old.end)
            self._for, self._wide = (name, zone), Span(start, end)
            self.known = {}
        assert self._wide is not None  # noqa: S101 - just set
        return self._wide


def read_calendar(data: bytes, *, name: str, window: Span, zone: ZoneInfo, cache: Cache | None = None) -> Reading:
    """Return what the calendar `name` holds for `window`.

    zone: whose midnights bound all-day events, and that of local times without one unless the calendar
    names its own. cache: what an earlier reading of the same calendar understood.

    Raises:
        CalendarUnreadable: the bytes are no whole calendar in UTF-8 of at most 100 MB.
    """
    if cache is not None:
        try:
            wide = cache.serve(name, window, zone)
        except OverflowError:  # at the edges of all calendars there is nothing worth keeping
            cache = None
    if cache is None:
        return _read(data, name, window, zone, {})[0]
    cache.whole, cache.known = _read(data, name, wide, zone, cache.known)
    return narrowed(cache.whole, window, zone)


def narrowed(reading: Reading, window: Span, zone: tzinfo) -> Reading:
    """Return a reading for a part of its window."""
    occurrences = tuple(occurrence for occurrence in reading.occurrences if _touches(occurrence, window, zone))
    return replace(reading, window=window, occurrences=occurrences)


def _read(
    data: bytes, name: str, window: Span, zone: ZoneInfo, known: dict[tuple[object, ...], Found]
) -> tuple[Reading, dict[tuple[object, ...], Found]]:
    scanned = scan(data, window)
    heads = [data[part.start : part.head] for part in scanned.parts]
    zones = [Zones(head, zone) for head in heads]
    kept: dict[tuple[object, ...], Found] = {}
    whole = Found()
    for group in _groups(scanned.components):
        key = (*(component.raw for component in group), *(heads[component.part] for component in group))
        found = known.get(key)
        if found is None:
            events = [Event(component, zones[component.part], regular=scanned.regular) for component in group]
            try:
                found = _Group(name, events, window, zone).read()
            except UNCLEAR as problem:
                found = Found(problems=[(0, why(problem), events[0].uid)])
        kept[key] = found
        whole.occurrences += found.occurrences
        whole.standing += found.standing
        whole.problems += [(group[at].start, reason, uid) for at, reason, uid in found.problems]
        whole.ours += found.ours
    reading = Reading(
        calendar=name,
        window=window,
        occurrences=tuple(occurrence for _, _, occurrence in sorted(whole.occurrences, key=itemgetter(0, 1))),
        standing=tuple(whole.standing),
        problems=tuple(_problems(name, data, whole.problems)),
        events=scanned.events - whole.ours,
        version=lines.digest(data),
    )
    return reading, kept


def _groups(components: Iterable[Component]) -> Iterable[list[Component]]:
    groups: dict[object, list[Component]] = {}
    for component in components:
        groups.setdefault(component.uid or component.start, []).append(component)
    return groups.values()


def _problems(name: str, data: bytes, found: list[tuple[int, str, str | None]]) -> Iterable[Problem]:
    for start, reason, uid in sorted(found, key=lambda problem: problem[0]):
        line = data.count(b"\n", 0, start) + 1
        where = f'calendar "{name}", line {line}'
        yield Problem(calendar=name, where=f"{where}, UID {uid}" if uid else where, why=reason, uid=uid)


def span_of(occurrence: Occurrence, day_zone: tzinfo) -> tuple[datetime, datetime]:
    """Return from when to when an occurrence takes place in UTC; days and unknown zones are those of `day_zone`."""
    start, end = (
        moment if isinstance(moment, datetime) else datetime.combine(moment, time())
        for moment in (occurrence.start, occurrence.end)
    )
    if start.tzinfo is None:
        start, end = start.replace(tzinfo=day_zone), end.replace(tzinfo=day_zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def _touches(occurrence: Occurrence, window: Span, day_zone: tzinfo) -> bool:
    start, end = span_of(occurrence, day_zone)
    if start == end:
        return window.start <= start < window.end
    return start < window.end and end > window.start


class _Group:
    """The components of one UID on their way to a Found."""

    def __init__(self, name: str, events: list[Event], window: Span, zone: ZoneInfo) -> None:
        self.name = name
        self.events = events
        self.window = window
        self.zone = zone
        self.found = Found()

    def read(self) -> Found:
        """Return what the group gives; what can't be understood becomes a problem and harms nothing else."""
        copies = [event for event in self.events if is_copy(event)]
        series = Series([event for event in self.events if event not in copies])
        instances: list[Instance] = []
        for event, reason in series.problems:
            self._problem(event, reason)
        for event in series.strays:
            self._problem(event, "its RECURRENCE-ID names no occurrence of its series")
        try:
            instances = series.instances(self.window, self.zone)
        except UNCLEAR as problem:
            self._problem(series.master or self.events[0], why(problem))
        shared: dict[int, dict[str, Any]] = {}
        fenced = {slot: event for event in copies if (slot := self._slot_of(series, event)) is not None}
        for instance in instances:
            occurrence = self._occurrence(instance, series, shared)
            copy = fenced.get(instance.slot) if instance.slot is not None and not instance.own else None
            if copy is not None and series.master is not None:
                occurrence = _carried(occurrence, instance, series.master, copy)
            self.found.occurrences.append((self._order(instance), occurrence.uid or "", occurrence))
        for event in self.events:
            if standing := self._standing(event, series, fenced):
                self.found.standing.append(standing)
        self.found.ours = len(copies) + sum(1 for event in self.events if is_block(event))
        return self.found

    def _problem(self, event: Event, reason: str) -> None:
        self.found.problems.append((self.events.index(event), reason, event.uid))

    def _order(self, instance: Instance) -> datetime:
        if instance.event.timing.start.zone is None:  # called UTC, but to be taken for the owner's time
            return instance.start.replace(tzinfo=self.zone).astimezone(UTC)
        return instance.start

    def _slot_of(self, series: Series, copy: Event) -> datetime | date | None:
        """Return the slot that an untouched override of ours fills, None where it has become an orphan."""
        try:
            slot = series.slot_of(copy)
        except UNCLEAR:
            return None
        return None if slot in series.overrides else slot

    def _occurrence(self, instance: Instance, series: Series, shared: dict[int, dict[str, Any]]) -> Occurrence:
        event = instance.event
        if id(event) not in shared:
            shared[id(event)] = self._shared(event)
        start, end = _shown(instance)
        recurring = instance.slot is not None
        return Occurrence(
            slot=instance.slot,
            start=start,
            end=end,
            recurring=recurring,
            component=Kind.EXCEPTION if instance.own else Kind.SERIES if recurring else Kind.SINGLE,
            # A mark on a series is that of a single event which was made weekly: its instances don't inherit it.
            mark=event.mark if instance.own or not recurring else None,
            irregular=instance.irregular,
            **shared[id(event)],
        )

    def _shared(self, event: Event) -> dict[str, Any]:
        start = event.timing.start
        hindrance = unwritable(event)
        if not hindrance and start.zone is None:
            hindrance = f"nobody knows its time zone {start.tzid}"
        return {
            "calendar": self.name,
            "uid": event.uid,
            "all_day": start.is_date,
            "floating": start.floating,
            "unresolved": start.tzid if start.zone is None else "",
            "unwritable_why": hindrance,
            **facts(event),
        }

    def _standing(self, event: Event, series: Series, fenced: dict[datetime | date, Event]) -> Standing | None:
        mark = event.mark
        if event.uid is None or (mark is None and not fence.find(event.description)):
            return None
        text = event.description if "DESCRIPTION" in event.properties else None
        version = lines.digest(event.component.raw)
        ref = EventRef(calendar=self.name, uid=event.uid, slot=slot_of(event, series))
        try:
            start: datetime | None = event.timing.start.instant if event.timing.start.zone else None
            span = (
                Span(start, event.timing.length.end_of(event.timing.start.local, event.timing.start.zone))
                if start
                else None
            )
            recurs = event.timing.recurs
        except UNCLEAR:
            start, span, recurs = None, None, "RRULE" in event.properties
        standing = Standing(
            ref=ref, mark=mark, text=text, summary=event.text("SUMMARY"), span=span, start=start, version=version
        )
        if is_block(event):
            return replace(standing, transparent=event.first("TRANSP").strip().upper() == "TRANSPARENT")
        copy = is_copy(event)
        return replace(
            standing,
            master=recurs and not event.replaces,
            orphan=copy and event not in fenced.values(),
            untouched=copy,
        )


def is_copy(event: Event) -> bool:
    """Tell whether this is an override that we made and nobody edited."""
    mark = event.mark
    return bool(
        mark
        and mark.origin
        and event.replaces
        and event.component.close >= 0
        and origin_digest(event.component.raw) == mark.origin
    )


def is_block(event: Event) -> bool:
    return event.mark is not None and event.mark.role is not Role.NOTE


def slot_of(event: Event, series: Series) -> datetime | date | None:
    """Return the slot that names a component, None for one without RECURRENCE-ID."""
    if not event.replaces:
        return None
    try:
        slot = series.slot_of(event)
        named = event.moment("RECURRENCE-ID", (series.master or event).timing.start)
        return slot_key(named, named.local) if slot is None and named is not None else slot
    except UNCLEAR:
        return None


def _shown(instance: Instance) -> tuple[datetime | date, datetime | date]:
    start = instance.event.timing.start
    if start.is_date:
        first = instance.local.date()
        return first, first + timedelta(days=instance.length.days)
    if start.zone is None:
        return instance.start.replace(tzinfo=None), instance.end.replace(tzinfo=None)
    return in_zone(instance.start, start.zone), in_zone(instance.end, start.zone)


def _carried(occurrence: Occurrence, instance: Instance, master: Event, copy: Event) -> Occurrence:
    """Return the occurrence as its origin gives it, with the fence and the mark of our override."""
    described = occurrence.description
    for ours in fence.find(copy.description):
        described = fence.cut(described)
        described += fence.addition(described, ours.inner)
    # Out of a zone that nobody knows nothing can be copied: the origin is no longer what it was.
    lost = instance.event.timing.start.zone is None
    stale = copy.mark is not None and (lost or origin_digest(copy_of(instance, master)) != copy.mark.origin)
    return replace(occurrence, description=described, mark=copy.mark, stale=stale)
