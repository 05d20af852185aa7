"""A connection to a mail server: signed in, command by command, and no answer is awaited for ever."""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from operator import methodcaller
from ssl import SSLContext
from typing import Any

from calsync.channels.mime import one_line
from calsync.channels.reach import (
    HINTS,
    LONGEST_SAID,
    Server,
    Unusable,
    encrypted,
    reach,
    said_of,
    tls_context,
    unreachable,
)
from calsync.errors import CalsyncError

_LONGEST_REPLY = 64 * 1024
_LEAVE = 2.0
_STEP = 5.0
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"']+@[^\s<>()\[\]:;,\"']+")


class Lost(Exception):
    """The connection broke or the server closed it, or an answer did not come in time; which: for the owner."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer: its code, and its words on one short line."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".rstrip()


class _Protocol(smtplib.SMTP):
    """smtplib, reading each reply within `patience` seconds in all, however slowly it drips."""

    def __init__(self, sock: socket.socket, patience: float, waits: Callable[[], object]) -> None:
        super().__init__(local_hostname="localhost")  # with a name it looks up none
        self.patience, self._waits = patience, waits
        self._unread = bytearray()
        self.use(sock)

    def use(self, sock: socket.socket) -> None:
        """Go on over `sock`."""
        if self._unread:
            # What came before TLS could come from anybody on the way (RFC 3207 §6).
            raise smtplib.SMTPServerDisconnected("the server spoke before TLS was there")
        self.sock = sock
        sock.settimeout(self.patience)
        self.esmtp_features, self.does_esmtp = {}, False

    def send(self, s: Any) -> None:
        """See smtplib; raises OSError where the connection breaks and TimeoutError where the patience ends."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        if self._unread:  # or its next words would be taken for the answer to this
            raise smtplib.SMTPServerDisconnected("the server speaks out of turn")
        self.sock.settimeout(self.patience)
        self.sock.sendall(s.encode(self.command_encoding) if isinstance(s, str) else s)

    def send_at_once(self, end: bytes) -> None:
        """Send a few bytes as one piece; where it raises, the last of them surely did not leave."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        self.sock.settimeout(self.patience)
        if self.sock.send(end) != len(end):
            raise smtplib.SMTPServerDisconnected("the connection takes no more")

    def getreply(self) -> tuple[int, bytes]:
        """See smtplib; raises OSError where the connection breaks and TimeoutError where the patience ends."""
        until = time.monotonic() + self.patience
        said: list[bytes] = []
        while True:
            line = self._line(until)
            said.append(line[4:].strip())
            if not line[:3].isdigit():
                return -1, line.strip()
            if line[3:4] != b"-":
                return int(line[:3]), b"\n".join(said)
            if sum(map(len, said)) > _LONGEST_REPLY:
                raise smtplib.SMTPServerDisconnected("the server's answer has no end")

    def _line(self, until: float) -> bytes:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        while (end := self._unread.find(b"\n")) < 0:
            if (left := until - time.monotonic()) <= 0:
                raise TimeoutError
            self._waits()
            self.sock.settimeout(min(left, _STEP))
            try:
                more = self.sock.recv(4096)
            except TimeoutError:
                continue
            if not more:
                raise smtplib.SMTPServerDisconnected("the server closed the connection")
            self._unread += more
            if len(self._unread) > _LONGEST_REPLY:
                raise smtplib.SMTPServerDisconnected("the server's answer has no end")
        line = bytes(self._unread[: end + 1])
        del self._unread[: end + 1]
        return line


class Connection:
    """An open and signed-in connection. Each method raises `Lost` where it breaks."""

    def __init__(self, server: Server) -> None:
        """Open it.

        Raises:
            Unusable: why it can't be, and what to do.
        """
        self._server = server
        self._secrets: tuple[str, ...] = ()
        self._greeted = False
        context = None if server.security == "none" else tls_context(server)
        try:
            self._smtp = _Protocol(reach(server, context), server.timeout, server.waits)
        except OSError as error:
            raise unreachable(server, error) from error
        try:
            self._greet(context)
            self._sign_in()
        except Lost as lost:
            self.drop()
            raise Unusable(f"{server.named}: {lost}", "" if self._greeted else HINTS[server.security]) from lost
        except BaseException:
            self.drop()
            raise

    def has(self, extension: str) -> bool:
        """Tell whether the server offered this extension."""
        return bool(self._smtp.has_extn(extension))

    def mail(self, sender: str, options: tuple[str, ...]) -> Reply:
        """Begin a transaction (RFC 5321 §4.1.1.2)."""
        return self._ask(lambda smtp: smtp.mail(sender, options))

    def rcpt(self, to: str) -> Reply:
        """Name its recipient."""
        return self._ask(lambda smtp: smtp.rcpt(to))

    def data(self) -> Reply:
        """Ask to send the content; 354 is a yes."""
        return self._ask(lambda smtp: smtp.docmd("DATA"))

    def rset(self) -> None:
        """Give up what transaction there is; also tells whether the connection still stands."""
        if (said := self._ask(lambda smtp: smtp.rset())).code != 250:
            raise Lost(f"the server can't begin anew ({said})")

    def write(self, content: bytes) -> None:
        """Hand over the content, all but its end: without that a server delivers nothing (RFC 5321 §4.1.1.10)."""
        # Dots at the beginning of a line are doubled (RFC 5321 §4.5.2).
        stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
        self._ask(lambda smtp: smtp.send(stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"))

    def end(self) -> None:
        """Hand over the end of the content; where this raises, it surely did not leave."""
        self._ask(lambda smtp: smtp.send_at_once(b".\r\n"))

    def answer(self) -> Reply:
        """Return what the server says to a whole mail, its last word (421) too."""
        self._smtp.patience = self._server.data_timeout
        try:
            return self._ask(lambda smtp: smtp.getreply(), closing=True)
        finally:
            self._smtp.patience = self._server.timeout

    def quit(self) -> None:
        """Take leave; whatever the server says to that, and not for long."""
        self._smtp.patience = min(self._smtp.patience, _LEAVE)
        try:
            self._ask(lambda smtp: smtp.docmd("QUIT"))
        except Lost:
            pass  # what was accepted stays accepted
        self.drop()

    def drop(self) -> None:
        """Let go without a word."""
        self._smtp.close()

    def _ask(self, command: Callable[[_Protocol], Any], *, closing: bool = False) -> Reply:
        try:
            answer = command(self._smtp)
        except TimeoutError:
            raise Lost(f"no answer within {self._smtp.patience:g} s") from None
        except smtplib.SMTPException as error:
            raise Lost(said_of(error)) from error
        except OSError as error:
            raise Lost(f"the connection broke ({said_of(error)})") from error
        code, said = answer if isinstance(answer, tuple) else (0, b"")
        text = said.decode("utf-8", "replace")
        for secret in self._secrets:
            text = text.replace(secret, "…")
        # What it says ends in the journal: whom a mail is for is known without it.
        reply = Reply(code, one_line(_ADDRESS.sub("…", text[:1000]), LONGEST_SAID))
        if code == 421 and not closing:  # and then nothing more is said (RFC 5321 §3.8)
            raise Lost(f"the server ends it ({reply})")
        return reply

    def _greet(self, context: SSLContext | None) -> None:
        """Read the greeting, say who we are, and change to TLS where that is asked for."""
        server = self._server
        if (hello := self._ask(lambda smtp: smtp.getreply())).code != 220:
            says = f"does not want to talk: {hello}" if hello.code >= 400 else f"speaks no SMTP: {hello.text}"
            raise Unusable(f"{server.named} {says}", HINTS[server.security])
        self._greeted = True
        self._introduce()
        if server.security != "starttls":
            return
        if not self.has("starttls"):
            raise Unusable(
                f"{server.named} offers no STARTTLS, and without it nothing is sent",
                'write security = "tls" and its port, if the server has one',
            )
        if (ready := self._ask(lambda smtp: smtp.docmd("STARTTLS"))).code != 220:
            raise Unusable(f"{server.named} refuses STARTTLS: {ready}")
        assert self._smtp.sock is not None and context is not None  # noqa: S101 - it has just answered
        try:
            self._smtp.use(encrypted(self._smtp.sock, server, context))
        except OSError as error:
            raise unreachable(server, error) from error
        self._introduce()

    def _introduce(self) -> None:
        assert self._smtp.sock is not None  # noqa: S101 - it has just answered
        own = self._smtp.sock.getsockname()[0]
        # An address in brackets needs no name that the world knows, and tells no name (RFC 5321 §4.1.4).
        name = f"[IPv6:{own.partition('%')[0]}]" if ":" in own else f"[{own}]"
        if (said := self._ask(lambda smtp: smtp.ehlo(name))).code != 250:
            raise Unusable(f"{self._server.named} refuses EHLO: {said}")

    def _sign_in(self) -> None:
        server = self._server
        if server.user is None or server.password is None:
            return
        try:
            password = server.password()
        except CalsyncError as error:
            raise Unusable(f"{error.what} ({error.where})", error.hint) from error
        plain = _b64(f"\0{server.user}\0{password}")
        self._secrets = (password, plain, _b64(password))
        offered = str(self._smtp.esmtp_features.get("auth", "")).upper().split()
        if "PLAIN" in offered:
            said = self._auth(f"PLAIN {plain}")
        elif "LOGIN" in offered:
            said = self._auth("LOGIN", _b64(server.user), _b64(password))
        else:
            ways = one_line(", ".join(offered), 60)
            what = f"only ways to sign in that are not known here ({ways})" if ways else "no way to sign in"
            raise Unusable(f"{server.named} offers {what}", "leave user and password out, or write another port")
        if said.code == 235:
            return
        if 500 <= said.code < 600:
            raise Unusable(f"{server.named} refuses the sign-in: {said}", "see user and password")
        raise Unusable(f"{server.named} takes no sign-in now: {said}")

    def _auth(self, first: str, *answers: str) -> Reply:
        """Sign in by hand: smtplib would try one way after another, and takes no password beyond ASCII."""
        said = self._ask(lambda smtp: smtp.docmd("AUTH", first))
        for answer in answers:
            if said.code != 334:
                break
            said = self._ask(methodcaller("docmd", answer))
        return said


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
