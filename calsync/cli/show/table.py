"""Tables: drawn by rich in a terminal, aligned plain text everywhere else; and text made safe for both."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence

_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_FOLDED = 20  # columns that a text at least has where it is folded
_KEPT = {"\u200c", "\u200d", "\u00ad"}  # joiners of scripts and emoji, soft hyphen


def one_line(text: str) -> str:
    """Return `text` as one line without control characters: a title from a stranger must not steer a terminal."""
    return " ".join("".join(_safe(letter) for letter in text).split())


def lines(text: str) -> str:
    """Return `text` without control characters, its line breaks kept."""
    return "\n".join("".join(_safe(letter) for letter in line).rstrip() for line in text.split("\n"))


def _safe(letter: str) -> str:
    if letter.isascii() and letter.isprintable():
        return letter
    if letter in "\t\n\r":
        return " "
    return "" if unicodedata.category(letter) in _UNSAFE and letter not in _KEPT else letter


def indent(text: str, by: str = "    ") -> str:
    """Return `text` with `by` before every line that is not empty."""
    return "\n".join(f"{by}{line}" if line else "" for line in lines(text).split("\n"))


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    terminal: bool = False,
    plain: bool = False,
) -> list[str]:
    """Return the lines of a table; columns in `right` are aligned to the right.

    terminal: drawn for the terminal behind stdout where it is wide enough. plain: without colours.
    """
    clean = [[one_line(cell) for cell in row] for row in rows]
    drawn = _drawn(heads, clean, right, plain=plain) if terminal else None
    return drawn or aligned([list(heads), *clean], right)


def aligned(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Return the rows as lines, columns two blanks apart."""
    if not rows:
        return []
    widths = [max(_width(row[n]) for row in rows) for n in range(len(rows[0]))]
    return [
        "  ".join(
            " " * (width - _width(cell)) + cell if n in right else cell + " " * (width - _width(cell))
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(bool(unicodedata.combining(letter)) for letter in text)


def _drawn(
    heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int], *, plain: bool
) -> list[str] | None:
    """Return a drawn table, its widest column folded where the terminal is narrow; None where it doesn't fit at all."""
    # rich only where it is seen: it costs half as much as everything else that a small command imports.
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, no_color=plain, highlight=False)
    widths = [max(_width(row[number]) for row in (heads, *rows)) for number in range(len(heads))]
    widest = widths.index(max(widths))
    # Two blanks and a line stand between columns. Ids and times cut short are of no use to anybody.
    if sum(widths) - widths[widest] + min(widths[widest], _FOLDED) + 3 * len(widths) > console.width:
        return None
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="" if plain else "bold")
    for number, head in enumerate(heads):
        folds = number == widest
        drawn.add_column(head, justify="right" if number in right else "left", no_wrap=not folds, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    with console.capture() as shown:
        console.print(drawn)
    return shown.get().rstrip("\n").split("\n")
