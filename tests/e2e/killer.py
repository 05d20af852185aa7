"""Ends a process with SIGKILL right before its n-th deed: put on its path as `sitecustomize`, it counts and kills.

A deed is whatever changes the disk: a write, a rename, a link, an fsync, a swap, a statement of SQL. `KILL_AT` says at
which to end (0: never); the number of deeds is written to `KILL_COUNT` as it grows.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from typing import Any

_AT = int(os.environ.get("KILL_AT", "0"))
_COUNT = os.environ.get("KILL_COUNT", "")
_count = 0
_write = os.write
_swaps = ("ctypes.dlopen",)  # the library is opened anew for every swap of two files


def _deed() -> None:
    global _count
    _count += 1
    if _count == _AT:
        os.kill(os.getpid(), signal.SIGKILL)
    if _COUNT:
        file = os.open(_COUNT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        _write(file, str(_count).encode())
        os.close(file)


def _counted(function: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*args: Any, **named: Any) -> Any:
        _deed()
        return function(*args, **named)

    return counted


def _connected(connect: Callable[..., sqlite3.Connection]) -> Callable[..., sqlite3.Connection]:
    def connected(*args: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(*args, **named)
        connection.set_trace_callback(lambda statement: None if statement.startswith("SELECT") else _deed())
        return connection

    return connected


def _heard(event: str, args: tuple[Any, ...]) -> None:
    if event in _swaps:
        _deed()


if "KILL_AT" in os.environ:
    for name in ("write", "fsync", "rename", "replace", "link", "unlink", "mkdir"):
        setattr(os, name, _counted(getattr(os, name)))
    sqlite3.connect = _connected(sqlite3.connect)  # type: ignore[assignment]
    sys.addaudithook(_heard)
