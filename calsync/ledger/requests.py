"""What commands ask of the calsync that holds the state folder: a row each, which waits, is taken, is done."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from calsync.ledger.rows import instant, moment
from calsync.ledger.tables import Tables
from calsync.ports import Request

KEPT = timedelta(days=1)


class SqliteRequests(Tables):
    """`ports.Requests` for one owner.

    Only the holder of the state lock takes requests, one after the other: a taken one that it did not take itself
    just now is a dead one's.
    """

    def ask(self, what: Mapping[str, Any], at: datetime) -> int:
        """See `ports.Requests`; what nobody came for in a day goes."""
        with self.transaction():
            self._delete("requests", "at < :before", {"before": instant(at - KEPT)})
            self._insert("INSERT", "requests", {"at": instant(at), "what": json.dumps(what), "state": "waits"})
            return int(self._rows("requests", "number = last_insert_rowid()", order="number")[0]["number"])

    def unanswered(self) -> tuple[Request, ...]:
        """See `ports.Requests`."""
        return self._all(_request_of, "requests", "state IN ('waits', 'taken')", order="number")

    def take(self, number: int) -> bool:
        """See `ports.Requests`."""
        where, values = "number = :number AND state = 'waits'", {"number": number}
        return bool(self._update("requests", {"state": "taken"}, where, values))

    def answer(self, number: int, answer: Mapping[str, Any]) -> None:
        """See `ports.Requests`."""
        done = {"state": "done", "answer": json.dumps(answer)}
        self._update("requests", done, "number = :number AND state = 'taken'", {"number": number})

    def answered(self, number: int) -> Mapping[str, Any] | None:
        """See `ports.Requests`."""
        where, values = "number = :number AND state = 'done'", {"number": number}
        found = self._all(_answer_of, "requests", where, values, order="number")
        if found:
            self._delete("requests", where, values)
        return found[0] if found else None

    def take_back(self, number: int) -> bool:
        """See `ports.Requests`."""
        return bool(self._delete("requests", "number = :number AND state = 'waits'", {"number": number}))


def _request_of(row: sqlite3.Row) -> Request:
    return Request(
        number=row["number"],
        at=moment(row["at"]),
        what=_document(row["what"]),
        taken=row["state"] == "taken",
    )


def _answer_of(row: sqlite3.Row) -> Mapping[str, Any]:
    return _document(row["answer"])


def _document(text: str) -> Mapping[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("a request or an answer is no JSON object")
    return found
