"""The last part of the conversation of `init`: who of those in the calendar is a client, and what holds for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from calsync.calendars.file import FileCalendar
from calsync.cli.ask import Interview, Reader, of, one_of, or_none
from calsync.cli.setup import LANGUAGES, Draft, Table
from calsync.cli.show.table import aligned, one_line
from calsync.cli.show.when import Clock
from calsync.cli.suggest import NEED_A_TONE, facts, found
from calsync.errors import ConfigErrors, UsageError
from calsync.model.memory import Memory
from calsync.model.rules import Owner
from calsync.model.times import MINUTE, say_duration
from calsync.planning.suggest import Suggestion, company, free_key
from calsync.settings.kinds import ADDRESS, DOMAIN, LINE, ZONE
from calsync.settings.load import understood
from calsync.settings.schema import AT_LEAST_5
from calsync.settings.write import config_text

_TONES = ("formal", "close")
_READERS: dict[str, Reader] = {
    "name": of(LINE),
    "email": of(ADDRESS),
    "salutation": of(LINE),
    "language": one_of(LANGUAGES),
    "tone": one_of(_TONES),
    "timezone": of(ZONE),
    "per_call": of(AT_LEAST_5),
}
_SHORTEST = 5 * MINUTE
_MOST_SHOWN = 25


def clients(talk: Interview, draft: Draft, given: Sequence[str], now: datetime) -> None:
    """Put clients into the draft: those that options name, else those that she picks from who is in her calls."""
    settings = understood(draft.path, config_text(draft.document))
    owner = settings.rules.owner
    calendars = {
        one.name: FileCalendar(one.name, one.path, owner.timezone, backups=one.path.parent)
        for one in settings.calendars
    }
    _, seen = found(calendars, settings.rules, Memory(installation=""), settings.defaults, now)
    if given or not talk.live:
        for said in given:
            _given(talk, draft, said, seen, owner)
        talk.complete()
        return
    talk.title("Your clients")
    if seen:
        talk.say("  In your calls of the last 90 days, and to come:")
        clock = Clock(owner.timezone, now)
        rows = [(str(n), one.name, _who(one), facts(one, clock)) for n, one in enumerate(seen[:_MOST_SHOWN], 1)]
        for line in aligned([tuple(map(one_line, row)) for row in rows], right=(0,)):
            talk.say(f"    {line}")
        if (more := len(seen) - _MOST_SHOWN) > 0:
            talk.say(f"    and {more} more, with fewer calls: calsync clients suggest shows all")
    chosen: list[str] = []

    def read(text: str) -> str:
        chosen[:] = [
            word if isinstance(word, str) else _who(seen[word]) for word in picked(text, min(len(seen), _MOST_SHOWN))
        ]
        for word in chosen:
            _is_somebody(word)
        return text

    talk.prompt("Which are clients? Numbers, all or none; or an address, or a domain", read, "none")
    for who in chosen:
        _asked(talk, draft, who, seen, owner)


def picked(text: str, count: int) -> Sequence[int | str]:
    """Return the choices in `1 3-5 ayse@acme.example`, `all` or `none`: places from 0, addresses and domains.

    Raises:
        ValueError: something else is in it.
    """
    if (plain := text.strip().casefold()) in ("all", "none", ""):
        return range(count) if plain == "all" else ()
    chosen: dict[int | str, None] = {}
    for word in text.replace(",", " ").split():
        first, dash, last = word.partition("-")
        if first.isdecimal() and (last.isdecimal() or not dash) and len(word) < 9:
            if not 0 < int(first) <= int(last or first) <= count:
                raise ValueError(f"{word} is not in the list")
            chosen |= dict.fromkeys(range(int(first) - 1, int(last or first)))
        elif "." in word or "@" in word:
            chosen[word] = None
        else:
            raise ValueError("write numbers, as 1 3-5, or all, none, an address or a domain")
    return tuple(chosen)


def _who(one: Suggestion) -> str:
    return one.domain or one.emails[0]


def _is_somebody(word: str) -> str:
    """Return an address or a domain that the config takes, in lower case."""
    return of(ADDRESS if "@" in word else DOMAIN)(word).lower()


def _asked(talk: Interview, draft: Draft, who: str, seen: Sequence[Suggestion], owner: Owner) -> None:
    """Ask what holds for one client, until the config would take it."""
    while True:
        likely = _likely(who, seen)
        talk.title(one_line(likely["name"]))
        said = {"name": talk.prompt("What you call them", _READERS["name"], likely["name"])}
        contact = "The contact, who gets the messages" + ("" if likely.get("email") else ", - for nobody yet")
        said["email"] = talk.prompt(contact, or_none(_READERS["email"]), likely.get("email", ""))
        if said["email"]:
            said["salutation"] = talk.prompt(
                "How they are greeted, as Ayşe; Enter for no name", or_none(_READERS["salutation"]), ""
            )
        said["language"] = talk.prompt("Their language", _READERS["language"], owner.language)
        if said["language"] in NEED_A_TONE:
            tones = "formal (siz, Sie) or close (sen, du)"
            said["tone"] = talk.prompt(f"The tone, {tones}", _READERS["tone"], "formal")
        said["timezone"] = talk.prompt("Their time zone", _READERS["timezone"], owner.timezone.key)
        longest = "The longest a call may last, - for as long as its event"
        said["per_call"] = talk.prompt(longest, or_none(_READERS["per_call"]), likely.get("per_call", ""))
        if not (why := _put(draft, _table(who, said, owner), who)):
            return
        talk.say(f"  {why}")


def _given(talk: Interview, draft: Draft, said: str, seen: Sequence[Suggestion], owner: Owner) -> None:
    """Put a client that an option names: `acme.example,name=Acme,language=tr`."""
    who, *pairs = said.split(",")
    if who.strip().casefold() == "found" and not pairs:
        for one in seen:
            _given(talk, draft, _who(one), seen, owner)
        return
    who = talk.told("client", who, _is_somebody)
    values = _likely(who, seen) if who else {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        if (read := _READERS.get(key.strip())) is None:
            talk.told("client", pair, _unknown)
        else:
            values[key.strip()] = talk.told("client", value, read)
    if values.get("language", owner.language) in NEED_A_TONE and "tone" not in values:
        values["tone"] = talk.ask("tone", "", one_of(_TONES))
    talk.complete()
    if why := _put(draft, _table(who, values, owner), who):
        raise UsageError(why, where=f"--client {one_line(said)}")


def _unknown(pair: str) -> str:
    raise ValueError(f'"{one_line(pair)}" is none of {"=, ".join(_READERS)}=')


def _likely(who: str, seen: Sequence[Suggestion]) -> dict[str, str]:
    """Return what the calendar tells of an address or a domain."""
    known = next((one for one in seen if who == one.domain or who in one.emails), None)
    local, at, domain = who.rpartition("@")
    likely = {"name": known.name if known else local if at else company(domain)}
    if email := who if at else known.emails[0] if known else "":
        likely["email"] = email
    if known and known.usual >= _SHORTEST:
        likely["per_call"] = say_duration(known.usual)
    return likely


def _table(who: str, said: dict[str, str], owner: Owner) -> Table:
    table: dict[str, Any] = {key: value for key, value in said.items() if value}
    if "@" not in who:
        table["match"] = {"domains": [who]}
    elif table.get("email") != who:
        table["match"] = {"emails": [who]}
    for key, hers in (("language", owner.language), ("timezone", owner.timezone.key)):
        if table.get(key) == hers:
            del table[key]
    return table


def _put(draft: Draft, table: Table, who: str) -> str:
    """Add a client to the draft; return what speaks against it, if anything does: then it is as it was."""
    known = draft.document.get("clients", {})
    key = free_key(table.get("name", who), known)
    grown = draft.document | {"clients": {**known, key: table}}
    try:
        understood(draft.path, config_text(grown))
    except ConfigErrors as errors:
        return "; ".join(f"{one.where.rpartition(': ')[2]}: {one.what}, {one.hint}" for one in errors.errors)
    draft.document = grown
    return ""
