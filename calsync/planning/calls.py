"""What is a call: which occurrences are a client's time, whose, and when each of them ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from calsync.model.call import Call, Flex, call_name, digest_of
from calsync.model.event import Occurrence, Status
from calsync.model.memory import Decision, Memory
from calsync.model.message import MAYBE_TOLD, Kind, Message, State
from calsync.model.plan import Held
from calsync.model.rules import Client, OverCap, Rules
from calsync.model.snapshot import Snapshot
from calsync.model.times import MINUTE, Span, later, say_duration, within
from calsync.planning import daysoff, fence
from calsync.planning.carry import with_open_items
from calsync.planning.delays import late_for
from calsync.planning.names import Names, nearest, resolve
from calsync.planning.people import Level, Match, answer, count, matches, organizes
from calsync.planning.titles import first_phrase

SHORTEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether an occurrence is a call, and why; `why` is empty where it is one.

    held: it would be a call but for something that the owner should know. off: the call does not take place
    (cancelled, declined). matches: the clients found in it. rule: the client's key that speaks against it, if one does.
    """

    match: Match | None = None
    why: str = ""
    held: bool = False
    off: bool = False
    matches: tuple[Match, ...] = ()
    kept: bool = False
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything that was found: calls by start; why others are none; names of all that stands, and what is off.

    occurrences: name → the copy that counts. copies: name → all of them.
    """

    calls: tuple[Call, ...]
    verdicts: Mapping[str, Verdict]
    occurrences: Mapping[str, Occurrence]
    copies: Mapping[str, tuple[Occurrence, ...]]
    held: tuple[Held, ...]
    names: Names

    def call(self, name: str) -> Call | None:
        """Return the call of that name."""
        return next((call for call in self.calls if call.name == name), None)


def judge(event: Occurrence, rules: Rules, decision: Decision | None) -> Verdict:
    """Decide whether `event` is a call; `decision` is the owner's newest word on it or its series.

    `keep` overrides an `except` word, a private event, and a tie (with a client); never what takes it off
    the calendar: cancelled, declined, free, all-day.
    """
    found = matches(event, rules.clients, rules.owner)
    if event.uid is not None and event.uid.endswith(BLOCK_DOMAIN):
        return Verdict(why="one of calsync's own blocks")
    kept = decision is not None and decision.verdict == "keep"
    if kept and decision is not None and decision.client:
        found = tuple(match for match in found if match.client.key == decision.client) or _given(decision, rules)
    if (
        event.unresolved
        and event.status is not Status.CANCELLED
        and not (decision is not None and decision.verdict == "skip")
    ):
        # Whoever is in it: she may be busy then, and nobody can tell when that is.
        return Verdict(why=f'its time zone "{event.unresolved}" is unknown', held=True, matches=found)
    if not found:
        return Verdict(why="nobody in it, and nothing in its title, belongs to a client")

    def no(why: str, *, held: bool = False, off: bool = False, rule: str = "") -> Verdict:
        return Verdict(why=why, held=held, off=off, matches=found, kept=kept, rule=rule)

    if decision is not None and decision.verdict == "skip":
        return no("taken out by `calsync skip`")
    if event.status is Status.CANCELLED:
        return no("cancelled", off=True)
    if event.uid is None:
        return no("it has no UID, so it can't be told from others", held=True)
    if event.all_day:
        return no("all-day")
    if event.irregular:
        return no("its start is none that its own rule gives", held=True)
    if event.transparent:
        return no("shown as free")
    if answer(event, rules.owner) == "DECLINED":
        return no("you declined it", off=True)
    if event.span.length < SHORTEST:
        return no("shorter than 5 minutes")
    if any(line.strip().casefold() == "calsync: off" for line in fence.cut(event.description).splitlines()):
        return no("its description says `calsync: off`")
    best = tuple(match for match in found if match.level == found[0].level)
    if len(best) > 1:
        names = " and ".join(match.client.name for match in best)
        return no(f"it matches {names} alike; say whose it is with `calsync keep CALL --client KEY`", held=True)
    match = best[0]
    if match.people and not match.present:
        return no(f"everybody of {match.client.name} declined it", off=True)
    if event.private and not match.client.match_private and not kept:
        return no("marked private", rule="match.private")
    if not kept and (phrase := first_phrase(event.summary, match.client.policy.except_titles)):
        return no(f'its title says "{phrase}"', rule="except")
    return Verdict(match=match, matches=found, kept=kept)


# The UIDs of our own blocks end so (`planning.blocks.block_uid`).
BLOCK_DOMAIN = "@block.calsync"


def _given(decision: Decision, rules: Rules) -> tuple[Match, ...]:
    client = rules.client(decision.client)
    return (Match(client, Level.ADDRESS, "calsync keep --client"),) if client else ()


def find_calls(snapshot: Snapshot, rules: Rules, memory: Memory) -> Found:
    """Return every call in the snapshot's window, and why what is none is none.

    Copies of one meeting in several calendars are one call: the copy that the owner may write to counts, then
    the higher SEQUENCE, then the order of the calendars in the config.
    """
    everything, snapshot = snapshot, daysoff.with_calls(snapshot, rules)
    occurrences = [one for reading in snapshot.readings.values() for one in reading.occurrences]
    by_slot = _by_slot(occurrences, rules)
    counting = {
        slot: _copy_that_counts([one for one in copies if call_name(one.uid or "", one.slot) == slot], rules)
        for slot, copies in by_slot.items()
    }
    judged = {slot: judge(one, rules, decision_on(one, slot, memory)) for slot, one in counting.items()}
    names = resolve(snapshot, counting, judged_clients(judged), memory)
    verdicts: dict[str, Verdict] = {}
    calls, held = [], []
    for slot, one in counting.items():
        name = names.of[slot]
        verdict = judged[slot]
        decision = decision_on(one, name, memory) if name != slot else None
        if decision is not None:
            verdict = judge(one, rules, decision)
        verdicts[name] = verdict
        if verdict.match is not None:
            calls.append(_call(name, one, tuple(by_slot[slot]), verdict, verdict.match, rules, memory))
            if len(verdict.matches) > 1 and _in_view(one, snapshot, rules):
                held.append(
                    Held(call=digest_of(name), what="other client", why=_others(verdict.match, verdict.matches))
                )
        elif verdict.held and _in_view(one, snapshot, rules):
            held.append(Held(call=digest_of(name), what=f'call "{one.summary}"', why=verdict.why))
    calls.sort(key=lambda call: (call.start.astimezone(UTC), call.name))
    off = {call_name(one.uid or "", one.slot): one for one in _in_days_off(everything, rules)}
    return Found(
        calls=daysoff.marked(with_open_items(calls, memory), everything, rules),
        verdicts={name: Verdict(why="no calls are looked for in a calendar of days off") for name in off} | verdicts,
        occurrences=off | {names.of[slot]: one for slot, one in counting.items()},
        copies={names.of[slot]: tuple(copies) for slot, copies in by_slot.items()},
        held=(*held, *_nameless(occurrences, snapshot, rules), *_damaged(snapshot)),
        names=names,
    )


def _by_slot(occurrences: Iterable[Occurrence], rules: Rules) -> dict[str, list[Occurrence]]:
    """Return the copies of each occurrence by its name, that of the copy that counts.

    Where a series stands at other times in another calendar (a subscription lags behind), an occurrence there
    goes with the nearest one here.
    """
    by_slot: dict[str, list[Occurrence]] = {}
    series: dict[str, dict[str, dict[str, Occurrence]]] = {}
    for one in occurrences:
        if one.uid is not None:
            slot = call_name(one.uid, one.slot)
            by_slot.setdefault(slot, []).append(one)
            if one.slot is not None:
                series.setdefault(one.uid, {}).setdefault(one.calendar, {})[slot] = one
    for standing in series.values():
        if len(standing) > 1:
            lead = _copy_that_counts([next(iter(slots.values())) for slots in standing.values()], rules).calendar
            for name, slots in standing.items():
                apart = {slot: one for slot, one in slots.items() if slot not in standing[lead]}
                here = {slot: one for slot, one in standing[lead].items() if slot not in slots}
                for other, slot in nearest(apart, here).items():
                    by_slot[slot] += [one for one in by_slot[other] if one.calendar == name]
                    by_slot[other] = [one for one in by_slot[other] if one.calendar != name]
    return {slot: copies for slot, copies in by_slot.items() if copies}


def _in_days_off(snapshot: Snapshot, rules: Rules) -> list[Occurrence]:
    readings = (snapshot.readings[name] for name in rules.days_off_in if name in snapshot.readings)
    return [one for reading in readings for one in reading.occurrences if one.uid is not None]


def _others(counts: Match, matches: Iterable[Match]) -> str:
    names = " and ".join(match.client.name for match in matches if match.client.key != counts.client.key)
    return f"{names} matches it too; it counts as {counts.client.name}'s"


def _nameless(occurrences: Iterable[Occurrence], snapshot: Snapshot, rules: Rules) -> list[Held]:
    """Return what is held because it has no UID, where a client is in it."""
    nameless = (one for one in occurrences if one.uid is None and _in_view(one, snapshot, rules))
    verdicts = ((one, judge(one, rules, None)) for one in nameless)
    return [Held(call="", what=f'"{one.summary}"', why=verdict.why) for one, verdict in verdicts if verdict.held]


def _damaged(snapshot: Snapshot) -> list[Held]:
    """Return for each calendar what of it was left out; one is named, since old ones stay for ever."""
    held = []
    for reading in snapshot.readings.values():
        if reading.problems:
            first, more = reading.problems[0], len(reading.problems) - 1
            others = f", and {more} more; calsync check names them" if more else ""
            held.append(Held(call="", what="event", why=f"{first.where}: {first.why}{others}"))
    return held


def _in_view(event: Occurrence, snapshot: Snapshot, rules: Rules) -> bool:
    """Tell whether it has not ended and begins within the horizon; local times in an unknown zone count as hers."""
    start, end = (at if isinstance(at, datetime) else datetime.combine(at, time()) for at in (event.start, event.end))
    start, end = (at if at.tzinfo else at.replace(tzinfo=rules.owner.timezone) for at in (start, end))
    return end > snapshot.now and start <= snapshot.now + rules.horizon


def judged_clients(judged: Mapping[str, Verdict]) -> dict[str, str]:
    """Return the client's key of each call among `judged`."""
    return {slot: verdict.match.client.key for slot, verdict in judged.items() if verdict.match is not None}


