"""`announce`: once per client, that calls are kept to time from now on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import click

from calsync.cli.app import App
from calsync.cli.beside import carried_out
from calsync.cli.options import command, known_client
from calsync.cli.show.data import ShortIds, of_message, plan_ids
from calsync.cli.show.table import indent, one_line
from calsync.cli.show.when import Clock
from calsync.cli.voices import to_contact
from calsync.errors import UsageError
from calsync.model.memory import Announce, Memory
from calsync.model.message import OPEN, Kind, Message, State
from calsync.model.plan import Plan
from calsync.model.rules import Client
from calsync.model.text import Form, MessageFacts
from calsync.model.times import whole_minutes

if TYPE_CHECKING:
    from calsync.wiring import House


@command('calsync announce acme --because "Two new projects began this year."', "calsync announce acme --at-once")
@click.argument("client")
@click.option("--because", default="", metavar="TEXT", help="How you came to it; else a reason that is true of many.")
@click.option("--at-once", is_flag=True, help="By itself, at the next polite moment; else with the next message.")
@click.option("--again", is_flag=True, help="Although it was sent already.")
@click.option("--yes", is_flag=True, help="Don't ask.")
def announce(app: App, client: str, because: str, at_once: bool, again: bool, yes: bool) -> None:
    """The one-time announcement that calls are kept to time.

    Shows it and the words to say; it is sent once.
    """
    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone, settings=house.settings)
        clock = Clock(zone, now)
        known = known_client(house.rules, client)
        memory = house.ledger.memory()
        wish = _wish(known, memory, one_line(because), at_once, again, now, clock)
        plan = house.plan(now, memory=replace(memory, announcements={**memory.announcements, client: wish}))
        message = _message(plan, client, wish)
        words = _words(house, known, wish, now)
        if not app.json:
            _show(app, known, message, words, plan, clock)
        if app.may_ask and not yes and not app.confirm("Announce this?", otherwise="--yes"):
            app.tell("nothing was done")
            return
        house.ledger.announce(wish)
        app.tell(f"noted; {carried_out(house)}")
    if app.json:
        ids = ShortIds(one.id for one in plan.messages)
        shown = of_message(message, plan_ids(plan), ids, zone) if message else None
        app.out_json({"client": client, "message": shown, "words": words})


def _wish(
    client: Client, memory: Memory, because: str, at_once: bool, again: bool, now: datetime, clock: Clock
) -> Announce:
    closed = [
        one
        for one in memory.messages
        if one.client == client.key and one.key.kind is Kind.ANNOUNCEMENT and one.state not in OPEN
    ]
    last = max(closed, key=lambda one: one.key.revision, default=None)
    if last is not None and not again:
        when = clock.when(last.sent_at or last.send_at)
        raise UsageError(f"announced already ({last.state.value}, {when})", hint="--again does it once more")
    before = memory.announcements.get(client.key)
    return Announce(
        client=client.key,
        because=because or (before.because if before and not last else "") or client.reset_because,
        at_once=at_once,
        at=now,
        revision=last.key.revision + 1 if last else 0,
    )


def _message(plan: Plan, client: str, wish: Announce) -> Message | None:
    found = (
        one
        for one in plan.messages
        if one.client == client and one.key.kind is Kind.ANNOUNCEMENT and one.key.revision == wish.revision
    )
    return next((one for one in found if one.state in OPEN), None)


def _words(house: House, client: Client, wish: Announce, now: datetime) -> str:
    per_call = client.policy.per_call
    facts = MessageFacts(
        form=Form.ANNOUNCEMENT,
        call=None,
        because=wish.because,
        usual=whole_minutes(per_call) if per_call else None,
        shared=client.shared,
        effective=now,
    )
    return house.words.spoken_announcement(to_contact(client, house.rules.owner), facts).text


def _show(app: App, client: Client, message: Message | None, words: str, plan: Plan, clock: Clock) -> None:
    if message is None:
        app.out(f"{client.name} gets it with the message before the next call; none is in view yet")
    else:
        moment = clock.when(message.send_at)
        state = "" if message.state is State.PLANNED else f" ({message.state.value}: {one_line(message.why)})"
        app.out(f"to {one_line(message.key.to)}, {moment}{state}")
        app.out(indent(f"{message.subject}\n\n{message.body}"))
    if plan.mode == "observe":
        app.out("mode is observe: nothing is sent before `calsync act`")
    app.out("")
    app.out("the words to say")
    app.out(indent(words))
