"""`events`: the occurrences of a window of time, from the configured calendars or from any calendar file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from calsync.cli.app import App
from calsync.cli.find import name_of
from calsync.cli.options import command, parse_when, parse_zone, reading, unknown
from calsync.cli.show.data import ShortIds, of_event
from calsync.cli.show.table import one_line
from calsync.cli.show.when import Clock
from calsync.errors import CalendarUnreadable, UsageError
from calsync.model.call import digest_of
from calsync.model.event import Occurrence, Problem, Status
from calsync.model.times import Span, at_clock, instant

if TYPE_CHECKING:
    from calsync.planning.calls import Found as Calls


@command(
    "calsync events --from 2026-11-23 --to 2026-11-30",
    "calsync events --from 2026-11-23 --to 2026-11-30 --file work.ics --zone Europe/Berlin",
)
@click.option(
    "--from", "since", required=True, metavar="T", callback=reading(parse_when), help="From this time or day."
)
@click.option("--to", "until", required=True, metavar="T", callback=reading(parse_when), help="To this one, exclusive.")
@click.option("--calendar", metavar="NAME", help="Only this calendar of the config.")
@click.option("--file", type=click.Path(), metavar="F.ics", help="This file; needs no config, but --zone.")
@click.option(
    "--zone", metavar="ZONE", callback=reading(parse_zone), help="The zone of dates, days and floating times."
)
def events(
    app: App, since: date, until: date, calendar: str | None, file: str | None, zone: ZoneInfo | None
) -> int | None:
    """Every occurrence of an event in a window of time.

    T is a time with its offset (2026-11-24T14:00+03:00) or a date. Cancelled events and calsync's own blocks are
    listed too. An id can be given to `skip`, `keep` and `explain`.
    """
    if file is not None:
        _of_file(app, since, until, Path(file), calendar, zone)
        return None
    return _of_config(app, since, until, calendar, zone)


def _of_file(app: App, since: date, until: date, file: Path, calendar: str | None, zone: ZoneInfo | None) -> None:
    if zone is None:
        raise UsageError("--file needs --zone", hint="as in --zone Europe/Berlin: the zone of dates and floating times")
    if calendar is not None:
        raise UsageError("--calendar names one of the config, --file one outside it", hint="leave one of them out")
    from calsync.calendars.ical.read import read_calendar

    window = _window(since, until, zone)
    try:
        found = read_calendar(_bytes(file), name=file.name, window=_wider(window), zone=zone)
    except CalendarUnreadable as error:
        raise CalendarUnreadable(error.what, where=error.where or str(file), hint=error.hint) from error
    _show(app, _placed(found.occurrences, window, zone, zone), None, Clock(zone, app.now(zone)))
    _tell_problems(app, found.problems)


def _of_config(app: App, since: date, until: date, calendar: str | None, zone: ZoneInfo | None) -> int:
    from calsync.planning.calls import find_calls

    with app.house() as house:
        if calendar is not None and calendar not in house.rules.calendars:
            raise unknown(
                "calendar", calendar, house.rules.calendars, hint=f"known are {', '.join(house.rules.calendars)}"
            )
        own = zone or house.rules.owner.timezone
        window = _window(since, until, own)
        snapshot = house.look(app.now(own), _wider(window))
        calls = find_calls(snapshot, house.rules, house.ledger.memory())
    shown = [name for name in house.rules.calendars if calendar in (None, name)]
    unread = {name: why for name, why in snapshot.unread.items() if name in shown}
    if len(unread) == len(shown):
        raise CalendarUnreadable("; ".join(unread.values()), where=", ".join(f"calendars.{name}" for name in unread))
    readings = [snapshot.readings[name] for name in shown if name not in unread]
    everything = [one for each in readings for one in each.occurrences]
    _show(app, _placed(everything, window, own, zone), calls, Clock(own, snapshot.now))
    _tell_problems(app, [problem for each in readings for problem in each.problems])
    return app.tell_unread(unread)


def _window(since: date, until: date, zone: tzinfo) -> Span:
    start, end = instant(since, zone), instant(until, zone)
    if end <= start:
        hint = "--to is exclusive: for one day give the day after it"
        raise UsageError("--to is not after --from", where=f"--from {since} --to {until}", hint=hint)
    return Span(start, end)


def _bytes(file: Path) -> bytes:
    from calsync.calendars.ical.shape import refuse_size

    try:
        if not file.is_file():
            raise UsageError("there is no such file" if not file.exists() else "this is no file", where=str(file))
        refuse_size(file.stat().st_size)
        return file.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise UsageError(f"it can't be read: {getattr(error, 'strerror', None) or error}", where=str(file)) from error


def _wider(window: Span) -> Span:
    """Return a window that holds what `_placed` may move into `window`: zones lie 26 hours apart at most."""
    return Span(window.start - timedelta(hours=26), window.end + timedelta(hours=26))


def _placed(found: Iterable[Occurrence], window: Span, days: ZoneInfo, floating: ZoneInfo | None) -> list[Occurrence]:
    """Return those that overlap `window`, by start, then UID.

    Whole days, and local times in a zone that nobody knows, are those of `days`; floating times stand in `floating`
    where it is given, else where their calendar puts them.
    """
    placed: list[tuple[datetime, str, int, Occurrence]] = []
    for one in found:
        if floating and one.floating and isinstance(one.start, datetime) and isinstance(one.end, datetime):
            one = replace(one, start=one.start.replace(tzinfo=floating), end=one.end.replace(tzinfo=floating))
        start, end = (_instant(moment, days) for moment in (one.start, one.end))
        if window.start <= start < window.end if start == end else start < window.end and end > window.start:
            placed.append((start, one.uid or "", len(placed), one))
    return [one for *_, one in sorted(placed)]


def _instant(moment: date, zone: ZoneInfo) -> datetime:
    if not isinstance(moment, datetime):
        return at_clock(moment, 0, zone)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _show(app: App, found: Sequence[Occurrence], calls: Calls | None, clock: Clock) -> None:
    names = [name_of(one, calls) for one in found]
    clients = {call.name: call.client.key for call in calls.calls} if calls else {}
    ids = ShortIds(digest_of(name) for name in names if name)
    rows = [
        (one, ids(digest_of(name)) if name else None, clients.get(name) if name else None)
        for one, name in zip(found, names, strict=True)
    ]
    if app.json:
        app.out_json([of_event(*row) for row in rows])
    elif not rows:
        app.tell("nothing stands there")
    else:
        heads = ("id", "calendar", "start", "end", "summary", "client", "")
        app.table(heads, [_row(*row, clock) for row in rows])


def _row(one: Occurrence, short: str | None, client: str | None, clock: Clock) -> tuple[str, ...]:
    if isinstance(one.start, datetime) and isinstance(one.end, datetime) and not one.unresolved:
        start = clock.when(one.start)
        end = clock.span(one.start, one.end).partition("–")[2]
    else:
        last = one.end - timedelta(days=1) if one.all_day and one.end > one.start else one.end
        start = clock.day(one.start) if one.all_day else f"{one.start:%Y-%m-%d %H:%M}"
        end = (clock.day(last) if last > one.start else "") if one.all_day else f"{one.end:%H:%M}"
    notes = [
        one.status.value if one.status is not Status.CONFIRMED else "",
        "recurring" if one.recurring else "",
        f"zone {one.unresolved} is unknown" if one.unresolved else "",
    ]
    return short or "", one.calendar, start, end, one.summary, client or "", ", ".join(filter(None, notes))


def _tell_problems(app: App, problems: Sequence[Problem]) -> None:
    for problem in problems:
        app.tell(f"{problem.calendar}: left out: {one_line(problem.where)}: {one_line(problem.why)}")