def _copy_that_counts(copies: list[Occurrence], rules: Rules) -> Occurrence:
    def rank(one: Occurrence) -> tuple[bool, int, int]:
        writable = organizes(one, rules.owner) and not one.unwritable_why
        return (not writable, -one.sequence, rules.calendars.index(one.calendar))

    return min(copies, key=rank)


def decision_on(event: Occurrence, name: str, memory: Memory) -> Decision | None:
    """Return the newest `skip` or `keep` on this call or its series, or None."""
    about = [decision for decision in memory.decisions if decision.subject == (event.uid if decision.series else name)]
    return max(about, key=lambda decision: decision.at, default=None)


def told_at(message: Message, memory: Memory) -> datetime:
    """Return when a message was sent, or may have been.

    One that nobody tried to send from here may have gone before its calendar was met, or the ledger put back: not at
    a moment that is yet to come.
    """
    if message.sent_at is not None:
        return message.sent_at
    if message.state is not State.UNKNOWN or message.epoch:
        return message.send_at
    met = [record.foreign_at for record in memory.calendars.values() if record.foreign_at is not None]
    met += [memory.restored_at] if memory.restored_at is not None else []
    return min(message.send_at, max(met)) if met else message.send_at


def last_told(name: str, memory: Memory, to: str | None = None, *, late: bool = True) -> Message | None:
    """Return the last message that told anybody (or `to`) when this call is, or None.

    late: count those that told of the owner's being late too, which announce no call, but tell when it ends.
    """
    told = [
        message
        for message in memory.messages
        if message.key.call == name
        and message.state in MAYBE_TOLD
        and message.key.kind not in (Kind.CANCELLED, Kind.CLOSE_OUT)
        and (late or message.key.kind is not Kind.LATE)
        and (to is None or message.key.to == to)
    ]
    return max(told, key=lambda message: (told_at(message, memory), message.key.revision), default=None)


