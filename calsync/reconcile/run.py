"""The pass that writes: read, plan, apply; again where another program was faster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from calsync.errors import CalendarUnwritable, Stale
from calsync.model.alert import VETO, AlertFacts, AlertKind, about_message, alert_key, veto_key
from calsync.model.call import digest_of
from calsync.model.memory import Memory
from calsync.model.message import POLITE_ONCE_APPROVED, State
from calsync.model.plan import Change, Move, Plan
from calsync.model.rules import Rules
from calsync.model.snapshot import Snapshot
from calsync.model.text import Renderer
from calsync.planning.plan import Planned, make_plan, window
from calsync.ports import OLDER_LEDGER, TELL_OLDER_LEDGER, Ledger, WritableCalendar
from calsync.reconcile.apply import apply, rebuilt
from calsync.reconcile.caps import tell_of_caps
from calsync.reconcile.snapshot import take

_TRIES = 5


@dataclass(slots=True)
class Reconciled:
    """What a pass did. large: why it stopped before its first change, or empty."""

    plan: Plan
    applied: list[Change] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    large: str = ""


def reconcile(
    calendars: Mapping[str, WritableCalendar],
    ledger: Ledger,
    rules: Rules,
    renderer: Renderer,
    now: datetime,
    *,
    force: bool = False,
    digest: str | None = None,
    any_size: bool = False,
) -> Reconciled:
    """Bring the calendars and the outbox to where the rules want them; the caller holds the state lock.

    force: believe calendars that are suddenly empty. digest: carry out this very plan, whatever its size, or
    none. any_size: carry out whatever it is. In observe nothing but what was seen is recorded.
    """
    ledger.notice_older_copy(now)
    span = window(now, rules)
    applied: list[Change] = []
    result = None
    for _ in range(_TRIES):
        snapshot = take(calendars, now, span)
        memory = ledger.memory()
        planned = make_plan(snapshot, rules, memory, renderer, force=force)
        plan = planned.plan
        result = Reconciled(plan=plan, applied=applied, failed=_unread(plan))
        # What is left of a plan that was begun is carried out whatever its size.
        allowed = any_size or bool(applied)
        if digest is not None and not allowed:
            if plan.digest != digest:
                result.large = f"the plan is another one now ({plan.digest}, not {digest})"
                return result
        elif rules.mode == "act" and plan.large and not allowed:
            _tell_of_calendars(planned, ledger, now)
            what = f"a large change waits: {plan.large}; calsync sync --digest {plan.digest}"
            ledger.alert("large", now, what, _about_large(plan))
            result.large = plan.large
            return result
        if rules.mode == "observe":
            _record(planned, snapshot, memory, ledger, applied, messages=False)
            return result
        done = apply(plan.changes, snapshot, calendars, ledger, span, now)
        applied += done.done
        result.failed += done.failed
        if done.stale or _disturbed(calendars, {change.calendar for change in done.done}, result):
            continue
        _record(planned, snapshot, memory, ledger, applied, messages=True)
        return result
    assert result is not None  # noqa: S101 - the loop runs at least once
    result.failed.append(("calendars", "another program keeps changing them; the next cycle tries again"))
    return result


def _unread(plan: Plan) -> list[tuple[str, str]]:
    return [(f'calendar "{line.name}"', line.error) for line in plan.calendars if not line.ok]


def _disturbed(calendars: Mapping[str, WritableCalendar], names: set[str], result: Reconciled) -> bool:
    """Tell whether another program's edit was put back over what we had written, so that we plan anew."""
    disturbed = False
    for name in sorted(names):
        try:
            disturbed = calendars[name].settle() or disturbed
        except Stale:
            disturbed = True
        except CalendarUnwritable as problem:
            result.failed.append((f'calendar "{name}"', problem.what))
    return disturbed


def _tell_of_calendars(planned: Planned, ledger: Ledger, now: datetime) -> None:
    """Raise an alert for each calendar that was not read, and clear those of the others."""
    known = {f"calendar:{record.name}" for record in planned.records}
    for key, _, _ in ledger.alerts():
        if key.startswith("calendar:") and key not in known:
            ledger.clear_alert(key)  # it is none of the config's any more
    for record in planned.records:
        key, named = f"calendar:{record.name}", f'the calendar "{record.name}"'
        if record.error:
            facts = AlertFacts(kind=AlertKind.CALENDAR, name=record.name, why=record.error)
            ledger.alert(key, now, f"{named} was not read: {record.error}", facts)
        else:
            ledger.clear_alert(key, at=now, recovered=f"{named} is read again")


