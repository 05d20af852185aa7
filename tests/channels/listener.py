"""A web server on loopback that takes apprise's `json://` notifications, with a bad day on request."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Listener:
    """What was `heard`, and how it answers from now on: a status, or never while it `hangs`."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.status, self.hangs = 200, False
        self.hung, self._go_on = threading.Event(), threading.Event()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = self.rfile.read(int(self.headers["Content-Length"]))
                if listener.hangs:
                    listener.hung.set()
                    listener._go_on.wait(30)
                    return
                if listener.status == 200:
                    listener.heard.append(json.loads(said))
                self.send_response(listener.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        """What apprise calls it; the user and the token in it are secrets."""
        return f"json://deniz:hunter2@127.0.0.1:{self._server.server_port}/tokenX93"

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """Listen while this lasts."""
        self._thread.start()
        try:
            yield self
        finally:
            self._go_on.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
