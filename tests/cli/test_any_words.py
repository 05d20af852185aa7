"""Whatever is typed ends with a known status, one JSON document where JSON was asked for, and never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calsync.cli.main import calsync, main
from calsync.cli.menu import LATER, MENU
from tests.sample import MONDAY, put_sample

# The daemon would stay, and units are no matter of this home: what they take is tried beside them.
TRIED = [name for name in MENU if name not in ("run", "service")]
WORDS = [
    *TRIED,
    *sorted(LATER),
    *(
        "acme",
        "mavi",
        "qtac",
        "bpoowy",
        "yntsse",
        "acme-weekly@kaya.example",
        "list",
        "show",
        "approve",
        "skip",
        "resend",
    ),
    *(
        "--json",
        "--help",
        "--yes",
        "--series",
        "--client",
        "--to-me",
        "--add",
        "--clear",
        "--keep",
        "--again",
        "--at-once",
    ),
    *(
        "--because",
        "--until",
        "--note",
        "--month",
        "--week",
        "--html",
        "--group",
        "--language",
        "--exit-code",
        "--force",
    ),
    *(
        "--digest",
        "--edited",
        "--from",
        "--to",
        "--zone",
        "--file",
        "--calendar",
        "--dir",
        "--now",
        "-v",
        "-q",
        "--no-color",
    ),
    *(
        "+15m",
        "-15m",
        "+100d",
        "0m",
        "2026-11-24",
        "2026-11",
        "2026-W48",
        "2026-W53",
        "Europe/Berlin",
        "tr",
        "work",
        MONDAY,
    ),
    *(
        "",
        " ",
        "-",
        "--",
        "\x1b[31m",
        "\udc80",
        "ı",
        "a" * 300,
        "'; DROP TABLE calls; --",
        "../../etc/passwd",
        "NaN",
        "1e999",
    ),
]
STATUSES = {0, 1, 2, 3, 4, 10}


@pytest.fixture(scope="module")
def lasting_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all lines: what one of them did, the next one meets."""
    home = tmp_path_factory.mktemp("home")
    put_sample(home)
    return home


@st.composite
def fitting_lines(draw: st.DrawFn) -> list[str]:
    """A command with arguments and options that it knows, and any words as their values."""
    name = draw(st.sampled_from(TRIED))
    command = calsync.get_command(click.Context(calsync), name)
    assert command is not None
    value = st.sampled_from(WORDS)
    line = [name]
    for param in command.params:
        if isinstance(param, click.Argument):
            line += [draw(value)]
        elif isinstance(param, click.Option) and draw(st.integers(0, 3)) == 0:
            line += [param.opts[0], *([] if param.is_flag else [draw(value)])]
    return line


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    line=st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=6) | fitting_lines(),
    clock=st.booleans(),
    as_json=st.booleans(),
)
def test_any_line_of_words_ends_well(
    line: list[str],
    clock: bool,
    as_json: bool,
    lasting_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HOME", str(lasting_home))
    monkeypatch.setattr("calsync.calendars.file._SECOND_LOOK_S", 0)
    monkeypatch.setattr("tempfile.tempdir", str(lasting_home))
    monkeypatch.chdir(lasting_home)
    line = [*line, *(["--now", MONDAY] if clock and line else []), *(["--json"] if as_json else [])]
    capsys.readouterr()
    status = main(line)
    out, err = capsys.readouterr()
    assert status in STATUSES
    assert "Traceback" not in err
    assert "a fault in calsync itself" not in err + out
    # Behind an option that takes a value it would be that value.
    if line[-1:] == ["--json"] and line[-2:-1] and not line[-2].startswith("-") and not {"--help", "--"} & {*line}:
        json.loads(out)
