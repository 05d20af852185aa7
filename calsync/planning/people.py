"""Who is in an event, whose client they are, and who is written to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import IntEnum

from calsync.model.event import Attendee, Occurrence
from calsync.model.rules import Client, Owner
from calsync.planning.titles import like


class Level(IntEnum):
    """How specific a match is; the most specific wins."""

    TITLE = 1
    DOMAIN = 2
    ADDRESS = 3


@dataclass(frozen=True, slots=True)
class Match:
    """A client found in an event: how, by what, and which of its people, those who declined too."""

    client: Client
    level: Level
    by: str
    people: tuple[Attendee, ...] = ()

    @property
    def present(self) -> tuple[Attendee, ...]:
        """Its people who have not declined."""
        return tuple(one for one in self.people if one.partstat != "DECLINED")


def everybody(event: Occurrence) -> tuple[Attendee, ...]:
    """Return organizer and attendees, each address once; an attendee's answer counts before the organizer's line."""
    found: dict[str, Attendee] = {one.email: one for one in event.attendees if one.email}
    if event.organizer is not None and event.organizer.email:
        found.setdefault(event.organizer.email, event.organizer)
    return tuple(found.values())


def others(event: Occurrence, owner: Owner) -> tuple[Attendee, ...]:
    """Return the people of the event but the owner; rooms and resources are none."""
    return tuple(one for one in everybody(event) if one.person and one.email not in owner.addresses)


def organizes(event: Occurrence, owner: Owner) -> bool:
    """Tell whether the owner organizes it: the organizer is one of her addresses, or there is none."""
    return event.organizer is None or not event.organizer.email or event.organizer.email in owner.addresses


def answer(event: Occurrence, owner: Owner) -> str:
    """Return the owner's own PARTSTAT (RFC 5545 §3.2.12), or an empty string where she is not listed."""
    return next((one.partstat for one in event.attendees if one.email in owner.addresses), "")


def level_of(address: str, client: Client) -> Level | None:
    """Return how `address` belongs to `client`, or None."""
    if address == client.email or address in client.people or address in client.match_emails:
        return Level.ADDRESS
    domain = address.rpartition("@")[2]
    if domain in client.match_domains:
        return Level.DOMAIN
    return None


def matches(event: Occurrence, clients: Iterable[Client], owner: Owner) -> tuple[Match, ...]:
    """Return every client found in the event, the most specific first, then in the order of the config.

    Titles count only where nobody but the owner (and rooms) is in the event.
    """
    people = others(event, owner)
    found = []
    for client in clients:
        levels = {one.email: level for one in people if (level := level_of(one.email, client)) is not None}
        if levels:
            best = max(levels.values())
            by = min(address for address, level in levels.items() if level is best)
            found.append(Match(client, best, by, tuple(one for one in people if one.email in levels)))
        elif not people and (pattern := next((p for p in client.match_titles if like(event.summary, p)), None)):
            found.append(Match(client, Level.TITLE, f'title like "{pattern}"'))
    return tuple(sorted(found, key=lambda match: -match.level))


def count(event: Occurrence, owner: Owner) -> int:
    """Return how many people are in the call, the owner included, those who declined not."""
    return 1 + sum(one.partstat != "DECLINED" for one in others(event, owner))


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who gets the messages of a call; `held` says why nobody does, or who would only after the owner agrees."""

    to: tuple[str, ...]
    held: str = ""


def recipients(
    client: Client, people: tuple[Attendee, ...], event: Occurrence, *, organized: bool, written_to: Collection[str]
) -> Recipients:
    """Return who is written to: the contact and `people` who are in the call, else one client attendee.

    people: the client attendees. written_to: addresses that have had a message for this client.
    """
    named = tuple(one.email for one in people if one.email == client.email or one.email in client.people)
    if named:
        return Recipients(tuple(sorted(named)))
    if not people:
        if client.email:
            return Recipients((client.email,))
        return Recipients((), f"{client.name} has no contact: set clients.{client.key}.email")
    addresses = sorted(one.email for one in people)
    known = [address for address in addresses if address in written_to]
    organizer = event.organizer.email if event.organizer else ""
    chosen = known[0] if known else organizer if organizer in addresses else addresses[0]
    if not organized and level_of(chosen, client) is Level.DOMAIN:
        return Recipients(
            (chosen,), f"{chosen} is known by its domain only, in an invitation that is not yours; approve it to send"
        )
    return Recipients((chosen,))


def contact(client: Client) -> str | None:
    """Return to whom the announcement goes: the contact, else the first of the client's own addresses."""
    return client.email or next(iter(client.match_emails), None)


def greeted(client: Client, address: str) -> str:
    """Return the name by which this recipient is greeted, or an empty string; never the company's."""
    if address == client.email:
        return client.salutation
    return client.people.get(address, "")
