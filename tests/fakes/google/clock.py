"""The fake's own clock: it goes on by itself from wherever it is set, and can be pushed."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that runs; thread-safe as far as a test needs."""

    def __init__(self, now: datetime | None = None) -> None:
        """Start at `now`, by default at the machine's time."""
        self.set(now or datetime.fromtimestamp(time.time(), UTC))  # noqa: TID251 (a server has a clock)

    def set(self, now: datetime) -> None:
        """Put it to an aware instant."""
        self._base = now.astimezone(UTC)
        self._since = time.monotonic()

    def push(self, by: timedelta) -> None:
        """Let this much time pass at once; also backwards."""
        self._base += by

    def now(self) -> datetime:
        """The time, in UTC."""
        return self._base + timedelta(seconds=time.monotonic() - self._since)


def stamp(instant: datetime) -> str:
    """An instant as Google writes `created` and `updated`: UTC with three digits of a second."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"
