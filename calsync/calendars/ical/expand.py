"""Which instances the components of one UID give in a window (RFC 5545 §3.8.4.4, §3.8.5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property

from calsync.calendars.ical.event import Event, Timing, local_to, slot_key
from calsync.calendars.ical.rule import occurrences
from calsync.calendars.ical.values import UNCLEAR, Damaged, Length, Moment, in_zone, to_utc, why
from calsync.model.times import Span

MOST_A_DAY = 200
_DAY = timedelta(days=1)
_MANY_DAYS = 30
_NEAR = timedelta(hours=3)  # more than any clock change moves a start


@dataclass(frozen=True, slots=True)
class Instance:
    """One occurrence: governed by `event`, named by `slot` (None for a single event).

    slot_local, local: original and present start, naive in the series' and the event's zone. start, end: in
    UTC (in an unknown zone: the local time itself, called UTC). own: the event is an override of this very
    slot. length: as this instance has it. irregular: a DTSTART that its own rule does not give.
    """

    event: Event
    slot: datetime | date | None
    slot_local: datetime
    local: datetime
    start: datetime
    end: datetime
    length: Length
    own: bool = False
    irregular: bool = False


class Series:
    """The components of one UID: the one without RECURRENCE-ID that counts, and what replaces its instances.

    problems: (component, why) for each that is left out. Components whose master can't be understood go
    with it; without any master each override stands for itself.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self.problems: list[tuple[Event, str]] = []
        self.master: Event | None = None
        self.alone: list[Event] = []
        self.overrides: dict[datetime | date, Event] = {}
        self.strays: list[Event] = []
        masters = [event for event in events if not event.replaces]
        replacing = [event for event in events if event.replaces and self._sound(event)]
        if masters:
            self.master = max(masters, key=Event.rank)
            if self._sound(self.master):
                self._place(self.master.timing, replacing)
            else:
                self.master = None
        else:
            self.alone = replacing

    def _sound(self, event: Event) -> bool:
        try:
            event.timing  # noqa: B018 - reading it is the check
            if event.replaces:
                event.moment("RECURRENCE-ID")
        except UNCLEAR as problem:
            self.problems.append((event, why(problem)))
            return False
        return True

    def _place(self, timing: Timing, replacing: Sequence[Event]) -> None:
        for event in replacing:
            try:
                slot = self.slot_of(event)
            except UNCLEAR as problem:
                self.problems.append((event, why(problem)))
                continue
            if slot is None:
                self.strays.append(event)
            elif slot not in self.overrides or event.rank() > self.overrides[slot].rank():
                self.overrides[slot] = event

    def slot_of(self, override: Event) -> datetime | date | None:
        """Return the slot of this series that an override names, or None where the series has none such.

        A RECURRENCE-ID may be in any zone; one that is a date names the slot on that day.
        """
        if self.master is None:
            return None
        timing = self.master.timing
        named = override.moment("RECURRENCE-ID", timing.start)
        if named is None:
            return None
        local = local_to(timing.start, named)
        by_day = named.is_date or timing.start.is_date
        low, high = (local, local + _DAY) if by_day else (local - _NEAR, local + _NEAR)
        slots = slots_between(timing, low, high)
        if by_day:
            return next((slot for slot, (at, _, _) in slots.items() if at.date() == local.date()), None)
        wanted = slot_key(timing.start, local)
        return wanted if wanted in slots else None

    def instances(self, window: Span, day_zone: tzinfo) -> list[Instance]:
        """Return the instances that overlap the window.

        day_zone: whose midnights bound all-day events and those in an unknown zone.

        Raises:
            Damaged: there are more than 200 a day, or the rule can't be followed.
        """
        found = [instance for instance in self._all(window, day_zone) if _overlaps(instance, window, day_zone)]
        if len(found) > most_in(window):
            raise Damaged(f"it has more than {MOST_A_DAY} occurrences a day")
        return found

    def _all(self, window: Span, day_zone: tzinfo) -> Iterator[Instance]:
        for event in self.alone:
            start = event.timing.start
            named = event.moment("RECURRENCE-ID", start) or start
            yield _instance(event, slot_key(named, named.local), named.local, start.local, own=True)
        if self.master is None:
            return
        timing = self.master.timing
        if not timing.recurs and not self.overrides:
            yield _instance(self.master, None, timing.start.local, timing.start.local)
            return
        for slot, event in self.overrides.items():
            at = _local_of(timing.start, slot)
            yield _instance(event, slot, at, event.timing.start.local, own=True)
        low, high = self._bounds(window, day_zone, [event for _, event in self._later])
        # Those of a very long event that begin before the window are counted as if they began in it.
        most = most_in(window) + MOST_A_DAY * min(_MANY_DAYS, (high - low) // _DAY)
        for slot, given in slots_between(timing, low, high, most).items():
            if slot not in self.overrides:
                yield self._given(self.master, slot, given)

    def at(self, slot: datetime | date) -> Instance | None:
        """Return the instance of that slot, or None where the series has none."""
        if self.master is None:
            return None
        start = self.master.timing.start
        local = _local_of(start, slot)
        if slot in self.overrides:
            event = self.overrides[slot]
            return _instance(event, slot, local, event.timing.start.local, own=True)
        low, high = (local, local + _DAY) if start.is_date else (local - _NEAR, local + _NEAR)
        given = slots_between(self.master.timing, low, high).get(slot)
        return self._given(self.master, slot, given) if given else None

    @cached_property
    def _later(self) -> list[tuple[datetime | date, Event]]:
        """The overrides that govern all instances after them, by slot."""
        if self.master is None:
            return []
        timing = self.master.timing
        later = [(slot, event) for slot, event in self.overrides.items() if event.future and _shiftable(timing, event)]
        return sorted(later, key=lambda item: item[0])

    def _given(self, master: Event, slot: datetime | date, given: Slot) -> Instance:
        """Return an instance that the rule gives and nothing replaces."""
        local, length, irregular = given
        timing = master.timing
        name = slot if timing.recurs else None
        for named, event in reversed(self._later):
            if named < slot:
                return _instance(event, name, local, _shifted(slot, named, event), irregular=irregular)
        return _instance(master, name, local, local, length, irregular=irregular)

    def _bounds(self, window: Span, day_zone: tzinfo, later: Sequence[Event]) -> tuple[datetime, datetime]:
        """Return between which local starts an instance may touch the window."""
        assert self.master is not None  # noqa: S101 - told by every caller
        timing = self.master.timing
        zone = timing.start.zone or day_zone
        lengths = [timing.length, *(length for _, length in timing.added if length)]
        lengths += [event.timing.length for event in later]
        longest = max(_DAY * length.days + length.exact for length in lengths)
        shift = max((abs(_shift(timing.start, event)) for event in later), default=timedelta(0))
        return _moved(window.start, zone, -longest - shift - _DAY), _moved(window.end, zone, shift + _DAY)


def most_in(span: Span) -> int:
    """Return how many occurrences one event may have in a span."""
    return MOST_A_DAY * max(1, -(-span.length // _DAY))


Slot = tuple[datetime, Length | None, bool]
"""Local start, a length of its own, and whether its own rule does not give it."""


def slots_between(
    timing: Timing, low: datetime, high: datetime, most: int = MOST_A_DAY * 3
) -> dict[datetime | date, Slot]:
    """Return the recurrence set between two local starts, by slot; it is refused if it has more than `most`."""
    start = timing.start
    found: dict[datetime | date, Slot] = {}
    for rule in timing.rules:
        for local in occurrences(rule, start.local, low, high):
            found.setdefault(slot_key(start, local), (local, None, False))
            if len(found) > most:
                raise Damaged(f"it has more than {MOST_A_DAY} occurrences a day")
    for local, length in timing.added:
        if low <= local <= high:
            found[slot_key(start, local)] = (local, length, False)
    first = slot_key(start, start.local)
    if low <= start.local <= high and first not in found:
        found[first] = (start.local, None, bool(timing.rules))
    if not timing.removed and not timing.removed_days and not timing.unset:
        return found
    unset = {slot_key(start, local) for rule in timing.unset for local in occurrences(rule, start.local, low, high)}
    gone = timing.removed | unset
    return {
        slot: item for slot, item in found.items() if slot not in gone and item[0].date() not in timing.removed_days
    }


def _instance(
    event: Event,
    slot: datetime | date | None,
    slot_local: datetime,
    local: datetime,
    length: Length | None = None,
    *,
    own: bool = False,
    irregular: bool = False,
) -> Instance:
    timing = event.timing
    length = length or timing.length
    zone = timing.start.zone
    start = to_utc(local, zone)
    end = start + length.exact if not length.days else length.end_of(local, zone)
    return Instance(event, slot, slot_local, local, start, end, length, own, irregular)


def _local_of(start: Moment, slot: datetime | date) -> datetime:
    if not isinstance(slot, datetime):
        return datetime.combine(slot, time())
    if start.zone is None or slot.tzinfo is None:
        return slot.replace(tzinfo=None)
    return in_zone(slot, start.zone).replace(tzinfo=None)


def _moved(moment: datetime, zone: tzinfo, by: timedelta) -> datetime:
    """Return a moment as naive local time, moved by so much, but not beyond the first and last year."""
    edge = datetime.min if by < timedelta(0) else datetime.max
    try:
        return moment.astimezone(zone).replace(tzinfo=None) + by
    except (OverflowError, ValueError):
        return edge


def _shiftable(timing: Timing, event: Event) -> bool:
    start = event.timing.start
    return start.is_date == timing.start.is_date and (start.zone is None) == (timing.start.zone is None)


def _shift(start: Moment, override: Event) -> timedelta:
    """How far on the clock an override with RANGE=THISANDFUTURE moves the instances after it."""
    named = override.moment("RECURRENCE-ID", start)
    own = override.timing.start
    return own.local - local_to(own, named) if named else timedelta(0)


def _shifted(slot: datetime | date, named: datetime | date, override: Event) -> datetime:
    own = override.timing.start
    return _local_of(own, slot) + (own.local - _local_of(own, named))


def _overlaps(instance: Instance, window: Span, day_zone: tzinfo) -> bool:
    start, end = instance.start, instance.end
    if instance.event.timing.start.zone is None:
        start = start.replace(tzinfo=day_zone).astimezone(UTC)
        end = end.replace(tzinfo=day_zone).astimezone(UTC)
    if start == end:
        return window.start <= start < window.end
    return start < window.end and end > window.start
