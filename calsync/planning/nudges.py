"""Nudges: when the owner is told during a call how much of it is left, and what she is told then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from calsync.model.call import Call, digest_of
from calsync.model.memory import Memory
from calsync.model.nudge import Moment, NudgeFacts
from calsync.model.rules import Policy, Rules
from calsync.model.snapshot import Snapshot
from calsync.model.text import Voice
from calsync.model.times import elapsed, later, whole_minutes
from calsync.planning.calls import Found, find_calls
from calsync.planning.hand import in_hand
from calsync.planning.messages import paused

LATE = timedelta(minutes=1)
"""A nudge that comes so much after its moment is worth nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """One nudge: its key (by call, start, which, and moment), and what it says in the voice of its client."""

    key: str
    call: str
    at: datetime
    voice: Voice
    facts: NudgeFacts


def moments(start: datetime, stop: datetime, policy: Policy) -> Iterator[tuple[Moment, datetime]]:
    """Yield when there are nudges in a call: at its start, before its hard stop and at it; none without `nudges`.

    Of those before the hard stop none falls in the first half of the call.
    """
    if not policy.nudges:
        return
    yield Moment.START, start
    for lead in sorted(policy.nudges, reverse=True):
        if 2 * lead <= elapsed(start, stop):
            yield Moment.LEFT, later(stop, -lead)
    yield Moment.STOP, stop


def coming(memory: Memory, rules: Rules, now: datetime) -> tuple[datetime, ...]:
    """Return when it has to be looked for nudges, going by the calls as they were last seen; earliest first.

    What has passed less than a minute ago is among them.
    """
    found = set()
    for known in memory.calls.values():
        client = rules.client(known.client)
        if client is None or known.gone_at is not None or known.hard_stop <= now - LATE:
            continue
        found |= {at.astimezone(UTC) for _, at in moments(known.start, known.hard_stop, client.policy)}
    return tuple(sorted(at for at in found if at > now - LATE))


def due(snapshot: Snapshot, rules: Rules, memory: Memory) -> tuple[Nudge, ...]:
    """Return the nudges whose moment came less than a minute ago, of calls that take place and aren't paused."""
    now = snapshot.now
    found = find_calls(snapshot, rules, memory)
    return tuple(
        _nudge(call, which, at, found, snapshot, rules, memory)
        for call in _running(found.calls, memory, now)
        for which, at in moments(call.start, call.hard_stop, call.client.policy)
        if at <= now < at + LATE
    )


def _running(calls: Iterable[Call], memory: Memory, now: datetime) -> Iterator[Call]:
    for call in calls:
        if call.start <= now < later(call.hard_stop, LATE) and not call.doubtful:
            if paused(call.client.key, memory.pauses, now) is None:
                yield call


def _nudge(
    call: Call, which: Moment, at: datetime, found: Found, snapshot: Snapshot, rules: Rules, memory: Memory
) -> Nudge:
    hand = in_hand(call, found, snapshot, rules, memory)
    stamps = (f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}" for moment in (call.start, at))
    return Nudge(
        key=" ".join(("nudge", digest_of(call.name), which, *stamps)),
        call=call.id,
        at=at,
        voice=hand.voice,
        facts=NudgeFacts(
            moment=which,
            at=at,
            left=whole_minutes(elapsed(at, call.hard_stop)),
            stop=call.hard_stop,
            prep=hand.facts,
        ),
    )
