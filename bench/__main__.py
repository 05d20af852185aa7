"""Shows how fast calsync reads calendars beside icalendar with recurring-ical-events: `python -m bench`.

Everything is measured in one run, in CPU seconds, each in a fresh process; that both find the same
occurrences is checked. With 100,000 events the other side takes a minute and more.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.calendars import make
from bench.measure import CONFIG

SIZES = (1_000, 10_000, 100_000)
STARTS = 10


def main() -> None:
    """Measure and print; ends with a message when both sides differ in what they find."""
    arguments = argparse.ArgumentParser(description="measures calsync", prog="python -m bench")
    arguments.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="how many events (default: all three)")
    arguments.add_argument("--no-starts", action="store_true", help="leave out the start of the command")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="calsync-bench-") as folder:
        for size in chosen.sizes:
            _calendar(Path(folder), size)
        if not chosen.no_starts:
            _starts(Path(folder))


def _calendar(folder: Path, size: int) -> None:
    path = folder / f"{size}.ics"
    make(path, size)
    print(f"\n{size:,} events, {path.stat().st_size / 1e6:.1f} MB; two weeks, cold", flush=True)
    ours, theirs = _measured("ours", path), _measured("theirs", path)
    if ours["found"] != theirs["found"]:
        sys.exit(f"the results differ: {ours['count']} occurrences here, {theirs['count']} there")
    _row("", "calsync", "icalendar + r-i-e", "times")
    for name, key in (("reading, CPU s", "cpu"), ("whole process, CPU s", "process")):
        _row(name, f"{ours[key]:.3f}", f"{theirs[key]:.3f}", f"{theirs[key] / ours[key]:.1f}")
    megabytes = [side["peak_kb"] / 1024 for side in (ours, theirs)]
    _row("peak memory, MB", f"{megabytes[0]:.0f}", f"{megabytes[1]:.0f}", f"{megabytes[1] / megabytes[0]:.1f}")
    _row("occurrences", str(ours["count"]), str(theirs["count"]), "equal")
    scan = _measured("scan", path)
    _row("the scan alone, CPU s", f"{scan['cpu']:.3f}", "", f"{theirs['cpu'] / scan['cpu']:.1f}")
    _row("one event changed, CPU s", f"{scan['changed']:.3f}", "", f"{scan['changed'] / scan['cpu']:.2f} x the scan")
    _row("nothing changed, CPU s", f"{_measured('unchanged', path)['cpu']:.5f}", "", "")
    cycle = _measured("cycle", path)
    _row("a whole cycle, CPU s", f"{cycle['first']:.3f}", "", f"{cycle['calls']} calls in view")
    _row("a cycle, nothing new, CPU s", f"{cycle['cpu']:.3f}", "", "")


def _measured(way: str, path: Path) -> dict[str, Any]:
    run = [sys.executable, "-m", "bench.measure", way, str(path)]
    result: dict[str, Any] = json.loads(subprocess.run(run, check=True, capture_output=True).stdout)
    return result


def _row(*cells: str) -> None:
    print("  {:28}{:>10}{:>20}{:>18}".format(*cells), flush=True)


def _starts(folder: Path) -> None:
    """Start the command a few times and show the CPU seconds of one start beside a bare interpreter's."""
    (folder / "config.toml").write_text(CONFIG)
    make(folder / "work.ics", 20)
    print(f"\nstart, CPU s (mean of {STARTS})")
    bare = _started([sys.executable, "-c", "pass"])
    _row("python -c pass", f"{bare:.3f}", "", "")
    command = shutil.which("calsync", path=str(Path(sys.executable).parent))
    run = [command] if command else [sys.executable, "-m", "calsync"]
    config = ["--config", str(folder / "config.toml")]
    for name, words in (("calsync --help", ["--help"]), ("calsync plan, 20 events", [*config, "plan"])):
        try:
            took = _started([*run, *words])
        except subprocess.CalledProcessError as problem:
            _row(name, "-", "", f"exit {problem.returncode}")
            continue
        _row(name, f"{took:.3f}", "", f"{took / bare:.1f} x bare")


def _started(run: list[str]) -> float:
    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    subprocess.run(run, check=True, capture_output=True)  # whatever is compiled once is compiled now
    before = spent()
    for _ in range(STARTS):
        subprocess.run(run, check=True, capture_output=True)
    return (spent() - before) / STARTS


if __name__ == "__main__":
    main()
