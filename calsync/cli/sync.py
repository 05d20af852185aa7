"""`sync`: one whole cycle, for a timer or by hand."""

from __future__ import annotations

import click

from calsync.cli.app import App
from calsync.cli.options import command
from calsync.errors import UsageError


@command("calsync sync", "calsync sync --digest 7f3a91c2", "calsync sync --json")
@click.option("--force", is_flag=True, help="Believe a calendar that is suddenly empty. Lifts no limit.")
@click.option("--digest", metavar="D", help="Allow this one large plan, as printed by `calsync plan`.")
def sync(app: App, force: bool, digest: str | None) -> int:
    """One whole cycle: read, plan, apply, send what is due.

    Exits with 1 when part of it failed, with 3 when you have to act first (a plan over the limits), with 4 when
    another calsync holds the state folder.
    """
    from calsync.cli.show.results import of_synced, synced_lines
    from calsync.cli.show.when import Clock

    if force and digest:
        raise UsageError("--force and --digest don't go together", hint="the plan of a forced cycle is another one")
    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone, settings=house.settings)
        with app.lock(house):
            done = house.sync(now, force=force, digest=digest)
    clock = Clock(zone, now)
    if app.json:
        app.out_json(of_synced(done, clock))
    else:
        for line in synced_lines(done, clock):
            app.out(line)
    if done.large:
        app.tell(f"stopped before the first change: {done.large}")
        app.tell(f"look at it with calsync plan, then: calsync sync --digest {done.plan.digest}")
        return 3
    return 1 if done.failed else 0
