"""A client's standing items: a text file that the owner keeps beside the config, a line each."""

from __future__ import annotations

from pathlib import Path

from calsync.errors import AgendaFileUnreadable
from calsync.planning.agenda import items_of

MOST_BYTES = 64 * 1024
MOST_ITEMS = 40


def read_items(path: Path) -> tuple[str, ...]:
    """Return the items in an `agenda_file` (UTF-8), without bullets and numbers; minutes stay at their ends.

    Empty lines, and lines that begin with `#`, are passed over.

    Raises:
        AgendaFileUnreadable: it can't be read, is no text, or is no list that anybody would read.
    """
    try:
        if not path.is_file() and path.exists():
            raise AgendaFileUnreadable("this is no file", where=str(path))
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise AgendaFileUnreadable(f"it can't be read: {error.strerror}", where=str(path)) from error
    if len(data) > MOST_BYTES:
        raise AgendaFileUnreadable(f"it is longer than {MOST_BYTES // 1024} KiB", where=str(path))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise AgendaFileUnreadable("it is no text in UTF-8", where=f"{path}, line {line}") from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise AgendaFileUnreadable("it is no text", where=f"{path}, line {line}")
    items = items_of(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    if len(items) > MOST_ITEMS:
        raise AgendaFileUnreadable(f"it has {len(items)} items; the most are {MOST_ITEMS}", where=str(path))
    return items
