"""Everything that mail servers and the network do wrong, met by the real command: nobody gets a mail twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import ROOT, Running
from tests.e2e.soon import PASSWORD, event, now, put_soon, together, write_calendar
from tests.fakes.smtp import CLOSE, HANG, TAKE, MailServer, Phase

SOON = {"timeout": '"2s"', "data_timeout": '"2s"'}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer(tmp_path) as server:
        yield server


def got(server: MailServer) -> Counter[str]:
    """Return how many mails each client got; copies and alerts to the owner don't count."""
    return Counter(one.to.partition("@")[0] for one in server.accepted if not one.to.startswith("deniz@"))


# What each phase is told to do to the message of the client named so, in the order in which the messages go: 0 lets it
# pass. What the ledger then says of it, how many mails the client has got, and the same when all is well again.
FAULTS: Mapping[Phase, Mapping[str, tuple[str | float, str, int]]] = {
    "rcpt": {
        "later": ("451 4.7.1 greylisted, try again later", "planned", 0),
        "full": ("452 4.2.2 mailbox full", "planned", 0),
        "nobody": ("550 5.1.1 no such mailbox", "failed", 0),
        "policy": ("554 5.7.1 not from you", "failed", 0),
    },
    "data": {
        "nodata": ("451 4.3.0 not now", "planned", 0),
        "cutdata": (CLOSE, "planned", 0),
    },
    "body": {
        "slow": (1.0, "sent", 1),
        "busy": ("451 4.3.0 out of memory", "planned", 0),
        "quota": ("452 4.3.1 disk full", "planned", 0),
        "spam": ("554 5.7.1 this looks like spam", "failed", 0),
        "ending": ("421 4.3.2 shutting down", "planned", 0),
        "swallowed": (TAKE, "unknown", 1),
        "dropped": (CLOSE, "unknown", 0),
        "silent": (HANG, "unknown", 0),
    },
    "accepted": {
        "fine": (0, "sent", 1),
        "goodbye": (CLOSE, "sent", 1),
    },
}


def arranged(server: MailServer) -> list[str]:
    """Tell the server what to do to each message in turn; return the clients in that order."""
    names: list[str] = []
    for number, phase in enumerate(FAULTS):
        for name, (does, *_) in FAULTS[phase].items():
            names.append(name)
            for earlier in [*FAULTS][:number]:
                server.fault(earlier, 0)
            server.fault(phase, does)
    return names


def test_each_fault_of_a_server_is_told_apart_and_nobody_gets_a_second_mail(tmp_path: Path, server: MailServer) -> None:
    starts = [now() + timedelta(hours=3, minutes=45 * number) for number in range(16)]
    names = arranged(server)
    soon = put_soon(tmp_path, server.table(**SOON), names=names, starts=starts)
    expected = {name: fate for phase in FAULTS.values() for name, fate in phase.items()}

    first = soon.run("sync", "--json")
    told = {one["to"].partition("@")[0]: one for one in soon.run("outbox", "--json").json["messages"]}
    assert {name: one["state"] for name, one in told.items()} == {name: fate[1] for name, fate in expected.items()}
    assert got(server) == Counter({name: fate[2] for name, fate in expected.items() if fate[2]})
    bad = {name for name, fate in expected.items() if fate[1] in ("failed", "unknown")}
    assert first.status == 1
    assert {one["what"].removeprefix("message to ").partition("@")[0] for one in first.json["failed"]} == bad
    must = " ".join(soon.run("status", "--json").json["owner_must"])
    assert {name for name in names if f"message {told[name]['id'][:6]}" in must} == bad

    before, opened = got(server), server.connections
    server.mend()
    assert soon.run("sync").status == 0
    assert (got(server), server.connections) == (before, opened), "what was put off waits, and nothing else is tried"
    for name, message in soon.messages().items():
        if expected[name][1] == "planned":
            assert message.attempts == 1 and message.retry_at is not None
            assert message.retry_at >= message.send_at + timedelta(seconds=30)

    soon.pauses_are_over()
    assert soon.run("sync").status == 0
    again = before + Counter(name for name, fate in expected.items() if fate[1] == "planned")
    assert got(server) == again
    assert Counter(soon.states().values()) == {"sent": len(names) - len(bad), "failed": 3, "unknown": 3}
    assert max(again.values()) == 1
    # What only she can settle goes once she says so, and only then.
    assert soon.run("outbox", "approve", told["dropped"]["id"]).status == 0
    assert soon.run("sync").status == 0
    assert got(server) == again + Counter(["dropped"])
    assert server.problems() == []


