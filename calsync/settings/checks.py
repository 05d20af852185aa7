"""Rules that hold between keys: what no key alone can be wrong about."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from calsync.model.times import say_duration
from calsync.settings.channels import check_channel, reaches_clients
from calsync.settings.kinds import BAD
from calsync.settings.places import KeyPath
from calsync.settings.problems import Problems, nearest, shown
from calsync.settings.schema import OWNER, POLICY, ROOT
from calsync.settings.tables import Key

Values = Mapping[str, Any]


def built_in(keys: tuple[Key, ...]) -> dict[str, Any]:
    """Return the built-in values of those keys that have one and are acted on."""
    nobody = Problems()
    return {
        key.name: key.kind.read(key.default, (key.name,), nobody)
        for key in keys
        if key.default is not None and not key.later
    }


def check(values: Values, folder: Path, problems: Problems) -> None:
    """Note every problem between keys; `values` are as read, `folder` is the config file's."""
    clients = _table(values, "clients")
    _names(values, problems)
    _calendars(values, folder, problems)
    _days_off(values, clients, problems)
    _channels(values, clients, problems)
    _leads(values, clients, problems)
    _tones(values, clients, problems)
    _matches(values, clients, problems)


def _table(values: Values, name: str) -> Values:
    found = values.get(name)
    return found if isinstance(found, dict) else {}


def _names(values: Values, problems: Problems) -> None:
    calendars = _table(values, "calendars")
    for name in _table(values, "channels"):
        if name in calendars:
            problems.add(("channels", name), "a calendar has this name too", "give one of them another name")


def _calendars(values: Values, folder: Path, problems: Problems) -> None:
    calendars = _table(values, "calendars")
    files: dict[str, str] = {}
    for name, calendar in calendars.items():
        if calendar is BAD:
            continue
        if isinstance(path := calendar.get("path"), Path):
            first = files.setdefault(os.path.normpath(folder / path), name)
            if first != name:
                problems.add(("calendars", name, "path"), f"calendars.{first} is this file too", "take one of them out")
        blocks = calendar.get("blocks")
        at = ("calendars", name, "blocks")
        if blocks == name:
            problems.add(at, f"{shown(blocks)} is this calendar itself", "leave blocks out")
        elif isinstance(blocks, str) and blocks not in calendars:
            problems.add(at, f"there is no calendar {shown(blocks)}", _meant(blocks, calendars, "calendar"))


def _days_off(values: Values, clients: Values, problems: Problems) -> None:
    calendars = {name: one for name, one in _table(values, "calendars").items() if one is not BAD}
    free = {name: one for name, one in calendars.items() if one.get("use") == "days_off"}
    for name, calendar in calendars.items():
        at = ("calendars", name, "blocks")
        if name in free and "blocks" in calendar:
            problems.add(at, "no calls stand in a calendar of days off, so there are no blocks", "leave blocks out")
        elif calendar.get("blocks") in free:
            what = f"{shown(calendar['blocks'])} is a calendar of days off, and is never written to"
            problems.add(at, what, "name another calendar")
    if calendars and len(free) == len(_table(values, "calendars")):
        problems.add(("calendars",), "every calendar is one of days off, so that no event is a call", "add another")
    for key, client in clients.items():
        named = client.get("days_off", ()) if client is not BAD else ()
        for n, name in enumerate(named if isinstance(named, tuple) else ()):
            here: KeyPath = ("clients", key, "days_off", n)
            if name in calendars and name not in free:
                problems.add(here, f"calls stand in {shown(name)}", f'write use = "days_off" in [calendars.{name}]')
            elif name not in _table(values, "calendars"):
                problems.add(here, f"there is no calendar {shown(name)}", _meant(name, free, "calendar of days off"))


def _meant(name: str, known: Values, what: str) -> str:
    if meant := nearest(name, known):
        return f"did you mean {shown(meant)}?"
    return f"known: {', '.join(map(shown, known))}" if known else f"no {what} is configured"


