"""`forget`: deletes what is stored about one client, and says what it can't reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from calsync.cli.app import App
from calsync.cli.options import command
from calsync.errors import UsageError
from calsync.settings.channels import FolderSettings

if TYPE_CHECKING:
    from calsync.wiring import House


@command("calsync forget acme", "calsync forget acme --yes")
@click.argument("client")
@click.option("--yes", is_flag=True, help="Don't ask; also while the client stands in the config.")
def forget(app: App, client: str, yes: bool) -> None:
    """Delete what is stored about one client.

    Calls, figures, messages, notes and reasons, in the copies of the ledger too. Keyed digests of the messages stay, so
    that none of them is sent a second time.
    """
    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone, settings=house.settings)
        memory = house.ledger.memory()
        known = client in {call.client for call in memory.calls.values()} | {one.client for one in memory.messages}
        configured = house.rules.client(client) is not None
        if configured and not yes:
            raise UsageError(
                f"{client} stands in the config: what is seen of it again is stored again",
                where=str(house.settings.path),
                hint=f"take [clients.{client}] out first, or: calsync forget {client} --yes",
            )
        if not known and not configured:
            raise UsageError(f'nothing is known of a client "{client}"', hint="calsync clients lists them")
        question = f"Delete what is stored about {client}?"
        if not yes and not app.confirm(question, otherwise=f"calsync forget {client} --yes"):
            app.tell("nothing was done")
            return
        done = house.ledger.forget_client(client, now)
        house.forget_backups()
        beyond = _beyond(house, client)
    if app.json:
        app.out_json(
            {"client": client, "calls": done.calls, "messages": done.messages, "notes": done.notes, "beyond": beyond}
        )
        return
    app.out(f"forgotten: {done.calls} calls, {done.messages} messages, {done.notes} notes, pauses and announcements")
    app.out("out of reach:")
    for line in beyond:
        app.out(f"  {line}")


def _beyond(house: House, client: str) -> list[str]:
    """Return what is stored elsewhere, a sentence each."""
    folders = [str(one.path) for one in house.settings.channels if isinstance(one, FolderSettings)]
    found = ["the calendars themselves: calsync clean takes notes and blocks back"]
    found += [f"mails as files in {path}: delete those to {client}" for path in folders]
    if any(not isinstance(one, FolderSettings) for one in house.settings.channels):
        found.append("what was sent: it lies with the client, and in your own mailbox")
    found.append("the journal (ids and client keys, no texts) and backups of your own")
    if house.rules.client(client) is not None:
        found.append(f"[clients.{client}] in the config: as long as it stands there, its calls are stored again")
    return found
