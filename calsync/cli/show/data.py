"""Values → JSON: the forms that scripts count on; times are RFC 3339, durations whole minutes, `client` is the key."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import TYPE_CHECKING

from calsync.cli.show.when import rfc3339
from calsync.model.call import call_name, digest_of
from calsync.model.event import Occurrence
from calsync.model.message import Message
from calsync.model.plan import Change, Held, Plan

if TYPE_CHECKING:
    from calsync.daemon.answers import Applied

Data = dict[str, object]
SHOWN = 6


class ShortIds:
    """Shows the first 6 letters of a digest, more where two of those known begin alike."""

    def __init__(self, digests: Iterable[str]) -> None:
        self._sorted = sorted(set(digests))
        self._length: dict[str, int] = {}
        for one, other in zip(self._sorted, self._sorted[1:], strict=False):
            same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one)) + 1
            for digest in (one, other):
                self._length[digest] = max(self._length.get(digest, SHOWN), same)

    def __call__(self, digest: str) -> str:
        """Return the beginning of `digest` that is shown; empty stays empty."""
        return digest[: self._length.get(digest, SHOWN)]


def occurrence_digest(occurrence: Occurrence) -> str | None:
    """Return the digest of the name that this occurrence has as a call, None without a UID."""
    return None if occurrence.uid is None else digest_of(call_name(occurrence.uid, occurrence.slot))


def of_event(occurrence: Occurrence, short_id: str | None, client: str | None) -> Data:
    """Return one occurrence for `events`."""
    return {
        "id": short_id,
        "calendar": occurrence.calendar,
        "uid": occurrence.uid,
        "start": rfc3339(occurrence.start),
        "end": rfc3339(occurrence.end),
        "all_day": occurrence.all_day,
        "summary": occurrence.summary,
        "status": occurrence.status.value,
        "recurring": occurrence.recurring,
        "client": client,
    }


def of_plan(plan: Plan, zone: tzinfo) -> Data:
    """Return a whole plan; instants of messages stand on the clocks of `zone`, those of calls on their event's."""
    ids = plan_ids(plan)
    zones = {view.call.id: view.call.start.tzinfo for view in plan.views}
    message_ids = ShortIds(message.id for message in plan.messages)
    return {
        "now": rfc3339(plan.now, zone),
        "mode": plan.mode,
        "digest": plan.digest,
        "calendars": {
            line.name: {"ok": line.ok, "error": line.error or None, "events": line.events, "calls": line.calls}
            for line in plan.calendars
        },
        "calls": [
            {
                "id": ids(call.id),
                "calendar": call.occurrence.calendar,
                "uid": call.occurrence.uid,
                "summary": call.occurrence.summary,
                "client": call.client.key,
                "group": call.group,
                "start": rfc3339(call.start),
                "end": rfc3339(call.end),
                "hard_stop": rfc3339(call.hard_stop, call.start.tzinfo),
                "minutes": call.minutes,
            }
            for call in plan.calls
        ],
        "changes": [of_change(change, ids, zones.get(change.call) or zone) for change in plan.changes],
        "messages": [of_message(message, ids, message_ids, zone) for message in plan.messages],
        "held": [of_held(held, ids) for held in plan.held],
    }


def plan_ids(plan: Plan) -> ShortIds:
    """Return the short ids of every call that a plan names."""
    named = [call.id for call in plan.calls]
    named += [change.call for change in plan.changes]
    named += [digest_of(message.key.call) for message in plan.messages if message.key.call]
    return ShortIds([*named, *(held.call for held in plan.held if held.call)])


def of_change(change: Change | Applied, ids: ShortIds, zone: tzinfo | None = None) -> Data:
    """Return one change to a calendar; its times on the clocks of `zone`, else as they are."""
    return {
        "action": change.action.value,
        "call": ids(change.call) or None,
        "calendar": change.calendar,
        "role": change.role.value if change.role else None,
        "start": rfc3339(change.start, zone) if change.start else None,
        "end": rfc3339(change.end, zone) if change.end else None,
        "text": change.text,
        "why": change.why,
    }


def of_message(message: Message, ids: ShortIds, message_ids: ShortIds, zone: tzinfo) -> Data:
    """Return one message."""
    return {
        "id": message_ids(message.id),
        "call": ids(digest_of(message.key.call)) if message.key.call else None,
        "client": message.client,
        "kind": message.key.kind.value,
        "to": message.key.to,
        "send_at": rfc3339(message.send_at, zone),
        "expires_at": rfc3339(message.expires_at, zone),
        "state": message.state.value,
        "subject": message.subject,
        "body": message.body,
    }


def of_held(held: Held, ids: ShortIds) -> Data:
    """Return one thing that was left alone."""
    return {"call": ids(held.call) or None, "what": held.what, "why": held.why}
