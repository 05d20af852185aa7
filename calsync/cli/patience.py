"""A line on a terminal while something takes longer than a moment; it goes away before anything else is shown."""

from __future__ import annotations

import sys
from threading import Lock, Timer

PATIENCE_S = 1.0
_ERASE = "\r\x1b[2K"


class Patience:
    """Says `what` on stderr after a second, until `stop`; says nothing where stderr is no terminal."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = Lock()
        self._over = self._said = False
        self._timer = Timer(PATIENCE_S, self._say)
        if sys.stderr.isatty():
            self._timer.daemon = True
            self._timer.start()

    def stop(self) -> None:
        """Take the line away; may be called again."""
        with self._lock:
            self._timer.cancel()
            if self._said and not self._over:
                sys.stderr.write(_ERASE)
                sys.stderr.flush()
            self._over = True

    def _say(self) -> None:
        with self._lock:
            if not self._over:
                self._said = True
                sys.stderr.write(f"{self._what} …")
                sys.stderr.flush()
