"""What happens in a month: to the owner, to her clients, to her machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from calsync.deliver import outbox
from calsync.errors import CalsyncError
from calsync.model.message import Message, State
from tests.month.cast import HORIZON, ISTANBUL, OWNER, SECRET
from tests.month.diary import Meeting, Occurrence
from tests.month.post import Fault

if TYPE_CHECKING:
    from tests.month.month import Month

DAY = timedelta(days=1)
TITLES = ("Budget", "Status", "Review of spring", "Roof and walls")


class Life:
    """Acts, each drawn by the month's own dice."""

    def __init__(self, month: Month) -> None:
        self.month, self.dice = month, month.choice
        self.pauses: dict[str, datetime | None] = {}
        self.acts: list[tuple[int, Callable[[], None]]] = [
            (10, self.books),
            (3, self.is_busy_elsewhere),
            (4, self.decides_what_asks),
        ]

    def begins(self) -> None:
        """What stands when the month begins, and the first day."""
        for _ in range(self.dice.randint(2, 4)):
            self.books(weekly=True)
        for _ in range(self.dice.randint(3, 6)):
            self.books()
        self.a_day()

    def a_day(self) -> None:
        """Let a few things happen today, mostly while the owner is awake."""
        now = self.month.now
        midnight = now.astimezone(ISTANBUL).replace(hour=0, minute=0, second=0, microsecond=0)
        weights = [weight for weight, _ in self.acts]
        for _ in range(self.dice.randint(1, 4)):
            hour = self.dice.choice((7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21, 23))
            when = midnight + timedelta(hours=hour, minutes=self.dice.randrange(60))
            _, act = self.dice.choices(self.acts, weights)[0]
            if when > now:
                self.month.at(when.astimezone(UTC), "", act)
        self.month.at((midnight + DAY + timedelta(minutes=5)).astimezone(UTC), "", self.a_day)

    def all_is_well(self) -> None:
        """End whatever is out of order."""
        self.month.fault = Fault.NONE

    def sees_a_large_plan(self, digest: str) -> None:
        """Let the owner approve it, sooner or later."""
        later = self.month.now + timedelta(minutes=self.dice.choice((1, 30, 600)))

        def approves() -> None:
            self.month.cycle(digest=digest)

        self.month.at(later, "she looks at the large plan", approves)

    # --- appointments ---

    def books(self, *, weekly: bool = False) -> None:
        """A call with a client, in one of the ways in which they come about."""
        month, dice = self.month, self.dice
        client = dice.choice(list(month.config.clients.values()))
        weekly = weekly or dice.random() < 0.1
        start = self._some_time()
        if weekly and start.weekday() > 4:
            start += 2 * DAY
        meeting = self._meeting(start, dice.choice((15, 30, 45, 60, 60, 90)))
        meeting.title = dice.choice(TITLES)
        meeting.weeks = dice.randint(3, 8) if weekly else 0
        meeting.text = dice.choice((None, "", f"{SECRET} numbers, in the sheet", f"{SECRET}\n\nAgenda:\nRoof 10 min\n"))
        everybody = [one for one in (client.contact, *client.people) if one] or [f"lars@{client.domain}"]
        meeting.organizer = OWNER
        meeting.attendees = {who: "ACCEPTED" for who in everybody[: dice.choice((1, 1, len(everybody)))]}
        match dice.choices(("hers", "group", "invites", "alone", "tentative"), (6, 1, 2, 1, 1))[0]:
            case "group":
                meeting.attendees |= {"x@else.example": "ACCEPTED", "y@else.example": "NEEDS-ACTION"}
            case "invites":
                meeting.organizer = next(iter(meeting.attendees))
                meeting.mine = dice.choice(("ACCEPTED", "ACCEPTED", "NEEDS-ACTION"))
            case "alone" if client.title:
                meeting.attendees, meeting.organizer = {}, ""
                meeting.title = f"{client.title.title()}, {meeting.title}"
            case "tentative":
                meeting.tentative = True
        self._put(meeting, f"books {client.key}")

    def is_busy_elsewhere(self) -> None:
        """An appointment that is no client's."""
        meeting = self._meeting(self._some_time(), self.dice.choice((30, 60, 120)))
        meeting.title = f"{SECRET} dentist"
        meeting.free = self.dice.random() < 0.2
        self._put(meeting, "is busy")

    def _some_time(self) -> datetime:
        dice = self.dice
        hour = dice.choice((9, 10, 10, 11, 13, 14, 14, 15, 16, 17, 18, 21))
        day = self.month.now.astimezone(ISTANBUL) + dice.choice((0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 11)) * DAY
        start = day.replace(hour=hour, minute=dice.choice((0, 0, 15, 30)), second=0, microsecond=0)
        while start.weekday() > 4 and dice.random() < 0.9:
            start += DAY
        return start if start > self.month.now else start + DAY

    def _meeting(self, start: datetime, minutes: int) -> Meeting:
        now = self.month.now
        uid = f"{len(self.month.diary.meetings) + 1}@kaya.example"
        return Meeting(uid=uid, title="", start=start, minutes=minutes, born=now, changed=now)

    def _put(self, meeting: Meeting, what: str) -> None:
        month = self.month
        month.diary.meetings[meeting.uid] = meeting
        month.place.book(meeting, stamped=month.stamped)
        times = f" ×{meeting.weeks}" if meeting.weeks else ""
        month.note(f"she {what}: {meeting.uid} {meeting.start:%a %d %b %H:%M} {meeting.minutes} min{times}")
        month.soon()

    def coming(self) -> list[Occurrence]:
        """Return what lies ahead."""
        now = self.month.now
        return [one for one in self.month.diary.occurrences(now, now + HORIZON) if one.start > now]

    # --- her word to calsync ---

    def _rows(self, *states: State) -> list[Message]:
        return [one for one in self.month.house.ledger.memory().messages if one.state in states]

    def decides_what_asks(self) -> None:
        """Approve or skip what waits for her."""
        for row in self._rows(State.ASKS, State.UNKNOWN):
            if self.dice.random() < 0.3:
                continue
            word = outbox.approve if self.dice.random() < 0.8 else outbox.skip
            try:
                decided = word(row, self.month.now)
                self.month.house.ledger.set_state(decided)
            except CalsyncError as problem:
                self.month.note(f"she can't: {problem.what}")
                continue
            if row.state is State.UNKNOWN and decided.state is State.PLANNED:
                self.month.again.add(row.id)
            self.month.note(
                f"she {word.__name__}s {row.key.kind.value} to {row.key.to}, that {row.state.value}: {row.why}"
            )
        self.month.soon()