def _call(
    name: str,
    event: Occurrence,
    copies: tuple[Occurrence, ...],
    verdict: Verdict,
    match: Match,
    rules: Rules,
    memory: Memory,
) -> Call:
    client, policy, span = match.client, match.client.policy, event.span
    told = last_told(name, memory)
    per_call, over_cap = policy.per_call, policy.over_cap
    if told is not None:
        # What a client was told about this call stays, whatever the config says since.
        per_call = told.per_call * MINUTE if told.per_call is not None else None
        over_cap = _told_over_cap(told, over_cap)
    base = min(span.end, later(span.start, per_call), key=lambda at: at.astimezone(UTC)) if per_call else span.end
    flex = memory.flexes.get(name)
    stop = _flexed(base, span, flex) if flex else base
    told_stop = span.end if over_cap == "tell" and flex is None else stop
    late = late_for(name, span.start, memory)
    shift = late.minutes if late is not None and late.shift else 0
    went = memory.told.get(name)
    return Call(
        name=name,
        occurrence=event,
        copies=tuple(copy.ref for copy in copies),
        client=client,
        people=match.present,
        group=count(event, rules.owner) >= policy.group_from,
        organized=organizes(event, rules.owner),
        start=span.start,
        end=span.end,
        base_stop=base,
        hard_stop=later(stop, shift * MINUTE),
        told_stop=later(told_stop, shift * MINUTE),
        per_call=per_call,
        flex=flex,
        doubtful="" if verdict.kept else _doubtful(event, client, rules),
        tentative=_tentative(event, rules),
        kept=verdict.kept,
        rivals=tuple(rival.client.key for rival in verdict.matches if rival.client.key != client.key),
        matched=match.by,
        told=went is not None,
        took=went.minutes if went is not None else None,
        late=late.minutes if late is not None else 0,
        shift=shift,
    )


