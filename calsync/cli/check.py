"""`check`: whether everything that calsync needs is in order; a line each, with what to do."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from calsync.cli.app import App
from calsync.cli.options import command
from calsync.cli.outgoing import outgoing
from calsync.cli.running import of_units
from calsync.cli.show.data import Data
from calsync.cli.show.table import one_line
from calsync.cli.voices import voices
from calsync.errors import CalsyncError

if TYPE_CHECKING:
    from calsync.settings.load import Settings
    from calsync.wiring import House

State = Literal["ok", "warn", "fail"]
_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}
# No calsync existed before; a clock that says so has lost its battery.
_BUILT = 2026
_EARLIER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, how it is, and what to do about it."""

    name: str
    state: State
    what: str
    hint: str = ""


@command("calsync check", "calsync check --json", "calsync check -q --offline")
@click.option("-q", "--quiet", "amiss", is_flag=True, help="Only what is not ok.")
@click.option("--offline", is_flag=True, help="Ask no server: whether one answers says nothing about a config.")
def check(app: App, amiss: bool, offline: bool) -> int:
    """Whether config, calendars, channels, clock and unit are in order.

    A line each: ok, warn or fail, with what to do. Sends nothing, changes nothing. Exits with 1 when something fails.
    """
    settings = app.settings()
    found = [one for one in every_check(app, settings, offline=offline) if one.state != "ok" or not amiss]
    if app.json:
        app.out_json(of_checks(found))
    else:
        show_checks(app, found)
    return 1 if any(one.state == "fail" for one in found) else 0


def of_checks(found: Iterable[Check]) -> Data:
    """Return the checks for `--json`."""
    return {"checks": [{"name": c.name, "state": c.state, "what": c.what, "hint": c.hint} for c in found]}


def show_checks(app: App, found: Iterable[Check]) -> None:
    """Write a line each, and below it what to do."""
    for one in found:
        state = click.style(one.state.ljust(4), fg=_COLOURS[one.state])
        app.out(f"{state}  {one.name}: {one_line(one.what)}")
        if one.hint and one.state != "ok":
            app.out(f"      {one_line(one.hint)}")


def every_check(app: App, settings: Settings, *, offline: bool = False) -> Iterator[Check]:
    """Look at everything that calsync needs, one after the other; no error ends it."""
    yield _config(settings)
    now = app.now(settings.rules.owner.timezone)
    yield from _clients(settings)
    try:
        with app.house() as house:
            yield _state(house.state)
            yield from _resets(house)
            yield from _calendars(house, now)
            yield from (Check(*said) for said in outgoing(settings, house, os.environ, offline=offline))
            yield from _agenda_files(house)
            yield from _texts(house)
            yield _clock(house, now)
            yield from (Check("unit", *said) for said in of_units(settings, house.state))
    except CalsyncError as error:
        yield _failed("state", error)


def _failed(name: str, error: CalsyncError) -> Check:
    where = f" ({error.where})" if error.where else ""
    return Check(name, "fail", f"{error.what}{where}", error.hint)


def _config(settings: Settings) -> Check:
    mode = settings.path.stat().st_mode
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        return Check("config", "warn", f"{settings.path} can be written by others", f"chmod go-w {settings.path}")
    rules = settings.rules
    clients = f"{len(rules.clients)} client{'s' * (len(rules.clients) != 1)}"
    calendars = f"{len(rules.calendars)} calendar{'s' * (len(rules.calendars) != 1)}"
    said = f"{settings.path}: mode {rules.mode}, {clients}, {calendars}"
    return Check("config", "ok", said)


def _clients(settings: Settings) -> Iterator[Check]:
    if not settings.rules.clients:
        yield Check("clients", "warn", "none is in the config, so no event is a call", "add a [clients.NAME]")
    for client in settings.rules.clients:
        name = f"clients.{client.key}"
        if client.policy.send != "off" and client.policy.channel is None:
            yield Check(
                name, "warn", "there is no channel: messages are held", 'add a [channels.NAME], or send = "off"'
            )
        elif client.policy.send != "off" and not (client.email or client.people or client.match_emails):
            what = "no contact is known: announcements, and messages of events without attendees, are held"
            yield Check(name, "warn", what, f'write email = "…" in [{name}]')


def _resets(house: House) -> Iterator[Check]:
    """Warn of changes that would be announced as if they came from nowhere."""
    given = house.ledger.memory().announcements
    for client in house.rules.clients:
        wish = given.get(client.key)
        if client.reset and not client.reset_because and (wish is None or not wish.because):
            name = f"clients.{client.key}"
            what = "reset announces that calls keep to time, and says nothing of how you came to it"
            yield Check(name, "warn", what, f'write reset_because = "…" in [{name}]; the client reads it')


