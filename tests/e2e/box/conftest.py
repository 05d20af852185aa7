"""Boots one box for all tests here, and gives each a clean one: no unit, no secret, an empty home of Deniz."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Generator, Iterator

import pytest

from tests.conftest import IN_CI
from tests.e2e.box.machine import PROGRAM, Box, NoBoxError, why_not
from tests.e2e.soon import FOLDER, put_soon
from tests.fakes.smtp import MailServer

UNITS = ("calsync.service", "calsync-once.timer", "calsync-once.service")


@pytest.fixture(scope="session")
def machine() -> Iterator[Box]:
    """A booted box; without one the tests are left out, and in CI they fail."""
    if lacking := why_not():
        pytest.skip(lacking)
    box = Box()
    try:
        box.up()
    except NoBoxError as problem:
        if IN_CI:
            raise
        pytest.skip(f"no namespaces for a systemd of its own are to be had here: {str(problem).splitlines()[0]}")
    yield box
    box.down()


@pytest.fixture
def box(machine: Box, request: pytest.FixtureRequest) -> Iterator[Box]:
    yield machine
    if request.node.stash.get(FAILED, False):
        said = machine.run("journalctl", "--no-pager", "--lines=60", "--output=short-precise", check=False).stdout
        request.node.add_report_section("teardown", "journal of the box", said)
    _clean(machine)


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


def _clean(box: Box) -> None:
    box.run("systemctl", "kill", "--signal=KILL", *UNITS, check=False)
    box.run("systemctl", "disable", "--now", *UNITS, check=False)
    box.run("systemctl", "stop", "user@1500.service", check=False)
    for path in (box.root / "etc/systemd/system").glob("calsync*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for folder in ("home/deniz", "etc/credstore", "etc/calsync", "var/lib/private/calsync"):
        for path in (box.root / folder).iterdir() if (box.root / folder).exists() else ():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "reset-failed", check=False)


class Deniz:
    """The home of the box's one user, with a folder for her calendar: `folder`, seen from outside."""

    uid = 1500
    home = "/home/deniz"
    files = "/home/deniz/My Files"
    config = "/home/deniz/My Files/config.toml"
    state = "/home/deniz/.local/state/calsync"

    def __init__(self, box: Box) -> None:
        self.box = box
        self.folder = box.root / self.files.lstrip("/")

    def moves_in(self, channel: str = FOLDER, *, server: MailServer | None = None) -> None:
        """Put a calendar with one call there, whose message is due now, and nothing that says where the state is."""
        if server is not None:
            channel = server.table().replace('{ env = "SMTP_PASSWORD" }', '{ credential = "smtp" }')
            channel = channel.replace(str(server.ca), "ca.pem")
        soon = put_soon(self.folder, channel)
        if server is not None and server.ca.exists():
            shutil.copy(server.ca, self.folder / "ca.pem")
        self.says(lambda text: text.replace('state_dir = "state"\n', ""))
        assert soon.config.exists()
        self.owns()

    def says(self, change: Callable[[str], str]) -> None:
        """Change the config."""
        path = self.folder / "config.toml"
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    def owns(self) -> None:
        """Give her everything in her home."""
        home = self.box.root / self.home.lstrip("/")
        for found in (home, *home.rglob("*")):
            os.chown(found, self.uid, self.uid, follow_symlinks=False)

    def calsync(self, *words: str, check: bool = True, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run calsync as she does in her shell."""
        return self.box.run(PROGRAM, "--config", self.config, *words, user="deniz", check=check, environ=environ)

    def systemctl(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `systemctl --user` as she does."""
        manager = {"XDG_RUNTIME_DIR": f"/run/user/{self.uid}"}
        return self.box.run("systemctl", "--user", *words, user="deniz", check=check, environ=manager)

    def messages(self) -> list[dict[str, str]]:
        """What `outbox` says of each message."""
        found: list[dict[str, str]] = json.loads(self.calsync("outbox", "--json").stdout)["messages"]
        return found


@pytest.fixture
def deniz(box: Box) -> Deniz:
    return Deniz(box)
