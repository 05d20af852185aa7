"""Mails to the owner herself: when the digest and the weekly note are due, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from calsync.model.call import Call
from calsync.model.mark import Role
from calsync.model.message import State
from calsync.model.owner_mail import Cap, Digest, Intended, OwnCall, Unsent, WeeklyNote
from calsync.model.period import Period
from calsync.model.plan import Action, Change, Plan
from calsync.model.rules import Rules
from calsync.model.times import DAY, MINUTE, Span, at_clock, elapsed, week_span, whole_minutes
from calsync.planning.budget import use

TO_TELL = timedelta(days=14)
_TAKES = frozenset({Action.REMOVE_NOTE, Action.REMOVE_BLOCK})
_GOES = frozenset({State.PLANNED, State.ASKS})


def due_digest(rules: Rules, now: datetime) -> str:
    """Return the name of the digest that is due: from `digest_at` to midnight of a working day, in observe; else ""."""
    today = now.astimezone(rules.owner.timezone).date()
    works = today.weekday() in rules.owner.work_days
    due = rules.mode == "observe" and works and _after(rules.owner.digest_at, rules, now)
    return f"digest {today}" if due else ""


def due_weekly_note(rules: Rules, now: datetime) -> str:
    """Return the name of the weekly note that is due: from its moment to midnight of its day; else ""."""
    if rules.owner.weekly_note is None:
        return ""
    weekday, minutes = rules.owner.weekly_note
    today = now.astimezone(rules.owner.timezone).date()
    return f"weekly note {today}" if today.weekday() == weekday and _after(minutes, rules, now) else ""


def _after(minutes: int, rules: Rules, now: datetime) -> bool:
    zone = rules.owner.timezone
    return now >= at_clock(now.astimezone(zone).date(), minutes, zone)


def digest_of(plan: Plan, rules: Rules) -> Digest:
    """Return what a plan would have written by now, and sent by this time tomorrow."""
    by_call: dict[str, list[Change]] = {}
    for change in plan.changes:
        by_call.setdefault(change.call, []).append(change)
    calls = [_intended(call, by_call.pop(call.id)) for call in plan.calls if call.id in by_call]
    names = {client.key: client.name for client in rules.clients}
    messages = [
        Unsent(
            who=names.get(one.client, one.client),
            to=one.key.to,
            kind=one.key.kind.value,
            subject=one.subject,
            at=one.send_at if one.send_at > plan.now else None,
            asks=one.state is State.ASKS,
        )
        for one in plan.messages
        if one.state in _GOES and one.send_at < plan.now + DAY
    ]
    return Digest(
        calls=tuple(calls),
        messages=tuple(messages),
        taken=sum(map(len, by_call.values())),
        held=len({one.call for one in plan.held if one.call}),
    )


def _intended(call: Call, changes: Iterable[Change]) -> Intended:
    changes = tuple(changes)
    written = [one for one in changes if one.action not in _TAKES]
    return Intended(
        call=_own(call),
        note=any(one.role in (None, Role.NOTE) for one in written),
        blocks=sum(one.role in (Role.BEFORE, Role.AFTER) for one in written),
        taken=len(changes) - len(written),
    )


def span_of_weekly_note(rules: Rules, now: datetime) -> Span:
    """Return what has to be read for the weekly note: two weeks back, and every period that next week lies in."""
    zone = rules.owner.timezone
    monday = week_span(now.astimezone(zone).date() + 7 * DAY, zone).start
    periods = [period.span(zone) for period in _periods(monday, rules)]
    return Span(min(now - TO_TELL, *(one.start for one in periods)), max(one.end for one in periods))


def weekly_note_of(calls: Iterable[Call], rules: Rules, now: datetime) -> WeeklyNote:
    """Return the calls that she has not told of, those of next week, and what its periods take of their caps.

    calls: all of `span_of_weekly_note`, by start.
    """
    calls, zone = tuple(calls), rules.owner.timezone
    week = week_span(now.astimezone(zone).date() + 7 * DAY, zone)
    caps = []
    for client in rules.clients:
        for period in _periods(week.start, rules):
            cap = client.per_month if period.monthly else client.per_week
            if cap is not None:
                used = use(calls, client, period.span(zone))
                caps.append(Cap(who=client.name, period=period, used=used, cap=whole_minutes(cap)))
    return WeeklyNote(
        to_tell=tuple(
            _own(one) for one in calls if not one.told and one.start >= now - TO_TELL and one.hard_stop <= now
        ),
        ahead=tuple(_own(one) for one in calls if week.start <= one.start < week.end),
        caps=tuple(caps),
    )


def _periods(monday: datetime, rules: Rules) -> tuple[Period, ...]:
    """Return the week that begins with `monday`, and the months in which it lies."""
    zone = rules.owner.timezone
    week, month = Period.holding(monday, zone)
    _, last = Period.holding(week.span(zone).end - MINUTE, zone)
    return tuple(dict.fromkeys((week, month, last)))


def _own(call: Call) -> OwnCall:
    title, minutes = call.occurrence.summary, whole_minutes(elapsed(call.start, call.hard_stop))
    return OwnCall(start=call.start, who=call.client.name, title=title, minutes=minutes)
