"""A ledger that is an older copy of itself: known by the stamp beside it, and then nothing goes twice."""

from __future__ import annotations

from datetime import datetime

from calsync.ledger.alerts import SqliteAlerts
from calsync.ledger.outbox import SqliteOutbox
from calsync.ledger.rows import instant
from calsync.ledger.stamp import read_stamp, write_stamp
from calsync.ports import OLDER_LEDGER, TELL_OLDER_LEDGER

_WHY = "the ledger was put back from an older copy; it may have been sent before"


class SqliteCopies(SqliteOutbox, SqliteAlerts):
    """What a ledger does that others may have come after."""

    def notice_older_copy(self, now: datetime) -> bool:
        """See `ports.Ledger`."""
        folder = self._connection.path.parent
        # The stamp first: a claim is in the ledger before it is in the stamp.
        stamp, mine = read_stamp(folder), self.stamp()
        if stamp is not None and stamp.installation == mine.installation and stamp.claims <= mine.claims:
            return False
        # A ledger begun anew beside the stamp of one that never sent anything repeats nothing.
        older = mine.claims > 0 or (stamp is not None and stamp.claims > 0)
        if older:
            self.hold_back(now, claims=stamp.claims if stamp is not None else 0)
        write_stamp(folder, self.stamp())
        return older

    def hold_back(self, now: datetime, *, claims: int = 0) -> None:
        """Take this ledger for one that others came after, by the claims that were made in all, and tell the owner.

        What was to go by itself before `now`, or was on its way, waits as `unknown` for her word; `restored_at`
        lets every plan from now on hold what the ledger doesn't know of.
        """
        with self.transaction():
            claims = max(claims, self.stamp().claims)
            self._update("owners", {"restored_at": instant(now), "claims": claims}, "TRUE", {})
            self.hold_passed(now, _WHY)
            self.alert(OLDER_LEDGER, now, TELL_OLDER_LEDGER)
