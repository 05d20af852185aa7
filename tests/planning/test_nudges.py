"""When the owner is nudged in a call, and when not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from calsync.model.call import Flex
from calsync.model.memory import Decision, Pause
from calsync.model.nudge import Moment
from calsync.model.rules import Policy
from calsync.planning.nudges import Nudge, coming, due, moments
from calsync.wiring import House
from tests.desk import AYSE, CAN, Desk, at, call, config

Made = Callable[..., Desk]
START = datetime(2026, 11, 24, 12, tzinfo=UTC)


def minutes(*lengths: int) -> Policy:
    return Policy(nudges=tuple(timedelta(minutes=length) for length in lengths))


@pytest.mark.parametrize(
    ("length", "leads", "expected"),
    [
        pytest.param(45, [10, 2], [0, 35, 43, 45], id="as usual"),
        pytest.param(45, [2, 10], [0, 35, 43, 45], id="in any order"),
        pytest.param(20, [10, 2], [0, 10, 18, 20], id="the second half has begun"),
        pytest.param(19, [10, 2], [0, 17, 19], id="none in the first half"),
        pytest.param(5, [10, 2], [0, 3, 5], id="a short call"),
        pytest.param(45, [60], [0, 45], id="longer than the call"),
        pytest.param(45, [], [], id="never"),
    ],
)
def test_there_are_nudges_at_start_and_stop_and_before_it(length: int, leads: list[int], expected: list[int]) -> None:
    stop = START + timedelta(minutes=length)
    assert [(one - START) // timedelta(minutes=1) for _, one in moments(START, stop, minutes(*leads))] == expected


@given(length=st.integers(5, 300), leads=st.lists(st.integers(1, 300), min_size=1, max_size=5))
def test_no_nudge_before_the_stop_is_in_the_first_half(length: int, leads: list[int]) -> None:
    stop = START + timedelta(minutes=length)
    found = dict(moments(START, stop, minutes(*leads)))
    assert found[Moment.START] == START and found[Moment.STOP] == stop
    between = [one for which, one in moments(START, stop, minutes(*leads)) if which is Moment.LEFT]
    assert all(START + (stop - START) / 2 <= one < stop for one in between)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    def make(*events: str, **told: str) -> Desk:
        desk = Desk(tmp_path)
        desk.config(config(**told))
        desk.put(*(events or [call("a", "24 15:00"), call("b", "26 15:00")]))
        desk.sync_at("23 12:00")
        return desk

    return make


def nudges(desk: Desk, moment: str, wish: Callable[[House], None] | None = None) -> tuple[Nudge, ...]:
    desk.now = at("24 14:59") if moment < "24 15:00" else at(moment)
    house = desk.house()
    try:
        if wish is not None:
            wish(house)
        return due(house.look(at(moment)), house.rules, house.ledger.memory())
    finally:
        house.close()


def said(found: tuple[Nudge, ...]) -> list[str]:
    return [f"{one.facts.moment} {one.facts.left}" for one in found]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param("24 14:59", [], id="before"),
        pytest.param("24 15:00", ["start 45"], id="start"),
        pytest.param("24 15:01", [], id="a minute later"),
        pytest.param("24 15:35", ["left 10"], id="ten minutes"),
        pytest.param("24 15:43", ["left 2"], id="two minutes"),
        pytest.param("24 15:45", ["stop 0"], id="the hard stop"),
        pytest.param("24 15:46", [], id="afterwards"),
        pytest.param("24 16:00", [], id="the end of the event"),
    ],
)
def test_a_nudge_is_due_for_a_minute(made: Made, moment: str, expected: list[str]) -> None:
    assert said(nudges(made(), moment)) == expected


def test_it_speaks_of_the_next_call_with_this_client_and_in_the_turn_of_its_prep_text(made: Made) -> None:
    desk = made(client="agenda = ['Budget']")
    (one,) = nudges(desk, "24 15:00")
    assert one.facts.prep.call.next_start == at("26 15:00") and one.facts.prep.call.agenda == ("Budget",)
    assert one.facts.prep.turn == desk.memory().calls["a"].turn == 0


def _skip(house: House) -> None:
    house.ledger.decide(Decision(subject="a", series=False, verdict="skip", client="", at=at("24 14:00")))


def _pause(client: str) -> Callable[[House], None]:
    return lambda house: house.ledger.pause(Pause(client=client, since=at("24 14:00"), until=None))


@pytest.mark.parametrize(
    ("events", "wish"),
    [
        pytest.param(["b 24 15:10"], None, id="moved"),
        pytest.param([], None, id="deleted"),
        pytest.param(["a 24 15:00 STATUS:CANCELLED"], None, id="cancelled"),
        pytest.param(["a 24 15:00 TRANSP:TRANSPARENT"], None, id="free"),
        pytest.param(["a 24 15:00"], _skip, id="skipped"),
        pytest.param(["a 24 15:00"], _pause("acme"), id="paused"),
        pytest.param(["a 24 15:00"], _pause(""), id="all paused"),
    ],
)
def test_a_call_that_is_none_now_has_no_nudge(
    made: Made, events: list[str], wish: Callable[[House], None] | None
) -> None:
    desk = made()
    desk.put(*(call(uid, f"{day} {time}", 60, *lines) for uid, day, time, *lines in map(str.split, events)))
    assert nudges(desk, "24 15:00", wish) == ()


def test_a_doubtful_call_has_none_until_it_is_kept(made: Made) -> None:
    desk = made(call("a", "24 20:30"))
    assert nudges(desk, "24 20:30") == ()
    keep = Decision(subject="a", series=False, verdict="keep", client="", at=at("24 20:00"))
    assert said(nudges(desk, "24 20:30", lambda house: house.ledger.decide(keep))) == ["start 45"]


def test_an_invitation_that_she_declined_has_none(made: Made) -> None:
    declined = "ATTENDEE;PARTSTAT=DECLINED:mailto:deniz@kaya.example"
    desk = made(call("a", "24 15:00", 60, f"ORGANIZER:mailto:{AYSE}", declined))
    assert nudges(desk, "24 15:00") == ()


def test_a_flex_of_a_running_call_moves_its_nudges_and_gives_them_other_keys(made: Made) -> None:
    desk = made()
    (before,) = nudges(desk, "24 15:35")
    flex = Flex(minutes=15, because="", at=at("24 15:36"))
    assert nudges(desk, "24 15:43", lambda house: house.ledger.flex("a", flex)) == ()
    (after,) = nudges(desk, "24 15:50")
    assert (after.facts.left, after.facts.stop) == (10, at("24 16:00")) and after.key != before.key
    assert said(nudges(desk, "24 16:00")) == ["stop 0"]


def test_none_of_a_calendar_that_can_not_be_read(made: Made) -> None:
    desk = made()
    (desk.folder / "work.ics").write_text("no calendar")
    assert nudges(desk, "24 15:00") == ()


def test_an_own_list_and_an_empty_one_hold_for_their_client(made: Made) -> None:
    desk = made(client="nudges = ['20m']")
    assert said(nudges(desk, "24 15:25")) == ["left 20"] and nudges(desk, "24 15:35") == ()
    desk.config(config(client="nudges = []"))
    assert nudges(desk, "24 15:00") == nudges(desk, "24 15:45") == ()


def test_what_is_coming_goes_by_the_calls_as_they_were_last_seen(made: Made) -> None:
    desk = made(call("a", "24 15:00"), call("g", "24 15:30", who=[AYSE, CAN]))
    house = desk.house()
    try:
        memory = house.ledger.memory()
        expected = ["24 15:30", "24 15:35", "24 15:43", "24 15:45", "24 16:05", "24 16:13", "24 16:15"]
        assert coming(memory, house.rules, at("24 15:30")) == tuple(map(at, expected))
        assert coming(memory, house.rules, at("24 16:15") + timedelta(seconds=59)) == (at("24 16:15"),)
        assert coming(memory, house.rules, at("24 16:16")) == ()
    finally:
        house.close()
