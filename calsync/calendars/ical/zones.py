"""Which time zone a TZID means: IANA names, Windows names, and the file's own definitions for the rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from calsync.calendars.ical import lines

_TIMEZONE = re.compile(rb"(?:\A|(?<=\n))BEGIN:VTIMEZONE[ \t]*\r?\n.*?\nEND:VTIMEZONE[ \t]*(?:\r?\n|\Z)", re.S | re.I)
_CALENDAR_ZONE = re.compile(rb"\nX-WR-TIMEZONE(?:;[^:\r\n]*)?:([^\r\n]*)", re.IGNORECASE)
_RULE_FREQUENCY = re.compile(r"FREQ=([A-Z]+)", re.IGNORECASE)
# These name no place but this machine, or nothing: never fall back to local time.
_NO_PLACE = frozenset({"localtime", "posixrules", "factory"})
_UTC_NAMES = frozenset({"utc", "etc/utc", "gmt", "etc/gmt", "z", "zulu", "etc/zulu", "uct", "etc/uct"})
_LARGEST_DEFINITION = 64 * 1024

Resolve = Callable[[str], tzinfo | None]


@cache
def known_zone(name: str) -> tzinfo | None:
    """Return the zone that `name` names to everybody, or None.

    IANA names in any case, with blanks around them or a globally unique prefix
    (`/mozilla.org/20070129_1/Europe/Berlin`), and the Windows names of CLDR.
    """
    name = name.strip().strip('"').strip()
    folded = name.casefold()
    if folded in _UTC_NAMES:
        return UTC
    if name.startswith("/"):
        pieces = name.strip("/").split("/")
        for length in (3, 2, 1):
            if len(pieces) > length and (zone := known_zone("/".join(pieces[-length:]))):
                return zone
        return None
    if not name or folded in _NO_PLACE:
        return None
    if zone := _iana(name):
        return zone
    if spelled := _spellings().get(folded):
        return _iana(spelled)
    windows = _windows_names().get(folded)
    return _iana(windows) if windows else None


def _iana(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # a folder, a path that leaves it, or no such zone
        return None


@cache
def _spellings() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


@cache
def _windows_names() -> dict[str, str]:
    # Imported here: it takes ten times as long as reading a small calendar, and most need no such name.
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    return {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}


class Zones:
    """The zones of one VCALENDAR.

    head: its bytes without its events. default: the zone whose midnights bound an all-day event, and that of
    local times without a zone unless the calendar names its own (X-WR-TIMEZONE).
    """

    def __init__(self, head: bytes, default: tzinfo) -> None:
        self._head = head
        self._own: dict[str, tzinfo | None] = {}
        named = _CALENDAR_ZONE.search(head)
        zone = known_zone(lines.unescape(named[1].decode("utf-8", "replace"))) if named else None
        self.days: tzinfo = default
        self.floating: tzinfo = zone or default

    def resolve(self, tzid: str) -> tzinfo | None:
        """Return the zone of a TZID, or None where nobody knows it.

        A known name means that zone even where the file defines it otherwise.
        """
        zone = known_zone(tzid)
        if zone is not None:
            return zone
        if tzid not in self._own:
            self._own[tzid] = self._defined(tzid.strip())
        return self._own[tzid]

    def _defined(self, tzid: str) -> tzinfo | None:
        for match in _TIMEZONE.finditer(self._head):
            definition = lines.content_lines(match[0])
            names = lines.properties(definition[1:]).get("TZID", [])
            if names and lines.unescape(names[0][1]).strip() == tzid:
                return _from_definition(match[0], definition)
        return None


def _from_definition(raw: bytes, definition: list[str]) -> tzinfo | None:
    """Return the zone that a VTIMEZONE defines (RFC 5545 §3.6.5), or None if it defines none."""
    frequencies = [_RULE_FREQUENCY.search(line) for line in definition if line.upper().startswith("RRULE")]
    if len(raw) > _LARGEST_DEFINITION or any(found is None or found[1].upper() != "YEARLY" for found in frequencies):
        return None  # clocks that change more than a few times a year are no zone, and would take hours
    from icalendar import Timezone

    try:
        definition_of: Any = Timezone.from_ical(raw)
        zone = definition_of.to_tz(lookup_tzid=False)
    except Exception:  # noqa: BLE001 - whatever a broken definition makes the library raise, it defines no zone
        return None
    return zone if isinstance(zone, tzinfo) else None
