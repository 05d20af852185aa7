"""When a message counts as sent, and whether one that has just come due keeps its moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calsync.model.memory import CalendarRecord, Memory
from calsync.model.message import Kind, State
from calsync.model.rules import Client, Owner, Policy, Rules
from calsync.model.times import Hours
from calsync.planning.calls import last_told, told_at
from calsync.planning.messages import Context
from tests.contract.ledger import NOW, a_key, a_message

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


def remembering(*messages: object, met: datetime | None = None) -> Memory:
    record = CalendarRecord(name="work", read_at=NOW, events=1, foreign_at=met)
    return Memory(installation="abc", messages=messages, calendars={"work": record})  # type: ignore[arg-type]


def test_what_may_have_gone_before_a_ledger_was_lost_did_not_go_at_a_moment_yet_to_come() -> None:
    held = a_message(key=a_key(kind=Kind.ANNOUNCEMENT), state=State.UNKNOWN, send_at=NOW + 2 * DAY)
    tried = a_message(key=a_key(kind=Kind.FLEX), state=State.UNKNOWN, send_at=NOW + DAY, epoch=1)
    memory = remembering(held, tried, met=NOW)
    assert (told_at(held, memory), told_at(tried, memory)) == (NOW, NOW + DAY)
    assert last_told(held.key.call, memory) == tried
    assert told_at(held, remembering(held)) == NOW + 2 * DAY
    assert told_at(replace(held, state=State.SENT, sent_at=NOW - DAY), memory) == NOW - DAY


@pytest.mark.parametrize(("first", "kept"), [(8 * 60, True), (11 * 60, False)], ids=["as before", "begin later now"])
def test_what_has_just_come_due_keeps_its_moment_only_while_that_is_polite(first: int, kept: bool) -> None:
    # 10:00 on a Tuesday in Berlin.
    message = a_message(send_at=datetime(2026, 11, 24, 9, tzinfo=UTC))
    client = Client(key="acme", name="Acme", timezone=BERLIN, policy=Policy(polite_hours=Hours(first, 19 * 60)))
    owner = Owner(name="Deniz Kaya", sign="Deniz", email="deniz@kaya.example", timezone=BERLIN)
    rules = Rules(mode="act", owner=owner, clients=(client,), calendars=("work",))
    context = Context(rules=rules, memory=remembering(message), now=NOW + timedelta(minutes=1), foreign=None)
    assert context.keeps_moment(message.key, client) == (message.send_at if kept else None)
