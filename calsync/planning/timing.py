"""When a message goes: its usual moment, moved into polite hours, and what is left of it seen from now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from calsync.model.rules import Policy
from calsync.model.times import at_clock, within

_DAY_MINUTES = 24 * 60
_FAR = 60  # days; polite days are days of the week, so that nothing is found beyond the first few


def polite(moment: datetime, policy: Policy, zone: ZoneInfo) -> bool:
    """Tell whether `moment` lies in the polite hours of a polite day on the clocks of `zone`, their end included."""
    return within(moment, policy.polite_hours, policy.polite_days, zone, closed=True)


def next_polite(moment: datetime, policy: Policy, zone: ZoneInfo) -> datetime | None:
    """Return `moment` if it is polite, else the next beginning of polite hours; in UTC, None if none comes."""
    if polite(moment, policy, zone):
        return moment.astimezone(UTC)
    today = moment.astimezone(zone).date()
    for days in range(_FAR + 1):
        begin = at_clock(today + timedelta(days=days), policy.polite_hours.start, zone)
        # Hours that lie wholly in what the clocks skip are none on that day.
        if begin >= moment and polite(begin, policy, zone):
            return begin
    return None


def usual_moment(start: datetime, lead: timedelta, policy: Policy, zone: ZoneInfo) -> datetime:
    """Return the moment at which a message for a call at `start` goes if nothing came in between; in UTC.

    That is `lead` of real time before the start. Where that isn't polite, it is the next polite moment if
    half the lead or more is then left; else the last polite day before it, at the same clock time brought
    into the polite hours of that day. Without any polite day it stays impolite: `send_moment` gives none.
    """
    start = start.astimezone(UTC)
    moment = start - lead
    following = next_polite(moment, policy, zone)
    if following is not None and start - following >= lead / 2:
        return following
    return _days_before(moment, policy, zone) or moment


def _days_before(moment: datetime, policy: Policy, zone: ZoneInfo) -> datetime | None:
    local = moment.astimezone(zone)
    hours = policy.polite_hours
    clock = local.hour * 60 + local.minute
    # After midnight, in hours that began the evening before: 01:00 is 25:00 of the day that they belong to.
    if clock + _DAY_MINUTES <= hours.end:
        clock += _DAY_MINUTES
    clock = min(max(clock, hours.start), hours.end)
    for days in range(1, _FAR + 1):
        day = local.date() - timedelta(days=days)
        earlier = at_clock(day, clock, zone)
        if day.weekday() in policy.polite_days and polite(earlier, policy, zone):
            return earlier
    return None


def send_moment(
    start: datetime,
    lead: timedelta,
    policy: Policy,
    zone: ZoneInfo,
    now: datetime,
    *,
    least_notice: timedelta,
    not_before: datetime | None = None,
) -> datetime | None:
    """Return when the message for a call at `start` goes, seen from `now`; in UTC.

    Its usual moment; where that has passed, or lies before `not_before` (an event that has just been changed
    is left to settle), the next polite one. None where no polite moment leaves `least_notice` before the start.
    """
    earliest = max(usual_moment(start, lead, policy, zone), now, not_before or now)
    moment = next_polite(earliest, policy, zone)
    if moment is None or start.astimezone(UTC) - moment < least_notice:
        return None
    return moment
