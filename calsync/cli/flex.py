"""`flex`: another hard stop for one call, with the reason that the client is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from calsync.cli.app import App
from calsync.cli.beside import carried_out
from calsync.cli.choose import Prefer, choose_call, heading
from calsync.cli.options import command, parse_minutes, reading
from calsync.cli.show.data import ShortIds, of_message, plan_ids
from calsync.cli.show.table import indent, one_line
from calsync.cli.show.when import Clock, minutes, rfc3339
from calsync.cli.voices import to_contact
from calsync.errors import UsageError
from calsync.model.call import Call, Flex
from calsync.model.message import OPEN, Kind, Message, State
from calsync.model.plan import Plan
from calsync.model.text import CallFacts, Flexed
from calsync.model.times import MINUTE, Span, elapsed, later, month_span, whole_minutes

if TYPE_CHECKING:
    from calsync.planning.blocks import Taken
    from calsync.wiring import House

LEAST = timedelta(minutes=5)


@command(
    'calsync flex acme +15m --because "the contract has to be settled today"',
    'calsync flex k3f9q2 -15m --because "we are well prepared" --yes',
    context_settings={"ignore_unknown_options": True},  # -15m is no option
)
@click.argument("call")
@click.argument("change", metavar="±15m", callback=reading(parse_minutes))
@click.option("--because", required=True, metavar="TEXT", help="The reason, as a sentence; the client is told.")
@click.option("--yes", is_flag=True, help="Don't ask, and go into another busy event.")
def flex(app: App, call: str, change: timedelta, because: str, yes: bool) -> None:
    """Another hard stop for one call, with a reason.

    Counted from the hard stop without any flex; the last one holds. Note, blocks and message follow; of a call that
    is running nothing is sent, and the sentence to say is shown. CALL is an id or a client: then the running call
    (until 30 minutes after its hard stop), else the next.
    """
    from calsync.planning.blocks import busy
    from calsync.planning.budget import flexes
    from calsync.planning.calls import find_calls

    because = one_line(because)
    if not because:
        raise UsageError("the client is told why, so a reason is needed", where="--because")
    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone, settings=house.settings)
        clock = Clock(zone, now)
        memory = house.ledger.memory()
        snapshot = house.look(now)
        calls = find_calls(snapshot, house.rules, memory).calls
        chosen = choose_call(call, calls, [client.key for client in house.rules.clients], clock, Prefer.RUNNING)
        # Whom she keeps waiting gets as much longer, whatever the flex.
        stop = later(chosen.base_stop, change + chosen.shift * MINUTE)
        _check_length(chosen, stop, clock)
        if not yes:
            _check_room(chosen, stop, busy(snapshot, calls, house.rules, memory.calendars.values()), clock)
        wish = Flex(minutes=whole_minutes(change), because=because, at=now)
        after = house.plan(now, memory=replace(memory, flexes={**memory.flexes, chosen.name: wish}))
        sentence = _sentence(house, chosen, stop, because, now)
        message = _message(after, chosen)
        month = month_span(chosen.start.astimezone(zone).date(), zone)
        others = [one for one in calls if one.name != chosen.name]
        nth = flexes(others, chosen.client, month) + (wish.minutes != 0)
        if not app.json:
            app.out(heading(chosen, clock, ShortIds(one.id for one in calls)))
            app.out(_which(chosen, nth, wish, clock))
            _tell(app, chosen, stop, sentence, message, after, clock)
        if app.may_ask and not yes and not app.confirm("Do this?", otherwise="--yes"):
            app.tell("nothing was done")
            return
        house.ledger.flex(chosen.name, wish)
        app.tell(f"noted; {carried_out(house)}")
    if app.json:
        ids = plan_ids(after)
        messages = ShortIds(one.id for one in after.messages)
        app.out_json(
            {
                "call": ids(chosen.id),
                "hard_stop": rfc3339(stop, chosen.start.tzinfo),
                "minutes": whole_minutes(elapsed(chosen.start, stop)),
                "in_month": nth,
                "sentence": sentence,
                "message": of_message(message, ids, messages, zone) if message else None,
            }
        )


def _which(call: Call, nth: int, wish: Flex, clock: Clock) -> str:
    """Return which flex it is with this client in the month of the call."""
    from calsync.planning.budget import say_period

    first, now = call.start.astimezone(clock.zone), clock.now.astimezone(clock.zone)
    this = (first.year, first.month) == (now.year, now.month)
    month = "this month" if this else f"in {say_period(first.date(), True, now.year)}"
    client = one_line(call.client.name)
    if not wish.minutes:
        return f"as long as without flex; {nth or 'no'} other call{'s' * (nth != 1)} with {client} flexed {month}"
    return f"the {_ordinal(nth)} flex with {client} {month}"


def _ordinal(number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ends.get(number % 10, 'th')}"


def _check_length(call: Call, stop: datetime, clock: Clock) -> None:
    left = elapsed(call.start, stop) - call.late * MINUTE
    if left < LEAST:
        what = f"that would leave {minutes(left)} for the call; the least is {minutes(LEAST)}"
        raise UsageError(what, hint="calsync skip takes a call out")
    if stop <= clock.now:
        raise UsageError(f"that hard stop, {clock.when(stop)}, has passed already")


def _check_room(call: Call, stop: datetime, busy: Iterable[Taken], clock: Clock) -> None:
    if elapsed(call.hard_stop, stop) <= timedelta():
        return
    for taken in busy:
        if taken.call != call.name and taken.span.overlaps(Span(call.hard_stop, stop)):
            span = clock.span(taken.span.start, taken.span.end)
            raise UsageError(f"you are taken {span}, before the new hard stop {clock.time(stop)}",
                             hint="--yes goes into it all the same")  # fmt: skip


def _sentence(house: House, call: Call, stop: datetime, because: str, now: datetime) -> str:
    told = CallFacts(at=now, start=later(call.start, call.shift * MINUTE), hard_stop=stop, group=call.group)
    usual = whole_minutes(elapsed(call.start, call.base_stop))
    flexed = Flexed(usual=usual, minutes=told.minutes, because=because)
    return house.words.flex_sentence(to_contact(call.client, house.rules.owner), told, flexed).text


def _message(plan: Plan, call: Call) -> Message | None:
    """Return the message that will tell the client: the flex itself, or the timeframe that carries it."""
    own = [one for one in plan.messages if one.key.call == call.name and one.state in OPEN]
    own.sort(key=lambda one: (one.key.kind is not Kind.FLEX, one.send_at))
    return next(iter(own), None)


def _tell(
    app: App, call: Call, stop: datetime, sentence: str, message: Message | None, after: Plan, clock: Clock
) -> None:
    app.out(f"hard stop {clock.time(call.hard_stop)} → {clock.when(stop)}, {minutes(elapsed(call.start, stop))} in all")
    if call.start <= after.now:
        app.out("it is running: nothing is sent; say it")
        app.out(indent(sentence))
        return
    app.out("the client is told")
    app.out(indent(sentence))
    if message is None or after.mode == "observe":
        why = "mode is observe" if after.mode == "observe" else "no message goes to this client"
        app.out(f"nothing will be sent: {why}")
    elif message.state is State.PLANNED:
        app.out(f"with the {message.key.kind.value} to {one_line(message.key.to)}, {clock.when(message.send_at)}")
    else:
        app.out(f"the {message.key.kind.value} to {one_line(message.key.to)} {message.state.value}: {message.why}")
