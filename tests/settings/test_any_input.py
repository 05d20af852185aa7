"""Whatever a file holds: settings or problems, never anything else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calsync.errors import ConfigErrors
from calsync.settings.example import example
from calsync.settings.load import load
from calsync.settings.problems import say
from calsync.settings.schema import CALENDAR, CHANNEL, ROOT
from calsync.settings.tables import toml

NAMES = sorted(
    {key.name for table in ROOT.tables() for key in table.keys}
    | {key.name for kind in (CALENDAR, CHANNEL) for keys in kind.types.values() for key in keys}
    | {"type", "acme", "work", "tr", "ayşe@acme.example", "x y"}
)
WORDS = st.sampled_from(
    [
        "45m",
        "15",
        "",
        "ics",
        "folder",
        "smtp",
        "tr",
        "de",
        "act",
        "mon-fri",
        "09:00-18:30",
        "Europe/Berlin",
        "90 EUR",
        "a@b.example",
        "gmail.com",
        "acme",
        "work",
        "formal",
        "veto",
        "P1Y",
        "~",
        "~nobody-here",
        "\u2028",
        "²d",
    ]
)
ATOMS = st.one_of(WORDS, st.booleans(), st.integers(), st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)),
    max_leaves=20,
)


def loads_or_tells(config: Path, data: bytes) -> None:
    """Load; a problem has a sentence on one line that names the file."""
    config.write_bytes(data)
    try:
        load(config)
    except ConfigErrors as errors:
        assert errors.errors
        assert all(say(error).startswith(str(config)) and say(error).isprintable() for error in errors.errors)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "config.toml"


@given(data=st.binary(max_size=200))
def test_any_bytes(config: Path, data: bytes) -> None:
    loads_or_tells(config, data)


@given(
    at=st.integers(0, len(example())),
    cut=st.integers(0, 40),
    put=st.text(alphabet="ab.=[]{},\"'#\n1\\-\u0130\x00", max_size=6),
)
def test_the_example_with_any_slip_of_the_hand(config: Path, at: int, cut: int, put: str) -> None:
    text = example().replace("\n# ", "\n")
    loads_or_tells(config, (text[:at] + put + text[at + cut :]).encode())


@given(top=st.dictionaries(st.sampled_from([key.name for key in ROOT.keys]), VALUES, max_size=8))
def test_any_values_at_any_keys(config: Path, top: dict[str, object]) -> None:
    text = "".join(f"{name} = {toml(value)}\n" for name, value in top.items())
    assert tomllib.loads(text) == top
    loads_or_tells(config, text.encode())


KEYS = [
    (table, key) for table in ("owner", "defaults", "clients.acme", "calendars.work", "channels.out") for key in NAMES
]


@given(changes=st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1, max_size=3))
def test_any_value_at_any_key_of_a_good_config(config: Path, changes: dict[tuple[str, str], object]) -> None:
    tables: dict[str, dict[str, object]] = {
        "owner": {"name": "D", "email": "d@k.example", "timezone": "UTC"},
        "calendars.work": {"type": "ics", "path": "w.ics"},
        "channels.out": {"type": "folder", "path": "out"},
        "defaults": {},
        "clients.acme": {"email": "a@b.example"},
    }
    for (table, key), value in changes.items():
        tables[table][key] = value
    lines = [
        "\n".join([f"[{table}]", *(f'"{key}" = {toml(value)}' for key, value in keys.items())])
        for table, keys in tables.items()
    ]
    loads_or_tells(config, "\n".join(lines).encode())
