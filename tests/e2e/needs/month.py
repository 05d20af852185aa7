"""A month of two calls a week with one talkative client, lived through from the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.e2e.needs.owner import HER, ISTANBUL, Mail, Owner

BEGIN, END = "2026-11-02 09:00", "2026-11-30 22:00"
TUESDAYS = [f"2026-11-{day:02} 14:00" for day in (3, 10, 17, 24)] + ["2026-12-01 14:00"]
THURSDAYS = [f"2026-11-{day:02} 16:00" for day in (5, 12, 19, 26)]


class Month:
    """What happens from day to day, and calsync in between: by its own moments, and when nothing may go."""

    def __init__(self, owner: Owner) -> None:
        self.owner, self.now = owner, BEGIN

    def live(self) -> list[Mail]:
        """Let the month pass; return what the client got.

        Two calls a week, an hour in the invitation and 45 minutes by her cap: an announcement, a point added, one
        call made longer, one late start, a call moved by the owner, another cancelled.
        """
        owner, her = self.owner, self.owner.client
        owner.config(more="shared = true")
        for number, start in enumerate(sorted(TUESDAYS + THURSDAYS)):
            owner.enters(f"call-{number}", start, 60)
        self.says(BEGIN, "announce", "client", "--because", her.announced, "--yes")
        self.says("2026-11-08 21:30", "agenda", "client", "--add", her.added)
        self.says("2026-11-11 09:00", "flex", "client", "+15m", "--because", her.longer, "--yes")
        self.says("2026-11-17 13:40", "late", "client", "10m", "--because", her.late, "--yes")
        self.happens("2026-11-18 18:30", lambda: owner.moves("2026-11-19 16:00", "2026-11-20 12:00", 60))
        self.happens("2026-11-25 17:00", lambda: owner.calendar.drop("call-7"))
        self.happens("2026-11-25 17:30", lambda: self.approves("cancelled"))
        self.passes(END)
        return owner.mails(HER)

    def says(self, at: str, *words: str) -> None:
        """Let the owner type this at that moment."""
        self.happens(at, lambda: self.owner.does(*words, at=at))

    def happens(self, at: str, what: Callable[[], object]) -> None:
        """Let something happen at that moment, and calsync see it."""
        self.passes(at)
        what()
        self.owner.does("sync", at=at)

    def approves(self, kind: str) -> None:
        """Let the owner approve the draft of this kind."""
        (draft,) = (one for one in self.outbox() if (one["kind"], one["state"]) == (kind, "asks"))
        self.owner.does("outbox", "approve", draft["id"], at=self.now)

    def outbox(self) -> list[dict[str, str]]:
        """Return every message there is by now."""
        found: list[dict[str, str]] = self.owner.sees("outbox", at=self.now)["messages"]
        return found

    def passes(self, until: str) -> None:
        """Sync whenever a message falls due before then, and each night and on Sundays, when none may go."""
        while (at := min(self.due(), self.night(), until)) < until:
            self.now = at
            self.owner.does("sync", at=at)
        self.now = until

    def due(self) -> str:
        """Return when the next message goes."""
        moments = [datetime.fromisoformat(one["send_at"]) for one in self.outbox() if one["state"] == "planned"]
        said = [f"{moment.astimezone(ISTANBUL):%Y-%m-%d %H:%M}" for moment in moments]
        return min((one for one in said if one > self.now), default=END)

    def night(self) -> str:
        """Return the next evening or Sunday noon."""
        now = datetime.fromisoformat(self.now)
        clocks = (12, 21) if now.weekday() == 6 else (21,)
        today = [now.replace(hour=hour, minute=30) for hour in clocks]
        moment = next((one for one in today if one > now), today[-1] + timedelta(days=1))
        return f"{moment:%Y-%m-%d %H:%M}"
