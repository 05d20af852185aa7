"""Real commands that are killed at a chosen deed, and the deeds of one that is not; see killer.py."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ENDED = "none: it ended before"
ROOMS = {
    "files": ("write", "fsync", "rename", "replace", "link", "unlink", "mkdir", "swap"),
    "the ledger": ("SQL", "before COMMIT", "amid COMMIT"),
    "the socket": tuple(
        f"{when} {what}" for what in ("connect", "handshake", "send", "recv") for when in ("before", "amid", "after")
    ),
}


def put_killer(folder: Path) -> Path:
    """Put the killer into `folder` as what Python runs at its start; return it for PYTHONPATH."""
    folder.mkdir(exist_ok=True)
    shutil.copy(Path(__file__).with_name("killer.py"), folder / "sitecustomize.py")
    return folder


def deeds(log: Path) -> list[str]:
    """Return the kinds of deeds that a process did, in order; of a killed one the last is the one it died at."""
    return log.read_text().splitlines() if log.exists() else []


def points(done: Sequence[str], many: int, chance: random.Random) -> list[int]:
    """Return so many numbers of deeds to kill at: half of them by kind in turn, half spread evenly over all."""
    by_kind: Mapping[str, list[int]] = defaultdict(list)
    for number, kind in enumerate(done, start=1):
        by_kind[kind].append(number)
    kinds = sorted(by_kind)
    chance.shuffle(kinds)
    in_turn = [chance.choice(by_kind[kinds[turn % len(kinds)]]) for turn in range((many + 1) // 2)]
    even = many - len(in_turn)
    step = len(done) / max(even, 1)
    return in_turn + [1 + int(turn * step + chance.random() * step) % len(done) for turn in range(even)]


@dataclass
class Tally:
    """What became of many runs: at which kind of deed they died, and how each ended."""

    kinds: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def killed(self) -> int:
        """How many processes were killed."""
        return self.kinds.total() - self.kinds[ENDED]

    def count(self, kinds: Iterable[str], came: Iterable[str]) -> None:
        """Count one run: the kinds of deeds that its processes died at, and what was left."""
        self.kinds.update(kinds)
        self.outcomes.update(came)

    def tell(self, request: pytest.FixtureRequest, what: str) -> None:
        """Say it in the terminal, although the test passes."""
        reporter = request.config.pluginmanager.get_plugin("terminalreporter")
        capture = request.config.pluginmanager.get_plugin("capturemanager")
        if reporter is None or capture is None:
            return
        rooms = Counter({room: sum(self.kinds[kind] for kind in kinds) for room, kinds in ROOMS.items()})
        with capture.global_and_fixture_disabled():
            reporter.write_line(f"\n{what}")
            for head, counts in (("  at", rooms), ("  being", self.kinds), ("  left", self.outcomes)):
                if counts:
                    reporter.write_line(
                        f"{head}: " + ", ".join(f"{many} {how}" for how, many in sorted(counts.items()))
                    )


def wait(process: subprocess.Popen[str], seconds: float = 60.0) -> int:
    """Wait for the end of a process and return its status; no traceback in what it said."""
    _, err = process.communicate(timeout=seconds)
    assert "Traceback" not in (err or "")
    return process.returncode
