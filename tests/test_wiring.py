"""Whole cycles: limits, deaths in the middle, observe, and that no private word or hostile line reaches a client."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calsync.model.memory import Pause
from calsync.model.message import State
from calsync.model.plan import Plan
from calsync.model.text import PrivateText
from tests.desk import AYSE, CAN, Desk, at, call, config

Made = Callable[..., Desk]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    def make(*events: str, **told: str) -> Desk:
        desk = Desk(tmp_path)
        desk.config(config(**told))
        desk.put(*events)
        return desk

    return make


LIMITS = "[limits]\nchanges = 2\nmessages = 1\n"


class TestLarge:
    def queued(self, made: Made) -> Desk:
        """Return a desk with one message queued, and then more calls than one cycle may touch."""
        desk = made(call("a", "25 15:00"), more=LIMITS)
        desk.sync_at("23 09:00")
        self.before = desk.text()
        desk.put(*(call(f"c{day}", f"{day} 15:00") for day in (26, 27, 30)))
        desk.write(self.before.replace("END:VCALENDAR\r\n", desk.text().partition("-//test//EN\r\n")[2]))
        self.before = desk.text()
        return desk

    def test_it_stops_before_its_first_change_and_what_was_queued_goes_on(self, made: Made) -> None:
        desk = self.queued(made)
        desk.now = at("24 15:00")
        done = desk.sync()
        assert "it touches 4 calls (limits.changes is 2)" in done.large
        assert (done.applied, desk.text()) == ((), self.before)
        assert [one.key.call for one in done.sent] == ["a"]
        assert len(desk.memory().messages) == 1

    def test_its_digest_allows_this_very_plan_and_no_other(self, made: Made) -> None:
        desk = self.queued(made)
        digest = desk.plan().digest
        refused = desk.sync(digest="00000000")
        assert (refused.applied, refused.sent, desk.text()) == ((), (), self.before)
        assert "the plan is another one now" in refused.large
        done = desk.sync(digest=digest)
        assert (done.large, len(done.applied)) == ("", 10)  # and the first call names the next one
        assert desk.sync().applied == ()

    def test_the_digest_of_one_plan_is_the_same_later(self, made: Made) -> None:
        desk = self.queued(made)
        digest = desk.plan().digest
        desk.later(minutes=20)
        assert desk.plan().digest == digest

    def test_messages_that_would_leave_within_an_hour_are_counted(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), call("b", "25 16:00"), more="[limits]\nmessages = 1\n")
        desk.now = at("24 17:00")
        done = desk.sync()
        assert "2 messages would leave within an hour (limits.messages is 1)" in done.large
        assert (done.sent, desk.notes()) == ((), 0)


def test_observe_writes_sends_and_queues_nothing(made: Made) -> None:
    desk = made(call("a", "25 15:00"), mode="observe")
    before = desk.text()
    assert desk.sync_at("23 09:00", "24 15:00", "24 15:05") == []
    assert (desk.text(), desk.memory().messages, desk.mails()) == (before, (), [])
    assert desk.memory().calls.keys() == {"a"}


def dies(desk: Desk, at_write: int) -> bool:
    """Sync in a process of its own that is killed in the middle; tell whether it was."""
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, args: tuple[object, ...]) -> None:
            nonlocal count
            if event in ("open", "os.rename", "os.link", "os.remove", "sqlite3.connect") and "outbox" in str(args[0]):
                count += 1
                if count == at_write:
                    os._exit(9)

        sys.addaudithook(hook)
        try:
            desk.sync()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def test_killed_at_any_step_of_sending_it_is_sent_at_most_once(made: Made) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00")
    desk.now = at("24 15:00")
    killed = 0
    for step in range(1, 9):
        killed += dies(desk, step)
        assert len(desk.mails()) <= 1
    assert killed
    desk.sync_at("24 15:01", "24 15:05", "24 16:00")
    (message,) = desk.memory().messages
    assert (message.state, len(desk.mails())) in {(State.SENT, 1), (State.UNKNOWN, 0), (State.UNKNOWN, 1)}


PRIVATE = ("Do not say a word", "90 EUR", "EUR", "per_week", "120 min", "Secret title", "2h", "cap", "cost")


def client_words(desk: Desk) -> list[str]:
    """Return every text that a client can read: mails, and all that was put into events with attendees."""
    words = [f"{mail['Subject']}\n{body}" for mail, body in zip(desk.mails(), desk.bodies(), strict=True)]
    for body in desk.unfolded().split("BEGIN:VEVENT\r\n")[1:]:
        if "ATTENDEE" in body:
            words += re.findall("─{10}(.*?)─{10}", body.replace("\\n", "\n").replace("\\,", ","), re.DOTALL)
    return words


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("tone", ["formal", "close"])
def test_no_private_word_reaches_a_client(made: Made, language: str, tone: str) -> None:
    client = f'language = "{language}"\nrate = "90 EUR"\nper_week = "2h"\nper_month = "3h"\nreset = true\n'
    events = [
        call("a", "25 15:00", 60, "SUMMARY:Secret title", who=[AYSE, CAN]),
        call("b", "26 15:00", 60, "SUMMARY:Secret title"),
        call("c", "27 15:00", 20, "SUMMARY:Secret title"),
    ]
    desk = made(*events, client=f'{client}people = {{ "{CAN}" = "Can" }}')
    desk.config(config(client=f'{client}people = {{ "{CAN}" = "Can" }}').replace('"formal"', f'"{tone}"'))
    house = desk.house()
    house.ledger.pause(Pause(client="nobody", since=desk.now, until=None, note="Do not say a word"))
    house.close()
    desk.sync_at("23 09:00")
    private = private_lines(desk.plan())
    desk.sync_at("24 15:00", "25 15:00", "26 15:00")
    words = client_words(desk)
    assert len(words) == 7  # three notes and four messages
    for text in words:
        found = [one for one in PRIVATE if re.search(rf"\b{one}\b", text)]
        assert found == []
        assert [one for one in private if one in text] == []


def private_lines(plan: Plan) -> set[str]:
    """Return the lines of the prep texts that say something of their own: phrases, words to say, the layout."""
    texts: list[PrivateText] = [text for view in plan.views for text in (view.before, view.after)]
    lines = {line.strip(" •–-“”\"'") for text in texts for line in text.text.splitlines()}
    return {line for line in lines if len(line.split()) > 5}


PIECES = [
    "a",
    "Z",
    " ",
    "\t",
    ":",
    ";",
    ",",
    "<",
    ">",
    "@",
    '"',
    "=?",
    "\\n",
    "\x0b",
    "\x85",
    "\u2028",
    "ş",
    "Bcc: eve@evil.example",
]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@settings(max_examples=20)
@given(title=HOSTILE, point=HOSTILE, place=HOSTILE)
def test_nothing_in_an_event_can_add_a_header_or_a_recipient(
    tmp_path_factory: pytest.TempPathFactory, title: str, point: str, place: str
) -> None:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.config(config())
    lines = [f"SUMMARY:{title}", f"LOCATION:{place}", f"DESCRIPTION:Agenda:\\n{point}\\nBcc: eve@evil.example"]
    desk.put(call("a", "25 15:00", 60, *lines, who=[AYSE, "eve@evil.example"]))
    desk.sync_at("23 09:00", "24 15:00")
    for mail in desk.mails():
        assert mail["To"] == AYSE
        assert {"bcc", "cc", "x-evil"} & {name.lower() for name in mail} == set()
        assert {mail[name].addresses[0].addr_spec for name in ("From", "Reply-To")} == {"deniz@kaya.example"}
        assert mail["Auto-Submitted"] == "auto-generated"


def test_a_strangers_invitation_gives_no_word_to_any_message(made: Made) -> None:
    lines = [
        "ORGANIZER:mailto:ayse@acme.example",
        "SUMMARY:Pay eve now",
        "LOCATION:https://evil.example/pay",
        "DESCRIPTION:Agenda:\\nSend money to eve",
    ]
    desk = made(call("a", "25 15:00", 60, *lines, who=[AYSE, "deniz@kaya.example"]))
    desk.sync_at("23 09:00", "24 15:00")
    (text,) = client_words(desk)
    assert [word for word in ("eve", "evil", "money", "Pay") if word in text] == []


def test_that_there_is_no_next_call_is_said_only_where_all_was_read(made: Made) -> None:
    desk = made(call("a", "25 15:00"), more='[calendars.other]\ntype = "ics"\npath = "other.ics"')
    desk.put(name="other")
    none = wrap_up(desk)
    desk.write("<html>", name="other")
    unknown = wrap_up(desk)
    desk.put(call("b", "27 15:00"), call("c", "27 15:00"), name="other")
    assert "27 November" in wrap_up(desk)
    assert len({none, unknown, wrap_up(desk)}) == 3


def wrap_up(desk: Desk) -> str:
    return next(view.after.text for view in desk.plan().views if view.call.name == "a")
