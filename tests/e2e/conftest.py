"""Runs the real command as a process of its own, in a home of its own, on a sample that can be changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

MONDAY = "2026-11-23T09:00:00+03:00"


@dataclass(frozen=True, slots=True)
class Ran:
    """What one process left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


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
    folder = home / ".config" / "calsync"
    folder.mkdir(parents=True)
    source = files("calsync.cli") / "sample"
    (folder / "config.toml").write_text((source / "config.toml").read_text(encoding="utf-8"), encoding="utf-8")
    text = (source / "work.ics").read_text(encoding="utf-8")
    (folder / "work.ics").write_bytes(text.replace("\n", "\r\n").encode())
    return folder
