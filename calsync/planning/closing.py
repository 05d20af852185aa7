"""After a call: the draft of a close-out for its contact, and the line on an overrun that opens the next message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from calsync.model.call import Call
from calsync.model.memory import Memory, Told
from calsync.model.message import MAYBE_TOLD, OPEN, Kind, MessageKey, State
from calsync.model.rules import Client
from calsync.model.text import CallFacts, Closing, Overrun
from calsync.model.times import DAY, MINUTE, elapsed, whole_minutes
from calsync.planning.calls import last_told
from calsync.planning.facts import Next, is_meeting
from calsync.planning.messages import Context, Draft
from calsync.planning.people import contact
from calsync.planning.timing import next_polite


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A call of which the owner has told, as far as its texts need it; all instants aware.

    hard_stop: with flex, as the client knows it. planned: minutes to it, without what was given in the running call
    without a reason. calendar: where it stood. group: more people listened. meeting: it had a place.
    """

    told: Told
    start: datetime
    hard_stop: datetime
    planned: int
    calendar: str
    group: bool = False
    meeting: bool = False

    @property
    def over(self) -> int:
        """Minutes by which it ran over; 0 where it didn't, or where she gave no minutes."""
        return 0 if self.told.minutes is None else max(self.told.minutes - self.planned, 0)

    @property
    def lapses(self) -> datetime:
        """When a close-out comes too late: a day after the end."""
        took = (self.told.minutes or 0) * MINUTE
        end = max(self.hard_stop.astimezone(UTC), self.start.astimezone(UTC) + took)
        return end + DAY


def ended(calls: Iterable[Call], memory: Memory) -> tuple[Ended, ...]:
    """Return the calls of which the owner has told, by start: as they stand, else as they were last known."""
    standing = {call.name: call for call in calls}
    found = []
    for name, told in memory.told.items():
        call, known = standing.get(name), memory.calls.get(name)
        if call is not None:
            one = of_call(call, told)
        elif known is not None:
            heard = last_told(name, memory)
            stop = known.hard_stop if heard is None else heard.hard_stop
            planned = whole_minutes(elapsed(known.start, stop)) - _unexplained(name, memory)
            one = Ended(
                told=told,
                start=known.start,
                hard_stop=stop,
                planned=planned,
                calendar=known.calendar,
                group=known.group,
            )
        else:
            continue
        found.append(one)
    return tuple(sorted(found, key=lambda one: (one.start.astimezone(UTC), one.told.call)))


def of_call(call: Call, told: Told) -> Ended:
    """Return what the texts need of a call that stands, with what was told of it."""
    given = call.flex.minutes if call.flex is not None and not call.flex.because else 0
    return Ended(
        told=told,
        start=call.start,
        hard_stop=call.told_stop,
        planned=call.client_minutes - max(given, 0),
        calendar=call.occurrence.calendar,
        group=call.group,
        meeting=is_meeting(call.occurrence),
    )


def _unexplained(name: str, memory: Memory) -> int:
    flex = memory.flexes.get(name)
    return max(flex.minutes, 0) if flex is not None and not flex.because else 0


def close_outs(
    over: Iterable[Ended], calls: Sequence[Call], coming: Mapping[str, Next], context: Context
) -> tuple[Draft, ...]:
    """Return the draft for the contact of each call of which she told what was decided or what to prepare.

    It waits for her approval until a day after the call's end. calls, coming: what names the next date. What went, or
    may have gone, is not followed by another; after one that she skipped there is one more only if she tells anew.
    """
    found = []
    for one in over:
        told, client = one.told, context.rules.client(one.told.client)
        to = contact(client) if client is not None else None
        if client is None or to is None or client.policy.send == "off" or one.lapses <= context.now:
            continue
        if not (told.decided or told.prep) or one.calendar in context.unread:
            continue
        rows = [row for row in context.memory.messages if _is_close_out(row.key, told.call)]
        if any(row.state in MAYBE_TOLD for row in rows):
            continue
        before = [row for row in rows if row.state not in OPEN and row.send_at < (told.closed_at or told.at)]
        key = MessageKey(
            call=told.call, to=to, start=one.start.astimezone(UTC), kind=Kind.CLOSE_OUT, revision=len(before)
        )
        read = next_polite(context.now, client.policy, client.timezone) or context.now
        found.append(
            Draft(
                key=key,
                client=client,
                call=None,
                send_at=told.closed_at or told.at,
                expires_at=one.lapses,
                state=State.ASKS,
                why="approve this draft, or skip it; it lapses a day after the call",
                thread=last_told(told.call, context.memory, to),
                calendar=one.calendar,
                closed=_facts(one, client, calls, coming, read),
                closing=Closing(decided=told.decided, prep=told.prep),
            )
        )
    return tuple(found)


def _is_close_out(key: MessageKey, call: str) -> bool:
    return key.kind is Kind.CLOSE_OUT and key.call == call


def _facts(one: Ended, client: Client, calls: Sequence[Call], coming: Mapping[str, Next], read: datetime) -> CallFacts:
    """Return what a close-out that is read at `read` may say: its own call, and the next one after that moment."""
    begun = [call for call in calls if call.client.key == client.key and call.start <= read]
    after = coming[begun[-1].name] if begun else Next(None, known=False)
    return CallFacts(
        at=read,
        start=one.start,
        hard_stop=one.hard_stop,
        meeting=one.meeting,
        next_start=after.start,
        next_known=after.known,
    )


def overrun(draft: Draft, over: Iterable[Ended], told_since: datetime | None, context: Context) -> Overrun | None:
    """Return what opens a message: that the last call ran over, and why, where she gave the reason; else None.

    over: of the calls that ended, by start. told_since: when this recipient had the last message at its lead. It is
    said once to each who knew of that call, and only while it is the last that has begun.
    """
    call = draft.call
    if draft.key.kind is not Kind.TIMEFRAME or call is None:
        return None
    mine = [one for one in over if one.told.client == draft.client.key and one.start <= draft.send_at]
    if not mine:
        return None
    last, memory = mine[-1], context.memory
    at = last.start.astimezone(UTC)
    since = any(
        known.client == draft.client.key and known.gone_at is None and at < known.start <= draft.send_at
        for known in memory.calls.values()
    )
    if since or not (last.over and last.told.because) or _said_before(last.told, told_since):
        return None
    to = draft.key.to
    if to != contact(draft.client) and last_told(last.told.call, memory, to) is None:
        return None
    return opening(last, call)


def _said_before(told: Told, told_since: datetime | None) -> bool:
    return told_since is not None and (told.ran_at or told.at) <= told_since


def opening(last: Ended, call: Call | None) -> Overrun:
    """Return what the message about `call` says of the overrun of the `last` one."""
    back = call is not None and call.flex is None and call.client_minutes == last.planned
    return Overrun(minutes=last.over, because=last.told.because, back=back)
