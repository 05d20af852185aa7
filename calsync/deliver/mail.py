"""From a message in the outbox to the mail that a channel carries."""

from __future__ import annotations

from datetime import datetime

from calsync.model.message import Message
from calsync.model.rules import Owner
from calsync.ports import Mail


def mail_of(message: Message, owner: Owner, now: datetime) -> Mail:
    """Return `message` as a mail from the owner, dated `now` on her clocks.

    Its Message-ID is rooted at the domain of her address and the same however often it is tried. A message
    that follows others refers to the first of its thread (RFC 5322 §3.6.4).
    """
    message_id = message.message_id(owner.email.rpartition("@")[2])
    return Mail(
        message_id=message_id,
        sender_name=owner.name,
        sender=owner.email,
        to=message.key.to,
        subject=message.subject,
        body=message.body,
        date=now.astimezone(owner.timezone),
        references=(message.thread,) if message.thread not in ("", message_id) else (),
    )
