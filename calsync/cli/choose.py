"""CALL: from what was typed, the beginning of an id or a client's key, to the one call that is meant."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeVar

from calsync.cli.show.data import ShortIds
from calsync.cli.show.table import one_line
from calsync.cli.show.when import Clock
from calsync.errors import UsageError
from calsync.model.call import Call
from calsync.model.plan import CallView, Plan
from calsync.model.rules import Rules

SHORTEST = 3
AFTER_THE_STOP = timedelta(minutes=30)
_LISTED = 5

Thing = TypeVar("Thing")


class Prefer(Enum):
    """Which of a client's calls is meant when only the client is named."""

    CURRENT = "the current one, else the next"
    RUNNING = "the running one, until 30 minutes after its hard stop, else the next"
    NEXT = "the next not yet begun, else the current one"
    BEGUN = "the last that has begun"


def choose_call(typed: str, calls: Sequence[Call], clients: Iterable[str], clock: Clock, prefer: Prefer) -> Call:
    """Return the call that `typed` names; `calls` by start, `clock.now` decides what is current.

    A client's key goes before the beginning of an id.

    Raises:
        UsageError: none or several are meant; the nearest are listed.
    """
    keys = list(clients)
    if typed in keys:
        if found := preferred([call for call in calls if call.client.key == typed], clock.now, prefer):
            return found
        raise UsageError(f'no call with "{typed}" is in view', hint="calsync plan lists those that are")
    if found := by_id(typed, calls, lambda call: call.id):
        return found
    raise no_such_call(typed, calls, keys, clock)


def choose_view(typed: str, plan: Plan, rules: Rules, clock: Clock, prefer: Prefer) -> CallView:
    """Return the call in view that `typed` names, with its texts; errors as `choose_call`."""
    try:
        call = choose_call(typed, plan.calls, [client.key for client in rules.clients], clock, prefer)
    except UsageError as error:
        raise with_unread(error, {line.name: line.error for line in plan.calendars if not line.ok}) from error
    return next(view for view in plan.views if view.call is call)


def with_unread(error: UsageError, unread: Mapping[str, str]) -> UsageError:
    """Return `error` with the calendars that could not be read: what was meant may stand there."""
    lines = [f"{name} could not be read: {one_line(why)}" for name, why in unread.items()]
    return UsageError(error.what, where=error.where, hint="\n".join([*lines, error.hint]))


def preferred(calls: Sequence[Call], now: datetime, prefer: Prefer) -> Call | None:
    """Return the one of a client's calls that is meant, None where there is none."""
    if prefer is Prefer.BEGUN:
        return next((call for call in reversed(calls) if call.start <= now), None)
    ahead = [call for call in calls if call.start > now]
    grace = AFTER_THE_STOP if prefer is Prefer.RUNNING else timedelta(0)
    running = [call for call in calls if call.start <= now < max(call.hard_stop + grace, call.end)]
    if prefer is Prefer.RUNNING:
        running = [call for call in running if now < call.hard_stop + grace]
    first, then = (ahead, running) if prefer is Prefer.NEXT else (running, ahead)
    # Of two that run the later has begun last: that is the one she is in.
    return next(iter(first if first is ahead else first[::-1]), None) or next(iter(then), None)


def by_id(typed: str, things: Iterable[Thing], digest: Callable[[Thing], str | None]) -> Thing | None:
    """Return the one of `things` whose digest begins with `typed`, None where none does.

    Raises:
        UsageError: `typed` is too short to be an id, or several begin with it.
    """
    start = typed.strip().lower()
    found = {key: thing for thing in things if (key := digest(thing)) and key.startswith(start)}
    if len(start) < SHORTEST and found:
        raise UsageError(f'"{typed}" is too short', hint=f"an id needs {SHORTEST} letters or more")
    if len(found) > 1:
        ids = ShortIds(found)
        raise UsageError(f'"{typed}" begins several ids', hint=f"one of {', '.join(map(ids, sorted(found)))}")
    return next(iter(found.values()), None)


def no_such_call(typed: str, calls: Sequence[Call], clients: Sequence[str], clock: Clock) -> UsageError:
    """Return the error that lists what may have been meant."""
    ids = ShortIds(call.id for call in calls)
    near = difflib.get_close_matches(typed, [*clients, *(ids(call.id) for call in calls)], n=3, cutoff=0.6)
    lines = [f"did you mean {' or '.join(near)}?"] if near else []
    ahead = [call for call in calls if call.end > clock.now][:_LISTED]
    lines += [f"{ids(call.id)}  {clock.when(call.start)}  {one_line(call.occurrence.summary)}" for call in ahead]
    return UsageError(
        f'no call is named "{typed}"', hint="\n".join(lines) or "calsync plan and calsync events list them"
    )


def heading(call: Call, clock: Clock, ids: Callable[[str], str]) -> str:
    """Return the line that names a call: what every answer about one begins with."""
    title = one_line(call.occurrence.summary) or "(no title)"
    when = f"{clock.day(call.start)} {clock.span(call.start, call.hard_stop)}"
    return f"{title} · {call.client.key} · {when} · {ids(call.id)}"
