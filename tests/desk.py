"""A desk for messages: a stage whose mail can be read, with clients, events and times said in few words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from calsync.deliver import outbox
from calsync.model.memory import Memory
from calsync.model.message import Message
from tests.reconcile.conftest import ACME, ISTANBUL, TOP, WORK, Stage, event

AYSE, CAN = "ayse@acme.example", "can@acme.example"


def config(*, defaults: str = "", client: str = "", mode: str = "act", more: str = "") -> str:
    """Return a config with Acme as client; lines for [defaults], for [clients.acme], and further tables."""
    top = TOP.replace('mode = "act"', f'mode = "{mode}"')
    return f"{top}{defaults}\n{WORK}{ACME}salutation = 'Ayşe'\n{client}\n{more}"


def at(text: str) -> datetime:
    """Return `25 10:00` of November 2026, or `12-01 10:00`, on the clocks of Istanbul."""
    day, clock = text.split()
    month, _, number = day.rpartition("-")
    return datetime.fromisoformat(f"2026-{month or '11'}-{int(number):02}T{clock}:00").replace(tzinfo=ISTANBUL)


def call(uid: str, when: str, minutes: int = 60, *lines: str, who: Iterable[str] = (AYSE,)) -> str:
    """Return an event of `25 10:00` (see `at`)."""
    return event(uid, f"{at(when):%Y%m%dT%H%M%S}", minutes, *lines, who=who)


@dataclass(slots=True)
class Desk(Stage):
    """A stage on which time is said as `25 10:00`."""

    def sync_at(self, *times: str) -> list[str]:
        """Sync at these times and return what was sent: `25 10:00 kind to`; after each, nothing is left to do."""
        sent = []
        for time in times:
            self.now = at(time)
            done = self.sync()
            sent += [f"{time} {one.key.kind} {one.key.to.partition('@')[0]}" for one in done.sent]
            if done.plan.mode == "act" and not done.large:
                left = self.plan()
                assert [
                    f"{one.move} {line(one.message)} {one.why} {one.message.subject}" for one in left.queue
                ] == [], time
                assert [(one.action, one.why) for one in left.changes] == []
        return sent

    def planned(self) -> list[str]:
        """Return what the next cycle would leave in the outbox and is not settled: `state kind to 25 10:00 form`."""
        return [line(one) for one in self.plan().messages if one.state in ("planned", "asks", "held", "unknown")]

    def memory(self) -> Memory:
        house = self.house()
        try:
            return house.ledger.memory()
        finally:
            house.close()

    def row(self, state: str) -> Message:
        """Return the one message in the outbox that is in this state."""
        (found,) = [one for one in self.memory().messages if one.state == state]
        return found

    def say(self, word: str, state: str) -> None:
        """Approve, skip or resend the one message that is in this state."""
        message = self.row(state)
        house = self.house()
        try:
            if word == "resend":
                number = outbox.next_revision(message.key, house.ledger.memory().messages)
                house.ledger.queue([outbox.resend(message, self.now, number)])
            else:
                house.ledger.set_state(getattr(outbox, word)(message, self.now))
        finally:
            house.close()

    def mails(self) -> list[EmailMessage]:
        """Return the mail in the folder, as it was sent, earliest first."""
        found = [
            message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in (self.folder / "outbox").glob("*.eml")
        ]
        return sorted(found, key=lambda mail: (mail["Date"].datetime, str(mail["Message-ID"])))

    def owners(self) -> list[str]:
        """Return the plain text of each mail to the owner herself, earliest first."""
        paths = (self.folder / "outbox" / "owner").glob("*.eml")
        found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
        parts = [mail.get_body(("plain",)) for mail in sorted(found, key=lambda mail: mail["Date"].datetime)]
        return [part.get_content() for part in parts if part is not None]

    def bodies(self) -> list[str]:
        """Return the plain text of each mail."""
        parts = (mail.get_body(("plain",)) for mail in self.mails())
        return [part.get_content() for part in parts if part is not None]


def line(one: Message) -> str:
    """Return `state kind to 25 10:00`, the moment on the clocks of Istanbul."""
    moment = f"{one.send_at.astimezone(ISTANBUL):%d %H:%M}"
    return f"{one.state} {one.key.kind} {one.key.to.partition('@')[0]} {moment}"
