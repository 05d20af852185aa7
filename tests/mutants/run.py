"""Runs wrong programs in copies of calsync: every one has to fail its tests, which the right one passes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.mutant import DoesNotFit, Mutant

ROOT = Path(__file__).parents[2]
NEEDED = ("calsync", "tests", "config", "docs", "systemd", "pyproject.toml", "README.md", "CHANGELOG.md")
LONGEST = 90.0
_PASSED, _FAILED = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a program. caught: its tests failed, as they have to; seconds: how long that took."""

    name: str
    caught: bool
    why: str
    seconds: float


def copy(to: Path) -> Path:
    """Copy what tests need, without anything compiled."""
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, to / name)
    return to


def run_tests(root: Path, tests: Sequence[str], longest: float = LONGEST) -> tuple[int | None, str]:
    """Run tests in a copy until one fails; return pytest's exit code (None: it took too long) and what it said."""
    # Compiled files are told apart by whole seconds and length; two mutants can be alike in both.
    settled = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    try:
        done = subprocess.run(
            command, cwd=root, env=settled, capture_output=True, text=True, timeout=longest, check=False
        )
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout + done.stderr


def judged(mutant: Mutant, root: Path, longest: float = LONGEST) -> Verdict:
    """Run one wrong program in a copy, which is as it was afterwards."""
    began = time.monotonic()
    file = root / mutant.file
    right = file.read_text(encoding="utf-8")
    try:
        file.write_text(mutant.changed(root), encoding="utf-8")
    except DoesNotFit as misfit:
        return Verdict(name=mutant.name, caught=False, why=str(misfit), seconds=0)
    try:
        code, said = run_tests(root, mutant.tests, longest)
    finally:
        file.write_text(right, encoding="utf-8")
    if code == _FAILED:
        why = next((line for line in said.splitlines() if line.startswith(("FAILED", "ERROR"))), "")
    elif code == _PASSED:
        why = "no test failed"
    else:
        why = f"took more than {longest:.0f} s" if code is None else f"pytest ended with {code}:\n{said[-2000:]}"
    return Verdict(name=mutant.name, caught=code == _FAILED, why=why, seconds=time.monotonic() - began)


def judge(mutants: Sequence[Mutant], folder: Path, workers: int) -> Iterable[Verdict]:
    """Give a verdict on each, in their order; first on the right program, which has to pass them all."""
    copies: SimpleQueue[Path] = SimpleQueue()
    for number in range(workers):
        copies.put(copy(folder / str(number)))

    def one(mutant: Mutant) -> Verdict:
        root = copies.get()
        try:
            return judged(mutant, root)
        finally:
            copies.put(root)

    began = time.monotonic()
    code, said = run_tests(folder / "0", sorted({test for mutant in mutants for test in mutant.tests}))
    right = Verdict(name="calsync as it is", caught=code == _PASSED, why=said[-4000:], seconds=time.monotonic() - began)
    yield right
    if right.caught:
        with ThreadPoolExecutor(workers) as pool:
            yield from pool.map(one, mutants)
