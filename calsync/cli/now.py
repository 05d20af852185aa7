"""`now`: the running call, counting down, with the words at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from calsync.cli.app import App
from calsync.cli.choose import AFTER_THE_STOP, heading
from calsync.cli.options import command
from calsync.cli.show.data import Data, ShortIds
from calsync.cli.show.table import one_line
from calsync.cli.show.when import Clock, minutes, rfc3339
from calsync.model.call import Call
from calsync.model.times import later, whole_minutes

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


@command("calsync now", "calsync now --discreet", clock=False)
@click.option("--discreet", is_flag=True, help="Times only: nothing that a client may not see on your screen.")
def now(app: App, discreet: bool) -> int | None:
    """The running call, counting down, with the words at hand.

    In a terminal it goes on until you leave it: + gives five more minutes (nothing is sent; say why in `done`), d is
    done, q leaves. Elsewhere it says it once. When no call runs, it names the next one.
    """
    with app.house() as house:
        zone = house.rules.owner.timezone
        clock = Clock(zone, app.now(zone))
        found = look(house, clock)
        status = app.tell_unread(found.unread)
        if app.json:
            app.out_json(_document(found, clock, discreet=discreet))
        elif found.call is not None and app.terminal and app.may_ask:
            from calsync.cli.countdown import count_down

            return count_down(app, house, found, discreet=discreet) or status
        else:
            for line in page(found, clock, discreet=discreet):
                app.out(line)
        return status


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


def _document(found: Running, clock: Clock, *, discreet: bool) -> Data:
    call, after = found.call, found.following
    said: Data = {"now": rfc3339(clock.now, clock.zone), "call": None, "next": None}
    if call is not None:
        zone = call.start.tzinfo
        said["call"] = {
            **({} if discreet else _names(call, found)),
            "start": rfc3339(call.start),
            "hard_stop": rfc3339(call.hard_stop, zone),
            "minutes_left": whole_minutes(call.hard_stop - clock.now),
            "next_with_client": rfc3339(found.again) if found.again is not None else None,
            **({} if discreet else {"phrases": {kind: list(lines) for kind, lines in found.words.items()}}),
        }
    if after is not None:
        said["next"] = {
            **({} if discreet else _names(after, found)),
            "start": rfc3339(after.start),
            "hard_stop": rfc3339(after.hard_stop, after.start.tzinfo),
        }
    return said


def _names(call: Call, found: Running) -> Data:
    return {"id": found.ids[call.name], "client": call.client.key, "summary": call.occurrence.summary}
