"""The two APIs without the wire: a request that was read goes in, an answer or a Refusal comes out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from tests.fakes.google import discovery, selector, showing
from tests.fakes.google.ask import Answer, Ask, Notice
from tests.fakes.google.clock import Clock
from tests.fakes.google.discovery import Wrong
from tests.fakes.google.gmail import Gmail
from tests.fakes.google.habits import Habits
from tests.fakes.google.listing import Lister
from tests.fakes.google.oauth import Grant, OAuth
from tests.fakes.google.pages import Pages
from tests.fakes.google.quota import Quota
from tests.fakes.google.refusal import Json, Refusal, not_found, scope_missing, unauthorized
from tests.fakes.google.shelf import Shelf
from tests.fakes.google.writing import Writer

_OWNED_ONLY = {"events.owned", "events.owned.readonly", "app.created"}
_AUTH = "https://www.googleapis.com/auth/calendar."


class Apis:
    """Calendar and Gmail of one account. wrongs: what no program of ours may ever do, as sentences."""

    def __init__(self, clock: Clock, oauth: OAuth, account: str) -> None:
        self.clock, self.oauth, self.account = clock, oauth, account
        self.shelves: dict[str, Shelf] = {}
        self.habits, self.quota = Habits(), Quota(clock)
        self.gmail = Gmail(clock, account)
        self.writer, self.lister, self._lists = Writer(), Lister(), Pages()
        self.wrongs: list[str] = []
        self.notified: list[Notice] = []
        on_shelf: dict[str, Callable[[Ask, Shelf], Answer]] = {
            "calendar.events.list": self.lister.events,
            "calendar.events.instances": self.lister.instances,
            "calendar.events.get": self._get,
            "calendar.events.insert": self.writer.insert,
            "calendar.events.patch": self.writer.patch,
            "calendar.events.update": self.writer.update,
            "calendar.events.delete": self.writer.delete,
            "calendar.calendars.get": lambda ask, shelf: Answer(body=showing.calendar(shelf)),
            "calendar.calendarList.get": lambda ask, shelf: Answer(body=showing.entry(shelf)),
        }
        self._handlers: dict[str, Callable[[Ask], Answer]] = {
            name: self._on_shelf(handler) for name, handler in on_shelf.items()
        } | {
            "calendar.calendarList.list": self._calendar_list,
            "gmail.users.messages.send": self.gmail.send,
            "gmail.users.getProfile": self.gmail.profile,
        }

    def answer(
        self, verb: str, path: str, query: str, headers: Mapping[str, str], body: bytes, tell: Callable[[str], None]
    ) -> Answer:
        """Answer one request; `tell` hears which method it is as soon as that is known.

        Raises:
            Refusal: with everything that goes into the answer.
        """
        try:
            return self._answer(verb, path, query, headers, body, tell)
        except Wrong as wrong:
            self.wrongs.append(f"{verb} {path}: {wrong.message}")
            raise

    def _answer(
        self, verb: str, path: str, query: str, headers: Mapping[str, str], body: bytes, tell: Callable[[str], None]
    ) -> Answer:
        api = discovery.calendar() if path.startswith("/calendar/") else discovery.gmail()
        known = api.find(verb, path)
        if known is None:
            raise Wrong(404, "notFound", "there is no such method")
        method, inside = known
        tell(method.id.split(".", 1)[1])
        grant = self._signed_in(method.id, headers)
        asked = api.query(method, parse_qs(query, keep_blank_values=True))
        handler = self._handlers.get(method.id)
        if handler is None:
            raise Wrong(403, "forbidden", f"{method.id} is nothing that calsync does")
        if not set(grant.scopes) & set(method.scopes):
            raise scope_missing()
        ask = Ask(
            method=method,
            path=inside,
            query=asked,
            headers=headers,
            body=self._body(method, headers, body),
            grant=grant,
            account=self.account,
            habits=self.habits,
            wrong=self.wrongs.append,
            mailed=self.notified.append,
        )
        wanted = selector.read(asked["fields"], api.schemas, method.gives) if "fields" in asked else {}
        self.quota.spend(ask)
        answer = handler(ask)
        if answer.body is not None:
            api.answer(method, answer.body)
            answer.body = selector.pick(answer.body, wanted)
        return answer

    def _signed_in(self, call: str, headers: Mapping[str, str]) -> Grant:
        if self.habits.has("expired token", call.split(".", 1)[1]) is not None:
            raise unauthorized()
        grant = self.oauth.bearer(headers.get("Authorization", ""))
        if grant is None:
            token = headers.get("Authorization", "").removeprefix("Bearer ")
            if token.startswith("ya29.") and token not in self.oauth.issued:
                self.wrongs.append("an access token came here that was given by another host")
            raise unauthorized()
        return grant

    def _body(self, method: discovery.Method, headers: Mapping[str, str], body: bytes) -> Json:
        if not method.takes:
            if body:
                raise Wrong(400, "badRequest", "a body where there is none to be")
            return {}
        if headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            raise Refusal(400, "parseError", "Parse Error")
        try:
            read: Any = json.loads(body)
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise Refusal(400, "parseError", "Parse Error")
        method.api.body(method, read)
        return read

    def _on_shelf(self, handler: Callable[[Ask, Shelf], Answer]) -> Callable[[Ask], Answer]:
        def handle(ask: Ask) -> Answer:
            wanted = ask.path["calendarId"]
            shelf = self.shelves.get(self.account if wanted == "primary" else wanted)
            if shelf is None:
                raise not_found()
            self._check_owned(ask, shelf)
            return handler(ask, shelf)

        return handle

    def _check_owned(self, ask: Ask, shelf: Shelf) -> None:
        """The scopes for one's own calendars are none for those of others."""
        fitting = {scope.removeprefix(_AUTH) for scope in set(ask.grant.scopes) & set(ask.method.scopes)}
        if fitting <= _OWNED_ONLY and not shelf.owned:
            raise scope_missing()

    def _get(self, ask: Ask, shelf: Shelf) -> Answer:
        found = shelf.find(ask.path["eventId"])
        told = showing.event(
            found, shelf, zone=ask.query.get("timeZone", ""), most_attendees=ask.query.get("maxAttendees", 0)
        )
        headers = {"ETag": told["etag"]}
        if ask.headers.get("If-None-Match") == told["etag"]:
            return Answer(body=None, code=304, headers=headers)
        return Answer(body=told, headers=headers)

    def _calendar_list(self, ask: Ask) -> Answer:
        if "syncToken" in ask.query:
            raise Wrong(400, "invalid", "calsync keeps no sync tokens")
        least = {"freeBusyReader": 0, "reader": 1, "writerWithoutPrivateAccess": 2, "writer": 3, "owner": 4}
        floor = least.get(ask.query.get("minAccessRole", ""), 0)
        if "pageToken" in ask.query:
            return Answer(body=self._lists.turn(ask))
        shown = [
            showing.entry(shelf)
            for shelf in self.shelves.values()
            if least[shelf.role] >= floor and (ask.query.get("showHidden") or not shelf.hidden)
        ]
        return Answer(body=self._lists.cut(ask, {"kind": "calendar#calendarList", "etag": '"p33"'}, shown))
