"""Whether a calendar file is another one than before, told by one look at its name; no file is opened for that."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

Look = tuple[int, int, int, int, int] | None
"""Device, inode, size and the times of the last change of content and of anything, in ns; None: it can't be seen."""


def look(path: Path) -> Look:
    """Return how the file at `path` is seen now, through symbolic links."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def place_of(path: Path) -> tuple[int, int] | None:
    """Return which file bears this name now: device and inode; None where there is none to be seen."""
    seen = look(path)
    return seen[:2] if seen is not None else None


class Files:
    """Files that other programs write to, and how they looked when a pass over them began."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = tuple(paths)
        self._known: dict[Path, Look] = {}

    def look(self) -> Mapping[Path, Look]:
        """Return how all of them are seen now."""
        return {path: look(path) for path in self._paths}

    def changed(self) -> bool:
        """Tell whether one looks otherwise than when it was kept last."""
        return any(path not in self._known or self._known[path] != seen for path, seen in self.look().items())

    def keep(self, seen: Mapping[Path, Look]) -> None:
        """Keep this as how they look."""
        self._known.update(seen)
