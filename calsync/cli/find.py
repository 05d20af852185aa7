"""Any occurrence that `events` prints, found by its id, its UID or its client, whether it is a call or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from calsync.cli.choose import Prefer, by_id, choose_call, heading, no_such_call
from calsync.cli.show.data import ShortIds
from calsync.cli.show.table import one_line
from calsync.cli.show.when import Clock
from calsync.errors import UsageError
from calsync.model.call import call_name, digest_of
from calsync.model.event import Occurrence
from calsync.model.memory import Memory
from calsync.model.plan import Plan
from calsync.model.snapshot import Snapshot
from calsync.model.times import Span

if TYPE_CHECKING:
    from calsync.wiring import House

FAR = timedelta(days=370)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was meant: the call's name, the occurrence that stands for it, and where it was looked for."""

    name: str
    occurrence: Occurrence
    heading: str
    short: str
    snapshot: Snapshot
    memory: Memory

    @property
    def uid(self) -> str:
        """The UID of the event, for what is said of a whole series."""
        return self.occurrence.uid or ""


def names(memory: Memory) -> Callable[[Occurrence], str | None]:
    """Return what names an occurrence: as the call it is known as, else by UID and original start; None without UID."""
    known = {(call.uid, call.slot): call.name for call in memory.calls.values()}

    def name(occurrence: Occurrence) -> str | None:
        if occurrence.uid is None:
            return None
        return known.get((occurrence.uid, occurrence.slot)) or call_name(occurrence.uid, occurrence.slot)

    return name


def find(typed: str, house: House, clock: Clock) -> Found:
    """Return what `typed` names: a call in view first, then any occurrence of a year before and after.

    Raises:
        UsageError: nothing, or more than one, is meant.
    """
    plan = house.plan(clock.now)
    memory = house.ledger.memory()
    snapshot = house.look(clock.now)
    keys = [client.key for client in house.rules.clients]
    if typed in keys or by_id(typed, [call.id for call in plan.calls], str):
        call = choose_call(typed, plan.calls, keys, clock, Prefer.CURRENT)
        ids = ShortIds(known.id for known in plan.calls)
        return Found(
            name=call.name,
            occurrence=call.occurrence,
            heading=heading(call, clock, ids),
            short=ids(call.id),
            snapshot=snapshot,
            memory=memory,
        )
    for window in (None, Span(clock.now - FAR, clock.now + FAR)):
        if window is not None:
            snapshot = house.look(clock.now, window)
        if occurrence := _among(typed, snapshot, names(memory), clock):
            return _found(occurrence, snapshot, memory, clock)
    raise _nothing(typed, plan, keys, clock)


def _among(typed: str, snapshot: Snapshot, name: Callable[[Occurrence], str | None], clock: Clock) -> Occurrence | None:
    everything = [one for reading in snapshot.readings.values() for one in reading.occurrences]
    # Copies of one meeting in several calendars have one name; the calendar that comes first in the config counts.
    first: dict[str, Occurrence] = {}
    for one in everything:
        if said := name(one):
            first.setdefault(digest_of(said), one)
    if found := by_id(typed, first, str):
        return first[found]
    same = [one for one in first.values() if one.uid == typed]
    ahead = [one for one in same if not isinstance(one.end, datetime) or one.end > clock.now] or same[-1:]
    return next(iter(ahead), None)


def _found(occurrence: Occurrence, snapshot: Snapshot, memory: Memory, clock: Clock) -> Found:
    name = names(memory)(occurrence) or ""
    short = ShortIds([digest_of(name)])(digest_of(name))
    title = one_line(occurrence.summary) or "(no title)"
    return Found(
        name=name,
        occurrence=occurrence,
        heading=f"{title} · {occurrence.calendar} · {_when(occurrence, clock)} · {short}",
        short=short,
        snapshot=snapshot,
        memory=memory,
    )


def _when(occurrence: Occurrence, clock: Clock) -> str:
    start: date = occurrence.start
    if occurrence.timed:
        span = occurrence.span
        return f"{clock.day(start)} {clock.span(span.start, span.end)}"
    return clock.day(start.date() if isinstance(start, datetime) else start)


def _nothing(typed: str, plan: Plan, keys: list[str], clock: Clock) -> UsageError:
    return no_such_call(typed, plan.calls, keys, clock)
