"""`pause` and `resume`: sending stops and starts; notes and blocks go on."""

from __future__ import annotations

from datetime import date

import click

from calsync.cli.app import App
from calsync.cli.options import command, known_client, parse_when, reading
from calsync.cli.show.when import Clock, rfc3339
from calsync.errors import UsageError
from calsync.model.memory import Pause
from calsync.model.times import instant


@command("calsync pause --until 2026-12-01", 'calsync pause acme --note "they are moving house"')
@click.argument("client", required=False)
@click.option("--until", metavar="T", callback=reading(parse_when), help="Until this time or the start of this day.")
@click.option("--note", default="", help="For yourself; never told to anybody.")
def pause(app: App, client: str | None, until: date | None, note: str) -> None:
    """Stop sending, to one client or to all.

    Notes and blocks go on. What falls due meanwhile is treated like a late booking afterwards.
    """
    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone, settings=house.settings)
        if client:
            known_client(house.rules, client)
        end = instant(until, zone) if until else None
        if end and end <= now:
            raise UsageError("this pause would be over already", where=f"--until {until}")
        house.ledger.pause(Pause(client=client or "", since=now, until=end, note=note))
    if app.json:
        app.out_json({"paused": client, "until": rfc3339(end, zone) if end else None})
    else:
        till = f"until {Clock(zone, now).when(end)}" if end else "until calsync resume"
        app.out(f"nothing is sent to {client or 'anybody'} {till}")


@command("calsync resume", "calsync resume acme")
@click.argument("client", required=False)
def resume(app: App, client: str | None) -> None:
    """Send again after a pause."""
    with app.house() as house:
        app.now(house.rules.owner.timezone, settings=house.settings)
        # A client that has left the config may still be paused.
        if client and client not in {pause.client for pause in house.ledger.memory().pauses}:
            known_client(house.rules, client)
        ended = house.ledger.resume(client or "")
    if app.json:
        app.out_json({"resumed": client, "was_paused": ended})
    else:
        app.out(f"sending to {client or 'everybody'} goes on" if ended else "there was no pause")
