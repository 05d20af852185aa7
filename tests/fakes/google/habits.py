"""Bad habits of Google by name, each switched on for so many requests of one kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

# name: what it does; what may be said with it
NAMES: Final = {
    "user rate limit": "403 userRateLimitExceeded; after: seconds of Retry-After",
    "rate limit": "403 rateLimitExceeded; after",
    "too many requests": "429 rateLimitExceeded; after",
    "quota exceeded": "403 quotaExceeded on writes, for two hours from now on",
    "server error": "code (500, 502, 503) before anything is done; kind: json, html or empty",
    "server error after the write": "the same, when all was done",
    "no answer": "the connection is closed before anything is done",
    "lost answer": "the connection is closed when all was done",
    "cut answer": "half of the body, and the connection is closed; quietly: Content-Length is that of the half",
    "slow answer": "seconds before the answer; drip: a byte at a time",
    "captive portal": "200 with a page of somebody else's",
    "no items": "200 without the field items",
    "plain answer": "not compressed",
    "another host": "302 to `to`",
    "expired token": "401, whatever the token",
    "trimmed descriptions": "a description is cut at `at` characters when it is stored",
    "stale lists": "a write shows in lists after `lists` of them, or after `seconds`",
    "missing from lists": "`event` is not listed, and is there when it is asked for",
    "small pages": "pages of one to three",
    "empty pages": "every other page is empty",
    "re-ordered pages": "items stand in the order of their ids' digests",
    "guest's write ignored": "200 with the old event where a guest writes",
    "guest's write kept apart": "200, and the guest's copy alone is changed",
    "version moves without a change": "a write that changes nothing gives a new etag",
    "clock skew": "the Date header is `seconds` ahead",
    "forgotten message id": "Gmail gives a mail a Message-ID of its own",
}


@dataclass(kw_only=True)
class Habit:
    """One habit; times: how often still, None for ever. skip: how many requests are spared first."""

    name: str
    only: str
    times: int | None
    skip: int
    said: dict[str, Any] = field(default_factory=dict)


class Habits:
    """Those that are switched on."""

    def __init__(self) -> None:
        self._on: list[Habit] = []
        self.taken: list[tuple[str, str]] = []

    def on(self, name: str, *, only: str = "", times: int | None = 1, skip: int = 0, **said: Any) -> None:
        """Switch a habit on for the next `times` requests whose method (events.list, send, token) begins with `only`.

        said: what the habit is told, as NAMES lists it.
        """
        if name not in NAMES:
            raise KeyError(f"no such habit: {name}; there are {', '.join(NAMES)}")
        self._on.append(Habit(name=name, only=only, times=times, skip=skip, said=said))

    def off(self, name: str = "") -> None:
        """Switch a habit off, or all of them."""
        self._on = [habit for habit in self._on if name and habit.name != name]

    def has(self, name: str, call: str) -> dict[str, Any] | None:
        """Return what a habit was told if it is on for this request, and count it."""
        for habit in self._on:
            if habit.name != name or not call.startswith(habit.only) or habit.times == 0:
                continue
            if habit.skip:
                habit.skip -= 1
                continue
            if habit.times is not None:
                habit.times -= 1
            self.taken.append((name, call))
            return habit.said
        return None