def _state(folder: Path) -> Check:
    others = [path.name for path in sorted(folder.iterdir()) if path.stat().st_mode & 0o077 and not path.is_symlink()]
    if folder.stat().st_mode & 0o077:
        return Check("state", "fail", f"{folder} can be entered by others", f"chmod 0700 {folder}")
    if others:
        hint = "chmod go-rwx on them, and see what made them so"
        return Check("state", "warn", f"files in {folder} can be read by others: {', '.join(others)}", hint)
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check("state", "fail", f"{folder} can't be written", "give its owner the right to write there")
    return Check("state", "ok", f"{folder}: ledger opens, files are yours alone")


def _calendars(house: House, now: datetime) -> Iterator[Check]:
    snapshot = house.look(now)
    for name in house.rules.calendars:
        title = f"calendars.{name}"
        if (why := snapshot.unread.get(name)) is not None:
            yield Check(title, "fail", f"can't be read: {why}", "nothing is done for its calls until it can be")
            continue
        reading = snapshot.readings[name]
        problems = [f"{problem.where}: {problem.why}" for problem in reading.problems]
        if name in house.rules.days_off_in:
            yield _days_off(name, house, reading.events)
        else:
            yield _writable(title, house.calendars[name], reading.events)
        for problem in problems:
            yield Check(title, "warn", f"left out: {problem}", "mend it in your calendar program; the rest is read")


def _days_off(name: str, house: House, events: int) -> Check:
    """Say for whom the days off of a calendar count; one that nobody names is of no use."""
    title, named = f"calendars.{name}", [one.key for one in house.rules.clients if name in one.days_off]
    if named:
        return Check(title, "ok", f"{events} events, read whole; its days off count for {', '.join(named)}")
    hint = f'write days_off = ["{name}"] in the [clients.NAME] for which it counts'
    return Check(title, "warn", f"{events} events, read whole; its days off count for no client", hint)


def _writable(title: str, calendar: object, events: int) -> Check:
    from calsync.calendars.file import FileCalendar

    read = f"{events} events, read whole"
    if not isinstance(calendar, FileCalendar):
        return Check(title, "ok", read)
    path = calendar.path.resolve()
    if not os.access(path, os.W_OK):
        return Check(title, "fail", f"{read}, but {path} can't be written", "give calsync the right to write it")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        hint = "the file is replaced as a whole, so calsync needs the right to write in its folder"
        return Check(title, "fail", f"{read}, but {path.parent} can't be written", hint)
    if not calendar.exchange_works():
        what = f"{read}, can be written; the filesystem of {path.parent} can't swap two files in one step"
        hint = "what another program writes in the very same moment is kept by a second look; a local disk needs none"
        return Check(title, "warn", what, hint)
    return Check(title, "ok", f"{read}, can be written")


def _agenda_files(house: House) -> Iterator[Check]:
    for key, path in house.settings.agenda_files.items():
        title = f"agenda file of {key}"
        if why := house.agenda_problems.get(key):
            yield Check(title, "warn", why, "mend it, or take agenda_file out; its calls go on without it")
        else:
            client = house.rules.client(key)
            count = len(client.standing) if client is not None else 0
            yield Check(title, "ok", f"{count} {'item' if count == 1 else 'items'} in {path.name}")


def _texts(house: House) -> Iterator[Check]:
    from calsync.words.check import check_templates

    findings = check_templates(house.words, voices(house.rules))
    for finding in findings:
        where = f" ({finding.where})" if finding.where else ""
        yield Check("texts", "fail" if finding.broken else "warn", f"{finding.what}{where}", finding.hint)
    if not findings:
        yield Check("texts", "ok", "every text can be written in every language that is spoken here")


def _clock(house: House, now: datetime) -> Check:
    if now.year < _BUILT:
        return Check(
            "clock", "fail", f"it says {now:%Y-%m-%d}", "set the clock of this machine; timedatectl tells more"
        )
    latest = max((r.read_at for r in house.ledger.memory().calendars.values() if r.read_at), default=None)
    if latest and latest > now + _EARLIER:
        what = f"it says {now:%Y-%m-%d %H:%M} UTC, but a calendar was read at {latest:%Y-%m-%d %H:%M} UTC"
        return Check("clock", "warn", what, "if the clock was wrong then, nothing is to be done; else set it")
    return Check("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC")
