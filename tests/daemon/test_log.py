"""Log lines: with times in a file or a terminal, with fields in the journal, and nothing private in either."""

from __future__ import annotations

import io
import socket
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calsync.daemon.log import Log, told
from calsync.errors import LedgerError

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def _log(said: io.StringIO, *, verbose: bool = False, quiet: bool = False) -> Log:
    return Log(said, {}, lambda: NOON, verbose=verbose, quiet=quiet)


@pytest.mark.parametrize(
    ("flags", "lines"),
    [
        pytest.param({}, ["done", "warning: late", "error: wrong"], id="normal"),
        pytest.param({"quiet": True}, ["warning: late", "error: wrong"], id="quiet"),
        pytest.param({"verbose": True}, ["looked", "done", "warning: late", "error: wrong"], id="verbose"),
    ],
)
def test_levels(flags: dict[str, bool], lines: list[str]) -> None:
    said = io.StringIO()
    log = _log(said, **flags)
    log.debug("looked", "quiet")
    log.info("done", "reconciled")
    log.warning("late", "deferred")
    log.error("wrong", "fault")
    assert said.getvalue().splitlines() == [f"2026-11-23 12:00:00+00:00 {line}" for line in lines]


def test_an_address_is_masked_but_for_who_looks_for_a_fault() -> None:
    said, all_said = io.StringIO(), io.StringIO()
    for log in (_log(said), _log(all_said, verbose=True)):
        log.info("message to <ayşe@acme.example>: refused (550 no such user: ayşe@acme.example)", "failed")
    assert said.getvalue().endswith("message to <(address)>: refused (550 no such user: (address))\n")
    assert "ayşe@acme.example" in all_said.getvalue()


def test_a_line_stays_one_line() -> None:
    said = io.StringIO()
    _log(said).info("one\ntwo\r\n  three", "x")
    assert said.getvalue().splitlines() == ["2026-11-23 12:00:00+00:00 one two three"]


def test_an_error_of_ours_is_told_by_its_words_and_another_by_its_place() -> None:
    assert told(LedgerError("the disk is full", where="/s/ledger")) == "the disk is full (/s/ledger)"
    try:
        raise ValueError("Secret merger with ayse@acme.example")
    except ValueError as error:
        said = told(error)
    assert said.startswith("a fault in calsync itself (ValueError at test_log.py:")
    assert "Secret" not in said


def test_where_it_came_from_is_shown_to_who_looks_for_a_fault_without_its_words() -> None:
    said, all_said = io.StringIO(), io.StringIO()
    try:
        raise ValueError("Secret merger")
    except ValueError as error:
        _log(said).trace(error)
        _log(all_said, verbose=True).trace(error)
    assert said.getvalue() == ""
    assert "test_log.py" in all_said.getvalue()
    assert "Secret" not in all_said.getvalue()


class TestJournal:
    """A log whose stream leads to the journal."""

    @pytest.fixture
    def stream(self, tmp_path: Path) -> Iterator[io.TextIOWrapper]:
        with (tmp_path / "stderr").open("w+") as stream:
            yield stream

    @pytest.fixture
    def journal(self, tmp_path: Path) -> Iterator[socket.socket]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
            journal.bind(str(tmp_path / "j"))
            journal.settimeout(5)
            yield journal

    def log(self, stream: io.TextIOWrapper, path: Path) -> Log:
        found = Path(stream.name).stat()
        return Log(stream, {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}, lambda: NOON, journal=path)

    def written(self, stream: io.TextIOWrapper) -> str:
        return Path(stream.name).read_text()

    def test_a_line_goes_to_it_with_its_fields(
        self, stream: io.TextIOWrapper, journal: socket.socket, tmp_path: Path
    ) -> None:
        log = self.log(stream, tmp_path / "j")
        log.warning("message abc for acme: put off", "deferred", message_id="abc", client="acme", channel="")
        assert _entry(journal.recv(65536)) == {
            "MESSAGE": "message abc for acme: put off",
            "PRIORITY": "4",
            "SYSLOG_IDENTIFIER": "calsync",
            "CALSYNC_EVENT": "deferred",
            "CALSYNC_MESSAGE_ID": "abc",
            "CALSYNC_CLIENT": "acme",
        }
        assert self.written(stream) == ""

    def test_no_field_holds_an_address(self, stream: io.TextIOWrapper, journal: socket.socket, tmp_path: Path) -> None:
        self.log(stream, tmp_path / "j").info("x", "y", problem="to a@b.example")
        assert _entry(journal.recv(65536))["CALSYNC_PROBLEM"] == "to (address)"

    @pytest.mark.parametrize(
        ("level", "prefix"), [("info", "<6>"), ("warning", "<4>"), ("error", "<3>")], ids=lambda one: str(one)
    )
    def test_where_its_socket_is_away_a_line_bears_its_priority(
        self, stream: io.TextIOWrapper, tmp_path: Path, level: str, prefix: str
    ) -> None:
        log = self.log(stream, tmp_path / "nobody")
        getattr(log, level)("done", "x")
        assert self.written(stream) == f"{prefix}done\n"

    def test_a_stream_that_only_once_led_there_is_no_journal(self, stream: io.TextIOWrapper) -> None:
        Log(stream, {"JOURNAL_STREAM": "1:2"}, lambda: NOON).info("done", "x")
        assert self.written(stream) == "2026-11-23 12:00:00+00:00 done\n"


def _entry(data: bytes) -> dict[str, str]:
    """Read an entry of the journal's native protocol."""
    found = {}
    while data:
        head, _, rest = data.partition(b"\n")
        if b"=" in head:
            name, _, value = head.partition(b"=")
        else:
            (length,) = struct.unpack("<Q", rest[:8])
            name, value, rest = head, rest[8 : 8 + length], rest[9 + length :]
        found[name.decode()] = value.decode()
        data = rest
    return found
