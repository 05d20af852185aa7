"""Google on this machine: Calendar v3, Gmail's send and OAuth over HTTP, strict, with a memory and bad habits."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.fakes.google.api import Apis
from tests.fakes.google.ask import Notice
from tests.fakes.google.clock import Clock, stamp
from tests.fakes.google.gmail import Gmail
from tests.fakes.google.habits import Habits
from tests.fakes.google.host import Host
from tests.fakes.google.oauth import OAuth
from tests.fakes.google.people import People
from tests.fakes.google.quota import Quota
from tests.fakes.google.shelf import Shelf
from tests.fakes.google.wire import Handler
from tests.fakes.google.writing import Writer

CALENDAR = (
    "https://www.googleapis.com/auth/calendar.events.owned",
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
)
GMAIL = ("https://www.googleapis.com/auth/gmail.send",)


@dataclass(kw_only=True)
class Request:
    """One request as it came.

    call: the method (events.list), or auth, token, revoke. code: of the answer, 0 for none. did: it was carried out,
    whatever the answer said.
    """

    at: datetime
    verb: str
    path: str
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: bytes
    call: str = ""
    code: int = 0
    did: bool = field(default=False)

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


class Google:
    """One account at Google, served on loopback while it is entered (or between `start` and `close`).

    root: where everything is below, in place of https://www.googleapis.com. requests: what came, in order.
    notified: the mails that guests would have got; it is to stay empty. wrongs: what Google lets pass, or never
    hears from a program built from its own documents, and calsync must not do; leaving with any is an AssertionError.
    habits: what to get wrong, by name. gmail.sent: the mails that left. oauth: what the person who signs in does.
    writer.near: how far ahead may be written, where a test says so.
    """

    def __init__(
        self, *, now: datetime | None = None, account: str = "deniz@kaya.example", port: int = 0, below: str = ""
    ) -> None:
        """Nothing is served yet. now: where its clock begins; it runs. below: a path that everything stands below."""
        self.clock = Clock(now)
        self.account = account
        self.oauth = OAuth(self.clock)
        self.apis = Apis(self.clock, self.oauth, account)
        self.requests: list[Request] = []
        self.lock = threading.RLock()
        self.hooks: list[tuple[str, bool, Callable[[], object]]] = []
        self.stopping = threading.Event()
        self._server = Host(("127.0.0.1", port), Handler)
        self._server.google = self
        self.below = below
        self.root = f"http://127.0.0.1:{self._server.server_address[1]}{below}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Google:
        """Serve."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving; where nothing else went wrong, what calsync must not do is an error now."""
        self.close()
        if kind is None:
            self.check()

    def start(self) -> None:
        """Serve in a thread."""
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._thread.join()

    def check(self) -> None:
        """Fail for anything that calsync must not do."""
        assert not self.wrongs, self.wrongs
        assert not self.notified, self.notified
        assert not self.doubles(), "one thing of ours stands twice"
        assert not self.writer.foreign_edits, "other people's meetings were changed for everybody"
        assert not self.writer.local_edits, "a guest's copy was made another than everybody else's"

    def doubles(self) -> list[tuple[str, str]]:
        """Return the ids of two events of ours in one calendar that carry the very same private properties."""
        found = []
        with self.lock:
            for shelf in self.apis.shelves.values():
                seen: dict[str, str] = {}
                for record in shelf.records.values():
                    mark = json.dumps(record.body.get("extendedProperties", {}).get("private", {}), sort_keys=True)
                    if mark == "{}" or not record.by_program or record.cancelled:
                        continue
                    if mark in seen:
                        found.append((seen[mark], record.id))
                    seen[mark] = record.id
        return found

    def forgive(self) -> list[str]:
        """Return what calsync must not do and did, and let it pass."""
        forgiven = list(self.wrongs)
        for told in (self.wrongs, self.notified, self.writer.foreign_edits, self.writer.local_edits):
            told.clear()
        return forgiven

    def meanwhile(self, only: str, do: Callable[[], object], *, after: bool = False) -> None:
        """Let something happen once, when the next request comes whose method begins with `only`.

        after: it was carried out then, and its answer is not yet on its way; else nothing was looked at yet.
        """
        self.hooks.append((only, after, do))

    def happens(self, call: str, *, after: bool) -> None:
        """Do what was to happen with this request."""
        for hook in [hook for hook in self.hooks if call.startswith(hook[0]) and hook[1] == after]:
            self.hooks.remove(hook)
            hook[2]()

    @property
    def now(self) -> datetime:
        """The time by its clock, in UTC."""
        return self.clock.now()

    @now.setter
    def now(self, now: datetime) -> None:
        self.clock.set(now)

    def sleep(self, seconds: float) -> None:
        """Let time pass at once, in place of waiting for it."""
        self.clock.push(timedelta(seconds=seconds))

    @property
    def habits(self) -> Habits:
        """Bad habits to switch on."""
        return self.apis.habits

    @property
    def writer(self) -> Writer:
        """What is known of writes."""
        return self.apis.writer

    @property
    def quota(self) -> Quota:
        """How often it may be asked; raise what stands in a test's way."""
        return self.apis.quota

    @property
    def wrongs(self) -> list[str]:
        """What calsync must not do and did."""
        return self.apis.wrongs

    @property
    def notified(self) -> list[Notice]:
        """Mails of Calendar's to guests."""
        return self.apis.notified

    @property
    def gmail(self) -> Gmail:
        """The mailbox."""
        return self.apis.gmail

    def calls(self, *names: str) -> list[Request]:
        """Return the requests of these methods (events.list, token, …); with none named, all of the APIs."""
        with self.lock:
            return [r for r in self.requests if (r.call in names if names else "." in r.call)]

    def calendar(
        self,
        name: str = "primary",
        *,
        time_zone: str = "Europe/Istanbul",
        access_role: str = "owner",
        summary: str = "",
        data_owner: str = "",
        hidden: bool = False,
    ) -> People:
        """Return a calendar as people have it in their hands; made at the first time."""
        with self.lock:
            address = self.account if name == "primary" else name
            shelf = self.apis.shelves.get(address)
            if shelf is None:
                shelf = self.apis.shelves[address] = Shelf(
                    id=address,
                    account=self.account,
                    now=self.clock.now,
                    zone=time_zone,
                    role=access_role,
                    summary=summary or address,
                    data_owner=data_owner,
                    hidden=hidden,
                )
            return People(shelf, self.lock)

    def lose(self, calendar: People) -> None:
        """Let the account have no part in a calendar any more."""
        with self.lock:
            del self.apis.shelves[calendar.id]

    def client_secret(self, path: Path) -> Path:
        """Write the file of the OAuth client that a person downloads from Google's console."""
        told = {
            "client_id": self.oauth.client_id,
            "project_id": "calsync-test",
            "auth_uri": f"{self.root}/o/oauth2/auth",
            "token_uri": f"{self.root}/token",
            "auth_provider_x509_cert_url": f"{self.root}/oauth2/v1/certs",
            "client_secret": self.oauth.client_secret,
            "redirect_uris": ["http://localhost"],
        }
        return _write(path, {"installed": told})

    def token(self, path: Path, scopes: Iterable[str] = CALENDAR, *, fresh: bool = True) -> Path:
        """Write the file of somebody who has signed in; where it isn't fresh, its access token is over."""
        with self.lock:
            grant = self.oauth.grant(tuple(scopes))
            told = self.oauth.access(grant)
        until = (
            datetime.fromtimestamp(0, self.now.tzinfo)
            if not fresh
            else Clock().now() + timedelta(seconds=told["expires_in"])
        )
        return _write(
            path,
            {
                "token": told["access_token"],
                "refresh_token": grant.refresh,
                "token_uri": f"{self.root}/token",
                "client_id": self.oauth.client_id,
                "client_secret": self.oauth.client_secret,
                "scopes": list(grant.scopes),
                "universe_domain": "googleapis.com",
                "account": "",
                "expiry": stamp(until),
            },
        )


def _write(path: Path, told: Mapping[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told), encoding="utf-8")
    path.chmod(0o600)
    return path
