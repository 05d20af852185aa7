"""A mail to the owner herself, at most once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from calsync.model.alert import Notice
from calsync.model.rules import Owner
from calsync.ports import Channel, Fate, Ledger, Mail, Outcome

UNSENT = "owner_mail"


def mail_once(
    ledger: Ledger, mailers: Mapping[str, Channel], name: str, notice: Notice, owner: Owner, now: datetime
) -> bool:
    """Mail `notice` to the owner through the first of `mailers`; tell whether it went.

    name: what makes it the same mail. That it is being sent is committed before its first byte may leave, so that it
    goes once at most; one that has not begun is tried again when it is asked for again. What keeps it back is an alert.

    Raises:
        LedgerError, LedgerDamaged: it may have gone.
    """
    channel, mailer = next(iter(mailers.items()))
    mail = Mail(
        message_id=f"<own.{hashlib.sha256(name.encode()).hexdigest()[:26]}@{owner.email.rpartition('@')[2]}>",
        sender_name=owner.name,
        sender=owner.email,
        to=owner.email,
        subject=notice.title,
        body=notice.body,
        date=now.astimezone(owner.timezone),
        private=True,
    )
    try:
        outcome = mailer.send(mail, lambda: ledger.once(name, now))
    except Exception as error:  # noqa: BLE001 (whatever fails on the way to her, the pass goes on)
        outcome = Outcome(fate=Fate.DEFERRED, why=f"it failed unexpectedly ({type(error).__name__})")
    finally:
        mailer.close()
    if outcome.fate is Fate.ACCEPTED:
        ledger.clear_alert(UNSENT)
        ledger.log(now, "mailed the owner", name)
        return True
    ledger.alert(UNSENT, now, f"the {name} could not be mailed to you by {channel}: {outcome.why}")
    return False
