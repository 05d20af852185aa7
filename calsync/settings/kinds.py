"""The kinds of values that a config has: how each is read, and how JSON Schema says it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from calsync.model.rules import Rate
from calsync.model.text import GROUP_KINDS, PHRASE_KINDS
from calsync.model.times import Hours, parse_clock, parse_days, parse_duration, parse_weekly, say_duration
from calsync.settings import addresses
from calsync.settings.places import KeyPath
from calsync.settings.problems import Problems, nearest, shown

BAD: Final = object()  # stands for a value that could not be read; its problem has been noted
_LINE_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LONGEST_WORD = 300

Json = dict[str, Any]


class Kind(Protocol):
    """One kind of value."""

    def read(self, value: object, at: KeyPath, problems: Problems) -> Any:
        """Return what `value` means, or BAD once every problem with it is noted."""

    def schema(self) -> Json:
        """Return the JSON Schema of the values that are taken."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string. `parse` makes something of it and raises ValueError with "what is wrong; what to write"."""

    accepts: str = "a text on one line"
    parse: Callable[[str], Any] | None = None
    pattern: str | None = None
    lines: bool = False  # line breaks are welcome
    empty: bool = False

    def read(self, value: object, at: KeyPath, problems: Problems) -> Any:
        if not isinstance(value, str):
            what = f"{shown(value)} is no text" if not isinstance(value, list | dict) else f"{shown(value)} was found"
            if self.parse is parse_duration and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
                problems.add(at, f"{shown(value)} has no unit", f'write "{shown(value)}m"')
            else:
                problems.add(at, what, f"write {self.accepts}")
            return BAD
        if not self.empty and not value.strip():
            problems.add(at, "an empty text", f"write {self.accepts}")
        elif (_CONTROLS if self.lines else _LINE_BREAKS).search(value):
            problems.add(at, f"{shown(value)} has a line break or a control character", f"write {self.accepts}")
        elif self.parse is None:
            return value
        elif len(value) > _LONGEST_WORD:
            problems.add(at, f"{shown(value)} is too long", f"write {self.accepts}")
        else:
            return self._parsed(self.parse, value, at, problems)
        return BAD

    def _parsed(self, parse: Callable[[str], Any], value: str, at: KeyPath, problems: Problems) -> Any:
        try:
            return parse(value)
        except ValueError as error:
            what, _, hint = str(error).rpartition("; ")
            what = what or str(error)
            problems.add(at, what if shown(value) in what else f"{shown(value)}: {what}", hint if hint != what else "")
            return BAD

    def schema(self) -> Json:
        made: Json = {"type": "string"}
        if self.pattern:
            made["pattern"] = self.pattern
        elif not self.empty:
            made["pattern"] = r"\S"
        return made


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words; `later` ones are documented and refused."""

    words: tuple[str, ...]
    later: tuple[str, ...] = ()

    def read(self, value: object, at: KeyPath, problems: Problems) -> Any:
        if isinstance(value, str) and value in self.words:
            return value
        accepted = "write " + " or ".join(shown(word) for word in self.words)
        if isinstance(value, str) and value in self.later:
            problems.not_yet(at, shown(value), accepted)
        else:
            problems.add(at, f"{shown(value)} is not known here", accepted)
        return BAD

    def schema(self) -> Json:
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number from `least` to `most`."""

    least: int = 0
    most: int = 2**31 - 1

    def read(self, value: object, at: KeyPath, problems: Problems) -> Any:
        if isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most:
            return value
        reach = f"of {self.least} or more" if self.most == 2**31 - 1 else f"from {self.least} to {self.most}"
        problems.add(at, f"{shown(value)} is not taken", f"write a whole number {reach}")
        return BAD

    def schema(self) -> Json:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def read(self, value: object, at: KeyPath, problems: Problems) -> Any:
        if isinstance(value, bool):
            return value
        problems.add(at, f"{shown(value)} is not taken", "write true or false")
        return BAD

    def schema(self) -> Json:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time from `least` to `most`, or none at all where `none`; in whole minutes unless `seconds`."""

    least: timedelta = timedelta(0)
    none: bool = False
    seconds: bool = False
    most: timedelta | None = None

    def read(self, value: object, at: KeyPath, problems: Problems) -> Any:
        length = Text("a duration, as 45m, 1h30m, 1d or PT45M", parse_duration).read(value, at, problems)
        if length is BAD or (self.none and not length):
            return length
        if length < self.least or (not length and not self.none):
            least = f"at least {say_duration(self.least)}" if self.least else "more than nothing"
            problems.add(
                at, f"{shown(value)} is too short", f"write {least}" + (", or 0m for none" if self.none else "")
            )
        elif self.most is not None and length > self.most:
            problems.add(at, f"{shown(value)} is too long", f"write at most {say_duration(self.most)}")
        elif length % timedelta(minutes=1) and not self.seconds:
            problems.add(at, f"{shown(value)} has seconds", "write whole minutes")
        else:
            return length
        return BAD

    def schema(self) -> Json:
        plain = r"(?=.)(\d+d)?(\d+h)?(\d+m)?" + (r"(\d+s)?" if self.seconds else "")
        iso = r"P(?!T?$)(\d+W|(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?)"
        return {"type": "string", "pattern": f"^({plain}|{iso})$"}


@dataclass(frozen=True, slots=True)
class Many:
    """A list of values of one kind, read into a tuple; with `bare` one value alone will do."""

    item: Kind
    least: int = 0
    most: int | None = None
    bare: bool = False

    def read(self, value: object, at: KeyPath, problems: Problems) -> Any:
        if self.bare and not isinstance(value, list):
            one = self.item.read(value, at, problems)
            return one if one is BAD else (one,)
        if not isinstance(value, list):
            problems.add(at, f"{shown(value)} was found", 'write a list, as ["…", "…"]')
            return BAD
        if len(value) < self.least or (self.most is not None and len(value) > self.most):
            wanted = f"exactly {self.least}" if self.least == self.most else f"at least {self.least}"
            problems.add(at, f"a list of {len(value)}", f"write {wanted}")
            return BAD
        read = tuple(self.item.read(item, (*at, n), problems) for n, item in enumerate(value))
        return BAD if BAD in read else read

    def schema(self) -> Json:
        made: Json = {"type": "array", "items": self.item.schema()}
        if self.least:
            made["minItems"] = self.least
        if self.most is not None:
            made["maxItems"] = self.most
        return {"anyOf": [self.item.schema(), made]} if self.bare else made


@dataclass(frozen=True, slots=True)
class Book:
    """A table whose keys are the user's, all of one kind, with values of one kind."""

    key: Kind
    value: Kind
    of: str  # what a user writes, as [clients.NAME]
    least: int = 0
    example: str = ""

    def read(self, value: object, at: KeyPath, problems: Problems) -> Any:
        if not isinstance(value, dict):
            problems.add(at, f"{shown(value)} was found", f"write {self.of}")
            return BAD
        if len(value) < self.least:
            problems.add(at, "nothing in it", f"write {self.of}")
        book: dict[Any, Any] = {}
        for name, item in value.items():
            key = self.key.read(name, (*at, name), problems)
            read = self.value.read(item, (*at, name), problems)
            if key is not BAD and key in book:
                problems.add((*at, name), "stands here twice, once in other letters", "take one out")
            elif key is not BAD:
                book[key] = read
        return book

    def schema(self) -> Json:
        made: Json = {"type": "object", "additionalProperties": self.value.schema()}
        if self.least:
            made["minProperties"] = self.least
        return made


