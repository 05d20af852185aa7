"""`clean`: as if calsync had never been in the calendars."""

from __future__ import annotations

import click

from calsync.cli.app import App
from calsync.cli.options import command


@command("calsync clean", "calsync clean --yes")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--edited", is_flag=True, help="Also what you have edited since.")
def clean(app: App, yes: bool, edited: bool) -> int:
    """Take back every note and block that calsync wrote.

    In every configured calendar and at all times, past ones too. What you edited is left and listed, unless --edited.
    What was sent stays known.
    """
    from calsync.cli.show.results import cleaned_lines, of_cleaned
    from calsync.cli.show.when import Clock

    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone, settings=house.settings)
        clock = Clock(zone, now)
        with app.lock(house):
            done = house.clean(now, edited=edited, dry=True)
            if not done.removed:
                app.tell(
                    "nothing of calsync's stands in your calendars" + (", but what is listed" if done.left else "")
                )
            if not app.json:
                for line in cleaned_lines(done, clock):
                    app.out(line)
            if done.removed:
                many = f"these {len(done.removed)}" if len(done.removed) > 1 else "this one"
                if not yes and not app.confirm(f"Take {many} back?", otherwise="calsync clean --yes"):
                    app.tell("nothing was done")
                    return 0
                done = house.clean(now, edited=edited)
    if app.json:
        app.out_json(of_cleaned(done, now, clock))
    if done.removed and house.rules.mode == "act":
        app.tell('done; the next calsync sync will write again: take its timer out, or set mode = "observe", before it')
    elif done.removed:
        app.tell("done")
    return 0
