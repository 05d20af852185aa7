"""A calendar that is one .ics file on this machine, which other programs write to as well."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from calsync.calendars.ical import lines
from calsync.calendars.ical.merge import carried_over
from calsync.calendars.ical.read import Cache, narrowed, read_calendar
from calsync.calendars.ical.shape import LARGEST, refuse_size
from calsync.calendars.ical.splice import apply_edits
from calsync.calendars.replace import SETTLED_S, Clock, Swap
from calsync.calendars.system import exchange
from calsync.errors import CalendarUnreadable, CalendarUnwritable, Stale
from calsync.model.edit import Edit
from calsync.model.event import Reading
from calsync.model.times import Span

_SECOND_LOOK_S = 0.25
_MOST_LOOKS = 20

State = tuple[int, int, int, int, int]
"""Device, inode, size, and the times of the last change of content and of anything, in nanoseconds."""

# Ages of files are told by the machine's clock, whatever day a rehearsal plays.
_MACHINE = Clock(seconds=lambda: time.time_ns() / 1e9, pause=time.sleep)


class FileCalendar:
    """Reads and writes one calendar file.

    name: the calendar's. path: the file or a symbolic link to it. zone: the owner's (`read_calendar`). backups:
    a private folder for the content before the last writing, `<name>.ics`.
    """

    def __init__(self, name: str, path: Path, zone: ZoneInfo, *, backups: Path, clock: Clock = _MACHINE) -> None:
        self.name = name
        self.path = path
        self.zone = zone
        self._backups = backups
        self._clock = clock
        self._cache = Cache()
        self._state: State | None = None
        self._whole: Reading | None = None
        self._written: State | None = None
        self._swap: Swap | None = None

    def read(self, window: Span) -> Reading:
        """Return what the file holds for `window`. A file that is as it was is not opened again.

        Raises:
            CalendarUnreadable: there is no such file, it may not be read, or it is no whole calendar.
        """
        try:
            if self._whole is not None and self._state == self._look() and self._cache.covers(window):
                return narrowed(self._whole, window, self.zone)
            state, data = self._content()
        except OSError as problem:
            raise CalendarUnreadable(
                f"the calendar file can't be read: {problem.strerror}",
                where=self._where,
                hint="check `path` in the config, and that calsync may read the file",
            ) from problem
        self._whole = None
        try:
            reading = read_calendar(data, name=self.name, window=window, zone=self.zone, cache=self._cache)
        except CalendarUnreadable as problem:
            problem.where = self._where
            raise
        self._whole, self._state = self._cache.whole, state
        return reading

    def apply(self, edits: Sequence[Edit], base: str) -> str:
        """Make `edits` in the file that was read as version `base`; return its new version.

        Raises:
            Stale: the file is no longer the one that was read, or was changed meanwhile; plan anew.
            CalendarUnwritable: an edit can't be made, or mode or owner of the file can't be kept.
            CalendarUnreadable: it is no whole calendar any more.
        """
        if not edits:
            return base
        try:
            swap = self._swapped()
            swap.recover()
            _, data = self._content()
        except OSError as problem:
            raise CalendarUnreadable(
                f"the calendar file can't be read: {problem.strerror}", where=self._where
            ) from problem
        if lines.digest(data) != base:
            raise Stale("the file was changed by another program since it was read", where=self._where)
        try:
            new = apply_edits(data, edits, zone=self.zone)
        except (CalendarUnreadable, CalendarUnwritable) as problem:
            problem.where = f"{self._where}, {problem.where}".rstrip(", ")
            raise
        if new == data:
            return base
        swap.put(data, new)
        with suppress(OSError):
            self._written = self._look()
        return lines.digest(new)

    def settle(self) -> bool:
        """Look once more at the file that the last writing displaced; tell whether an edit in it was put back.

        At most 2 s after the writing it is over. Raises Stale or CalendarUnwritable where an edit of another
        program could not be put back; it is kept in the folder for backups.
        """
        return self._swap.settle() if self._swap is not None else False

    @property
    def seen(self) -> State | None:
        """How the file looked when it was read last, None before: what looks otherwise now was not read yet."""
        return self._state

    def forget(self) -> None:
        """Keep nothing of what was read; the next reading reads and expands all of it again."""
        self._cache, self._whole, self._state = Cache(), None, None

    def exchange_works(self) -> bool:
        """Tell whether the file's folder can swap two files in one step; otherwise a moment remains unguarded."""
        try:
            with tempfile.TemporaryDirectory(prefix=".calsync-", dir=self._real().parent) as folder:
                one, other = Path(folder, "1"), Path(folder, "2")
                one.touch()
                other.touch()
                exchange(one, other)
        except OSError:
            return False
        return True

    @property
    def _where(self) -> str:
        return f'calendar "{self.name}" ({self.path})'

    def _real(self) -> Path:
        return Path(os.path.realpath(self.path))

    def _swapped(self) -> Swap:
        real = self._real()
        if self._swap is None or self._swap.path != real:
            self._swap = Swap(real, self._backups, self.name, merge=carried_over, clock=self._clock)
        return self._swap

    def _look(self) -> State:
        return _state(os.stat(self.path))

    def _content(self) -> tuple[State, bytes]:
        """Return a content of the file that nobody was writing, as far as two looks can tell.

        One look is enough when the last change is older than 2 s, or was ours.
        """
        for _ in range(_MOST_LOOKS):
            before = self._look()
            data = self._bytes()
            fresh = self._clock.seconds() - max(before[3:]) / 1e9 < SETTLED_S
            if fresh and before != self._written:
                self._clock.pause(_SECOND_LOOK_S)
            if self._look() == before:
                return before, data
        raise CalendarUnreadable(
            "another program keeps writing the file", where=self._where, hint="it is tried again in the next cycle"
        )

    def _bytes(self) -> bytes:
        # A pipe in the place of the file must not make calsync wait for whoever fills it.
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise CalendarUnreadable("this is no file", where=self._where, hint="check `path` in the config")
            refuse_size(found.st_size)
            return file.read(LARGEST + 1)


def _state(found: os.stat_result) -> State:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
