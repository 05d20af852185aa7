"""A mail server on this machine that looks hard at every mail and fails where it is told to.

It is aiosmtpd with a say in every phase, in a thread of its own, so that a channel in the same process or any
number of started commands can speak with it.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
import time
import warnings
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_string, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HANG: Final = "hang"  # nothing is said any more
CLOSE: Final = "close"  # the connection is cut
TAKE: Final = "take"  # after the whole mail: it is accepted, and the connection cut before that is said
Phase: TypeAlias = Literal[
    "greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "content", "body", "accepted", "rset", "quit"
]
Certificate: TypeAlias = Literal["good", "other host", "unknown", "expired"]
Security: TypeAlias = Literal["starttls", "tls", "none"]

_MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One mail that the server has taken. at: seconds since the epoch. problems: what is wrong with it."""

    message_id: str
    sender: str
    to: str
    content: bytes
    at: float
    connection: int
    problems: tuple[str, ...]

    @property
    def mail(self) -> EmailMessage:
        """What was accepted, read."""
        return _read(self.content)


class MailServer:
    """A server, running while it is entered.

    login: user and password, needed before any mail; None asks for none. certificate: what it shows; `ca` is the
    file of who vouches for a good one. starttls: whether that is offered where it comes later. copies: addresses
    that may be named in the envelope without standing in the mail.
    """

    def __init__(
        self,
        folder: Path,
        *,
        security: Security = "starttls",
        certificate: Certificate = "good",
        login: tuple[str, str] | None = ("deniz", "gizli söz"),
        offers_starttls: bool = True,
        offers_utf8: bool = True,
        mechanisms: Sequence[str] = ("PLAIN", "LOGIN"),
        copies: Sequence[str] = ("deniz@kaya.example",),
    ) -> None:
        self.host, self.port, self.security, self.login = "localhost", 0, security, login
        self.ca = folder / "ca.pem"
        self.accepted: list[Accepted] = []
        self.connections = 0
        self.commands: list[str] = []
        self._offers_starttls, self._offers_utf8, self._mechanisms = offers_starttls, offers_utf8, mechanisms
        self._copies = frozenset(copies)
        self._faults: dict[str, deque[str | float]] = defaultdict(deque)
        self._always: dict[str, str | float] = {}
        self._context = None if security == "none" else _certified(self.ca, certificate)
        self._sessions: set[_Session] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail server", daemon=True)
        self._server: asyncio.Server | None = None

    def fault(self, phase: Phase, does: str | float, *, times: int | None = 1) -> None:
        """Let the next connections fail at `phase`, `times` times (None: always).

        does: an answer in place of the usual one ("451 4.3.0 later"; a 421 closes too), HANG, CLOSE, TAKE (at
        `body`), or seconds to wait before all goes on as usual. `content` is after 354, when the first line has
        come; `body` when all has come; `accepted` after 250.
        """
        if times is None:
            self._always[phase] = does
        else:
            self._faults[phase].extend([does] * times)

    def mend(self) -> None:
        """Let nothing fail any more."""
        self._faults.clear()
        self._always.clear()

    @property
    def idle(self) -> bool:
        """Whether nobody is connected."""
        return not self._sessions

    def to(self, address: str) -> list[Accepted]:
        """Return what was accepted for one recipient."""
        return [one for one in self.accepted if one.to == address]

    def problems(self) -> list[str]:
        """Return what is wrong with what was accepted, mails accepted twice for the same recipient among it."""
        found = [f"{one.message_id} to {one.to}: {what}" for one in self.accepted for what in one.problems]
        sent = [(one.message_id, one.to) for one in self.accepted]
        return found + [
            f"{name} to {to}: accepted more than once" for name, to in {*sent} if sent.count((name, to)) > 1
        ]

    def table(self, name: str = "mail", **keys: str) -> str:
        """Return the channel's table of a config that leads here; `keys` are more of it, in TOML."""
        lines = [f"[channels.{name}]", 'type = "smtp"', f'host = "{self.host}"', f"port = {self.port}"]
        lines.append(f'security = "{self.security}"')
        if self.security != "none":
            lines.append(f'ca = "{self.ca}"')
        if self.login:
            lines += [f'user = "{self.login[0]}"', 'password = { env = "SMTP_PASSWORD" }']
        return "\n".join([*lines, *(f"{key} = {value}" for key, value in keys.items()), ""])

    def wait(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        """Wait until something holds.

        Raises:
            TimeoutError: it does not, and did not in all that time.
        """
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise TimeoutError
            time.sleep(0.01)

    def __enter__(self) -> MailServer:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Go away, leaving the port closed; once."""
        if self._loop.is_closed():
            return
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, what: Any) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _start(self) -> None:
        # A client that refuses a certificate breaks off in the middle: that is what is tested.
        self._loop.set_exception_handler(lambda loop, context: None)
        context = self._context if self.security == "tls" else None
        self._server = await self._loop.create_server(lambda: _Session(self), "127.0.0.1", self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for session in [*self._sessions]:
            await session.end()
        await self._server.wait_closed()

    def _next(self, phase: str) -> str | float | None:
        self.commands.append(phase)
        return self._faults[phase].popleft() if self._faults[phase] else self._always.get(phase)

    async def handle_DATA(self, server: _Session, session: Session, envelope: Envelope) -> str:
        """Take a mail: aiosmtpd's hook."""
        if (does := await server.meets("body")) is not None and does != TAKE:
            return does
        assert isinstance(envelope.content, bytes) and envelope.mail_from is not None
        self.accepted.append(
            Accepted(
                message_id=str(_read(envelope.content)["Message-ID"]),
                sender=envelope.mail_from,
                to=", ".join(envelope.rcpt_tos),
                content=envelope.content,
                at=time.time(),  # noqa: TID251 (when it came, by the machine's clock)
                connection=server.number,
                problems=tuple(self._wrong(envelope, envelope.content)),
            )
        )
        if does == TAKE:
            server.cut()
        return "250 2.0.0 taken"

    def _wrong(self, envelope: Envelope, content: bytes) -> Iterator[str]:
        mail = _read(content)
        if len(envelope.rcpt_tos) != 1:
            yield f"{len(envelope.rcpt_tos)} recipients"
        if re.search(rb"(?<!\r)\n|\r(?!\n)", content):
            yield "a line that does not end with CR LF"
        if max(map(len, content.split(b"\r\n"))) > 998:
            yield "a line of more than 998 octets (RFC 5322 §2.1.1)"
        if not _MESSAGE_ID.fullmatch(str(mail["Message-ID"])):
            yield "no Message-ID that every server takes"
        if parsedate_to_datetime(str(mail["Date"])).tzinfo is None:
            yield "a Date without its offset"
        if mail["Auto-Submitted"] != "auto-generated":
            yield "no Auto-Submitted (RFC 3834 §5)"
        for name in ("Bcc", "Resent-Bcc"):
            if name in mail:
                yield f"{name} can be read by everybody"
        for name in ("From", "To", "Reply-To", "Subject", "Date", "Message-ID"):
            if len(mail.get_all(name, [])) != 1:
                yield f"{name} stands {len(mail.get_all(name, []))} times"
        named = [address.addr_spec for name in ("From", "To", "Reply-To") for address in mail[name].addresses]
        if not {*envelope.rcpt_tos} <= {*named, *self._copies}:
            yield "it goes to somebody whom it does not name"
        for address in (*named, str(envelope.mail_from), *map(str, envelope.rcpt_tos)):
            if not address.rpartition("@")[2].isascii():
                yield "a domain that is no A-label (RFC 5891)"
        headers = content.partition(b"\r\n\r\n")[0]
        if not (headers.isascii() or envelope.smtp_utf8):
            yield "a header beyond ASCII without SMTPUTF8 (RFC 6531)"


class _Session(SMTP):
    """One connection: aiosmtpd, with a fault in front of each of its steps."""

    def __init__(self, server: MailServer) -> None:
        server.connections += 1
        self.number = server.connections
        self._fake = server
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that a sign-in without TLS is no good idea
            super().__init__(
                server,
                hostname="mail.test",
                ident="ESMTP",
                enable_SMTPUTF8=server._offers_utf8,
                tls_context=server._context if server.security == "starttls" and server._offers_starttls else None,
                require_starttls=server.security == "starttls" and server._offers_starttls,
                auth_required=server.login is not None,
                # aiosmtpd knows of TLS only where it began it itself
                auth_require_tls=server.security == "starttls" and server._offers_starttls,
                auth_exclude_mechanism=[name for name in ("PLAIN", "LOGIN") if name not in server._mechanisms],
                authenticator=self._knows,
                loop=server._loop,
            )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._fake._sessions.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._fake._sessions.discard(self)

    async def end(self) -> None:
        """Cut the connection and let its task go."""
        self.cut()
        if (task := self._handler_coroutine) is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def cut(self) -> None:
        """Close the connection without another word."""
        if self.transport is not None:
            self.transport.abort()  # type: ignore[attr-defined]  # every transport of a stream can

    async def meets(self, phase: Phase) -> str | None:
        """Fail where that is wanted at `phase`; return the answer to give in place of the usual one, None for that."""
        does = self._fake._next(phase)
        if isinstance(does, float | int):
            await asyncio.sleep(does)
            return None
        if does == HANG:
            await asyncio.Event().wait()  # until the client goes, or the server does
        if does == CLOSE:
            self.cut()
            raise asyncio.CancelledError
        return does

    async def _instead(self, phase: Phase) -> bool:
        if (answer := await self.meets(phase)) is None:
            return False
        await self.push(answer)
        if answer.startswith("421") or phase == "greeting":
            assert self.transport is not None
            self.transport.close()
        return True

    def _knows(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=(data.login.decode(), data.password.decode()) == self._fake.login, handled=False)

    async def _handle_client(self) -> None:
        if not await self._instead("greeting"):
            await super()._handle_client()

    async def smtp_EHLO(self, hostname: str) -> None:
        if not re.fullmatch(r"\[[0-9.]+\]|\[IPv6:[0-9a-f:]+\]|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", hostname):
            await self.push("501 5.5.2 neither a name nor an address (RFC 5321, 4.1.4)")
        elif not await self._instead("ehlo"):
            await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if not await self._instead("starttls"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._instead("auth"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str) -> None:
        if not await self._instead("mail"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:
        if not await self._instead("rcpt"):
            await super().smtp_RCPT(arg)

    async def smtp_RSET(self, arg: str) -> None:
        if not await self._instead("rset"):
            await super().smtp_RSET(arg)

    async def smtp_QUIT(self, arg: str) -> None:
        if not await self._instead("quit"):
            await super().smtp_QUIT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if await self._instead("data"):
            return
        if self._fake._faults["content"] or "content" in self._fake._always:
            await self.push("354 go on")
            await self._reader.readuntil(b"\r\n")
            if await self._instead("content"):
                return
            self.cut()  # after a pause: the end was not waited for
            raise asyncio.CancelledError
        await super().smtp_DATA(arg)
        if await self.meets("accepted") == CLOSE:
            self.cut()


def _read(content: bytes) -> EmailMessage:
    # From text: read from bytes, what is beyond ASCII in a header would be taken for broken.
    return message_from_string(content.decode(), policy=policy.default)


def _certified(ca_file: Path, certificate: Certificate) -> ssl.SSLContext:
    """Return what a server shows in TLS, and write the file of the CA that vouches for good ones."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(ca_file)
    ended = datetime(2026, 1, 1, tzinfo=UTC) if certificate == "expired" else None
    names = ["mail.other.example"] if certificate == "other host" else ["localhost", "127.0.0.1"]
    issuer = trustme.CA() if certificate == "unknown" else ca
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(*names, not_after=ended).configure_cert(context)
    return context


@contextmanager
def sound_server(folder: Path, **how: Any) -> Iterator[MailServer]:
    """Run a server; at the end, nothing that it has accepted may have a problem."""
    with MailServer(folder, **how) as server:
        yield server
        assert server.problems() == []
