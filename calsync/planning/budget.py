"""Budgets: the minutes that calls take of a week and a month, which caps they cross, and what they cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from calsync.model.call import Call
from calsync.model.rules import Client, Rules
from calsync.model.times import Span, month_span, week_span, whole_minutes

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a client's calls take of one ISO week and one month, in minutes, beside the caps (None: no cap)."""

    client: str
    week: int
    month: int
    per_week: int | None
    per_month: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one client over a span, durations in minutes; `client` is its key.

    calls to taken, over, flexed and cost: of calls that have begun; ahead_…: of those that have not.
    told: how many calls the owner has told about. taken: what they really took, where she said, else what was
    capped; over: what they took beyond that. flexed: minutes added, less those taken away.
    cost, ahead_cost: at the client's rate, to a hundredth; None, and no currency, without a rate.
    """

    client: str
    calls: int
    told: int
    booked: int
    capped: int
    taken: int
    over: int
    flexed: int
    cost: Decimal | None
    currency: str | None
    ahead_calls: int
    ahead_booked: int
    ahead_capped: int
    ahead_cost: Decimal | None


def minutes_of(call: Call) -> int:
    """Return the minutes that a call counts for: those it took, where the owner told, else to its hard stop."""
    return call.minutes if call.took is None else call.took


def use(calls: Iterable[Call], client: Client, span: Span) -> int:
    """Return the minutes of `client`'s calls that start in `span`."""
    return sum(minutes_of(call) for call in _of(calls, client, span))


def by_week(calls: Iterable[Call], client: Client, mondays: Sequence[date], now: datetime, zone: ZoneInfo) -> list[int]:
    """Return the minutes of `client`'s calls that have begun by `now`, for the week of each Monday."""
    begun = [call for call in calls if call.start <= now]
    return [use(begun, client, week_span(monday, zone)) for monday in mondays]


def flexes(calls: Iterable[Call], client: Client, span: Span) -> int:
    """Return how many of `client`'s calls that start in `span` have another hard stop by flex."""
    return sum(call.flex is not None and call.flex.minutes != 0 for call in _of(calls, client, span))


def use_at(calls: Sequence[Call], client: Client, moment: datetime, zone: ZoneInfo) -> Use:
    """Return what `client`'s calls take of the ISO week and of the month of `moment` in the owner's `zone`."""
    day = moment.astimezone(zone).date()
    per_week, per_month = (None if cap is None else whole_minutes(cap) for cap in (client.per_week, client.per_month))
    return Use(
        client=client.key,
        week=use(calls, client, week_span(day, zone)),
        month=use(calls, client, month_span(day, zone)),
        per_week=per_week,
        per_month=per_month,
    )


def caps(calls: Sequence[Call], rules: Rules, now: datetime) -> tuple[str, ...]:
    """Return a sentence for the owner for each cap that `calls` exceed, in a week or month that is not over yet.

    A call counts for the week and month in which it starts, in the owner's zone. `calls` must be all of
    those periods, past ones too. The earliest period first, then by client, weeks before months.
    """
    zone = rules.owner.timezone
    taken: Counter[tuple[datetime, str, bool]] = Counter()
    for call in calls:
        day = call.start.astimezone(zone).date()
        for span, monthly in ((week_span(day, zone), False), (month_span(day, zone), True)):
            if span.end > now:
                taken[span.start, call.client.key, monthly] += minutes_of(call)
    said = []
    for (begin, key, monthly), minutes in sorted(taken.items()):
        if (client := rules.client(key)) is None:
            continue
        cap = client.per_month if monthly else client.per_week
        if cap is not None and minutes > whole_minutes(cap):
            period = say_period(begin.astimezone(zone).date(), monthly, now.astimezone(zone).year)
            said.append(f"{client.name}: {say_hours(minutes)} of {say_hours(whole_minutes(cap))} in {period}")
    return tuple(said)


def say_period(first: date, monthly: bool, this_year: int) -> str:
    """Return `November` or `the week of 23 Nov`, with the year unless it is this one."""
    month = _MONTHS[first.month - 1]
    year = f" {first.year}" if first.year != this_year else ""
    return f"{month}{year}" if monthly else f"the week of {first.day} {month[:3]}{year}"


def report(calls: Sequence[Call], rules: Rules, span: Span, now: datetime) -> tuple[Figures, ...]:
    """Return the figures of every client, in the order of the config, over its calls that start in `span`."""
    return tuple(_figures(_of(calls, client, span), client, now) for client in rules.clients)


def _figures(calls: list[Call], client: Client, now: datetime) -> Figures:
    begun = [call for call in calls if call.start <= now]
    ahead = [call for call in calls if call.start > now]
    capped, ahead_capped = (sum(call.minutes for call in some) for some in (begun, ahead))
    taken = sum(map(minutes_of, begun))
    return Figures(
        client=client.key,
        calls=len(begun),
        told=sum(call.told for call in begun),
        booked=sum(map(_booked, begun)),
        capped=capped,
        taken=taken,
        over=sum(max(0, minutes_of(call) - call.minutes) for call in begun),
        flexed=sum(map(_flexed, begun)),
        cost=_cost(taken, client),
        currency=client.rate.currency if client.rate else None,
        ahead_calls=len(ahead),
        ahead_booked=sum(map(_booked, ahead)),
        ahead_capped=ahead_capped,
        ahead_cost=_cost(ahead_capped, client),
    )


def _of(calls: Iterable[Call], client: Client, span: Span) -> list[Call]:
    return [call for call in calls if call.client.key == client.key and span.start <= call.start < span.end]


def _booked(call: Call) -> int:
    return whole_minutes(Span(call.start, call.end).length)


def _flexed(call: Call) -> int:
    return call.minutes - whole_minutes(Span(call.start, call.base_stop).length)


def _cost(minutes: int, client: Client) -> Decimal | None:
    if client.rate is None:
        return None
    return (client.rate.amount * minutes / 60).quantize(Decimal("0.01"), ROUND_HALF_UP)


def say_hours(minutes: int) -> str:
    """Return minutes as `2h30m`; never days, which a cap of 30 hours does not mean."""
    hours, rest = divmod(minutes, 60)
    return "".join(f"{n}{unit}" for n, unit in ((hours, "h"), (rest, "m")) if n) or "0m"
