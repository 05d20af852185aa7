"""Tells the owner that a plan crosses a share of a cap: once for each share, client and period."""

from __future__ import annotations

from calsync.model.alert import AlertFacts, AlertKind
from calsync.model.message import OPEN, Kind
from calsync.model.plan import Plan
from calsync.planning.overcap import Crossing
from calsync.planning.plan import Planned
from calsync.ports import Ledger

_CAP = f"{AlertKind.CAP}:"


def tell_of_caps(planned: Planned, ledger: Ledger) -> None:
    """Raise an alert for each crossing that is news, and clear without a word those that are none any more.

    News is what a call that has not begun leads to, and what was not told before: of several shares the highest.
    Where not every calendar was read, nothing is known of either.
    """
    if not planned.counted:
        return
    now = planned.plan.now
    standing = {key for key, _, _ in ledger.alerts() if key.startswith(_CAP)}
    found = {crossing.key(): crossing for crossing in planned.crossings}
    for key, crossing in found.items():
        # One that stands learns the new figures; it is not told again.
        if key in standing or (crossing.ahead and ledger.once(key, now)):
            ledger.alert(key, now, crossing.what, _facts(crossing, planned.plan))
            for percent in crossing.below:
                ledger.once(crossing.key(percent), now)
    for key in standing - found.keys():
        ledger.clear_alert(key)


def _facts(crossing: Crossing, plan: Plan) -> AlertFacts:
    tally = crossing.tally
    drafts = (
        message.id[:6]
        for message in plan.messages
        if message.key.kind is Kind.OVER_CAP
        and message.client == tally.client.key
        and (message.key.start, message.expires_at) == (tally.span.start, tally.span.end)
        and message.state in OPEN
    )
    return AlertFacts(
        kind=AlertKind.CAP,
        client=tally.client.key,
        period=str(tally.period),
        used=tally.used,
        cap=tally.cap,
        percent=crossing.percent,
        id="" if plan.mode == "observe" else next(drafts, ""),
    )
