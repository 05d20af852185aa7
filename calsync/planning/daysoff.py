"""Days off: which calls lie on a day on which nobody is written to about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from calsync.model.call import Call
from calsync.model.event import Occurrence, Status
from calsync.model.rules import Client, Rules
from calsync.model.snapshot import Snapshot
from calsync.model.times import Span, at_clock
from calsync.planning.people import answer, organizes
from calsync.planning.titles import first_phrase

DAY_OFF = "day off: "
_GO_ON = "; approve it to send"


@dataclass(frozen=True, slots=True)
class _Off:
    """A day off or several: from when to when, and the event that says so."""

    span: Span
    event: Occurrence


def with_calls(snapshot: Snapshot, rules: Rules) -> Snapshot:
    """Return the snapshot without the calendars that hold days off: no event there is a call, and none is ours."""
    if not rules.days_off_in:
        return snapshot
    readings = {name: one for name, one in snapshot.readings.items() if name not in rules.days_off_in}
    return replace(snapshot, readings=readings)


def marked(calls: Iterable[Call], snapshot: Snapshot, rules: Rules) -> tuple[Call, ...]:
    """Return `calls` with the day off that each of them begins on, if any.

    For every client count what keeps the owner away: in calendars that take blocks her out-of-office events and
    her all-day events titled with one of the client's `away` words, in her zone. For one client count besides the
    all-day events of its `days_off` calendars, in the client's zone. What was cancelled, what is a call itself, and
    an invitation that she has not accepted make no day off.
    """
    calls = tuple(calls)
    hers = tuple(_hers(calls, snapshot, rules))
    theirs: dict[tuple[str, ZoneInfo], tuple[_Off, ...]] = {}
    found = []
    for call in calls:
        client = call.client
        why = next((_say(one.event, "yours") for one in hers if _covers(one, call) and _away(one, client)), "")
        for name in client.days_off if not why else ():
            key = (name, client.timezone)
            if key not in theirs:
                theirs[key] = tuple(_all_days(snapshot, name, client.timezone))
            why = why or next((_say(one.event, f"{client.name}'s") for one in theirs[key] if _covers(one, call)), "")
        found.append(replace(call, day_off=why) if why else call)
    return tuple(found)


def owner_is_off(calls: Iterable[Call], snapshot: Snapshot, rules: Rules) -> bool:
    """Tell whether the owner has a day off at `snapshot.now`, whatever the client by whose words it is one."""
    return any(one.span.start <= snapshot.now < one.span.end for one in _hers(calls, snapshot, rules))


def tells_days_off(client: Client, rules: Rules) -> frozenset[str]:
    """Return the calendars in which a day off for calls with this client may stand."""
    return frozenset(_of_hers(rules)) | frozenset(client.days_off)


def _of_hers(rules: Rules) -> tuple[str, ...]:
    """Return the calendars that take blocks."""
    taking = {rules.blocks_in.get(name, name) for name in rules.calendars if name not in rules.days_off_in}
    return tuple(name for name in rules.calendars if name in taking)


def _hers(calls: Iterable[Call], snapshot: Snapshot, rules: Rules) -> Iterator[_Off]:
    itself = {ref for call in calls for ref in call.copies}
    phrases = tuple(dict.fromkeys(phrase for client in rules.clients for phrase in client.policy.away))
    zone = rules.owner.timezone
    for name in _of_hers(rules):
        reading = snapshot.readings.get(name)
        for event in reading.occurrences if reading is not None else ():
            if event.unresolved or not (event.out_of_office or event.all_day) or event.status is Status.CANCELLED:
                continue
            if event.uid is not None and event.ref in itself:
                continue  # a call out of the office is no reason to be silent about it
            if not organizes(event, rules.owner) and answer(event, rules.owner) != "ACCEPTED":
                continue
            if event.out_of_office or first_phrase(event.summary, phrases):
                yield _Off(_span(event, zone), event)


def _all_days(snapshot: Snapshot, calendar: str, zone: ZoneInfo) -> Iterator[_Off]:
    reading = snapshot.readings.get(calendar)
    for event in reading.occurrences if reading is not None else ():
        if event.all_day and event.status is not Status.CANCELLED:
            yield _Off(_span(event, zone), event)


def _span(event: Occurrence, zone: ZoneInfo) -> Span:
    """Return from when to when it is; whole days are those of `zone`."""
    if isinstance(event.start, datetime):
        return event.span
    return Span(at_clock(event.start, 0, zone), at_clock(event.end, 0, zone))


def _covers(off: _Off, call: Call) -> bool:
    """Tell whether a call is on a day off: it counts where it starts."""
    return off.span.start <= call.start < off.span.end


def _away(off: _Off, client: Client) -> bool:
    return off.event.out_of_office or first_phrase(off.event.summary, client.policy.away) is not None


def _say(event: Occurrence, whose: str) -> str:
    what = "out of office, " if event.out_of_office else ""
    return f'{DAY_OFF}{what}{whose} ("{event.summary}"){_GO_ON}'
