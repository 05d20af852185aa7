"""`sync`: one whole cycle, for a timer or by hand."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

import click

from calsync.cli.app import App
from calsync.cli.options import command
from calsync.errors import OwnerMust, UsageError

if TYPE_CHECKING:
    from calsync.daemon.answers import CycleDone, Done


@command("calsync sync", "calsync sync --digest 7f3a91c2", "calsync sync --json")
@click.option("--force", is_flag=True, help="Believe a calendar that is suddenly empty. Lifts no limit.")
@click.option("--digest", metavar="D", help="Allow this one large plan, as printed by `calsync plan`.")
def sync(app: App, force: bool, digest: str | None) -> int:
    """One whole cycle: read, plan, apply, send what is due.

    Exits with 1 when part of it failed, with 3 when you have to act first (a plan over the limits), with 4 when
    another calsync holds the state folder; with --force or --digest that one is asked to do it.
    """
    from calsync.cli.handover import by, do, do_here
    from calsync.daemon.requests import Wish

    if force and digest:
        raise UsageError("--force and --digest don't go together", hint="the plan of a forced cycle is another one")
    with app.house(mend=True) as house:
        zone = house.rules.owner.timezone
        app.now(zone, settings=house.settings)
        config, now = by(app, house)
        wish = Wish(command="sync", config=config, now=now, force=force, digest=digest)
        done = (do if force or digest else do_here)(app, house, wish)
    return show_cycle(app, done, zone)


def show_cycle(app: App, done: Done, zone: tzinfo) -> int:
    """Show what a cycle did, on the clocks of `zone`, and return the exit status that it means."""
    from calsync.cli.show.results import of_synced, synced_lines
    from calsync.cli.show.when import Clock
    from calsync.daemon.answers import CycleDone

    assert isinstance(done, CycleDone)  # noqa: S101 (what `carry_out` returns for every wish but clean)
    clock = Clock(zone, done.now)
    stopped = _stopped(done)
    if app.json:
        from calsync.cli.failure import as_data

        app.out_json({**(as_data(stopped) if stopped else {}), **of_synced(done, clock)})
    else:
        for line in synced_lines(done, clock):
            app.out(line)
    if stopped:
        if not app.json:
            from calsync.cli.failure import as_text

            app.tell(as_text(stopped))
        return stopped.exit_code
    return 1 if done.failed else 0


def _stopped(done: CycleDone) -> OwnerMust | None:
    if not done.large:
        return None
    hint = f"look at it with calsync plan, then: calsync sync --digest {done.digest}"
    return OwnerMust(f"stopped before the first change: {done.large}", hint=hint)
