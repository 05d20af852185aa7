"""Carries what another program changed in a calendar file over into a newer one."""

from __future__ import annotations

from collections import Counter

from calsync.calendars.ical.scan import scan


def carried_over(base: bytes, edited: bytes, onto: bytes) -> bytes:
    """Return `onto` with the events added that `edited` has beyond `base`, and those taken out that it lacks.

    Events are compared by their bytes. One that `onto` has changed as well stays as it is there.

    Raises:
        CalendarUnreadable: one of the three is no whole calendar.
    """
    before = Counter(component.raw for component in scan(base, None).components)
    after = Counter(component.raw for component in scan(edited, None).components)
    target = scan(onto, None)
    gone = before - after
    added = after - before - Counter(component.raw for component in target.components)
    pieces: list[bytes] = []
    at = 0
    for component in target.components:
        if gone[component.raw] > 0:
            gone[component.raw] -= 1
            pieces.append(onto[at : component.start])
            at = component.end
    close = target.parts[-1].close
    return b"".join((*pieces, onto[at:close], *added.elements(), onto[close:]))
