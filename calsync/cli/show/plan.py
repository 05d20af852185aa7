"""A plan as a page: by calendar and day, call by call; what would be done, what is left alone, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import click

from calsync.cli.show.data import ShortIds, plan_ids
from calsync.cli.show.table import indent, one_line
from calsync.cli.show.when import Clock, minutes
from calsync.model.call import Call, digest_of
from calsync.model.message import Message, State
from calsync.model.plan import Action, Change, Held, MessageChange, Move, Plan
from calsync.model.times import elapsed

_SIGNS = {
    Action.WRITE_NOTE: "~",
    Action.REMOVE_NOTE: "-",
    Action.ADD_BLOCK: "+",
    Action.WRITE_BLOCK: "~",
    Action.MOVE_BLOCK: "~",
    Action.REMOVE_BLOCK: "-",
}
_COLOURS = {"+": "green", "~": "yellow", "-": "red", ">": "cyan", "=": "bright_black", "!": "red"}

WHAT_WIDTH = 50

# One line below a call: sign, what, why, and the text that will stand there.
Line = tuple[str, str, str, str]


def page(plan: Plan, clock: Clock, *, texts: bool = False, onward: bool = True) -> Iterator[str]:
    """Yield the lines of the page; with `texts` also what will be written, word for word.

    onward: whether it ends with the command that goes on.
    """
    ids = plan_ids(plan)
    for calendar in plan.calendars:
        if not calendar.ok:
            yield _coloured(
                f"! {calendar.name}: not read, so nothing is done for its calls: {one_line(calendar.error)}"
            )
    below = _by_call(plan, clock)
    heading = ""
    for call in _in_order(plan):
        if (title := f"{call.occurrence.calendar} · {clock.day(call.start)}") != heading:
            heading = title
            yield click.style(title, bold=True)
        yield f"  {clock.span(call.start, call.hard_stop)}  {ids(call.id)}  {_named(call)}"
        yield from _lines(below.pop(call.id, []), texts)
    yield from _gone(below, plan, ids, texts)
    for cap in plan.caps:
        yield _coloured(f"! {one_line(cap)}")
    yield ""
    yield summary(plan)
    if plan.large:
        yield _coloured(f"! {plan.large}")
    if onward:
        yield from _onward(plan)


def _onward(plan: Plan) -> Iterator[str]:
    if plan.mode == "observe":
        yield "mode is observe: nothing is written and nothing is sent"
        yield f"plan {plan.digest} · calsync act"
    elif plan.large:
        yield f"plan {plan.digest} · calsync sync --digest {plan.digest}"
    elif pending(plan):
        yield f"plan {plan.digest} · calsync sync"


def pending(plan: Plan) -> bool:
    """Tell whether the next cycle would change a calendar, or queue, move, withdraw or send a message."""
    return plan.pending or any(_due(message, plan.now) for message in plan.messages)


def summary(plan: Plan) -> str:
    """Return one line: how much there is to do."""
    calls = f"{len(plan.views)} call{'s' * (len(plan.views) != 1)} in view"
    notes = sum(change.action in (Action.WRITE_NOTE, Action.REMOVE_NOTE) for change in plan.changes)
    due = sum(_due(message, plan.now) for message in plan.messages)
    parts = [
        _count(notes, "note"),
        _count(len(plan.changes) - notes, "block"),
        _count(len(plan.queue), "message"),
        f"{due} to send now" if due else "",
    ]
    said = ", ".join(part for part in parts if part)
    return f"{calls}; {said or 'nothing to do'}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}" if number else ""


def _due(message: Message, now: datetime) -> bool:
    return message.state is State.PLANNED and message.send_at <= now


def _in_order(plan: Plan) -> list[Call]:
    order = {line.name: place for place, line in enumerate(plan.calendars)}
    return sorted(plan.calls, key=lambda call: (order.get(call.occurrence.calendar, len(order)), call.start, call.name))


def _named(call: Call) -> str:
    name = one_line(call.occurrence.summary) or "(no title)"
    whole = elapsed(call.start, call.end)
    cut = f" · {minutes(call.minutes)} of {minutes(whole)}" if call.hard_stop != call.end else ""
    return f"{name} · {call.client.key}{' · group' if call.group else ''}{cut}"


def _by_call(plan: Plan, clock: Clock) -> dict[str, list[Line]]:
    below: dict[str, list[Line]] = {}
    for change in plan.changes:
        below.setdefault(change.call, []).append(_of_change(change, clock))
    queued = {item.message.id for item in plan.queue}
    for item in plan.queue:
        below.setdefault(_subject(item.message), []).append(_of_queue(item, clock))
    said = {(_subject(item.message), item.message.why) for item in plan.queue if _is_held(item)}
    for message in plan.messages:
        if _due(message, plan.now) and message.id not in queued:
            below.setdefault(_subject(message), []).append(
                (">", f"now {_letter(message)}", "its moment has come", message.body)
            )
    for held in plan.held:
        if held.what == "message" and (held.call, held.why) in said:
            continue  # its own line above says so, and to whom
        below.setdefault(held.call, []).append(_of_held(held))
    return below


def _subject(message: Message) -> str:
    return digest_of(message.key.call) if message.key.call else ""


def sign_of(action: Action) -> str:
    """Return `+`, `~` or `-`."""
    return _SIGNS[action]


def _of_change(change: Change, clock: Clock) -> Line:
    sign = sign_of(change.action)
    if change.action in (Action.WRITE_NOTE, Action.REMOVE_NOTE):
        return sign, "note", change.why, change.text
    when = f"{clock.span(change.start, change.end)} " if change.start and change.end else ""
    role = f" {change.role.value}" if change.role else ""
    title = f" “{one_line(change.title)}”" if change.title else ""
    return sign, f"{when}block{role}{title}", change.why, change.text


def _of_queue(item: MessageChange, clock: Clock) -> Line:
    message = item.message
    if item.move is Move.WITHDRAW:
        return "-", _letter(message), f"withdrawn: {item.why}" if item.why else "withdrawn", ""
    if _is_held(item):
        return "=", _letter(message), f"left alone: {message.why}", message.body
    waits = f"{message.state.value}: {message.why}" if message.state is not State.PLANNED else ""
    why = waits if waits and item.why == message.why else "; ".join(filter(None, (waits, item.why)))
    return ">", f"{clock.when(message.send_at)} {_letter(message)}", why, message.body


def _is_held(item: MessageChange) -> bool:
    return item.move is not Move.WITHDRAW and item.message.state is State.HELD


def _letter(message: Message) -> str:
    return f"{message.key.kind.value} to {one_line(message.key.to)}"


def _of_held(held: Held) -> Line:
    return "=", held.what, f"left alone: {held.why}", ""


def _lines(found: Iterable[Line], texts: bool) -> Iterator[str]:
    for sign, what, why, text in found:
        yield _coloured(f"    {sign} {what.ljust(WHAT_WIDTH)}  {one_line(why)}".rstrip(), sign)
        if texts and text:
            yield indent(text, "        ")


def _gone(below: dict[str, list[Line]], plan: Plan, ids: ShortIds, texts: bool) -> Iterator[str]:
    """Yield what concerns no call in view: events that are none, calls that are gone, announcements."""
    names = {digest_of(message.key.call): message.client for message in plan.messages if message.key.call}
    if below:
        yield click.style("beside these calls", bold=True)
    for digest, found in below.items():
        if digest:
            yield f"  {ids(digest)}{f'  {names[digest]}' if digest in names else ''}"
        yield from _lines(found, texts)


def _coloured(line: str, sign: str = "") -> str:
    colour = _COLOURS.get(sign or line[:1])
    return click.style(line, fg=colour) if colour else line
