"""`demo`: the whole job on a sample calendar, in a folder of its own and under a clock of its own."""

from __future__ import annotations

import difflib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from calsync.cli.app import App
from calsync.cli.options import command
from calsync.cli.show.data import Data, of_plan
from calsync.cli.show.plan import page
from calsync.cli.show.results import of_synced, synced_lines
from calsync.cli.show.table import aligned, indent
from calsync.cli.show.when import Clock, rfc3339
from calsync.errors import UsageError
from calsync.model.times import day_span, instant

if TYPE_CHECKING:
    from calsync.daemon.answers import CycleDone
    from calsync.wiring import House

ZONE = ZoneInfo("Europe/Istanbul")
# Monday morning of the sample's week; the first message falls due in the afternoon.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
AFTERNOON = timedelta(hours=5, minutes=5)


@command("calsync demo", "calsync demo --dir sample")
@click.option("--dir", "folder", type=click.Path(), metavar="D", help="Play in this new or empty folder.")
def demo(app: App, folder: str | None) -> int:
    """The whole job on a sample calendar: no account, no network.

    Deniz in Istanbul has calls with Acme in Berlin and with Mavi Yapı. It shows the plan, goes from observe to act,
    sends the first message, and shows that a second cycle finds nothing to do. Your own config and state are not
    touched. With --now the sample's week is the week of that day.
    """
    stage = _Stage(app, _made(folder), _monday(app))
    return stage.play()


def _monday(app: App) -> datetime:
    if app.given_now is None:
        return MONDAY
    day = instant(app.given_now, ZONE).astimezone(ZONE)
    return (day - timedelta(days=day.weekday())).replace(hour=9, minute=0, second=0, microsecond=0)


def _made(folder: str | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="calsync-demo-"))
    path = Path(folder)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError("this folder is not empty", where=str(path), hint="name a new one, or leave --dir out")
    path.mkdir(parents=True, exist_ok=True)
    return path


