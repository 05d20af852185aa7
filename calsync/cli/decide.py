"""`skip` and `keep`: the owner's word on what is a call."""

from __future__ import annotations

from typing import Literal

import click

from calsync.cli.app import App
from calsync.cli.beside import carried_out
from calsync.cli.find import find
from calsync.cli.options import command, known_client
from calsync.cli.show.when import Clock
from calsync.model.memory import Decision


@command("calsync skip k3f9q2", "calsync skip k3f9q2 --series")
@click.argument("call")
@click.option("--series", is_flag=True, help="Every occurrence of the series, those to come too.")
def skip(app: App, call: str, series: bool) -> None:
    """Leave a call, or a whole series, alone.

    Its note and blocks go, and what is not sent yet is withdrawn, with the next cycle; a running daemon has it within
    seconds. CALL is an id that `plan` or
    `events` prints, or a client: then its current or next call.
    """
    _decide(app, call, "skip", series, "")


@command("calsync keep k3f9q2", "calsync keep k3f9q2 --client acme")
@click.argument("call")
@click.option("--series", is_flag=True, help="Every occurrence of the series, those to come too.")
@click.option("--client", default="", metavar="C", help="Whose call it is, where two clients match alike.")
def keep(app: App, call: str, series: bool, client: str) -> None:
    """Treat an event as a call although something speaks against it.

    Overrides: doubtful, a title among `except`, an event marked private, a tie of two clients (with --client), and an
    earlier `skip`. CALL is an id that `plan` or `events` prints, or a client: then its current or next call.
    """
    _decide(app, call, "keep", series, client)


def _decide(app: App, typed: str, verdict: Literal["skip", "keep"], series: bool, client: str) -> None:
    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone, settings=house.settings)
        if client:
            known_client(house.rules, client)
        clock = Clock(zone, now)
        found = find(typed, house, clock)
        house.ledger.decide(
            Decision(subject=found.uid if series else found.name, series=series, verdict=verdict, client=client, at=now)
        )
        onward = carried_out(house)
    if app.json:
        app.out_json({"call": found.short, "verdict": verdict, "series": series, "client": client or None})
        return
    app.out(found.heading)
    many = "every call of this series" if series else "this call"
    app.out(f"{many} is {'left alone' if verdict == 'skip' else 'kept'} from now on")
    app.tell(f"noted; {onward}")
