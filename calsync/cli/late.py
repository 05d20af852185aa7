"""`late`: the owner comes later than a call begins, and everybody who gets its messages is told at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from calsync.cli.app import App
from calsync.cli.beside import carried_out
from calsync.cli.choose import Prefer, choose_call, heading
from calsync.cli.options import command, reading
from calsync.cli.show.data import ShortIds, of_message, plan_ids
from calsync.cli.show.table import indent, one_line
from calsync.cli.show.when import Clock, minutes, rfc3339
from calsync.cli.voices import to_contact
from calsync.errors import UsageError
from calsync.model.call import Call
from calsync.model.memory import Late, Memory
from calsync.model.message import OPEN, Kind, Message, State
from calsync.model.plan import Plan
from calsync.model.text import CallFacts, Delay
from calsync.model.times import MINUTE, Span, elapsed, later, parse_duration, whole_minutes

if TYPE_CHECKING:
    from calsync.planning.blocks import Taken
    from calsync.wiring import House

LEAST = timedelta(minutes=5)
MOST = timedelta(hours=2)
# Her words are told apart by their instants. So much before now there is room for several at one instant of a
# rehearsal's clock, and each is due at once.
ROOM = timedelta(milliseconds=1)


def parse_delay(text: str) -> timedelta:
    """Read `10m`: whole minutes, one at least.

    Raises:
        ValueError: it is none, or so long that it is another time.
    """
    length = parse_duration(text)
    if length < MINUTE or length % MINUTE:
        raise ValueError(f'"{text}" is no delay; write whole minutes, as 10m')
    if length > MOST:
        raise ValueError(f'"{text}" is another time rather than late; move the event, and the client is told of that')
    return length


@command("calsync late acme 10m", 'calsync late acme 10m --shift --because "my train stands still"')
@click.argument("call")
@click.argument("delay", metavar="10m", callback=reading(parse_delay))
@click.option("--because", default="", metavar="TEXT", help="The reason, as a sentence; the client is told.")
@click.option("--shift", is_flag=True, help="The hard stop moves by as much; else it stays.")
@click.option("--yes", is_flag=True, help="Don't ask.")
def late(app: App, call: str, delay: timedelta, because: str, shift: bool, yes: bool) -> None:
    """Tell the client that you will be late for one call.

    Everybody who gets its messages is told, at once, by day and night, until it begins. With --shift note and blocks
    follow; the event keeps its start. The same word twice is told once, another one anew. Of a call that has begun
    nothing is sent, and the sentence to say is shown. CALL is an id or a client: then its current or next call.
    """
    from calsync.planning.blocks import busy
    from calsync.planning.calls import find_calls

    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone, settings=house.settings)
        clock = Clock(zone, now)
        memory = house.ledger.memory()
        snapshot = house.look(now)
        calls = find_calls(snapshot, house.rules, memory).calls
        near = [one for one in calls if one.start <= now + house.rules.horizon]
        chosen = choose_call(call, near, [client.key for client in house.rules.clients], clock, Prefer.CURRENT)
        wish, again = _wish(chosen, delay, one_line(because), shift, memory, now)
        after = later(chosen.hard_stop, (whole_minutes(delay) * shift - chosen.shift) * MINUTE)
        _check_length(chosen, delay, after)
        sentence = _sentence(house, chosen, wish, after, now)
        if chosen.start <= now:
            raise UsageError("it has begun, so nothing is sent any more; say it", where=_named(chosen, clock),
                             hint=sentence)  # fmt: skip
        plan = house.plan(now, memory=replace(memory, lates={**memory.lates, chosen.name: wish}))
        messages = _messages(plan, chosen, wish)
        if not app.json:
            app.out(heading(chosen, clock, ShortIds(one.id for one in calls)))
            _tell(app, chosen, after, sentence, clock)
            taken = busy(snapshot, calls, house.rules, memory.calendars.values())
            for line in (*_in_the_way(chosen, after, taken, clock), *_fate(messages, plan, chosen, clock)):
                app.out(line)
        if app.may_ask and not yes and not again and not app.confirm("Tell them?", otherwise="--yes"):
            app.tell("nothing was done")
            return
        if again:
            app.tell("you have said so already; nothing is told twice")
        else:
            house.ledger.late(wish)
            app.tell(f"noted; {carried_out(house)}")
    if app.json:
        ids = plan_ids(plan)
        known = ShortIds(one.id for one in plan.messages)
        app.out_json(
            {
                "call": ids(chosen.id),
                "late": whole_minutes(delay),
                "arrives": rfc3339(later(chosen.start, delay)),
                "hard_stop": rfc3339(after, chosen.start.tzinfo),
                "sentence": sentence,
                "messages": [of_message(one, ids, known, zone) for one in messages],
            }
        )


def _wish(call: Call, delay: timedelta, because: str, shift: bool, memory: Memory, now: datetime) -> tuple[Late, bool]:
    """Return what she says, and whether she has said the very same of this call before."""
    wish = Late(
        call=call.name,
        start=call.start,
        minutes=whole_minutes(delay),
        because=because,
        shift=shift,
        at=now - ROOM,
    )
    before = memory.lates.get(call.name)
    if before is not None and replace(wish, at=before.at, because=_plain(because)) == replace(
        before, because=_plain(before.because)
    ):
        return before, True
    if before is not None and wish.at <= before.at <= now:
        wish = replace(wish, at=before.at + timedelta(microseconds=1))
    return wish, False


def _plain(reason: str) -> str:
    """Return a reason as the client reads it."""
    return reason.removesuffix(".").rstrip()


def _named(call: Call, clock: Clock) -> str:
    return f"{one_line(call.occurrence.summary) or 'the call'}, {clock.span(call.start, call.hard_stop)}"


def _check_length(call: Call, delay: timedelta, after: datetime) -> None:
    left = elapsed(later(call.start, delay), after)
    if left < LEAST:
        what = f"that would leave {minutes(max(left, timedelta()))} of the call; the least is {minutes(LEAST)}"
        raise UsageError(what, hint="--shift moves the hard stop by as much; or move the event")


def _sentence(house: House, call: Call, wish: Late, after: datetime, now: datetime) -> str:
    begins = later(call.start, wish.minutes * MINUTE)
    told_stop = later(after, elapsed(call.hard_stop, call.told_stop))
    told = CallFacts(at=now, start=begins, hard_stop=told_stop, group=call.group)
    delay = Delay(minutes=wish.minutes, because=wish.because, shift=wish.shift)
    return house.words.late_sentence(to_contact(call.client, house.rules.owner), told, delay).text


def _messages(plan: Plan, call: Call, wish: Late) -> list[Message]:
    """Return the messages that tell of it, in any state."""
    return [
        one
        for one in plan.messages
        if one.key.call == call.name and one.key.kind is Kind.LATE and one.send_at >= wish.at
    ]


def _tell(app: App, call: Call, after: datetime, sentence: str, clock: Clock) -> None:
    if after != call.hard_stop:
        app.out(f"hard stop {clock.time(call.hard_stop)} → {clock.when(after)}")
    else:
        app.out(f"hard stop {clock.time(call.hard_stop)} stays")
    app.out("the client is told")
    app.out(indent(sentence))


def _in_the_way(call: Call, after: datetime, busy: Iterable[Taken], clock: Clock) -> list[str]:
    """Return a line where the call would now run into something else."""
    if elapsed(call.hard_stop, after) <= timedelta():
        return []
    first = next(
        (one for one in busy if one.call != call.name and one.span.overlaps(Span(call.hard_stop, after))), None
    )
    if first is None:
        return []
    return [f"! you are taken {clock.span(first.span.start, first.span.end)}, before the new hard stop"]


def _fate(messages: list[Message], plan: Plan, call: Call, clock: Clock) -> list[str]:
    """Return a line for each recipient: what becomes of the message."""
    if plan.mode == "observe":
        return ["nothing will be sent: mode is observe"]
    if not messages:
        off = call.client.policy.send == "off"
        held = next((one.why for one in plan.held if (one.call, one.what) == (call.id, "message")), "")
        why = 'send = "off"' if off else one_line(held) or "no message goes to this client"
        return [f"nothing will be sent: {why}"]
    lines = []
    for one in messages:
        to = one_line(one.key.to)
        if one.state is State.PLANNED:
            lines.append(f"to {to}, at once")
        elif one.state in OPEN:
            lines.append(f"nothing will be sent to {to} for now: {one_line(one.why)}")
        else:
            when = f" {clock.when(one.sent_at)}" if one.sent_at else ""
            lines.append(f"to {to}: {one.state.value}{when}")
    return lines
