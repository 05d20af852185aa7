"""The listening socket of the fake, and the connections that it holds."""

from __future__ import annotations

import contextlib
import socket
import sys
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.google.server import Google


class Host(ThreadingHTTPServer):
    """Serves one Google, each connection in a thread."""

    daemon_threads = True
    request_queue_size = 64
    google: Google

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Know the connection until it is closed."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget it."""
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close what is still open: nobody is served by a server that is gone."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that hang up; anything else is an error of the fake's own."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | TimeoutError):
            self.google.wrongs.append(f"the fake itself failed: {error!r}")
