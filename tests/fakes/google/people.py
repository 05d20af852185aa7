"""What people and other programs do in a calendar, past the API: invite, move, edit, split, answer, delete."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, datetime, timedelta
from threading import RLock
from typing import Any

from tests.fakes.google import recurrence, showing, times
from tests.fakes.google.fields import check
from tests.fakes.google.records import Record, merged
from tests.fakes.google.refusal import Json
from tests.fakes.google.shelf import Found, Shelf

_TOMBSTONES = 26


class People:
    """A calendar in the hands of people; every event is given and taken as the API's resource.

    A start or end may also be an aware datetime, which takes its zone along, or a date.
    """

    def __init__(self, shelf: Shelf, lock: RLock) -> None:
        self.shelf = shelf
        self._lock: Any = lock

    @property
    def id(self) -> str:
        """The calendar's id."""
        return self.shelf.id

    def put(self, event: Mapping[str, Any]) -> Json:
        """Add an event; an id of Google's kind is made up where there is none. Any field can be set."""
        with self._lock:
            body = _plain(event)
            body.setdefault("id", secrets.token_hex(13))
            body = self.shelf.complete(body)
            check(body, self.shelf.zone)
            return self._told(self.shelf.add(body))

    def get(self, event_id: str) -> Json:
        """Return an event, deleted or not, of a series also an instance; with everything that is stored."""
        with self._lock:
            found = self.shelf.find(event_id)
            record = found.record or found.master
            assert record is not None
            return deepcopy(found.body) | {"etag": f'"{found.version}"'}

    def events(self) -> list[Json]:
        """Return what stands, series as their masters, in the order in which it came."""
        with self._lock:
            return [self._told(record) for record in self.shelf.records.values() if not record.cancelled]

    def by_program(self) -> list[Json]:
        """Return what stands and was inserted through the API."""
        with self._lock:
            return [self._told(r) for r in self.shelf.records.values() if r.by_program and not r.cancelled]

    def edit(self, event_id: str, **changes: Any) -> Json:
        """Change fields of an event or of one instance, as PATCH would; None takes a field away."""
        with self._lock:
            found = self.shelf.find(event_id)
            body = merged(found.body, _plain(changes))
            for name in ("start", "end"):
                body[name] = times.kept(body[name], self.shelf.zone)
            return self._told(self.shelf.change(found, body))

    def move(self, event_id: str, start: datetime | date) -> Json:
        """Let an event begin at another time and last as long as before."""
        body = self.get(event_id)
        lasts = times.stretch(body, self.shelf.zone)
        return self.edit(event_id, start=start, end=start + (lasts.end - lasts.start))

    def delete(self, event_id: str, *, bare: bool = False, wrong_times: bool = False, purged: bool = False) -> None:
        """Delete an event. bare: nothing but its id is told of it then. purged: and it is gone for good.

        wrong_times: it is told of with times of years ago, as some guests' copies are that were taken away.
        """
        with self._lock:
            record = self.shelf.cancel(self.shelf.find(event_id))
            record.purged = purged
            if bare:
                record.body["_bare"] = True
            if wrong_times:
                long_ago = self.shelf.now().replace(microsecond=0) - timedelta(days=3000)
                record.body |= {"_wrong_times": True, "_bare": True}
                record.body["start"] = times.said(long_ago)
                record.body["end"] = times.said(long_ago + timedelta(hours=1))

    def undelete(self, event_id: str) -> Json:
        """Take an event out of the bin."""
        with self._lock:
            found = self.shelf.find(event_id)
            body = {k: v for k, v in found.body.items() if not k.startswith("_")} | {"status": "confirmed"}
            return self._told(self.shelf.change(found, body))

    def answer(self, event_id: str, guest: str, response: str) -> Json:
        """Let a guest accept, decline or hesitate."""
        with self._lock:
            found = self.shelf.find(event_id)
            body = deepcopy(found.body)
            for attendee in body["attendees"]:
                if attendee["email"] == guest:
                    attendee["responseStatus"] = response
            return self._told(self.shelf.change(found, body))

    def split(self, series: str, at: datetime | date) -> Json:
        """Let a series begin anew at one of its starts ("this and following"), and return the tail.

        The tail has another id and iCalUID and takes everything along, also private properties; so do its
        exceptions. The instances that were are told of as cancelled.
        """
        with self._lock:
            master = self.shelf.records[series]
            body, home = deepcopy(master.body), self.shelf.zone
            old_tail = [
                found
                for found in self.shelf.instances(master, self.shelf.records.values(), None)
                if times.instant(found.body["originalStartTime"], home) >= _utc(at, home)
            ]
            old_tail.sort(key=lambda one: times.instant(one.body["originalStartTime"], home))
            stamp = recurrence.instance_id("", at).strip("_").removesuffix("Z")
            tail_id = f"{recurrence.split_base(series)}_R{stamp}"
            tail = recurrence.instance(body, at, home)
            for name in ("recurringEventId", "originalStartTime"):
                del tail[name]
            tail |= {"id": tail_id, "iCalUID": f"{tail_id}@google.com"}
            tail["recurrence"] = recurrence.begun_at(body, at, home)
            found = Found(body=master.body, version=master.version, record=master)
            self.shelf.change(found, body | {"recurrence": recurrence.ended_before(body, at, home)})
            new = self.shelf.add(tail)
            for one in old_tail[:_TOMBSTONES]:
                if one.record is not None and not one.cancelled:
                    copied = deepcopy(one.body)
                    copied["id"] = f"{tail_id}_{one.body['id'].rpartition('_')[2]}"
                    self.shelf.add(copied | {"recurringEventId": tail_id, "iCalUID": tail["iCalUID"]})
                if not one.cancelled:
                    self.shelf.cancel(one)
            return self._told(new)

    def rename(self, event_id: str) -> Json:
        """Let an instance of a tail go back to an id of the series before the split, as single edits were seen to."""
        with self._lock:
            found = self.shelf.find(event_id)
            base, _, stamp = event_id.rpartition("_")
            body = deepcopy(found.body)
            self.shelf.cancel(found)
            old = recurrence.split_base(base)
            self.shelf.records.pop(f"{old}_{stamp}", None)
            return self._told(self.shelf.add(body | {"id": f"{old}_{stamp}"}))

    def share(self, role: str) -> None:
        """Let the account have another role here; sync tokens end with that."""
        with self._lock:
            self.shelf.role = role
            self.shelf.shared_anew += 1

    def transfer(self, event_id: str, to: People) -> Json:
        """Move an event to another calendar: its organizer changes, and a bare trace of it stays here."""
        with self._lock:
            body = self.get(event_id)
            for name in ("etag", "organizer", "creator"):
                del body[name]
            self.delete(event_id, bare=True)
            return to.put(body)

    def edit_in_browser(self, event_id: str, change: Callable[[str], str] = lambda text: text) -> Json:
        """Let a person open the event in Google's own page and save it: its description is HTML from then on.

        change: what she does to the text before.
        """
        text = change(self.get(event_id).get("description", ""))
        return self.edit(event_id, description=_as_html(text))

    def touch(self, event_id: str) -> Json:
        """Give an event another version, and nothing else."""
        with self._lock:
            found = self.shelf.find(event_id)
            return self._told(self.shelf.change(found, found.body))

    def _told(self, record: Record) -> Json:
        return showing.event(Found(body=record.body, version=record.version, record=record), self.shelf)


def _utc(moment: datetime | date, home: str) -> datetime:
    return times.instant(times.said(moment), home)


def _plain(event: Mapping[str, Any]) -> Json:
    """Return an event with starts and ends of Python written as the API does."""
    body = deepcopy(dict(event))
    for name in ("start", "end"):
        moment = body.get(name)
        if isinstance(moment, date):  # a datetime is one too
            body[name] = times.said(moment, getattr(getattr(moment, "tzinfo", None), "key", ""))
    return body


def _as_html(text: str) -> str:
    if "<" not in text:
        text = html.escape(text, quote=False).replace("\n", "<br>")
    text = text.replace("  ", " &nbsp;")
    if "<a " not in text:
        text = re.sub(r"(https?://[^\s<&]+)", r'<a href="\1">\1</a>', text)
    return f"<p><span>{text}</span></p>"
