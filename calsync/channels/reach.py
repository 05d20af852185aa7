"""How a mail server is reached and trusted: name, address, TLS; and in plain words why not."""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

from calsync.channels.mime import a_label, one_line

LONGEST_SAID = 120
_OTHER_NAME = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
HINTS = {
    "starttls": 'where TLS comes first (as on port 465), write security = "tls"; else see host and port',
    "tls": 'where TLS comes later (as on port 587), write security = "starttls"; else see host and port',
    "none": "see host and port",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server and how to speak with it.

    security: `none` only to this machine. ca: the only one who vouches for its certificate; None: whom the system
    trusts. timeout, data_timeout: seconds for each answer, and for the one that takes a mail. password: gives it when
    it is used, or raises a CalsyncError. waits: called every few seconds while an answer is awaited, so that
    somebody who watches knows this from being stuck.
    """

    host: str
    port: int
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca: Path | None = None
    user: str | None = None
    password: Callable[[], str] | None = None
    timeout: float = 30.0
    data_timeout: float = 120.0
    waits: Callable[[], object] = lambda: None

    @property
    def named(self) -> str:
        """Host and port, as the owner reads them."""
        return f"{self.host}:{self.port}"


class Unusable(Exception):
    """The server can't be used as things stand; why, and what to do: for the owner."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(f"{why}; {hint}" if hint else why)


def said_of(error: Exception) -> str:
    """Return the words of an error on one short line, without what only a programmer reads."""
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__, LONGEST_SAID)


def reach(server: Server, context: ssl.SSLContext | None) -> socket.socket:
    """Return a connected socket, encrypted where TLS comes first, within the server's timeout in all."""
    until = time.monotonic() + server.timeout
    found = _addresses(server)
    for left in range(len(found), 0, -1):
        family, kind, protocol, _, address = found[-left]
        sock = socket.socket(family, kind, protocol)
        server.waits()
        try:
            # One that does not answer leaves time for those behind it.
            sock.settimeout(max(0.001, (until - time.monotonic()) / left))
            sock.connect(address)
            if context is None and not ip_address(sock.getpeername()[0]).is_loopback:
                raise OSError("it is not this machine, and without TLS nothing goes elsewhere")
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return encrypted(sock, server, context) if context and server.security == "tls" else sock
        except ssl.SSLError:  # it is there; another address of the same server would say the same
            sock.close()
            raise
        except OSError:
            sock.close()
            if left == 1:
                raise
        except BaseException:
            sock.close()
            raise
    raise OSError("it has no address")


def _addresses(server: Server) -> list[Any]:
    """Ask for the server's addresses within its timeout: getaddrinfo(3) knows none of its own."""
    answers: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(list(socket.getaddrinfo(server_name(server), server.port, type=socket.SOCK_STREAM)))
        except Exception as error:  # noqa: BLE001 - whatever it is: told by the one who waits
            answers.put(error)

    threading.Thread(target=ask, daemon=True, name="calsync-resolve").start()
    try:
        answer = answers.get(timeout=server.timeout)
    except queue.Empty:
        raise socket.gaierror(socket.EAI_AGAIN, f"no answer within {server.timeout:g} s") from None
    if isinstance(answer, ValueError):
        raise socket.gaierror(socket.EAI_NONAME, "no name that DNS knows")
    if isinstance(answer, Exception):
        raise answer
    return answer


def server_name(server: Server) -> str:
    """Return the server's name as DNS and its certificate know it."""
    return server.host if ":" in server.host else a_label(server.host.removesuffix("."))


def tls_context(server: Server) -> ssl.SSLContext:
    """Return what a server has to prove in TLS.

    Raises:
        Unusable: the CA that is named can't be read.
    """
    try:
        context = ssl.create_default_context(cafile=str(server.ca) if server.ca else None)
    except OSError as error:
        what = error.strerror if not isinstance(error, ssl.SSLError) and error.strerror else "no certificate in PEM"
        raise Unusable(f"the CA {server.ca}: {what}", "see ca") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996
    return context


def encrypted(sock: socket.socket, server: Server, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Return `sock` in TLS, the server's certificate being proved and made out to its name (RFC 8314 §5.2)."""
    server.waits()
    sock.settimeout(server.timeout)
    return context.wrap_socket(sock, server_hostname=server_name(server))


def unreachable(server: Server, error: OSError) -> Unusable:
    """Return in plain words why the server can't be reached, or can't be trusted."""
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = "see host: the certificate is made out to another name"
        if error.verify_code not in _OTHER_NAME:
            hint = "if a CA of your own vouches for it, name that with ca; else the server's owner must renew it"
        return Unusable(f"the certificate of {server.named} does not hold: {one_line(error.verify_message, 120)}", hint)
    if isinstance(error, ssl.SSLError):
        return Unusable(f"{server.named} speaks no TLS that is taken here: {said_of(error)}", HINTS[server.security])
    if isinstance(error, socket.gaierror):
        hint = "see host, and whether this machine is online"
        return Unusable(f"no address is known for {server.host}: {said_of(error)}", hint)
    if isinstance(error, TimeoutError):
        hint = "see host and port, and whether a firewall lets it through"
        return Unusable(f"{server.named} does not answer within {server.timeout:g} s", hint)
    return Unusable(f"{server.named}: {said_of(error)}", "see host and port, and whether the server runs")
