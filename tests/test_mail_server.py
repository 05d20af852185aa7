"""Whole cycles through the mail server that a config names, on a clock of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.desk import AYSE, CAN, Desk, at, call, config
from tests.fakes.smtp import TAKE, MailServer, sound_server

OWNER = "deniz@kaya.example"
FOLDER = '[channels.mail]\ntype = "folder"\npath = "outbox"\n'


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with sound_server(tmp_path, login=("deniz", "gizli söz")) as server:
        yield server


Made = Callable[..., Desk]


@pytest.fixture
def made(tmp_path: Path, server: MailServer) -> Made:
    """A desk whose mail goes through the server; more keys of its table are given as in TOML."""

    def make(*events: str, **keys: str) -> Desk:
        (tmp_path / "smtp.key").write_text("gizli söz\n")
        table = server.table(**keys).replace('{ env = "SMTP_PASSWORD" }', '{ file = "smtp.key" }')
        desk = Desk(tmp_path)
        desk.config(config(client=f'people = {{ "{CAN}" = "Can" }}').replace(FOLDER, table))
        desk.put(*events)
        return desk

    return make


def logged(desk: Desk) -> list[str]:
    house = desk.house()
    try:
        return [f"{where}: {what}" for _, what, where in house.ledger.logged(at("01 00:00"))]
    finally:
        house.close()


def test_each_recipient_gets_one_mail_and_the_owner_a_copy_of_each_over_one_connection(
    made: Made, server: MailServer
) -> None:
    desk = made(call("a", "25 15:00", who=(AYSE, CAN)))
    assert desk.sync_at("23 09:00") == [] and server.connections == 0
    assert desk.sync_at("24 15:05", "24 15:10") == ["24 15:05 timeframe ayse", "24 15:05 timeframe can"]
    assert sorted(one.to for one in server.accepted) == [AYSE, CAN, OWNER, OWNER]
    assert [one.to for one in server.accepted][2:] == [OWNER, OWNER] and server.connections == 1


def test_no_copy_is_sent_where_she_wants_none(made: Made, server: MailServer) -> None:
    desk = made(call("a", "25 15:00"), copy='"never"')
    desk.sync_at("24 15:05")
    assert [one.to for one in server.accepted] == [AYSE]


def test_a_copy_that_is_refused_is_noted_without_an_address_and_the_message_is_sent(
    made: Made, server: MailServer
) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00")
    server.fault("rcpt", 0)
    server.fault("rcpt", f"550 5.1.1 <{OWNER}> unknown")
    desk.now = at("24 15:05")
    done = desk.sync()
    assert [one.state.value for one in done.sent] == ["sent"] and done.failed == ()
    noted = [line for line in logged(desk) if line.startswith("mail: ")]
    assert noted == ["mail: the copy of a message to you: the mail server refuses the address: 550 5.1.1 <…> unknown"]


def test_a_greylisted_message_waits_and_goes_once(made: Made, server: MailServer) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00")
    server.fault("rcpt", "450 4.2.0 greylisted, come again")
    desk.now = at("24 15:05")
    assert desk.sync().sent == () and server.accepted == []
    waiting = desk.row("planned")
    assert waiting.attempts == 1 and "does not take the address now: 450 4.2.0 greylisted" in waiting.why
    desk.later(minutes=2)
    assert [one.key.to for one in desk.sync().sent] == [AYSE]
    desk.later(minutes=2)
    desk.sync()
    assert len(server.to(AYSE)) == 1


def test_a_message_that_may_have_gone_is_never_sent_again_by_itself(made: Made, server: MailServer) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00")
    server.fault("body", TAKE)
    desk.now = at("24 15:05")
    done = desk.sync()
    assert done.sent == () and "unknown: " in done.failed[0][1] and "when the whole mail had gone" in done.failed[0][1]
    for _ in range(3):
        desk.now += timedelta(hours=1)
        desk.sync()
    assert len(server.to(AYSE)) == 1 and desk.row("unknown").attempts == 0


def test_a_password_that_is_put_right_is_used_at_the_next_try(made: Made, server: MailServer, tmp_path: Path) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00")
    (tmp_path / "smtp.key").write_text("falsch\n")
    desk.now = at("24 15:05")
    desk.sync()
    assert "refuses the sign-in: 535" in desk.row("planned").why and "falsch" not in str(logged(desk))
    (tmp_path / "smtp.key").write_text("gizli söz\n")
    desk.later(minutes=2)
    assert [one.key.to for one in desk.sync().sent] == [AYSE]


def test_mail_can_come_from_another_address_of_hers(made: Made, server: MailServer) -> None:
    desk = made(call("a", "25 15:00"), **{"from": '"office@bücher.example"'})
    desk.sync_at("24 15:05")
    (mail,) = [one.mail for one in server.to(AYSE)]
    assert (mail["From"], mail["Reply-To"]) == (
        "Deniz Kaya <office@xn--bcher-kva.example>",
        "Deniz Kaya <deniz@kaya.example>",
    )


def test_a_slow_server_is_no_sign_of_being_stuck(
    made: Made, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calsync.channels.connection._STEP", 0.05)
    desk = made(call("a", "25 15:00"), copy='"never"')
    desk.sync_at("23 09:00")
    server.fault("body", 0.5)
    asked: list[str] = []

    def stopping() -> bool:
        asked.append(server.commands[-1] if server.commands else "")
        return False

    house = desk.house()
    try:
        assert [one.key.to for one in house.deliver(at("24 15:05"), stopping=stopping).sent] == [AYSE]
    finally:
        house.close()
    assert asked.count("body") >= 4
