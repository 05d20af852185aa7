"""Months of a freelancer's life with calsync; see `judge` for what must hold in each of them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from tests.month.judge import Broken
from tests.month.month import Month

_ONE = os.environ.get("CALSYNC_MONTH_SEED")
SEEDS = [int(_ONE)] if _ONE else list(range(1, 21))
SHM = Path("/dev/shm")  # noqa: S108 - a disk that forgets is fast, and these months are thrown away
ROOM = SHM if SHM.is_dir() and os.access(SHM, os.W_OK) else None


@pytest.mark.parametrize("seed", SEEDS)
def test_a_month_keeps_what_was_promised(seed: int) -> None:
    with tempfile.TemporaryDirectory(prefix="calsync-month-", dir=ROOM) as folder:
        month = Month(seed, Path(folder))
        try:
            month.run()
        except Broken as broken:
            pytest.fail(f"seed {seed}: {broken}\n" + "\n".join(month.log[-40:]))
