"""The heartbeat that nudges: in a thread of its own, so that no mail server keeps a nudge from its moment."""

from __future__ import annotations

from datetime import datetime

from calsync.daemon.heartbeat import Heartbeat, Job
from calsync.daemon.host import Host
from calsync.planning.nudges import LATE, coming

ASK_S = 3.0
_IDLE_S = 60.0


class Nudging(Heartbeat):
    """Looks at the clock every few seconds, and at calendars only when a nudge is due.

    Without a notifier nobody could be nudged: then it does nothing, and opens no house.
    """

    def __init__(self, host: Host) -> None:
        super().__init__(host, "nudge", most_pause_s=ASK_S)
        self._moments: tuple[datetime, ...] = ()
        self._version = -1

    def jobs(self) -> tuple[Job, ...]:
        """See `Heartbeat`."""
        return (Job("ask", ASK_S if self._host.settings()[1].notifiers else _IDLE_S, self._ask),)

    def anew(self) -> None:
        """See `Heartbeat`."""
        self._version = -1

    def _ask(self) -> None:
        if not self._host.settings()[1].notifiers:
            return
        house, now = self.house(), self._host.clock.wall()
        version = house.ledger.version()
        if version != self._version:
            self._moments = coming(house.ledger.memory(), house.rules, now)
            self._version = version
        self._moments = tuple(at for at in self._moments if at > now - LATE)
        if not self._moments or self._moments[0] > now:
            return
        looked, done = house.nudge(now, self._host.clock.wall)
        for one in done.given:
            self._host.log.info(f"nudged about call {one.call[:6]} ({one.facts.moment})", "nudged", call=one.call[:6])
        for channel, why in done.failed:
            self._host.log.warning(f"a nudge did not go by {channel}: {why}", "not-nudged", channel=channel)
        if looked:  # else a calendar could not be read just now; it is tried until the minute is over
            self._moments = tuple(at for at in self._moments if at > now)
        for calendar in house.calendars.values():
            calendar.forget()
