"""Ends a process with SIGKILL at its n-th deed: put on its path as `sitecustomize`, it counts and kills.

A deed is whatever changes the disk or is said to a server: a write, a rename, a link, an fsync, a swap, a statement
of SQL, and the time while a COMMIT is under way; before and after each connect, send and recv of a socket, and amid
a send, when half of it has left. `KILL_AT` says at which to end (0: never); the kind of each deed, the last one at
the end, is a line in `KILL_LOG`.
"""

from __future__ import annotations

import itertools
import os
import signal
import socket
import sqlite3
import ssl
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

SMALLEST_HALF = 200  # a send of so many bytes is a body, and no command
COMMIT_TAKES_S = 0.002

_AT = int(os.environ.get("KILL_AT", "0"))
_LOG = os.environ.get("KILL_LOG", "")
_numbers = itertools.count(1)
_write, _open = os.write, os.open
_swaps = ("ctypes.dlopen",)  # the library is opened anew for every swap of two files


def _is_last(kind: str) -> bool:
    number = next(_numbers)
    if _LOG and (number <= _AT or not _AT):
        file = _open(_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        _write(file, f"{kind}\n".encode())
        os.close(file)
    return number == _AT


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _deed(kind: str) -> None:
    if _is_last(kind):
        _die()


def _counted(function: Callable[..., Any], kind: str) -> Callable[..., Any]:
    def counted(*args: Any, **named: Any) -> Any:
        _deed(kind)
        return function(*args, **named)

    return counted


def _around(function: Callable[..., Any], kind: str) -> Callable[..., Any]:
    def around(*args: Any, **named: Any) -> Any:
        _deed(f"before {kind}")
        done = function(*args, **named)
        _deed(f"after {kind}")
        return done

    return around


def _sending(function: Callable[..., Any]) -> Callable[..., Any]:
    def sending(self: socket.socket, data: Any, *flags: int) -> Any:
        _deed("before send")
        if len(data) >= SMALLEST_HALF and _is_last("amid send"):
            function(self, bytes(data)[: len(data) // 2], *flags)
            _die()
        done = function(self, data, *flags)
        _deed("after send")
        return done

    return sending


def _connected(connect: Callable[..., sqlite3.Connection]) -> Callable[..., sqlite3.Connection]:
    def connected(*args: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(*args, **named)
        connection.set_trace_callback(_stated)
        return connection

    return connected


def _stated(statement: str) -> None:
    if statement.startswith("SELECT"):
        return
    if statement.startswith("COMMIT"):
        _deed("before COMMIT")
        if _is_last("amid COMMIT"):
            # SQLite lets other threads run while it writes: this one ends it at some moment of that.
            threading.Timer(time.time_ns() % 1000 / 1000 * COMMIT_TAKES_S, _die).start()
    else:
        _deed("SQL")


def _heard(event: str, args: tuple[Any, ...]) -> None:
    if event in _swaps:
        _deed("swap")


if "KILL_AT" in os.environ:
    for name in ("write", "fsync", "rename", "replace", "link", "unlink", "mkdir"):
        setattr(os, name, _counted(getattr(os, name), name))
    sqlite3.connect = _connected(sqlite3.connect)  # type: ignore[assignment]
    # An SSLSocket sends all by `send`, a plain one in C; both connect alike.
    for kind, name in ((socket.socket, "send"), (socket.socket, "sendall"), (ssl.SSLSocket, "send")):
        setattr(kind, name, _sending(getattr(kind, name)))
    for kind, name in (
        (socket.socket, "connect"),
        (ssl.SSLSocket, "do_handshake"),
        (socket.socket, "recv"),
        (ssl.SSLSocket, "recv"),
    ):
        setattr(kind, name, _around(getattr(kind, name), name.removeprefix("do_")))
    sys.addaudithook(_heard)
