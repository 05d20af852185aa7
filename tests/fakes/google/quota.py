"""How often one may ask: units in sliding minutes, writes a second on a calendar, and hours without any writing."""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime, timedelta
from itertools import cycle

from tests.fakes.google.ask import Ask
from tests.fakes.google.clock import Clock
from tests.fakes.google.refusal import quota_used_up, slow_down

MINUTE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)
READ_ONLY_FOR = timedelta(hours=2)
WRITES = ("events.insert", "events.patch", "events.update", "events.delete")


class Quota:
    """Limits of one project with one user; each may be set by a test.

    a_minute: units (a patch costs three). a_second: writes on one calendar.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.a_minute = 600
        self.a_second = 5
        self.used: deque[tuple[datetime, int]] = deque()
        self._writes: dict[str, deque[datetime]] = defaultdict(deque)
        self._kinds = cycle(("userRateLimitExceeded", "rateLimitExceeded", "tooMany"))
        self.read_only_until: datetime | None = None
        self._hammered = 0

    def spend(self, ask: Ask) -> None:
        """Count a request.

        Raises:
            Refusal: it is one too many; it counts all the same.
        """
        now = self._clock.now()
        units = 3 if ask.name == "events.patch" else 1
        while self.used and not now - MINUTE < self.used[0][0] <= now:
            self.used.popleft()
        self.used.append((now, units))
        if sum(spent for _, spent in self.used) > self.a_minute:
            raise slow_down(next(self._kinds), after=60)
        if ask.name not in WRITES:
            return
        self._writing(ask, now)
        writes = self._writes[ask.path["calendarId"]]
        while writes and not now - SECOND < writes[0] <= now:
            writes.popleft()
        writes.append(now)
        if len(writes) > self.a_second:
            raise slow_down("rateLimitExceeded")

    def _writing(self, ask: Ask, now: datetime) -> None:
        if ask.habits.has("quota exceeded", ask.name) is not None:
            self.read_only_until, self._hammered = now + READ_ONLY_FOR, 0
        if self.read_only_until is None or now >= self.read_only_until:
            return
        self._hammered += 1
        if self._hammered > 3:
            ask.wrong("a calendar whose quota is used up was written to again and again")
        raise quota_used_up()
