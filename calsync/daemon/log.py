"""The daemon's log: a line for each thing done, for the journal with fields; no private text, and no address."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO

from calsync.errors import CalsyncError
from calsync.systemd import JOURNAL, JournalHandler, leads_to_journal

_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
MASK = "(address)"


class Log:
    """Writes lines to stderr or the journal.

    verbose: also what happens in quiet cycles, and addresses. quiet: warnings only. clock: tells the time of a
    line on a terminal, in the zone in which it should stand there.
    """

    def __init__(
        self,
        stream: IO[str],
        environ: Mapping[str, str],
        clock: Callable[[], datetime],
        *,
        verbose: bool = False,
        quiet: bool = False,
        journal: Path = JOURNAL,
    ) -> None:
        # Not one of the process's own tree: what other packages log may hold addresses and tokens, and stays there.
        self._logger = logging.Logger(
            "calsync", logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO
        )
        handler: logging.Handler
        if leads_to_journal(stream, environ):
            handler = JournalHandler(stream, path=journal)
            handler.setFormatter(_Plain())
        else:
            handler = logging.StreamHandler(stream)
            handler.setFormatter(_Timed(clock))
        if not verbose:
            handler.addFilter(_masked)
        self._verbose = verbose
        self._logger.addHandler(handler)

    def info(self, what: str, event: str, **fields: str) -> None:
        """Say what was done. event: its kind; fields: for the journal, as CALSYNC_NAME."""
        self._say(logging.INFO, what, event, fields)

    def debug(self, what: str, event: str, **fields: str) -> None:
        """Say what only somebody who looks for a fault wants to know."""
        self._say(logging.DEBUG, what, event, fields)

    def warning(self, what: str, event: str, **fields: str) -> None:
        """Say what is wrong and will be tried again, or waits for the owner."""
        self._say(logging.WARNING, what, event, fields)

    def error(self, what: str, event: str, **fields: str) -> None:
        """Say what is wrong and needs somebody."""
        self._say(logging.ERROR, what, event, fields)

    def trace(self, error: BaseException) -> None:
        """Show where an unexpected error came from; with -v only, and never its words."""
        if self._verbose:
            for frame in traceback.extract_tb(error.__traceback__):
                self.debug(f"  {frame.filename}:{frame.lineno} in {frame.name}", "trace")

    def _say(self, level: int, what: str, event: str, fields: Mapping[str, str]) -> None:
        said = {"CALSYNC_EVENT": event} | {f"CALSYNC_{name.upper()}": value for name, value in fields.items() if value}
        self._logger.log(level, "%s", " ".join(what.split()), extra={"fields": said})


def told(error: Exception) -> str:
    """Return an error as a line: ours by its words, another's by kind and place, for its words may quote a call."""
    if isinstance(error, CalsyncError):
        place = f" ({error.where})" if error.where else ""
        return f"{error.what}{place}"
    frames = traceback.extract_tb(error.__traceback__)[-1:]
    places = "".join(f" at {Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return f"a fault in calsync itself ({type(error).__name__}{places})"


def masked(text: str) -> str:
    """Return `text` without what looks like a mail address."""
    return _ADDRESS.sub(MASK, text)


def _masked(record: logging.LogRecord) -> bool:
    record.msg, record.args = masked(record.getMessage()), ()
    if fields := getattr(record, "fields", None):
        record.fields = {name: masked(value) for name, value in fields.items()}
    return True


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage()


class _Timed(logging.Formatter):
    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self._clock = clock

    def format(self, record: logging.LogRecord) -> str:
        level = "" if record.levelno in (logging.INFO, logging.DEBUG) else f"{record.levelname.lower()}: "
        return f"{self._clock().isoformat(sep=' ', timespec='seconds')} {level}{record.getMessage()}"
