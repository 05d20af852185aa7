"""What goes wrong in a month: the machine, the calendar, the mail, other programs; and the owner's changes of mind."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from calsync.ports import Mail
from tests.month.accidents import at_deed, dies
from tests.month.cast import Client
from tests.month.post import Fault

if TYPE_CHECKING:
    from tests.month.month import Month

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(slots=True)
class Wishes:
    """What the owner has told calsync, and only its ledger knows."""

    decisions: list[tuple[datetime, str, str]] = field(default_factory=list)
    flexes: dict[str, int] = field(default_factory=dict)
    pauses: dict[str, datetime | None] = field(default_factory=dict)
    announced: set[str] = field(default_factory=set)


class Trouble:
    """Accidents, drawn by the month's own dice. fault: of all mail for a while; once: of the next mail."""

    def __init__(self, month: Month) -> None:
        self.month, self.dice = month, month.choice
        self.fault, self.once = Fault.NONE, Fault.NONE
        self.refused = ""
        self.raced = False
        self._next: Callable[[], AbstractContextManager[None]] = nullcontext
        self._copied: Wishes | None = None
        self._gone: dict[str, Client] = {}
        self.acts: list[tuple[int, Callable[[], None]]] = [
            (2, self.the_machine_sleeps),
            (1, self.calsync_is_restarted),
            (3, self.the_calendar_is_away),
            (2, self.mail_is_away),
            (1, self.an_address_is_refused),
            (3, self.a_mail_goes_astray),
            (4, self.calsync_dies),
            (3, self.another_program_writes_meanwhile),
            (2, self.the_config_changes),
            (1, self.a_client_comes_or_goes),
            (1, self.she_only_watches),
            *(((2, self.the_ledger_is_copied), (1, self.the_ledger_is_lost)) if self.dice.random() < 0.3 else ()),
        ]

    @property
    def works(self) -> bool:
        """Whether mail goes out."""
        return self.fault is Fault.NONE and self.once is Fault.NONE and not self.refused

    def of(self, mail: Mail) -> Fault:
        """Return what becomes of this mail."""
        if self.fault is not Fault.NONE:
            return self.fault
        if mail.private:
            return Fault.NONE
        if self.refused == mail.to:
            return Fault.REFUSES
        found, self.once = self.once, Fault.NONE
        return found

    def around(self) -> AbstractContextManager[None]:
        """Return what the next pass runs in."""
        found, self._next = self._next(), nullcontext
        return found

    def is_over(self) -> None:
        """End whatever is out of order."""
        self.fault = self.once = Fault.NONE
        self.refused, self._next = "", nullcontext
        if not self.month.readable:
            self._the_calendar_is_back()
        if self.month.config.mode != "act":
            self._she_lets_it_act()

    # --- the machine ---

    def the_machine_sleeps(self) -> None:
        """It is suspended, for hours or days."""
        until = self.month.now + self.dice.choice((3, 9, 20, 50, 75)) * HOUR
        self.month.note(f"the machine sleeps until {until}")
        self.month.sleep(until)

    def calsync_is_restarted(self) -> None:
        """As after an update."""
        self.month.note("calsync is restarted")
        self.month.restart()
        self.month.cycle()

    def calsync_dies(self) -> None:
        """At some deed of the next pass."""
        number = self.dice.choice((1, 2, 3, 5, 8, 13, 21, 34, 55))
        self._next = lambda: at_deed(number, dies)
        self.month.note(f"calsync is to die at deed {number}")
        self.month.soon()

    def the_ledger_is_copied(self) -> None:
        """As a backup of the machine does, while calsync is down."""
        month = self.month
        month.close()
        if not month.state.exists():  # it was lost, and no pass has begun another one yet
            return
        shutil.rmtree(month.copy, ignore_errors=True)
        shutil.copytree(month.state, month.copy)
        self._copied = month.wishes()
        month.note("the state folder is copied")

    def the_ledger_is_lost(self) -> None:
        """All of it, or what has happened since the last copy; what she had wished is lost with it."""
        month = self.month
        month.close()
        if not month.state.exists():  # lost twice is lost once
            return
        how = self.dice.choice(("lost", "ledger put back", "folder put back")) if self._copied else "lost"
        match how:
            case "ledger put back":
                shutil.copy(month.copy / "ledger.sqlite3", month.state / "ledger.sqlite3")
            case _:
                shutil.rmtree(month.state)
        if how == "folder put back":
            shutil.copytree(month.copy, month.state)
        month.recall(self._copied if how != "lost" and self._copied else Wishes())
        month.judge.ledger_was_lost()
        month.counts["ledgers lost or put back"] += 1
        month.note(f"the ledger is {how}")
        month.restart()
        month.soon()

    # --- the calendar ---

    def the_calendar_is_away(self) -> None:
        """Its file is missing, half written, none at all, or empty for a moment."""
        month = self.month
        if not month.readable:
            return
        how = self.dice.choice(("missing", "half", "garbage", "empty"))
        month.place.breaks(how)
        month.readable = False
        month.counts["outages of the calendar"] += 1
        month.note(f"the calendar is {how}")
        month.at(month.now + MINUTE, "", month.cycle)
        long = 3 * MINUTE if how == "empty" else self.dice.choice((1, 4, 15, 30)) * HOUR
        month.at(month.now + long, "", self._the_calendar_is_back)

    def _the_calendar_is_back(self) -> None:
        if not self.month.readable:
            self.month.place.is_whole_again()
            self.month.readable = True
            self.month.note("the calendar is back")
            self.month.soon()

    def another_program_writes_meanwhile(self) -> None:
        """While the next pass is at work, in the middle of its deeds."""
        month, number = self.month, self.dice.choice((1, 2, 3, 4, 6, 9, 14, 20))
        act = self.dice.choice((month.life.is_busy_elsewhere, month.life.writes_above))

        def writes() -> None:
            month.note("… while calsync is at work")
            self.raced = True
            act()

        self._next = lambda: at_deed(number, writes)
        month.soon()

    # --- mail ---

    def mail_is_away(self) -> None:
        """The server does not answer, or refuses for now."""
        month = self.month
        self.fault = self.dice.choice((Fault.AWAY, Fault.BUSY))
        month.counts["outages of mail"] += 1
        month.note(f"mail: {self.fault.name}")

        def back() -> None:
            self.fault = Fault.NONE
            month.note("mail works again")

        month.at(month.now + self.dice.choice((0.1, 1, 5, 20, 40)) * HOUR, "", back)

    def an_address_is_refused(self) -> None:
        """For good, as far as calsync can tell."""
        month = self.month
        self.refused = self.dice.choice([client.contact for client in month.config.clients.values()] or [""])
        month.note(f"mail: {self.refused} is refused")

        def back() -> None:
            self.refused = ""

        month.at(month.now + 20 * HOUR, "", back)

    def a_mail_goes_astray(self) -> None:
        """Its answer is lost, or calsync dies beside it."""
        self.once = self.dice.choice((Fault.LOST_ANSWER, Fault.LOST_MAIL, Fault.DIES_BEFORE, Fault.DIES_AFTER))
        self.month.note(f"mail: {self.once.name} is next")

    # --- the config ---

    def the_config_changes(self) -> None:
        """Another value for one client."""
        month = self.month
        if not month.config.clients:
            return
        client = self.dice.choice(list(month.config.clients.values()))
        match self.dice.choice(("per_call", "before", "after", "send", "leads", "polite")):
            case "per_call":
                client.per_call = self.dice.choice((20, 30, 45, 60, None))
            case "before":
                client.before = self.dice.choice((0, 5, 10, 15))
            case "after":
                client.after = self.dice.choice((0, 5, 10, 20))
            case "send":
                client.send = self.dice.choice(("auto", "auto", "ask", "off"))
            case "leads":
                client.leads = self.dice.choice(((1440,), (1440, 60), (2880, 120), (720,)))
            case _:
                client.polite = self.dice.choice(((510, 1140), (540, 1020), (600, 1200)))
        month.note(f"the config changes: {client}")
        month.configure()
        month.soon()

    def a_client_comes_or_goes(self) -> None:
        """A client is taken out of the config, and comes back later."""
        month, clients = self.month, self.month.config.clients
        if self._gone:
            key, client = self._gone.popitem()
            clients[key] = client
        elif len(clients) > 2:
            key = self.dice.choice(list(clients))
            self._gone[key] = clients.pop(key)
        month.note(f"clients: {', '.join(clients)}")
        month.configure()
        month.soon()

    def she_only_watches(self) -> None:
        """A while in observe."""
        month = self.month
        if month.config.mode == "act":
            month.config.mode = "observe"
            month.note("mode: observe")
            month.configure()
            month.at(month.now + self.dice.choice((5, 30)) * HOUR, "", self._she_lets_it_act)

    def _she_lets_it_act(self) -> None:
        if self.month.config.mode != "act":
            self.month.config.mode = "act"
            self.month.note("mode: act")
            self.month.configure()
            self.month.cycle(any_size=True)