def _channels(values: Values, clients: Values, problems: Problems) -> None:
    channels = _table(values, "channels")
    named: list[tuple[KeyPath, Any]] = [(("defaults", "channel"), _table(values, "defaults").get("channel"))]
    named += [
        (("clients", key, "channel"), client.get("channel")) for key, client in clients.items() if client is not BAD
    ]
    for name, channel in channels.items():
        if channel is not BAD:
            check_channel(("channels", name), channel, problems)
    reaching = {name: channel for name, channel in channels.items() if channel is BAD or reaches_clients(channel)}
    for at, name in named:
        if not isinstance(name, str) or name in reaching:
            continue
        if name in channels:
            problems.add(at, f"{shown(name)} goes to you alone", _meant(name, reaching, "channel to clients"))
        else:
            problems.add(at, f"there is no channel {shown(name)}", _meant(name, reaching, "channel"))
    channels = {name: channel for name, channel in reaching.items() if channel is not BAD}
    if len(channels) > 1 and named[0][1] is None:
        if silent := [f"clients.{at[1]}" for at, name in named[1:] if name is None]:
            who = silent[0] + (f" and {len(silent) - 1} more" if len(silent) > 1 else "")
            what = f"there are several channels ({', '.join(map(shown, channels))}), and {who} names none"
            problems.add(("defaults", "channel"), what, f"write channel = {shown(next(iter(channels)))}")


def _leads(values: Values, clients: Values, problems: Problems) -> None:
    """Compare message_before with horizon and least_notice, at the place that a user would change."""
    own, plain = _table(values, "defaults"), built_in(POLICY)
    horizon = values.get("horizon", built_in(ROOT.keys)["horizon"])
    tables: list[tuple[KeyPath, Values]] = [(("defaults",), own)]
    # A client that takes both values from [defaults] has no problem of its own.
    tables += [
        (("clients", key), client)
        for key, client in clients.items()
        if client is not BAD and ("message_before" in client or "least_notice" in client)
    ]
    for at, table in tables:
        together = plain | dict(own) | dict(table)
        leads, notice = together["message_before"], together["least_notice"]
        if leads is BAD:
            continue
        place = (*at, "message_before" if "message_before" in table or "least_notice" not in table else "least_notice")
        if horizon is not BAD and (at == ("defaults",) or "message_before" in table) and max(leads) > horizon:
            here = place if "message_before" in table else ("horizon",)
            said = f"message_before {say_duration(max(leads))} is longer than horizon {say_duration(horizon)}"
            problems.add(here, said, "make the horizon longer, or the message later")
        if notice is not BAD and min(leads) < notice:
            said = f"message_before {say_duration(min(leads))} is shorter than least_notice {say_duration(notice)}"
            problems.add(
                place, said, "no message could ever go then: make least_notice shorter, or the message earlier"
            )


_NEED_A_TONE = {"tr": ("Turkish", "siz", "sen"), "de": ("German", "Sie", "du")}


def _tones(values: Values, clients: Values, problems: Problems) -> None:
    owner, defaults = _table(values, "owner"), _table(values, "defaults")
    language = owner.get("language", built_in(OWNER.keys)["language"])
    for key, client in clients.items():
        if client is BAD or "tone" in {*client, *defaults}:
            continue
        if needs := _NEED_A_TONE.get(client.get("language", language)):
            name, formal, close = needs
            hint = f'write tone = "formal" ({formal}) or "close" ({close})'
            problems.add(("clients", key, "tone"), f"missing: {name} needs it", hint)


def _matches(values: Values, clients: Values, problems: Problems) -> None:
    owner = _table(values, "owner")
    aliases = owner.get("aliases", ())
    hers = {owner.get("email"), *(aliases if isinstance(aliases, tuple) else ())}
    seen: dict[str, str] = {}
    for key, client in clients.items():
        if client is BAD:
            continue
        if not any(client.get(name) for name in ("email", "people", "match")) or not _matching(client):
            hint = "write email, or match.emails, match.domains or match.titles"
            problems.add(("clients", key), "no event can be a call with this client", hint)
        for at, word in _addressed(client):
            place = ("clients", key, *at)
            if word in hers:
                problems.add(place, f"{shown(word)} is your own address", "write the client's")
            elif (other := seen.setdefault(word, key)) != key:
                problems.add(place, f"{shown(word)} stands at clients.{other} too", "leave it with one of them")


def _matching(client: Values) -> bool:
    """Tell whether anything can match; what could not be read counts as something."""
    match = client.get("match")
    if client.get("email") or client.get("people") or match is BAD:
        return True
    return isinstance(match, dict) and any(match.get(name) for name in ("emails", "domains", "titles"))


def _addressed(client: Values) -> Iterator[tuple[KeyPath, str]]:
    """Yield every address and domain of one client with its key, as far as they could be read."""
    if isinstance(email := client.get("email"), str):
        yield ("email",), email
    if isinstance(people := client.get("people"), dict):
        for person in people:
            yield ("people",), person
    if isinstance(match := client.get("match"), dict):
        for name in ("emails", "domains"):
            if isinstance(words := match.get(name), tuple):
                yield from ((("match", name, n), word) for n, word in enumerate(words))


def longest_first(leads: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    """Return each lead once, the earliest message first."""
    return tuple(sorted(set(leads), reverse=True))
