"""Who might be a client: the people in the owner's calls who are nobody's yet, by company where that can be told."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from calsync.model.event import Occurrence
from calsync.model.memory import Memory
from calsync.model.rules import Client, Owner, Policy, Rules
from calsync.model.snapshot import Snapshot
from calsync.model.times import DAY, MINUTE, Span
from calsync.planning.calls import decision_on, find_calls, judge
from calsync.planning.facts import FAR_AHEAD
from calsync.planning.people import level_of, matches, others

LOOKED_BACK = 90 * DAY
# In a gathering of more people than this, who is there says nothing about whose client anybody is.
_GATHERING = 12
# Addresses that stand among attendees and are no people: calendars of Google, senders that read nothing.
_CALENDARS = "calendar.google.com"
_SENDERS = re.compile(r"(no|donot|do-not)[._-]?reply\b.*|calendar(-notification)?|invitations?|mailer-daemon")
# What stands before the country in a domain that is not a name: acme.com.tr, acme.co.uk.
_KINDS = frozenset(("com", "co", "org", "or", "net", "gov", "edu", "ac", "gen", "web", "bel", "biz", "info", "ltd"))
_LETTERS = str.maketrans({"ı": "i", "ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d"})

Home = Callable[[str], str]
"""Whose an address is: its domain; the address itself where anybody can have one there; empty: nobody's to write to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Somebody who might be a client.

    key: free in the config. name: made from the domain, else what the invitations say. person: what these call whoever
    has the first address, or empty. domain: empty where an address there says nothing of whose it is. emails: the ones
    seen, the most frequent first. calls: in the time looked at; usual: the middle one of their lengths. last: when the
    last one began, next: when the first begins that lies ahead. client: the key of the client who has an address at
    this domain already, else empty.
    """

    key: str
    name: str
    person: str
    domain: str
    emails: tuple[str, ...]
    calls: int
    usual: timedelta
    last: datetime | None
    next: datetime | None
    client: str = ""


def looked_at(now: datetime) -> Span:
    """Return the span that calendars have to be read for: the last 90 days, and what lies ahead."""
    return Span(now - LOOKED_BACK, now + FAR_AHEAD)


def suggest(snapshot: Snapshot, rules: Rules, memory: Memory, policy: Policy, home: Home) -> tuple[Suggestion, ...]:
    """Return who might be a client, the ones with most calls first; pure.

    An event counts if it would be a call were they clients: so none that is cancelled, declined, all-day, free,
    private, excepted by its title or taken out by hand. policy: what a client has that says nothing of its own. Left
    out are the owner and who shares a domain with her, rooms, resources, clients and whoever comes only to their
    calls, people in gatherings, and addresses that nobody reads.
    """
    found = find_calls(snapshot, replace(rules, clients=()), memory)
    calls: dict[str, list[Occurrence]] = {}
    seen: dict[str, Counter[str]] = {}
    names: dict[str, str] = {}
    colleagues = {home(address) for address in rules.owner.addresses}
    for name, event in found.occurrences.items():
        people = others(event, rules.owner)
        if (
            len(people) > _GATHERING
            or event.calendar in rules.days_off_in
            or matches(event, rules.clients, rules.owner)
        ):
            continue
        homes: dict[str, list[str]] = {}
        for one in people:
            whose = home(one.email)
            if whose and whose not in colleagues and _reads(one.email) and not _known(one.email, rules.clients):
                homes.setdefault(whose, []).append(one.email)
                names.setdefault(one.email, one.name)
        for whose in homes:
            candidate = _candidate(whose, policy, rules.owner)
            match = judge(event, replace(rules, clients=(candidate,)), decision_on(event, name, memory)).match
            if match is not None and (present := [one.email for one in match.present if one.email in homes[whose]]):
                calls.setdefault(whose, []).append(event)
                seen.setdefault(whose, Counter()).update(present)
    order = sorted(calls, key=lambda whose: (-len(calls[whose]), whose))
    keys = {client.key for client in rules.clients}
    return tuple(_suggestion(whose, calls[whose], seen[whose], names, rules, keys, snapshot.now) for whose in order)


def _reads(address: str) -> bool:
    local, _, domain = address.rpartition("@")
    return not (domain == _CALENDARS or domain.endswith(f".{_CALENDARS}") or _SENDERS.fullmatch(local))


def _known(address: str, clients: Iterable[Client]) -> bool:
    return any(level_of(address, client) is not None for client in clients)


def _candidate(whose: str, policy: Policy, owner: Owner) -> Client:
    emails, domains = ((whose,), ()) if "@" in whose else ((), (whose,))
    return Client(
        key=whose, name=whose, policy=policy, timezone=owner.timezone, match_emails=emails, match_domains=domains
    )


def _suggestion(
    whose: str,
    events: list[Occurrence],
    seen: Counter[str],
    names: dict[str, str],
    rules: Rules,
    keys: set[str],
    now: datetime,
) -> Suggestion:
    domain = "" if "@" in whose else whose
    emails = tuple(sorted(seen, key=lambda address: (-seen[address], address)))
    person = _plain(names[emails[0]])
    name = company(domain) if domain else person or _local(emails[0])
    key = free_key(name, keys)
    keys.add(key)
    lengths = sorted(event.span.length for event in events)
    starts = sorted(event.span.start.astimezone(UTC) for event in events)
    return Suggestion(
        key=key,
        name=name,
        person=person,
        domain=domain,
        emails=emails,
        calls=len(events),
        usual=lengths[(len(lengths) - 1) // 2] // MINUTE * MINUTE,
        last=max((start for start in starts if start <= now), default=None),
        next=min((start for start in starts if start > now), default=None),
        client=next((client.key for client in rules.clients if domain and domain in _domains(client)), ""),
    )


def _domains(client: Client) -> set[str]:
    return {
        address.rpartition("@")[2] for address in (client.email or "", *client.people, *client.match_emails) if address
    }


def company(domain: str) -> str:
    """Return the name that a domain is for a person who reads it: `mavi-yapi.com.tr` is Mavi Yapi."""
    labels = domain.split(".")[:-1]
    if len(labels) > 1 and labels[-1] in _KINDS:
        labels.pop()
    return " ".join(word.capitalize() for word in re.split(r"[-_]+", labels[-1]) if word) or domain


def _plain(said: str) -> str:
    """Return what invitations call somebody, on one line and not too long; empty where that is no name."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in said).split())[:60].strip()
    return "" if "@" in plain else plain


def _local(address: str) -> str:
    local = address.rpartition("@")[0].partition("+")[0]
    return " ".join(word.capitalize() for word in re.split(r"[._-]+", local) if word) or address


def free_key(name: str, taken: Collection[str]) -> str:
    """Return a key for a client of that name: short, plain letters, none of those `taken`."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    key = "-".join(words)[:30].strip("-") or "client"
    return next(k for n in range(1, len(taken) + 2) if (k := key if n == 1 else f"{key}-{n}") not in taken)
