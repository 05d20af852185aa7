"""Errors as a person or a program reads them."""

from __future__ import annotations

import json

import click
import pytest

from calsync.cli.failure import as_data, as_text, tell
from calsync.errors import CalendarUnreadable, ConfigError, ConfigErrors, LockHeld, ManyErrors, NotInThisVersion

UNREADABLE = CalendarUnreadable("it was cut in the middle", where='calendar "work"', hint="look at\nwhat writes it")


def test_an_error_is_a_block_of_what_where_do() -> None:
    assert as_text(UNREADABLE) == (
        "error: calendar-unreadable\n"
        "  what   it was cut in the middle\n"
        '  where  calendar "work"\n'
        "  do     look at\n"
        "         what writes it"
    )


def test_problems_of_the_config_are_a_line_each_and_counted() -> None:
    problems = ConfigErrors(
        (
            ConfigError('"15" has no unit', where="config.toml:31: defaults.buffer_after", hint='write "15m"'),
            NotInThisVersion("send = veto is not in this version", where="config.toml:40: defaults.send"),
        ),
        hint="nothing was done",
    )
    assert as_text(problems) == (
        'config.toml:31: defaults.buffer_after: "15" has no unit; write "15m"\n'
        "config.toml:40: defaults.send: send = veto is not in this version\n"
        "2 problems; nothing was done"
    )
    assert as_data(problems) == {
        "errors": [
            {
                "code": "config",
                "what": '"15" has no unit',
                "where": "config.toml:31: defaults.buffer_after",
                "hint": 'write "15m"',
            },
            {
                "code": "not-in-this-version",
                "what": "send = veto is not in this version",
                "where": "config.toml:40: defaults.send",
                "hint": "",
            },
        ]
    }


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        pytest.param(UNREADABLE, "calendar-unreadable", 1, id="one of ours"),
        pytest.param(LockHeld("held"), "locked", 4, id="the lock is held"),
        pytest.param(click.UsageError("no such option"), "usage", 2, id="wrong usage"),
        pytest.param(click.FileError("f"), "usage", 2, id="a file given on the command line"),
        pytest.param(OSError(28, "No space left on device", "/d/ledger"), "system", 1, id="the system"),
        pytest.param(ModuleNotFoundError("no", name="babel"), "system", 1, id="an installation with a hole"),
        pytest.param(KeyError("a client's words"), "unexpected", 1, id="a fault of our own"),
        pytest.param(RecursionError(), "unexpected", 1, id="too deep"),
    ],
)
def test_every_error_ends_as_json_with_its_status(
    error: Exception, code: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tell(error, as_json=True) == status
    out, err = capsys.readouterr()
    assert (json.loads(out)["error"]["code"], err) == (code, "")


def test_a_fault_of_our_own_quotes_nothing_and_shows_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise KeyError("a client's words")
    except KeyError as error:
        assert tell(error, as_json=False) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "client's words" not in err
    assert "Traceback" not in err
    assert "test_failure.py:" in err


def test_a_traceback_is_there_for_who_asks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CALSYNC_DEBUG", "1")
    tell(ManyErrors((UNREADABLE, UNREADABLE)), as_json=False)
    err = capsys.readouterr().err
    assert "Traceback" in err or "ManyErrors" in err
    assert err.count("error: calendar-unreadable") == 2