def _told_over_cap(told: Message, configured: OverCap) -> OverCap:
    """Return under which `over_cap` a message was written: the hard stop that it tells is the cap, or lies beyond."""
    if told.per_call is None or told.flex:
        return configured
    cap = later(told.key.start, told.per_call * MINUTE)
    return "tell" if told.hard_stop > cap else "note" if told.hard_stop == cap else configured


def _flexed(base: datetime, span: Span, flex: Flex) -> datetime:
    return max(later(base, flex.minutes * MINUTE), later(span.start, SHORTEST), key=lambda at: at.astimezone(UTC))


def _doubtful(event: Occurrence, client: Client, rules: Rules) -> str:
    owner = rules.owner
    if not within(event.span.start, owner.work_hours, owner.work_days, owner.timezone):
        return "it starts outside your work hours; `calsync keep` lets it count"
    if event.span.length > client.policy.longest:
        return f"it is longer than {say_duration(client.policy.longest)}; `calsync keep` lets it count"
    return ""


def _tentative(event: Occurrence, rules: Rules) -> str:
    if event.status is Status.TENTATIVE:
        return "it is tentative"
    if not organizes(event, rules.owner) and answer(event, rules.owner) in ("NEEDS-ACTION", "TENTATIVE"):
        return "you have not accepted it yet"
    return ""
