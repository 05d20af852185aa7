"""events.insert, patch, update and delete, with everything that Calendar refuses or does in passing."""

from __future__ import annotations

import secrets
from copy import deepcopy
from datetime import timedelta

from tests.fakes.google import fields, notices, showing, times
from tests.fakes.google.ask import Answer, Ask
from tests.fakes.google.records import READ_ONLY, etag, merged, next_version
from tests.fakes.google.refusal import (
    Json,
    Refusal,
    condition_not_met,
    deleted,
    duplicate,
    event_type,
    no_writer,
    not_organizer,
)
from tests.fakes.google.shelf import WRITERS, Found, Shelf

LOCKED = ("summary", "description", "location", "start", "end", "recurrence")
GUESTS_OWN = frozenset({"reminders", "transparency", "colorId", "eventLabelId", "visibility"})


class Writer:
    """Writes to calendars.

    local_edits, foreign_edits: what was changed of other people's meetings. near: how far ahead a program of ours
    may write; None: wherever.
    """

    def __init__(self) -> None:
        self.local_edits: list[str] = []
        self.foreign_edits: list[str] = []
        self.near: timedelta | None = None

    def insert(self, ask: Ask, shelf: Shelf) -> Answer:
        """Store a new event."""
        self._may_write(shelf)
        body = {name: value for name, value in ask.body.items() if value is not None}
        fields.check_new(body, shelf.primary)
        if "id" not in body:
            ask.wrong("an event was inserted without an id of its own: a lost answer would make it stand twice")
        event_id = body.get("id") or secrets.token_hex(13)
        if event_id in shelf.records:
            raise duplicate()
        notices.check(ask)
        fields.check(body, shelf.zone)
        new = {name: value for name, value in body.items() if name not in READ_ONLY} | {"id": event_id}
        if "iCalUID" in body:
            new["iCalUID"] = body["iCalUID"]
        if not ask.query.get("conferenceDataVersion"):
            new.pop("conferenceData", None)
        self._check_near(ask, shelf, new)
        record = shelf.add(shelf.complete(self._kept(ask, new)), by_program=True)
        self._lag(ask, shelf, record.id, None, record.version)
        notices.of_insert(ask, shelf, record.body)
        return self._answer(ask, shelf, shelf.find(record.id))

    def patch(self, ask: Ask, shelf: Shelf) -> Answer:
        """Change some fields of an event."""
        found = self._to_change(ask, shelf)
        return self._store(ask, shelf, found, merged(found.body, self._taken(ask, found)))

    def update(self, ask: Ask, shelf: Shelf) -> Answer:
        """Replace an event: what the body leaves out is gone."""
        found = self._to_change(ask, shelf)
        stays = {name: value for name, value in found.body.items() if name in READ_ONLY or name in ("id", "eventType")}
        if not ask.query.get("conferenceDataVersion") and "conferenceData" in found.body:
            stays["conferenceData"] = found.body["conferenceData"]
        taken = {name: value for name, value in self._taken(ask, found).items() if value is not None}
        return self._store(ask, shelf, found, stays | taken)

    def delete(self, ask: Ask, shelf: Shelf) -> Answer:
        """Delete an event; one of a series leaves an exception behind."""
        self._may_write(shelf)
        found = shelf.find(ask.path["eventId"])
        if found.cancelled:
            raise deleted()
        self._check_version(ask, found)
        notices.check(ask)
        if found.record is None or not found.record.by_program:
            ask.wrong(f"{ask.path['eventId']} was deleted, which no program of ours has made")
        before = deepcopy(found.body) if found.record else None
        record = shelf.cancel(found)
        self._lag(ask, shelf, record.id, before, found.version)
        notices.of_delete(ask, shelf, record.body)
        return Answer(body=None, code=204)

    def _may_write(self, shelf: Shelf) -> None:
        if shelf.role not in WRITERS:
            raise no_writer()

    def _to_change(self, ask: Ask, shelf: Shelf) -> Found:
        self._may_write(shelf)
        found = shelf.find(ask.path["eventId"])
        self._check_version(ask, found)
        self._check_near(ask, shelf, found.body)
        if found.cancelled:
            raise Refusal(403, "forbidden", "Forbidden")
        notices.check(ask)
        if found.record is None or not found.record.by_program:
            self._check_manners(ask, shelf, found.body)
        return found

    def _check_version(self, ask: Ask, found: Found) -> None:
        wanted = ask.headers.get("If-Match")
        if wanted is None:
            ask.wrong(f"{ask.name} without If-Match: somebody's edit of just now would be lost")
        elif wanted != etag(found.version):
            raise condition_not_met()

    def _check_near(self, ask: Ask, shelf: Shelf, body: Json) -> None:
        if self.near is not None and times.instant(body["start"], shelf.zone) > shelf.now() + self.near:
            ask.wrong(f"{body['id']} was written, and is far ahead")

    def _check_manners(self, ask: Ask, shelf: Shelf, body: Json) -> None:
        """Note what a program has no business to write into an event that it didn't make."""
        if not shelf.organizes(body):
            ask.wrong("a guest's copy of a meeting was written to")
        if body.get("locked"):
            ask.wrong("a locked event was written to")
        if body.get("eventType", "default") != "default":
            ask.wrong(f"an event of the type {body['eventType']} was written to")
        foreign = set(ask.body) - {"description", "extendedProperties"}
        foreign |= set(ask.body.get("extendedProperties") or {}) - {"private"}
        if ask.name == "events.update":
            ask.wrong("events.update replaces an event of somebody else's as a whole")
        elif foreign:
            ask.wrong(f"{', '.join(sorted(foreign))} of an event of somebody else's was written")

    def _taken(self, ask: Ask, found: Found) -> Json:
        """Return what of a body is for a program to set; the rest is passed over in silence."""
        taken = {name: value for name, value in ask.body.items() if name not in READ_ONLY and name != "id"}
        if not ask.query.get("conferenceDataVersion"):
            taken.pop("conferenceData", None)
        if taken.get("sequence") is not None and taken["sequence"] < found.body.get("sequence", 0):
            del taken["sequence"]
        return taken

    def _store(self, ask: Ask, shelf: Shelf, found: Found, new: Json) -> Answer:
        old = found.body
        fields.check({name: value for name, value in new.items()}, shelf.zone)
        self._check_kind(old, new)
        if old.get("locked") and any(old.get(name) != new.get(name) for name in LOCKED):
            raise Refusal(403, "forbidden", "The event is locked.", domain="calendar")
        new = self._kept(ask, new)
        for name in ("start", "end"):
            new[name] = times.kept(new[name], shelf.zone)
        changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
        if changed and not shelf.organizes(old) and not changed <= GUESTS_OWN:
            if not old.get("guestsCanModify"):
                return self._guest(ask, shelf, found, new)
            self.foreign_edits.append(found.body["id"])
        if not changed and found.record is not None:
            if ask.habits.has("version moves without a change", ask.name) is not None:
                found.record.version = next_version()
            return self._answer(ask, shelf, shelf.find(found.record.id))
        record = shelf.change(found, new, silent=changed == {"reminders"})
        self._lag(ask, shelf, record.id, old if found.record else None, found.version)
        notices.of_change(ask, shelf, record.body)
        return self._answer(ask, shelf, shelf.find(record.id))

    def _guest(self, ask: Ask, shelf: Shelf, found: Found, new: Json) -> Answer:
        """A guest writes into the organizer's meeting; three things were seen to come of it."""
        if ask.habits.has("guest's write ignored", ask.name) is not None:
            return self._answer(ask, shelf, found)
        if ask.habits.has("guest's write kept apart", ask.name) is not None:
            self.local_edits.append(found.body["id"])
            record = shelf.change(found, new)
            return self._answer(ask, shelf, shelf.find(record.id))
        raise not_organizer()

    def _check_kind(self, old: Json, new: Json) -> None:
        kind = old.get("eventType", "default")
        if new.get("eventType", "default") != kind:
            raise event_type("The event type cannot be changed.")
        if kind != "default" and any(
            old.get(n) != new.get(n) for n in ("description", "extendedProperties", "summary")
        ):
            raise event_type()

    def _kept(self, ask: Ask, body: Json) -> Json:
        trimmed = ask.habits.has("trimmed descriptions", ask.name) if body.get("description") else None
        told = fields.kept(body, fields.LONGEST_DESCRIPTION if trimmed is None else trimmed["at"])
        if not told.get("description"):
            told.pop("description", None)
        properties = told.get("extendedProperties")
        if properties is not None:
            left = {side: pairs for side, pairs in properties.items() if pairs}
            told.pop("extendedProperties")
            if left:
                told["extendedProperties"] = left
        return told

    def _lag(self, ask: Ask, shelf: Shelf, event_id: str, before: Json | None, version: int) -> None:
        stale = ask.habits.has("stale lists", ask.name)
        if stale is not None:
            record = shelf.records[event_id]
            shelf.lag(record, before, version, lists=stale.get("lists", 0), seconds=stale.get("seconds", 0))

    def _answer(self, ask: Ask, shelf: Shelf, found: Found) -> Answer:
        told = showing.event(found, shelf, most_attendees=ask.query.get("maxAttendees", 0))
        return Answer(body=told, headers={"ETag": told["etag"]})
