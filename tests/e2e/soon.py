"""An owner's folder whose calls come soon by the machine's clock, each with a message that is due now."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from calsync.ledger.sqlite import FILE, SqliteLedger, open_ledger
from calsync.ledger.stamp import read_stamp, write_stamp
from calsync.model.message import Message
from tests.e2e.running import ROOT, Running
from tests.sample import Ran

OWNER = "deniz@kaya.example"
WATCHDOG_S = 0.3  # for `goes_on`
PASSWORD = "gizli söz"
FOLDER = """\
[channels.mail]
type = "folder"
path = "outbox"
"""

_CONFIG = """\
mode = "act"
state_dir = "state"
{top}
[owner]
name = "Deniz Kaya"
sign = "Deniz"
email = "{owner}"
timezone = "{zone}"
work_hours = "00:00-24:00"
work_days = "mon-sun"

[calendars.work]
type = "ics"
path = "work.ics"

{channel}
[defaults]
polite_hours = "00:00-24:00"
polite_days = "mon-sun"
least_notice = "5m"
"""
_CLIENT = """
[clients.{name}]
name = "{name}"
tone = "formal"
salutation = "{name}"
email = "{to}"
per_call = "30m"
timezone = "Europe/Berlin"
"""
_EVENT = """\
BEGIN:VEVENT
UID:{name}@kaya.example
DTSTAMP:20260101T080000Z
LAST-MODIFIED:20260101T080000Z
DTSTART:{start:%Y%m%dT%H%M%SZ}
DTEND:{end:%Y%m%dT%H%M%SZ}
SUMMARY:Call with {name}
DESCRIPTION:Numbers are in the shared folder\\, sheet “November”.
ORGANIZER;CN=Deniz Kaya:mailto:deniz@kaya.example
ATTENDEE;CN={name};PARTSTAT=ACCEPTED:mailto:{to}
END:VEVENT
"""


def now() -> datetime:
    """Return what the machine's clock shows."""
    return datetime.now(UTC)  # noqa: TID251 (the real command goes by the real clock)


def address(name: str) -> str:
    """Return the address of a client."""
    return f"{name}@{name}.example"


