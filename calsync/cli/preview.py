"""`preview`: one call's note, blocks and messages, exactly as they will be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from calsync.cli.agenda import page as agenda_page
from calsync.cli.app import App
from calsync.cli.choose import Prefer, choose_view, heading
from calsync.cli.options import command
from calsync.cli.show.data import ShortIds, of_held, of_message, plan_ids
from calsync.cli.show.table import indent, one_line
from calsync.cli.show.when import Clock, rfc3339
from calsync.errors import UsageError
from calsync.model.message import OPEN, Kind, Message
from calsync.model.plan import CallView, Plan
from calsync.ports import Fate, Mail, Outcome, freely

if TYPE_CHECKING:
    from calsync.wiring import House


@command("calsync preview acme", "calsync preview acme --to-me")
@click.argument("call")
@click.option("--to-me", is_flag=True, help="Send exactly this message to your own address; nothing is recorded.")
def preview(app: App, call: str, to_me: bool) -> int:
    """Note, blocks and messages of one call, exactly as they will be.

    What the client sees and what only you see stand apart. CALL is an id or a client: then its current or next call.
    """
    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone)
        clock = Clock(zone, now)
        plan = house.plan(now)
        view = choose_view(call, plan, house.rules, clock, Prefer.CURRENT)
        messages = [one for one in plan.messages if one.key.call == view.call.name or _about_its_period(one, view)]
        copy = _shown_to_me(messages) if to_me else None
        answer = _send(house, copy, now) if copy else None
    ids = plan_ids(plan)
    if app.json:
        of = ShortIds(one.id for one in plan.messages)
        app.out_json(
            {
                "call": ids(view.call.id),
                "start": rfc3339(view.call.start),
                "hard_stop": rfc3339(view.call.hard_stop, view.call.start.tzinfo),
                "note": view.note.text if view.note else None,
                "messages": [of_message(one, ids, of, zone) for one in messages],
                "before": view.before.text,
                "after": view.after.text,
                "held": [of_held(held, ids) for held in plan.held if held.call == view.call.id],
                "sent_to_me": answer is not None and answer.fate is Fate.ACCEPTED,
            }
        )
    else:
        app.out(heading(view.call, clock, ids))
        for line in _page(view, messages, plan, clock):
            app.out(line)
    if answer is None:
        return 0
    if answer.fate is Fate.ACCEPTED:
        app.tell(f"[preview] sent to {house.rules.owner.email}")
        return 0
    app.tell(f"the preview was not sent ({answer.fate.value}): {answer.why}")
    return 1


def _about_its_period(message: Message, view: CallView) -> bool:
    """Tell whether it is a note about the cap of a week or month in which the call takes place."""
    about = message.key.kind is Kind.OVER_CAP and message.client == view.call.client.key
    return about and message.key.start <= view.call.start < message.expires_at


def _shown_to_me(messages: list[Message]) -> Message:
    waiting = sorted((one for one in messages if one.state in OPEN), key=lambda one: one.send_at)
    if not (found := next(iter(waiting or messages[-1:]), None)):
        raise UsageError("no message belongs to this call", hint="calsync explain says why")
    return found


def _send(house: House, message: Message, now: datetime) -> Outcome:
    owner = house.rules.owner
    channel = house.channels.get(message.channel) or next(iter(house.channels.values()), None)
    if channel is None:
        raise UsageError("there is no channel to send with", hint="add a [channels.NAME]")
    mail = Mail(
        message_id=f"<preview.{message.id}.{int(now.timestamp())}@{owner.email.rpartition('@')[2]}>",
        sender_name=owner.name,
        sender=owner.email,
        to=owner.email,
        subject=f"[preview] {message.subject}",
        body=message.body,
        date=now,
        private=True,
    )
    return channel.send(mail, freely)


def _page(view: CallView, messages: list[Message], plan: Plan, clock: Clock) -> Iterator[str]:
    yield ""
    yield click.style("What the client sees", bold=True)
    yield "  in the event:"
    why = next((one.why for one in plan.held if (one.call, one.what) == (view.call.id, "note")), "")
    yield indent(view.note.text) if view.note else f"    nothing{f': {one_line(why)}' if why else ''}"
    for message in messages:
        state = f"{message.state.value}: {one_line(message.why)}" if message.why else message.state.value
        yield ""
        yield f"  {message.key.kind.value} to {one_line(message.key.to)}, {clock.when(message.send_at)} ({state}):"
        yield indent(f"{message.subject}\n\n{message.body}")
    if not messages:
        yield "  no message"
    yield ""
    yield click.style("Only for you", bold=True)
    yield "  the agenda, in minutes:"
    yield from (f"  {line}" for line in agenda_page(view))
    titles = view.call.client.policy.block_titles
    blocks = (("before", titles[0], view.before_at, view.before), ("after", titles[-1], view.after_at, view.after))
    for role, title, span, text in blocks:
        when = f"{clock.span(span.start, span.end)} “{one_line(title)}”" if span else "left out; its text"
        yield ""
        yield f"  the block {role} the call, {when}:"
        yield indent(text.text) if text.text else "    nothing"
    for held in plan.held:
        if held.call == view.call.id:
            yield f"  left alone: {held.what}: {one_line(held.why)}"
