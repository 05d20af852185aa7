"""The real daemon over a mail server, and all that ends, starves or misleads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.clocked import DrivenClock
from tests.e2e.running import Running, wait_for
from tests.e2e.soon import OWNER, WATCHDOG_S, Soon, address, goes_on, put_soon
from tests.fakes.smtp import HANG, TAKE, MailServer

PATIENT = {"timeout": '"20s"', "data_timeout": '"20s"'}
NINE = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Istanbul"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer(tmp_path) as server:
        yield server


@pytest.fixture
def soon(tmp_path: Path, server: MailServer) -> Soon:
    """One call, whose message is due at once."""
    return put_soon(tmp_path, server.table(**PATIENT))


def got(server: MailServer) -> int:
    """Return how many mails the client got."""
    return len(server.to(address("acme")))


def starts_again(soon: Soon, server: MailServer, *, sent: int) -> str:
    """Run a daemon after another one has ended, and return the state that it leaves the message in."""
    server.mend()
    with Running(soon.folder, environ=soon.environ) as daemon:
        daemon.says("started", times=2)
        wait_for(lambda: soon.states()["acme"] in ("sent", "unknown"), "its fate")
        daemon.wait_for(lambda: "next message" in daemon.status or "no message" in daemon.status, "a status")
        assert daemon.stop()[0] == 0
    assert got(server) == sent
    assert server.problems() == []
    return soon.states()["acme"]


class TestEnds:
    """What becomes of a message on whose way the daemon ends."""

    @pytest.mark.parametrize(
        ("does", "sent"), [pytest.param(HANG, 0, id="not taken"), pytest.param(TAKE, 1, id="taken")]
    )
    def test_killed_while_a_mail_is_handed_over_it_is_unknown_and_shown_and_not_sent_again(
        self, soon: Soon, server: MailServer, does: str, sent: int
    ) -> None:
        server.fault("body", does)
        # The answer to one that was taken never comes: the kill is faster than whatever follows.
        server.fault("accepted", HANG)
        with Running(soon.folder, environ=soon.environ) as daemon:
            server.wait(lambda: "body" in server.commands)
            daemon.kill()
        assert starts_again(soon, server, sent=sent) == "unknown"
        message = soon.run("outbox", "--json").json["messages"][0]
        assert message["state"] == "unknown"
        must = " ".join(soon.run("status", "--json").json["owner_must"])
        assert message["id"][:6] in must and "may or may not have been sent" in must

    def test_killed_before_a_mail_is_handed_over_it_goes_with_the_next_start(
        self, soon: Soon, server: MailServer
    ) -> None:
        server.fault("rcpt", HANG)
        with Running(soon.folder, environ=soon.environ) as daemon:
            server.wait(lambda: "rcpt" in server.commands)
            daemon.kill()
        assert starts_again(soon, server, sent=1) == "sent"

    @pytest.mark.parametrize(
        ("phase", "does", "state", "sent"),
        [
            pytest.param("greeting", HANG, "planned", 0, id="while it connects"),
            pytest.param("rcpt", HANG, "planned", 0, id="before the mail"),
            pytest.param("body", 1.5, "sent", 1, id="amid a mail that is taken in time"),
            pytest.param("body", HANG, "unknown", 0, id="amid a mail whose answer doesn't come"),
        ],
    )
    def test_asked_to_end_it_ends_in_time_and_knows_what_became_of_the_mail(
        self, soon: Soon, server: MailServer, phase: str, does: str | float, state: str, sent: int
    ) -> None:
        server.fault(phase, does)  # type: ignore[arg-type]
        with Running(soon.folder, environ=soon.environ) as daemon:
            server.wait(lambda: phase in server.commands)
            status, took = daemon.stop()
        assert (status, took < 5) == (0, True)
        assert (soon.states()["acme"], got(server)) == (state, sent)
        if state == "unknown":
            assert "may or may not have been sent" in " ".join(soon.alerts().values())


def test_what_is_put_off_is_tried_again_after_pauses_that_double_and_goes_once(
    tmp_path: Path, server: MailServer
) -> None:
    clock = DrivenClock(tmp_path / "clock", NINE)
    soon = put_soon(tmp_path, server.table(**PATIENT), starts=[NINE + timedelta(hours=3)])
    server.fault("rcpt", "451 4.7.1 greylisted", times=None)
    with Running(tmp_path, clock=clock, environ=soon.environ, watchdog_s=WATCHDOG_S) as daemon:
        for tries, pause in enumerate((30, 60, 120, 240), start=1):
            daemon.says(f"put off ({tries})")
            message = soon.messages()["acme"]
            assert message.attempts == tries and message.retry_at is not None
            clock.pass_by(seconds=(message.retry_at - clock.now).total_seconds() - 2)
            goes_on(daemon)
            assert soon.messages()["acme"].attempts == tries, f"tried again before {pause} s were over"
            if tries == 4:
                server.mend()
            clock.pass_by(seconds=3)
        daemon.says("sent by mail")
    assert got(server) == 1
    assert server.problems() == []


def test_a_calendar_that_vanishes_takes_nothing_along_and_sends_nothing(soon: Soon, server: MailServer) -> None:
    server.fault("rcpt", "451 4.7.1 greylisted", times=None)
    with Running(soon.folder, environ=soon.environ) as daemon:
        daemon.says("put off (1)")
        whole = soon.file.read_bytes()
        server.mend()
        soon.file.rename(soon.folder / "away.ics")
        daemon.says('warning: calendar "work"')
        soon.pauses_are_over()
        daemon.says("waits: its calendar can't be read just now")
        assert got(server) == 0
        # Half of it, as from a program that is writing: it is no whole calendar, and nothing follows from it.
        soon.file.write_bytes(whole[: len(whole) // 2])
        daemon.says('warning: calendar "work"', times=2)
        assert soon.file.read_bytes() == whole[: len(whole) // 2]
        assert (got(server), soon.states()["acme"]) == (0, "planned")
        (soon.folder / "away.ics").rename(soon.file)
        daemon.says('over: calendar "work"')
        daemon.says("sent by mail")
        assert soon.file.read_bytes() == whole
        server.wait(lambda: len(server.to(OWNER)) >= 3)
    told = {str(one.mail["Subject"]) for one in server.to(OWNER)}
    assert {"calsync: 1 thing needs you", "calsync: 1 problem is over"} <= told
    assert got(server) == 1
