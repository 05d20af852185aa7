"""What the service manager is told, datagram by datagram, and that nobody listening harms nobody."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from calsync.systemd import Notifier


@pytest.fixture(params=["a path", "an abstract name"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket that hears, and its address as systemd gives it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        if request.param == "a path":
            address = str(tmp_path / "n")
            heard.bind(address)
        else:
            address = f"@calsync-{os.getpid()}-{time.monotonic_ns()}"
            heard.bind("\0" + address[1:])
        heard.settimeout(5)
        yield heard, address


def test_each_word_is_one_datagram(manager: tuple[socket.socket, str]) -> None:
    heard, address = manager
    notifier = Notifier({"NOTIFY_SOCKET": address})
    notifier.ready()
    notifier.status("next message at 15:00\nREADY=0")
    notifier.reloading()
    notifier.alive()
    notifier.stopping()
    told = [heard.recv(4096).decode() for _ in range(5)]
    assert told[:2] == ["READY=1", "STATUS=next message at 15:00 READY=0"], "a line of its own it can't become"
    found = re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=(\d+)", told[2])
    assert found is not None
    assert 0 <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000 - int(found[1]) < 60_000_000
    assert told[3:] == ["WATCHDOG=1", "STOPPING=1"]


def test_no_child_learns_of_it() -> None:
    environ = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1", "HOME": "/h"}
    Notifier(environ)
    assert environ == {"HOME": "/h"}


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(None, id="no manager"),
        pytest.param("/nowhere/at/all", id="a socket that is away"),
        pytest.param("vsock:2:1234", id="a virtual machine's"),
        pytest.param("@" + "x" * 200, id="a name that is too long"),
        pytest.param("", id="nothing"),
    ],
)
def test_nobody_listening_harms_nobody(address: str | None) -> None:
    notifier = Notifier({} if address is None else {"NOTIFY_SOCKET": address})
    notifier.ready()
    notifier.status("x")
    notifier.reloading()
    notifier.alive()
    notifier.stopping()


def test_a_manager_that_does_not_read_holds_nobody_up_for_long(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(tmp_path / "n"))
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "n")})
        notifier.wait_s = 0.01
        for _ in range(600):  # more than any queue of datagrams holds (net.unix.max_dgram_qlen)
            notifier.status("x" * 1000)
        deaf.settimeout(1)
        assert deaf.recv(4096).startswith(b"STATUS=x")


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        pytest.param({"WATCHDOG_USEC": "180000000"}, 180.0, id="no process is named"),
        pytest.param({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}, 3.0, id="this one"),
        pytest.param({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None, id="another process"),
        pytest.param({"WATCHDOG_USEC": "0"}, None, id="none"),
        pytest.param({"WATCHDOG_USEC": "soon"}, None, id="no number"),
        pytest.param({"WATCHDOG_USEC": "²"}, None, id="a digit that is no number"),
        pytest.param({}, None, id="nobody waits"),
    ],
)
def test_within_what_time_a_life_sign_is_awaited(environ: dict[str, str], seconds: float | None) -> None:
    assert Notifier({"NOTIFY_SOCKET": "/run/x", **environ}).watchdog_s == seconds


def test_without_a_manager_nobody_waits_for_a_life_sign() -> None:
    assert Notifier({"WATCHDOG_USEC": "180000000"}).watchdog_s is None
