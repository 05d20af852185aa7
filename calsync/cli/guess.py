"""What this machine tells of whoever sits at it: time zone, language, name, and files that may be calendars."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

from calsync.settings.kinds import ZONE
from calsync.settings.problems import Problems

_MOST_FILES = 9
# Where calendar programs keep a calendar as one file, and where people put one; below the home folder.
_PLACES = (
    "*.ics",
    "Calendars/*.ics",
    "calendars/*.ics",
    ".calendars/*.ics",
    "Documents/*.ics",
    ".local/share/evolution/calendar/*/calendar.ics",
    ".local/share/korganizer/*.ics",
    ".local/share/apps/korganizer/*.ics",
)


def zone(environ: Mapping[str, str], etc: Path = Path("/etc")) -> str:
    """Return the IANA name of the machine's zone, or an empty string: $TZ, /etc/timezone, else where localtime is."""
    named = environ.get("TZ", "").removeprefix(":").partition("zoneinfo/")
    tried = [named[2] or named[0]]
    with suppress(OSError, UnicodeDecodeError):
        tried.append((etc / "timezone").read_text().strip())
    with suppress(OSError):
        tried.append(os.readlink(etc / "localtime").partition("zoneinfo/")[2])
    return next((name for name in tried if name and _is_zone(name)), "")


def _is_zone(name: str) -> bool:
    problems = Problems()
    ZONE.read(name, (), problems)
    return not problems.found


def language(environ: Mapping[str, str]) -> str:
    """Return the language of the locale, of those that the config takes; en where it is another."""
    said = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    word = said.partition(".")[0].replace("_", "-")
    return "en-US" if word == "en-US" else next((one for one in ("tr", "de") if word.split("-")[0] == one), "en")


def full_name() -> str:
    """Return the name that the machine's user list has for whoever runs this, where it looks like a whole one."""
    import pwd

    with suppress(KeyError):
        said = pwd.getpwuid(os.getuid()).pw_gecos.partition(",")[0].strip()
        return said if " " in said and said.isprintable() else ""
    return ""


def calendars(home: Path, here: Path) -> tuple[Path, ...]:
    """Return files that may be the owner's calendar, those in the current folder first; nine at most."""
    found = dict.fromkeys(path.absolute() for path in (*_matching(here, "*.ics"), *_everywhere(home)))
    return tuple(islice(found, _MOST_FILES))


def _everywhere(home: Path) -> Iterator[Path]:
    for pattern in _PLACES:
        yield from _matching(home, pattern)


def _matching(folder: Path, pattern: str) -> list[Path]:
    with suppress(OSError):
        return sorted(path for path in folder.glob(pattern) if path.is_file())
    return []
