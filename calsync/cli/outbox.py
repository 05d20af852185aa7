"""`outbox`: every message to a client with its state, and the owner's word on it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from calsync.cli.app import App
from calsync.cli.beside import daemon_runs
from calsync.cli.choose import by_id
from calsync.cli.options import command
from calsync.cli.show.data import ShortIds, of_message
from calsync.cli.show.table import indent, one_line
from calsync.cli.show.when import Clock
from calsync.errors import UsageError
from calsync.model.call import digest_of
from calsync.model.message import OPEN, Message

if TYPE_CHECKING:
    from calsync.wiring import House

_WORDS = click.Choice(["list", "show", "approve", "skip", "resend"])


@command("calsync outbox", "calsync outbox show k3f9q2", "calsync outbox approve k3f9q2")
@click.argument("what", type=_WORDS, default="list")
@click.argument("message_id", metavar="ID", required=False)
def outbox(app: App, what: str, message_id: str | None) -> None:
    """Every message to a client, with its state.

    \b
    list          all of them, the latest last
    show ID       one, with its text
    approve ID    send what asks, is held or unknown, once
    skip ID       don't send it
    resend ID     a new message of one that is sent, failed or expired
    """
    if what != "list" and message_id is None:
        raise UsageError(f"outbox {what} needs the ID of a message", hint="calsync outbox lists them")
    if what == "list" and message_id is not None:
        raise UsageError(f'outbox list takes no ID, but "{message_id}" was given', hint="calsync outbox show ID")
    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone, settings=house.settings if what not in ("list", "show") else None)
        known = house.ledger.memory().messages
        found = list(known)
        if what != "list":
            chosen = _chosen(message_id or "", known)
            found = [chosen if what == "show" else _decided(house, what, chosen, now)]
        onward = "it goes within seconds" if daemon_runs(house) else "it goes with the next cycle: calsync sync"
    _show(app, found, known, Clock(zone, now), full=what != "list")
    if what in ("approve", "resend"):
        waits = found[0].send_at > now
        app.tell(f"it goes at the next polite moment, {Clock(zone, now).when(found[0].send_at)}" if waits else onward)


def _decided(house: House, what: str, message: Message, now: datetime) -> Message:
    """Record the owner's word, and return the message as it now stands."""
    from calsync.deliver import outbox as words
    from calsync.model.alert import alert_key

    if what != "skip" and house.rules.mode == "observe":
        raise UsageError(f"mode is observe, so nothing is sent, and {what} would mean nothing", hint="calsync act")
    client = house.rules.client(message.client)
    with house.ledger.transaction():
        if what == "resend":
            decided = words.resend(message, now, words.next_revision(message.key, house.ledger.memory().messages))
            house.ledger.queue([decided])
        else:
            decided = words.approve(message, now, client) if what == "approve" else words.skip(message, now)
            house.ledger.set_state(decided)
        for key in (alert_key(message), f"asks:{message.id}"):
            house.ledger.clear_alert(key)
    return decided


def _chosen(typed: str, messages: tuple[Message, ...]) -> Message:
    found = by_id(typed, messages, lambda message: message.id)
    if found is None:
        hint = "calsync outbox lists them; what plan shows gets there with calsync sync"
        raise UsageError(f'no message is named "{typed}"', hint=hint)
    return found


def _show(app: App, found: list[Message], known: tuple[Message, ...], clock: Clock, *, full: bool) -> None:
    ids = ShortIds(digest_of(message.key.call) for message in known if message.key.call)
    message_ids = ShortIds(message.id for message in (*known, *found))
    if app.json:
        app.out_json({"messages": [of_message(message, ids, message_ids, clock.zone) for message in found]})
    elif full:
        for message in found:
            for line in _page(message, message_ids(message.id), clock):
                app.out(line)
    elif not found:
        app.out("the outbox is empty")
    else:
        rows = [
            (
                message_ids(message.id),
                message.state.value,
                clock.when(message.sent_at or message.send_at),
                message.client,
                message.key.kind.value,
                message.key.to,
                message.why,
            )
            for message in sorted(found, key=lambda message: (message.sent_at or message.send_at, message.id))
        ]
        app.table(("id", "state", "when", "client", "kind", "to", "why"), rows)


def _page(message: Message, short: str, clock: Clock) -> list[str]:
    moment = (
        f"sent {clock.when(message.sent_at)}"
        if message.sent_at
        else f"goes {clock.when(message.send_at)}, not after {clock.when(message.expires_at)}"
    )
    state = f"{message.state.value}: {one_line(message.why)}" if message.why else message.state.value
    return [
        f"{short} · {message.key.kind.value} to {one_line(message.key.to)} · {message.client}",
        f"  {state}; {moment}" if message.state in OPEN or message.sent_at else f"  {state}",
        "",
        indent(f"{message.subject}\n\n{message.body}"),
    ]
