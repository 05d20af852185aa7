"""An event as it is answered: in the calendar's zone, shortened for those who may not see all, bare when deleted."""

from __future__ import annotations

import base64
from copy import deepcopy

from tests.fakes.google import times
from tests.fakes.google.clock import stamp
from tests.fakes.google.records import etag
from tests.fakes.google.refusal import Json
from tests.fakes.google.shelf import Found, Shelf

_BARE = ("id", "status", "recurringEventId", "originalStartTime")
_BUSY = (*_BARE, "start", "end", "iCalUID", "recurrence", "visibility", "transparency", "eventType", "sequence")
_UNSAID = {
    "transparency": "opaque",
    "visibility": "default",
    "guestsCanModify": False,
    "guestsCanInviteOthers": True,
    "guestsCanSeeOtherGuests": True,
    "anyoneCanAddSelf": False,
    "locked": False,
    "privateCopy": False,
    "attendeesOmitted": False,
    "endTimeUnspecified": False,
}


def event(found: Found, shelf: Shelf, *, zone: str = "", most_attendees: int = 0) -> Json:
    """Return the resource; what has its default value is left out, as Calendar does."""
    body = deepcopy(found.body)
    told: Json = {"kind": "calendar#event", "etag": etag(found.version)}
    if found.cancelled and (body.get("recurringEventId") or body.get("_bare") or not shelf.organizes(body)):
        times_too = ("start", "end") if body.get("_wrong_times") else ()
        body = {name: body[name] for name in (*_BARE, *times_too) if name in body}
    elif shelf.role == "freeBusyReader" or _secret(body, shelf):
        body = {name: body[name] for name in _BUSY if name in body} | {"visibility": "private"}
    if "start" in body:
        record = found.record or found.master
        assert record is not None
        told |= {
            "htmlLink": _link(shelf, body["id"]),
            "created": stamp(record.created),
            "updated": stamp(record.updated),
        }
    for name in ("start", "end", "originalStartTime"):
        if name in body:
            body[name] = times.shown(body[name], shelf.zone, zone)
    _fewer_guests(body, shelf, most_attendees)
    for name, default in _UNSAID.items():
        if body.get(name) == default:
            del body[name]
    return told | {name: value for name, value in body.items() if value not in (None, {}, [], "")}


def _secret(body: Json, shelf: Shelf) -> bool:
    hides = shelf.role in ("reader", "writerWithoutPrivateAccess")
    return hides and body.get("visibility") in ("private", "confidential")


def _link(shelf: Shelf, event_id: str) -> str:
    pair = base64.urlsafe_b64encode(f"{event_id} {shelf.id}".encode()).rstrip(b"=").decode()
    return f"https://www.google.com/calendar/event?eid={pair}"


def _fewer_guests(body: Json, shelf: Shelf, most: int) -> None:
    guests = body.get("attendees", [])
    hidden = body.get("guestsCanSeeOtherGuests") is False and not shelf.organizes(body)
    if hidden or (most and len(guests) > most):
        body["attendees"] = [guest for guest in guests if guest.get("self")]
        body["attendeesOmitted"] = True


def listing(shelf: Shelf, *, late: bool = False) -> Json:
    """Return what a page of events says of the calendar; late: it isn't the version that lists will show soon."""
    return {
        "kind": "calendar#events",
        "etag": etag(shelf.version + late),  # versions are odd
        "summary": shelf.summary,
        "description": "",
        "updated": stamp(max((record.updated for record in shelf.records.values()), default=shelf.now())),
        "timeZone": shelf.zone,
        "accessRole": shelf.role,
        "defaultReminders": [{"method": "popup", "minutes": 10}] if shelf.role == "owner" else [],
    }


def entry(shelf: Shelf) -> Json:
    """Return the calendar as it stands in the list of calendars."""
    told: Json = {
        "kind": "calendar#calendarListEntry",
        "etag": etag(shelf.version),
        "id": shelf.id,
        "summary": shelf.summary,
        "timeZone": shelf.zone,
        "colorId": "14",
        "backgroundColor": "#9fe1e7",
        "foregroundColor": "#000000",
        "selected": True,
        "accessRole": shelf.role,
        "defaultReminders": [],
        "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
    }
    if shelf.primary:
        told["primary"] = True
    if shelf.hidden:
        told["hidden"] = True
    if shelf.data_owner:
        told["dataOwner"] = shelf.data_owner
    return told


def calendar(shelf: Shelf) -> Json:
    """Return the calendar by itself."""
    return {
        "kind": "calendar#calendar",
        "etag": etag(shelf.version),
        "id": shelf.id,
        "summary": shelf.summary,
        "timeZone": shelf.zone,
    }
