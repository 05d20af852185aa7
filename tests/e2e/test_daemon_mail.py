"""The real daemon and a mail server that hangs: blocks don't wait for it, the end doesn't, and nothing goes twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.running import Running
from tests.e2e.soon import Soon, address, event, now, put_soon, write_calendar
from tests.fakes.smtp import HANG, MailServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer(tmp_path) as server:
        yield server


def running(soon: Soon, *, watchdog_s: float | None = None) -> Running:
    return Running(soon.folder, environ=soon.environ, watchdog_s=watchdog_s)


def begun(soon: Soon) -> bool:
    """Tell whether a message may have begun to leave."""
    return any(one.state == "sending" and one.begun_at is not None for one in soon.messages().values())


def test_the_end_comes_within_five_seconds_while_a_mail_is_being_sent_and_it_stays_unknown(
    tmp_path: Path, server: MailServer
) -> None:
    server.fault("body", HANG)
    soon = put_soon(tmp_path, server.table())
    with running(soon) as daemon:
        daemon.wait_for(lambda: begun(soon), "a mail under way")
        status, took = daemon.stop()
        assert (status, took < 5) == (0, True)
        assert "for acme: unknown, as it was being sent at the end" in daemon.log
    assert soon.states() == {"acme": "unknown"}
    server.mend()
    with running(soon) as daemon:
        daemon.wait_for(lambda: "no message is planned" in daemon.status, "a whole cycle")
        assert daemon.stop()[0] == 0
    assert server.to(address("acme")) == []


def test_what_surely_had_not_left_at_the_end_goes_at_the_next_start(tmp_path: Path, server: MailServer) -> None:
    server.fault("rcpt", HANG)
    soon = put_soon(tmp_path, server.table())
    with running(soon) as daemon:
        daemon.wait_for(lambda: "rcpt" in server.commands, "a recipient that was named")
        status, took = daemon.stop()
        assert (status, took < 5) == (0, True)
    assert soon.states() == {"acme": "planned"}
    server.mend()
    with running(soon) as daemon:
        daemon.says("for acme: sent by mail")
    assert len(server.to(address("acme"))) == 1


def test_a_server_that_hangs_delays_no_block(tmp_path: Path, server: MailServer) -> None:
    server.fault("greeting", HANG, times=None)
    soon = put_soon(tmp_path, server.table())
    with running(soon) as daemon:
        daemon.wait_for(lambda: server.connections, "a connection")
        daemon.says("blocks added")
        write_calendar(soon.file, event("acme", now() + timedelta(hours=6)))
        assert daemon.says("blocks added", times=2) < 5
        assert soon.written() == (1, 2)
        assert server.connections == 1, "it still hangs"


def test_no_life_sign_is_given_while_a_pass_hangs(tmp_path: Path, server: MailServer) -> None:
    server.fault("body", HANG)
    soon = put_soon(tmp_path, server.table())
    with running(soon, watchdog_s=1) as daemon:
        daemon.wait_for(lambda: begun(soon), "a mail under way")
        # One may still be given for the progress before; each reload makes the main thread look once more.
        daemon.reload()
        before = daemon.told.count("WATCHDOG=1")
        for _ in range(3):
            daemon.reload()
        assert daemon.told.count("WATCHDOG=1") == before
