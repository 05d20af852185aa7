"""Which of several phrases is said this time, so that nobody hears the same one twice in a row."""

from __future__ import annotations

from collections.abc import Sequence


def in_turn(lines: Sequence[str], turn: int, many: int) -> tuple[str, ...]:
    """Return up to `many` of `lines` for this turn; none of them is said at the turn before or after it.

    Odd turns draw from every other line and even ones from the rest, so that this holds also where a call has lines
    that its neighbour hasn't, as long as those stand last. A single line is said each time.
    """
    ours = list(lines[turn % 2 :: 2]) or list(lines)
    first = turn // 2 * many
    return tuple(dict.fromkeys(ours[(first + step) % len(ours)] for step in range(many))) if ours else ()
