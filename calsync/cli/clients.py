"""`clients`: who they are, their caps, and what is used of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from calsync.cli.app import App
from calsync.cli.options import command
from calsync.cli.show.data import Data
from calsync.cli.show.when import Clock, minutes, rfc3339
from calsync.errors import UsageError
from calsync.model.call import Call
from calsync.model.rules import Client
from calsync.model.times import Span, month_span, week_span, whole_minutes

if TYPE_CHECKING:
    from calsync.planning.budget import Use


@command("calsync clients", "calsync clients suggest", "calsync clients --json")
@click.argument("what", metavar="[suggest]", required=False)
def clients(app: App, what: str | None) -> int:
    """Your clients, with their caps and what is used of them.

    Minutes of this week and this month, from start to hard stop, calls to come included; and how many calls of this
    month were flexed.

    `suggest` proposes clients from who is in your calls, of the last 90 days and to come, as tables for your config.
    """
    from calsync.planning.budget import flexes, use_at
    from calsync.planning.calls import find_calls

    if what == "suggest":
        return _suggest(app)
    if what is not None:
        raise UsageError(
            f'clients takes nothing or suggest, but "{what}" was given', hint="calsync report --client C tells of one"
        )
    with app.house() as house:
        rules = house.rules
        zone = rules.owner.timezone
        now = app.now(zone)
        today = now.astimezone(zone).date()
        week, month = week_span(today, zone), month_span(today, zone)
        ahead = now + rules.horizon
        window = Span(min(week.start, month.start), max(week.end, month.end, ahead))
        snapshot = house.look(now, window)
        calls = find_calls(snapshot, rules, house.ledger.memory()).calls
    rows = [
        (
            client,
            use_at(calls, client, now, zone),
            flexes(calls, client, month),
            _next(calls, client, Clock(zone, now)),
        )
        for client in rules.clients
    ]
    if app.json:
        app.out_json({"clients": [_data(*row) for row in rows]})
        return app.tell_unread(snapshot.unread)
    clock = Clock(zone, now)
    heads = ("client", "name", "language", "a call", "this week", "this month", "flexes", "next call")
    app.table(
        heads,
        [
            (
                client.key,
                client.name,
                client.language,
                minutes(client.policy.per_call) if client.policy.per_call else "",
                _of(use.week, use.per_week),
                _of(use.month, use.per_month),
                str(flexed or ""),
                clock.when(call.start) if call else "",
            )
            for client, use, flexed, call in rows
        ],
        right=(3, 6),
    )
    return app.tell_unread(snapshot.unread)


def _suggest(app: App) -> int:
    from calsync.cli.suggest import data, found, paste

    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone)
        snapshot, suggestions = found(house.calendars, house.rules, house.ledger.memory(), house.settings.defaults, now)
    if app.json:
        app.out_json({"suggestions": [data(one, house.rules.owner) for one in suggestions]})
    else:
        for one in suggestions:
            app.out(paste(one, house.rules.owner, Clock(zone, now)))
        paste_into = f"paste what you like into {house.settings.path}, and run calsync check"
        app.tell(paste_into if suggestions else "nobody new is in your calls of the last 90 days and to come")
    return app.tell_unread(snapshot.unread)


def _next(calls: tuple[Call, ...], client: Client, clock: Clock) -> Call | None:
    return next((call for call in calls if call.client.key == client.key and call.start > clock.now), None)


def _of(used: int, cap: int | None) -> str:
    return minutes(used) if cap is None else f"{minutes(used)} of {minutes(cap)}{' !' if used > cap else ''}"


def _data(client: Client, use: Use, flexed: int, call: Call | None) -> Data:
    per_call = client.policy.per_call
    return {
        "client": client.key,
        "name": client.name,
        "language": client.language,
        "timezone": client.timezone.key,
        "per_call": whole_minutes(per_call) if per_call else None,
        "week": {"used": use.week, "cap": use.per_week},
        "month": {"used": use.month, "cap": use.per_month},
        "flexes": flexed,
        "next": rfc3339(call.start) if call else None,
    }