@dataclass(frozen=True, slots=True)
class ByLanguage:
    """A value of `kind`, or a table of such values by language; read into a mapping, "" for any language."""

    kind: Kind
    languages: Choice

    def read(self, value: object, at: KeyPath, problems: Problems) -> Any:
        if isinstance(value, dict):
            book = Book(self.languages, self.kind, "a list for each language").read(value, at, problems)
            return BAD if book is BAD or BAD in book.values() or len(book) < len(value) else book
        one = self.kind.read(value, at, problems)
        return BAD if one is BAD else {"": one}

    def schema(self) -> Json:
        by_language = {
            "type": "object",
            "properties": {language: self.kind.schema() for language in self.languages.words},
            "additionalProperties": False,
        }
        return {"anyOf": [self.kind.schema(), by_language]}


def _zone(name: str) -> ZoneInfo:
    usable = re.fullmatch(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*", name)
    if usable and name.partition("/")[0] not in ("posix", "right", "localtime", "posixrules"):
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            pass
    from zoneinfo import available_timezones  # reads every zone file: only for the suggestion

    meant = nearest(name, names := {zone.lower(): zone for zone in available_timezones()})
    hint = f'did you mean "{names[meant]}"?' if meant else "write a name of the IANA list, as Europe/Berlin"
    raise ValueError(f"{shown(name)} is no time zone; {hint}")


def _host(text: str) -> str:
    bare = text.removeprefix("[").removesuffix("]")
    if ":" in bare:
        from ipaddress import ip_address  # few write a number, and fewer such a one

        try:
            return str(ip_address(bare))
        except ValueError:
            raise ValueError(f"{shown(text)} is no host; write its name alone, and its port as port = 587") from None
    labels = bare.removesuffix(".").split(".")
    if bare != text or not all(re.fullmatch(r"(?:[^\W_]|-){1,63}", label) for label in labels):
        raise ValueError(f"{shown(text)} is no host; write its name, as mail.kaya.example")
    return text.lower()


def _rate(text: str) -> Rate:
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,2})?) ?([A-Z]{3})", text)
    if not found or not Decimal(found[1]):
        raise ValueError(f"{shown(text)} is no rate; write an amount and a currency, as 90 EUR or 87.50 TRY")
    return Rate(amount=Decimal(found[1]), currency=found[2])


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ValueError(f"{shown(text)}: nobody's home is known by that name; write the whole path") from None


