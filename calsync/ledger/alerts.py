"""The alerts in the ledger: what stands, what the owner was told, and what she is still to be told."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta

from calsync.ledger.rows import Row, alert_of, instant, moment
from calsync.ledger.tables import Tables
from calsync.model.alert import VETO, Alert, AlertFacts, AlertKind, facts_of

QUIET = timedelta(hours=1)  # what comes and goes is told once an hour; nothing is put off for longer either
_OWED = timedelta(days=7)  # a recovery that could not be told for so long is no news any more

_STANDS = "cleared_at IS NULL"
_UNTOLD = "cleared_at IS NULL AND told_at IS NULL"
_RECOVERED = "cleared_at IS NOT NULL AND told_at IS NOT NULL AND recovered != ''"
_THIS = "key = :key AND at = :since"


class SqliteAlerts(Tables):
    """The alerts of `ports.Journal` for one owner.

    A row is one problem: told_at says whether the owner knows of it, cleared_at that its cause is gone, recovered
    that she is still to be told so. One that is gone and settled stays for an hour, so that a cause that comes
    and goes is known when it returns.
    """

    def alert(self, key: str, at: datetime, what: str, facts: AlertFacts | None = None) -> bool:
        """See `ports.Journal`."""
        facts = facts or facts_of(key)
        said: Row = {"what": what, "facts": _facts_text(facts)}
        with self.transaction():
            found = self._rows("alerts", "key = :key", {"key": key}, order="key")
            if not found:
                self._insert("INSERT", "alerts", {"key": key, "at": instant(at)} | said)
                return True
            old = found[0]
            fresh: Row = {"at": instant(at), "cleared_at": None, "recovered": "", "told_at": None, "attempts": 0}
            if old["cleared_at"] is None:
                worse = _facts_of(old).kind is not facts.kind
                changes = said | fresh | {"retry_at": None} if worse else said
            elif old["told_at"] is None:
                worse, changes = True, said | fresh  # and not before the hour is over in which it was told last
            elif old["recovered"]:
                # She was not told that it was over, so to her it never was.
                worse, changes = False, said | {"cleared_at": None, "recovered": "", "attempts": 0, "retry_at": None}
            else:
                quiet_until = instant(min(moment(old["cleared_at"]), at) + QUIET)
                worse, changes = True, said | fresh | {"retry_at": quiet_until}
            self._update("alerts", changes, "key = :key", {"key": key})
        return worse

    def clear_alert(self, key: str, *, at: datetime | None = None, recovered: str = "") -> None:
        """See `ports.Journal`."""
        this = {"key": key}
        if at is None or not recovered:
            self._delete("alerts", f"key = :key AND {_STANDS}", this)
            return
        over: Row = {"cleared_at": instant(at), "recovered": recovered, "attempts": 0}
        with self.transaction():
            # While somebody tells her of it, it is untold still: told in the end, its recovery is told too.
            self._update("alerts", over, f"key = :key AND {_UNTOLD}", this)
            self._update("alerts", over | {"retry_at": None}, f"key = :key AND {_STANDS}", this)

    def alerts(self) -> tuple[tuple[str, datetime, str], ...]:
        """See `ports.Journal`; oldest first."""
        return self._all(alert_of, "alerts", _STANDS, order="at, key")

    def untold(self, now: datetime) -> tuple[Alert, ...]:
        """See `ports.Journal`; oldest first. A pause that no clock can have meant is over."""
        due = "(retry_at IS NULL OR retry_at <= :now OR retry_at > :longest)"
        values = {"now": instant(now), "longest": instant(now + QUIET)}
        return self._all(_untold_of, "alerts", f"({_UNTOLD} OR {_RECOVERED}) AND {due}", values, order="at, key")

    def told(self, alerts: Iterable[Alert], at: datetime) -> None:
        """See `ports.Journal`."""
        done: Row = {"attempts": 0, "retry_at": None}
        with self.transaction():
            for alert in alerts:
                this = {"key": alert.key, "since": instant(alert.at)}
                if not alert.over:
                    self._update("alerts", done | {"told_at": instant(at)}, f"{_THIS} AND told_at IS NULL", this)
                elif not self._update("alerts", done | {"recovered": ""}, f"{_THIS} AND {_RECOVERED}", this):
                    # It came back while she was told that it was over.
                    back: Row = {"told_at": None, "attempts": 0, "retry_at": instant(at + QUIET)}
                    self._update("alerts", back, f"{_THIS} AND {_STANDS}", this)

    def put_off(self, alerts: Iterable[Alert], retry_at: datetime) -> None:
        """See `ports.Journal`."""
        with self.transaction():
            for alert in alerts:
                this = {"key": alert.key, "since": instant(alert.at)}
                self._update("alerts", {"attempts": alert.attempts + 1, "retry_at": instant(retry_at)}, _THIS, this)

    def _warned(self) -> dict[str, datetime]:
        """Return when she was told of each message that she may stop, by the key of that alert."""
        told = self._rows("alerts", f"key LIKE '{VETO}%' AND {_STANDS} AND told_at IS NOT NULL", order="key")
        return {row["key"]: moment(row["told_at"]) for row in told}

    def _prune_alerts(self, now: datetime) -> None:
        """Forget what is gone and settled; a caller's part of `prune`."""
        settled = "cleared_at < :hour AND (told_at IS NULL OR recovered = '')"
        values = {"hour": instant(now - QUIET), "week": instant(now - _OWED)}
        self._delete("alerts", f"({settled} OR cleared_at < :week)", values)


def _facts_text(facts: AlertFacts) -> str:
    """Return what `facts` say as JSON."""
    said = {field.name: getattr(facts, field.name) for field in fields(facts)}
    return json.dumps({name: instant(one) if isinstance(one, datetime) else one for name, one in said.items() if one})


def _facts_of(row: sqlite3.Row) -> AlertFacts:
    said = json.loads(row["facts"])
    if not said:
        return facts_of(row["key"])
    moments = {name: moment(said[name]) for name in ("start", "goes") if name in said}
    return AlertFacts(**said | {"kind": AlertKind(said["kind"])} | moments)


def _untold_of(row: sqlite3.Row) -> Alert:
    over = row["cleared_at"] is not None
    return Alert(
        key=row["key"],
        at=moment(row["at"]),
        what=row["recovered"] if over else row["what"],
        facts=_facts_of(row),
        over=over,
        attempts=row["attempts"],
    )
