"""Any occurrence that `events` prints, found by its id, its UID or its client, whether it is a call or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from calsync.cli.choose import Prefer, by_id, heading, no_such_call, preferred, with_unread
from calsync.cli.show.data import ShortIds
from calsync.cli.show.table import one_line
from calsync.cli.show.when import Clock
from calsync.errors import UsageError
from calsync.model.call import call_name, digest_of
from calsync.model.event import Occurrence
from calsync.model.times import Span

if TYPE_CHECKING:
    from calsync.planning.calls import Found
    from calsync.wiring import House

# What lies further away takes longer to find, and is asked for rarely.
FAR = (timedelta(days=370), timedelta(days=3700))


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What was meant: its name as a call, the copy that counts, the line that names it, and all that was found."""

    name: str
    occurrence: Occurrence
    heading: str
    short: str
    among: Found

    @property
    def uid(self) -> str:
        """The UID of the event, for what is said of a whole series."""
        return self.occurrence.uid or ""


def name_of(occurrence: Occurrence, found: Found | None) -> str | None:
    """Return the name of an occurrence: the call's that it is known as, else of its own; None without UID."""
    if occurrence.uid is None:
        return None
    slot = call_name(occurrence.uid, occurrence.slot)
    return found.names.of.get(slot, slot) if found else slot


def find(typed: str, house: House, clock: Clock) -> Meant:
    """Return what `typed` names: in view first, then within a year before and after, then ten.

    A client's key means its current or next call.

    Raises:
        UsageError: nothing, or more than one, is meant.
    """
    from calsync.planning.calls import find_calls

    memory = house.ledger.memory()
    keys = [client.key for client in house.rules.clients]
    found = None
    for window in (None, *(Span(clock.now - far, clock.now + far) for far in FAR)):
        snapshot = house.look(clock.now, window)
        found = find_calls(snapshot, house.rules, memory)
        if typed in keys:
            call = preferred([call for call in found.calls if call.client.key == typed], clock.now, Prefer.CURRENT)
            name = call.name if call else None
        else:
            name = by_id(typed, found.occurrences, digest_of) or _by_uid(typed, found, clock)
        if name is not None:
            return _meant(name, found, clock)
    error = no_such_call(typed, found.calls if found else (), keys, clock)
    if typed in keys:
        error = UsageError(f'no call with "{typed}" within ten years', hint="calsync events lists what stands there")
    raise with_unread(error, snapshot.unread)


def _by_uid(uid: str, found: Found, clock: Clock) -> str | None:
    names = [name for name, one in found.occurrences.items() if one.uid == uid]
    ahead = (name for name in names if _end(found.occurrences[name], clock) > clock.now)
    return next(ahead, names[-1] if names else None)


def _end(occurrence: Occurrence, clock: Clock) -> datetime:
    end = occurrence.end
    moment = end if isinstance(end, datetime) else datetime(end.year, end.month, end.day, tzinfo=clock.zone)
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.zone)


def _meant(name: str, found: Found, clock: Clock) -> Meant:
    occurrence = found.occurrences[name]
    ids = ShortIds(map(digest_of, found.occurrences))
    short = ids(digest_of(name))
    if call := found.call(name):
        said = heading(call, clock, ids)
    else:
        title = one_line(occurrence.summary) or "(no title)"
        said = f"{title} · {occurrence.calendar} · {_when(occurrence, clock)} · {short}"
    return Meant(name=name, occurrence=occurrence, heading=said, short=short, among=found)


def _when(occurrence: Occurrence, clock: Clock) -> str:
    start = occurrence.start
    if occurrence.timed:
        span = occurrence.span
        return f"{clock.day(start)} {clock.span(span.start, span.end)}"
    return clock.day(start.date() if isinstance(start, datetime) else start)
