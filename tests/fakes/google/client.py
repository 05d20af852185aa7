"""Two clients for tests of the fake: Google's own library, and bare HTTP for what that library would never send."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build  # type: ignore[import-untyped]

from tests.fakes.google.server import CALENDAR, Google


def credentials(google: Google, scopes: Iterable[str] = CALENDAR) -> Credentials:
    """Return what somebody holds who has just signed in."""
    grant = google.oauth.grant(tuple(scopes))
    told = google.oauth.access(grant)
    return Credentials(  # type: ignore[no-untyped-call]
        told["access_token"],
        refresh_token=grant.refresh,
        token_uri=f"{google.root}/token",
        client_id=google.oauth.client_id,
        client_secret=google.oauth.client_secret,
    )


@contextmanager
def service(google: Google, scopes: Iterable[str] = CALENDAR, *, name: str = "calendar") -> Iterator[Any]:
    """Give Google's client library for Calendar or Gmail, pointed at the fake."""
    version, below = ("v3", "/calendar/v3/") if name == "calendar" else ("v1", "/")
    built = build(
        name,
        version,
        credentials=credentials(google, scopes),
        client_options={"api_endpoint": google.root + below},
        static_discovery=True,
    )
    try:
        yield built
    finally:
        built.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer. reason: the first one of an error, with its domain."""

    code: int
    headers: Mapping[str, str]
    body: Any

    @property
    def reason(self) -> str:
        """Domain and reason of an error, as `global/notFound`."""
        error = self.body["error"]["errors"][0]
        return f"{error['domain']}/{error['reason']}"

    @property
    def ids(self) -> list[str]:
        """The ids of a list."""
        return [item["id"] for item in self.body["items"]]


class Bare:
    """HTTP without any manners of its own, signed in."""

    def __init__(self, google: Google, scopes: Iterable[str] = CALENDAR, *, token: str | None = None) -> None:
        self.google = google
        self.token = (
            token if token is not None else google.oauth.access(google.oauth.grant(tuple(scopes)))["access_token"]
        )

    def ask(
        self,
        verb: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> Told:
        """Send one request below the calendar `primary`, or anywhere if `path` begins with a slash."""
        if not path.startswith("/"):
            path = f"/calendar/v3/calendars/primary/{path}"
        asked = [(k, _text(v)) for k, vs in query.items() for v in (vs if isinstance(vs, list) else [vs])]
        sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        said = {"Authorization": f"Bearer {self.token}"} | (
            {"Content-Type": "application/json"} if sent is not None else {}
        )
        connection = http.client.HTTPConnection(urlsplit(self.google.root).netloc, timeout=10)
        try:
            connection.request(verb, path + (f"?{urlencode(asked)}" if asked else ""), sent, said | dict(headers or {}))
            answer = connection.getresponse()
            raw = answer.read()
            read = json.loads(raw) if raw and "json" in answer.headers.get("Content-Type", "") else raw.decode()
            return Told(code=answer.status, headers=dict(answer.headers), body=read)
        finally:
            connection.close()

    def list(self, **query: Any) -> Told:
        """events.list."""
        return self.ask("GET", "events", **query)

    def get(self, event_id: str, **query: Any) -> Told:
        """events.get."""
        return self.ask("GET", f"events/{quote(event_id, safe='')}", **query)

    def insert(self, body: Any, **query: Any) -> Told:
        """events.insert, telling nobody."""
        return self.ask("POST", "events", body, **{"sendUpdates": "none", **query})

    def patch(self, event_id: str, body: Any, etag: str | None = "", **query: Any) -> Told:
        """events.patch, telling nobody; etag: for If-Match, by default the one that stands, None for none."""
        return self._write("PATCH", event_id, body, etag, query)

    def update(self, event_id: str, body: Any, etag: str | None = "", **query: Any) -> Told:
        """events.update, telling nobody."""
        return self._write("PUT", event_id, body, etag, query)

    def delete(self, event_id: str, etag: str | None = "", **query: Any) -> Told:
        """events.delete, telling nobody."""
        return self._write("DELETE", event_id, None, etag, query)

    def _write(self, verb: str, event_id: str, body: Any, etag: str | None, query: Mapping[str, Any]) -> Told:
        if etag == "":
            standing = self.get(event_id)
            etag = standing.body["etag"] if standing.code == 200 else None
        headers = {} if etag is None else {"If-Match": etag}
        return self.ask(verb, f"events/{quote(event_id, safe='')}", body, headers, **{"sendUpdates": "none", **query})


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
