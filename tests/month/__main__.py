"""Many simulated months over several processes: `python -m tests.month --seeds 1000`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import click

# Zones come from the locked tzdata, as in every test.
os.environ["PYTHONTZPATH"] = ""

from tests.month.judge import Broken
from tests.month.month import DAYS, Month

SHM = Path("/dev/shm")  # noqa: S108 - a disk that forgets is fast, and these months are thrown away
LINES = 40


def live(seed: int) -> tuple[int, Counter[str], str]:
    """Live one month, and return its figures and, where it broke, what broke and the last that happened."""
    room = SHM if os.access(SHM, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="calsync-month-", dir=room) as folder:
        month = Month(seed, Path(folder))
        try:
            return seed, month.run(), ""
        except Broken as broken:
            told = str(broken)
        except Exception:  # noqa: BLE001 - whatever it is, the other months go on
            told = traceback.format_exc()
        return seed, month.counts, "\n".join([told, *month.log[-LINES:]])


def main() -> int:
    """Live them all; 1 where one broke."""
    arguments = argparse.ArgumentParser(description="lives simulated months", prog="python -m tests.month")
    arguments.add_argument("--seeds", type=int, default=1000, help="how many months (default: 1000)")
    arguments.add_argument("--first", type=int, default=1, help="the first seed (default: 1)")
    arguments.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="how many at once (default: a CPU each)"
    )
    chosen = arguments.parse_args()
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    counts: Counter[str] = Counter()
    broken: list[int] = []
    begun = time.monotonic()
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for number, done in enumerate(as_completed([pool.submit(live, seed) for seed in seeds]), 1):
            seed, figures, told = done.result()
            counts += figures
            if told:
                broken.append(seed)
                click.echo(
                    f"\nseed {seed}; again: CALSYNC_MONTH_SEED={seed} pytest tests/month/test_month.py\n{told}\n"
                )
            left = (time.monotonic() - begun) / number * (len(seeds) - number)
            line = f"{number} of {len(seeds)} months, {len(broken)} broken, {left / 60:.0f} min left"
            if sys.stderr.isatty():
                click.echo(f"\r{line}  ", err=True, nl=False)
            elif number % 25 == 0:
                click.echo(line, err=True)
    click.echo(f"\n{len(seeds)} months of {DAYS} days, {len(broken)} broken")
    if broken:
        click.echo(f"seeds: {', '.join(map(str, sorted(broken)))}")
    for name, count in sorted(counts.items()):
        click.echo(f"  {name:72}{count:>10,}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