@dataclass(frozen=True, slots=True)
class Soon:
    """A folder with config.toml, work.ics and, once used, state."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def file(self) -> Path:
        return self.folder / "work.ics"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def environ(self) -> dict[str, str]:
        """Variables for every command over this folder."""
        return {"HOME": str(self.folder), "PYTHONPATH": str(ROOT), "SMTP_PASSWORD": PASSWORD}

    def start(self, *words: str, before: Sequence[str] = (), **environ: str) -> subprocess.Popen[str]:
        """Start the real command over this folder, and don't wait for it. before: words of what starts it."""
        return subprocess.Popen(
            [*before, sys.executable, "-m", "calsync", "--config", str(self.config), *words],
            env={**os.environ, **self.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, before: Sequence[str] = (), **environ: str) -> Ran:
        """Run the real command over this folder; it never ends with a traceback."""
        process = self.start(*words, before=before, **environ)
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in err
        return Ran(process.returncode, out, err)

    def moved(self, folder: Path, channel: str, other: str) -> Soon:
        """Return a copy of this folder, with another channel in its config, that takes itself for the first one."""
        copy = Soon(shutil.copytree(self.folder, folder))
        stamp = read_stamp(copy.state)
        assert stamp is not None
        write_stamp(copy.state, stamp)
        copy.config.write_text(self.config.read_text(encoding="utf-8").replace(channel, other), encoding="utf-8")
        return copy

    @contextmanager
    def ledger(self) -> Iterator[SqliteLedger]:
        """Open the ledger as it stands."""
        ledger = open_ledger(self.state)
        try:
            yield ledger
        finally:
            ledger.close()

    def messages(self) -> dict[str, Message]:
        """Return what the ledger has of messages, by the client's name."""
        with self.ledger() as ledger:
            return {one.client: one for one in ledger.memory().messages}

    def states(self) -> dict[str, str]:
        """Return the state of each message, by the client's name."""
        return {name: str(one.state) for name, one in self.messages().items()}

    def alerts(self) -> dict[str, str]:
        """Return the alerts that stand, by key."""
        with self.ledger() as ledger:
            return {key: what for key, _, what in ledger.alerts()}

    def written(self) -> tuple[int, int]:
        """Return how many notes and blocks stand in the calendar file."""
        text = self.file.read_bytes().replace(b"\r\n ", b"").decode()
        return text.count("─" * 10) // 2, len(re.findall("^UID:(?!.*@kaya)", text, re.MULTILINE))

    def pauses_are_over(self) -> None:
        """Let the ledger forget until when what was put off waits."""
        with closing(sqlite3.connect(self.state / FILE)) as ledger, ledger:
            ledger.execute("UPDATE messages SET retry_at = NULL")


def put_soon(
    folder: Path,
    channel: str,
    *,
    names: Sequence[str] = ("acme",),
    starts: Sequence[datetime] = (),
    top: str = "",
    defaults: str = "",
    zone: str = "Europe/Istanbul",
) -> Soon:
    """Put a calendar with one call for each client of `names` into `folder`.

    channel: the table of the one that carries the mail. starts: of each call; left out, in three hours and an hour
    apart. top: further keys at the top of the config; defaults: under `[defaults]`.
    zone: the owner's.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clients = "".join(_CLIENT.format(name=name, to=address(name)) for name in names)
    config = _CONFIG.format(owner=OWNER, channel=channel, top=top, zone=zone) + defaults + clients
    (folder / "config.toml").write_text(config, encoding="utf-8")
    first = now().replace(second=0, microsecond=0) + timedelta(hours=3)
    starts = starts or [first + number * timedelta(hours=1) for number in range(len(names))]
    write_calendar(folder / "work.ics", "".join(map(event, names, starts)))
    return Soon(folder)


def event(name: str, start: datetime) -> str:
    """Return a call with a client, of 40 minutes."""
    start = start.astimezone(UTC)
    return _EVENT.format(name=name, to=address(name), start=start, end=start + timedelta(minutes=40))


def write_calendar(path: Path, events: str) -> None:
    """Write a calendar of these components."""
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//kaya.example//work//EN\n{events}END:VCALENDAR\n"
    path.write_bytes(text.replace("\r\n", "\n").replace("\n", "\r\n").encode())


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail as its recipient gets it. at: what it says of when it was sent."""

    to: str
    message_id: str
    at: datetime
    subject: str
    body: str

    @property
    def name(self) -> str:
        """The client whom it is for."""
        return self.to.partition("@")[0]


def taken(data: bytes, to: str = "") -> Taken:
    """Return what matters of a mail's bytes. to: the recipient in its envelope; left out, the one that it names."""
    mail = message_from_bytes(data, policy=policy.default)
    body = mail.get_body(("plain",))
    assert body is not None
    at = parsedate_to_datetime(str(mail["Date"])).astimezone(UTC)
    return Taken(to or str(mail["To"]), str(mail["Message-ID"]), at, str(mail["Subject"]), str(body.get_content()))


def in_folder(soon: Soon) -> list[Taken]:
    """Return the mails to clients in the folder that is the channel, earliest first."""
    found = [taken(path.read_bytes()) for path in (soon.folder / "outbox").glob("*.eml")]
    return sorted(found, key=lambda one: one.at)


def goes_on(daemon: Running) -> None:
    """Wait until both passes of a daemon that was started with WATCHDOG_S have looked around once more."""
    before = daemon.told.count("WATCHDOG=1")
    daemon.wait_for(lambda: daemon.told.count("WATCHDOG=1") >= before + 3, "three signs of life")


def together(test: Callable[..., object], cases: Mapping[str, Sequence[Any]], *, most: int = 4) -> None:
    """Run a test over its cases in threads, so many at a time; one that fails is named."""
    with ThreadPoolExecutor(most) as pool:
        for name, done in {name: pool.submit(test, *case) for name, case in cases.items()}.items():
            if (error := done.exception()) is not None:
                pool.shutdown(wait=False, cancel_futures=True)
                error.add_note(f"the case: {name}")
                raise error
