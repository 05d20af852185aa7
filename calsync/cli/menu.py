"""Every command: its group, its module and its line of help; no module is imported until its command is called."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """Where a command lives (module in `calsync.cli`, the object is named like the command) and what it is for."""

    group: str
    module: str
    line: str


EVERY_DAY, CLIENTS, CALENDARS, SETTING_UP = "Every day", "Clients", "Calendars and mail", "Setting up"
GROUPS = (EVERY_DAY, CLIENTS, CALENDARS, SETTING_UP)

MENU = {
    "plan": Entry(CALENDARS, "plan", "What the next cycle would do, and why; changes nothing."),
}

# Commands that are described but not built yet: refused by name, so that nobody takes them for a slip of the keyboard.
LATER = frozenset(("run", "now", "late", "done", "note", "init", "service", "auth", "web", "forget"))
