"""A config on disk, and what loading it gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calsync.errors import ConfigErrors
from calsync.settings.load import Settings, load
from calsync.settings.problems import say

BASE = """\
[owner]
name = "Deniz Kaya"
email = "deniz@kaya.example"
timezone = "Europe/Istanbul"

[calendars.work]
type = "ics"
path = "work.ics"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Where the config goes that these tests write."""
    return tmp_path / "config.toml"


@pytest.fixture
def loaded(config: Path) -> Callable[[str], Settings]:
    """Load a text as it is."""

    def load_text(text: str) -> Settings:
        config.write_text(text, encoding="utf-8")
        return load(config)

    return load_text


@pytest.fixture
def based(loaded: Callable[[str], Settings]) -> Callable[..., Settings]:
    """Load a minimal config with `top` above its tables and `more` below."""
    return lambda more="", top="": loaded(f"{top}\n{BASE}\n{more}")


@pytest.fixture
def problems(config: Path, loaded: Callable[[str], Settings]) -> Callable[[str], list[str]]:
    """Load a text that has problems; return them as the owner reads them."""

    def problems_of(text: str) -> list[str]:
        with pytest.raises(ConfigErrors) as caught:
            loaded(text)
        assert caught.value.exit_code == 2
        return [say(error).replace(str(config), "config.toml") for error in caught.value.errors]

    return problems_of


@pytest.fixture
def wrong(problems: Callable[[str], list[str]]) -> Callable[..., list[str]]:
    """Return the problems of a minimal config with `top` and `more`, without the places of lines."""

    def wrong_in(more: str = "", top: str = "") -> list[str]:
        return [line.partition(": ")[2] for line in problems(f"{top}\n{BASE}\n{more}")]

    return wrong_in
