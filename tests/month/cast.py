"""Who is in a simulated month: the owner, her clients, and the config that says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

ISTANBUL, BERLIN = ZoneInfo("Europe/Istanbul"), ZoneInfo("Europe/Berlin")
NEW_YORK, TOKYO = ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")
OWNER = "deniz@kaya.example"
# A word in everything that is the owner's own: no client may ever read it.
SECRET = "SECRET"
HORIZON = timedelta(days=7)
POLL = timedelta(minutes=5)
WORK_HOURS = (8 * 60, 20 * 60)
LONGEST = timedelta(hours=4)


@dataclass(slots=True)
class Client:
    """One client as the config has them; durations in minutes. polite: from and to, minutes of the day; weekdays."""

    key: str
    name: str
    zone: ZoneInfo
    language: str
    tone: str
    contact: str = ""
    people: tuple[str, ...] = ()
    domain: str = ""
    title: str = ""
    per_call: int | None = None
    leads: tuple[int, ...] = (1440,)
    send: str = "auto"
    before: int = 5
    after: int = 10
    notice: int = 30
    polite: tuple[int, int] = (8 * 60 + 30, 19 * 60)
    days: frozenset[int] = frozenset(range(5))
    more: str = ""

    def level(self, address: str) -> int:
        """Return how `address` belongs to this client: 2 by itself, 1 by its domain, 0 not at all."""
        if address and address in (self.contact, *self.people):
            return 2
        return int(bool(self.domain) and address.endswith("@" + self.domain))

    def toml(self) -> str:
        """Return the client's table."""
        leads = ", ".join(f'"{lead}m"' for lead in self.leads)
        said = [
            f"[clients.{self.key}]",
            f'name = "{self.name}"',
            f'language = "{self.language}"',
            f'tone = "{self.tone}"',
            f'timezone = "{self.zone.key}"',
            f'send = "{self.send}"',
            f'buffer_before = "{self.before}m"',
            f'buffer_after = "{self.after}m"',
            f'least_notice = "{self.notice}m"',
            f"message_before = [{leads}]",
            f'polite_hours = "{_clock(self.polite[0])}-{_clock(self.polite[1])}"',
        ]
        if self.contact:
            said += [f'email = "{self.contact}"', f'salutation = "{_called(self.contact)}"']
        if self.people:
            said.append("people = { " + ", ".join(f'"{one}" = "{_called(one)}"' for one in self.people) + " }")
        if self.domain:
            said.append(f'match.domains = ["{self.domain}"]')
        if self.title:
            said.append(f'match.titles = ["*{self.title}*"]')
        if self.per_call is not None:
            said.append(f'per_call = "{self.per_call}m"')
        return "\n".join([*said, self.more, ""])


def _called(address: str) -> str:
    return address.partition("@")[0].title()


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def clients() -> dict[str, Client]:
    """Return the clients that every month begins with."""
    found = [
        Client(
            "acme", "Acme", BERLIN, "en", "formal", "ayse@acme.example", ("can@acme.example",), "acme.example", "acme",
            per_call=45, leads=(1440, 60),
            more='agenda = ["Status 10m", "Decisions"]\nper_week = "2h"\nrate = "90 EUR"',
        ),
        Client(
            "mavi", "Mavi Yapı", ISTANBUL, "tr", "formal", "mehmet@mavi.example", (), "mavi.example",
            per_call=20, send="ask", more='reset = true\nreset_because = "Günlerim kısaldı."',
        ),
        Client(
            "hudson", "Hudson", NEW_YORK, "en-US", "close", "joe@hudson.example", (), "", "hudson", before=10, after=15
        ),
        Client(
            "sakura", "Sakura", TOKYO, "en", "formal", "yuki@sakura.example", ("ren@sakura.example",), "sakura.example",
            per_call=30, leads=(2880, 180),
        ),
        Client("nord", "Nord", BERLIN, "tr", "close", "", (), "nord.example", before=0, after=10, leads=(720,)),
    ]  # fmt: skip
    return {one.key: one for one in found}


@dataclass(slots=True)
class Config:
    """What the config file says."""

    clients: dict[str, Client] = field(default_factory=clients)
    mode: str = "act"
    changes: int = 40
    messages: int = 20

    def toml(self) -> str:
        """Return the file's content."""
        head = f"""\
mode = "{self.mode}"
state_dir = "state"
horizon = "{HORIZON.days}d"
poll = "{POLL.seconds // 60}m"
[limits]
changes = {self.changes}
messages = {self.messages}
[owner]
name = "Deniz Kaya"
sign = "Deniz"
email = "{OWNER}"
timezone = "{ISTANBUL.key}"
[calendars.work]
type = "ics"
path = "work.ics"
[channels.mail]
type = "folder"
path = "outbox"
"""
        return head + "".join(one.toml() for one in self.clients.values())
