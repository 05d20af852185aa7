"""What every test stands on: no network, no home of anybody's, settled zones, and no test left out unseen."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
import time
import zoneinfo
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

pytest_plugins = ["pytester"]

DATA = Path(__file__).parent / "data"
IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")

# Few examples while one works, many where it counts. In CI the same ones every time: a change is judged, not luck.
hypothesis.settings.register_profile("calsync", deadline=None, max_examples=25)
hypothesis.settings.register_profile("calsync-ci", deadline=None, max_examples=150, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("calsync-ci" if IN_CI else "calsync")

# Zones come from the locked tzdata, here and in every command that a test starts, whatever the machine has. The local
# zone is one that no test means, so that code that asks for it by mistake is seen.
os.environ["PYTHONTZPATH"] = ""
zoneinfo.reset_tzpath()
os.environ["TZ"] = "Pacific/Chatham"
time.tzset()


class NetworkUsedError(RuntimeError):
    """A test wanted to talk to a machine other than this one."""


def _loopback(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


def _refuse_network(event: str, args: tuple[object, ...]) -> None:
    """Hook for `sys.audit`: also sees what connects without Python's socket class."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None  # a path, or connected before, when it is none
    elif event == "socket.getaddrinfo":
        host = args[0]
    else:
        return
    if not _loopback(host):
        raise NetworkUsedError(f"tests use no network, and this one wanted {host!r}")


sys.addaudithook(_refuse_network)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave a test out when a program that it needs is missing; the summary says which and how to get it."""
    for mark in item.iter_markers("needs_debian"):
        program, package = mark.args
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}: apt install {package}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI, fail when any test was left out, for whatever reason; elsewhere they are only listed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not IN_CI or reporter is None:
        return
    left_out = sum(len(reporter.stats.get(kind, ())) for kind in ("skipped", "deselected", "xfailed"))
    if left_out and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"\n{left_out} left out; in CI every test runs", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep every test, and what it starts, out of the home and the settings of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        _move_in(patch, tmp_path_factory.mktemp("nobody"))
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a test an empty home of its own; XDG folders lie in it (`.config`, `.local/state`, …)."""
    path = tmp_path / "home"
    path.mkdir()
    _move_in(monkeypatch, path)
    return path


def _move_in(patch: pytest.MonkeyPatch, home: Path) -> None:
    patch.setenv("HOME", str(home))
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        patch.delenv(f"XDG_{name}_HOME", raising=False)
    for name in ("CALSYNC_CONFIG", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        patch.delenv(name, raising=False)
    patch.setenv("LC_ALL", "C.UTF-8")


Golden = Callable[[str, str], None]


@pytest.fixture
def golden() -> Golden:
    """Compare a text with the file of that name in tests/data; CALSYNC_UPDATE_GOLDEN=1 writes it instead."""

    def compare(name: str, text: str) -> None:
        path = DATA / name
        if os.environ.get("CALSYNC_UPDATE_GOLDEN") == "1":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        if not path.exists():
            pytest.fail(f"tests/data/{name} is missing: CALSYNC_UPDATE_GOLDEN=1 writes it, then read it")
        assert text == path.read_bytes().decode()

    return compare
