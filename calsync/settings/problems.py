"""Problems of one configuration file, collected until all are known, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time

from calsync.errors import CalsyncError, ConfigError, ConfigErrors, NotInThisVersion
from calsync.settings.places import KeyPath, spots

LONGEST_SHOWN = 60
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def say(error: CalsyncError) -> str:
    """Return one problem as one line: `config.toml:31: defaults.buffer_after: "15" has no unit; write "15m"`."""
    return ": ".join(filter(None, (error.where, error.what))) + (f"; {error.hint}" if error.hint else "")


def printable(text: str) -> str:
    """Return `text` on one line, with what a terminal would act on written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shown(value: object) -> str:
    """Return what was found as the file writes it, cut to a readable length."""
    if isinstance(value, str):
        text = value if len(value) <= LONGEST_SHOWN else value[: LONGEST_SHOWN - 1] + "…"
        return '"' + printable(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        # Printing a number of more than 4300 digits is an error in Python.
        return str(value) if abs(value) < 10**LONGEST_SHOWN else "a huge number"
    if isinstance(value, float | date | time):
        return str(value)
    return "a list" if isinstance(value, list) else "a table"


def key_path(path: KeyPath) -> str:
    """Return a path as TOML writes it, with indexes of lists in brackets: `clients.acme.match.emails[0]`."""
    said = ""
    for part in path:
        if isinstance(part, int):
            said += f"[{part}]"
        else:
            said += ("." if said else "") + (part if BARE_KEY.fullmatch(part) else shown(part))
    return said


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of `known` that was probably meant by `word`."""
    from difflib import get_close_matches  # only a file with problems pays for it

    return next(iter(get_close_matches(word.lower()[:LONGEST_SHOWN], list(known), n=1, cutoff=0.6)), None)


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem at one key; `later` when the key or value is documented but not acted on yet."""

    at: KeyPath
    what: str
    hint: str
    later: bool


@dataclass(slots=True)
class Problems:
    """Collects. `elsewhere` tells for the name of a key in which tables it does stand, as `[owner]`."""

    elsewhere: Callable[[str], tuple[str, ...]] = lambda name: ()
    found: list[Problem] = field(default_factory=list)

    def add(self, at: KeyPath, what: str, hint: str = "", *, later: bool = False) -> None:
        """Note a problem at a key (also one that is missing: then the table it belongs to is shown)."""
        self.found.append(Problem(at, what, hint, later))

    def not_yet(self, at: KeyPath, what: str, hint: str = "") -> None:
        """Note something that is documented and will come: refused, never ignored."""
        self.add(at, f"{what} is not in this version", hint or "take it out", later=True)

    def unknown(self, at: KeyPath, known: Iterable[str]) -> None:
        """Note a key that nobody knows in this table."""
        name, names = str(at[-1]), sorted(known)
        if tables := self.elsewhere(name):
            self.add(at, "this key does not stand here", f"it belongs in {' or '.join(tables)}")
        elif meant := nearest(name, names):
            self.add(at, "unknown key", f"did you mean {meant}?")
        else:
            self.add(at, "unknown key", f"known here: {', '.join(names)}")

    def errors(self, file: str, text: str) -> ConfigErrors:
        """Return all problems in the order of the file's lines."""

        by_path = {path: spot.line for path, spot in spots(text).items()}
        lines = [(_line(problem.at, by_path), problem) for problem in self.found]
        made = []
        for line, problem in sorted(lines, key=lambda pair: pair[0]):
            kind = NotInThisVersion if problem.later else ConfigError
            where = f"{printable(file)}:{line}" + (f": {key_path(problem.at)}" if problem.at else "")
            made.append(kind(printable(problem.what), where=where, hint=printable(problem.hint)))
        return ConfigErrors(tuple(made), hint="nothing was done")


def _line(at: KeyPath, lines: Mapping[KeyPath, int]) -> int:
    while at and at not in lines:
        at = at[:-1]
    return lines.get(at, 1)
