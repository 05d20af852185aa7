"""The owner is told by the real daemon, through the real apprise, to a server that hears it or hangs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.listener import Listener
from tests.desk import Desk, call, config
from tests.e2e.running import Running

APPRISE = '[channels.me]\ntype = "apprise"\nurls = [{ env = "PUSH" }]\n'


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener().listening() as listener:
        yield listener


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk whose only event is of long ago."""
    desk = Desk(tmp_path)
    desk.config(config(more=APPRISE))
    desk.put(call("a", "02 10:00"))
    return desk


def test_a_calendar_that_vanishes_and_returns_is_told_once_each_way_and_no_secret_is_logged(
    desk: Desk, listener: Listener
) -> None:
    file = desk.folder / "work.ics"
    with Running(desk.folder, environ={"PUSH": listener.url}) as daemon:
        daemon.wait_for(lambda: "read at" in daemon.status, "the first cycle")
        file.rename(file.with_suffix(".away"))
        daemon.wait_for(lambda: listener.heard, "the alert")
        daemon.says("told the owner of 1 by me")
        file.with_suffix(".away").rename(file)
        daemon.wait_for(lambda: len(listener.heard) == 2, "that it is over")
        assert daemon.stop()[0] == 0
        assert [said["title"] for said in listener.heard] == [
            "calsync: 1 thing needs you",
            "calsync: 1 problem is over",
        ]
        assert not [secret for secret in ("hunter2", "tokenX93") if secret in daemon.log]
    assert not (desk.folder / "outbox").exists()


def test_a_server_that_hangs_does_not_keep_the_daemon_from_ending(desk: Desk, listener: Listener) -> None:
    listener.hangs = True
    (desk.folder / "work.ics").unlink()
    with Running(desk.folder, environ={"PUSH": listener.url}) as daemon:
        daemon.wait_for(listener.hung.is_set, "the alert on its way")
        status, seconds = daemon.stop()
        assert status == 0 and seconds < 5
