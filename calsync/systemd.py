"""What systemd is told: readiness, status, life signs (sd_notify(3)), and log lines with fields for its journal."""

from __future__ import annotations

import logging
import os
import re
import socket
import struct
import time
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import IO

JOURNAL = Path("/run/systemd/journal/socket")
WAIT_S = 2.0
_FIELD = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


class Notifier:
    """Sends to the service manager, one datagram a call, and never raises: nobody may be listening.

    Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of `environ`, so that no child speaks in our name. A
    socket of another kind than a path or an abstract name (vsock) is ignored.
    """

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        address = environ.pop("NOTIFY_SOCKET", "")
        microseconds, pid = environ.pop("WATCHDOG_USEC", ""), environ.pop("WATCHDOG_PID", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address if address.startswith("/") else ""
        self.wait_s = WAIT_S
        """How long a manager that doesn't read may hold a word up."""
        self.watchdog_s: float | None = None
        """Within how many seconds a life sign is awaited; None where nobody waits for one."""
        mine = not pid or pid == str(os.getpid())  # sd_watchdog_enabled(3)
        if self._address and mine and microseconds.isascii() and microseconds.isdecimal() and int(microseconds) > 0:
            self.watchdog_s = int(microseconds) / 1e6

    def ready(self) -> None:
        """Tell that the start, or a reload, is over."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Tell that the config is being read again; `ready` ends it, whatever came of it."""
        # Both in one datagram, and the clock is that of the machine: systemd compares it with its own.
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """Tell that the end has begun."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Give the life sign that the watchdog waits for."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """Say in one line how things stand, for `systemctl status`."""
        self._send("STATUS=" + " ".join(text.split()))

    def _send(self, message: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.settimeout(self.wait_s)
            out.connect(self._address)
            out.send(message.encode())


def leads_to_journal(stream: IO[str], environ: Mapping[str, str]) -> bool:
    """Tell whether what is written to `stream` goes to the journal (systemd.exec(5), $JOURNAL_STREAM)."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def priority(level: int) -> int:
    """Return syslog's priority (RFC 5424 §6.2.1) for a level of logging."""
    for least, number in ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6)):
        if level >= least:
            return number
    return 7


class JournalHandler(logging.Handler):
    """Writes log lines to the journal, with the fields that a record carries as `fields`.

    By the journal's own protocol; where its socket doesn't take one, as a line on `stream` that begins with its
    priority (sd-daemon(3)), which the journal takes from there.
    """

    def __init__(self, stream: IO[str], *, path: Path = JOURNAL) -> None:
        super().__init__()
        self._stream, self._path = stream, path

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a journal that is away harms nobody."""
        text = self.format(record)
        level = priority(record.levelno)
        fields = {"MESSAGE": text, "PRIORITY": str(level), "SYSLOG_IDENTIFIER": "calsync"}
        fields |= {name: str(value) for name, value in getattr(record, "fields", {}).items()}
        if self._sent(fields):
            return
        with suppress(OSError, ValueError):
            self._stream.write("".join(f"<{level}>{line}\n" for line in text.splitlines() or [""]))
            self._stream.flush()

    def _sent(self, fields: Mapping[str, str]) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.settimeout(WAIT_S)
                out.connect(str(self._path))
                out.send(_entry(fields))
        except OSError:
            return False
        return True


def _entry(fields: Mapping[str, str]) -> bytes:
    """Return an entry of the journal's native protocol: NAME=value, or name, length and value where it has lines."""
    parts = []
    for name, value in fields.items():
        if not _FIELD.fullmatch(name):
            continue  # the journal would throw the whole entry away
        data = value.encode("utf-8", "replace")
        if b"\n" in data:
            parts.append(name.encode() + b"\n" + struct.pack("<Q", len(data)) + data + b"\n")
        else:
            parts.append(name.encode() + b"=" + data + b"\n")
    return b"".join(parts)
