"""Which text a message is: first, short, full; what is asked, what is as usual, and whose clocks it speaks of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calsync.model.rules import Client, Policy
from calsync.planning.letters import asks_if_matters
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


def forms(desk: Desk) -> list[str]:
    """Return the form of every message sent or planned, earliest first."""
    found = sorted(desk.plan().messages, key=lambda one: (one.key.start, one.key.to))
    return [str(one.form) for one in found]


def test_the_first_one_explains_and_then_three_short_ones_take_turns(made: Made) -> None:
    desk = made(*(call(f"c{day}", f"{day} 15:00") for day in (24, 25, 26, 27, 30)))
    desk.now = at("23 12:00")
    expected = ["first", "short_a", "short_b", "short_c", "short_a"]
    assert forms(desk) == expected
    desk.sync_at("23 15:00", "24 15:00", "25 15:00")
    assert forms(desk)[-2:] == expected[-2:]


def test_each_recipient_has_a_history_of_its_own(made: Made) -> None:
    events = [call("a", "24 15:00"), call("b", "25 15:00", who=[AYSE, CAN])]
    desk = made(*events, client=f'people = {{ "{CAN}" = "Can" }}')
    desk.now = at("23 12:00")
    assert forms(desk) == ["first", "short_a", "first"]


@pytest.mark.parametrize(
    ("minutes", "second", "expected"),
    [
        pytest.param(60, "12-14 15:00", "short_a", id="20 days later"),
        pytest.param(60, "12-16 15:00", "full", id="22 days later"),
        pytest.param(20, "12-16 15:00", "short_a", id="22 days later, a call of 20 minutes"),
        pytest.param(21, "12-16 15:00", "full", id="22 days later, a call of 21 minutes"),
    ],
)
def test_a_long_silence_asks_for_the_full_text(made: Made, minutes: int, second: str, expected: str) -> None:
    desk = made(call("a", "24 15:00"), call("b", second, minutes))
    desk.sync_at("23 15:00", "12-08 09:00")
    assert forms(desk)[-1] == expected


def test_the_first_ever_is_first_however_short_the_call(made: Made) -> None:
    desk = made(call("a", "25 15:00", 20))
    assert forms(desk) == ["first"]


@pytest.mark.parametrize(
    ("every", "asked"),
    [(8, [1, 8, 16]), (1, list(range(1, 18))), (0, []), (3, [1, 3, 6, 9, 12, 15])],
    ids=["every 8th", "always", "never", "every 3rd"],
)
def test_what_she_should_know_is_asked_in_the_first_and_every_nth(every: int, asked: list[int]) -> None:
    client = Client(key="a", name="A", policy=Policy(ask_if_matters=every), timezone=ZoneInfo("UTC"))
    assert [number for number in range(1, 18) if asks_if_matters(number, client)] == asked


def test_a_default_agenda_is_one_line_from_its_second_time_on(made: Made) -> None:
    lists = 'agenda = ["Status 10m", "Decisions"]'
    own = call("b", "25 15:00", 60, "DESCRIPTION:Agenda:\\nContract")
    desk = made(call("a", "24 15:00"), own, call("c", "26 15:00"), defaults=lists)
    desk.sync_at("23 15:00", "24 15:00", "25 15:00")
    first, second, third = desk.bodies()
    assert "• Status\r\n• Decisions" in first
    assert "as usual" not in second and "Contract" in second
    assert "as usual: Status · Decisions" in third


def move_an_hour(desk: Desk) -> None:
    desk.edit("T160000\r\n", "T170000\r\n")
    desk.edit("T150000\r\n", "T160000\r\n")


@pytest.mark.parametrize("changed", [False, True], ids=["the same list", "another list"])
def test_an_update_says_that_the_list_stays_only_where_it_does(made: Made, changed: bool) -> None:
    desk = made(call("a", "25 15:00", 60, "DESCRIPTION:Agenda:\\nContract"))
    desk.sync_at("23 09:00", "24 15:00")
    move_an_hour(desk)
    if changed:
        desk.edit("Agenda:\\nContract", "Agenda:\\nContract\\nBudget")
    assert desk.sync_at("24 15:10") == ["24 15:10 update ayse"]
    assert ("The list stays as it is" in desk.bodies()[1]) is not changed


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        pytest.param("Europe/Berlin", "13:00–13:45 Berlin time (15:00 my time)", id="Berlin"),
        pytest.param("America/New_York", "07:00–07:45 New York time (15:00 my time)", id="New York"),
        pytest.param(
            "Pacific/Auckland", "01:00–01:45 Auckland time (Wednesday 25 November, 15:00 my time)", id="Auckland"
        ),
        pytest.param("Europe/Istanbul", "15:00–15:45.", id="her own zone: once"),
        pytest.param("Africa/Nairobi", "15:00–15:45.", id="another zone with the same clocks: once"),
    ],
)
def test_times_stand_on_the_clocks_of_the_client(made: Made, zone: str, expected: str) -> None:
    desk = made(call("a", "25 15:00"))
    desk.config(config().replace("Europe/Berlin", zone))
    (message,) = desk.plan().messages
    assert expected in message.body


def test_the_invitations_end_is_explained_where_the_hard_stop_is_before_it(made: Made) -> None:
    desk = made(call("a", "24 15:00", 60), call("b", "25 15:00", 45))
    first, second = (one.body for one in desk.plan().messages)
    assert "The invitation runs until 14:00; please go by the time here." in first
    assert "The invitation" not in second


def test_a_cap_that_only_the_owner_knows_of_is_not_told(made: Made) -> None:
    (message,) = made(call("a", "25 15:00", 60), defaults='over_cap = "tell"').plan().messages
    assert "We have 60 minutes" in message.body
    assert "45" not in message.body


def test_from_message_to_message_another_wording_has_its_turn(made: Made) -> None:
    desk = made(*(call(f"c{day}", f"{day} 15:00") for day in (24, 25, 26, 27, 30)), defaults='agenda = ["Status"]')
    desk.now = at("23 12:00")
    messages = desk.plan().messages
    usual = [("our usual points" in body, "as usual" in body) for body in (one.body.casefold() for one in messages)]
    assert usual == [(False, False), (True, False), (False, True), (False, False), (False, True)]
    first, again = (one.body for one in messages if str(one.form) == "short_a")
    assert "a short reply is enough" in first and "just reply" in again
