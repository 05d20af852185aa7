"""The page of a plan: signs, days, reasons, and the command that goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import click
import pytest

from calsync.cli.show.data import of_plan
from calsync.cli.show.plan import page, pending
from calsync.model.call import Agenda
from calsync.model.edit import CutBlock
from calsync.model.mark import Role
from calsync.model.message import Kind, Message, MessageKey, State
from calsync.model.plan import Action, CalendarLine, CallView, Change, Held, MessageChange, Move, Plan
from calsync.model.text import Form, PrivateText
from tests.cli.test_choose import BETA, ISTANBUL, NINE, NOON, TEN, a_call, at

MESSAGE = Message(
    key=MessageKey(call=TEN.name, to="ayse@acme.example", start=TEN.start, kind=Kind.TIMEFRAME),
    client="acme",
    hard_stop=TEN.hard_stop,
    send_at=NINE,
    expires_at=TEN.start - timedelta(minutes=30),
    state=State.PLANNED,
    subject="Our call",
    body="Hi Ayşe,",
    form=Form.FIRST,
    channel="mail",
)
BLOCK = Change(
    action=Action.ADD_BLOCK,
    call=TEN.id,
    calendar="work",
    role=Role.BEFORE,
    start=TEN.start - timedelta(minutes=5),
    end=TEN.start,
    text="Prep for Acme",
    why="5 min before",
    edit=CutBlock(calendar="work", uid="block"),
    title="Prep",
)
NOTE = replace(BLOCK, action=Action.WRITE_NOTE, role=None, start=TEN.start, end=TEN.end, text="On the list", why="new")


def a_plan(*changes: Change, **values: object) -> Plan:
    nothing = Agenda(items=(), layout=(), needs=None, has=45, catch_up=False, default=True, in_event=False)
    views = tuple(
        CallView(call=call, agenda=nothing, note=None, before=PrivateText(""), after=PrivateText(""))
        for call in (TEN, BETA, NOON)
    )
    usual = Plan(
        now=NINE,
        mode="act",
        calendars=(CalendarLine(name="work", ok=True, error="", events=3, calls=3),),
        views=views,
        changes=changes,
        queue=(),
        messages=(),
        held=(),
        caps=(),
        large="",
        digest="7f3a91c2",
    )
    return replace(usual, **values)  # type: ignore[arg-type]


def shown(plan: Plan, *, texts: bool = False) -> str:
    return "\n".join(page(plan, at(9), texts=texts))


def test_changes_stand_under_their_call_and_day() -> None:
    queue = (MessageChange(move=Move.QUEUE, message=MESSAGE, why="a day before"),)
    held = (Held(call=BETA.id, what="message", why="it is paused"),)
    plan = a_plan(NOTE, BLOCK, queue=queue, messages=(MESSAGE,), held=held)
    assert click.unstyle(shown(plan)).splitlines()[:7] == [
        "work · Tue 24 Nov",
        f"  10:00–10:45  {TEN.id[:6]}  Weekly · acme · 45 min of 1 h",
        f"    ~ {'note':50}  new",
        f"    + {'09:55–10:00 block before “Prep”':50}  5 min before",
        f"    > {'Tue 24 Nov 09:00 timeframe to ayse@acme.example':50}  a day before",
        f"  11:00–11:45  {BETA.id[:6]}  Weekly · beta · 45 min of 1 h",
        f"    = {'message':50}  left alone: it is paused",
    ]


def test_a_quiet_plan_says_so_and_names_no_command() -> None:
    assert shown(a_plan()).endswith("3 calls in view; nothing to do")
    assert not pending(a_plan())


def test_the_page_ends_with_the_digest_and_the_command_that_goes_on() -> None:
    assert shown(a_plan(BLOCK)).splitlines()[-1] == "plan 7f3a91c2 · calsync sync"


def test_in_observe_it_says_that_nothing_is_written() -> None:
    last = shown(a_plan(BLOCK, mode="observe")).splitlines()[-2:]
    assert last == ["mode is observe: nothing is written and nothing is sent", "plan 7f3a91c2 · calsync act"]


def test_a_large_plan_names_the_command_that_allows_it() -> None:
    large = shown(a_plan(BLOCK, large="61 calls would be touched; limits.changes is 40"))
    assert "limits.changes is 40" in large
    assert large.endswith("plan 7f3a91c2 · calsync sync --digest 7f3a91c2")


def test_texts_are_shown_on_request() -> None:
    assert "Prep for Acme" not in shown(a_plan(BLOCK))
    assert "        Prep for Acme" in shown(a_plan(BLOCK), texts=True)


def test_a_calendar_that_was_not_read_is_said_first() -> None:
    broken = CalendarLine(name="theirs", ok=False, error="it was cut", events=0, calls=0)
    assert "theirs: not read" in shown(a_plan(calendars=(broken,))).splitlines()[0]


def test_what_is_no_call_in_view_stands_at_the_end_with_its_id() -> None:
    gone = a_call(8, client="gone")
    lines = shown(a_plan(held=(Held(call=gone.id, what="call", why="acme and beta match alike"),)))
    assert f"  {gone.id[:6]}\n" in lines
    assert "left alone: acme and beta match alike" in lines


def test_a_title_with_line_breaks_stays_on_its_line() -> None:
    evil = replace(TEN, occurrence=replace(TEN.occurrence, summary="x\n+ 10:00 \x1b[31mforged"))
    plan = a_plan()
    evil_plan = replace(plan, views=(replace(plan.views[0], call=evil),))
    assert "x + 10:00 [31mforged" in shown(evil_plan)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(MESSAGE, True, id="its moment has come"),
        pytest.param(replace(MESSAGE, send_at=NINE + timedelta(minutes=1)), False, id="queued for later"),
        pytest.param(replace(MESSAGE, state=State.SENT), False, id="sent"),
        pytest.param(replace(MESSAGE, state=State.ASKS), False, id="asks"),
    ],
)
def test_a_message_that_the_next_cycle_sends_is_pending(message: Message, expected: bool) -> None:
    assert pending(a_plan(messages=(message,))) is expected


def test_json_has_the_offset_of_the_event_and_short_ids() -> None:
    plan = of_plan(a_plan(BLOCK, NOTE, messages=(MESSAGE,), held=(Held(call="", what="cycle", why="large"),)), ISTANBUL)
    assert plan["now"] == "2026-11-24T09:00:00+03:00"
    assert plan["calendars"] == {"work": {"ok": True, "error": None, "events": 3, "calls": 3}}
    calls, changes, messages = plan["calls"], plan["changes"], plan["messages"]
    assert isinstance(calls, list) and isinstance(changes, list) and isinstance(messages, list)
    assert calls[0] == {
        "id": TEN.id[:6],
        "calendar": "work",
        "uid": "acme-10@example.org",
        "summary": "Weekly",
        "client": "acme",
        "group": False,
        "start": "2026-11-24T10:00:00+03:00",
        "end": "2026-11-24T11:00:00+03:00",
        "hard_stop": "2026-11-24T10:45:00+03:00",
        "minutes": 45,
    }
    assert changes[0] == {
        "action": "add_block",
        "call": TEN.id[:6],
        "calendar": "work",
        "role": "before",
        "start": "2026-11-24T09:55:00+03:00",
        "end": "2026-11-24T10:00:00+03:00",
        "text": "Prep for Acme",
        "why": "5 min before",
    }
    assert changes[1]["role"] is None
    assert messages[0]["id"] == MESSAGE.id[:6]
    assert messages[0]["call"] == TEN.id[:6]
    assert messages[0]["expires_at"] == "2026-11-24T09:30:00+03:00"
    assert plan["held"] == [{"call": None, "what": "cycle", "why": "large"}]
