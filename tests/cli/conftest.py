"""Runs the command line inside the test's own process: status, stdout and stderr of one run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calsync.cli.main import main
from tests.sample import Ran, put_sample

Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], home: object) -> Run:
    def one(*words: str) -> Ran:
        capsys.readouterr()
        status = main(list(words))
        return Ran(status, *capsys.readouterr())

    return one


@pytest.fixture
def sample(home: Path) -> Path:
    """The sample of `demo` as the owner's own config: the folder that holds config.toml, work.ics and outbox."""
    return put_sample(home)
