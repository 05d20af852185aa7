"""`report`: booked, capped, taken, over, flexed and cost, per client, past and ahead."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calsync.cli.app import App
from calsync.cli.options import command, known_client, reading
from calsync.cli.show.data import Data
from calsync.cli.show.when import Clock, minutes, rfc3339
from calsync.errors import UsageError
from calsync.model.times import Span, month_span, week_span
from calsync.planning.budget import minutes_of

if TYPE_CHECKING:
    from calsync.model.call import Call
    from calsync.model.rules import Client, Rules
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


@command(
    "calsync report",
    "calsync report --week 2026-W47 --client acme",
    "calsync report --month 2026-11 --html november.html",
    "calsync report --for-client acme --html acme.html",
)
@click.option("--month", metavar="2026-11", callback=reading(parse_month), help="This month; else the present one.")
@click.option("--week", metavar="2026-W47", callback=reading(parse_week), help="This ISO week.")
@click.option("--client", metavar="C", help="Only this client.")
@click.option("--for-client", metavar="C", help="What client C may have: own calls alone, no cost, no caps.")
@click.option("--html", metavar="F", type=click.Path(dir_okay=False), help="Write a page with charts to file F.")
@click.option(
    "--csv",
    metavar="F",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Write rows for a spreadsheet; - is stdout.",
)
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
    from calsync.cli.show.pages import weeks_before
    from calsync.planning.budget import by_week
    from calsync.planning.budget import report as figures
    from calsync.planning.calls import find_calls

    if month and week:
        raise UsageError("--month and --week don't go together", hint="leave one of them out")
    if client and for_client:
        raise UsageError("--client and --for-client don't go together", hint="leave one of them out")
    if app.json and (html or csv):
        raise UsageError("--json is a report of its own", hint="leave --html and --csv out")
    only = for_client or client
    with app.house() as house:
        rules, zone = house.rules, house.rules.owner.timezone
        now = app.now(zone)
        if only:
            known_client(rules, only)
        span = _span(month, week, now, zone)
        mondays = weeks_before(span, now, zone)
        snapshot = house.look(now, Span(min(span.start, week_span(mondays[0], zone).start), span.end))
        calls = find_calls(snapshot, rules, house.ledger.memory()).calls
    found = [row for row in figures(calls, rules, span, now) if only in (None, row.client)]
    asked = [one for one in rules.clients if only in (None, one.key)]
    weeks = {one.key: by_week(calls, one, mondays, now, zone) for one in asked}
    made = _Report(app, rules, Clock(zone, now), span, calls, found, weeks, mondays)
    if html:
        made.write_page(Path(html), for_client)
    if csv:
        made.write_rows(csv, for_client)
    if not (html or csv):
        made.show(for_client)
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


@dataclass(frozen=True, slots=True)
class _Report:
    """One report, to be shown or written. weeks: minutes for each of the Mondays, by client."""

    app: App
    rules: Rules
    clock: Clock
    span: Span
    calls: Sequence[Call]
    found: Sequence[Figures]
    weeks: Mapping[str, Sequence[int]]
    mondays: Sequence[date]

    def _of(self, key: str) -> list[Call]:
        return [one for one in self.calls if one.client.key == key and self.span.start <= one.start < self.span.end]

    def _client(self, key: str) -> Client:
        return next(one for one in self.rules.clients if one.key == key)

    def write_page(self, path: Path, for_client: str | None) -> None:
        """Write the page of all clients, or the one that a client may have."""
        from calsync.cli.show.pages import clients_page, owners_page
        from calsync.words.page import write

        now = self.clock.now
        if for_client is None:
            page = owners_page(self.found, self.weeks, self.rules, self.span, now)
        else:
            client = self._client(for_client)
            page = clients_page(self._of(for_client), client, self.weeks[for_client], self.mondays, self.span, now)
        _put(path, write(page))
        self.app.tell(f"written to {path}")

    def write_rows(self, path: str, for_client: str | None) -> None:
        """Write rows for a spreadsheet, a client each; for a client a call each."""
        from calsync.cli.show.pages import calls_for_a_sheet, rows_for_a_sheet

        if for_client is None:
            rows = rows_for_a_sheet(self.found)
        else:
            rows = calls_for_a_sheet(self._of(for_client), self.clock.now)
        if path == "-":
            self.app.out(rows.removesuffix("\r\n"))
        else:
            _put(Path(path), rows)
            self.app.tell(f"written to {path}")

    def show(self, for_client: str | None) -> None:
        """Show it on stdout."""
        clock, span = self.clock, self.span
        if self.app.json:
            ends = {"from": rfc3339(span.start, clock.zone), "to": rfc3339(span.end, clock.zone)}
            rows = [_data(row) if for_client is None else _data_for_client(row) for row in self.found]
            self.app.out_json({**ends, "clients": rows})
        elif for_client is not None:
            self._show_calls(for_client)
        else:
            _page(self.app, self.found, span, clock)
            self._show_weeks()

    def _show_calls(self, key: str) -> None:
        zone = self._client(key).timezone
        local = Clock(zone, self.clock.now)
        rows = [
            (local.day(call.start), local.span(call.start, call.hard_stop), minutes(minutes_of(call)))
            for call in self._of(key)
        ]
        self.app.table(("day", "time", "minutes"), rows, right=(2,))

    def _show_weeks(self) -> None:
        """Show the weeks that lead up to now, a bar each, where anything took place."""
        from calsync.cli.show.pages import bar, sparkline
        from calsync.cli.show.table import aligned

        first, last = (f"W{day.isocalendar().week:02}" for day in (self.mondays[0], self.mondays[-1]))
        most = max((row.taken for row in self.found), default=0)
        rows = [
            (row.client, sparkline(self.weeks[row.client]), bar(row.taken, most))
            for row in self.found
            if any(self.weeks[row.client])
        ]
        if rows:
            self.app.out("")
            for line in aligned([("", f"{first} to {last}", "taken"), *rows]):
                self.app.out(line)


def _put(path: Path, text: str) -> None:
    """Write a file whole, or leave what stands there; figures of clients are for the owner's eyes."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.touch(mode=0o600)
        new.write_text(text, encoding="utf-8", newline="")
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise UsageError(
            f"the report can't be written: {error.strerror}", where=str(path), hint="name another file"
        ) from error


def _data_for_client(row: Figures) -> Data:
    return {
        "client": row.client,
        "calls": row.calls,
        "taken": row.taken,
        "ahead": {"calls": row.ahead_calls, "capped": row.ahead_capped},
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
