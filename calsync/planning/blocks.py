"""Where blocks stand: before and after each call, touching it, cut where there is no room."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from calsync.model.call import Call, call_name
from calsync.model.event import Occurrence, Status
from calsync.model.mark import Role
from calsync.model.memory import CalendarRecord
from calsync.model.rules import Rules
from calsync.model.snapshot import Snapshot
from calsync.model.times import DAY, MINUTE, Span, elapsed, whole_minutes
from calsync.planning.calls import BLOCK_DOMAIN
from calsync.planning.people import answer

LEAST = timedelta(minutes=5)


def block_uid(call: str, role: Role) -> str:
    """Return the UID of the block of a call, from the digest of its name: the same whoever writes it."""
    return f"{call}-{role.value}{BLOCK_DOMAIN}"


@dataclass(frozen=True, slots=True)
class Taken:
    """A span in which the owner is busy, and whose it is: the call's name, or empty."""

    span: Span
    call: str = ""


class Diary:
    """What is taken, by the days (in UTC) that it touches, so that looking near an instant doesn't read it all."""

    def __init__(self, taken: Iterable[Taken] = ()) -> None:
        self._days: dict[date, list[Taken]] = {}
        for one in taken:
            self.add(one)

    def add(self, one: Taken) -> None:
        """Enter one more span."""
        for day in _days(one.span.start, one.span.end):
            self._days.setdefault(day, []).append(one)

    def near(self, start: datetime, end: datetime) -> list[Taken]:
        """Return what touches [start, end] or lies on the same days; what spans several days comes once for each."""
        return [one for day in _days(start, end) for one in self._days.get(day, ())]


def _days(start: datetime, end: datetime) -> Iterator[date]:
    first = start.astimezone(UTC).date()
    for more in range((end.astimezone(UTC).date() - first).days + 1):
        yield first + timedelta(days=more)


@dataclass(slots=True)
class Place:
    """Where one block stands; span None where it is left out, and why.

    also: blocks of other calls whose texts it carries, since they found no room beside it.
    """

    call: Call
    role: Role
    span: Span | None
    why: str = ""
    also: list[Place] = field(default_factory=list)


def busy(
    snapshot: Snapshot, calls: Iterable[Call], rules: Rules, records: Iterable[CalendarRecord]
) -> tuple[Taken, ...]:
    """Return when the owner is taken, earliest first: timed, opaque, not cancelled, not declined, not ours.

    A call takes until its hard stop where that lies after its event's end. Of a calendar that was not read,
    the last known busy times count (`records`).
    """
    by_copy = {(ref.calendar, call_name(ref.uid, ref.slot)): call for call in calls for ref in call.copies}
    taken = []
    for reading in snapshot.readings.values():
        for event in reading.occurrences:
            if is_busy(event, rules):
                call = by_copy.get((event.calendar, call_name(event.uid, event.slot))) if event.uid else None
                end = event.span.end.astimezone(UTC)
                end = max(end, call.hard_stop.astimezone(UTC)) if call else end
                taken.append(Taken(Span(event.span.start.astimezone(UTC), end), call.name if call else ""))
    own = {(call.occurrence.span.start, call.occurrence.span.end): call.name for call in calls}
    unread = (record for record in records if record.name in snapshot.unread)
    # A copy of a call that stands there too is not in its own way.
    taken += [Taken(span, own.get((span.start, span.end), "")) for record in unread for span in record.busy]
    return tuple(sorted(taken, key=lambda one: (one.span.start, one.span.end, one.call)))


def is_busy(event: Occurrence, rules: Rules) -> bool:
    """Tell whether an occurrence takes the owner's time."""
    return (
        event.timed
        and not event.transparent
        and event.status is not Status.CANCELLED
        and answer(event, rules.owner) != "DECLINED"
        and not (event.uid or "").endswith(BLOCK_DOMAIN)
        and event.span.length > timedelta()
    )


def place(calls: Sequence[Call], taken: Sequence[Taken]) -> tuple[Place, ...]:
    """Return a place for each wanted block of `calls` (by start): before, then after, call by call.

    The block before ends at the start, the block after begins at the hard stop. None is longer than its call or
    covers anything else in `taken`. Two that meet between two calls share the room in proportion to their
    lengths, in whole minutes, the rest to the block after. One shorter than 5 minutes is left out; where
    the other of the two stands, it takes the room and carries the texts of both.
    """
    places: list[Place] = []
    diary = Diary(taken)
    for call in calls:
        for role, want in (
            (Role.BEFORE, call.client.policy.buffer_before),
            (Role.AFTER, call.client.policy.buffer_after),
        ):
            if want > timedelta():
                places.append(_alone(call, role, min(want, elapsed(call.start, call.hard_stop)), diary))
    afters = sorted((one for one in places if one.role is Role.AFTER), key=_ended)
    for spot in places:
        if spot.role is Role.BEFORE and (other := _neighbour(spot, afters, diary)) is not None:
            _share(other, spot, diary)
    for spot in places:
        if spot.span is not None and spot.span.length < LEAST:
            spot.span, spot.why = None, "no room for 5 minutes"
    _no_two_over_another(places)
    return tuple(places)


