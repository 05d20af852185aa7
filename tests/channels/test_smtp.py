"""Mail through a server: the contract of the port, and what each failure in each phase means."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

import calsync.channels.smtp
from calsync.channels.smtp import Server, SmtpChannel
from calsync.errors import SecretUnreadable
from calsync.ports import NOT_BEGUN, Channel, Fate, Outcome, freely
from tests.contract.channel import Carried, ChannelContract, a_mail
from tests.fakes.smtp import CLOSE, HANG, TAKE, MailServer, Phase, sound_server

SECRET = "gizli söz"
OWNER = "deniz@kaya.example"


def at(server: MailServer, **other: Any) -> Server:
    """Return how to speak with a fake."""
    known: dict[str, Any] = {
        "host": server.host,
        "port": server.port,
        "security": server.security,
        "ca": server.ca if server.security != "none" else None,
        # Long: on a busy machine too, only a server that is told to hang does not answer.
        "timeout": 10.0,
        "data_timeout": 10.0,
    }
    if server.login is not None:
        known |= {"user": "deniz", "password": lambda: SECRET}
    return Server(**(known | other))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with sound_server(tmp_path_factory.mktemp("mail")) as server:
        yield server


@pytest.fixture
def server(running: MailServer) -> MailServer:
    """A server with nothing behind it: STARTTLS and a sign-in."""
    running.mend()
    assert running.problems() == []
    running.accepted.clear()
    running.commands.clear()
    running.connections = 0
    return running


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def channel(server: MailServer, notes: list[str]) -> Iterator[SmtpChannel]:
    channel = SmtpChannel("mail", at(server), note=notes.append)
    yield channel
    channel.close()


class TestContract(ChannelContract):
    @pytest.fixture
    def channel(self, channel: SmtpChannel) -> Channel:
        return channel

    @pytest.fixture
    def carried(self, server: MailServer) -> Carried:
        def mails() -> list[EmailMessage]:
            return [one.mail for one in server.accepted]

        return mails


AWAY = (Fate.DEFERRED, False)
HELD = (Fate.DEFERRED, True)
FAULTS: list[Any] = [
    # phase, what the server does, what became of the mail, whether it was begun, what the owner reads
    pytest.param("greeting", HANG, *AWAY, "no answer within 0.5 s", id="no greeting"),
    pytest.param("greeting", CLOSE, *AWAY, "the server closed the connection", id="closed instead of a greeting"),
    pytest.param("greeting", "554 5.3.2 no", *AWAY, "does not want to talk: 554 5.3.2 no", id="no service"),
    pytest.param("greeting", "421 4.3.2 busy", *AWAY, "the server ends it (421 4.3.2 busy)", id="421 as greeting"),
    pytest.param("greeting", "SSH-2.0-OpenSSH_9.2", *AWAY, "speaks no SMTP: SSH-2.0", id="another protocol"),
    pytest.param("ehlo", "421 4.3.2 later", *AWAY, "the server ends it (421", id="421 at EHLO"),
    pytest.param("ehlo", "502 what", *AWAY, "refuses EHLO: 502 what", id="no EHLO"),
    pytest.param("ehlo", HANG, *AWAY, "no answer within", id="no answer to EHLO"),
    pytest.param("starttls", "454 4.7.0 not now", *AWAY, "refuses STARTTLS: 454", id="no TLS now"),
    pytest.param("starttls", CLOSE, *AWAY, "the server closed the connection", id="closed at STARTTLS"),
    pytest.param(
        "starttls",
        "220 go on",
        *AWAY,
        "speaks no TLS that is taken here: wrong version number; where",
        id="no TLS behind STARTTLS",
    ),
    pytest.param("auth", "535 5.7.8 wrong", *AWAY, "refuses the sign-in: 535 5.7.8 wrong; see user", id="wrong login"),
    pytest.param("auth", "534 5.7.9 app", *AWAY, "refuses the sign-in: 534 5.7.9 app", id="another login is needed"),
    pytest.param("auth", "454 4.7.0 later", *AWAY, "takes no sign-in now: 454", id="no login now"),
    pytest.param("auth", CLOSE, *AWAY, "the server closed the connection", id="closed at the login"),
    pytest.param("mail", "451 4.3.0 later", *AWAY, "does not take the sender now: 451", id="MAIL 451"),
    pytest.param("mail", "452 4.3.1 full", *AWAY, "does not take the sender now: 452", id="MAIL 452"),
    pytest.param("mail", "530 5.7.0 sign in", *AWAY, "does not take the sender now: 530", id="MAIL 530"),
    pytest.param("mail", "553 5.7.1 not you", Fate.REFUSED, False, "refuses the sender: 553 5.7.1 not", id="MAIL 553"),
    pytest.param("mail", "421 4.3.2 bye", *AWAY, "the server ends it (421", id="MAIL 421"),
    pytest.param("mail", CLOSE, *AWAY, "the server closed the connection", id="closed at MAIL"),
    pytest.param("mail", "???", *AWAY, "an answer that makes no sense (???)", id="nonsense at MAIL"),
    pytest.param("rcpt", "450 4.2.0 greylisted", *AWAY, "does not take the address now: 450 4.2.0 gr", id="greylisted"),
    pytest.param("rcpt", "550 5.1.1 unknown", Fate.REFUSED, False, "refuses the address: 550 5.1.1 unk", id="RCPT 550"),
    pytest.param("rcpt", "550 5.4.5 quota", *AWAY, "does not take the address now: 550 5.4.5", id="quota used up"),
    pytest.param("rcpt", HANG, *AWAY, "no answer within", id="no answer to RCPT"),
    pytest.param("rcpt", CLOSE, *AWAY, "the server closed the connection", id="closed at RCPT"),
    pytest.param("data", "451 4.3.0 later", *HELD, "does not take the mail now: 451", id="DATA 451"),
    pytest.param("data", "554 5.5.1 no", Fate.REFUSED, True, "refuses the mail: 554", id="DATA 554"),
    pytest.param("data", "250 ok", *HELD, "an answer that makes no sense (250 ok)", id="DATA 250"),
    pytest.param("data", "421 4.3.2 bye", *HELD, "the server ends it (421", id="DATA 421"),
    pytest.param("data", HANG, *HELD, "no answer within", id="no answer to DATA"),
    pytest.param("data", CLOSE, *HELD, "the server closed the connection", id="closed at DATA"),
    pytest.param("content", HANG, Fate.UNCERTAIN, True, "0.3 s, when the whole mail had gone", id="354, then nothing"),
    pytest.param("body", "451 4.3.0 later", *HELD, "does not take the mail now: 451", id="451 to the mail"),
    pytest.param("body", "421 4.3.2 bye", *HELD, "does not take the mail now: 421", id="421 to the mail"),
    pytest.param(
        "body", "554 5.7.1 spam", Fate.REFUSED, True, "refuses the mail: 554 5.7.1 spam", id="554 to the mail"
    ),
    pytest.param("body", "552 5.2.2 full", Fate.REFUSED, True, "refuses the mail: 552", id="552 to the mail"),
    pytest.param("body", HANG, Fate.UNCERTAIN, True, "no answer within 0.3 s, when the wh", id="no answer to the mail"),
    pytest.param(
        "body",
        CLOSE,
        Fate.UNCERTAIN,
        True,
        "closed the connection, when the whole mail had",
        id="closed behind the mail",
    ),
    pytest.param(
        "body", TAKE, Fate.UNCERTAIN, True, "closed the connection, when the whole mail had", id="taken, and closed"
    ),
    pytest.param(
        "body", "???", Fate.UNCERTAIN, True, "makes no sense (???), when the whole", id="nonsense to the mail"
    ),
    pytest.param("body", "354 go on", Fate.UNCERTAIN, True, "makes no sense (354", id="354 to the mail"),
    pytest.param("accepted", CLOSE, Fate.ACCEPTED, True, "", id="closed behind 250"),
    pytest.param("quit", "500 what", Fate.ACCEPTED, True, "", id="500 to QUIT"),
    pytest.param("quit", HANG, Fate.ACCEPTED, True, "", id="no answer to QUIT"),
    pytest.param("rcpt", 0.2, Fate.ACCEPTED, True, "", id="slow"),
]


@pytest.mark.parametrize(("phase", "does", "fate", "begun", "why"), FAULTS)
def test_a_fault_says_what_became_of_the_mail(
    server: MailServer, phase: Phase, does: str | float, fate: Fate, begun: bool, why: str
) -> None:
    server.fault(phase, does)
    asked: list[bool] = []

    def begin() -> bool:
        asked.append(True)
        return True

    hangs = {"timeout": 0.5} if phase not in ("content", "body") else {"data_timeout": 0.3}
    channel = SmtpChannel("mail", at(server, **(hangs if does == HANG else {})), copy="never")
    outcome = channel.send(a_mail(), begin)
    channel.close()
    assert outcome.fate is fate and why in outcome.why and bool(asked) is begun
    assert len(asked) <= 1 and bool(outcome.why) is (fate is not Fate.ACCEPTED)
    assert len(server.to("ayse@acme.example")) == (fate is Fate.ACCEPTED or does == TAKE)
    # And then the server is well again.
    if fate is Fate.DEFERRED:
        assert channel.send(a_mail(), freely) == Outcome(fate=Fate.ACCEPTED)
        channel.close()
        assert len(server.accepted) == 1


@pytest.mark.parametrize("does", [HANG, CLOSE])
def test_a_mail_whose_end_has_not_left_is_surely_not_sent(
    server: MailServer, monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    # More than fits between here and there: what a connection holds is a few megabytes.
    monkeypatch.setattr(calsync.channels.smtp, "as_bytes", lambda *_, **__: b"x" * 70 + b"\r\n" * 10_000_000)
    server.fault("content", does)
    channel = SmtpChannel("mail", at(server, timeout=1.0 if does == HANG else 10.0), copy="never")
    outcome = channel.send(a_mail(), freely)
    assert outcome.fate is Fate.DEFERRED and ("no answer" if does == HANG else "broke") in outcome.why
    assert server.accepted == []


def test_a_server_that_is_away_is_said_with_host_and_port(tmp_path: Path) -> None:
    with MailServer(tmp_path) as server:
        there = at(server)
    channel = SmtpChannel("mail", there)
    outcome = channel.send(a_mail(), freely)
    assert outcome.fate is Fate.DEFERRED and f"localhost:{server.port}: Connection refused; see host" in outcome.why
    assert channel.check() == outcome.why


@pytest.mark.parametrize(
    ("how", "other", "why"),
    [
        pytest.param({"certificate": "other host"}, {}, "does not hold: Hostname mismatch", id="other host"),
        pytest.param({"certificate": "unknown"}, {}, "if a CA of your own vouches for it, name that", id="unknown"),
        pytest.param({"certificate": "expired"}, {}, "certificate has expired", id="expired"),
        pytest.param({}, {"ca": None}, "does not hold: unable to get local issuer", id="own CA not named"),
        pytest.param({"security": "tls", "certificate": "other host"}, {}, "Hostname mismatch", id="other host, TLS"),
        pytest.param({"security": "tls"}, {"ca": None}, "the certificate of localhost:", id="own CA not named, TLS"),
        pytest.param({"offers_starttls": False}, {}, "offers no STARTTLS, and without it nothing", id="no STARTTLS"),
        pytest.param(
            {"security": "tls"},
            {"security": "starttls", "timeout": 0.3},
            'write security = "tls"',
            id="TLS comes first",
        ),
        pytest.param({}, {"security": "tls"}, 'write security = "starttls"', id="TLS comes later"),
        pytest.param({}, {"ca": Path("/nowhere/ca.pem")}, "the CA /nowhere/ca.pem: No such file", id="no CA file"),
        pytest.param({}, {"ca": Path("/dev/null")}, "no certificate in PEM; see ca", id="empty CA file"),
        pytest.param({}, {"password": lambda: "falsch"}, "refuses the sign-in: 535", id="wrong password"),
        pytest.param({"mechanisms": ()}, {}, "to sign in", id="no way to sign in that is known here"),
    ],
)
def test_a_server_that_is_not_trusted_gets_neither_password_nor_mail(
    tmp_path: Path, how: dict[str, Any], other: dict[str, Any], why: str
) -> None:
    with MailServer(tmp_path, **how) as server:
        channel = SmtpChannel("mail", at(server, **other))
        outcome = channel.send(a_mail(), freely)
        assert outcome.fate is Fate.DEFERRED and why in outcome.why and why in channel.check()
        assert server.accepted == [] and "mail" not in server.commands
        assert ("auth" in server.commands) is ("535" in why)
        assert SECRET not in outcome.why and "falsch" not in outcome.why


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"security": "tls"}, id="TLS"),
        pytest.param({"security": "starttls", "mechanisms": ("LOGIN",)}, id="STARTTLS, only LOGIN"),
        pytest.param({"security": "tls", "mechanisms": ("PLAIN",)}, id="TLS, only PLAIN"),
        pytest.param({"security": "none"}, id="no TLS on this machine"),
        pytest.param({"security": "none", "login": None}, id="no sign-in"),
    ],
)
def test_mail_goes_by_every_way_that_a_server_may_offer(tmp_path: Path, how: dict[str, Any]) -> None:
    with sound_server(tmp_path, **how) as server:
        channel = SmtpChannel("mail", at(server), copy="never")
        assert channel.check() == "" and server.accepted == []
        assert channel.send(a_mail(), freely) == Outcome(fate=Fate.ACCEPTED)
        channel.close()
        (mail,) = server.accepted
        assert (mail.sender, mail.to) == (OWNER, "ayse@acme.example")


def test_a_server_elsewhere_gets_nothing_without_tls(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "getpeername", lambda self: ("192.0.2.1", 25))
    outcome = SmtpChannel("mail", at(server, security="none", ca=None)).send(a_mail(), freely)
    assert outcome.fate is Fate.DEFERRED and "is not this machine, and without TLS nothing goes" in outcome.why
    assert server.commands in ([], ["greeting"])


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "not known; see", id="no name"),
        pytest.param(socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "Temporary failure; see host", id="later"),
        pytest.param(UnicodeError("label too long"), "no name that DNS knows; see host", id="no name at all"),
        pytest.param(None, "no answer within 0.2 s; see host", id="hangs"),
    ],
)
def test_a_name_that_is_not_found_defers(monkeypatch: pytest.MonkeyPatch, answer: Exception | None, why: str) -> None:
    over = threading.Event()

    def look(*_: object, **__: object) -> object:
        if answer is None:
            over.wait(5)
            raise OSError
        raise answer

    monkeypatch.setattr(socket, "getaddrinfo", look)
    outcome = SmtpChannel("mail", Server(host="mail.kaya.example", port=587, timeout=0.2)).send(a_mail(), freely)
    over.set()
    assert outcome.fate is Fate.DEFERRED and why in outcome.why and "mail.kaya.example" in outcome.why


def test_a_host_in_another_script_is_asked_for_as_dns_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def look(host: str, port: int, **_: object) -> object:
        asked.append((host, port))
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", look)
    SmtpChannel("mail", Server(host="mail.faß.example", port=587, timeout=0.2)).check()
    assert asked == [("mail.xn--fa-hia.example", 587)]


def test_an_address_that_does_not_answer_leaves_time_for_the_next(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    waiting = [socket.socket() for _ in range(4)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(full.getsockname())
    two = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
        for port in (full.getsockname()[1], server.port)
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: two)
    channel = SmtpChannel("mail", at(server, timeout=2.0))
    assert channel.check() == ""
    for one in (full, *waiting):
        one.close()


def test_a_secret_that_can_not_be_read_defers_and_says_which(server: MailServer) -> None:
    def unread() -> str:
        raise SecretUnreadable("the secret can't be read: it is empty", where="channels.mail.password", hint="write it")

    outcome = SmtpChannel("mail", at(server, password=unread)).send(a_mail(), freely)
    assert outcome.fate is Fate.DEFERRED
    assert outcome.why == "the secret can't be read: it is empty (channels.mail.password); write it"


def test_what_a_server_says_is_cut_to_one_line_without_secrets_and_addresses(server: MailServer) -> None:
    server.fault("auth", f"535-5.7.8 \x1b[31mwrong {SECRET} for <deniz@kaya.example>\r\n535 5.7.8 {'see ' * 100}")
    outcome = SmtpChannel("mail", at(server)).send(a_mail(), freely)
    said = outcome.why.partition("535 ")[2]
    assert said.startswith("5.7.8 [31mwrong … for <…> 5.7.8 see see") and len(said) < 160
    assert SECRET not in outcome.why and OWNER not in outcome.why and outcome.why.isprintable()


def test_an_answer_that_drips_is_not_awaited_for_ever(server: MailServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as slow:

        def drip() -> None:
            peer, _ = slow.accept()
            with peer:
                try:
                    while True:
                        peer.sendall(b"2")
                        over.wait(0.05)
                except OSError:
                    return

        over = threading.Event()
        thread = threading.Thread(target=drip)
        thread.start()
        outcome = SmtpChannel("mail", at(server, port=slow.getsockname()[1], timeout=0.3)).send(a_mail(), freely)
        thread.join(5)
    assert outcome.fate is Fate.DEFERRED and "no answer within 0.3 s" in outcome.why and not thread.is_alive()


def test_whoever_watches_hears_now_and_then_that_an_answer_is_awaited(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calsync.channels.connection._STEP", 0.05)
    heard: list[int] = []
    server.fault("body", 0.5)
    channel = SmtpChannel("mail", at(server, waits=lambda: heard.append(len(server.commands))), copy="never")
    assert channel.send(a_mail(), freely).fate is Fate.ACCEPTED
    channel.close()
    assert heard.count(server.commands.index("body") + 1) >= 4


def test_a_server_that_speaks_out_of_turn_is_not_believed(server: MailServer) -> None:
    server.fault("data", "354 go on\r\n250 2.0.0 taken")
    outcome = SmtpChannel("mail", at(server), copy="never").send(a_mail(), freely)
    assert outcome.fate is Fate.DEFERRED and "speaks out of turn" in outcome.why and server.accepted == []


def test_one_connection_carries_several_mails_and_then_takes_leave(server: MailServer, channel: SmtpChannel) -> None:
    for number in range(5):
        assert channel.send(a_mail(number), freely).fate is Fate.ACCEPTED
    assert server.connections == 1 and "quit" not in server.commands
    channel.close()
    assert server.connections == 1 and server.commands[-1] == "quit"
    assert channel.send(a_mail(9), freely).fate is Fate.ACCEPTED and server.connections == 2


@pytest.mark.parametrize(
    ("phase", "does"),
    [("accepted", CLOSE), ("rset", CLOSE), ("rset", "421 4.4.2 idle"), ("rset", "502 what"), ("rset", HANG)],
)
def test_a_connection_that_was_closed_meanwhile_is_opened_again(server: MailServer, phase: Phase, does: str) -> None:
    server.fault(phase, does)
    channel = SmtpChannel("mail", at(server, timeout=1.0 if does == HANG else 10.0), copy="never")
    assert channel.send(a_mail(1), freely).fate is Fate.ACCEPTED
    assert channel.send(a_mail(2), freely).fate is Fate.ACCEPTED
    assert server.connections == 2
    channel.close()


def test_a_server_that_counts_the_mails_of_a_connection_gets_another_one(
    server: MailServer, channel: SmtpChannel
) -> None:
    channel.send(a_mail(1), freely)
    server.fault("mail", "421 4.7.0 too many messages")
    assert channel.send(a_mail(2), freely).fate is Fate.ACCEPTED
    assert server.connections == 2


def test_a_connection_is_opened_again_once_and_not_for_ever(server: MailServer, channel: SmtpChannel) -> None:
    channel.send(a_mail(1), freely)
    server.fault("mail", "421 4.7.0 go away", times=None)
    assert channel.send(a_mail(2), freely).fate is Fate.DEFERRED
    assert server.connections == 2 and server.commands.count("mail") == 3


def test_a_connection_is_not_opened_again_once_a_mail_has_begun(server: MailServer, channel: SmtpChannel) -> None:
    channel.send(a_mail(1), freely)
    server.fault("data", CLOSE)
    assert channel.send(a_mail(2), freely).fate is Fate.DEFERRED
    assert server.connections == 1 and server.commands.count("data") == 2


def test_one_refused_recipient_leaves_the_connection_for_the_next_mail(
    server: MailServer, channel: SmtpChannel
) -> None:
    server.fault("rcpt", "550 5.1.1 unknown")
    assert channel.send(a_mail(1), freely).fate is Fate.REFUSED
    assert channel.send(a_mail(2), freely).fate is Fate.ACCEPTED
    assert server.connections == 1


def test_a_mail_that_may_not_begin_leaves_no_transaction_behind(server: MailServer, channel: SmtpChannel) -> None:
    assert channel.send(a_mail(1), lambda: False) == Outcome(fate=Fate.DEFERRED, why=NOT_BEGUN)
    assert "data" not in server.commands
    assert channel.send(a_mail(2), freely).fate is Fate.ACCEPTED
    assert server.connections == 1 and len(server.accepted) == 1


def test_a_ledger_that_fails_when_a_mail_begins_stops_it(server: MailServer, channel: SmtpChannel) -> None:
    def broken() -> bool:
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        channel.send(a_mail(1), broken)
    assert channel.send(a_mail(2), freely).fate is Fate.ACCEPTED
    assert len(server.accepted) == 1 and "data" in server.commands


def test_the_owner_gets_a_blind_copy_when_all_is_settled(server: MailServer, channel: SmtpChannel) -> None:
    for number in (1, 2):
        channel.send(a_mail(number), freely)
    assert server.to(OWNER) == []
    channel.close()
    assert [one.message_id for one in server.to(OWNER)] == ["<cs.1@kaya.example>", "<cs.2@kaya.example>"]
    clients = {one.message_id: one.content for one in server.to("ayse@acme.example")}
    assert clients == {one.message_id: one.content for one in server.to(OWNER)}
    assert all(OWNER.encode() not in one.content.partition(b"To: ")[2].partition(b"\r\n")[0] for one in server.accepted)
    assert server.connections == 1
    channel.close()
    assert len(server.accepted) == 4


@pytest.mark.parametrize(
    ("copy", "host", "copies"),
    [
        ("auto", "mail.kaya.example", 1),
        ("auto", "smtp.gmail.com", 0),
        ("auto", "SMTP.gmail.com.", 0),
        ("always", "smtp.gmail.com", 1),
        ("never", "mail.kaya.example", 0),
    ],
)
def test_a_copy_goes_where_the_server_keeps_none(
    server: MailServer, monkeypatch: pytest.MonkeyPatch, copy: Any, host: str, copies: int
) -> None:
    address = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: address)
    monkeypatch.setattr("calsync.channels.reach.server_name", lambda _: "localhost")
    channel = SmtpChannel("mail", at(server, host=host), copy=copy)
    assert channel.send(a_mail(), freely).fate is Fate.ACCEPTED
    channel.close()
    assert len(server.to(OWNER)) == copies


def test_what_is_for_the_owner_alone_has_no_copy(server: MailServer, channel: SmtpChannel) -> None:
    assert channel.send(a_mail(private=True, to=OWNER), freely).fate is Fate.ACCEPTED
    channel.close()
    assert len(server.accepted) == 1


@pytest.mark.parametrize(
    ("phase", "does", "tried"),
    [
        pytest.param("rcpt", "550 5.1.1 no such owner", 2, id="refused"),
        pytest.param("body", "451 4.3.0 later", 2, id="deferred"),
        pytest.param("body", TAKE, 1, id="lost"),
        pytest.param("mail", HANG, 1, id="hangs"),
    ],
)
def test_a_copy_that_fails_is_noted_and_changes_nothing(
    server: MailServer, notes: list[str], phase: Phase, does: str, tried: int
) -> None:
    channel = SmtpChannel("mail", at(server, timeout=1.0 if does == HANG else 10.0), note=notes.append)
    assert [channel.send(a_mail(number), freely).fate for number in (1, 2)] == [Fate.ACCEPTED] * 2
    before = server.commands.count(phase)
    server.fault(phase, does, times=None)
    channel.close()
    assert len(notes) == (2 if tried == 2 else 1) and all(note.startswith("the copy of a message") for note in notes)
    assert len(server.to("ayse@acme.example")) == 2 and server.commands.count(phase) > before
    server.mend()
    channel.close()
    assert len(server.to(OWNER)) == (does == TAKE)


def test_a_mail_that_was_not_accepted_has_no_copy(server: MailServer, channel: SmtpChannel) -> None:
    server.fault("body", "554 5.7.1 spam")
    channel.send(a_mail(), freely)
    channel.close()
    assert server.accepted == []


def test_another_sender_is_the_one_that_all_see_and_answers_go_to_the_owner(server: MailServer) -> None:
    channel = SmtpChannel("mail", at(server), sender="office@bücher.example")
    channel.send(a_mail(), freely)
    channel.close()
    for one in server.accepted:
        assert one.sender == "office@xn--bcher-kva.example"
        assert one.mail["From"] == "Deniz Kaya <office@xn--bcher-kva.example>"
        assert one.mail["Reply-To"] == "Deniz Kaya <deniz@kaya.example>"
    assert [one.to for one in server.accepted] == ["ayse@acme.example", OWNER]


def test_a_domain_in_another_script_is_told_to_the_server_as_dns_knows_it(
    server: MailServer, channel: SmtpChannel
) -> None:
    assert channel.send(a_mail(to="ayse@faß.example"), freely).fate is Fate.ACCEPTED
    assert [one.to for one in server.accepted] == ["ayse@xn--fa-hia.example"]


def test_an_address_with_other_letters_goes_where_the_server_takes_it(server: MailServer, channel: SmtpChannel) -> None:
    assert channel.send(a_mail(to="ayşe@çay.example"), freely).fate is Fate.ACCEPTED
    (one,) = server.accepted
    assert one.to == "ayşe@xn--ay-3ia.example" and "To: ayşe@xn--ay-3ia.example\r\n".encode() in one.content
    assert channel.send(a_mail(2), freely).fate is Fate.ACCEPTED
    assert server.accepted[-1].content.partition(b"\r\n\r\n")[0].isascii()


def test_an_address_with_other_letters_is_refused_where_the_server_takes_none(tmp_path: Path) -> None:
    with sound_server(tmp_path, offers_utf8=False) as server:
        channel = SmtpChannel("mail", at(server))
        outcome = channel.send(a_mail(to="ayşe@acme.example"), freely)
        assert outcome.fate is Fate.REFUSED and "SMTPUTF8" in outcome.why
        assert channel.send(a_mail(2), freely).fate is Fate.ACCEPTED
        channel.close()


def test_dots_and_lines_arrive_as_they_were_written(server: MailServer, channel: SmtpChannel) -> None:
    body = ".\n..\n.a\n\n.\nFrom here\n" + "x" * 2000 + "\n.\n"
    assert channel.send(a_mail(body=body), freely).fate is Fate.ACCEPTED
    part = server.accepted[0].mail.get_body(("plain",))
    assert part is not None and part.get_content().replace("\r\n", "\n") == body
