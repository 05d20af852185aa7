"""What the ledger lets go of: texts and figures that have grown old, and everything about one client."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from calsync.ledger.backup import back_up, copies
from calsync.ledger.diary import SqliteDiary
from calsync.ledger.folder import told
from calsync.ledger.outbox import SqliteOutbox
from calsync.ledger.rows import instant
from calsync.model.message import OPEN, keyed
from calsync.model.rules import Policy, Rules

_OPEN = ", ".join(f"'{state.value}'" for state in sorted(OPEN))
_BUILT_IN = Policy()
# What is known of a call beside its own row; all of it goes with the call.
OF_CALLS = ("agenda", "flexes", "told", "lates", "carried")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much was known of a client that is forgotten now."""

    calls: int
    messages: int
    notes: int

    def __bool__(self) -> bool:
        return bool(self.calls or self.messages or self.notes)


class SqlitePrivacy(SqliteOutbox, SqliteDiary):
    """How long what is kept; and forgetting."""

    def forget_client(self, client: str, now: datetime) -> Forgotten:
        """Delete all that is stored about `client`, copies of the ledger included; of messages keyed digests stay.

        A digest tells whoever has this ledger, and nobody else, that this very message was sent, so that it is not
        sent again should the client come back.

        Raises:
            LedgerError, LedgerDamaged, StateUnusable: nothing was deleted, or only the copies were not.
        """
        mine = {"client": client}
        with self.transaction():
            (owner,) = self._rows("owners", order="owner")
            messages = self._messages("client = :client", mine)
            calls = self._rows("calls", "client = :client", mine, order="name")
            told = self._rows("told", "client = :client", mine, order="call")
            names = {row["name"] for row in calls} | {row["call"] for row in told}
            names |= {message.key.call for message in messages if message.key.call}
            self.never_again((keyed(owner["installation"], message.key) for message in messages), now)
            for name in names:
                self._forget_call(name)
                self._delete("written", "call = :name", {"name": name})
                self._delete("decisions", "subject IN (:name, :uid)", {"name": name, "uid": name.partition("\n")[0]})
            for message in messages:
                self._delete("alerts", "key LIKE :key", {"key": f"%{message.id}%"})
            self._delete("alerts", "facts LIKE :facts", {"facts": f'%"client": {json.dumps(client)}%'})
            notes = sum(self._delete(table, "client = :client", mine) for table in ("notes", "pauses", "announcements"))
            self._delete("messages", "client = :client", mine)
            # Answers to other commands carry texts; whoever waits for one has it, or asks again.
            self._delete("requests", "state = 'done'", {})
        self._renew_copies(now)
        return Forgotten(len(calls), len(messages), notes)

    def _renew_copies(self, now: datetime) -> None:
        folder = self._connection.path.parent
        with told(folder):
            for copy in copies(folder):
                copy.unlink()
        back_up(self._connection, now)

    def _forget_call(self, name: str) -> None:
        self._delete("calls", "name = :name", {"name": name})
        for table in OF_CALLS:
            self._delete(table, "call = :name", {"name": name})

    def _let_go(self, now: datetime, rules: Rules | None) -> None:
        """Drop texts older than `keep_texts` and figures older than `keep_minutes`, as each client's policy has it."""
        policies = {client.key: client.policy for client in rules.clients} if rules is not None else {}
        for client in self._clients():
            policy = policies.get(client, _BUILT_IN)
            self._let_go_texts(client, now - policy.keep_texts)
            self._let_go_figures(client, now - policy.keep_minutes)

    def _clients(self) -> set[str]:
        """Return the keys of all clients of whom anything is known."""
        tables = ("calls", "messages", "told", "announcements")
        return {row["client"] for table in tables for row in self._rows(table, order="client")}

    def _let_go_texts(self, client: str, moment: datetime) -> None:
        before = {"client": client, "before": instant(moment)}
        self._update(
            "messages",
            {"subject": "", "body": ""},
            f"client = :client AND state NOT IN ({_OPEN}, 'sending') AND start < :before"
            " AND coalesce(sent_at, send_at) < :before",
            before,
        )
        of_old_calls = (
            "call IN (SELECT name FROM calls WHERE owner = :owner AND client = :client AND hard_stop < :before)"
        )
        for table in ("flexes", "lates"):
            self._update(table, {"because": ""}, of_old_calls, before)
        self._delete("agenda", of_old_calls, before)
        self._update(
            "told",
            {"because": "", "decided": "", "open": "[]", "prep": ""},
            "client = :client AND start < :before",
            before,
        )
        self._update("announcements", {"because": ""}, "client = :client AND at < :before", before)
        self._delete("pauses", "client = :client AND until < :before", before)

    def _let_go_figures(self, client: str, moment: datetime) -> None:
        before = {"client": client, "before": instant(moment)}
        for row in self._rows("calls", "client = :client AND hard_stop < :before", before, order="name"):
            self._forget_call(row["name"])
        self._delete("told", "client = :client AND start < :before", before)
        # Nothing is sent about a call that has begun, so that these can't be sent again; an announcement that went by
        # itself has no call, and stays.
        closed = f"state NOT IN ({_OPEN}, 'sending')"
        self._delete("messages", f"client = :client AND {closed} AND call <> '' AND start < :before", before)
