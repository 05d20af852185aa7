"""One measurement in a process of its own: prints what it took and what it found as JSON."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

START = datetime(2026, 11, 24, tzinfo=UTC)
END = START + timedelta(days=14)
ZONE = ZoneInfo("Europe/Istanbul")
CONFIG = """
mode = "act"
state_dir = "state"
[owner]
name = "Deniz Kaya"
email = "deniz@kaya.example"
timezone = "Europe/Istanbul"
[calendars.work]
type = "ics"
path = "work.ics"
[channels.outbox]
type = "folder"
path = "outbox"
[clients.acme]
name = "Acme"
email = "ayse@acme.example"
timezone = "Europe/Berlin"
"""


def theirs(path: Path) -> dict[str, object]:
    """The two weeks with icalendar and recurring-ical-events."""
    import icalendar
    import recurring_ical_events  # type: ignore[import-untyped]

    begun = time.process_time()
    calendar = icalendar.Calendar.from_ical(path.read_bytes())
    found = recurring_ical_events.of(calendar).between(START, END)
    took = time.process_time() - begun
    occurrences = ((str(event["UID"]), event["DTSTART"].dt, event["DTEND"].dt) for event in found)
    return {"cpu": took, **_found(occurrences)}


def ours(path: Path) -> dict[str, object]:
    """The same with calsync."""
    from calsync.calendars.ical.read import read_calendar
    from calsync.model.times import Span

    begun = time.process_time()
    reading = read_calendar(path.read_bytes(), name="bench", window=Span(START, END), zone=ZONE)
    took = time.process_time() - begun
    return {"cpu": took, **_found((str(o.uid), o.start, o.end) for o in reading.occurrences)}


def scan(path: Path) -> dict[str, object]:
    """The scan alone, and a reading after one event has changed, both with everything warm."""
    from calsync.calendars.ical.read import Cache, read_calendar
    from calsync.calendars.ical.scan import scan
    from calsync.model.times import Span

    window = Span(START, END)
    data = path.read_bytes()
    cache = Cache()
    read_calendar(data, name="bench", window=window, zone=ZONE, cache=cache)
    changed = [data.replace(b"SUMMARY:Acme", f"SUMMARY:Beta{n}".encode(), 1) for n in range(5)]
    again = min(
        _timed(lambda new=new: read_calendar(new, name="bench", window=window, zone=ZONE, cache=cache))  # type: ignore[misc]
        for new in changed
    )
    return {"cpu": min(_timed(lambda: scan(data, window)) for _ in range(5)), "changed": again}


def unchanged(path: Path) -> dict[str, object]:
    """A second reading of a file that has not changed."""
    import tempfile

    from calsync.calendars.file import FileCalendar
    from calsync.model.times import Span

    window = Span(START, END)
    with tempfile.TemporaryDirectory() as backups:
        calendar = FileCalendar("bench", path, ZONE, backups=Path(backups))
        calendar.read(window)
        return {"cpu": min(_timed(lambda: calendar.read(window)) for _ in range(5))}


def cycle(path: Path) -> dict[str, object]:
    """A whole cycle that writes what is missing, and one right after it that finds nothing to do, in one process."""
    import tempfile

    from calsync.settings.load import load
    from calsync.wiring import open_house

    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.toml")
        config.write_text(CONFIG)
        work = Path(shutil.copy(path, Path(folder, "work.ics")))
        house = open_house(load(config), {})
        first = _timed(lambda: house.sync(START, any_size=True))
        before = work.read_bytes()
        again = _timed(lambda: house.sync(START, any_size=True))
        calls = len(house.plan(START).calls)
        house.close()
        if work.read_bytes() != before:
            sys.exit("a second cycle changed the calendar")
    return {"cpu": again, "first": first, "calls": calls}


def _timed(run: Callable[[], object]) -> float:
    begun = time.process_time()
    run()
    return time.process_time() - begun


def _found(occurrences: Iterable[tuple[str, date, date]]) -> dict[str, object]:
    lines = sorted(f"{uid} {_instant(start)} {_instant(end)}" for uid, start, end in occurrences)
    return {"count": len(lines), "found": hashlib.sha256("\n".join(lines).encode()).hexdigest()}


def _instant(moment: date) -> str:
    return moment.astimezone(UTC).isoformat() if isinstance(moment, datetime) else moment.isoformat()


def _peak_kb() -> int:
    """The most memory this process has had, without what its parent had when it was made (proc(5), VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


WAYS = {"theirs": theirs, "ours": ours, "scan": scan, "unchanged": unchanged, "cycle": cycle}

if __name__ == "__main__":
    result = WAYS[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps({**result, "process": time.process_time(), "peak_kb": _peak_kb()}))
