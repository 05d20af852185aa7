"""Replaces a file whole while other programs may write to it: no edit of theirs is ever lost."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from calsync.calendars.system import (
    NO_EXCHANGE,
    awaited,
    bears,
    content_of,
    copy_attributes,
    exchange,
    lease,
    opened,
    release,
    sync_folder,
    write_all,
    write_private,
)
from calsync.errors import CalendarUnwritable, Stale

SETTLED_S = 2.0
_LOOK_S = 0.01
_MOST_TRIES = 200

Merge = Callable[[bytes, bytes, bytes], bytes]
"""What the second of three contents changed in the first one, carried over into the third."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as files have it, not as calendars do: a rehearsal of tomorrow writes its files today."""

    seconds: Callable[[], float]
    pause: Callable[[float], None]


@dataclass(slots=True)
class _Displaced:
    """A file that was moved aside: what it and its successor held, and when it was displaced."""

    old: bytes
    new: bytes
    since: float


class Swap:
    """One file that is replaced whole, and what is kept until that is over.

    path: the file itself, no symlink. backups: a private folder; the content before the last replacement is
    kept there as `<name>.ics`. merge: for the case that two edits of other programs fall into one moment.

    The new content is written beside the file under a hidden name and both are swapped in one step; what
    then bears the hidden name is the displaced file. It is looked at again before it goes, for a program may
    have opened it before the swap and written after it.
    """

    def __init__(self, path: Path, backups: Path, name: str, *, merge: Merge, clock: Clock) -> None:
        self.path = path
        self.beside = path.with_name(f".{path.name}.calsync")
        self._backup = backups / f"{name}.ics"
        self._journal = backups / f"{name}.swap"
        self._conflict = backups / f"{name}.conflict.ics"
        self._merge = merge
        self._clock = clock
        self._displaced: _Displaced | None = None

    def put(self, old: bytes, new: bytes) -> None:
        """Replace the file, which must still hold `old`, by `new`.

        Raises:
            Stale: it holds something else by now; nothing was changed.
            CalendarUnwritable: mode or owner can't be kept, or there is no room or right; nothing was changed.
        """
        self.recover()
        try:
            if os.stat(self.path).st_nlink > 1:
                raise CalendarUnwritable(
                    "the file has a second name (a hard link), which would keep the old content",
                    where=str(self.path),
                    hint="remove the other name, or use a symbolic link",
                )
            self._keep(old)
            try:
                self._write_beside(new)
                self._record(old, new)
                self._swap(old, new)
            except BaseException:
                if self._displaced is None:
                    self._forget()
                raise
        except OSError as problem:
            raise CalendarUnwritable(
                f"the file can't be replaced: {problem.strerror}", where=str(self.path)
            ) from problem

    def _keep(self, old: bytes) -> None:
        self._backup.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._backup, old)

    def _record(self, old: bytes, new: bytes) -> None:
        text = json.dumps({"old": _digest(old), "new": _digest(new)})
        write_private(self._journal, text.encode())

    def _write_beside(self, new: bytes) -> None:
        model = os.stat(self.path)
        descriptor = os.open(self.beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            write_all(descriptor, new)
            made = os.fstat(descriptor)
            if (made.st_uid, made.st_gid) != (model.st_uid, model.st_gid):
                try:
                    os.fchown(descriptor, model.st_uid, model.st_gid)
                except PermissionError as problem:
                    raise CalendarUnwritable(
                        "the file belongs to somebody else, who could not be kept as its owner",
                        where=str(self.path),
                        hint="run calsync as the owner of the file, or give the file to the user who runs it",
                    ) from problem
            os.fchmod(descriptor, stat.S_IMODE(model.st_mode))
            copy_attributes(self.path, descriptor)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _swap(self, old: bytes, new: bytes) -> None:
        with opened(self.path) as was, opened(self.beside) as ours:
            quiet = self._lease(was) and self._lease(ours)
            # While both leases are held, whoever opens one of the files for writing waits for us.
            if content_of(was) != old or not bears(was, self.path):
                raise Stale("the file was changed by another program since it was read", where=str(self.path))
            exchanged = self._exchange()
            self._displaced = _Displaced(old, new, self._clock.seconds())
            disturbed = not bears(was, self.beside) or (awaited(was) if quiet else content_of(was) != old)
            if disturbed and exchanged:
                exchange(self.beside, self.path)
                undone = bears(ours, self.beside) and not (awaited(ours) if quiet else content_of(ours) != new)
            release(was)
            release(ours)
        if not disturbed:
            sync_folder(self.path)
            return
        if exchanged and undone:
            self._forget()
        elif exchanged:
            self._wait_for_quiet(self.beside)
            self._reconcile(onto_beside=True)
        else:
            self._reconcile(onto_beside=False)
        raise Stale("the file was changed by another program while it was replaced", where=str(self.path))

    def _exchange(self) -> bool:
        """Swap both files; tell whether in one step. Otherwise the old one keeps its hidden name by a hard link."""
        try:
            exchange(self.beside, self.path)
        except OSError as problem:
            if problem.errno not in NO_EXCHANGE:
                raise
        else:
            return True
        ready = self.beside.with_name(f"{self.beside.name}-new")
        os.rename(self.beside, ready)
        os.link(self.path, self.beside)
        os.rename(ready, self.path)
        return False

    def settle(self) -> bool:
        """Look at the displaced file for the last time; tell whether it had been written to and was put back.

        Where the system can tell that nobody has it open, at once; else when 2 s have passed since the swap.
        """
        if self._displaced is None:
            return False
        self._wait_for_quiet(self.beside)
        try:
            late = self.beside.read_bytes()
        except FileNotFoundError:
            late = self._displaced.old
        if late == self._displaced.old:
            self._forget()
            return False
        try:
            if self.path.read_bytes() == self._displaced.new:
                exchange(self.beside, self.path)
                self._displaced = _Displaced(late, self._displaced.new, self._clock.seconds())
                if self.beside.read_bytes() == self._displaced.new:
                    self._forget()
                    return True
                self._reconcile(onto_beside=True)
            else:
                self._reconcile(onto_beside=False)
        except OSError as problem:
            raise CalendarUnwritable(
                f"an edit of another program could not be put back: {problem.strerror}",
                where=str(self.path),
                hint=f"it stands in {self.beside}",
            ) from problem
        self.settle()  # bringing edits together was a replacement of its own
        return True

    def _reconcile(self, *, onto_beside: bool) -> None:
        """Bring together two edits of other programs, one on the old content and one on ours.

        onto_beside: the later one bears the hidden name, and the one on the old content stands in place.
        """
        assert self._displaced is not None  # noqa: S101 - only called behind a swap
        old, self._displaced = self._displaced.old, None
        if onto_beside:
            with suppress(OSError):
                exchange(self.beside, self.path)
        earlier = self.beside.read_bytes()
        write_private(self._conflict, earlier)
        self._forget()
        for _ in range(_MOST_TRIES):
            later = self.path.read_bytes()
            with suppress(Stale):
                self.put(later, self._merge(old, earlier, later))
                self._conflict.unlink(missing_ok=True)
                return
            self._clock.pause(_LOOK_S)
        raise Stale(
            "another program keeps changing the file",
            where=str(self.path),
            hint=f"an edit that could not be brought together with later ones is kept in {self._conflict}",
        )

    def recover(self) -> None:
        """Clear what a run that was killed has left; an edit that stands in a displaced file is put back."""
        if self._displaced is not None:
            self.settle()
        ready = self.beside.with_name(f"{self.beside.name}-new")
        ready.unlink(missing_ok=True)
        if not self.beside.exists():
            return
        left = self.beside.read_bytes()
        try:
            known = json.loads(self._journal.read_bytes())
        except (OSError, ValueError):
            known = {}
        if _digest(left) in (known.get("old"), known.get("new")):
            self._forget()  # displaced and untouched, or never swapped in
        elif not known:
            # Written only in part when the run was killed; kept all the same, as nothing proves it.
            self._backup.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._conflict, left)
            self._forget()
        else:
            old = self._backup.read_bytes() if self._backup.exists() else b""
            now = self.path.read_bytes()
            self._displaced = _Displaced(old, now if _digest(now) == known.get("new") else b"", self._clock.seconds())
            self.settle()

    def _lease(self, descriptor: int) -> bool:
        """Take a lease, which is granted when nobody has the file open for writing; False where there are none."""
        until = self._clock.seconds() + SETTLED_S
        while True:
            granted = lease(descriptor)
            if granted is not None:
                return granted
            if self._clock.seconds() >= until:
                raise Stale("another program has the file open for writing", where=str(self.path))
            self._clock.pause(_LOOK_S)

    def _wait_for_quiet(self, path: Path) -> None:
        since = self._displaced.since if self._displaced else self._clock.seconds()
        while (left := since + SETTLED_S - self._clock.seconds()) > 0:
            try:
                with opened(path) as descriptor:
                    if lease(descriptor):
                        release(descriptor)
                        return
            except OSError:
                return
            self._clock.pause(min(_LOOK_S, left))

    def _forget(self) -> None:
        self.beside.unlink(missing_ok=True)
        self._journal.unlink(missing_ok=True)
        self._displaced = None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
