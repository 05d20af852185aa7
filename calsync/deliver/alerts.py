"""Telling the owner: everything that she doesn't know yet, in one notification, once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from calsync.model.alert import Alert, Herald, Notice
from calsync.model.rules import Owner
from calsync.ports import Channel, Fate, Ledger, Mail, Notifier, Outcome, freely

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the owner was told. by: the channels that took it. failed: those that did not, and why."""

    alerts: tuple[Alert, ...] = ()
    by: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


NOTHING = Told()


def tell(
    ledger: Ledger,
    notifiers: Sequence[Notifier],
    mailers: Mapping[str, Channel],
    words: Herald,
    owner: Owner,
    now: datetime,
    *,
    stopping: Callable[[], bool] = lambda: False,
) -> Told:
    """Tell the owner what she is to be told by `now`, in one notification in her language.

    Every notifier is asked, and one that accepts is enough. Without any it goes by mail to herself, through the
    first of `mailers`, the channels that reach clients. What nobody took is put off with doubling pauses, from a
    minute to an hour. Nothing is told once `stopping` says True. It comes after the mail to clients, which it could
    hold up by as long as notifiers wait for an answer.

    A death between telling and committing tells her twice, and a service that takes a notification without saying
    so gets it again, once an hour in the end: what is told twice costs her less than what is never told.

    Raises:
        LedgerError, LedgerDamaged: she may have been told, and will be again.
    """
    alerts = ledger.untold(now)
    if not alerts or not (notifiers or mailers):
        return NOTHING
    notice = words.notice(alerts, language=owner.language, zone=owner.timezone.key, now=now)
    outcomes: dict[str, Outcome] = {}
    for notifier in notifiers:
        if stopping():
            return NOTHING
        outcomes[notifier.name] = _handed(partial(notifier.notify, notice.title, notice.body))
    if not notifiers:
        name, mailer = next(iter(mailers.items()))
        outcomes[name] = _handed(partial(_send, mailer, _mail(notice, alerts, owner, now)))
    by = tuple(name for name, outcome in outcomes.items() if outcome.fate is Fate.ACCEPTED)
    failed = tuple((name, outcome.why) for name, outcome in outcomes.items() if outcome.fate is not Fate.ACCEPTED)
    if not by:
        tries = max(alert.attempts for alert in alerts)
        ledger.put_off(alerts, now + min(FIRST_PAUSE * 2 ** min(tries, 6), LONGEST_PAUSE))
        return Told(failed=failed)
    with ledger.transaction():
        ledger.told(alerts, now)
        ledger.log(now, "told the owner", ", ".join(by))
    return Told(alerts=alerts, by=by, failed=failed)


def _handed(over: Callable[[], Outcome]) -> Outcome:
    try:
        return over()
    except Exception as error:  # noqa: BLE001 (whatever fails on the way to her, the pass goes on)
        return Outcome(fate=Fate.DEFERRED, why=f"it failed unexpectedly ({type(error).__name__})")


def _send(mailer: Channel, mail: Mail) -> Outcome:
    try:
        return mailer.send(mail, freely)
    finally:
        mailer.close()


def _mail(notice: Notice, alerts: Sequence[Alert], owner: Owner, now: datetime) -> Mail:
    told = "\x1f".join(f"{alert.key}\x1e{alert.at.timestamp()}\x1e{alert.over}" for alert in alerts)
    name = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:26]
    return Mail(
        message_id=f"<alert.{name}.{int(now.timestamp())}@{owner.email.rpartition('@')[2]}>",
        sender_name=owner.name,
        sender=owner.email,
        to=owner.email,
        subject=notice.title,
        body=notice.body,
        date=now.astimezone(owner.timezone),
        private=True,
    )
