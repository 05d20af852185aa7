"""Names that survive moves: which occurrence of today is the call that was known yesterday."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from calsync.model.call import call_name
from calsync.model.event import Occurrence, Status
from calsync.model.memory import KnownCall, Memory
from calsync.model.snapshot import Snapshot

NEAR = timedelta(days=3)
SOON = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Names:
    """of: UID and original start (`call_name`) → the call's name. gone: known calls that no longer stand."""

    of: Mapping[str, str]
    gone: tuple[KnownCall, ...]


def resolve(snapshot: Snapshot, present: Mapping[str, Occurrence], clients: Mapping[str, str], memory: Memory) -> Names:
    """Return under which name each occurrence goes.

    present: `call_name` → occurrence; clients: the same → client's key, for those that are calls.
    An original start that vanished from a series read whole, where the series has a new one within three
    days, is the same call, moved. A call with the same client that appears within a day of another's
    cancellation is that call, moved; not where the owner had taken the other one out by `skip`.
    """
    standing = {slot for slot, one in present.items() if one.status is not Status.CANCELLED}
    slots = {call_name(known.uid, known.slot): known for known in memory.calls.values()}
    # A name whose own occurrence stands (again) belongs to that one, whatever took its place meanwhile.
    of = {
        slot: known.name
        for slot, known in slots.items()
        if slot in present and (known.name == slot or known.name not in standing)
    }
    vanished = [
        known
        for slot, known in slots.items()
        if slot not in present
        and known.name not in standing
        and snapshot.speaks_of(known.calendar, known.uid)
        and snapshot.window.start <= known.start < snapshot.window.end
    ]
    new = {slot: one for slot, one in present.items() if slot not in of}
    _pair_series(vanished, new, of)
    for slot in new:
        of.setdefault(slot, slot)
    off = [known for slot, known in slots.items() if known in vanished or (slot in present and slot not in standing)]
    appeared = {slot: one for slot, one in new.items() if _in_sight_before(one, snapshot, memory)}
    missed = [known for known in off if known.start > snapshot.now - SOON and not left_alone(known, memory)]
    _pair_cancelled(missed, appeared, clients, of, snapshot.now)
    taken = {name for slot, name in of.items() if slot in standing}
    for slot, name in of.items():
        if slot not in standing and name in taken:
            of[slot] = f"{slot}\noff"  # cancelled, and its name went to the call that took its place
    return Names(of, tuple(known for known in vanished if known.name not in of.values()))


def left_alone(known: KnownCall, memory: Memory) -> bool:
    """Tell whether the owner's newest word on a known call, or its series, is `skip`: what becomes of it is hers."""
    about = [one for one in memory.decisions if one.subject == (known.uid if one.series else known.name)]
    newest = max(about, key=lambda decision: decision.at, default=None)
    return newest is not None and newest.verdict == "skip"


def _pair_series(vanished: list[KnownCall], new: Mapping[str, Occurrence], of: dict[str, str]) -> None:
    by_uid: dict[str, dict[str, Occurrence]] = {}
    for slot, one in new.items():
        by_uid.setdefault(one.uid or "", {})[slot] = one
    for uid, there in by_uid.items():
        gone = {known.name: known for known in vanished if known.uid == uid and known.name not in of.values()}
        of.update({slot: name for name, slot in nearest(gone, there).items()})


def nearest(some: Mapping[str, Occurrence | KnownCall], others: Mapping[str, Occurrence | KnownCall]) -> dict[str, str]:
    """Pair original starts that lie at most three days apart, the nearest first: a key of `some` → one of `others`."""
    pairs = sorted(
        (abs(_instant(other.slot, other.start) - _instant(one.slot, one.start)), key, slot)
        for key, one in some.items()
        for slot, other in others.items()
    )
    found: dict[str, str] = {}
    taken: set[str] = set()
    for distance, key, slot in pairs:
        if distance <= NEAR and key not in found and slot not in taken:
            found[key] = slot
            taken.add(slot)
    return found


def _pair_cancelled(
    off: list[KnownCall], new: Mapping[str, Occurrence], clients: Mapping[str, str], of: dict[str, str], now: datetime
) -> None:
    pairs = sorted(
        (abs(one.start - known.start), known.name, slot)
        for known in off
        if now - (known.gone_at or now) <= SOON and known.name not in _taken_over(of)
        for slot, one in new.items()
        if clients.get(slot) == known.client and of[slot] == slot
        if isinstance(one.start, datetime) and one.start > now
    )
    for _, name, slot in pairs:
        if of[slot] == slot and name not in _taken_over(of):
            of[slot] = name


def _in_sight_before(one: Occurrence, snapshot: Snapshot, memory: Memory) -> bool:
    """Tell whether the last reading reached this far: what lies beyond has not appeared, it has come into sight."""
    record = memory.calendars.get(one.calendar)
    if record is None or record.read_at is None:
        return True
    return _instant(None, one.start) < snapshot.window.end - (snapshot.now - record.read_at)


def _taken_over(of: Mapping[str, str]) -> set[str]:
    return {name for slot, name in of.items() if slot != name}


def _instant(slot: datetime | date | None, start: datetime | date) -> datetime:
    value = slot if slot is not None else start
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC)
