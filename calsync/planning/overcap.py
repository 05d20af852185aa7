"""Caps of week and month: when the owner is told that a plan crosses a share of one, and the note to the client."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from calsync.model.call import Call
from calsync.model.message import OPEN, Kind, MessageKey, State
from calsync.model.period import Period
from calsync.model.rules import Client, Rules
from calsync.model.text import Exceeded
from calsync.model.times import Span, whole_minutes
from calsync.planning.budget import minutes_of, say_hours, say_period
from calsync.planning.messages import Context, Draft
from calsync.planning.people import contact

# A week and a month may begin at one instant; resends of one count up from its number.
_REVISIONS = {True: 0, False: 1000}
# What was said once is remembered for sixty days, and a month that begins later than this would outlast that.
FARTHEST = timedelta(days=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a client's calls take of a week or month that has a cap, both in minutes; `calls` by start.

    named: the period in words. span: its days in the owner's zone.
    """

    client: Client
    period: Period
    named: str
    span: Span
    cap: int
    calls: tuple[Call, ...]

    @property
    def used(self) -> int:
        """Minutes of all its calls."""
        return sum(map(minutes_of, self.calls))

    def beyond(self, percent: int) -> tuple[tuple[Call, int], ...]:
        """Return the calls with which it comes to more than that share of the cap, each with what it comes to."""
        sums = accumulate(map(minutes_of, self.calls))
        return tuple(
            (call, sum_) for call, sum_ in zip(self.calls, sums, strict=True) if sum_ * 100 > self.cap * percent
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A share of a cap that a plan crosses: the highest of `cap_alerts`.

    below: the lower ones, about which nothing is to be said any more. ahead: a call that has not begun crosses it.
    """

    tally: Tally
    percent: int
    below: tuple[int, ...]
    ahead: bool

    def key(self, percent: int | None = None) -> str:
        """Return the alert's key: `cap:acme:month:2026-11:80`."""
        kind = "month" if self.tally.period.monthly else "week"
        return f"cap:{self.tally.client.key}:{kind}:{self.tally.period}:{self.percent if percent is None else percent}"

    @property
    def what(self) -> str:
        """A sentence for the owner's own terminal."""
        tally = self.tally
        of = f"{say_hours(tally.used)} of {say_hours(tally.cap)} in {tally.named}"
        share = "" if self.percent == 100 else f", more than {self.percent} %"
        return f"the calls with {tally.client.name} come to {of}{share} (calsync report)"


def tallies(calls: Iterable[Call], rules: Rules, now: datetime) -> tuple[Tally, ...]:
    """Return what is used of each cap in weeks and months that are not over, and have begun or begin within view.

    `calls` by start; all of those periods, past ones too.
    """
    zone = rules.owner.timezone
    until = now + min(rules.horizon, FARTHEST)
    found: dict[tuple[Period, str], list[Call]] = {}
    for call in calls:
        for period in Period.holding(call.start, zone):
            span = period.span(zone)
            if now < span.end and span.start <= until:
                found.setdefault((period, call.client.key), []).append(call)
    taken = []
    for (period, key), some in sorted(found.items(), key=lambda item: item[0]):
        client = rules.client(key)
        cap = (client.per_month if period.monthly else client.per_week) if client is not None else None
        if client is not None and cap is not None:
            named = say_period(period.first, period.monthly, now.astimezone(zone).year)
            span, minutes = period.span(zone), whole_minutes(cap)
            tally = Tally(client=client, period=period, named=named, span=span, cap=minutes, calls=tuple(some))
            taken.append(tally)
    return tuple(taken)


def crossings(taken: Iterable[Tally], now: datetime) -> tuple[Crossing, ...]:
    """Return the shares of caps that are crossed, one for each client and period."""
    found = []
    for tally in taken:
        over = sorted(percent for percent in set(tally.client.policy.cap_alerts) if tally.beyond(percent))
        if over:
            ahead = any(call.start > now for call, _ in tally.beyond(over[-1]))
            found.append(Crossing(tally=tally, percent=over[-1], below=tuple(over[:-1]), ahead=ahead))
    return tuple(found)


def notices(taken: Iterable[Tally], context: Context) -> tuple[Draft, ...]:
    """Return the draft of a note to the contact for each cap that is crossed; it waits until its period ends.

    A new one only where a call that has not begun comes to more than the cap; it names the first such call, and later
    the last one. What was settled once for a client and a period is not asked again.
    """
    found = []
    for tally in taken:
        to = contact(tally.client)
        beyond = tally.beyond(100)
        if to is None or not beyond or tally.client.policy.send == "off":
            continue
        key = MessageKey(
            call="", to=to, start=tally.span.start, kind=Kind.OVER_CAP, revision=_REVISIONS[tally.period.monthly]
        )
        ahead = next((one for one in beyond if one[0].start > context.now), None)
        rows = [
            row
            for row in context.memory.messages
            if (row.client, row.key.kind, row.key.start, row.key.revision)
            == (tally.client.key, key.kind, key.start, key.revision)
        ]
        if any(row.state not in OPEN for row in rows) or (ahead is None and not rows):
            continue
        call, used = ahead or beyond[-1]
        found.append(_draft(tally, key, call, used, context))
    return tuple(found)


def _draft(tally: Tally, key: MessageKey, call: Call, used: int, context: Context) -> Draft:
    of = f"{say_hours(tally.used)} of {say_hours(tally.cap)} in {tally.named}"
    return Draft(
        key=key,
        client=tally.client,
        call=None,
        send_at=context.now,
        expires_at=tally.span.end,
        state=State.ASKS,
        why=f"the calls come to {of}; approve this draft, or skip it",
        exceeded=Exceeded(period=tally.period, cap=tally.cap, used=used),
        about=call,
    )
