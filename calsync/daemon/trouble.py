"""Problems that stand: each is said once, and its end; and how long to wait before something is tried again."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Backoff:
    """Pauses that double from `first` to `most` seconds while something keeps failing."""

    def __init__(self, first: float, most: float) -> None:
        self._first, self._most = first, max(first, most)
        self._pause = first
        self._until: float | None = None

    @property
    def waiting(self) -> bool:
        """Whether it failed, and has not succeeded since."""
        return self._until is not None

    def failed(self, now: float) -> None:
        """Wait longer than after the last failure. now: seconds of the clock that `over` is asked with."""
        self._until = now + self._pause
        self._pause = min(2 * self._pause, self._most)

    def good(self) -> None:
        """Begin anew after a success, or when what was waited for may be over."""
        self._pause, self._until = self._first, None

    def over(self, now: float) -> bool:
        """Tell whether it is time to try again."""
        return self._until is None or now >= self._until


class Troubles:
    """The problems that stand, over all threads.

    appeared, ended: told of a problem once, when it comes or changes and when it is gone: its key, and what it is.
    """

    def __init__(self, appeared: Callable[[str, str], None], ended: Callable[[str, str], None]) -> None:
        self._appeared, self._ended = appeared, ended
        self._lock = threading.Lock()
        self._standing: dict[str, str] = {}

    def stands(self, key: str, what: str) -> None:
        """Keep that this problem stands."""
        with self._lock:
            known = self._standing.get(key)
            self._standing[key] = what
        if known != what:
            self._appeared(key, what)

    def gone(self, key: str) -> None:
        """Keep that this problem is over, if it stood."""
        with self._lock:
            what = self._standing.pop(key, None)
        if what is not None:
            self._ended(key, what)

    def only(self, prefix: str, found: dict[str, str]) -> None:
        """Keep that of the problems whose key begins so, these stand and no other."""
        with self._lock:
            over = [key for key in self._standing if key.startswith(prefix) and key not in found]
        for key in over:
            self.gone(key)
        for key, what in found.items():
            self.stands(key, what)

    @property
    def standing(self) -> tuple[str, ...]:
        """What stands, oldest first."""
        with self._lock:
            return tuple(self._standing.values())
