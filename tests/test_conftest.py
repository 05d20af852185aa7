"""The ground of the tests holds: no network, an own home, and nothing left out unseen in CI."""

from __future__ import annotations

import os
import socket
import sys
import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

GROUND = (Path(__file__).parent / "conftest.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("192.0.2.1", id="an address"),
        pytest.param("2001:db8::1", id="an address of version 6"),
        pytest.param("mail.example", id="a name"),
    ],
)
def test_a_connection_to_another_machine_is_refused(host: str) -> None:
    with pytest.raises(RuntimeError, match="tests use no network"):
        sys.audit("socket.connect", None, (host, 25))


def test_a_name_of_another_machine_is_not_looked_up() -> None:
    with pytest.raises(RuntimeError, match="tests use no network"):
        socket.getaddrinfo("mail.example", 25)


def test_a_server_on_loopback_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_a_home_is_empty_and_the_tests_own(home: Path, tmp_path: Path) -> None:
    assert Path.home() == home
    assert home.is_relative_to(tmp_path)
    assert list(home.iterdir()) == []


def test_zones_are_those_of_the_lock_not_of_the_machine() -> None:
    assert zoneinfo.TZPATH == ()
    assert zoneinfo.ZoneInfo("Europe/Istanbul").utcoffset(datetime(2026, 11, 24, tzinfo=UTC)) == timedelta(hours=3)


LEAVES_ONE_OUT = """
import pytest

def test_that_runs(): pass

@pytest.mark.needs_debian("no-such-program", "no-such-package")
def test_that_cannot(): pass
"""


@pytest.mark.parametrize(
    ("ci", "exit_status"), [pytest.param("", 0, id="at home"), pytest.param("true", 1, id="in CI")]
)
def test_a_test_left_out_is_listed_and_fails_only_in_ci(pytester: pytest.Pytester, ci: str, exit_status: int) -> None:
    pytester.makeini("[pytest]\nmarkers = needs_debian")
    pytester.makeconftest(GROUND)
    pytester.makepyfile(LEAVES_ONE_OUT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "CI", ci)
        result = pytester.runpytest_subprocess("-ra")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*no-such-program: apt install no-such-package"])
    assert result.ret == exit_status
