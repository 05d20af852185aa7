"""`act`: out of observe, after a look at what that means."""

from __future__ import annotations

import click

from calsync.cli.app import App
from calsync.cli.options import command
from calsync.cli.sync import show_cycle
from calsync.errors import LockHeld


@command("calsync act", "calsync act --yes")
@click.option("--yes", is_flag=True, help="Don't ask.")
def act(app: App, yes: bool) -> int:
    """Leave observe: show the plan, ask, and from then on act.

    Sets mode = "act" in the config, that value alone, and applies the plan that was shown, whatever its size.
    """
    from calsync.cli.handover import by, do
    from calsync.cli.show.plan import page
    from calsync.cli.show.when import Clock
    from calsync.daemon.requests import Wish
    from calsync.settings.edit import set_mode

    with app.house(mend=True) as house:
        zone = house.rules.owner.timezone
        now = app.now(zone, settings=house.settings)
        clock = Clock(zone, now)
        if house.rules.mode == "act":
            app.tell("mode is act already; this is one cycle, whatever its size")
        seen = house.plan(now)
        if not app.json:
            for line in page(seen, clock, texts=bool(app.verbose), onward=False):
                app.out(line)
        if not yes and not app.confirm(
            "Set mode to act, and do this now?", otherwise="calsync act --yes, after a look at calsync plan"
        ):
            app.tell("nothing was done")
            return 0
        set_mode(house.settings.path, "act")
        with app.house() as acting:
            config, rehearsed = by(app, acting)
            # What was looked at is what is done; with --yes nobody has looked.
            digest = None if yes else seen.digest
            wish = Wish(command="act", config=config, now=rehearsed, digest=digest, any_size=yes)
            try:
                done = do(app, acting, wish)
            except (LockHeld, KeyboardInterrupt):
                app.tell('mode is "act" in the config from now on; calsync act once more applies a plan')
                raise
    return show_cycle(app, done, zone)
