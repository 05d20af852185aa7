"""Where a cycle or a clean-up is done: here, under the lock, or by the calsync that holds it."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from calsync.cli.patience import Patience
from calsync.daemon.answers import Done, answer_of, done_of
from calsync.daemon.requests import PATIENCE, Wish, carry_out, ended_amid
from calsync.errors import Interrupted, LockHeld
from calsync.ledger.lock import StateLock, holder

if TYPE_CHECKING:
    from calsync.cli.app import App
    from calsync.wiring import House

_LOOK_S = 0.1


def by(app: App, house: House) -> tuple[str, datetime | None]:
    """Return the config of this run, and its instant where it is a rehearsal; see `Wish`."""
    now = app.now(house.rules.owner.timezone) if app.given_now is not None else None
    return str(house.settings.path.absolute()), now


def do_here(app: App, house: House, wish: Wish) -> Done:
    """Do it in this process, and return what became of it.

    Raises:
        LockHeld: another calsync holds the state folder.
    """
    with StateLock(house.state, wish.command):
        return carry_out(wish, house, app.now(house.rules.owner.timezone))


def do(app: App, house: House, wish: Wish) -> Done:
    """Do it in this process, or let the calsync that holds the state folder do it, and return what became of it.

    Raises:
        LockHeld: another calsync holds the state folder, and did not take it up in two minutes; nothing was done.
        Interrupted: it took it up, and ended before it had answered.
        CalsyncError: what it ended with.
    """
    try:
        return do_here(app, house, wish)
    except LockHeld:
        return _Waiting(app, house, wish).result()


class _Waiting:
    """A wish that was left with another calsync, until that has answered or is gone."""

    def __init__(self, app: App, house: House, wish: Wish) -> None:
        self._app, self._house, self._wish = app, house, wish
        self._here = False
        # Not the clock of a rehearsal: the other one compares it with its own.
        real = replace(app, given_now=None).now(house.rules.owner.timezone)
        self._number = house.ledger.ask(wish.asked(), real)

    def result(self) -> Done:
        if not self._app.quiet:
            self._app.patience = Patience("waiting for the calsync that runs here")
        ledger, end = self._house.ledger, time.monotonic() + PATIENCE.total_seconds()
        try:
            while True:
                if (done := self._answered() or self._free()) is not None:
                    return done
                # Once it is taken there is no end to the waiting: it is being done.
                if time.monotonic() > end and ledger.take_back(self._number):
                    raise self._not_taken()
                time.sleep(_LOOK_S)
        except (KeyboardInterrupt, SystemExit):
            if not self._here and not ledger.take_back(self._number):
                self._app.tell("the calsync that runs here is doing it already; calsync status tells what came of it")
            raise

    def _answered(self) -> Done | None:
        answer = self._house.ledger.answered(self._number)
        if answer is None:
            return None
        try:
            return done_of(answer)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Interrupted(
                "it was done by a calsync of another version, whose answer this one can't read",
                hint="calsync status tells what came of it",
            ) from error

    def _free(self) -> Done | None:
        """Do it here if the state folder has become free."""
        if holder(self._house.state) is not None:
            return None
        with ExitStack() as held:
            try:
                held.enter_context(StateLock(self._house.state, self._wish.command))
            except LockHeld:
                return None  # somebody was faster
            if (done := self._answered()) is not None:
                return done
            self._here = self._house.ledger.take_back(self._number)
            if self._here:
                return carry_out(self._wish, self._house, self._app.now(self._house.rules.owner.timezone))
            self._house.ledger.answer(self._number, answer_of(ended_amid()))
            raise ended_amid()

    def _not_taken(self) -> LockHeld:
        found = holder(self._house.state) or "another calsync"
        return LockHeld(
            f"{found} works here, and did not take this up in {PATIENCE.total_seconds() / 60:.0f} minutes",
            where=str(self._house.state),
            hint="look whether it still works (calsync status), or stop it; then ask again",
        )
