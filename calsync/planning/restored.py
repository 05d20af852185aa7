"""After a ledger was lost or put back from an older copy: what may have been sent already waits for the owner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from calsync.model.message import Kind, State
from calsync.planning.messages import Context, Draft

_WHY = "the ledger was lost or put back from an older copy since; it may have been sent before"


def hold_maybe_sent(drafts: Iterable[Draft], context: Context) -> tuple[Draft, ...]:
    """Let what tells of a change, or announces, wait as `unknown` where it may have been sent by somebody else.

    A message at its lead is judged by its moment (see `_foreign`). What follows a change has none: it is due in the
    very cycle in which its calendar is met. An announcement is owed until it was sent, so it may have been at any time.
    """
    return tuple(
        replace(draft, state=State.UNKNOWN, why=_WHY) if _may_be_told(draft, context) else draft for draft in drafts
    )


def _may_be_told(draft: Draft, context: Context) -> bool:
    met, memory = context.foreign, context.memory
    if met is None or draft.key.kind in (Kind.TIMEFRAME, Kind.REMINDER, Kind.CANCELLED):
        return False
    if draft.key.kind is not Kind.ANNOUNCEMENT:
        return met >= context.now
    wish = memory.announcements.get(draft.client.key)
    if wish is not None and wish.at > met:
        return False
    known = any(call.client == draft.client.key and call.first_seen <= met for call in memory.calls.values())
    return known or met >= context.now
