"""What the outbox has to learn of a plan: what is new, what has other times or words, what is not wanted any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from calsync.model.call import Call
from calsync.model.memory import Memory
from calsync.model.message import OPEN, Kind, Message, MessageKey, State
from calsync.model.plan import MessageChange, Move
from calsync.model.snapshot import Snapshot


def queue_changes(
    written: Iterable[Message], memory: Memory, snapshot: Snapshot, calls: Mapping[str, Call], now: datetime
) -> tuple[MessageChange, ...]:
    """Return what the outbox has to learn: new messages, other times and texts, and what is withdrawn."""
    rows = {message.key: message for message in memory.messages}
    queue = []
    wanted = set()
    for message in written:
        wanted.add(message.key)
        row = rows.get(message.key)
        if row is None:
            why = message.why or ("new" if message.state is State.PLANNED else message.state.value)
            queue.append(MessageChange(move=Move.QUEUE, message=message, why=why))
        elif _differs(message, row):
            queue.append(MessageChange(move=Move.MOVE, message=message, why=message.why or "its time or text changed"))
    for key, row in rows.items():
        if row.state not in OPEN or key in wanted or row.expires_at <= now:
            continue
        if row.calendar in snapshot.unread:
            continue  # a calendar that was not read says nothing of its calls
        if key.kind is Kind.OVER_CAP and snapshot.unread:
            continue  # nor of how much they take together
        if row.approved and _still_true(row, rows, calls):
            continue
        queue.append(MessageChange(move=Move.WITHDRAW, message=row, why="it is not wanted any more"))
    return tuple(queue)


def _still_true(row: Message, rows: Mapping[MessageKey, Message], calls: Mapping[str, Call]) -> bool:
    """Tell whether the owner asked for this message again, beside one that is settled, and it still tells the truth."""
    again = any(
        replace(other.key, revision=0) == replace(row.key, revision=0)
        and other.key != row.key
        and other.state not in OPEN
        for other in rows.values()
    )
    call = calls.get(row.key.call)
    if row.key.kind is Kind.CLOSE_OUT:
        return again
    if row.key.kind is Kind.CANCELLED or not row.key.call:
        return again and call is None
    return again and call is not None and (call.start, call.told_stop) == (row.key.start, row.hard_stop)


def _differs(message: Message, row: Message) -> bool:
    def told(one: Message) -> tuple[object, ...]:
        at = one.send_at if one.state is State.PLANNED else None
        return (one.state, at, one.expires_at, one.subject, one.body, one.why, one.channel, one.hard_stop, one.thread)

    return told(message) != told(row)


def shown(
    written: Iterable[Message],
    memory: Memory,
    view: Iterable[Call],
    queue: Iterable[MessageChange],
    not_ahead: set[str],
) -> tuple[Message, ...]:
    """Return every message of the calls in view, in any state; what is planned as it would be after this cycle.

    not_ahead: names of calls that are gone or over, and of which there may still be something to say.
    """
    names = {call.name for call in view} | not_ahead | {""}
    withdrawn = {change.message.key for change in queue if change.move is Move.WITHDRAW}
    found = {message.key: message for message in memory.messages if message.key.call in names}
    found |= {message.key: message for message in written}
    return tuple(sorted((one for key, one in found.items() if key not in withdrawn), key=lambda o: (o.send_at, o.id)))
