"""Nudging the owner during a call: never twice, and through her notifiers alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from calsync.model.nudge import Nudger
from calsync.planning.nudges import LATE, Nudge
from calsync.ports import Fate, Ledger, Notifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudged:
    """What became of nudges. given: those that a notifier took. failed: which one did not take one, and why."""

    given: tuple[Nudge, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


def nudge(
    ledger: Ledger,
    notifiers: Sequence[Notifier],
    words: Nudger,
    due: Sequence[Nudge],
    clock: Callable[[], datetime],
) -> Nudged:
    """Tell the owner what is due, each once: that it is given is committed before it is.

    Whether a notifier took it or not, it is not repeated; late it would be worse than left out.

    Raises:
        LedgerError, LedgerDamaged: nobody knows whether it was given, so it is not.
    """
    given, failed = [], []
    for one in due:
        if clock() >= one.at + LATE or not ledger.once(one.key, one.at):
            continue
        said = words.nudge(one.voice, one.facts)
        outcomes = {notifier.name: notifier.notify(said.title, said.body, discreet=True) for notifier in notifiers}
        failed += [(name, outcome.why) for name, outcome in outcomes.items() if outcome.fate is not Fate.ACCEPTED]
        if any(outcome.fate is Fate.ACCEPTED for outcome in outcomes.values()):
            given.append(one)
    return Nudged(given=tuple(given), failed=tuple(failed))