@dataclass(frozen=True, slots=True)
class _Stage:
    app: App
    folder: Path
    monday: datetime

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def calendar(self) -> Path:
        return self.folder / "work.ics"

    @property
    def before(self) -> Path:
        return self.folder / "work.before.ics"

    def play(self) -> int:
        """Play all acts; 0 when every one of them went as it should."""
        self._set_up()
        self._say(f"A sample calendar and a config stand in {self.folder}.")

        morning = Clock(ZONE, self.monday)
        self._title("calsync plan", morning, "what would be done; nothing is changed")
        with self._house() as house:
            plan = house.plan(self.monday.astimezone(UTC))
        for line in page(plan, morning):
            self._say(line)

        self._title("calsync act", morning, "from observe to act: notes, blocks, and messages with their moment")
        from calsync.settings.edit import set_mode

        set_mode(self.config, "act")
        first = self._cycle(morning)

        afternoon = Clock(ZONE, self.monday + AFTERNOON)
        self._title("calsync sync", afternoon, "a cycle later that day: what is due is sent")
        second = self._cycle(afternoon)

        self._title("calsync sync", afternoon, "and once more: nothing is left to do")
        last = self._cycle(afternoon)

        self._show_changes()
        self._show_prep(afternoon)
        self._show_mail()
        self._where_to_look(afternoon)
        if self.app.json:
            self.app.out_json(self._data(of_plan(plan, ZONE), (first, morning), (second, afternoon), (last, afternoon)))
        cycles = (first, second, last)
        return 1 if any(done.failed for done in cycles) or last.applied or last.sent else 0

    def _set_up(self) -> None:
        """Copy the sample, its events moved to the demo's week."""
        sample = files("calsync.cli") / "sample"
        weeks = self.monday.date() - MONDAY.date()

        def moved(found: re.Match[str]) -> str:
            return (datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=UTC) + weeks).strftime("%Y%m%d")

        events = (sample / "work.ics").read_text(encoding="utf-8")
        events = re.sub(r"(?<=[:])(\d{8})(?=T\d{6})", moved, events)
        for path in (self.calendar, self.before):
            path.write_bytes(events.replace("\n", "\r\n").encode())
        self.config.write_text((sample / "config.toml").read_text(encoding="utf-8"), encoding="utf-8")

    @contextmanager
    def _house(self) -> Iterator[House]:
        from calsync.settings.load import load
        from calsync.wiring import open_house

        # An empty environment: nothing of the user's own reaches the sample.
        house = open_house(load(self.config), {})
        try:
            yield house
        finally:
            house.close()

    def _cycle(self, clock: Clock) -> CycleDone:
        from calsync.daemon.answers import cycle_done

        with self._house() as house, self.app.lock(house):
            done = cycle_done(house.sync(clock.now.astimezone(UTC)), ZONE)
        for line in synced_lines(done, clock):
            self._say(line)
        return done

    def _show_changes(self) -> None:
        """Show the first day with a call as a calendar program would, and what that was in the file."""
        self._heading("What the calendar shows now")
        with self._house() as house:
            now = self.monday.astimezone(UTC)
            first = house.plan(now).calls[0]
            reading = next(iter(house.look(now, day_span(first.start.date(), ZONE)).readings.values()))
        clock = Clock(ZONE, self.monday)
        self._say(f"    {clock.day(first.start)}")
        for one in reading.occurrences:
            self._say(f"    {clock.span(one.span.start, one.span.end)}  {one.summary}")
            if one.uid == first.occurrence.uid:
                self._say(indent(one.description, " " * 18))
        before, after = (path.read_text(encoding="utf-8").splitlines() for path in (self.before, self.calendar))
        changed = list(difflib.unified_diff(before, after, n=0))[2:]
        added, gone = (sum(line.startswith(sign) for line in changed) for sign in "+-")
        self._say(f"    In the file {added} lines were added and {gone or 'none'} changed or taken away.")

    def _show_prep(self, clock: Clock) -> None:
        self._heading("What only you see: the block before that call")
        with self._house() as house:
            plan = house.plan(clock.now.astimezone(UTC))
        self._say(indent(plan.views[0].before.text))

    def _show_mail(self) -> None:
        self._heading("What the client gets")
        for path in sorted((self.folder / "outbox").glob("*.eml")):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            for name in ("From", "To", "Subject", "Date"):
                self._say(f"    {name}: {mail[name]}")
            text = mail.get_body(("plain",))
            self._say("")
            self._say(indent(text.get_content().rstrip() if text else ""))

    def _where_to_look(self, clock: Clock) -> None:
        self._heading(f"Where to look: {self.folder}")
        given = f"--now {rfc3339(clock.now)}"
        rows = [
            ("work.ics", "the calendar, with notes and blocks; work.before.ics is how it was"),
            ("outbox/", "the mail, a file each"),
            ("config.toml", "what all this was made from"),
        ]
        for line in aligned(rows):
            self._say(f"    {line}")
        self._say("and try, in that folder,")
        self._say(f"    calsync --config config.toml preview mavi {given}")
        self._say(f"    calsync --config config.toml status {given}")
        self._say(f"    calsync --config config.toml clean --yes {given} && cmp work.ics work.before.ics")

    def _data(self, plan: Data, *cycles: tuple[CycleDone, Clock]) -> Data:
        return {"dir": str(self.folder), "plan": plan, "cycles": [of_synced(done, clock) for done, clock in cycles]}

    def _title(self, words: str, clock: Clock, meaning: str) -> None:
        self._say("")
        self._say(click.style(f"$ {words}", bold=True) + f"    # {clock.when(clock.now)}: {meaning}")

    def _heading(self, words: str) -> None:
        self._say("")
        self._say(click.style(words, bold=True))

    def _say(self, line: str) -> None:
        if not self.app.json:
            self.app.out(line)
