"""What was left open in a call goes to the top of the list of the next one with its client."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from calsync.model.call import Call
from calsync.model.memory import Memory, Told


def with_open_items(calls: Sequence[Call], memory: Memory) -> list[Call]:
    """Return `calls` (by start) with the items that the owner left open before, each in one call.

    It is the first with that client that had not begun when she told. What was left open in a one-to-one call goes
    past a group call, where it is only `withheld`, unless she lets it stand there (`Memory.carried`).
    """
    carried: dict[str, tuple[str, ...]] = {}
    withheld: dict[str, tuple[str, ...]] = {}
    begun = {call.name: call for call in calls}
    for told in sorted(memory.told.values(), key=lambda one: (one.start, one.call)):
        if not told.open:
            continue
        origin, known = begun.get(told.call), memory.calls.get(told.call)
        alone = not (origin.group if origin is not None else known is not None and known.group)
        for call in _after(told, calls, memory):
            if call is None:
                break
            if not (alone and call.group) or call.name in memory.carried:
                carried[call.name] = (*carried.get(call.name, ()), *told.open)
                break
            withheld[call.name] = (*withheld.get(call.name, ()), *told.open)
    return [
        replace(call, carried=_once(carried.get(call.name, ())), withheld=_once(withheld.get(call.name, ())))
        if call.name in carried or call.name in withheld
        else call
        for call in calls
    ]


def _after(told: Told, calls: Iterable[Call], memory: Memory) -> Iterable[Call | None]:
    """Yield the calls that may take what was left open, by start; None where one that is out of view has taken it."""
    moment = max(told.start, told.open_at or told.at)
    first = min((call.start for call in calls), default=None)
    taken = first is not None and any(
        known.client == told.client and known.gone_at is None and moment < known.start < first
        for known in memory.calls.values()
    )
    if taken:
        yield None
    for call in calls:
        if call.client.key == told.client and call.start > moment:
            yield call


def _once(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
