"""`note`: a private word about a client for the prep text, until its day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import click

from calsync.cli.app import App
from calsync.cli.options import command, known_client, parse_when, reading
from calsync.cli.show.table import one_line
from calsync.cli.show.when import Clock, rfc3339
from calsync.errors import UsageError
from calsync.model.memory import OwnerNote
from calsync.model.times import instant

_LONGEST = 500


@command('calsync note acme "moves house this week" --until 2026-12-05')
@click.argument("client")
@click.argument("text")
@click.option("--until", metavar="D", required=True, callback=reading(parse_when), help="Through this day, or until T.")
def note(app: App, client: str, text: str, until: datetime | date) -> None:
    """A private word about a client for the prep text, until its day.

    It stands in your prep text of every call with this client, is never told to anybody, and is deleted after that day.
    """
    text = one_line(text)
    if not text:
        raise UsageError("a note without words", hint='calsync note acme "moves house" --until 2026-12-05')
    if len(text) > _LONGEST:
        raise UsageError(f"a note of {len(text)} letters; {_LONGEST} are enough", hint="keep it short")
    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone, settings=house.settings)
        known_client(house.rules, client)
        last = until if isinstance(until, datetime) else until + timedelta(days=1)
        end = instant(last, zone)
        if end <= now:
            raise UsageError("this note would be gone already", where=f"--until {until}")
        house.ledger.note(OwnerNote(client=client, text=text, until=end, at=now))
    if app.json:
        app.out_json({"client": client, "until": rfc3339(end, zone)})
    else:
        app.out(f"{client}: in your prep text until {Clock(zone, now).when(end)}, then deleted")
