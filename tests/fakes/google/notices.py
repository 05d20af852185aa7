"""The mails that Calendar sends to guests, by what a write says of it in sendUpdates, or does not."""

from __future__ import annotations

from tests.fakes.google.ask import Ask, Notice
from tests.fakes.google.refusal import Json
from tests.fakes.google.shelf import Shelf


def check(ask: Ask) -> None:
    """Note a write that doesn't say that nobody is to be mailed."""
    if "sendNotifications" in ask.query:
        ask.wrong(f"{ask.name} with sendNotifications, which is long out of use")
    if ask.query.get("sendUpdates") != "none":
        said = ask.query.get("sendUpdates", "nothing")
        ask.wrong(f"{ask.name} has to say sendUpdates=none, and said {said}")


def _guests(shelf: Shelf, body: Json) -> list[str]:
    guests = [
        guest["email"] for guest in body.get("attendees", ()) if not guest.get("self") and not guest.get("resource")
    ]
    return [guest for guest in guests if guest != shelf.id]


def _external(shelf: Shelf, guests: list[str]) -> list[str]:
    own = {"gmail.com", "googlemail.com", shelf.account.partition("@")[2]}
    return [guest for guest in guests if guest.partition("@")[2] not in own]


def _mail(ask: Ask, shelf: Shelf, body: Json, kind: str, unsaid: str) -> None:
    said = ask.query.get("sendUpdates")
    if said is None and "sendNotifications" in ask.query:
        said = "all" if ask.query["sendNotifications"] else "none"
    guests = _guests(shelf, body)
    if (said or unsaid) == "none":
        return
    for guest in guests if (said or unsaid) == "all" else _external(shelf, guests):
        ask.mailed(Notice(to=guest, kind=kind, event=body["id"]))


def of_insert(ask: Ask, shelf: Shelf, body: Json) -> None:
    """A new event: unsaid, guests on other hosts are mailed."""
    _mail(ask, shelf, body, "invitation", "externalOnly")


def of_change(ask: Ask, shelf: Shelf, body: Json) -> None:
    """An event was changed: unsaid, all guests are mailed."""
    _mail(ask, shelf, body, "update", "all")


def of_delete(ask: Ask, shelf: Shelf, body: Json) -> None:
    """An event was deleted; where it was another's meeting, that person hears that the guest won't come."""
    if shelf.organizes(body):
        _mail(ask, shelf, body, "cancellation", "all")
    elif ask.query.get("sendUpdates") != "none":
        ask.mailed(Notice(to=body["organizer"]["email"], kind="answer", event=body["id"]))
