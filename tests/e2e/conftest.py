"""Runs the real command as a process of its own, in a home of its own, on a sample that can be changed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sample import MONDAY, Ran, put_sample

__all__ = ["MONDAY", "Calsync", "Ran"]


Calsync = Callable[..., Ran]


@pytest.fixture
def calsync(home: Path) -> Calsync:
    """Run `calsync WORDS` and return how it ended; never with a traceback."""

    def run(*words: str, cwd: Path = home, **environ: str) -> Ran:
        root = str(Path(__file__).parents[2])
        done = subprocess.run(
            [sys.executable, "-m", "calsync", *words],
            env={**os.environ, "PYTHONPATH": root, **environ},
            cwd=cwd,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        assert "Traceback" not in done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def sample(home: Path) -> Path:
    """The sample of `demo` as the owner's own config: the folder that holds config.toml, work.ics and outbox."""
    return put_sample(home)
