"""The outbox in the ledger: each message once; a claim is committed before anything leaves."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from calsync.errors import Stale
from calsync.ledger.rows import Row, Value, instant, key_row, message_of, message_row, moment
from calsync.ledger.stamp import Stamp, write_stamp
from calsync.ledger.tables import Tables
from calsync.model.message import Message, MessageKey, State

LEASE = timedelta(minutes=10)  # far longer than any channel waits for an answer

_KEY = "call = :call AND recipient = :recipient AND start = :start AND kind = :kind AND revision = :revision"
_OPEN = "state IN ('planned', 'asks', 'held')"
_OLDEST_FIRST = "send_at, recipient, call, kind, revision"
_SETTLED = ("state", "why", "approved", "send_at", "expires_at", "sent_at", "attempts", "retry_at")
# What became of earlier tries: facts of delivery, which no new plan takes back.
_OF_DELIVERY = frozenset({"epoch", "attempts", "retry_at", "begun_at"})
# An approval that was given while a plan was being made stands, as long as the text is the one that was shown,
# and unless it was given before a copy was made that stands in the ledger's place now.
_KEEPS_APPROVAL = (
    "messages.approved AND NOT excluded.approved AND excluded.state <> 'unknown'"
    " AND messages.subject = excluded.subject AND messages.body = excluded.body"
)
_TOKEN = secrets.token_hex(8)


def _this_run() -> str:
    """Return what names this process: all its connections are one run, a fork of it is another."""
    return f"{os.getpid()}-{_TOKEN}"


class SqliteOutbox(Tables):
    """`ports.Outbox` for one owner.

    A claim of another run counts as a dead one's: whoever asks for `stranded` holds the state lock.
    """

    def queue(self, messages: Iterable[Message]) -> None:
        """See `ports.Outbox`; an approval that was given meanwhile stands while the text is the same."""
        with self.transaction():
            for message in messages:
                row, key = message_row(message), key_row(message.key)
                changes = [f"{name} = excluded.{name}" for name in row if name not in _OF_DELIVERY | key.keys()]
                self._insert(
                    "INSERT",
                    "messages",
                    row,
                    f"ON CONFLICT (owner, {', '.join(key)}) DO UPDATE SET {', '.join(changes)}"
                    f" WHERE messages.{_OPEN} AND NOT ({_KEEPS_APPROVAL})",
                )

    def withdraw(self, keys: Iterable[MessageKey]) -> None:
        """See `ports.Outbox`."""
        with self.transaction():
            for key in keys:
                self._delete("messages", f"{_KEY} AND {_OPEN}", key_row(key))

    def due(self, now: datetime) -> tuple[Message, ...]:
        """See `ports.Outbox`."""
        found = self._messages("state = 'planned' AND send_at <= :now AND expires_at > :now", {"now": instant(now)})
        return tuple(message for message in found if message.may_be_tried(now))

    def claim(self, key: MessageKey, now: datetime) -> Message | None:
        """See `ports.Outbox`; the lease is for ten minutes."""
        with self.transaction():
            found = self._messages(
                f"{_KEY} AND state = 'planned' AND send_at <= :now AND expires_at > :now",
                key_row(key) | {"now": instant(now)},
            )
            if not found:
                return None
            claimed = replace(found[0], state=State.SENDING, epoch=found[0].epoch + 1, begun_at=None)
            claim: Row = {
                "state": claimed.state.value,
                "epoch": claimed.epoch,
                "run": _this_run(),
                "lease_until": instant(now + LEASE),
                "begun_at": None,
            }
            self._update("messages", claim, _KEY, key_row(key))
            self._connection.run("UPDATE owners SET claims = claims + 1 WHERE owner = :owner", {"owner": self._owner})
        return claimed

    def begin(self, key: MessageKey, epoch: int, now: datetime) -> bool:
        """See `ports.Outbox`; the stamp beside the ledger knows of the claim before anything leaves."""
        self._connection.check_place()
        write_stamp(self._connection.path.parent, self.stamp())
        return bool(
            self._update(
                "messages",
                {"begun_at": instant(now), "lease_until": instant(now + LEASE)},
                f"{_KEY} AND state = 'sending' AND epoch = :epoch AND expires_at > :now",
                key_row(key) | {"epoch": epoch, "now": instant(now)},
            )
        )

    def stamp(self) -> Stamp:
        """Return what the stamp beside this ledger should say by now."""
        (row,) = self._rows("owners", order="owner")
        return Stamp(row["installation"], row["claims"])

    def settle(self, key: MessageKey, epoch: int, message: Message) -> bool:
        """See `ports.Outbox`."""
        begun_at = message_row(message)["begun_at"] if message.state is State.UNKNOWN else None
        return bool(
            self._update(
                "messages",
                _settled(message) | {"run": None, "lease_until": None, "begun_at": begun_at},
                f"{_KEY} AND state = 'sending' AND epoch = :epoch",
                key_row(key) | {"epoch": epoch},
            )
        )

    def stranded(self, now: datetime) -> tuple[Message, ...]:
        """See `ports.Outbox`."""
        # A lease that ends later than it lasts was taken by a clock that ran ahead.
        over = "lease_until IS NULL OR lease_until <= :now OR lease_until > :longest"
        return self._messages(
            f"state = 'sending' AND (run IS NOT :run OR {over})",
            {"run": _this_run(), "now": instant(now), "longest": instant(now + LEASE)},
        )

    def hold_passed(self, now: datetime, why: str) -> None:
        """Let what was to go by itself before `now`, or was on its way, wait as `unknown` for the owner's word."""
        self._update(
            "messages",
            {"state": State.UNKNOWN.value, "why": why, "approved": False, "run": None, "lease_until": None},
            "(state = 'sending' OR (state = 'planned' AND send_at <= :now))",
            {"now": instant(now)},
        )

    def in_hand(self) -> tuple[Message, ...]:
        """See `ports.Outbox`."""
        return self._messages("state = 'sending' AND run = :run", {"run": _this_run()})

    def left(self, since: datetime, until: datetime) -> int:
        """See `ports.Outbox`."""
        span: Row = {"since": instant(since), "until": instant(until)}
        within = "{0} > :since AND {0} < :until"
        either = f"({within.format('sent_at')} OR {within.format('begun_at')})"
        return int(self._value("messages", "COUNT(*)", either, span) or 0)

    def next_due(self) -> datetime | None:
        """See `ports.Outbox`."""
        moments = (
            ("MIN(MIN(MAX(send_at, COALESCE(retry_at, send_at)), expires_at))", "state = 'planned'"),
            ("MIN(expires_at)", "state IN ('asks', 'held')"),
            ("MIN(COALESCE(lease_until, send_at))", "state = 'sending'"),
        )
        with self._connection.understood():
            texts = [self._value("messages", what, where) for what, where in moments]
            return min((moment(str(text)) for text in texts if text is not None), default=None)

    def expire(self, now: datetime) -> tuple[Message, ...]:
        """See `ports.Outbox`; `why` stays what it was."""
        where, values = f"{_OPEN} AND expires_at <= :now", {"now": instant(now)}
        with self.transaction():
            gone = self._messages(where, values)
            if gone:
                self._update("messages", {"state": State.EXPIRED.value}, where, values)
        return tuple(replace(message, state=State.EXPIRED) for message in gone)

    def set_state(self, message: Message) -> None:
        """See `ports.Outbox`.

        Raises:
            Stale: it was claimed, settled or given another text since it was read; nothing was changed.
        """
        changed = self._update(
            "messages",
            _settled(message) | {"begun_at": message_row(message)["begun_at"]},
            f"{_KEY} AND state NOT IN ('sending', 'sent', 'failed', 'expired')"
            " AND epoch = :epoch AND subject = :subject AND body = :body",
            key_row(message.key) | {"subject": message.subject, "body": message.body, "epoch": message.epoch},
        )
        if not changed:
            raise Stale("this message was sent or changed in the meantime", where=message.id[:6], hint="show it again")

    def _messages(self, where: str = "TRUE", values: Mapping[str, Value] | None = None) -> tuple[Message, ...]:
        return self._all(message_of, "messages", where, values, order=_OLDEST_FIRST)


def _settled(message: Message) -> Row:
    row = message_row(message)
    return {name: row[name] for name in _SETTLED}
