"""What the owner tells of her calls and clients: how calls went, who is late, private notes, and what is forgotten."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from calsync.ledger.rows import Row, instant, moment
from calsync.ledger.tables import Tables
from calsync.model.memory import Late, OwnerNote, Told

# A nudge or a digest is dropped long before that; afterwards nobody can ask for it again.
ONCE_KEPT = timedelta(days=60)


class SqliteDiary(Tables):
    """`ports.Diary` for one owner."""

    def went(self, told: Told) -> None:
        """See `ports.Diary`."""
        row: Row = {
            "call": told.call,
            "client": told.client,
            "start": instant(told.start),
            "minutes": told.minutes,
            "because": told.because,
            "decided": told.decided,
            "open": json.dumps(told.open, ensure_ascii=False),
            "prep": told.prep,
            "at": instant(told.at),
            "ran_at": _instant(told.ran_at),
            "closed_at": _instant(told.closed_at),
            "open_at": _instant(told.open_at),
        }
        self._put_all("told", [row])

    def late(self, late: Late) -> None:
        """See `ports.Diary`."""
        row: Row = {
            "call": late.call,
            "start": instant(late.start),
            "minutes": late.minutes,
            "because": late.because,
            "shift": late.shift,
            "at": instant(late.at),
        }
        self._put_all("lates", [row])

    def note(self, note: OwnerNote) -> None:
        """See `ports.Diary`."""
        row: Row = {"client": note.client, "text": note.text, "until": instant(note.until), "at": instant(note.at)}
        self._insert("INSERT", "notes", row)

    def let_carry(self, call: str) -> None:
        """See `ports.Diary`."""
        self._put_all("carried", [{"call": call}])

    def once(self, key: str, at: datetime) -> bool:
        """See `ports.Diary`."""
        return bool(self._insert("INSERT OR IGNORE", "once", {"key": key, "at": instant(at)}))

    def did(self, key: str) -> bool:
        """See `ports.Diary`."""
        return bool(self._rows("once", "key = :key", {"key": key}, order="key"))

    def never_again(self, digests: Iterable[str], at: datetime) -> None:
        """See `ports.Diary`."""
        self._put_all("forgotten", ({"digest": digest, "at": instant(at)} for digest in digests))

    def _told(self) -> dict[str, Told]:
        return {told.call: told for told in self._all(_told_of, "told", order="start, call")}

    def _lates(self) -> dict[str, Late]:
        return {late.call: late for late in self._all(_late_of, "lates", order="call")}

    def _notes(self) -> tuple[OwnerNote, ...]:
        return self._all(_note_of, "notes", order="number")

    def _carried(self) -> frozenset[str]:
        return frozenset(row["call"] for row in self._rows("carried", order="call"))

    def _forgotten(self) -> frozenset[str]:
        return frozenset(row["digest"] for row in self._rows("forgotten", order="digest"))

    def _prune_diary(self, now: datetime) -> None:
        """Drop notes whose day has come, and what was to be done once long ago."""
        self._delete("notes", "until <= :now", {"now": instant(now)})
        self._delete("once", "at < :before", {"before": instant(now - ONCE_KEPT)})


def _instant(at: datetime | None) -> str | None:
    return None if at is None else instant(at)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else moment(text)


def _told_of(row: sqlite3.Row) -> Told:
    return Told(
        call=row["call"],
        client=row["client"],
        start=moment(row["start"]),
        minutes=row["minutes"],
        because=row["because"],
        decided=row["decided"],
        open=tuple(json.loads(row["open"])),
        prep=row["prep"],
        at=moment(row["at"]),
        ran_at=_moment(row["ran_at"]),
        closed_at=_moment(row["closed_at"]),
        open_at=_moment(row["open_at"]),
    )


def _late_of(row: sqlite3.Row) -> Late:
    return Late(
        call=row["call"],
        start=moment(row["start"]),
        minutes=row["minutes"],
        because=row["because"],
        shift=bool(row["shift"]),
        at=moment(row["at"]),
    )


def _note_of(row: sqlite3.Row) -> OwnerNote:
    return OwnerNote(client=row["client"], text=row["text"], until=moment(row["until"]), at=moment(row["at"]))
