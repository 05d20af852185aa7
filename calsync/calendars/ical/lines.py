"""Content lines of iCalendar (RFC 5545 §3.1): folding, names, parameters, escapes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

Properties = dict[str, list[tuple[str, str]]]
"""Properties of one component by upper-case name: (parameters as they stand, raw value) each."""

_FOLD = re.compile(rb"\r?\n[ \t]")
_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;(?:"[^"]*"|[^":])*)?):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";])*)')
_ESCAPED = re.compile(r"\\([\\;,nN])")
_CARET = re.compile(r"\^([n'^])")
_TO_ESCAPE = re.compile(r"[\\;,\n]")
_OCTETS = 75
_TIMES = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"})
_OF_TIME = frozenset({"DT", "RE", "EX", "RD", "dt", "re", "ex", "rd"})


def unfold(raw: bytes) -> bytes:
    """Return `raw` with its folded lines joined: a line break and one blank are taken away (§3.1)."""
    joined = raw.replace(b"\r\n ", b"")
    # Nearly all programs fold so; what is left over needs the slower way.
    if b"\n " in joined or b"\n\t" in joined:
        return _FOLD.sub(b"", raw)
    return joined


def content_lines(raw: bytes) -> list[str]:
    """Return the unfolded, non-empty lines of `raw` (UTF-8)."""
    text = unfold(raw).decode("utf-8", "replace")
    return [line for line in text.replace("\r\n", "\n").split("\n") if line]


def properties(lines: Iterable[str]) -> Properties:
    """Return the properties of one component; a line that is none is left out."""
    found: Properties = {}
    for line in lines:
        name, mark, value = line.partition(":")
        parameters = ""
        if ":" in value and line[:2] in _OF_TIME and name.partition(";")[0].upper() in _TIMES:
            # No date has a colon: it belongs to a zone's name, which should have stood in quotes.
            name, _, value = line.rpartition(":")
            name, semicolon, parameters = name.partition(";")
            found.setdefault(name.upper(), []).append((semicolon + parameters, value))
            continue
        if ";" in name:
            if '"' in line:
                match = _LINE.fullmatch(line)
                if match is None:
                    continue
                name, parameters, value = match.groups()
            else:
                name, _, parameters = name.partition(";")
                parameters = ";" + parameters
        if mark:
            found.setdefault(name.upper(), []).append((parameters, value))
    return found


@lru_cache(maxsize=1024)
def parameters(text: str) -> Mapping[str, str]:
    """Return the parameters of `;NAME=value;NAME="value"` by upper-case name, unquoted (RFC 6868 carets undone)."""
    return {name.upper(): _uncaret(value.replace('"', "")) for name, value in _PARAMETER.findall(text)}


def _uncaret(value: str) -> str:
    return _CARET.sub(lambda m: {"n": "\n", "'": '"', "^": "^"}[m[1]], value) if "^" in value else value


def unescape(value: str) -> str:
    """Return the text that a TEXT value stands for (§3.3.11); an unknown escape stays as it is."""
    if "\\" not in value:
        return value
    if "\\\\" not in value:
        return value.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";")
    return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], value)


def escape(text: str) -> str:
    """Return `text` as a TEXT value (§3.3.11)."""
    return _TO_ESCAPE.sub(lambda m: "\\n" if m[0] == "\n" else "\\" + m[0], text.replace("\r\n", "\n"))


def value_start(line: str) -> int:
    """Return where the value of a content line begins: behind the first colon outside of quotes."""
    quoted = False
    for at, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif character == ":" and not quoted:
            return at + 1
    return len(line)


def fold(line: str, eol: bytes, *, first: int = _OCTETS) -> bytes:
    """Return `line` folded at 75 octets, never inside a character, without a line break at its end.

    first: how many octets its first physical line may have (74 behind a blank that continues a line).
    """
    pieces: list[bytes] = []
    piece = bytearray()
    room = first
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > room:
            pieces.append(bytes(piece))
            piece.clear()
            room = _OCTETS - 1
        piece += octets
    pieces.append(bytes(piece))
    return (eol + b" ").join(pieces)


def canonical(line: str) -> str:
    """Return a content line in the one form that programs which re-write files all mean.

    Names in upper case, parameters sorted and unquoted, escapes in one spelling.
    """
    match = _LINE.fullmatch(line)
    if match is None:
        return line
    name, given, value = match.groups()
    sorted_parameters = "".join(f";{key}={text}" for key, text in sorted(parameters(given).items()))
    return f"{name.upper()}{sorted_parameters}:{unescape(value)}"


def digest(raw: bytes) -> str:
    """Return a short digest of bytes, as a version."""
    return hashlib.blake2b(raw, digest_size=12).hexdigest()
