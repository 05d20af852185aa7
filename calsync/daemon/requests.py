"""What other commands ask of the running daemon: done with the very passes that they would run themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias

from calsync.daemon.answers import Done, answer_of, cycle_done
from calsync.deliver.run import Delivered
from calsync.errors import CalsyncError, Interrupted, LockHeld, UsageError
from calsync.model.message import Message, State
from calsync.ports import Request
from calsync.wiring import House, synced

Deliver: TypeAlias = Callable[[House, datetime | None], object]
"""Runs a whole pass that delivers, at that instant of a rehearsal or by the clock, and returns when it is over."""

# Whoever asked waits as long for the daemon to begin; what is older was asked by somebody who has gone away.
PATIENCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a command is to do: `act` is a cycle in the mode that was set just now.

    config: the file that was read, absolute. now: the instant of a rehearsal, else None for the clock's.
    force, digest, any_size: see `House.sync`. edited: see `House.clean`.
    """

    command: Literal["sync", "act", "clean"]
    config: str
    now: datetime | None = None
    force: bool = False
    digest: str | None = None
    any_size: bool = False
    edited: bool = False

    def asked(self) -> Mapping[str, Any]:
        """Return it as a JSON object."""
        return {**asdict(self), "now": self.now.isoformat() if self.now else None}


def wish_of(what: Mapping[str, Any]) -> Wish:
    """Return what `Wish.asked` wrote.

    Raises:
        UsageError: another version wrote it.
    """
    known = {field.name for field in fields(Wish)}
    if what.keys() != known or what["command"] not in ("sync", "act", "clean"):
        raise UsageError("the running calsync is of another version", hint="start it anew, then ask again")
    now = what["now"]
    return Wish(**{**what, "now": datetime.fromisoformat(now) if now else None})


def carry_out(wish: Wish, house: House, now: datetime) -> Done:
    """Do what is wished in one thread, and return what became of it. The caller holds the state lock."""
    if wish.command == "clean":
        return house.clean(now, edited=wish.edited)
    done = house.sync(now, force=wish.force, digest=wish.digest, any_size=wish.any_size)
    return cycle_done(done, house.rules.owner.timezone)


def serve(house: House, now: datetime, reload: Callable[[], House], deliver: Deliver) -> bool:
    """Do what commands have asked for, one after the other; tell whether there was anything.

    Each is done by the config as it now stands, as the command itself would: `reload` reads it again and returns
    the house to use from then on (ConfigErrors: it is wrong, and the old one goes on). What an earlier daemon had
    taken and not finished is answered, never repeated. The caller holds the state lock, and calls in one thread.

    Raises:
        LedgerError, LedgerDamaged: a request or its answer could not be read or written.
    """
    asked = house.ledger.unanswered()
    for request in asked:
        if request.taken:
            house.ledger.answer(request.number, answer_of(ended_amid()))
            continue
        if not house.ledger.take(request.number):
            continue  # whoever asked has taken it back
        try:
            wish = _wish(request, now)
            house = reload()
            done = _done(wish, house, now, deliver)
        except CalsyncError as error:
            house.ledger.answer(request.number, answer_of(error))
        except Exception as error:
            fault = CalsyncError(
                f"a fault in calsync itself ({type(error).__name__})", hint="the daemon's log has more"
            )
            house.ledger.answer(request.number, answer_of(fault))
            raise
        else:
            house.ledger.answer(request.number, answer_of(done))
    return bool(asked)


def ended_amid() -> Interrupted:
    """Return the error for a wish that a calsync had taken when it ended."""
    hint = "look at calsync status, and ask again for what is missing"
    return Interrupted("calsync ended while doing this; part of it may be done", hint=hint)


def _wish(request: Request, now: datetime) -> Wish:
    if now - request.at > PATIENCE:
        raise LockHeld("this was asked too long ago", hint="ask again")
    return wish_of(request.what)


def _done(wish: Wish, house: House, now: datetime, deliver: Deliver) -> Done:
    read = house.settings.path.resolve()
    if Path(wish.config).resolve() != read:
        raise UsageError("the running calsync reads another config", where=str(read), hint=f"calsync --config {read} …")
    if wish.command == "act" and house.rules.mode != "act":
        raise UsageError("mode is observe again", where=str(read), hint="ask again")
    if wish.command == "clean":
        return carry_out(wish, house, wish.now or now)
    before = house.ledger.memory().messages
    passed = house.reconcile(wish.now or now, force=wish.force, digest=wish.digest, any_size=wish.any_size)
    if not (passed.large and wish.digest is not None):
        deliver(house, wish.now)
    done = synced(passed, _delivered(before, house.ledger.memory().messages))
    return cycle_done(done, house.rules.owner.timezone)


def _delivered(before: Iterable[Message], after: Iterable[Message]) -> Delivered:
    """Return what became of messages between two looks, in whatever pass; in the order in which it did."""
    was = {message.key: message.state for message in before}
    settled = [message for message in after if message.state is not was.get(message.key)]
    settled.sort(key=lambda one: (one.sent_at is None, one.sent_at, not one.approved, one.expires_at))
    by = {state: tuple(one for one in settled if one.state is state) for state in State}
    return Delivered(sent=by[State.SENT], failed=by[State.FAILED], unknown=by[State.UNKNOWN])
