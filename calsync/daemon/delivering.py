"""The heartbeat that sends: asks the ledger every few seconds what is due, and hands it over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from queue import SimpleQueue
from threading import Event

from calsync.daemon.heartbeat import Heartbeat, Job
from calsync.daemon.host import Host
from calsync.daemon.requests import ended_amid
from calsync.daemon.trouble import Backoff
from calsync.deliver.run import Delivered
from calsync.errors import CalsyncError
from calsync.model.message import Message
from calsync.wiring import House

ASK_S = 3.0
_WHOLE_S = 60.0
_FIRST_PAUSE_S = 15.0
_MOST_PAUSE_S = 30.0
_KEEP_S = 30.0
_WAIT_S = 1.0


@dataclass(slots=True)
class _Asked:
    """A pass that another thread asked for; error: what it ended with."""

    now: datetime | None
    over: Event = field(default_factory=Event)
    error: CalsyncError | None = None


class Delivering(Heartbeat):
    """Runs the pass that delivers. replan: called when something that was due could not go as it was planned."""

    def __init__(self, host: Host) -> None:
        super().__init__(host, "deliver", most_pause_s=_MOST_PAUSE_S)
        self.replan: Callable[[], None] = lambda: None
        self._asked: SimpleQueue[_Asked] = SimpleQueue()
        self._put_off: frozenset[str] = frozenset()
        self._again = Backoff(_FIRST_PAUSE_S, self._poll_s)
        self._version = -1
        self._used: float | None = None

    def jobs(self) -> tuple[Job, ...]:
        """See `Heartbeat`."""
        return (Job("ask", ASK_S, self._ask), Job("whole", _WHOLE_S, self._whole))

    def anew(self) -> None:
        """See `Heartbeat`: whatever is due is tried at once."""
        self._put_off = frozenset()
        self._again = Backoff(_FIRST_PAUSE_S, self._poll_s)
        self._version = -1

    def once(self, now: datetime | None, beat: Callable[[], None]) -> None:
        """Have a whole pass begin, and wait for its end; called in another thread, whose `beat` tells that it waits.

        now: the instant of a rehearsal, else None.

        Raises:
            Interrupted: the daemon ends before that.
            CalsyncError: what the pass ended with.
        """
        asked = _Asked(now)
        self._asked.put(asked)
        self._pauses.clear()  # somebody waits: an earlier failure is no reason to wait longer
        self.wake()
        while not asked.over.wait(_WAIT_S):
            beat()
            if self._host.stopping.is_set():
                raise ended_amid()
        if asked.error is not None:
            raise asked.error

    def _answer(self, house: House) -> bool:
        """Run a pass for whoever asked for one; tell whether anybody did."""
        some = False
        while not self._asked.empty():
            some, asked = True, self._asked.get_nowait()
            try:
                self._pass(house, asked.now)
            except CalsyncError as error:
                asked.error = error
                raise
            finally:
                asked.over.set()
        return some

    def _ask(self) -> None:
        """Ask what is due, and deliver where something is that was not put off just now."""
        house, clock = self.house(), self._host.clock
        if self._answer(house):
            return
        version, due = house.ledger.version(), self._due(house)
        if version != self._version or due - self._put_off or (due and self._again.over(clock.monotonic())):
            self._pass(house)
            self._version = version
        elif self._used is not None and clock.monotonic() >= self._used + _KEEP_S:
            # A large calendar stands in the memory of the other heartbeat already.
            self._used = None
            for calendar in house.calendars.values():
                calendar.forget()

    def _whole(self) -> None:
        """Deliver though nothing is due: what expires, and what a dead one left, is seen in a pass."""
        self._version = -1
        self.wake()

    def _due(self, house: House) -> frozenset[str]:
        return frozenset(one.id for one in house.ledger.due(self._host.clock.wall()))

    def _pass(self, house: House, now: datetime | None = None) -> None:
        clock = self._host.clock
        if self._due(house):
            self._used = clock.monotonic()
        moment = self._moment if now is None else lambda: now
        done = house.deliver(now or clock.wall(), clock=moment, stopping=self._stopping)
        self._tell(done)
        if done.waiting or done.withdrawn:
            self.replan()
        # What waits for its calendar, for room or for a plan is tried again soon, but not at every tick.
        self._put_off = self._due(house)
        if self._put_off:
            self._again.failed(clock.monotonic())
        else:
            self._again.good()

    def _moment(self) -> datetime:
        """Return the time between two steps of a pass: each is progress."""
        self.beat()
        return self._host.clock.wall()

    def _stopping(self) -> bool:
        self.beat()
        return self._host.stopping.is_set()

    def _tell(self, done: Delivered) -> None:
        log = self._host.log
        for message in done.sent:
            log.info(f"{_named(message)}: sent by {message.channel}", "sent", **_fields(message))
        for message in done.deferred:
            log.warning(
                f"{_named(message)}: put off ({message.attempts}): {message.why}", "deferred", **_fields(message)
            )
        for message in (*done.failed, *done.unknown, *done.expired):
            why = f": {message.why}" if message.why else ""
            log.warning(f"{_named(message)}: {message.state}{why}", str(message.state), **_fields(message))
        for message, why in done.withdrawn:
            log.info(f"{_named(message)}: withdrawn: {why}", "withdrawn", **_fields(message))
        for message, why in done.waiting:
            if message.id not in self._put_off:
                log.info(f"{_named(message)}: waits: {why}", "waits", **_fields(message))
        if done.told.alerts:
            log.info(f"told the owner of {len(done.told.alerts)} by {', '.join(done.told.by)}", "told")
        for channel, why in done.told.failed:
            log.warning(f"the owner could not be told by {channel}: {why}", "not-told", channel=channel)


def _named(message: Message) -> str:
    return f"message {message.id[:6]} for {message.client}"


def _fields(message: Message) -> dict[str, str]:
    return {"message_id": message.id, "client": message.client, "channel": message.channel}