def _tell_of_days_off(planned: Planned, ledger: Ledger, now: datetime) -> None:
    """Raise an alert for each day off that holds messages, and clear those of the others."""
    held = {message.key.call for message in planned.plan.messages if message.state is State.HELD}
    by_day: dict[str, list[datetime]] = {}
    for call in planned.plan.calls:
        if call.day_off and call.name in held:
            by_day.setdefault(call.day_off, []).append(call.start)
    found = {f"days_off:{digest_of(why)}": (why, starts) for why, starts in by_day.items()}
    for key, (why, starts) in found.items():
        calls = f"{len(starts)} call{'s' * (len(starts) != 1)}"
        facts = AlertFacts(kind=AlertKind.DAYS_OFF, calls=len(starts), start=starts[0])
        ledger.alert(key, now, f"nothing is sent for {calls}: {why}", facts)
    for key, _, _ in ledger.alerts():
        if key.startswith("days_off:") and key not in found:
            ledger.clear_alert(key)


def _tell_of_vetoes(planned: Planned, ledger: Ledger, now: datetime) -> None:
    """Raise an alert for each message that goes soon unless the owner stops it, and clear those of the others."""
    for message in planned.vetoes.tell:
        what = f"a message to {message.key.to} goes by itself unless you stop it: calsync outbox skip {message.id[:6]}"
        ledger.alert(veto_key(message), now, what, about_message(AlertKind.VETO, message))
    for key, _, _ in ledger.alerts():
        if key.startswith(VETO) and key not in planned.vetoes.keep:
            ledger.clear_alert(key)


def _about_large(plan: Plan) -> AlertFacts:
    queued = sum(change.move is not Move.WITHDRAW for change in plan.queue)
    calls = len({change.call for change in plan.changes})
    return AlertFacts(kind=AlertKind.LARGE, digest=plan.digest, calls=calls, messages=queued)


def _met(calendar: str, memory: Memory) -> datetime | None:
    record = memory.calendars.get(calendar)
    return record.foreign_at if record is not None else None


def _record(
    planned: Planned, snapshot: Snapshot, memory: Memory, ledger: Ledger, applied: Iterable[Change], *, messages: bool
) -> None:
    """Commit what was seen, and what the outbox has to learn, in one transaction; memory: what was planned with."""
    plan, now = planned.plan, snapshot.now
    with ledger.transaction():
        met = any(record.foreign_at not in (None, _met(record.name, memory)) for record in planned.records)
        # One that stands tells more: what was noticed when the ledger was opened.
        if met and OLDER_LEDGER not in {key for key, _, _ in ledger.alerts()}:
            ledger.alert(OLDER_LEDGER, now, TELL_OLDER_LEDGER)
        for record in planned.records:
            ledger.record_calendar(record)
        _tell_of_calendars(planned, ledger, now)
        tell_of_caps(planned, ledger)
        ledger.saw(planned.known)
        ledger.remember(rebuilt(memory, snapshot, [call.name for call in planned.found.calls], applied))
        ledger.clear_alert("large")  # a plan that waits for her word never comes here
        if messages:
            for change in plan.queue:
                if change.move is Move.WITHDRAW:
                    ledger.withdraw([change.message.key])
                    ledger.clear_alert(alert_key(change.message))
            ledger.queue([change.message for change in plan.queue if change.move is not Move.WITHDRAW])
        # Of a note about a cap she is told together with the cap.
        asks = (one for one in plan.messages if one.state is State.ASKS and one.key.kind not in POLITE_ONCE_APPROVED)
        waiting = {one.id for one in asks if one.why and "send =" not in one.why}
        for change in plan.queue if messages else ():
            message = change.message
            if message.id in waiting:
                what = f"a message to {message.key.to} asks: {message.why}"
                ledger.alert(f"asks:{message.id}", now, what, about_message(AlertKind.ASKS, message))
        if messages:
            _tell_of_days_off(planned, ledger, now)
            _tell_of_vetoes(planned, ledger, now)
        for key, _, _ in ledger.alerts():
            if key.startswith("asks:") and key.removeprefix("asks:") not in waiting:
                ledger.clear_alert(key)