def _client_domain(text: str) -> str:
    name = addresses.domain(text)
    if addresses.is_public(name):
        raise ValueError(f"{shown(text)} is a public mail domain; list the addresses in match.emails")
    return name


def _phrase(text: str) -> str:
    known = (*PHRASE_KINDS, *GROUP_KINDS)
    if text not in known:
        meant = nearest(text, known)
        hint = f"did you mean {meant}?" if meant else f"known: {', '.join(known)}"
        raise ValueError(f"{shown(text)} is no kind of phrase; {hint}")
    return text


def _name(text: str) -> str:
    if len(text) > 64 or text != text.strip() or text.startswith("-"):
        raise ValueError(f"{shown(text)} is no name for this; write a short one, as acme")
    return text


LINE = Text()
PHRASE = Text("a kind of phrase, as redirect", _phrase)
LINE_OR_NOTHING = Text(empty=True)
LINES = Text("a text", lines=True, empty=True)
NAME = Text("a short name, as acme", _name)
CLOCK = Text("a clock time, as 17:00", parse_clock, r"^\s*\d{1,2}:\d{2}\s*$")
WEEKLY = Text("a day with a time, as fri 17:00", parse_weekly, r"^\s*[A-Za-z]{3}\s+\d{1,2}:\d{2}\s*$")
HOURS = Text("clock times, as 09:00-18:30", Hours.parse, r"^\s*\d{1,2}:\d{2}\s*[-–]\s*\d{1,2}:\d{2}\s*$")
DAYS = Text("days, as mon-fri or mon,wed,fri", parse_days, r"^[A-Za-z, -]+$")
ZONE = Text("a name of the IANA list, as Europe/Berlin", _zone, r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$")
ADDRESS = Text("one mail address, as ayse@acme.example", addresses.address, r"^[^@\s<>,;]+@[^@\s<>,;]+$")
DOMAIN = Text("a domain, as acme.example", _client_domain, r"^[^@\s]+\.[^@\s]+$")
HOST = Text("a server's name, as mail.kaya.example", _host, r"^[^\s/@]+$")
RATE = Text("an amount and a currency, as 90 EUR", _rate, r"^[0-9]+(\.[0-9]{1,2})? ?[A-Z]{3}$")
PATH = Text("a path, relative to this file or whole", _path)