def _alone(call: Call, role: Role, want: timedelta, diary: Diary) -> Place:
    """Return the place that a block has if only other events are in the way."""
    start, stop = call.start.astimezone(UTC), call.hard_stop.astimezone(UTC)
    mine = [one.span for one in diary.near(start - want, stop + want) if one.call != call.name]
    if role is Role.BEFORE:
        room = max((min(span.end, start) for span in mine if span.start < start), default=start - want)
        begin = max(start - want, room)
        return Place(call, role, Span(_minute_up(begin, start), start) if begin < start else None, "no room")
    room = min((max(span.start, stop) for span in mine if span.end > stop), default=stop + want)
    end = min(stop + want, room)
    return Place(call, role, Span(stop, _minute_down(stop, end)) if end > stop else None, "no room")


def _neighbour(before: Place, afters: Sequence[Place], diary: Diary) -> Place | None:
    """Return the block after the call that ends last before this one begins, if only these two calls meet there.

    afters: by `_ended`. None also where both have room enough.
    """
    start = before.call.start.astimezone(UTC)
    at = bisect_right(afters, start, key=_stop)
    while at > 0 and afters[at - 1].call.name == before.call.name:
        at -= 1
    if at == 0:
        return None
    other = afters[at - 1]
    stop = _stop(other)
    if before.span and other.span and start - stop >= _long(before) + _long(other):
        return None
    if start - stop > DAY:
        return None
    names = (other.call.name, before.call.name)
    near = diary.near(stop, start)
    between = any(one.span.start < start and one.span.end > stop and one.call not in names for one in near)
    return None if between else other


def _long(one: Place) -> timedelta:
    """Return how long a block is where it has room."""
    policy = one.call.client.policy
    want = policy.buffer_before if one.role is Role.BEFORE else policy.buffer_after
    return min(want, elapsed(one.call.start, one.call.hard_stop))


def _ended(one: Place) -> tuple[datetime, datetime]:
    return _stop(one), one.call.start.astimezone(UTC)


def _stop(one: Place) -> datetime:
    return one.call.hard_stop.astimezone(UTC)


def _share(after: Place, before: Place, diary: Diary) -> None:
    stop, start = _stop(after), before.call.start.astimezone(UTC)
    room = start - stop
    long_after, long_before = _long(after), _long(before)
    minutes = whole_minutes(room)
    # The event of the call before may run on after its hard stop: it is in the way of this block, not of its own.
    own = [one.span for one in diary.near(stop, start) if one.call == after.call.name]
    free = start - max((span.end for span in own if span.end <= start), default=stop)
    if any(span.start < start < span.end for span in own):
        free = timedelta()
    share = int(minutes * (long_before / (long_after + long_before)))
    for_before = max(min(share * MINUTE, free, long_before), timedelta())
    for_after = min(minutes * MINUTE - for_before, long_after)
    if for_before < LEAST or for_after < LEAST:
        # One takes the room of both; the one that would be shorter gives way.
        if for_after >= for_before:
            for_before, for_after = timedelta(), min(minutes * MINUTE, long_after)
        else:
            for_before, for_after = min(minutes * MINUTE, free, long_before), timedelta()
    after.span = Span(stop, stop + for_after) if for_after >= LEAST else None
    before.span = Span(start - for_before, start) if for_before >= LEAST else None
    if after.span and not before.span:
        after.also.append(before)
        before.why = f"no room after {after.call.client.name}; the block there carries its text"
    elif before.span and not after.span:
        before.also.append(after)
        after.why = f"no room before {before.call.client.name}; the block there carries its text"


def _no_two_over_another(places: list[Place]) -> None:
    """Leave out a block that would stand over an earlier one, as with calls at the same time."""
    standing = Diary()
    for spot in places:
        if spot.span is None:
            continue
        if any(spot.span.overlaps(other.span) for other in standing.near(spot.span.start, spot.span.end)):
            spot.span, spot.why = None, "another block stands there"
        else:
            standing.add(Taken(spot.span))


def _minute_up(begin: datetime, start: datetime) -> datetime:
    return start - whole_minutes(start - begin) * MINUTE


def _minute_down(stop: datetime, end: datetime) -> datetime:
    return stop + whole_minutes(end - stop) * MINUTE
