"""The heartbeat that reads, plans and writes: at the poll, and soon after a file or the ledger changed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from calsync.daemon.heartbeat import Heartbeat, Job
from calsync.daemon.host import CONFIG, READ_AGAIN, Host
from calsync.daemon.log import told
from calsync.daemon.requests import Deliver
from calsync.daemon.trouble import Backoff
from calsync.daemon.watch import Files, Look
from calsync.errors import CalendarUnwritable, Stale
from calsync.model.message import State
from calsync.model.plan import Action, Move, Plan
from calsync.reconcile.run import Reconciled
from calsync.wiring import House

LOOK_S = 1.0
SECOND_LOOK_S = 2.0
_FIRST_PAUSE_S = 15.0
_DAY_S = 86400.0
_DONE = {
    Action.WRITE_NOTE: ("note written", "notes written"),
    Action.REMOVE_NOTE: ("note removed", "notes removed"),
    Action.ADD_BLOCK: ("block added", "blocks added"),
    Action.WRITE_BLOCK: ("block written", "blocks written"),
    Action.MOVE_BLOCK: ("block moved", "blocks moved"),
    Action.REMOVE_BLOCK: ("block removed", "blocks removed"),
}
_QUEUED = {
    Move.QUEUE: ("message queued", "messages queued"),
    Move.MOVE: ("message changed", "messages changed"),
    Move.WITHDRAW: ("message withdrawn", "messages withdrawn"),
}


Serve = Callable[[House, datetime, Callable[[], House], Deliver], bool]
"""Does what other commands ask of a running calsync; True where there was anything. See `requests.serve`."""

Once = Callable[[datetime | None, Callable[[], None]], None]
"""Has the other heartbeat run a whole pass; see `Delivering.once`."""


class Reconciling(Heartbeat):
    """Runs the pass that reconciles. changed: called when the outbox may have learned something."""

    def __init__(
        self, host: Host, changed: Callable[[], None], serve: Serve | None = None, once: Once | None = None
    ) -> None:
        super().__init__(host, "reconcile")
        self._changed, self._serve, self._once = changed, serve, once
        self._files = Files(())
        self._version = -1
        self._again = Backoff(_FIRST_PAUSE_S, self._poll_s)
        self._due = True
        self._wanted = threading.Event()
        self._not_before = 0.0
        self._second_look: float | None = None

    def jobs(self) -> tuple[Job, ...]:
        """See `Heartbeat`."""
        return (
            Job("look", LOOK_S, self._look),
            Job("poll", self._poll_s, self._poll),
            Job("prune", _DAY_S, self._prune),
        )

    def anew(self) -> None:
        """See `Heartbeat`: the next look is a whole pass."""
        settings = self._host.settings()[1]
        self._files = Files([*(one.path for one in settings.calendars), *settings.agenda_files.values()])
        self._again = Backoff(_FIRST_PAUSE_S, self._poll_s)
        self._due = True
        self._not_before = 0.0

    def again(self) -> None:
        """Have a whole pass soon; for any thread."""
        self._wanted.set()
        self.wake()

    def reload(self) -> House:
        """Read the config again for a command; return the house by it. Raises as `Host.reload`, `Heartbeat.house`."""
        self._host.reload()
        house = self.renew()
        self._host.log.info(f"{READ_AGAIN}, as a command asks for something", "reloaded")
        self._host.troubles.gone(CONFIG)
        house.ledger.clear_alert(CONFIG, at=self._host.clock.wall(), recovered=READ_AGAIN)
        return house

    def _look(self) -> None:
        """Look whether something is to be done, which costs a stat(2) a file and one question to the ledger."""
        house, now = self.house(), self._host.clock.monotonic()
        if self._wanted.is_set():
            self._wanted.clear()
            self._due = True
        # Whatever another connection commits is news: a request, a wish, what became of a message.
        news = house.ledger.version() != self._version
        if news and self._serve is not None:
            asked = self._serve(house, self._host.clock.wall(), self.reload, self._deliver)
            self._due, house = self._due or asked, self.house()
        if self._second_look is not None and now >= self._second_look:
            self._settle(house)
        retry = self._again.waiting and self._again.over(now)
        if self._due or retry or news or (now >= self._not_before and self._files.changed()):
            self._pass(house)

    def _deliver(self, house: House, now: datetime | None) -> None:
        if self._once is not None:
            self._once(now, self.beat)

    def _poll(self) -> None:
        self._due = True
        self.wake()

    def _prune(self) -> None:
        self.house().prune(self._host.clock.wall())

    def _pass(self, house: House) -> None:
        clock = self._host.clock
        began, now = clock.monotonic(), clock.wall()
        # From before the pass: what changes while it runs is met by another one.
        self._due, self._version = True, house.ledger.version()
        seen = self._files.look()
        done = house.reconcile(now)
        self._due = False
        self._keep(house, seen)
        took = clock.monotonic() - began
        # A calendar that changes all the time leaves as much time for others as it takes.
        self._not_before = clock.monotonic() + took
        if done.applied:
            self._second_look = clock.monotonic() + SECOND_LOOK_S
        if done.failed:
            self._again.failed(clock.monotonic())
        else:
            self._again.good()
        self._tell(done, now, took)
        if done.plan.queue:
            self._changed()

    def _keep(self, house: House, before: Mapping[Path, Look]) -> None:
        """Keep how the files looked before the pass, unless they were read as they are now: after our own writing."""
        read = {calendar.path: calendar.seen for calendar in house.calendars.values()}
        now = self._files.look()
        self._files.keep({path: seen if read.get(path) == seen else before[path] for path, seen in now.items()})

    def _settle(self, house: House) -> None:
        """Look once more for what another program wrote into a file that was displaced."""
        self._second_look = None
        for name, calendar in house.calendars.items():
            try:
                self._due = calendar.settle() or self._due
            except Stale:
                self._due = True
            except CalendarUnwritable as problem:
                where = f'calendar "{name}"'
                self._host.troubles.stands(where, f"{where}: {told(problem)}")

    def _tell(self, done: Reconciled, now: datetime, took: float) -> None:
        host, plan = self._host, done.plan
        counts = Counter(_DONE[change.action] for change in done.applied)
        if plan.mode == "act" and not done.large:
            counts += Counter(_QUEUED[change.move] for change in plan.queue)
        if counts:
            parts = [f"{number} {names[number != 1]}" for names, number in counts.items()]
            host.log.info(", ".join(parts), "reconciled")
        else:
            host.log.debug(f"nothing to change ({took:.2f} s)", "quiet")
        for change in plan.queue if plan.mode == "act" and not done.large else ():
            message = change.message
            if change.move is not Move.WITHDRAW and message.state in (State.ASKS, State.HELD, State.UNKNOWN):
                host.log.info(
                    f"message {message.id[:6]} for {message.client}: {message.state}"
                    + (f" ({message.why})" if message.why else ""),
                    str(message.state),
                    message_id=message.id,
                    client=message.client,
                )
        host.troubles.only("calendar", {where: f"{where}: {why}" for where, why in done.failed})
        waits = f"a large change waits: {done.large}; calsync sync --digest {plan.digest}"
        host.troubles.only("large", {"large": waits} if done.large else {})
        unread = sum(not line.ok for line in plan.calendars)
        of = f"{len(plan.calendars) - unread} of {len(plan.calendars)} " if unread else ""
        host.fact("read", f"{of}calendars read at {host.local(now)}")
        host.fact("next", _next(plan, host))


def _next(plan: Plan, host: Host) -> str:
    moments = [one.retry_at or one.send_at for one in plan.messages if one.state is State.PLANNED]
    if plan.mode == "observe":
        return "observing: nothing is sent"
    return f"next message at {host.local(min(moments))}" if moments else "no message is planned"
