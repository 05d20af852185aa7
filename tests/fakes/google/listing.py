"""events.list and events.instances: windows, filters, deleted ones, sync tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.fakes.google import showing, times
from tests.fakes.google.ask import Answer, Ask
from tests.fakes.google.pages import Pages
from tests.fakes.google.records import Record, next_version
from tests.fakes.google.refusal import Json, Refusal, empty_range, invalid
from tests.fakes.google.shelf import Found, Shelf

HALF_A_YEAR = timedelta(days=183)
KEPT = timedelta(days=28)
_NOT_WITH_SYNC = "timeMin timeMax updatedMin orderBy q iCalUID privateExtendedProperty sharedExtendedProperty".split()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sync:
    shelf: str
    shared_anew: int
    single: bool
    kinds: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    lower: datetime | None
    upper: datetime | None

    def has(self, found: Found, home: str) -> bool:
        if "start" not in found.body:
            return True
        lasts = times.stretch(found.body, home)
        return (self.lower is None or lasts.end > self.lower) and (self.upper is None or lasts.start < self.upper)


class Lister:
    """Answers lists; it remembers the tokens that it gave."""

    def __init__(self) -> None:
        self.pages = Pages()
        self._syncs: dict[str, _Sync] = {}

    def forget(self) -> None:
        """Let every sync token be too old."""
        self._syncs.clear()

    def events(self, ask: Ask, shelf: Shelf) -> Answer:
        """events.list."""
        self._check(ask)
        window = _window(ask)
        sync = self._sync(ask, shelf)
        self._check_updated_min(ask, shelf)
        omitted = (ask.habits.has("missing from lists", ask.name) or {}).get("event")
        head = showing.listing(shelf, late=omitted is not None or _late(shelf))
        known = ask.headers.get("If-None-Match")
        if known is not None and known == head["etag"]:
            return Answer(body=None, code=304, headers={"ETag": head["etag"]})
        if "pageToken" in ask.query:
            return self._answer(self.pages.turn(ask))
        single = bool(ask.query.get("singleEvents"))
        seen = list(_seen(shelf))
        chosen = [
            found
            for found in _entries(shelf, seen, single=single, window=window, sync=sync)
            if found.body["id"] != omitted and self._wanted(ask, shelf, found, window, sync)
        ]
        chosen = _ordered(ask, shelf, chosen)
        _age(shelf)
        asked = {"zone": ask.query.get("timeZone", ""), "most_attendees": ask.query.get("maxAttendees", 0)}
        items = [showing.event(found, shelf, **asked) for found in chosen]
        return self._answer(self.pages.cut(ask, head, items, self._next(ask, shelf)))

    def instances(self, ask: Ask, shelf: Shelf) -> Answer:
        """events.instances."""
        window = _window(ask)
        master = shelf.find(ask.path["eventId"])
        if "pageToken" in ask.query:
            return self._answer(self.pages.turn(ask))
        if master.record is None or not master.record.series:
            raise Refusal(400, "invalid", "The event is not a recurring event.")
        found = shelf.instances(master.record, shelf.records.values(), window.upper)
        chosen = [
            one
            for one in found
            if window.has(one, shelf.zone)
            and (ask.query.get("showDeleted") or not one.cancelled)
            and ask.query.get("originalStart") in (None, one.body["originalStartTime"].get("dateTime"))
        ]
        chosen.sort(key=lambda one: times.instant(one.body["originalStartTime"], shelf.zone))
        items = [showing.event(one, shelf, zone=ask.query.get("timeZone", "")) for one in chosen]
        return self._answer(self.pages.cut(ask, showing.listing(shelf), items))

    def _answer(self, body: Json) -> Answer:
        return Answer(body=body, headers={"ETag": body["etag"]})

    def _check(self, ask: Ask) -> None:
        asked = ask.query
        if asked.get("orderBy") == "startTime" and not asked.get("singleEvents"):
            raise invalid("orderBy", "The requested ordering is not available for the particular query.")
        for name in ("privateExtendedProperty", "sharedExtendedProperty"):
            for pair in asked.get(name, ()):
                if "=" not in pair:
                    raise invalid(name)
        if len(asked.get("privateExtendedProperty", ())) > 1:
            ask.wrong("two privateExtendedProperty filters: Google says both that they are OR-ed and AND-ed")
        if "timeZone" in asked:
            times.zone(asked["timeZone"])
        if "syncToken" in asked and (asked.get("showDeleted") is False or any(n in asked for n in _NOT_WITH_SYNC)):
            raise invalid("syncToken", "Sync token cannot be used with other query restrictions.")

    def _check_updated_min(self, ask: Ask, shelf: Shelf) -> None:
        if "updatedMin" in ask.query and times.parameter("updatedMin", ask.query["updatedMin"]) < shelf.now() - KEPT:
            raise Refusal(
                410,
                "updatedMinTooLongAgo",
                "The requested minimum modification time lies too far in the past.",
                domain="calendar",
                where=("parameter", "updatedMin"),
            )

    def _sync(self, ask: Ask, shelf: Shelf) -> _Sync | None:
        if "syncToken" not in ask.query:
            return None
        sync = self._syncs.get(ask.query["syncToken"])
        if sync is None or sync.shelf != shelf.id or sync.shared_anew != shelf.shared_anew:
            raise Refusal(
                410,
                "fullSyncRequired",
                "Sync token is no longer valid, a full sync is required.",
                domain="calendar",
                where=("parameter", "syncToken"),
            )
        if (sync.single, sync.kinds) != _kind_of(ask):
            raise invalid("syncToken", "Sync token cannot be used with other query restrictions.")
        return sync

    def _next(self, ask: Ask, shelf: Shelf) -> str:
        if any(name in ask.query for name in ("orderBy", "q", "updatedMin", "iCalUID")):
            return ""
        single, kinds = _kind_of(ask)
        token = f"C{secrets.token_urlsafe(18)}="
        self._syncs[token] = _Sync(
            shelf=shelf.id, shared_anew=shelf.shared_anew, single=single, kinds=kinds, version=next_version()
        )
        return token

    def _wanted(self, ask: Ask, shelf: Shelf, found: Found, window: _Window, sync: _Sync | None) -> bool:
        asked, body = ask.query, found.body
        if sync is None and not window.has(found, shelf.zone):
            return False
        if found.cancelled and sync is None and not self._shows_cancelled(ask, found):
            return False
        record = found.record or found.master
        assert record is not None
        if "updatedMin" in asked and record.updated < times.parameter("updatedMin", asked["updatedMin"]):
            return False
        if "eventTypes" in asked and body.get("eventType", "default") not in asked["eventTypes"]:
            return False
        if "iCalUID" in asked and body.get("iCalUID") != asked["iCalUID"]:
            return False
        if "q" in asked and asked["q"].casefold() not in _text(body):
            return False
        for name, side in (("privateExtendedProperty", "private"), ("sharedExtendedProperty", "shared")):
            held = body.get("extendedProperties", {}).get(side, {})
            if any(held.get(pair.partition("=")[0]) != pair.partition("=")[2] for pair in asked.get(name, ())):
                return False
        return True

    def _shows_cancelled(self, ask: Ask, found: Found) -> bool:
        if ask.query.get("showDeleted") or "updatedMin" in ask.query:
            return True
        exception = "recurringEventId" in found.body and not (found.master and found.master.cancelled)
        return exception and not ask.query.get("singleEvents") and "showDeleted" not in ask.query


def _window(ask: Ask) -> _Window:
    bounds = {n: times.parameter(n, ask.query[n]) for n in ("timeMin", "timeMax") if n in ask.query}
    lower, upper = bounds.get("timeMin"), bounds.get("timeMax")
    if lower is not None and upper is not None and lower >= upper:
        raise empty_range()
    return _Window(lower=lower, upper=upper)


def _kind_of(ask: Ask) -> tuple[bool, tuple[str, ...]]:
    return bool(ask.query.get("singleEvents")), tuple(sorted(ask.query.get("eventTypes", ())))


def _seen(shelf: Shelf) -> Iterator[Record]:
    """Give the records as lists show them by now: some a little late."""
    for record in shelf.records.values():
        stale = record.stale
        if shelf.gone(record):
            continue
        if stale is None or stale.over(shelf.now()):
            yield record
        elif stale.body is not None:
            yield replace(record, body=stale.body, version=stale.version)


def _late(shelf: Shelf) -> bool:
    """Tell whether lists don't show all by now."""
    return any(record.stale is not None and not record.stale.over(shelf.now()) for record in shelf.records.values())


