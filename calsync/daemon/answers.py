"""What became of a wish, as a command shows it; and the same as JSON, which passes from process to process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, tzinfo
from enum import Enum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, TypeAlias, Union, cast, get_args, get_origin, get_type_hints

from calsync import errors
from calsync.errors import CalsyncError, ManyErrors
from calsync.model.call import digest_of
from calsync.model.mark import Role
from calsync.model.message import Message
from calsync.model.plan import Action, Held
from calsync.model.rules import Mode
from calsync.reconcile.clean import Cleaned

if TYPE_CHECKING:
    from calsync.wiring import Synced

Json: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A change that was made (see `model.plan.Change`), without what the calendar was told.

    start, end: on the clocks of the call's event, where it is in view, else on the owner's.
    """

    action: Action
    call: str
    calendar: str
    role: Role | None
    start: datetime | None
    end: datetime | None
    text: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleDone:
    """What one cycle did, and what of its plan is needed to tell it.

    now: its instant. titles: of the calls in view, by digest. named: digests of all calls that the plan names;
    messages: ids of all messages in it. failed: what and why. large: why it stopped before its first change, or empty.
    """

    now: datetime
    mode: Mode
    digest: str
    large: str
    titles: dict[str, str]
    named: tuple[str, ...]
    messages: tuple[str, ...]
    applied: tuple[Applied, ...]
    sent: tuple[Message, ...]
    failed: tuple[tuple[str, str], ...]
    held: tuple[Held, ...]


Done: TypeAlias = CycleDone | Cleaned
_KINDS: Mapping[str, type[Done]] = {"cycle": CycleDone, "cleaned": Cleaned}


def cycle_done(done: Synced, home: tzinfo) -> CycleDone:
    """Return what is told of a cycle; `home` is the owner's zone."""
    plan = done.plan
    zones = {call.id: call.start.tzinfo for call in plan.calls}
    named = {*(call.id for call in plan.calls), *(change.call for change in (*plan.changes, *done.applied))}
    named |= {digest_of(message.key.call) for message in plan.messages if message.key.call}
    return CycleDone(
        now=plan.now,
        mode=plan.mode,
        digest=plan.digest,
        large=done.large,
        titles={call.id: call.occurrence.summary for call in plan.calls},
        named=tuple(sorted(named | {held.call for held in plan.held if held.call})),
        messages=tuple(sorted(message.id for message in plan.messages)),
        applied=tuple(
            Applied(
                action=one.action,
                call=one.call,
                calendar=one.calendar,
                role=one.role,
                start=one.start and one.start.astimezone(zones.get(one.call) or home),
                end=one.end and one.end.astimezone(zones.get(one.call) or home),
                text=one.text,
                why=one.why,
            )
            for one in done.applied
        ),
        sent=done.sent,
        failed=done.failed,
        held=done.held,
    )


def answer_of(done: Done | CalsyncError) -> Json:
    """Return what became of a wish, or the error that it ended with, as a JSON object."""
    if isinstance(done, CalsyncError):
        return {"error": _of_error(done)}
    kind = next(name for name, kind in _KINDS.items() if isinstance(done, kind))
    return {kind: _encoded(done)}


def done_of(answer: Json) -> Done:
    """Return what `answer_of` wrote.

    Raises:
        CalsyncError: the error that the wish ended with.
        ValueError, TypeError, KeyError: no calsync of this version wrote that.
    """
    [(kind, data)] = answer.items()
    if kind == "error":
        raise _error_of(data)
    return cast(Done, _decoded(_KINDS[kind], data))


def _of_error(error: CalsyncError) -> Json:
    # An error of a narrower kind than others can know is of the nearest kind that they do.
    kind = next(one.__name__ for one in type(error).__mro__ if one.__module__ == errors.__name__)
    many = [_of_error(one) for one in error.errors] if isinstance(error, ManyErrors) else []
    return {"kind": kind, "what": error.what, "where": error.where, "hint": error.hint, "errors": many}


def _error_of(data: Json) -> CalsyncError:
    kind: type[CalsyncError] = getattr(errors, data["kind"])
    if issubclass(kind, ManyErrors):
        return kind(tuple(map(_error_of, data["errors"])), hint=data["hint"])
    return kind(data["what"], where=data["where"], hint=data["hint"])


def _encoded(value: object) -> Any:
    """Return values made of dataclasses, tuples, lists, dicts by text, instants and enums as JSON."""
    if is_dataclass(value):
        return {field.name: _encoded(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, (tuple, list)):
        return [_encoded(one) for one in value]
    if isinstance(value, dict):
        return {key: _encoded(one) for key, one in value.items()}
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def _decoded(kind: Any, data: Any) -> Any:
    """Return the value of that type which `_encoded` wrote; a field's own type says how to read it."""
    origin, parts = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{name: _decoded(hints[name], one) for name, one in data.items()})
    if origin in (Union, UnionType):
        [only] = (part for part in parts if part is not NoneType)
        return None if data is None else _decoded(only, data)
    if origin is tuple and parts[-1] is not Ellipsis:
        return tuple(_decoded(part, one) for part, one in zip(parts, data, strict=True))
    if origin in (tuple, list):
        return origin(_decoded(parts[0], one) for one in data)
    if origin is dict:
        return {key: _decoded(parts[1], one) for key, one in data.items()}
    if kind is datetime:
        return datetime.fromisoformat(data)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data)
    return data
