"""`report`: booked, capped, taken, over, flexed and cost, per client, past and ahead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from calsync.cli.app import App
from calsync.cli.options import command, known_client, later, reading
from calsync.cli.show.data import Data
from calsync.cli.show.when import Clock, minutes, rfc3339
from calsync.errors import UsageError
from calsync.model.times import Span, month_span, week_span

if TYPE_CHECKING:
    from calsync.planning.budget import Figures


def parse_month(text: str) -> date:
    """Return the first day of a month written as 2026-11; ValueError for anything else."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}", text) and "1970" <= text[:4] <= "2900" and "01" <= text[5:] <= "12":
        return date(int(text[:4]), int(text[5:]), 1)
    raise ValueError(f'"{text}" is no month; write it as 2026-11')


def parse_week(text: str) -> date:
    """Return the Monday of an ISO week written as 2026-W47; ValueError for anything else."""
    if (found := re.fullmatch(r"([0-9]{4})-?[Ww]([0-9]{2})", text)) and 1970 <= int(found[1]) <= 2900:
        try:
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
        except ValueError:
            pass  # a week 53 that this year has not
    raise ValueError(f'"{text}" is no week; write it as 2026-W47')


@command("calsync report", "calsync report --week 2026-W47 --client acme", "calsync report --month 2026-11 --json")
@click.option("--month", metavar="2026-11", callback=reading(parse_month), help="This month; else the present one.")
@click.option("--week", metavar="2026-W47", callback=reading(parse_week), help="This ISO week.")
@click.option("--client", metavar="C", help="Only this client.")
@click.option("--for-client", hidden=True)
@click.option("--html", hidden=True)
@click.option("--csv", hidden=True)
def report(
    app: App,
    month: date | None,
    week: date | None,
    client: str | None,
    for_client: str | None,
    html: str | None,
    csv: str | None,
) -> int:
    """Time booked, capped and taken for each client, and what it cost.

    \b
    booked  minutes of the events          capped  from start to hard stop
    taken   minutes that were really used  over    taken beyond capped
    flexed  minutes added or removed       cost    taken, at the client's rate

    Sums over calls that have begun; what lies ahead stands beside them.
    """
    from calsync.planning.budget import report as figures
    from calsync.planning.calls import find_calls

    for name, given in (("--for-client", for_client), ("--html", html), ("--csv", csv)):
        if given is not None:
            raise later(f"report {name}")
    if month and week:
        raise UsageError("--month and --week don't go together", hint="leave one of them out")
    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone)
        if client:
            known_client(house.rules, client)
        span = _span(month, week, now, zone)
        snapshot = house.look(now, span)
        calls = find_calls(snapshot, house.rules, house.ledger.memory()).calls
        found = [row for row in figures(calls, house.rules, span, now) if client in (None, row.client)]
    clock = Clock(zone, now)
    if app.json:
        ends = {"from": rfc3339(span.start, zone), "to": rfc3339(span.end, zone)}
        app.out_json({**ends, "clients": [_data(row) for row in found]})
    else:
        _page(app, found, span, clock)
    return app.tell_unread(snapshot.unread)


def _span(month: date | None, week: date | None, now: datetime, zone: tzinfo) -> Span:
    if week:
        return week_span(week, zone)
    return month_span(month or now.astimezone(zone).date(), zone)


def _data(row: Figures) -> Data:
    def cost(amount: Decimal | None) -> Data | None:
        return None if amount is None else {"amount": float(amount), "currency": row.currency}

    return {
        "client": row.client,
        "calls": row.calls,
        "told": row.told,
        "booked": row.booked,
        "capped": row.capped,
        "taken": row.taken,
        "over": row.over,
        "flexed": row.flexed,
        "cost": cost(row.cost),
        "ahead": {
            "calls": row.ahead_calls,
            "booked": row.ahead_booked,
            "capped": row.ahead_capped,
            "cost": cost(row.ahead_cost),
        },
    }


def _page(app: App, found: Sequence[Figures], span: Span, clock: Clock) -> None:
    last = span.end.astimezone(clock.zone) - timedelta(seconds=1)
    app.out(f"{clock.day(span.start)} to {clock.day(last)}, by {clock.when(clock.now)}")
    heads = ("client", "calls", "told", "booked", "capped", "taken", "over", "flexed", "cost")
    ahead = ("ahead", "booked", "capped", "cost")
    rows = [
        (
            row.client,
            str(row.calls),
            str(row.told),
            *map(minutes, (row.booked, row.capped, row.taken, row.over, row.flexed)),
            _money(row.cost, row.currency),
            str(row.ahead_calls),
            *map(minutes, (row.ahead_booked, row.ahead_capped)),
            _money(row.ahead_cost, row.currency),
        )
        for row in found
    ]
    app.table((*heads, *ahead), rows, right=range(1, len(heads) + len(ahead)))


def _money(amount: Decimal | None, currency: str | None) -> str:
    return "" if amount is None else f"{amount:,.2f} {currency}"
