"""The ledger in one SQLite file: what was written, what was told, what the owner wished."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from calsync.ledger import rows
from calsync.ledger.connection import Connection
from calsync.ledger.copies import SqliteCopies
from calsync.ledger.folder import make_state_folder
from calsync.ledger.privacy import SqlitePrivacy
from calsync.ledger.requests import SqliteRequests
from calsync.ledger.rows import instant
from calsync.model.call import Flex
from calsync.model.mark import Role
from calsync.model.memory import Announce, CalendarRecord, Decision, KnownCall, Memory, Pause, WrittenItem
from calsync.model.rules import Rules

FILE = "ledger.sqlite3"
KEPT = timedelta(days=800)


def open_ledger(folder: Path, *, owner: str = "owner") -> SqliteLedger:
    """Return the ledger in the state folder `folder`, both made when missing; for one thread, to be closed.

    Raises:
        StateUnusable, LedgerError, LedgerDamaged: see `connection.Connection`.
    """
    connection = Connection(make_state_folder(folder) / FILE)
    try:
        return SqliteLedger(connection, owner)
    except BaseException:
        connection.close()
        raise


class SqliteLedger(SqliteCopies, SqliteRequests, SqlitePrivacy):
    """`ports.Ledger` for one owner."""

    def __init__(self, connection: Connection, owner: str) -> None:
        super().__init__(connection, owner)
        if not self._rows("owners", order="owner"):
            installation = base64.b32encode(secrets.token_bytes(10)).decode().lower()[:10]
            self._insert("INSERT OR IGNORE", "owners", {"installation": installation})

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def version(self) -> int:
        """See `ports.Ledger`."""
        return self._connection.version()

    # Written

    def remember(self, items: Iterable[WrittenItem]) -> None:
        """See `ports.Written`."""
        self._put_all("written", (rows.written_row(item) for item in items))

    def forget_written(self, keys: Iterable[tuple[str, Role]]) -> None:
        """See `ports.Written`."""
        with self.transaction():
            for call, role in keys:
                self._delete("written", "call = :call AND role = :role", {"call": call, "role": role.value})

    # Journal

    def memory(self) -> Memory:
        """See `ports.Journal`."""
        with self._connection.reading(), self._connection.understood():
            (owner,) = self._rows("owners", order="owner")
            agenda: dict[str, tuple[str, ...]] = {}
            for row in self._rows("agenda", order="call, position"):
                agenda[row["call"]] = (*agenda.get(row["call"], ()), row["item"])
            return Memory(
                installation=owner["installation"],
                restored_at=rows.moment_or_none(owner["restored_at"]),
                calls={call.name: call for call in self._all(rows.call_of, "calls", order="name")},
                written={
                    (item.call, item.role): item for item in self._all(rows.written_of, "written", order="call, role")
                },
                messages=self._messages(),
                decisions=self._all(rows.decision_of, "decisions", order="at, subject, series"),
                flexes=dict(self._all(rows.flex_of, "flexes", order="call, number")),
                agenda=agenda,
                pauses=self._all(rows.pause_of, "pauses", order="client"),
                announcements={
                    wish.client: wish for wish in self._all(rows.announce_of, "announcements", order="client")
                },
                calendars={record.name: record for record in self._all(rows.calendar_of, "calendars", order="name")},
                told=self._told(),
                lates=self._lates(),
                notes=self._notes(),
                carried=self._carried(),
                forgotten=self._forgotten(),
                warned=self._warned(),
            )

    def saw(self, calls: Iterable[KnownCall]) -> None:
        """See `ports.Journal`."""
        self._put_all("calls", (rows.call_row(call) for call in calls))

    def forget_calls(self, names: Iterable[str]) -> None:
        """See `ports.Journal`; agenda, flexes and what was told of them go too, messages stay."""
        with self.transaction():
            for name in names:
                self._forget_call(name)

    def record_calendar(self, record: CalendarRecord) -> None:
        """See `ports.Journal`."""
        self._put_all("calendars", [rows.calendar_row(record)])

    def decide(self, decision: Decision) -> None:
        """See `ports.Journal`; in place of an older one for the same call or series."""
        self._put_all("decisions", [rows.decision_row(decision)])

    def flex(self, call: str, flex: Flex) -> None:
        """See `ports.Journal`."""
        with self.transaction():
            number = len(self._rows("flexes", "call = :call", {"call": call}, order="number"))
            self._insert("INSERT", "flexes", rows.flex_row(call, number, flex))

    def set_agenda(self, call: str, items: Sequence[str]) -> None:
        """See `ports.Journal`."""
        with self.transaction():
            self._delete("agenda", "call = :call", {"call": call})
            for position, item in enumerate(items):
                self._insert("INSERT", "agenda", {"call": call, "position": position, "item": item})

    def pause(self, pause: Pause) -> None:
        """See `ports.Journal`."""
        self._put_all("pauses", [rows.pause_row(pause)])

    def resume(self, client: str) -> bool:
        """See `ports.Journal`; the empty client's pause is the one of all, others stay."""
        return bool(self._delete("pauses", "client = :client", {"client": client}))

    def announce(self, wish: Announce) -> None:
        """See `ports.Journal`."""
        self._put_all("announcements", [rows.announce_row(wish)])

    def log(self, at: datetime, what: str, where: str) -> None:
        """See `ports.Journal`."""
        self._insert("INSERT", "journal", {"at": instant(at), "what": what, "place": where})

    def logged(self, since: datetime) -> tuple[tuple[datetime, str, str], ...]:
        """Return what was done since then, oldest first: when, what, where."""
        return self._all(rows.log_of, "journal", "at >= :since", {"since": instant(since)}, order="number")

    def prune(self, now: datetime, rules: Rules | None = None) -> int:
        """Let go of what has grown old: calls that ended more than 800 days ago; return how many.

        Before that texts, figures and notes, as each client's policy has it (`rules`; without them, and for a client
        that isn't there, as it is built in).
        """
        before = {"before": instant(now - KEPT)}
        with self.transaction():
            old = self._rows("calls", "hard_stop < :before", before, order="name")
            self.forget_calls(row["name"] for row in old)
            self._delete("written", "start < :before", before)
            self._delete("journal", "at < :before", before)
            self._prune_alerts(now)
            self._prune_diary(now)
            self._let_go(now, rules)
        return len(old)
