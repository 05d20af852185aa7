"""What a person reads of an event: title, people, text, place (RFC 5545 §3.8)."""

from __future__ import annotations

from typing import Any

from calsync.calendars.ical import lines
from calsync.calendars.ical.event import Event
from calsync.model.event import Attendee, Status
from calsync.planning import fence

_THINGS = frozenset({"ROOM", "RESOURCE"})
_STATUS = {"CANCELLED": Status.CANCELLED, "TENTATIVE": Status.TENTATIVE}


def facts(event: Event) -> dict[str, Any]:
    """Return the fields of an Occurrence that every instance of this component shares."""
    people = event.properties.get("ATTENDEE", ())
    organizer = event.properties.get("ORGANIZER")
    return {
        "summary": event.text("SUMMARY"),
        "description": event.description,
        "location": event.text("LOCATION"),
        "url": event.first("URL"),
        "status": _STATUS.get(event.first("STATUS").strip().upper(), Status.CONFIRMED),
        "transparent": event.first("TRANSP").strip().upper() == "TRANSPARENT",
        # RFC 5545 knows no such thing; Exchange and Outlook write it so ([MS-OXCICAL] 2.1.3.1.1.20.31).
        "out_of_office": event.first("X-MICROSOFT-CDO-BUSYSTATUS").strip().upper() == "OOF",
        # A class that nobody knows is to be treated as private (§3.8.1.3).
        "private": event.first("CLASS").strip().upper() not in ("", "PUBLIC"),
        "organizer": _attendee(*organizer[0]) if organizer else None,
        "attendees": tuple(person for given, value in people if (person := _attendee(given, value))),
        "sequence": event.number("SEQUENCE"),
        "last_modified": event.last_modified,
        "version": lines.digest(event.component.raw),
    }


def _attendee(given: str, value: str) -> Attendee | None:
    """Return who a calendar address names, or None where it is no mail address."""
    address = value.strip()
    if address[:7].lower() == "mailto:":
        address = address[7:]
    said = lines.parameters(given) if given else {}
    if "@" not in address:  # a directory's path or a phone number; the address may stand beside it
        address = said.get("EMAIL", "")
        if "@" not in address:
            return None
    return Attendee(
        email=address.strip().lower(),
        name=said.get("CN", "").strip(),
        partstat=said.get("PARTSTAT", "").upper() or "NEEDS-ACTION",
        person=said.get("CUTYPE", "").upper() not in _THINGS,
    )


def unwritable(event: Event) -> str:
    """Return why a note can't be put into this component, or the empty string."""
    if event.uid is None:
        return "it has no UID, so it could not be found again"
    if event.component.close < 0:
        return "it is damaged: END:VEVENT is missing"
    texts = event.properties.get("DESCRIPTION", ())
    if len(texts) > 1:
        return "it has more than one DESCRIPTION"
    if not texts:
        return ""
    given, value = texts[0]
    if "ENCODING" in lines.parameters(given):
        return "its description is encoded in a way of its own"
    if (len(value) - len(value.rstrip("\\"))) % 2:
        return "its description ends in the middle of an escape"
    own = fence.cut(event.description)
    if ("\r" in own or fence.RULE in own) and fence.cut(own + fence.addition(own, "x")) != own:
        return "its description has a line of ten ─ that a note could not be told apart from"
    return ""
