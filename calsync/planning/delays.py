"""The owner is late: for which call that still holds, and who has yet to be told."""

from __future__ import annotations

from datetime import UTC, datetime

from calsync.model.call import Call
from calsync.model.memory import Late, Memory
from calsync.model.message import OPEN, Kind, MessageKey


def late_for(name: str, start: datetime, memory: Memory) -> Late | None:
    """Return how late the owner said she is for the call of that name at `start`, or None.

    What she said of a call that has moved since holds no longer.
    """
    late = memory.lates.get(name)
    return late if late is not None and late.start == start else None


def unsaid(call: Call, to: str, memory: Memory) -> tuple[MessageKey, datetime] | None:
    """Return the key of the message that tells `to` how late the owner is for `call`, and since when it may go.

    None where nothing is to be told, or has been settled: each word of hers gives one message, and another word
    another one. A word that didn't go before she changed it is never told.
    """
    late = late_for(call.name, call.start, memory)
    if late is None:
        return None
    start = call.start.astimezone(UTC)
    rows = [
        row
        for row in memory.messages
        if (row.key.call, row.key.to, row.key.start, row.key.kind) == (call.name, to, start, Kind.LATE)
    ]
    settled = [row for row in rows if row.state not in OPEN]
    # It goes at the instant of her word, or later by her approval: what is older was about an earlier word.
    if any(row.send_at >= late.at for row in settled):
        return None
    key = MessageKey(call=call.name, to=to, start=start, kind=Kind.LATE, revision=len(settled))
    return key, late.at
