"""What an event may hold beyond its types: recurrence, reminders, extended properties, kinds of event."""

from __future__ import annotations

import json
import re
from copy import deepcopy

from tests.fakes.google import recurrence, times
from tests.fakes.google.refusal import Json, Refusal, bad, event_type, invalid

ID = re.compile(r"[a-v0-9]{5,1024}")
LONGEST_DESCRIPTION = 8192
_CHOICES = {
    "status": {"confirmed", "tentative", "cancelled"},
    "transparency": {"opaque", "transparent"},
    "visibility": {"default", "public", "private", "confidential"},
}
_KINDS = {"default", "focusTime", "outOfOffice", "workingLocation", "birthday"}
_ON_PRIMARY = {"focusTime", "outOfOffice", "workingLocation", "birthday"}


def check_new(body: Json, primary: bool) -> None:
    """Refuse what a new event can't be."""
    if body.get("id") and body.get("iCalUID"):
        raise bad("Only one of id and iCalUID may be given.", "invalid")
    if body.get("id") is not None and not ID.fullmatch(body["id"]):
        raise bad("Invalid resource id value.", "invalid")
    kind = body.get("eventType", "default")
    if kind not in _KINDS:
        raise event_type("This event type cannot be created.")
    if kind in _ON_PRIMARY and not primary:
        raise event_type("This event type is only allowed on the primary calendar.")


def check(body: Json, home: str) -> None:
    """Refuse an event that can't stand as it would be after a write."""
    for name, allowed in _CHOICES.items():
        if body.get(name) is not None and body[name] not in allowed:
            raise invalid(name, f"Invalid value for: {name}")
    times.check(body, home)
    recurrence.check(body, home)
    _check_reminders(body.get("reminders") or {})
    if len(body.get("attachments") or ()) > 25:
        raise bad("Too many attachments.", "invalid")
    for name, most in (("summary", 1024), ("location", 1024)):
        if len(body.get(name) or "") > most:
            raise bad("A provided value exceeds the allowed size limit.", "invalid")
    for guest in body.get("attendees") or ():
        if not guest.get("email") or "@" not in guest["email"]:
            raise invalid("attendees", "Invalid attendee email.")


def _check_reminders(reminders: Json) -> None:
    overrides = reminders.get("overrides") or []
    if reminders.get("useDefault") and overrides:
        raise Refusal(
            400,
            "cannotUseDefaultRemindersAndSpecifyOverride",
            "Cannot specify both default reminders and overrides at the same time.",
            domain="calendar",
        )
    if len(overrides) > 5:
        raise Refusal(400, "tooManyReminders", "Too many reminders.", domain="calendar")
    for reminder in overrides:
        if reminder.get("method") not in ("email", "popup") or not 0 <= reminder.get("minutes", -1) <= 40320:
            raise invalid("reminders", "Invalid reminder.")


def kept(body: Json, longest: int = LONGEST_DESCRIPTION) -> Json:
    """Return what is stored of a body: long texts and properties are cut without a word.

    Raises:
        Refusal: there are more properties than an event may have.
    """
    told = deepcopy(body)
    if len(told.get("description") or "") > longest:
        told["description"] = told["description"][:longest]
    for side, properties in (told.get("extendedProperties") or {}).items():
        cut = {key: value[:1024] for key, value in properties.items() if len(key) <= 44}
        told["extendedProperties"][side] = cut
        size = len(json.dumps(cut, ensure_ascii=False).encode())
        if len(cut) > 300 or size > 32 * 1024:
            raise bad("A provided value exceeds the allowed size limit.", "invalid")
    return told
