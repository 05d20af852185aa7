"""HTTP of the fake: reads a request, has it answered, and writes the answer as badly as it is told to."""

from __future__ import annotations

import gzip
import json
import socket
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.google.ask import Answer
from tests.fakes.google.oauth import Denied
from tests.fakes.google.refusal import Json, Refusal, not_found, slow_down

if TYPE_CHECKING:
    from tests.fakes.google.server import Google, Request

_PORTAL = "<html><head><title>Welcome to the hotel</title></head><body>Please accept our terms.</body></html>"
_BACKEND = {500: "Internal Error", 502: "Bad Gateway", 503: "Service Unavailable"}


class HangUp(Exception):
    """The connection is closed without an answer."""


class Instead(Exception):
    """Something else is answered than was asked for."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer


def _broken(said: Json) -> Answer:
    code, kind = said.get("code", 500), said.get("kind", "json")
    if kind == "html":
        return Answer(body=None, code=code, page=f"<html><title>Error {code} (Server Error)!!1</title></html>")
    if kind == "empty":
        return Answer(body=None, code=code)
    return Answer(body=Refusal(code, "backendError", _BACKEND[code]).body(), code=code)


class Handler(BaseHTTPRequestHandler):
    """One connection; it is kept for several requests, as Google does."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True

    @property
    def google(self) -> Google:
        """Whom it serves."""
        return self.server.google  # type: ignore[attr-defined,no-any-return]

    def do_GET(self) -> None:
        """Every verb alike."""
        from tests.fakes.google.server import Request

        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            at=self.google.now,
            verb=self.command,
            path=parts.path.removeprefix(self.google.below),
            query=parse_qs(parts.query, keep_blank_values=True),
            headers=dict(self.headers.items()),
            body=self.rfile.read(length),
        )
        with self.google.lock:
            self.google.requests.append(request)
        try:
            self._serve(request, parts.query)
        except HangUp:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

    def _serve(self, request: Request, query: str) -> None:
        try:
            answer = self._answer(request, query)
        except Denied as denied:
            answer = Answer(body=denied.body, code=denied.code)
        except Instead as instead:
            answer = instead.answer
        except Refusal as refusal:
            answer = Answer(body=refusal.body(), code=refusal.code, headers=dict(refusal.headers))
        has, call = self.google.habits.has, request.call
        request.did = answer.code < 300 or answer.code == 304
        self.google.happens(call, after=True)
        if has("lost answer", call) is not None:
            raise HangUp
        if request.did and (broken := has("server error after the write", call)) is not None:
            answer = _broken(broken)
        if request.did and has("captive portal", call) is not None:
            answer = Answer(body=None, page=_PORTAL)
        if request.did and answer.body is not None and has("no items", call) is not None:
            answer.body.pop("items", None)
        self._write(request, answer)

    def _answer(self, request: Request, query: str) -> Answer:
        google, path = self.google, request.path
        with google.lock:
            if not self.path.startswith(google.below + "/"):
                google.wrongs.append(f"{request.verb} {self.path} is not below {google.below}")
                raise not_found()
            if path in ("/o/oauth2/auth", "/o/oauth2/v2/auth"):
                request.call = "auth"
                return Answer(body=None, code=302, headers={"Location": google.oauth.page(request.query)})
            if path in ("/token", "/revoke"):
                request.call = path.removeprefix("/")
                self._before(request.call)
                return self._oauth(request)
            if path.startswith(("/calendar/v3/", "/gmail/v1/")):

                def tell(call: str) -> None:
                    request.call = call
                    self._before(call)

                return google.apis.answer(request.verb, path, query, self._titled(request), request.body, tell)
            if path == "/favicon.ico":
                return Answer(body=None, code=404)
            google.wrongs.append(f"{request.verb} {path}: Google is not asked for that")
            raise not_found()

    def _titled(self, request: Request) -> dict[str, str]:
        return {name.title(): value for name, value in request.headers.items()} | {
            name: request.headers[name] for name in ("If-Match", "If-None-Match") if name in request.headers
        }

    def _oauth(self, request: Request) -> Answer:
        if request.verb != "POST":
            raise Refusal(405, "httpMethodNotAllowed", "Method Not Allowed")
        form = parse_qs(request.body.decode("utf-8"), keep_blank_values=True)
        if request.call == "token":
            return Answer(body=self.google.oauth.token(form))
        self.google.oauth.revoke((form.get("token") or request.query.get("token") or [""])[0])
        return Answer(body={})

    def _before(self, call: str) -> None:
        """Do what happens, or goes wrong, before anything is done."""
        self.google.happens(call, after=False)
        has = self.google.habits.has
        if has("no answer", call) is not None:
            raise HangUp
        for name, kind in (
            ("user rate limit", "userRateLimitExceeded"),
            ("rate limit", "rateLimitExceeded"),
            ("too many requests", "tooMany"),
        ):
            if (said := has(name, call)) is not None:
                raise slow_down(kind, said.get("after"))
        if (said := has("server error", call)) is not None:
            raise Instead(_broken(said))
        if (said := has("another host", call)) is not None:
            raise Instead(Answer(body=None, code=302, headers={"Location": f"{said['to']}{self.path}"}))

    def _write(self, request: Request, answer: Answer) -> None:
        has, call = self.google.habits.has, request.call
        headers = dict(answer.headers)
        body = b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False, indent=1).encode()
        if answer.page is not None:
            body, kind = answer.page.encode(), "text/html; charset=UTF-8"
        else:
            kind = "application/json; charset=UTF-8"
        if body and "gzip" in self.headers.get("Accept-Encoding", "") and has("plain answer", call) is None:
            body = gzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
        slow, cut = has("slow answer", call), has("cut answer", call)
        if slow is not None and not slow.get("drip"):
            self.google.stopping.wait(slow["seconds"])
        sent = body if cut is None else body[: len(body) // 2]
        self.send_response_only(answer.code)
        skew = (has("clock skew", call) or {}).get("seconds", 0)
        self.send_header("Date", format_datetime(self.google.now + timedelta(seconds=skew), usegmt=True))
        self.send_header("Vary", "Origin")
        if body:
            self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        if answer.code not in (204, 304):
            self.send_header("Content-Length", str(len(sent if cut and cut.get("quietly") else body)))
        self.end_headers()
        request.code = answer.code
        if slow is not None and slow.get("drip"):
            self._drip(sent, slow["seconds"])
        elif self.command != "HEAD":
            self.wfile.write(sent)
        if cut is not None:
            raise HangUp

    def _drip(self, body: bytes, seconds: float) -> None:
        for byte in body:
            if self.google.stopping.wait(seconds):
                raise HangUp
            self.wfile.write(bytes((byte,)))
            self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: requests are remembered, not printed."""
