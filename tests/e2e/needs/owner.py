"""The owner at her command line: her calendar, her config, what she types at which moment, and the mail that went."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from calsync.cli.main import main
from tests.e2e.needs.people import Client
from tests.reconcile.conftest import Stage, event
from tests.sample import Ran

ISTANBUL = ZoneInfo("Europe/Istanbul")
HER = "contact@client.example"
CONFIG = """\
mode = "act"
state_dir = "state"

[owner]
name = "Deniz Kaya"
sign = "Deniz"
email = "deniz@kaya.example"
timezone = "Europe/Istanbul"
{owner}
[calendars.work]
type = "ics"
path = "work.ics"

[channels.mail]
type = "folder"
path = "outbox"

[defaults]
per_call = "45m"
{defaults}
[clients.client]
name = "The client's company"
language = "{client.language}"
tone = "{client.tone}"
salutation = "{client.salutation}"
timezone = "{client.zone}"
email = "contact@client.example"
{more}
"""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it reached somebody."""

    at: datetime
    to: str
    subject: str
    body: str


@dataclass(slots=True)
class Owner:
    """Deniz, in a folder of her own, with one client. Times are said as `2026-11-24 15:00` on her clocks."""

    folder: Path
    client: Client

    def config(self, *, owner: str = "", defaults: str = "", more: str = "", agenda: bool = True) -> None:
        """Write the config, with the client's usual agenda and these further lines."""
        items = ", ".join(f'"{item}"' for item in self.client.agenda)
        more = f"agenda = [{items}]\n{more}" if agenda else more
        text = CONFIG.format(client=self.client, owner=owner, defaults=defaults, more=more)
        (self.folder / "config.toml").write_text(text, encoding="utf-8")
        if not (self.folder / "work.ics").exists():
            self.calendar.put()

    def enters(self, uid: str, when: str, minutes: int, *lines: str, who: tuple[str, ...] = (HER,)) -> None:
        """Put an event into her calendar."""
        self.calendar.edit("END:VCALENDAR", event(uid, _stamp(when), minutes, *lines, who=who) + "END:VCALENDAR")

    def moves(self, old: str, new: str, minutes: int) -> None:
        """Give the event of that start another one, and its length."""
        end = f"{datetime.fromisoformat(new) + timedelta(minutes=minutes):%Y%m%dT%H%M%S}"
        until = f"{datetime.fromisoformat(old) + timedelta(minutes=minutes):%Y%m%dT%H%M%S}"
        self.calendar.edit(f"DTSTART;TZID=Europe/Istanbul:{_stamp(old)}", f"DTSTART;TZID=Europe/Istanbul:{_stamp(new)}")
        self.calendar.edit(f"DTEND;TZID=Europe/Istanbul:{until}", f"DTEND;TZID=Europe/Istanbul:{end}")

    @property
    def calendar(self) -> Stage:
        """Her calendar file, as her calendar program changes it: what calsync has put into it stays."""
        return Stage(self.folder)

    def calsync(self, *words: str, at: str) -> Ran:
        """Run a command at that moment; it may fail, but never break."""
        out, err = io.StringIO(), io.StringIO()
        now = datetime.fromisoformat(at).replace(tzinfo=ISTANBUL).isoformat()
        # A file that was just written is looked at twice, a moment apart; here nobody else writes.
        with mock.patch("calsync.calendars.file._SECOND_LOOK_S", 0.001), redirect_stdout(out), redirect_stderr(err):
            status = main(["--config", str(self.folder / "config.toml"), *words, "--now", now])
        assert "Traceback" not in err.getvalue()
        return Ran(status, out.getvalue(), err.getvalue())

    def does(self, *words: str, at: str) -> Ran:
        """Run a command that has to go well."""
        ran = self.calsync(*words, at=at)
        assert ran.status == 0, f"{words} at {at}: {ran.status}\n{ran.out}\n{ran.err}"
        return ran

    def sees(self, *words: str, at: str) -> Any:
        """Return what a command says in JSON."""
        return self.does(*words, "--json", at=at).json

    def note(self, uid: str) -> str:
        """Return the description of this event, as the client sees it."""
        (text,) = (one["DESCRIPTION"] for one in self._events() if one["UID"] == uid)
        return text

    def blocks(self, role: str) -> list[str]:
        """Return what the blocks `before` or `after` her calls carry, earliest first."""
        found = [one for one in self._events() if one["UID"].endswith(f"-{role}@block.calsync")]
        assert all(one["CLASS"] == "PRIVATE" and "ATTENDEE" not in one for one in found)
        return [one["DESCRIPTION"] for one in sorted(found, key=lambda one: one["DTSTART"])]

    def _events(self) -> list[dict[str, str]]:
        """Return the events of her calendar: each property's last value, without its parameters."""
        events = []
        for body in self.calendar.unfolded().split("BEGIN:VEVENT\r\n")[1:]:
            lines = body.partition("END:VEVENT")[0].splitlines()
            pairs = (line.partition(":") for line in lines)
            events.append({name.partition(";")[0]: _plain(value) for name, _, value in pairs})
        return events

    def mails(self, to: str = "") -> list[Mail]:
        """Return the mail that went to clients (to this address), earliest first."""
        found = []
        for path in sorted((self.folder / "outbox").glob("*.eml")):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            plain = mail.get_body(("plain",))
            assert plain is not None
            at = mail["Date"].datetime
            found.append(Mail(at, str(mail["To"]), str(mail["Subject"]), "\n".join(plain.get_content().splitlines())))
        return [one for one in found if to in one.to]


def _stamp(when: str) -> str:
    return f"{datetime.fromisoformat(when):%Y%m%dT%H%M%S}"


def _plain(value: str) -> str:
    return value.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";")
