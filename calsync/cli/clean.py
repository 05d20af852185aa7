"""`clean`: as if calsync had never been in the calendars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from calsync.cli.app import App
from calsync.cli.beside import daemon_runs
from calsync.cli.options import command

if TYPE_CHECKING:
    from calsync.model.rules import Rules
    from calsync.wiring import Cleaned


@command("calsync clean", "calsync clean --yes")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--edited", is_flag=True, help="Also what you have edited since.")
def clean(app: App, yes: bool, edited: bool) -> int:
    """Take back every note and block that calsync wrote.

    In every configured calendar and at all times, past ones too. What you edited is left and listed, unless --edited.
    What was sent stays known.
    """
    from calsync.cli.handover import by, do
    from calsync.cli.show.results import cleaned_lines, failed_lines, of_cleaned
    from calsync.cli.show.when import Clock
    from calsync.daemon.requests import Wish
    from calsync.wiring import Cleaned

    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone, settings=house.settings)
        clock = Clock(zone, now)
        done = house.clean(now, edited=edited, dry=True)
        again = False
        if not app.json:
            for line in cleaned_lines(done, clock):
                app.out(line)
        if done.removed:
            many = f"these {len(done.removed)}" if len(done.removed) > 1 else "this one"
            again = house.rules.mode == "act" and daemon_runs(house)
            if again:
                app.tell(
                    "a calsync runs here, and will write again at once: stop it before, or set"
                    ' mode = "observe" and let it read the config again'
                )
            if not yes and not app.confirm(f"Take {many} back?", otherwise="calsync clean --yes"):
                app.tell("nothing was done")
                return 0
            config, rehearsed = by(app, house)
            found = do(app, house, Wish(command="clean", config=config, now=rehearsed, edited=edited))
            assert isinstance(found, Cleaned)  # noqa: S101 (what `carry_out` returns for this wish)
            done = found
            if not app.json:
                for line in failed_lines(done.failed):
                    app.out(line)
    if app.json:
        app.out_json(of_cleaned(done, now, clock))
    _tell(app, done, house.rules, told=again)
    return 1 if done.failed else 0


def _tell(app: App, done: Cleaned, rules: Rules, *, told: bool) -> None:
    if not done.removed:
        app.tell("nothing of calsync's stands in your calendars" + (" but what is listed" if done.left else ""))
    elif rules.mode == "act" and not told:
        app.tell('the next calsync sync will write again: take its timer out, or set mode = "observe", before it')
