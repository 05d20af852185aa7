"""The agenda of a call: what stands on it, and how its minutes are laid out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import takewhile

from calsync.model.call import Agenda
from calsync.model.rules import Client, Policy
from calsync.model.text import AgendaLine, Stage
from calsync.model.times import whole_minutes
from calsync.planning import fence

# As items of a layout these name what isn't the client's; the renderer says them in the owner's language.
GREETING = Stage.GREETING
CLOSE_OUT = Stage.CLOSE_OUT
CATCH_UP = Stage.CATCH_UP

_HEADINGS = frozenset({"agenda", "gündem", "tagesordnung"})
# A dash before a digit is a minus, an asterisk before a word is emphasis, a point before a digit is a decimal one.
_BULLET = re.compile(r"(?:[•·]\s*|[-–](?!\d)\s*|\*(?:\s+|$)|\d{1,3}(?:\.(?!\d)|\))\s*)")
_LENGTH = r"(?P<{0}>[1-9][0-9]{{0,2}})(?:m|\s?(?i:min|dk)\.?|\s?['’\u2032])"
_MINUTES = re.compile(
    rf"(?P<text>.*\S)(?:\s+{_LENGTH.format('bare')}|\s*\(\s*{_LENGTH.format('round')}\s*\)"
    rf"|\s*\[\s*{_LENGTH.format('square')}\s*\])"
)

# An item without minutes of its own needs some time to be an item at all; anything beyond one minute would be
# our guess, and "the agenda needs 55 of 45 min" has to be the owner's own arithmetic.
_LEAST = 1


def own_list(description: str) -> tuple[str, ...] | None:
    """Return the items that the owner wrote below a line `Agenda:`, `Gündem:` or `Tagesordnung:`, as she wrote them.

    Bullets and numbers are taken off; minutes stay (`split_minutes`). The list ends with the first empty line or
    where our fence begins. None where there is no such line; empty where nothing stands below it.
    """
    lines = iter(_own_text(description).split("\n"))
    if not any(_is_heading(line) for line in lines):
        return None
    return items_of(takewhile(str.strip, lines))


def items_of(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the items in lines, without bullets and numbers; lines without a letter or digit are none."""
    texts = (line.strip() for line in lines)
    bare = (text[found.end() :] if (found := _BULLET.match(text)) else text for text in texts)
    return tuple(item for item in bare if any(sign.isalnum() for sign in item))


def _own_text(description: str) -> str:
    # Not `fence.cut`: with the fence goes the blank line above it, and what she wrote below would join her list.
    for found in reversed(fence.find(description)):
        description = f"{description[: found.start]}\n\n{description[found.end :]}"
    return description


def _is_heading(line: str) -> bool:
    text = unicodedata.normalize("NFC", line).strip()
    return text.endswith(":") and text[:-1].rstrip().casefold() in _HEADINGS


def split_minutes(item: str) -> tuple[str, int | None]:
    """Return an item and the minutes that stand at its end: `10m`, `10 min`, `10 dk` or `10'`, also in brackets."""
    item = item.strip()
    if not (found := _MINUTES.fullmatch(item)):
        return item, None
    text = found["text"].rstrip(" \t\u00a0-–—:,·|")
    if not any(sign.isalnum() for sign in text):
        return item, None
    return text, int(found["bare"] or found["round"] or found["square"])


def choose(
    description: str, organized: bool, added: tuple[str, ...], client: Client, carried: tuple[str, ...] = ()
) -> tuple[tuple[str, ...], bool, bool]:
    """Return what stands on the agenda of a call, whether it is the client's default, and whether it is in the event.

    The owner's own list in an event that she organizes wins over the client's file, and that over the default in the
    client's language. What is `carried` over stands above it, items `added` by hand below. Items keep their minutes,
    and what was carried over is not said twice.
    """
    own = own_list(description) if organized else None
    base = own or client.standing or default_items(client)
    above = tuple(item for item in carried if item not in base)
    return above + base + added, bool(base) and not (own or above or added), bool(own)


def default_items(client: Client) -> tuple[str, ...]:
    """Return the client's default agenda in its own language: of `en-US` its own, else that of `en`, else of any."""
    agenda = client.policy.agenda
    language = next((name for name in (client.language, client.language.split("-")[0], "") if name in agenda), None)
    return () if language is None else agenda[language]


def lay_out(items: tuple[str, ...], total_minutes: int, policy: Policy, *, default: bool, in_event: bool) -> Agenda:
    """Return `items` laid out in `total_minutes`: greeting, items, close-out, and catching up last.

    Items without minutes share what is left in equal whole minutes, the earlier ones taking the remainder. Catching
    up is the first to go when the agenda is full. If it is too full even so, items take their minutes in order as
    long as there are any.
    """
    split = [split_minutes(item) for item in items]
    greeting, close_out, catch_up = (
        whole_minutes(length) for length in (policy.greeting, policy.close_out, policy.catch_up)
    )
    needs = greeting + close_out + sum(minutes or _LEAST for _, minutes in split)
    kept = 0 < catch_up <= total_minutes - needs

    greeted = min(greeting, total_minutes)
    closed = min(close_out, total_minutes - greeted)
    given = _share([minutes for _, minutes in split], total_minutes - greeted - closed - (catch_up if kept else 0))
    layout = [AgendaLine(item=text, minutes=minutes) for (text, _), minutes in zip(split, given, strict=True)]
    if greeting:
        layout.insert(0, AgendaLine(item=GREETING, minutes=greeted or None))
    if close_out:
        layout.append(AgendaLine(item=CLOSE_OUT, minutes=closed or None))
    if kept:
        layout.append(AgendaLine(item=CATCH_UP, minutes=catch_up))
    return Agenda(
        items=tuple(text for text, _ in split),
        layout=tuple(layout),
        needs=needs if items and needs > total_minutes else None,
        has=total_minutes,
        catch_up=kept,
        default=default,
        in_event=in_event,
    )


def _share(wanted: list[int | None], room: int) -> list[int | None]:
    """Return the minutes that each gets of `room`; None where nothing is left."""
    open_items = sum(minutes is None for minutes in wanted)
    spare = room - sum(minutes or 0 for minutes in wanted)
    each, remainder = divmod(spare, open_items) if open_items and spare >= open_items * _LEAST else (_LEAST, 0)
    given: list[int | None] = []
    for minutes in wanted:
        if minutes is None:
            minutes = each + (1 if remainder > 0 else 0)
            remainder -= 1
        got = min(minutes, room)
        room -= got
        given.append(got or None)
    return given
