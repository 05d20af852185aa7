"""The real daemon over a mail server, and all that ends, starves or misleads it."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import IN_CI
from tests.e2e.clocked import DrivenClock
from tests.e2e.running import Running, wait_for
from tests.e2e.soon import OWNER, WATCHDOG_S, Soon, address, event, goes_on, now, put_soon, together, write_calendar
from tests.fakes.smtp import HANG, TAKE, MailServer, Phase

PATIENT = {"timeout": '"20s"', "data_timeout": '"20s"'}
LARGE = int(os.environ.get("CALSYNC_LARGE", "100000" if IN_CI else "20000"))
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


# At which phase the daemon is ended, what the server does there, and by which signal. What the ledger says then, how
# many mails the client has got, and the same when another daemon has run.
ENDS: dict[str, tuple[Phase, str | float, int, set[str], int, str, int]] = {
    "killed before the mail": ("rcpt", HANG, signal.SIGKILL, {"sending"}, 0, "sent", 1),
    "killed amid a mail that is not taken": ("body", HANG, signal.SIGKILL, {"sending"}, 0, "unknown", 0),
    # It may be faster to hear that the connection is cut than to die.
    "killed amid a mail that is taken": ("body", TAKE, signal.SIGKILL, {"sending", "unknown"}, 1, "unknown", 1),
    "ended while it connects": ("greeting", HANG, signal.SIGTERM, {"planned"}, 0, "sent", 1),
    "ended before the mail": ("rcpt", HANG, signal.SIGTERM, {"planned"}, 0, "sent", 1),
    "ended amid a mail that is taken in time": ("body", 1.5, signal.SIGTERM, {"sent"}, 1, "sent", 1),
    "ended amid a mail whose answer doesn't come": ("body", HANG, signal.SIGTERM, {"unknown"}, 0, "unknown", 0),
}


def test_wherever_the_daemon_ends_the_next_one_knows_what_became_of_the_mail(tmp_path: Path) -> None:
    def ended(
        name: str, phase: Phase, does: str | float, by: int, then: set[str], sent: int, state: str, at_last: int
    ) -> None:
        folder = tmp_path / name
        folder.mkdir()
        with MailServer(folder, security="none") as server:
            soon = put_soon(folder, server.table(**PATIENT))
            server.fault(phase, does)
            with Running(folder, environ=soon.environ) as daemon:
                server.wait(lambda: phase in server.commands)
                status, took = daemon.stop(by)
            assert by == signal.SIGKILL or (status, took < 5) == (0, True)
            assert soon.states()["acme"] in then
            assert got(server) == sent
            server.mend()
            next_one_knows(soon, server, state)
            assert got(server) == at_last

    together(ended, {name: (name, *case) for name, case in ENDS.items()})


def next_one_knows(soon: Soon, server: MailServer, state: str) -> None:
    """Run another daemon and see what it makes of the message, and tells of it."""
    with Running(soon.folder, environ=soon.environ) as daemon:
        wait_for(lambda: soon.states()["acme"] == state, "its fate")
        daemon.wait_for(lambda: "no message is planned" in daemon.status, "a status")
        assert daemon.stop()[0] == 0
    assert server.problems() == []
    message = soon.run("outbox", "--json").json["messages"][0]
    assert message["state"] == state
    must = " ".join(soon.run("status", "--json").json["owner_must"])
    assert ("may or may not have been sent" in must and message["id"][:6] in must) == (state == "unknown")


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


def test_a_disk_that_fills_up_under_it_is_told_and_all_is_done_when_there_is_room(
    tmp_path: Path, server: MailServer
) -> None:
    soon = put_soon(tmp_path, server.table(**PATIENT), names=["acme", "beta"])
    whole = soon.file.read_bytes()
    write_calendar(soon.file, event("acme", now() + timedelta(hours=3)))
    with Running(soon.folder, environ=soon.environ) as daemon:
        daemon.says("sent by mail")
        _, most = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (0, most))
        soon.file.write_bytes(whole)
        daemon.wait_for(lambda: "1 problem" in daemon.status, "a problem")
        assert soon.file.read_bytes() == whole
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (most, most))
        daemon.says("sent by mail", times=2)
        daemon.wait_for(lambda: "problem" not in daemon.status, "its end")
        assert daemon.stop()[0] == 0
    assert soon.written() == (2, 4)
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


def test_a_calendar_that_grows_large_while_it_runs_is_kept_in_order_and_the_daemon_ends_in_time(
    tmp_path: Path, server: MailServer
) -> None:
    soon = put_soon(tmp_path, server.table(**PATIENT), names=["acme", "beta"])
    whole = soon.file.read_bytes()
    write_calendar(soon.file, event("acme", now() + timedelta(hours=3)))
    with Running(soon.folder, environ=soon.environ) as daemon:
        daemon.says("sent by mail")
        # Half of them lie ahead; nobody in them is a client, and they take no time.
        years = (event(f"x{number}", now() + timedelta(minutes=30 * (number - LARGE // 2))) for number in range(LARGE))
        free = "".join(years).replace("END:VEVENT", "TRANSP:TRANSPARENT\nEND:VEVENT").replace("\n", "\r\n")
        beside = soon.folder / "work.new"
        beside.write_bytes(whole.replace(b"END:VCALENDAR", free.encode() + b"END:VCALENDAR"))
        beside.replace(soon.file)
        daemon.says("sent by mail", times=2, seconds=60)
        assert soon.states() == {"acme": "sent", "beta": "sent"}
        assert soon.written() == (2, 4)
        # Once more, to be ended amid the reading.
        soon.file.touch()
        status, took = daemon.stop()
    assert (status, took < 5) == (0, True)
    assert server.problems() == []
