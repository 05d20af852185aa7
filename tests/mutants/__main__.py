"""`python -m tests.mutants [WORD …]`: runs the wrong programs whose names hold one of these words, or all."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.mutants.programs import MUTANTS
from tests.mutants.run import judge


def main() -> int:
    """Return 1 if a wrong program passes its tests, or the right one doesn't."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    said = parser.parse_args()
    chosen = [one for one in MUTANTS if not said.words or any(word in one.name for word in said.words)]
    if not chosen:
        parser.error("there is no such mutant; there are:\n  " + "\n  ".join(one.name for one in MUTANTS))
    began = time.monotonic()
    escaped = 0
    with tempfile.TemporaryDirectory(prefix="calsync-mutants-") as folder:
        for verdict in judge(chosen, Path(folder), min(said.workers, len(chosen))):
            good = "passes its tests" if verdict.name == "calsync as it is" else "is caught"
            escaped += not verdict.caught
            print(f"{'ok  ' if verdict.caught else 'FAIL'} {verdict.seconds:5.1f} s  {verdict.name}", end=": ")  # noqa: T201
            print(good if verdict.caught else verdict.why, flush=True)  # noqa: T201
    print(f"{len(chosen)} wrong programs in {time.monotonic() - began:.0f} s, {escaped} not caught")  # noqa: T201
    return 1 if escaped else 0


if __name__ == "__main__":
    sys.exit(main())
