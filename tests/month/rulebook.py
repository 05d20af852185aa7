"""What the rules say of one appointment, in few words and without calsync's own code: the judge's yardstick."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from tests.month.cast import ISTANBUL, LONGEST, OWNER, WORK_HOURS, Client
from tests.month.diary import Meeting, Occurrence

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SHORTEST = timedelta(minutes=5)
SETTLES = timedelta(minutes=10)
_WORDS = ("dinner", "lunch", "birthday")


@dataclass(frozen=True, slots=True)
class Call:
    """An occurrence that is a client's time. level: 2 by an address, 1 by a domain, 0 by its title."""

    occurrence: Occurrence
    client: Client
    level: int

    @property
    def start(self) -> datetime:
        return self.occurrence.start

    @property
    def meeting(self) -> Meeting:
        return self.occurrence.meeting

    @property
    def organized(self) -> bool:
        return self.meeting.organizer in ("", OWNER)


def call_of(one: Occurrence, clients: Iterable[Client]) -> Call | None:
    """Return the call that an occurrence is, or None; what the owner decided by hand is not looked at."""
    meeting = one.meeting
    if one.cancelled or meeting.free or meeting.private or meeting.mine == "DECLINED":
        return None
    if one.end - one.start < SHORTEST or any(word in meeting.title.lower().split() for word in _WORDS):
        return None
    if "calsync: off" in (meeting.text or "").split("\n"):
        return None
    people = {**({meeting.organizer: ""} if meeting.organizer else {}), **meeting.attendees}
    people.pop(OWNER, None)
    best = None
    for client in clients:
        level = max((client.level(who) for who in people), default=0)
        titled = not people and bool(client.title) and client.title in meeting.title.lower()
        if (level or titled) and (best is None or level > best.level):
            best = Call(one, client, level)
    if best is not None and best.level:
        hers = [answer for who, answer in people.items() if best.client.level(who)]
        if all(answer == "DECLINED" for answer in hers):
            return None
    return best


def recipients(call: Call) -> frozenset[str]:
    """Return everybody who may be written to about this call."""
    meeting, client = call.meeting, call.client
    people = {**({meeting.organizer: ""} if meeting.organizer else {}), **meeting.attendees}
    theirs = {who for who, answer in people.items() if client.level(who) and answer != "DECLINED"}
    if not theirs:
        return frozenset({client.contact} if client.contact else ())
    return frozenset(theirs & {client.contact, *client.people}) or frozenset(theirs)


def certain(call: Call) -> frozenset[str]:
    """Return those of them who are surely written to: all that are named, or the only one."""
    found = recipients(call)
    named = found & {call.client.contact, *call.client.people}
    return frozenset(named) or (found if len(found) == 1 else frozenset())


def doubtful(one: Occurrence) -> bool:
    """Tell whether it lies outside the owner's hours, or is very long."""
    local = one.start.astimezone(ISTANBUL)
    minutes = local.hour * 60 + local.minute
    return local.weekday() > 4 or not WORK_HOURS[0] <= minutes < WORK_HOURS[1] or one.end - one.start > LONGEST


def open_question(call: Call) -> bool:
    """Tell whether it is not sure yet that the call takes place."""
    return call.meeting.tentative or (not call.organized and call.meeting.mine in ("NEEDS-ACTION", "TENTATIVE"))


def by_stranger(call: Call) -> bool:
    """Tell whether all that may be written to are known by their domain only, in somebody else's invitation."""
    return not call.organized and all(call.client.level(who) == 1 for who in recipients(call))


def polite(at: datetime, client: Client) -> bool:
    """Tell whether a client may be written to at this moment."""
    local = at.astimezone(client.zone)
    minutes = local.hour * 60 + local.minute
    after = minutes > client.polite[1] or (minutes == client.polite[1] and (local.second or local.microsecond))
    return local.weekday() in client.days and minutes >= client.polite[0] and not after


def next_polite(at: datetime, client: Client) -> datetime:
    """Return the first moment from `at` on at which a client may be written to."""
    found = at
    while not polite(found, client):
        local = found.astimezone(client.zone)
        opening = _at(local, client.polite[0], client)
        found = opening if opening > found else _at(local + DAY, client.polite[0], client)
    return found


def _at(day: datetime, minutes: int, client: Client) -> datetime:
    clock = time(minutes // 60, minutes % 60)
    return datetime.combine(day.date(), clock, tzinfo=client.zone).astimezone(UTC)


def usual(start: datetime, lead: int, client: Client) -> datetime:
    """Return when a message that goes `lead` minutes before the start goes, if nothing comes in between."""
    at = start - lead * MINUTE
    following = next_polite(at, client)
    if start - following >= lead * MINUTE / 2:
        return following
    local = at.astimezone(client.zone)
    minutes = min(max(local.hour * 60 + local.minute, client.polite[0]), client.polite[1])
    day = local - DAY
    while day.weekday() not in client.days:
        day -= DAY
    return _at(day, minutes, client)


def earlier_stop(start: datetime, end: datetime, cap: int | None) -> datetime:
    """Return the hard stop without flex."""
    return min(end, start + cap * MINUTE) if cap is not None else end