def _age(shelf: Shelf) -> None:
    for record in shelf.records.values():
        if record.stale is not None and record.stale.lists:
            record.stale.lists -= 1


def _entries(shelf: Shelf, seen: list[Record], *, single: bool, window: _Window, sync: _Sync | None) -> Iterator[Found]:
    ids = {record.id: record for record in seen}
    for record in seen:
        if sync is not None and record.version <= sync.version:
            continue
        if not (single and record.series):
            if record.master and single and record.master in ids:
                continue  # it comes with its series
            yield Found(body=record.body, version=record.version, record=record, master=ids.get(record.master))
    if not single:
        return
    for master in [record for record in seen if record.series]:
        touched = [record for record in seen if record.master == master.id]
        if sync is not None and master.version <= sync.version:
            for one in touched:
                if one.version > sync.version:
                    yield Found(body=one.body, version=one.version, record=one, master=master)
            continue
        until = window.upper if sync is None else None
        if master.cancelled:
            until = min(until or datetime.max.replace(tzinfo=shelf.now().tzinfo), shelf.now() + HALF_A_YEAR)
        yield from shelf.instances(master, touched, until)


def _ordered(ask: Ask, shelf: Shelf, found: Iterable[Found]) -> list[Found]:
    if ask.habits.has("re-ordered pages", ask.name) is not None:
        return sorted(found, key=lambda one: hashlib.sha256(one.body["id"].encode()).digest())
    if ask.query.get("orderBy") == "startTime":
        return sorted(found, key=lambda one: (times.instant(one.body["start"], shelf.zone), one.body["id"]))
    if ask.query.get("orderBy") == "updated":
        return sorted(found, key=lambda one: one.record.updated if one.record else shelf.now())
    return list(found)


def _text(body: Json) -> str:
    guests = [guest.get(name, "") for guest in body.get("attendees", ()) for name in ("email", "displayName")]
    return " ".join([body.get(name) or "" for name in ("summary", "description", "location")] + guests).casefold()