def away(server: MailServer) -> None:
    server.stop()


# Each of these meets every message. How the server is made, what is done to it, and what `outbox` says to that.
SERVERS: Mapping[str, tuple[Mapping[str, Any], Callable[[MailServer], object], str]] = {
    "busy": ({}, lambda it: it.fault("greeting", "421 4.3.2 too many connections", times=None), "421 4.3.2"),
    "unwilling": ({}, lambda it: it.fault("ehlo", "554 5.7.1 go away", times=None), "554"),
    "closes": ({}, lambda it: it.fault("greeting", CLOSE, times=None), "the server closed"),
    "hangs": ({}, lambda it: it.fault("greeting", HANG, times=None), "no answer within 2 s"),
    "hangs at the sign-in": ({}, lambda it: it.fault("auth", HANG, times=None), "no answer within 2 s"),
    "knows us not": ({"login": ("deniz", "another")}, lambda it: None, "refuses the sign-in: 535"),
    "has no TLS": ({"offers_starttls": False}, lambda it: None, "offers no STARTTLS"),
    "nobody vouches for": ({"certificate": "unknown"}, lambda it: None, "certificate"),
    "another's certificate": ({"certificate": "other host"}, lambda it: None, "certificate"),
    "certificate of last year": ({"certificate": "expired"}, lambda it: None, "certificate"),
    "TLS, nobody vouches for": ({"security": "tls", "certificate": "unknown"}, lambda it: None, "certificate"),
    "TLS, another's certificate": ({"security": "tls", "certificate": "other host"}, lambda it: None, "certificate"),
    "away": ({}, away, "refused"),
}


def test_a_server_that_can_not_be_used_stops_no_note_and_no_block_and_gets_no_mail(tmp_path: Path) -> None:
    def met(number: int, how: Mapping[str, Any], spoil: Callable[[MailServer], object], said: str) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        with MailServer(folder, **how) as server:
            soon = put_soon(folder, server.table(**SOON))
            spoil(server)
            assert soon.run("sync").status == 0  # it is tried again: nothing has failed yet
            message = soon.messages()["acme"]
            assert (str(message.state), message.attempts) == ("planned", 1)
            assert said in message.why
            assert PASSWORD not in message.why and server.accepted == []
            assert "mail" not in server.commands
            if "certificate" in said or "TLS" in said:
                assert "auth" not in server.commands, "a password for whoever stands in between"
            assert soon.written() == (1, 2)

    together(met, {name: (number, *case) for number, (name, case) in enumerate(SERVERS.items())})


NETWORKS = {
    "there is no network": "raise OSError(101, 'Network is unreachable')",
    "no name is found": "raise socket.gaierror(-3, 'Temporary failure in name resolution')",
    "names are never answered": "time.sleep(600)",
}


def put_network(folder: Path, does: str) -> str:
    """Let every look-up of a name end so in the commands that are started with the PYTHONPATH returned."""
    folder.mkdir()
    code = f"import socket, time\ndef _asked(*args, **named):\n    {does}\nsocket.getaddrinfo = _asked\n"
    (folder / "sitecustomize.py").write_text(code)
    return f"{folder}:{ROOT}"


def test_without_a_network_notes_and_blocks_are_written_and_the_daemon_ends_in_time(tmp_path: Path) -> None:
    def without(name: str, does: str) -> None:
        soon = put_soon(tmp_path / name, '[channels.mail]\ntype = "smtp"\nhost = "mail.kaya.example"\n')
        path = put_network(tmp_path / name / "network", does)
        with Running(soon.folder, environ={**soon.environ, "PYTHONPATH": path}) as daemon:
            daemon.says("2 blocks added, 1 note written, 1 message queued")
            assert soon.written() == (1, 2)
            # And again while the mail is being tried, or was put off: the two passes don't wait for each other.
            write_calendar(soon.file, event("acme", now() + timedelta(hours=6)))
            daemon.says("2 blocks added, 1 note written, 1 message queued", times=2)
            assert soon.written() == (1, 2)
            status, took = daemon.stop()
        assert (status, took < 5) == (0, True)
        assert soon.states()["acme"] == "planned"

    together(without, {name: (name, does) for name, does in NETWORKS.items()})
