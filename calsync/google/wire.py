"""HTTP that sends once: no repeats, no redirects, and it is known whether the first byte has left."""

from __future__ import annotations

import socket
import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

_PIECE = 64 * 1024
_MOST = 64 * 1024 * 1024


class Mark:
    """Whether anything of the request under way has left this machine."""

    left = False


def once(session: requests.Session, mark: Mark) -> requests.Session:
    """Let `session` send every request once and follow nothing; `mark` tells whether one has begun to leave.

    Proxies and CAs are taken from the environment, as everywhere; passwords of a ~/.netrc are not, since they would
    take the place of the token.
    """
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(mark))
    session.auth = _as_it_is
    session.max_redirects = 0
    return session


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def whole(response: requests.Response, seconds: float) -> bytes:
    """Return the body of an answer that is read as it comes (`stream=True`), within so many seconds in all.

    Raises:
        OSError, HTTPError: it broke off, came too slowly, or is longer than any answer.
    """
    until = time.monotonic() + seconds
    found = bytearray()
    try:
        while piece := response.raw.read1(_PIECE, decode_content=True):
            found += piece
            if time.monotonic() > until:
                raise TimeoutError("the answer comes too slowly")
            if len(found) > _MOST:
                raise HTTPError("the answer is longer than any")
    finally:
        response.close()
    return bytes(found)


class _Adapter(HTTPAdapter):
    """Marks what leaves."""

    def __init__(self, mark: Mark) -> None:
        self._pools = _pools(mark)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pools(mark: Mark) -> dict[str, Any]:
    class Marking:
        sock: Any

        def connect(self) -> None:
            super().connect()  # type: ignore[misc]  # the class beside it has it
            mark.left = False  # what went to a proxy to open the way is nothing of the request

        def send(self, data: Any) -> None:
            if self.sock is None:
                self.connect()
            mark.left = True
            super().send(data)  # type: ignore[misc]  # the same

    class Plain(Marking, HTTPConnection):
        pass

    class Encrypted(Marking, HTTPSConnection):
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}


Failure: tuple[type[Exception], ...] = (requests.RequestException, HTTPError, OSError)


def said_of(error: BaseException) -> str:
    """Return in a few words why a request failed; never an address, which may hold what was asked."""
    seen: BaseException | None = error
    found: BaseException = error
    for _ in range(8):  # requests wraps urllib3, which wraps the socket's own
        if seen is None:
            break
        found = seen
        seen = _within(seen)
    if isinstance(found, socket.gaierror):
        return "its name is not known here; is this machine online?"
    if isinstance(found, TimeoutError) or "timed out" in str(found).lower():
        return "it does not answer in time"
    if isinstance(found, OSError) and found.strerror:
        return found.strerror
    return _NAMES.get(type(found).__name__, type(found).__name__)


_NAMES = {
    "RemoteDisconnected": "it closed the connection without an answer",
    "IncompleteRead": "the answer broke off",
    "ConnectTimeoutError": "it does not answer in time",
    "ReadTimeoutError": "it does not answer in time",
    "NameResolutionError": "its name is not known here; is this machine online?",
    "SSLCertVerificationError": "its certificate does not hold",
}


def _within(error: BaseException) -> BaseException | None:
    reason = getattr(error, "reason", None)
    if isinstance(reason, BaseException):
        return reason
    inner = next((one for one in error.args if isinstance(one, BaseException)), None)
    return inner or error.__cause__ or error.__context__
