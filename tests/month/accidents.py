"""Something that happens at the n-th deed of calsync: its death, or another program's writing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from calsync.calendars import replace, system
from calsync.ledger.connection import Connection
from tests.month.post import Death

_DEEDS = ("write", "fsync", "rename", "replace", "link", "unlink")


@contextmanager
def at_deed(number: int, act: Callable[[], None]) -> Iterator[None]:
    """While this lasts, do `act` right before the n-th deed: a change on the disk, or a statement to the ledger.

    Once `act` has raised Death no deed succeeds any more, as none of the dead does.
    """
    count, dead, busy = 0, False, False

    def deed() -> None:
        nonlocal count, dead, busy
        if busy:
            return  # these are the deeds of the other program
        if dead:
            raise Death
        count += 1
        if count == number:
            busy = True
            try:
                act()
            except Death:
                dead = True
                raise
            finally:
                busy = False

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            deed()
            return function(*args, **named)

        return run

    patches = [patch.object(os, name, counted(getattr(os, name))) for name in _DEEDS]
    patches += [patch.object(replace, "exchange", counted(system.exchange))]
    patches += [patch.object(Connection, "run", counted(Connection.run))]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


def dies() -> None:
    """End calsync here."""
    raise Death
