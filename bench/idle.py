"""What an idle daemon costs beside `khal list` run over and over: `python -m bench.idle --minutes 10`.

Both have the same events: the daemon as one file, khal as a folder of files (it has no single file). The daemon is
measured from its first finished cycle on; khal is run at the daemon's poll rhythm, with its database warm. khal comes
from PyPI into a venv of its own, or from `--khal`.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.calendars import make
from bench.measure import CONFIG

KHAL = "khal==0.14.1"
# Nearly every event has somebody of theirs in it, so that a fortnight has some thirty calls.
TEAM = """
[clients.team]
name = "Team"
email = "ayse@team.example"
timezone = "Europe/Istanbul"
"""
READY_S = 60.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Khal:
    """What the runs of khal took: CPU seconds and the most memory of each, in KB."""

    cpu: list[float] = field(default_factory=list)
    peak_kb: list[int] = field(default_factory=list)


def main() -> None:
    """Measure both in one run and print a table."""
    arguments = argparse.ArgumentParser(description="measures an idle daemon", prog="python -m bench.idle")
    arguments.add_argument("--minutes", type=float, default=10, help="how long (default: 10)")
    arguments.add_argument("--events", type=int, default=1_000, help="how many events (default: 1000)")
    arguments.add_argument("--poll", type=int, default=5, help="minutes between two readings (default: 5)")
    arguments.add_argument("--khal", default="", help="a khal that is installed already")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="calsync-idle-") as name:
        folder = Path(name)
        khal = chosen.khal or _install(folder / "venv")
        make(folder / "work.ics", chosen.events)
        _as_folder(folder / "work.ics", folder / "vdir")
        (folder / "config.toml").write_text(f'poll = "{chosen.poll}m"\n{CONFIG}{TEAM}', encoding="utf-8")
        _khal_config(folder)
        _measure(folder, khal, chosen.minutes, chosen.poll)


def _measure(folder: Path, khal: str, minutes: float, poll: int) -> None:
    version = _khal(khal, folder, Khal(), "--version").strip()
    _khal(khal, folder, Khal(), "list")  # reads the folder into its database
    theirs = Khal()
    with _daemon(folder) as daemon:
        begun, before = time.monotonic(), _cpu(daemon.pid)
        first = _memory(daemon.pid)
        while (left := minutes * 60 - (time.monotonic() - begun)) > 0:
            _khal(khal, folder, theirs, "list")
            time.sleep(min(left, poll * 60))
        took, last = _cpu(daemon.pid) - before, _memory(daemon.pid)
        runs = len(theirs.cpu)
        lasted = time.monotonic() - begun
    blocks = (folder / "work.ics").read_text(encoding="utf-8").count("@block.calsync")
    assert blocks, "the daemon had nothing to do"
    print(f"{lasted / 60:.1f} minutes, {blocks} blocks, a reading every {poll} min, {runs} runs of {version}\n")
    _row("", "calsync run", "khal list, warm")
    _row("CPU s in all", f"{took:.2f}", f"{sum(theirs.cpu):.2f}")
    _row("CPU s a reading", f"{took / runs:.3f}", f"{sum(theirs.cpu) / runs:.3f}")
    _row("resident (RSS), MB", f"{last['Rss'] / 1024:.0f}", f"{max(theirs.peak_kb) / 1024:.0f} while it runs")
    _row("its own share (PSS), MB", f"{last['Pss'] / 1024:.0f}", "")
    _row("RSS at the beginning, MB", f"{first['Rss'] / 1024:.0f}", "")


@contextmanager
def _daemon(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Let a daemon run that has read, written what was missing, and become idle."""
    log = folder / "daemon.log"
    run = [sys.executable, "-m", "calsync", "--config", str(folder / "config.toml")]
    # A first plan may be a large one; the daemon would wait for a word about it.
    subprocess.run([*run, "act", "--yes"], capture_output=True, check=False)
    with log.open("wb") as said:
        daemon = subprocess.Popen([*run, "-v", "run"], stderr=said)
        try:
            _wait_until_idle(daemon, log)
            yield daemon
        finally:
            daemon.terminate()
            daemon.wait(timeout=30)


def _wait_until_idle(daemon: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the daemon has done something and then nothing for three seconds."""
    begun, still, before = time.monotonic(), 0, -1.0
    while time.monotonic() - begun < READY_S:
        time.sleep(1)
        if daemon.poll() is not None:
            sys.exit(f"the daemon ended: {log.read_text()}")
        now = _cpu(daemon.pid)
        still = still + 1 if now == before and now > 0 else 0
        if still >= 3:
            return
        before = now
    sys.exit(f"the daemon does not come to rest: {log.read_text()}")


def _cpu(pid: int) -> float:
    """Return the CPU seconds that a process has used (proc(5), stat: utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory(pid: int) -> dict[str, int]:
    """Return Rss and Pss of a process in KB (proc(5), smaps_rollup)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {name: int(kb) for name, kb in re.findall(r"^(Rss|Pss): +(\d+) kB", text, re.MULTILINE)}


def _khal(khal: str, folder: Path, took: Khal, *words: str) -> str:
    """Run khal, add what it took, and return what it said."""
    said = folder / "khal.out"
    command = [khal, "-c", str(folder / "khal.conf"), *words] if words != ("--version",) else [khal, *words]
    with said.open("wb") as out:
        child = subprocess.Popen(command, stdout=out, env={**os.environ, "LC_ALL": "C.UTF-8"})
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"khal failed: {said.read_text()}")
    took.cpu.append(usage.ru_utime + usage.ru_stime)
    took.peak_kb.append(usage.ru_maxrss)
    return said.read_text()


def _khal_config(folder: Path) -> None:
    (folder / "khal.conf").write_text(
        f"[calendars]\n[[work]]\npath = {folder / 'vdir'}\n[sqlite]\npath = {folder / 'khal.db'}\n"
        "[locale]\nlocal_timezone = Europe/Istanbul\ndefault_timezone = Europe/Istanbul\n"
        "[default]\ntimedelta = 14d\n"
    )


def _as_folder(file: Path, folder: Path) -> None:
    """Write the events of a file into a folder, a file for each UID (vdir)."""
    folder.mkdir()
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//calsync//bench//EN\r\n"
    events: dict[str, str] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        text = lines.read()
    for event in re.findall(r"BEGIN:VEVENT\r\n.*?END:VEVENT\r\n", text, re.DOTALL):
        uid = re.search(r"^UID:(.*?)\r\n", event, re.MULTILINE)
        assert uid is not None
        events[uid[1]] = events.get(uid[1], "") + event
    for number, body in enumerate(events.values()):
        path = folder / f"{number}.ics"
        path.write_text(f"{head}{body}END:VCALENDAR\r\n", encoding="utf-8", newline="")


def _install(folder: Path) -> str:
    print(f"installing {KHAL} into a venv of its own", file=sys.stderr, flush=True)
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "-q", KHAL], check=True)
    return str(folder / "bin" / "khal")


def _row(*cells: str) -> None:
    print("  {:28}{:>16}{:>22}".format(*cells), flush=True)


if __name__ == "__main__":
    main()
