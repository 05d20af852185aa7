"""`agenda`: what stands on a call's agenda, laid out in minutes; and adding to it."""

from __future__ import annotations

import click

from calsync.cli.app import App
from calsync.cli.choose import Prefer, choose_view, heading
from calsync.cli.options import command
from calsync.cli.show.data import Data, plan_ids
from calsync.cli.show.table import aligned, one_line
from calsync.cli.show.when import Clock
from calsync.errors import UsageError
from calsync.model.plan import CallView
from calsync.model.text import Stage

_STAGES = {Stage.GREETING: "(greeting)", Stage.CLOSE_OUT: "(close-out)", Stage.CATCH_UP: "(everything else)"}


@command("calsync agenda acme", 'calsync agenda acme --add "Budget for spring 10m"')
@click.argument("call")
@click.option("--add", metavar="TEXT", multiple=True, help="One more item; a length at its end counts (Budget 10m).")
@click.option("--clear", is_flag=True, help="Take away what was added with --add.")
@click.option("--keep", is_flag=True, help="Let items left open in a one-to-one call stand in this group call.")
def agenda(app: App, call: str, add: tuple[str, ...], clear: bool, keep: bool) -> None:
    """What stands on a call's agenda, laid out in minutes.

    CALL is an id or a client: then the next call that has not begun.
    """
    items = tuple(one_line(item) for item in add)
    if not all(items):
        raise UsageError("an item needs some text", where="--add")
    changes = clear or keep or bool(items)
    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone, settings=house.settings if changes else None)
        clock = Clock(zone, now)
        plan = house.plan(now)
        view = choose_view(call, plan, house.rules, clock, Prefer.NEXT)
        if changes:
            with house.ledger.transaction():
                had = () if clear else house.ledger.memory().agenda.get(view.call.name, ())
                house.ledger.set_agenda(view.call.name, (*had, *items))
                if keep:
                    house.ledger.let_carry(view.call.name)
            plan = house.plan(now)
            view = next((new for new in plan.views if new.call.name == view.call.name), view)
    ids = plan_ids(plan)
    if app.json:
        app.out_json({"call": ids(view.call.id), **_data(view)})
        return
    app.out(heading(view.call, clock, ids))
    for line in page(view):
        app.out(line)


def page(view: CallView) -> list[str]:
    """Return the agenda as lines: items with their minutes, and what doesn't fit."""
    found = view.agenda
    rows = [["" if line.minutes is None else f"{line.minutes} min", _item(line.item)] for line in found.layout]
    lines = [f"  {line}" for line in aligned(rows, right=[0])] or ["  nothing is on it"]
    if found.in_event:
        lines.append("  the list stands in the event, in your own words")
    elif found.default:
        lines.append("  these are the client's usual items")
    if above := view.call.carried:
        lines.append(f"  carried over from before: {_items(above)}")
    if withheld := view.call.withheld:
        lines.append(f"  left open in a one-to-one call, and not shown in a group: {_items(withheld)}")
        lines.append("  calsync agenda CALL --keep puts it on the list")
    if found.needs is not None:
        lines.append(f"  agenda needs {found.needs} of {found.has} min")
    return lines


def _item(item: str) -> str:
    return _STAGES[item] if isinstance(item, Stage) else one_line(item)


def _items(items: tuple[str, ...]) -> str:
    return " · ".join(map(one_line, items))


def _data(view: CallView) -> Data:
    found = view.agenda
    return {
        "items": list(found.items),
        "layout": [{"item": line.item, "minutes": line.minutes} for line in found.layout],
        "needs": found.needs,
        "has": found.has,
        "default": found.default,
        "in_event": found.in_event,
        "carried": list(view.call.carried),
        "withheld": list(view.call.withheld),
    }
