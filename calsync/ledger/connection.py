"""One SQLite file: how it is opened, checked, brought up to date, and how its errors are told."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from calsync.errors import CalsyncError, LedgerDamaged, LedgerError, LedgerNewer, StateUnusable
from calsync.ledger.migrations import NEWEST, STEPS
from calsync.ledger.rows import Row

WAIT_MS = 5000
_MEND = (
    "calsync sync puts it aside and restores the newest copy of it; "
    "every message that may have been sent since then waits until you approve it"
)
# SQLite's primary result codes (sqlite.org/rescode.html) by what can be done about them.
_PASSING = {
    sqlite3.SQLITE_BUSY: "another program has held the ledger for too long",
    sqlite3.SQLITE_LOCKED: "another program has held the ledger for too long",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk refuses to write or read",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
}
_NO_RIGHTS = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}


def journal_mode(version: tuple[int, ...]) -> str:
    """Return the journal mode for a version of SQLite.

    Before the fix of the WAL-reset bug (sqlite.org/wal.html#walresetbug) two connections could damage a file
    in WAL mode; TRUNCATE has no such story, and at a few writes a minute it is fast enough.
    """
    fixed = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    return "WAL" if fixed else "TRUNCATE"


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


class Connection:
    """A connection of one thread to the file at `path`; transactions nest, errors are ours.

    Raises, from every method:
        LedgerError: locked for longer than the wait, disk full: later it may work.
        LedgerDamaged: the file is no ledger, is damaged, or (LedgerNewer) a newer version made it.
        StateUnusable: no right to read or write it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._depth = 0
        with self._told():
            # Made here, so that no moment passes in which others could read it.
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._opened = _identity(os.fstat(file))
            os.close(file)
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)
            self._sqlite = sqlite3.connect(path, timeout=WAIT_MS / 1000, isolation_level=None)
        try:
            with self._told():
                self._set_up()
        except BaseException:
            self._sqlite.close()
            raise

    def _set_up(self) -> None:
        sqlite = self._sqlite
        sqlite.row_factory = sqlite3.Row
        # isolation_level=None and BEGIN IMMEDIATE of our own: the module's implicit BEGIN is a deferred one, in
        # which a write after a read fails at once when another process wrote, without waiting.
        sqlite.execute(f"PRAGMA busy_timeout = {WAIT_MS}")
        sqlite.execute("PRAGMA foreign_keys = ON")
        # What is deleted is gone from the file too, and not only from its tables.
        sqlite.execute("PRAGMA secure_delete = ON")
        version = self._version()
        if version > NEWEST:
            raise LedgerNewer(
                f"a newer calsync made this ledger (version {version}, this one knows {NEWEST})",
                where=str(self.path),
                hint="use that calsync again, or name another state_dir",
            )
        found = [row[0] for row in sqlite.execute("PRAGMA quick_check(3)")]
        if found != ["ok"]:
            raise LedgerDamaged(f"the ledger is damaged: {found[0]}", where=str(self.path), hint=_MEND)
        sqlite.execute(f"PRAGMA journal_mode = {journal_mode(sqlite3.sqlite_version_info)}")
        sqlite.execute("PRAGMA synchronous = FULL")
        if version < NEWEST:
            self._migrate()

    def _version(self) -> int:
        return int(self._sqlite.execute("PRAGMA user_version").fetchone()[0])

    def _migrate(self) -> None:
        with self.transaction():
            # Asked again inside: two processes may have come at once.
            for number in range(self._version(), NEWEST):
                for statement in STEPS[number]:
                    self._sqlite.execute(statement)
                self._sqlite.execute(f"PRAGMA user_version = {number + 1}")

    def close(self) -> None:
        """Let go of the file."""
        self._sqlite.close()

    def check_place(self) -> None:
        """Make sure that the file at `path` is still the one that was opened.

        Raises:
            LedgerError: another one was put there; what is written to this one is lost.
            StateUnusable: no right to look.
        """
        with self._told():
            try:
                same = _identity(self.path.stat()) == self._opened
            except FileNotFoundError:
                same = False
        if not same:
            what = "another file was put in the ledger's place while it was open"
            raise LedgerError(what, where=str(self.path), hint="it is opened again by itself, or at the next start")

    def copy_to(self, path: Path) -> None:
        """Write what is committed as a ledger of its own to `path`, which is empty or not there."""
        self.run("VACUUM INTO :path", {"path": str(path)})

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is done inside together, or nothing of it; inside another one, join that."""
        with self._begun("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let everything that is read inside be of one instant."""
        with self._begun("BEGIN"):
            yield

    @contextmanager
    def _begun(self, begin: str) -> Iterator[None]:
        if self._depth:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            return
        with self._told():
            self._sqlite.execute(begin)
        self._depth = 1
        try:
            yield
            with self._told():
                self._sqlite.execute("COMMIT")
        except BaseException:
            # SQLite has rolled back by itself after some errors (sqlite.org/lang_transaction.html).
            if self._sqlite.in_transaction:
                self._sqlite.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0

    def run(self, sql: str, values: Row) -> int:
        """Execute one statement and return how many rows it changed."""
        with self._told():
            return self._execute(sql, values).rowcount

    def rows(self, sql: str, values: Row) -> Sequence[sqlite3.Row]:
        """Return the rows that a query gives."""
        with self._told():
            return self._execute(sql, values).fetchall()

    def version(self) -> int:
        """Return what changes once another connection has committed (sqlite.org/pragma.html#pragma_data_version)."""
        return int(self.rows("PRAGMA data_version", {})[0][0])

    def _execute(self, sql: str, values: Row) -> sqlite3.Cursor:
        try:
            return self._sqlite.execute(sql, values)
        except UnicodeEncodeError:
            # Half a surrogate pair, out of some broken text: SQLite stores UTF-8, which has none.
            clean = {
                name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
                for name, value in values.items()
            }
            return self._sqlite.execute(sql, clean)

    @contextmanager
    def understood(self) -> Iterator[None]:
        """Tell of rows that no calsync can have written."""
        try:
            yield
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise LedgerDamaged(
                f"the ledger holds something that makes no sense: {error}", where=str(self.path), hint=_MEND
            ) from error

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError:
            raise  # ours: a closed connection, another thread
        except sqlite3.DatabaseError as error:
            raise self._translated(error) from error
        except OSError as error:
            raise StateUnusable(
                f"the ledger can't be opened: {error.strerror}",
                where=str(self.path),
                hint="give its owner the right to read and write it, or name another folder as state_dir",
            ) from error

    def _translated(self, error: sqlite3.DatabaseError) -> CalsyncError:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        if code in _PASSING:
            return LedgerError(_PASSING[code], where=str(self.path), hint="the next cycle tries again")
        if code in _NO_RIGHTS:
            return StateUnusable(
                f"the ledger can't be written: {error}",
                where=str(self.path),
                hint="give its owner the right to write in this folder, or name another one as state_dir",
            )
        return LedgerDamaged(f"the ledger is damaged: {error}", where=str(self.path), hint=_MEND)
