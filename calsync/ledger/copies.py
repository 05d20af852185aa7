"""A ledger that is an older copy of itself: known by the stamp beside it, and then nothing goes twice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from calsync.errors import LedgerError, StateUnusable
from calsync.ledger.alerts import SqliteAlerts
from calsync.ledger.backup import back_up
from calsync.ledger.outbox import SqliteOutbox
from calsync.ledger.rows import instant
from calsync.ledger.stamp import ONE_AT_A_TIME, came_from_elsewhere, read_stamp, write_stamp
from calsync.ports import OLDER_LEDGER, TELL_OLDER_LEDGER

_WHY = "the ledger was put back from an older copy; it may have been sent before"


class SqliteCopies(SqliteOutbox, SqliteAlerts):
    """What a ledger does that others may have come after."""

    def notice_older_copy(self, now: datetime) -> bool:
        """See `ports.Ledger`."""
        self._connection.check_place()
        with ONE_AT_A_TIME:
            return self._is_older_copy(self._connection.path.parent, now)

    def _is_older_copy(self, folder: Path, now: datetime) -> bool:
        # The stamp first: a claim is in the ledger before it is in the stamp.
        stamp, mine = read_stamp(folder), self.stamp()
        known = stamp is not None and stamp.installation == mine.installation and stamp.claims <= mine.claims
        moved = came_from_elsewhere(folder)
        if known and not moved:
            return False
        # A ledger begun anew beside the stamp of one that never sent anything repeats nothing.
        older = moved or mine.claims > 0 or (stamp is not None and stamp.claims > 0)
        if older:
            self.hold_back(now, claims=stamp.claims if stamp is not None else 0)
        write_stamp(folder, self.stamp())
        return older

    def hold_back(self, now: datetime, *, claims: int = 0, what: str = TELL_OLDER_LEDGER) -> None:
        """Take this ledger for one that others came after, and tell the owner (`what`).

        claims: how many were made in all, if more than here. What was to go by itself before `now`, or was on its
        way, waits as `unknown` for her word; `restored_at` lets every plan to come hold what is not known here.
        """
        with self.transaction():
            claims = max(claims, self.stamp().claims)
            self._update("owners", {"restored_at": instant(now), "claims": claims}, "TRUE", {})
            self.hold_passed(now, _WHY)
            self.alert(OLDER_LEDGER, now, what)

    def back_up(self, now: datetime) -> None:
        """Keep a copy of the ledger as it is today (UTC), if there is none yet; for the end of a cycle.

        A copy that can't be made is told by an alert and tried again by the next cycle.

        Raises:
            LedgerDamaged: there is nothing whole to be copied.
        """
        try:
            made = back_up(self._connection, now)
        except (LedgerError, StateUnusable) as problem:
            self.alert("backup", now, f"no copy of the ledger could be made: {problem.what}")
        else:
            if made:
                self.clear_alert("backup", at=now, recovered="a copy of the ledger was made again")
