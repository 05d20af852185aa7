"""Where in a TOML file each key and value stands: what tomllib does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]

_TOKEN = re.compile(
    r'''(?P<blank>[ \t]+|\#[^\n]*)
      | (?P<newline>\r?\n)
      | (?P<text>"""(?:\\.|[^\\])*?"{3,5} | \'\'\'.*?\'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*')
      | (?P<sign>[\[\]{}=,.])
      | (?P<bare>[^\s\[\]{}=,."'\#]+)''',
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Spot:
    """One key with its value, or one element of a list: its line (from 1), and its value's ends in the text.

    For a table with a header of its own (`header`), `start` and `end` are those of the header.
    """

    line: int
    start: int
    end: int
    header: bool = False


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    line: int


def spots(text: str) -> dict[KeyPath, Spot]:
    """Return where every key of `text` stands, by its path (TOML 1.0.0); elements of lists by their index.

    `text` must be TOML that tomllib takes; of anything else the beginning that makes sense is told.
    A table that only the keys in it make stands where the first of them does.
    """
    reader = _Reader(text)
    try:
        reader.document()
    except (_NotTomlError, StopIteration, RecursionError, tomllib.TOMLDecodeError):
        # No valid file ends here; what was found until now still helps to show an error's place.
        return reader.found
    return reader.found


class _NotTomlError(Exception):
    """Something stands where no TOML has it."""


class _Reader:
    def __init__(self, text: str) -> None:
        self.found: dict[KeyPath, Spot] = {}
        self._lists: dict[KeyPath, int] = {}  # lists of tables, and how many each has so far
        self._tokens = self._scan(text)
        self._next = next(self._tokens)
        self._end = 0  # where the last token that was taken ends

    @staticmethod
    def _scan(text: str) -> Iterator[_Token]:
        at, line = 0, 1
        while match := _TOKEN.match(text, at):
            if match.lastgroup != "blank":
                yield _Token(match.lastgroup or "", match[0], at, line)
            line += match[0].count("\n")
            at = match.end()
        yield _Token("end", "", at, line)

    def document(self) -> None:
        prefix: KeyPath = ()
        while self._next.kind != "end":
            if self._next.kind == "newline":
                self._take()
            elif self._next.text == "[":
                prefix = self._header()
            else:
                self._pair(prefix)

    def _take(self) -> _Token:
        token = self._next
        self._end = token.start + len(token.text)
        self._next = next(self._tokens)
        return token

    def _header(self) -> KeyPath:
        first = self._take()
        many = self._next.text == "["
        if many:
            self._take()
        parts = self._key("]")
        path: KeyPath = ()
        for left, part in enumerate(parts, 1 - len(parts)):
            path += (part,)
            if path in self._lists and not (many and left == 0):
                path += (self._lists[path] - 1,)  # a header speaks of the table of a list that was begun last
        if many:
            self._take()
            self._note(path, Spot(first.line, first.start, self._end, header=True))
            self._lists[path] = self._lists.get(path, 0) + 1
            path += (self._lists[path] - 1,)
        self._take()
        self._note(path, Spot(first.line, first.start, self._end, header=True))
        return path

    def _key(self, until: str) -> tuple[str, ...]:
        parts: list[str] = []
        while self._next.text != until or self._next.kind == "text":
            token = self._take()
            if token.kind == "bare":
                parts.append(token.text)
            elif token.kind == "text":
                parts.append(next(iter(tomllib.loads(f"{token.text} = 0"))))  # a quoted key, with its escapes
        return tuple(parts)

    def _pair(self, prefix: KeyPath) -> None:
        line = self._next.line
        path = prefix + self._key("=")
        self._take()
        self._value(path, line)

    def _value(self, path: KeyPath, line: int) -> None:
        first = self._next
        self._note(path, Spot(line, first.start, first.start))
        if first.text == "[":
            self._take()
            index = 0
            while self._next.text != "]":
                if self._next.kind == "newline" or self._next.text == ",":
                    self._take()
                else:
                    self._value((*path, index), self._next.line)
                    index += 1
            self._take()
        elif first.text == "{":
            self._take()
            while self._next.text != "}":
                if self._next.kind == "newline" or self._next.text == ",":
                    self._take()
                else:
                    self._pair(path)
            self._take()
        else:  # a string, or the pieces of a number, a date or a boolean
            if first.kind not in ("text", "bare"):
                raise _NotTomlError
            while self._next.kind not in ("newline", "end") and self._next.text not in (",", "]", "}"):
                self._take()
        self.found[path] = Spot(line, first.start, self._end)

    def _note(self, path: KeyPath, spot: Spot) -> None:
        for length in range(1, len(path) + 1):
            self.found.setdefault(path[:length], spot)
