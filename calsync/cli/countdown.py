"""The countdown of `now` in a terminal: drawn anew every second, and a key away from five more minutes."""

from __future__ import annotations

import os
import select
import shutil
import sys
import termios
import textwrap
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from calsync.cli.at_hand import Running, look, page
from calsync.cli.beside import carried_out
from calsync.cli.show.when import Clock
from calsync.model.call import Call, Flex
from calsync.model.times import Span, elapsed, later, whole_minutes

if TYPE_CHECKING:
    from calsync.cli.app import App
    from calsync.wiring import House

MORE = timedelta(minutes=5)
_LOOK_S = 30.0
_DRAW_S = 0.5  # twice a second, so that none is left out
_KEYS = "+ five more minutes · d done · q leave"
# The other screen of the terminal, so that what stood there stands again afterwards; no cursor meanwhile.
_ENTER, _LEAVE, _HOME = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l", "\x1b[H\x1b[J"


def count_down(app: App, house: House, found: Running, *, discreet: bool) -> None:
    """Show the call that runs until its owner leaves; d asks how it went."""
    zone, call = house.rules.owner.timezone, found.call
    key, said, looked, version = "", "", time.monotonic(), house.ledger.version()
    with _keys() as pressed:
        while call is not None and key not in ("q", "d", "\x04"):
            clock = Clock(zone, app.now(zone))
            _draw(app, [*page(found, clock, discreet=discreet, exact=True), "", *([said] if said else []), _KEYS])
            key = next(pressed)
            if key == "+":
                said = _give_more(house, call, Clock(zone, app.now(zone)))
            if key == "+" or time.monotonic() > looked + _LOOK_S or house.ledger.version() != version:
                found = look(house, Clock(zone, app.now(zone)))
                call, looked, version = found.call, time.monotonic(), house.ledger.version()
    if call is None:
        app.out("the call is over")
    elif key == "d":
        from calsync.cli.done import ask_about

        ask_about(app, house, call, app.now(zone))


def _give_more(house: House, call: Call, clock: Clock) -> str:
    """Move the hard stop by five minutes, if she is free then; return what to say about it."""
    from calsync.planning.blocks import busy
    from calsync.planning.calls import find_calls

    # Of one that is over already, five minutes from now.
    stop = later(max(call.hard_stop, clock.now.replace(second=0, microsecond=0)), MORE)
    memory, snapshot = house.ledger.memory(), house.look(clock.now)
    calls = find_calls(snapshot, house.rules, memory).calls
    for taken in busy(snapshot, calls, house.rules, memory.calendars.values()):
        if taken.call != call.name and taken.span.overlaps(Span(call.hard_stop, stop)):
            return f"you are taken from {clock.time(taken.span.start)}; calsync flex --yes goes into it"
    minutes = whole_minutes(elapsed(call.base_stop, stop)) - call.shift
    because = call.flex.because if call.flex is not None else ""
    house.ledger.flex(call.name, Flex(minutes=minutes, because=because, at=clock.now))
    return f"until {clock.time(stop)}; nothing is sent; {carried_out(house)}"


def _draw(app: App, lines: list[str]) -> None:
    """Draw as much as there is room for; whatever is cut is cut at the end."""
    width, height = shutil.get_terminal_size()
    wrapped = [part for line in lines for part in _wrapped(line, width)]
    keys = wrapped[-1:]
    shown = wrapped[: height - 1] if len(wrapped) < height else [*wrapped[: height - 2], *keys]
    text = "\r\n".join(shown)
    sys.stdout.write(_HOME + (click.unstyle(text) if app.plain else text))
    sys.stdout.flush()


def _wrapped(line: str, width: int) -> list[str]:
    if len(click.unstyle(line)) <= width:
        return [line]
    return textwrap.wrap(click.unstyle(line), width, subsequent_indent="  ")


@contextmanager
def _keys() -> Iterator[Iterator[str]]:
    """Take the screen and every key at once; give both back whatever happens."""
    source = sys.stdin.fileno()
    before = termios.tcgetattr(source)
    sys.stdout.write(_ENTER)
    try:
        tty.setcbreak(source)
        yield _pressed(source)
    finally:
        termios.tcsetattr(source, termios.TCSADRAIN, before)
        sys.stdout.write(_LEAVE)
        sys.stdout.flush()


def _pressed(source: int) -> Iterator[str]:
    """Yield a key, or nothing after half a second without any; the end of the terminal is a wish to leave."""
    while True:
        if select.select([source], [], [], _DRAW_S)[0]:
            read = os.read(source, 1)
            yield read.decode("utf-8", "replace") or "q"
        else:
            yield ""
