"""Which of the phrases at hand a call brings: they take turns from one call with a client to the next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from itertools import groupby

from calsync.model.call import Call
from calsync.model.memory import Memory
from calsync.model.rules import Owner
from calsync.model.snapshot import Snapshot
from calsync.planning.names import left_alone


def turns(calls: Iterable[Call], memory: Memory, snapshot: Snapshot) -> dict[str, int]:
    """Return the turn of each call by name: one more than that of the call before it with the same client.

    calls: all that were found. Of those that the snapshot can't speak of (a calendar that was not read, an event that
    was left out) it is taken that they stand as they did. It is counted on from
    the calls that have begun, whose turn is remembered: what lies ahead changes only where a call comes or goes
    before it.
    """
    found = {call.name: (call.client.key, call.start.astimezone(UTC), call.name) for call in calls}
    others = (known for known in memory.calls.values() if known.name not in found and not left_alone(known, memory))
    now = snapshot.now
    stood = (
        known
        for known in others
        if not snapshot.speaks_of(known.calendar, known.uid) or known.start <= (known.gone_at or now)
    )
    every = [*found.values(), *((known.client, known.start.astimezone(UTC), known.name) for known in stood)]
    counted: dict[str, int] = {}
    for _, same in groupby(sorted(every), key=lambda one: one[0]):
        turn = -1
        for _, start, name in same:
            known = memory.calls.get(name)
            begun = known.turn if known is not None and start <= now else None
            turn = counted[name] = turn + 1 if begun is None else begun
    return counted


def share_of(owner: Owner, language: str, turn: int) -> str:
    """Return the small true thing about herself that this turn brings; empty where she has none in that language.

    Those of `en-US`, else of `en`, else of any language (a plain list).
    """
    things: tuple[str, ...] = next(
        (owner.share[name] for name in (language, language.split("-")[0], "") if name in owner.share), ()
    )
    return things[turn % len(things)] if things else ""
