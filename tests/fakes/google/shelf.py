"""One calendar as it is stored: its events by id, what an id means, and what changed when."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.fakes.google import recurrence, times
from tests.fakes.google.records import Record, Stale, next_version
from tests.fakes.google.refusal import Json, not_found

WRITERS = ("owner", "writer", "writerWithoutPrivateAccess")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an id means: a stored event, or an instance that only its series knows of (record is None)."""

    body: Json
    version: int
    record: Record | None = None
    master: Record | None = None

    @property
    def cancelled(self) -> bool:
        """Whether it was deleted."""
        return bool(self.body.get("status") == "cancelled")


@dataclass(kw_only=True)
class Shelf:
    """One calendar of the account.

    id: an address. data_owner: whose it is; the account itself where it is empty. purge_after: how long deleted
    events are still told of.
    """

    id: str
    account: str
    now: Callable[[], datetime]
    zone: str = "Europe/Istanbul"
    role: str = "owner"
    summary: str = ""
    data_owner: str = ""
    hidden: bool = False
    purge_after: timedelta = timedelta(days=30)
    records: dict[str, Record] = field(default_factory=dict)
    version: int = field(default_factory=next_version)
    shared_anew: int = 0

    @property
    def primary(self) -> bool:
        """Whether it is the account's own."""
        return self.id == self.account

    @property
    def owned(self) -> bool:
        """Whether the account is its data owner."""
        return self.data_owner in ("", self.account)

    def organizes(self, body: Json) -> bool:
        """Tell whether this calendar holds the organizer's copy of an event."""
        return bool(body.get("organizer", {}).get("email", self.id) == self.id)

    def gone(self, record: Record) -> bool:
        """Tell whether nothing is told of it any more."""
        return record.purged or (record.cancelled and record.updated + self.purge_after < self.now())

    def find(self, event_id: str) -> Found:
        """Return what an id means.

        Raises:
            Refusal: there is no such event (404).
        """
        record = self.records.get(event_id)
        if record is not None:
            if self.gone(record):
                raise not_found()
            return Found(
                body=record.body, version=record.version, record=record, master=self.records.get(record.master)
            )
        parts = recurrence.parted(event_id)
        master = self.records.get(parts[0]) if parts else None
        if parts is None or master is None or not master.series or self.gone(master):
            raise not_found()
        body = recurrence.find(master.body, parts[1], self.zone)
        if body is None:
            raise not_found()
        return Found(body=body, version=master.version, master=master)

    def instances(self, master: Record, records: Iterable[Record], until: datetime | None) -> list[Found]:
        """Return the instances of a series, touched ones among `records` in place of the rule's."""
        touched = {record.id: record for record in records if record.master == master.id}
        found = []
        for body in recurrence.instances(master.body, self.zone, until):
            if body["id"] not in touched:
                found.append(Found(body=body, version=master.version, master=master))
        for record in touched.values():
            found.append(Found(body=record.body, version=record.version, record=record, master=master))
        return found

    def add(self, body: Json, *, by_program: bool = False) -> Record:
        """Store a new event under the id in its body."""
        now = self.now()
        record = Record(body=body, created=now, updated=now, by_program=by_program)
        self.records[record.id] = record
        self._changed()
        return record

    def change(self, found: Found, body: Json, *, silent: bool = False) -> Record:
        """Store what an event is from now on; an instance that had none gets an exception of its own.

        silent: `updated` stays, as it does when only reminders change.
        """
        if found.record is None:
            kept = {name: value for name, value in body.items() if name != "recurrence"}
            return self.add(deepcopy(kept))
        record = found.record
        record.body = body
        record.version = next_version()
        if not silent:
            record.updated = self.now()
        self._changed()
        return record

    def cancel(self, found: Found) -> Record:
        """Delete an event; of a series, everything that belongs to it."""
        body = deepcopy(found.body)
        body["status"] = "cancelled"
        if found.record is not None and found.record.series:
            for record in [r for r in self.records.values() if r.master == found.record.id and not r.cancelled]:
                self.change(
                    Found(body=record.body, version=record.version, record=record),
                    record.body | {"status": "cancelled"},
                )
        return self.change(found, body)

    def lag(self, record: Record, before: Json | None, version: int, *, lists: int, seconds: float) -> None:
        """Let lists show for a while how it was before it was written."""
        until = self.now() + timedelta(seconds=seconds) if seconds else None
        if record.stale is None or record.stale.over(self.now()):
            record.stale = Stale(body=deepcopy(before), version=version, lists=lists, until=until)
        else:
            record.stale.lists, record.stale.until = lists, until

    def _changed(self) -> None:
        self.version = next_version()

    def complete(self, body: Json) -> Json:
        """Return an event with all that Calendar puts to it: address, organizer, status."""
        told = deepcopy(body)
        mine: Json = {"email": self.id, "self": True}
        if not self.primary:
            mine["displayName"] = self.summary
        told.setdefault("status", "confirmed")
        told.setdefault("iCalUID", f"{told['id']}@google.com")
        told.setdefault("sequence", 0)
        told.setdefault("eventType", "default")
        told.setdefault("reminders", {"useDefault": True})
        told.setdefault("creator", {"email": self.account} | ({"self": True} if self.primary else {}))
        told.setdefault("organizer", mine)
        told["organizer"]["self"] = told["organizer"].get("email") == self.id
        if not told["organizer"]["self"]:
            del told["organizer"]["self"]
        for guest in told.get("attendees", ()):
            guest.setdefault("responseStatus", "needsAction")
            if guest.get("email") == self.id:
                guest["self"] = True
        for name in ("start", "end"):
            told[name] = times.kept(told[name], self.zone)
        return told
