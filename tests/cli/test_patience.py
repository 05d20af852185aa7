"""The line that says that work goes on."""

from __future__ import annotations

import io
import time

import pytest

from calsync.cli.patience import Patience


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def stderr(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, after_s: float) -> io.StringIO:
    # Not in a fixture: between that and the test pytest puts its own stream there.
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr("calsync.cli.patience.PATIENCE_S", after_s)
    return stream


def test_it_comes_after_a_while_and_goes_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = stderr(monkeypatch, Terminal(), 0.0)
    patience = Patience("reading")
    until = time.monotonic() + 10
    while not terminal.getvalue() and time.monotonic() < until:
        time.sleep(0.001)
    patience.stop()
    patience.stop()
    assert terminal.getvalue() == "reading …\r\x1b[2K"


def test_what_is_quick_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = stderr(monkeypatch, Terminal(), 60.0)
    Patience("reading").stop()
    assert terminal.getvalue() == ""


def test_nothing_is_said_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = stderr(monkeypatch, io.StringIO(), 0.0)
    patience = Patience("reading")
    patience.stop()
    assert stream.getvalue() == ""
