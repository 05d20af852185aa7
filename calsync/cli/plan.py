"""`plan`: what the next cycle would change and send, and why; changes nothing."""

from __future__ import annotations

import click

from calsync.cli.app import App
from calsync.cli.options import command


@command("calsync plan", "calsync plan --exit-code --json")
@click.option("--exit-code", is_flag=True, help="Exit with 10 when something is pending.")
def plan(app: App, exit_code: bool) -> int:
    """What the next cycle would do, and why; changes nothing.

    Call by call: ~ written, + added, - taken away, > sent, = left alone. With `calsync -v plan` every text too.
    Exits with 1 when a calendar could not be read; with --exit-code also with 3 when you have to approve a large plan.
    """
    from calsync.cli.show.plan import page, pending
    from calsync.cli.show.when import Clock

    with app.house() as house:
        zone = house.rules.owner.timezone
        found = house.plan(app.now(zone))
    if app.json:
        from calsync.cli.show.data import of_plan

        app.out_json(of_plan(found, zone))
    else:
        for line in page(found, Clock(zone, found.now), texts=bool(app.verbose)):
            app.out(line)
    # Of several statuses the owner's part goes first, then what failed.
    if exit_code and found.large and found.mode == "act":
        return 3
    if not all(calendar.ok for calendar in found.calendars):
        return 1
    return 10 if exit_code and pending(found) else 0
