"""What a cycle or a clean-up did, as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from calsync.cli.show.data import Data, ShortIds, of_change, of_held, of_message
from calsync.cli.show.plan import sign_of
from calsync.cli.show.table import aligned, one_line
from calsync.cli.show.when import Clock, rfc3339
from calsync.model.call import digest_of

if TYPE_CHECKING:
    from calsync.daemon.answers import CycleDone
    from calsync.wiring import Cleaned


def of_synced(done: CycleDone, clock: Clock) -> Data:
    """Return what a cycle did as JSON."""
    ids = ShortIds(done.named)
    message_ids = ShortIds((*done.messages, *(message.id for message in done.sent)))
    return {
        "now": rfc3339(clock.now, clock.zone),
        "applied": [of_change(change, ids) for change in done.applied],
        "sent": [of_message(message, ids, message_ids, clock.zone) for message in done.sent],
        "failed": [{"what": what, "why": why} for what, why in done.failed],
        "held": [of_held(held, ids) for held in done.held],
    }


def synced_lines(done: CycleDone, clock: Clock) -> Iterator[str]:
    """Yield what a cycle did: written, sent, left alone, failed."""
    ids = ShortIds(done.named)
    titles = {call: one_line(title) for call, title in done.titles.items()}
    rows = []
    for change in done.applied:
        when = clock.when(change.start) if change.start else ""
        what = f"{change.action.value.replace('_', ' ')}{f' {change.role.value}' if change.role else ''}"
        rows.append(
            [sign_of(change.action), when, what, titles.get(change.call) or ids(change.call), one_line(change.why)]
        )
    for message in done.sent:
        title = titles.get(digest_of(message.key.call), message.client) if message.key.call else message.client
        rows.append([">", clock.when(message.sent_at or clock.now), "sent", title, f"to {one_line(message.key.to)}"])
    if not rows and not done.failed and not done.large:
        yield "nothing to do" if done.mode == "act" else "mode is observe: nothing is written and nothing is sent"
    for held in done.held:
        rows.append(["=", "", held.what, titles.get(held.call) or ids(held.call), one_line(held.why)])
    yield from aligned(rows)
    yield from failed_lines(done.failed)


def failed_lines(found: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield a line for each thing that failed, and why."""
    for what, why in found:
        yield click.style(f"! {one_line(what)}: {one_line(why)}", fg="red")


def of_cleaned(done: Cleaned, now: datetime, clock: Clock) -> Data:
    """Return what was, or would be, taken back as JSON."""
    ids = ShortIds(held.call for held in done.left if held.call)
    return {
        "now": rfc3339(now, clock.zone),
        "removed": [
            {
                "calendar": gone.calendar,
                "what": gone.what,
                "start": rfc3339(gone.start, clock.zone) if gone.start else None,
            }
            for gone in done.removed
        ],
        "left": [of_held(held, ids) for held in done.left],
        "failed": [{"what": what, "why": why} for what, why in done.failed],
    }


def cleaned_lines(done: Cleaned, clock: Clock) -> Iterator[str]:
    """Yield what was, or would be, taken back, by calendar, and what is left because the owner edited it."""
    rows = [
        ["-", gone.calendar, clock.when(gone.start) if gone.start else "", one_line(gone.what)]
        for gone in sorted(
            done.removed, key=lambda gone: (gone.calendar, gone.start is not None, gone.start, gone.what)
        )
    ]
    ids = ShortIds(held.call for held in done.left if held.call)
    rows += [["=", ids(held.call), held.what, one_line(held.why)] for held in done.left]
    yield from aligned(rows)
    yield from failed_lines(done.failed)
