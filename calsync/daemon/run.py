"""The daemon: starts the heartbeats, waits for signals, reads the config again, and ends within five seconds."""

from __future__ import annotations

import contextlib
import errno
import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import MutableMapping
from pathlib import Path

from calsync.daemon.clock import Clock
from calsync.daemon.delivering import Delivering
from calsync.daemon.heartbeat import MOST_WAIT_S, Heartbeat
from calsync.daemon.host import CONFIG, READ_AGAIN, Host
from calsync.daemon.log import Log, told
from calsync.daemon.nudging import Nudging
from calsync.daemon.reconciling import Reconciling
from calsync.daemon.requests import serve
from calsync.daemon.watch import place_of
from calsync.deliver.settle import give_up
from calsync.errors import CalsyncError, ConfigErrors, LedgerDamaged, LedgerError, StateUnusable
from calsync.ledger.folder import make_state_folder
from calsync.ledger.lock import DAEMON, StateLock
from calsync.ledger.lock import FILE as LOCK_FILE
from calsync.ledger.sqlite import open_ledger
from calsync.settings.load import load, state_dir
from calsync.systemd import Notifier

SIGNALS = frozenset((signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
_END_S = 4.0
_LAST_S = 4.7
_PASSING_S = 30.0
_STDERR = 2


def run(
    config: Path,
    environ: MutableMapping[str, str],
    *,
    clock: Clock | None = None,
    verbose: bool = False,
    quiet: bool = False,
) -> int:
    """Keep calendars and outbox in order by the config until SIGTERM or SIGINT; return the exit status.

    clock: all that this room knows of time.

    Raises:
        ConfigErrors, StateUnusable: nothing was begun.
        LockHeld: another calsync holds the state folder.
    """
    # `schedule` counts in naive local time; in UTC no night has an hour twice.
    environ["TZ"] = "UTC"
    time.tzset()
    notifier = Notifier(environ)
    clock = clock or Clock()
    settings = load(config)
    with contextlib.suppress(OSError, ValueError, RuntimeError):  # stderr is no file
        faulthandler.enable()
    logging.getLogger().addHandler(logging.NullHandler())  # else Python writes what other packages warn of
    zone = settings.rules.owner.timezone
    log = Log(sys.stderr, environ, lambda: clock.wall().astimezone(zone), verbose=verbose, quiet=quiet)
    # A command that works here just now is soon done: it must not leave the machine without a daemon.
    with StateLock(make_state_folder(state_dir(settings, environ)), DAEMON, patience_s=_PASSING_S):
        # Blocked before the first thread, so that they reach none but the main thread, where they are awaited.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        for number in SIGNALS:
            # What is ignored can't be awaited, and shells start what runs in the background with SIGINT ignored.
            signal.signal(number, signal.SIG_DFL)
        return _Daemon(Host(settings, environ, clock=clock, log=log, notifier=notifier)).run()


class _Daemon:
    """The main thread."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._deliver = Delivering(host)
        self._reconcile = Reconciling(host, self._deliver.wake, serve, self._deliver.once)
        self._deliver.replan = self._reconcile.again
        self._heartbeats: tuple[Heartbeat, ...] = (self._deliver, self._reconcile, Nudging(host))
        self._alive = [-1] * len(self._heartbeats)
        self._at_terminal = os.isatty(_STDERR)
        # Whoever makes the folder anew can lock it too, and would write and send beside us.
        self._lock = host.state / LOCK_FILE
        self._locked = place_of(self._lock)

    def run(self) -> int:
        """Run until the end."""
        host = self._host
        self._look_at_the_ledger()
        watchdog = host.notifier.watchdog_s
        wait = min(MOST_WAIT_S, watchdog / 3) if watchdog else MOST_WAIT_S
        host.tell_status()
        for heartbeat in self._heartbeats:
            heartbeat.most_wait_s = min(MOST_WAIT_S, watchdog / 9) if watchdog else MOST_WAIT_S
            heartbeat.start()
        mode = host.settings()[1].rules.mode
        host.log.info(f"started, mode {mode}, config {host.settings()[1].path}, state folder {host.state}", "started")
        host.notifier.ready()
        while True:
            got = signal.sigtimedwait(SIGNALS, wait)
            if got is not None and got.si_signo == signal.SIGHUP and not self._terminal_gone():
                self._reload()
            elif got is not None:
                return self._stop(signal.Signals(got.si_signo).name)
            if not all(heartbeat.alive for heartbeat in self._heartbeats):
                host.log.error("a heartbeat is gone; ending, to be started again", "fault")
                return self._stop("a fault", status=1)
            if place_of(self._lock) != self._locked:
                host.log.error("the state folder was taken away; ending, to be started again", "fault")
                return self._stop("a fault", status=1)
            self._sign_of_life()

    def _look_at_the_ledger(self) -> None:
        """Open the ledger once before anybody is told that calsync is ready.

        Raises:
            StateUnusable: it can't be used; so where it needs somebody, since `run` asks nothing of its caller.
        """
        host = self._host
        try:
            _, house = host.open_house()
            try:
                house.ledger.clear_alert(CONFIG, at=host.clock.wall(), recovered=READ_AGAIN)
            finally:
                house.close()
        except LedgerError as error:
            host.troubles.stands("ledger", told(error))
        except LedgerDamaged as error:
            raise StateUnusable(error.what, where=error.where, hint=error.hint) from error

    def _terminal_gone(self) -> bool:
        """Tell whether the hangup is that of the terminal it was started in, which has been closed."""
        if not self._at_terminal:
            return False
        try:
            os.tcgetpgrp(_STDERR)
        except OSError as error:
            return error.errno == errno.EIO
        return False

    def _sign_of_life(self) -> None:
        """Ping the watchdog if all heartbeats made progress since the last ping."""
        beats = [heartbeat.beats for heartbeat in self._heartbeats]
        if all(now != then for now, then in zip(beats, self._alive, strict=True)):
            self._alive = beats
            self._host.notifier.alive()

    def _reload(self) -> None:
        host = self._host
        host.notifier.reloading()
        try:
            host.reload()
        except Exception as error:  # noqa: BLE001 (whatever reading a config meets, the one before holds)
            problems = error.errors if isinstance(error, ConfigErrors) else (error,)
            for problem in problems:
                host.log.error(_line(problem), "config")
            count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
            what = f"the config was not taken over: {count}; the one before holds"
            host.troubles.stands(CONFIG, what)
            self._alert(f"{what} (calsync check names them)")
        else:
            host.log.info(READ_AGAIN, "reloaded")
            host.troubles.gone(CONFIG)
            self._alert("")
            for heartbeat in self._heartbeats:
                heartbeat.wake()
        host.tell_status()
        host.notifier.ready()

    def _alert(self, what: str) -> None:
        """Tell the owner that her config is wrong; empty: that it no longer is."""
        try:
            ledger = open_ledger(self._host.state)
            try:
                if what:
                    ledger.alert(CONFIG, self._host.clock.wall(), what)
                else:
                    ledger.clear_alert(CONFIG, at=self._host.clock.wall(), recovered=READ_AGAIN)
            finally:
                ledger.close()
        except CalsyncError as error:
            self._host.log.warning(f"the owner could not be told: {told(error)}", "config")

    def _stop(self, why: str, status: int = 0) -> int:
        """End all heartbeats, and return `status`; what hangs is left to the end, which is as safe as a kill."""
        host = self._host
        # These seconds are the machine's own, whatever clock the passes go by.
        began = time.monotonic()
        host.log.info(f"ending ({why})", "stopping")
        host.notifier.stopping()
        host.stopping.set()
        for heartbeat in self._heartbeats:
            heartbeat.wake()
        ended = [heartbeat.join(began + _END_S - time.monotonic()) for heartbeat in self._heartbeats]
        if all(ended):
            host.log.info("ended", "stopped")
            return status
        # A ledger that is locked must not keep the process beyond its time.
        last = threading.Timer(began + _LAST_S - time.monotonic(), _leave, (status,))
        last.daemon = True
        last.start()
        self._give_up()
        host.log.info("ended, with a pass under way", "stopped")
        _leave(status)
        return status

    def _give_up(self) -> None:
        host = self._host
        try:
            ledger = open_ledger(host.state)
            for message in give_up(ledger, host.clock.wall()):
                host.log.warning(
                    f"message {message.id[:6]} for {message.client}: {message.state}, as it was being sent at the end",
                    str(message.state),
                    message_id=message.id,
                    client=message.client,
                )
        except Exception as error:  # noqa: BLE001 (nothing keeps the process from its end)
            host.log.warning(f"what was being sent is settled at the next start: {told(error)}", "stopping")


def _line(problem: Exception) -> str:
    """Return one problem of a config as a line: where, what, and what to do."""
    if not isinstance(problem, CalsyncError):
        return told(problem)
    said = f"{problem.what}; {problem.hint}" if problem.hint else problem.what
    return f"{problem.where}: {said}" if problem.where else said


def _leave(status: int) -> None:
    """End the process at once, without a word to threads that hang."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)
