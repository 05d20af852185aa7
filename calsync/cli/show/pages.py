"""Reports as files: a page with drawings, and rows for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from calsync.cli.show.table import one_line
from calsync.model.call import Call
from calsync.model.rules import Client, Rules
from calsync.model.times import Span
from calsync.planning.budget import Figures, minutes_of
from calsync.words import page as pages

if TYPE_CHECKING:
    from calsync.words.page import Chart, Page

WEEKS = 12
_BLOCKS = "▁▂▃▄▅▆▇█"
COLUMNS = (
    *("client", "calls", "told", "booked", "capped", "taken", "over", "flexed", "cost", "currency"),
    *("ahead_calls", "ahead_booked", "ahead_capped", "ahead_cost"),
)


def sparkline(minutes: Sequence[int]) -> str:
    """Return a bar for each number, the highest one full; empty where there is nothing to draw."""
    most = max(minutes, default=0)
    return "".join(_BLOCKS[-(-number * (len(_BLOCKS) - 1) // most)] for number in minutes) if most else ""


def bar(minutes: int, most: int, width: int = 20) -> str:
    """Return a bar as long as `minutes` are of `most`."""
    return "█" * (-(-minutes * width // most)) if most else ""


def rows_for_a_sheet(found: Sequence[Figures]) -> str:
    """Return the figures as CSV (RFC 4180), minutes as whole numbers."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in found:
        writer.writerow([_cell(getattr(row, name)) for name in COLUMNS])
    return out.getvalue()


def calls_for_a_sheet(calls: Sequence[Call], now: datetime) -> str:
    """Return one client's calls as CSV, on the client's clocks: what that client may have."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("start", "end", "minutes", "ahead"))
    for call in calls:
        start, end = (at.astimezone(call.client.timezone).isoformat() for at in (call.start, call.hard_stop))
        writer.writerow((start, end, minutes_of(call), "yes" if call.start > now else "no"))
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@"):
        return f"'{value}"  # a spreadsheet would take it for a formula
    return "" if value is None else value


def owners_page(
    found: Sequence[Figures], weeks: Mapping[str, Sequence[int]], rules: Rules, span: Span, now: datetime
) -> Page:
    """Return the page of all clients, in the owner's language."""
    owner = rules.owner
    words = pages.labels(owner.language)
    heads = [words[name] for name in ("client", "calls", "told", "booked", "capped", "taken", "over", "flexed", "cost")]
    rows = [
        (
            _name(row.client, rules),
            *map(str, (row.calls, row.told, row.booked, row.capped, row.taken, row.over, row.flexed)),
            _money(row.cost, row.currency),
            f"{row.ahead_calls} · {row.ahead_capped}",
        )
        for row in found
    ]
    calls, told = sum(row.calls for row in found), sum(row.told for row in found)
    mondays = weeks_before(span, now, owner.timezone)
    return pages.Page(
        language=owner.language,
        title=f"{words['report']}: {_period(span, owner.language, owner.timezone)}",
        subtitle=f"{words['by']} {pages.day(now, str(owner.timezone), owner.language, now)}",
        heads=[*heads, f"{words['ahead']} · {words['minutes']}"],
        rows=rows,
        notes=[words["all_told"].format(told=told, calls=calls)] if calls else [],
        charts=[
            _chart(f"{_name(row.client, rules)}: {words['weeks']}", weeks[row.client], mondays)
            for row in found
            if any(weeks[row.client])
        ],
    )


def clients_page(
    calls: Sequence[Call], client: Client, weeks: Sequence[int], mondays: Sequence[date], span: Span, now: datetime
) -> Page:
    """Return the page that one client may have, in that client's language: no cost, no cap, nobody else."""
    language, zone = client.language, str(client.timezone)
    words = pages.labels(language)
    rows = []
    for call in calls:
        times = "–".join(pages.clock(at, zone, language) for at in (call.start, call.hard_stop))
        ahead = call.start > now
        day = pages.day(call.start, zone, language, now)
        rows.append((day, times, words["still"] if ahead else str(minutes_of(call))))
    begun = sum(minutes_of(call) for call in calls if call.start <= now)
    return pages.Page(
        language=language,
        title=f"{words['ours']}: {_period(span, language, client.timezone)}",
        subtitle=f"{words['by']} {pages.day(now, zone, language, now)}",
        heads=[words[name] for name in ("day", "time", "minutes")],
        rows=rows,
        sums=(words["sum"], "", str(begun)) if rows else (),
        charts=[_chart(words["weeks"], weeks, mondays)] if any(weeks) else [],
    )


def weeks_before(span: Span, now: datetime, zone: tzinfo) -> list[date]:
    """Return the Mondays of the twelve weeks that end with that of `now`, or with the last of an older `span`."""
    last = min(span.end - timedelta(seconds=1), now)
    day = last.astimezone(zone).date()
    monday = day - timedelta(days=day.weekday())
    return [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]


def _chart(title: str, minutes: Sequence[int], mondays: Sequence[date]) -> Chart:
    import leather  # type: ignore[import-untyped]  # it has no types; imported only for a page

    chart = leather.Chart()
    chart.add_columns([(f"W{day.isocalendar().week:02}", number) for day, number in zip(mondays, minutes, strict=True)])
    # Inside HTML the drawing needs no namespace, and without it the page names no address at all.
    svg = chart.to_svg(width=720, height=220).replace(' xmlns="http://www.w3.org/2000/svg"', "")
    return pages.Chart(title=one_line(title), svg=svg)


def _period(span: Span, language: str, zone: tzinfo) -> str:
    first = span.start.astimezone(zone).date()
    return pages.period(first, month=span.end - span.start > timedelta(days=8), language=language)


def _name(key: str, rules: Rules) -> str:
    client = rules.client(key)
    return one_line(client.name if client is not None else key)


def _money(amount: Decimal | None, currency: str | None) -> str:
    return "" if amount is None else f"{amount:,.2f} {currency}"
