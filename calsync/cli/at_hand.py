"""The call that runs now, and what is at hand for it: what `now` shows once, and counts down in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from calsync.cli.choose import AFTER_THE_STOP, heading
from calsync.cli.show.data import ShortIds
from calsync.cli.show.table import one_line
from calsync.cli.show.when import Clock, minutes
from calsync.model.call import Call
from calsync.model.times import later

if TYPE_CHECKING:
    from calsync.wiring import House

_LABELS = {
    "opening": "to open",
    "redirect": "back to work",
    "park_it": "put it aside",
    "yourself": "a little of yourself",
    "warm": "warm, without acting",
    "told": "told something personal",
    "serious": "when it is serious",
    "exit": "end the chat",
    "stop": "keep to time",
    "close_out": "to close",
}


@dataclass(frozen=True, slots=True)
class Running:
    """The call that runs, if one does; then what is to be said of it: the client's next call, and the words at hand.

    following: the next call with anybody. unread: calendars that could not be read, and why. heads: by name, the line
    that names a call.
    """

    call: Call | None
    again: datetime | None
    words: Mapping[str, tuple[str, ...]]
    following: Call | None
    unread: Mapping[str, str]
    heads: Mapping[str, str]
    ids: Mapping[str, str]


def look(house: House, clock: Clock) -> Running:
    """Return what runs at `clock.now`: the call that has begun last, until half an hour after its hard stop."""
    from calsync.planning.calls import find_calls
    from calsync.planning.hand import in_hand

    memory, snapshot = house.ledger.memory(), house.look(clock.now)
    found = find_calls(snapshot, house.rules, memory)
    begun = [call for call in found.calls if call.start <= clock.now < later(call.hard_stop, AFTER_THE_STOP)]
    # One that is over gives way to one that runs.
    call = max(begun, key=lambda one: (clock.now < one.hard_stop, one.start), default=None)
    ahead = next((one for one in found.calls if one.start > clock.now), None)
    ids = ShortIds(one.id for one in found.calls)
    named = [one for one in (call, ahead) if one is not None]
    hand = in_hand(call, found, snapshot, house.rules, memory) if call is not None else None
    return Running(
        call=call,
        again=hand.facts.call.next_start if hand else None,
        words=house.words.at_hand(hand.voice, hand.facts) if hand else {},
        following=ahead,
        unread=snapshot.unread,
        heads={one.name: heading(one, clock, ids) for one in named},
        ids={one.name: ids(one.id) for one in named},
    )


def page(found: Running, clock: Clock, *, discreet: bool, exact: bool = False) -> Iterator[str]:
    """Yield the lines about what runs; exact: the time that is left to the second."""
    call, after = found.call, found.following
    if call is None:
        yield "no call is running"
        if after is not None:
            when = f"{clock.when(after.start)}, in {minutes(after.start - clock.now)}"
            yield f"the next one: {when}" if discreet else f"the next one, in {minutes(after.start - clock.now)}:"
            if not discreet:
                yield found.heads[after.name]
        return
    if not discreet:
        yield found.heads[call.name]
    yield click.style(_left(call, clock, exact=exact), bold=True)
    if after is not None and after.start < call.end + timedelta(hours=1):
        yield f"your next call: {clock.time(after.start)}"
    if found.again is not None:
        yield f"next with this client: {clock.when(found.again)}"
    for kind, lines in found.words.items() if not discreet else ():
        yield ""
        yield click.style(_LABELS.get(kind, kind), bold=True)
        yield from (f"  {one_line(line)}" for line in lines)


def _left(call: Call, clock: Clock, *, exact: bool) -> str:
    left = call.hard_stop - clock.now
    over = left <= timedelta()
    length = abs(left)
    whole = minutes(length)
    if exact:
        seconds = int(length.total_seconds())
        whole = f"{seconds // 60}:{seconds % 60:02}"
    return f"time is up since {clock.time(call.hard_stop)}, {whole} over" if over else (
        f"{whole} left, until {clock.time(call.hard_stop)}"
    )  # fmt: skip
