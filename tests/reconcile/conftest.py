"""A stage for whole passes: small calendar files, a config, a clock, and the real parts on them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calsync.calendars.file import FileCalendar
from calsync.calendars.replace import Clock
from calsync.model.plan import Plan
from calsync.reconcile.clean import Cleaned
from calsync.settings.load import load
from calsync.wiring import House, Synced, open_house

ISTANBUL = ZoneInfo("Europe/Istanbul")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ISTANBUL)

TOP = """mode = "act"
state_dir = "state"
[owner]
name = "Deniz Kaya"
email = "deniz@kaya.example"
timezone = "Europe/Istanbul"
[channels.mail]
type = "folder"
path = "outbox"
[defaults]
per_call = "45m"
"""
WORK = """[calendars.work]
type = "ics"
path = "work.ics"
"""
ACME = """[clients.acme]
name = "Acme"
tone = "formal"
email = "ayse@acme.example"
match.domains = ["acme.example"]
timezone = "Europe/Berlin"
"""
CONFIG = TOP + WORK + ACME


def event(uid: str, start: str, minutes: int = 60, *lines: str, who: Iterable[str] = ("ayse@acme.example",)) -> str:
    """Return a VEVENT on the clocks of Istanbul (`20261125T100000`), with these attendees and further lines."""
    until = datetime.fromisoformat(start) + timedelta(minutes=minutes)
    said = [
        "BEGIN:VEVENT",
        *([f"UID:{uid}"] if uid else []),
        "DTSTAMP:20261101T080000Z",
        f"DTSTART;TZID=Europe/Istanbul:{start}",
        f"DTEND;TZID=Europe/Istanbul:{until:%Y%m%dT%H%M%S}",
        *([] if any(line.startswith("SUMMARY") for line in lines) else ["SUMMARY:Acme call"]),
        *([] if any(line.startswith("ORGANIZER") for line in lines) else ["ORGANIZER:mailto:deniz@kaya.example"]),
        *(f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{one}" for one in who),
        *lines,
        "END:VEVENT",
    ]
    return "".join(f"{line}\r\n" for line in said)


def calendar(*events: str) -> str:
    """Return a calendar file with these events."""
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n" + "".join(events) + "END:VCALENDAR\r\n"


def _quick_clock() -> Clock:
    """Return a machine's clock that is a minute ahead and on which pausing takes no time."""
    paused = [60.0]
    return Clock(seconds=lambda: time.time_ns() / 1e9 + sum(paused), pause=paused.append)


@dataclass(slots=True)
class Stage:
    """A folder with config.toml and calendar files; every pass opens its own house, as a command does."""

    folder: Path
    now: datetime = MONDAY

    def config(self, text: str) -> None:
        (self.folder / "config.toml").write_text(text)

    def put(self, *events: str, name: str = "work") -> str:
        text = calendar(*events)
        self.write(text, name)
        return text

    def write(self, text: str, name: str = "work") -> None:
        (self.folder / f"{name}.ics").write_bytes(text.encode())

    def text(self, name: str = "work") -> str:
        return (self.folder / f"{name}.ics").read_bytes().decode()

    def unfolded(self, name: str = "work") -> str:
        return self.text(name).replace("\r\n ", "")

    def edit(self, old: str, new: str, name: str = "work", *, times: int = -1) -> None:
        """Change the file as another program would, in unfolded lines."""
        text = self.unfolded(name)
        assert old in text
        self.write(text.replace(old, new, times), name)

    def drop(self, uid_part: str, name: str = "work") -> None:
        """Delete the events whose UID ends so."""
        head, *events = self.text(name).split("BEGIN:VEVENT\r\n")
        tail = events[-1].partition("END:VEVENT\r\n")[2] if events else ""
        kept = [one.partition("END:VEVENT\r\n")[0] for one in events]
        kept = [one for one in kept if not self._uid(one).endswith(uid_part)]
        self.write(head + "".join(f"BEGIN:VEVENT\r\n{one}END:VEVENT\r\n" for one in kept) + tail, name)

    @staticmethod
    def _uid(body: str) -> str:
        lines = body.replace("\r\n ", "").split("\r\n")
        return next((line.removeprefix("UID:") for line in lines if line.startswith("UID:")), "")

    def blocks(self, name: str = "work") -> dict[str, str]:
        """Return where the blocks stand: role → `HHMM-HHMM` on the clocks of Istanbul, for a single call."""
        return {role: span for _, role, span in self.all_blocks(name)}

    def all_blocks(self, name: str = "work") -> list[tuple[str, str, str]]:
        """Return day, role and span of every block, by time."""
        found = []
        for body in self.text(name).split("BEGIN:VEVENT\r\n")[1:]:
            uid = self._uid(body)
            if uid.endswith("@block.calsync"):
                times = {line.split(":")[0]: line.split(":")[1] for line in body.split("\r\n") if line[:2] == "DT"}
                start, end = (
                    datetime.strptime(times[key], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).astimezone(ISTANBUL)
                    for key in ("DTSTART", "DTEND")
                )
                role = uid.removesuffix("@block.calsync").rpartition("-")[2]
                found.append((f"{start:%m%d}", role, f"{start:%H%M}-{end:%H%M}"))
        return sorted(found, key=lambda one: (one[0], one[2], one[1]))

    def notes(self, name: str = "work") -> int:
        return self.unfolded(name).count("─" * 10) // 2

    def lose_ledger(self) -> None:
        shutil.rmtree(self.folder / "state")

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def house(self) -> House:
        house = open_house(load(self.folder / "config.toml"), {})
        zone = house.rules.owner.timezone
        clock = _quick_clock()
        house.calendars = {
            name: FileCalendar(name, one.path, zone, backups=house.state / "backups", clock=clock)
            for name, one in house.calendars.items()
        }
        return house

    def sync(self, *, force: bool = False, digest: str | None = None) -> Synced:
        house = self.house()
        try:
            return house.sync(self.now, force=force, digest=digest)
        finally:
            house.close()

    def plan(self) -> Plan:
        house = self.house()
        try:
            return house.plan(self.now)
        finally:
            house.close()

    def clean(self, *, edited: bool = False) -> Cleaned:
        house = self.house()
        try:
            return house.clean(self.now, edited=edited)
        finally:
            house.close()

    def quiet(self) -> None:
        """Assert that another cycle changes no byte and plans nothing."""
        before = {path: path.read_bytes() for path in self.folder.glob("*.ics")}
        done = self.sync()
        assert [(one.action.value, one.why) for one in done.applied] == []
        assert {path: path.read_bytes() for path in self.folder.glob("*.ics")} == before


def whys(held: Iterable[object]) -> str:
    """Return all that is held in one text."""
    return "\n".join(f"{getattr(one, 'what', '')}: {getattr(one, 'why', '')}" for one in held)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.config(CONFIG)
    return made
