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
    "status": Entry(EVERY_DAY, "status", "What was read, what goes out next, what is held, what needs you."),
    "now": Entry(EVERY_DAY, "now", "The running call, counting down, with the words at hand."),
    "preview": Entry(EVERY_DAY, "preview", "Note, blocks and messages of one call, exactly as they will be."),
    "agenda": Entry(EVERY_DAY, "agenda", "What stands on a call's agenda, laid out in minutes."),
    "flex": Entry(EVERY_DAY, "flex", "Another hard stop for one call, with a reason."),
    "late": Entry(EVERY_DAY, "late", "Tell the client that you will be late for one call."),
    "done": Entry(EVERY_DAY, "done", "How a call went: its minutes, what is open, a close-out."),
    "phrases": Entry(EVERY_DAY, "phrases", "The words at hand for one client."),
    "clients": Entry(CLIENTS, "clients", "Your clients, with their caps and what is used of them."),
    "announce": Entry(CLIENTS, "announce", "The one-time announcement that calls are kept to time."),
    "note": Entry(CLIENTS, "note", "A private word about a client for the prep text, until its day."),
    "pause": Entry(CLIENTS, "pause", "Stop sending, to one client or to all."),
    "resume": Entry(CLIENTS, "pause", "Send again after a pause."),
    "report": Entry(CLIENTS, "report", "Time booked, capped and taken for each client, and what it cost."),
    "sent": Entry(CLIENTS, "sent", "Everything that was ever sent to a client."),
    "forget": Entry(CLIENTS, "forget", "Delete what is stored about one client."),
    "plan": Entry(CALENDARS, "plan", "What the next cycle would do, and why; changes nothing."),
    "act": Entry(CALENDARS, "act", "Leave observe: show the plan, ask, and from then on act."),
    "sync": Entry(CALENDARS, "sync", "One whole cycle: read, plan, apply, send what is due."),
    "events": Entry(CALENDARS, "events", "Every occurrence of an event in a window of time."),
    "explain": Entry(CALENDARS, "explain", "Why an event is a call or not, whose, and by which rules."),
    "skip": Entry(CALENDARS, "decide", "Leave a call, or a whole series, alone."),
    "keep": Entry(CALENDARS, "decide", "Treat an event as a call although something speaks against it."),
    "outbox": Entry(CALENDARS, "outbox", "Every message to a client, with its state."),
    "clean": Entry(CALENDARS, "clean", "Take back every note and block that calsync wrote."),
    "demo": Entry(SETTING_UP, "demo", "The whole job on a sample calendar: no account, no network."),
    "init": Entry(SETTING_UP, "init", "A config from a few questions, and what it would do."),
    "run": Entry(SETTING_UP, "run", "The daemon: does all of it, until it is stopped."),
    "check": Entry(SETTING_UP, "check", "Whether config, calendars, channels, clock and unit are in order."),
    "service": Entry(SETTING_UP, "service", "Put the systemd unit in place, or take it away."),
}

# Commands that are described but not built yet: refused by name, so that nobody takes them for a slip of the keyboard.
LATER = frozenset(("auth", "web"))
