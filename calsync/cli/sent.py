"""`sent`: everything that was ever sent to a client."""

from __future__ import annotations

import click

from calsync.cli.app import App
from calsync.cli.options import command, known_client
from calsync.cli.show.data import ShortIds, of_message
from calsync.cli.show.table import indent
from calsync.cli.show.when import Clock
from calsync.model.call import digest_of
from calsync.model.message import MAYBE_TOLD


@command("calsync sent acme", "calsync -v sent acme")
@click.argument("client")
def sent(app: App, client: str) -> None:
    """Everything that was ever sent to a client.

    Also what may have been sent (unknown). With `calsync -v sent CLIENT` every text too.
    """
    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone)
        memory = house.ledger.memory()
        found = [message for message in memory.messages if message.client == client and message.state in MAYBE_TOLD]
        if not found:
            known_client(house.rules, client)  # of a client that left the config, what was sent stays known
    found.sort(key=lambda message: message.sent_at or message.send_at)
    clock = Clock(zone, now)
    message_ids = ShortIds(message.id for message in memory.messages)
    if app.json:
        ids = ShortIds(digest_of(message.key.call) for message in memory.messages if message.key.call)
        app.out_json({"messages": [of_message(message, ids, message_ids, zone) for message in found]})
    elif not found:
        app.out(f"nothing was sent to {client} yet")
    elif app.verbose:
        for message in found:
            app.out(f"{message_ids(message.id)}  {clock.when(message.sent_at or message.send_at)}  to {message.key.to}")
            text = f"{message.subject}\n\n{message.body}" if message.body else "(the text is no longer kept)"
            app.out(indent(text))
    else:
        rows = [
            (
                message_ids(message.id),
                clock.when(message.sent_at or message.send_at),
                message.state.value,
                message.key.kind.value,
                message.key.to,
                message.subject or "(no longer kept)",
            )
            for message in found
        ]
        app.table(("id", "when", "state", "kind", "to", "subject"), rows)
