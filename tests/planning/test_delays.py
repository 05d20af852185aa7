"""The owner is late: who is told what and when, and how it goes with flex, moves and holds; whole cycles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calsync.model.call import Flex, call_name
from calsync.model.memory import Decision, Late, Pause
from tests.desk import AYSE, CAN, Desk, at, call, config

Made = Callable[..., Desk]
PEOPLE = f'people = {{ "{CAN}" = "Can" }}'


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Return what makes a desk whose call on Wednesday 25 November, 15:00, was told the day before."""

    def make(*events: str, told: bool = True, **said: str) -> Desk:
        desk = Desk(tmp_path)
        desk.config(config(**said))
        desk.put(*(events or [call("a", "25 15:00")]))
        desk.sync_at("23 09:00", *(["24 15:00"] if told else []))
        return desk

    return make


def late(
    desk: Desk, when: str, minutes: int, *, shift: bool = False, because: str = "", start: str = "25 15:00"
) -> None:
    desk.now = at(when)
    house = desk.house()
    name = call_name("a", None)
    word = Late(call=name, start=at(start), minutes=minutes, because=because, shift=shift, at=at(when))
    house.ledger.late(word)
    house.close()


def flex(desk: Desk, when: str, minutes: int) -> None:
    desk.now = at(when)
    house = desk.house()
    house.ledger.flex("a", Flex(minutes=minutes, because="the contract is due", at=at(when)))
    house.close()


def ends(desk: Desk) -> str:
    (one,) = desk.plan().calls
    return f"{one.hard_stop:%H:%M}"


def test_it_goes_at_once_outside_polite_hours_and_once(made: Made) -> None:
    desk = made(call("a", "25 08:30"), told=False)
    desk.config(config().replace("08:00-20:00", "00:00-24:00"))
    desk.sync_at("24 10:30")
    late(desk, "25 08:20", 10, start="25 08:30")
    assert desk.sync_at("25 08:20", "25 08:21", "25 08:29") == ["25 08:20 late ayse"]
    assert "I'm running about 10 minutes behind. I'll be with you at 06:40 Berlin time" in desk.bodies()[-1]
    assert "we still finish at 07:15" in desk.bodies()[-1]
    assert desk.mails()[-1]["Subject"].startswith("Re: ")


def test_everybody_who_gets_messages_is_told(made: Made) -> None:
    desk = made(call("a", "25 15:00", who=[AYSE, CAN]), client=PEOPLE)
    late(desk, "25 14:50", 10)
    assert desk.sync_at("25 14:50") == ["25 14:50 late ayse", "25 14:50 late can"]


def test_without_shift_nothing_in_the_calendar_changes(made: Made) -> None:
    desk = made()
    before = desk.text()
    late(desk, "25 14:50", 10)
    desk.sync_at("25 14:50")
    assert desk.text() == before


def test_with_shift_note_blocks_and_what_is_told_follow_and_the_start_stays(made: Made) -> None:
    desk = made()
    late(desk, "25 14:50", 10, shift=True, because="my train stands still.")
    assert desk.sync_at("25 14:50", "25 14:55") == ["25 14:50 late ayse"]
    assert ends(desk) == "15:55"
    assert desk.blocks() == {"before": "1455-1500", "after": "1555-1605"}
    assert "DTSTART;TZID=Europe/Istanbul:20261125T150000" in desk.text()
    assert "we finish at 13:55" in desk.unfolded()
    assert "45 minutes" in desk.unfolded(), "she has kept them waiting for the rest"
    assert (
        "behind: my train stands still. I'll be with you at 13:10 Berlin time, and we finish at 13:55 instead."
        in (desk.bodies()[-1])
    )


def test_another_word_is_told_anew_and_one_that_did_not_go_never(made: Made) -> None:
    desk = made()
    late(desk, "25 14:40", 5)
    late(desk, "25 14:41", 10)
    assert desk.sync_at("25 14:42") == ["25 14:42 late ayse"]
    late(desk, "25 14:50", 15, shift=True)
    assert desk.sync_at("25 14:50", "25 14:51") == ["25 14:50 late ayse"]
    late(desk, "25 14:52", 10)
    assert desk.sync_at("25 14:52", "25 14:53") == ["25 14:52 late ayse"], "back again is another word too"
    assert ends(desk) == "15:45"
    assert [body.split("about ")[1][:2] for body in desk.bodies()[-3:]] == ["10", "15", "10"]


def test_it_expires_at_the_start(made: Made) -> None:
    desk = made()
    late(desk, "25 14:50", 10)
    assert desk.sync_at("25 15:00") == []
    assert [one.state for one in desk.memory().messages if one.key.kind == "late"] == []


@pytest.mark.parametrize("send", ["ask", "veto"])
def test_her_word_counts_as_approved(made: Made, send: str) -> None:
    desk = made(told=False, defaults=f'send = "{send}"')
    late(desk, "25 14:50", 10)
    assert desk.sync_at("25 14:50") == ["25 14:50 late ayse"]


@pytest.mark.parametrize(
    ("lines", "send", "expected"),
    [
        pytest.param([], "off", [], id="off"),
        pytest.param(["STATUS:TENTATIVE"], "auto", ["held"], id="tentative"),
        pytest.param(["STATUS:CANCELLED"], "auto", [], id="cancelled"),
        pytest.param(["DESCRIPTION:calsync: off"], "auto", [], id="none of calsync's business"),
    ],
)
def test_where_no_message_goes_none_goes_about_being_late(
    made: Made, lines: list[str], send: str, expected: list[str]
) -> None:
    desk = made(call("a", "25 15:00", 60, *lines), told=False, defaults=f'send = "{send}"')
    late(desk, "25 14:50", 10)
    assert desk.sync_at("25 14:50") == []
    assert [one.state for one in desk.memory().messages if one.key.kind == "late"] == expected


def test_a_pause_holds_it_and_the_end_of_the_pause_lets_it_go(made: Made) -> None:
    desk = made()
    house = desk.house()
    house.ledger.pause(Pause(client="acme", since=at("25 14:00"), until=None))
    house.close()
    late(desk, "25 14:50", 10)
    assert desk.sync_at("25 14:50") == []
    house = desk.house()
    house.ledger.resume("acme")
    house.close()
    assert desk.sync_at("25 14:55", "25 14:56") == ["25 14:55 late ayse"]


def test_in_observe_nothing_is_queued(made: Made) -> None:
    desk = made(told=False, mode="observe")
    late(desk, "25 14:50", 10)
    assert desk.sync_at("25 14:50") == []
    assert desk.memory().messages == ()


def test_one_that_was_skipped_is_not_queued_again_nor_told_as_another_change(made: Made) -> None:
    desk = made(call("a", "25 15:00", 60, "STATUS:TENTATIVE"), told=False)
    desk.edit("STATUS:TENTATIVE\r\n", "")
    desk.sync_at("24 15:00")
    desk.edit("SUMMARY", "STATUS:TENTATIVE\r\nSUMMARY")
    late(desk, "25 13:50", 10, shift=True)
    desk.sync_at("25 13:50")
    desk.say("skip", "held")
    desk.edit("STATUS:TENTATIVE\r\n", "")
    assert desk.sync_at("25 14:10", "25 14:40") == []
    assert ends(desk) == "15:55"


def test_the_message_before_the_call_goes_although_she_said_first_that_she_is_late(made: Made) -> None:
    desk = made(told=False)
    late(desk, "24 10:00", 10)
    assert desk.sync_at("24 10:00", "24 15:00", "25 14:00") == ["24 10:00 late ayse", "24 15:00 timeframe ayse"]
    first, then = desk.mails()
    assert (first["Subject"], then["Subject"]) == ("Our call on Wednesday 25 November",) * 2
    assert "On Wednesday 25 November I'll be about 10 minutes late" in desk.bodies()[0]
    assert "We have 35 minutes on Wednesday 25 November, 13:10–13:45" in desk.bodies()[1]


def test_of_a_call_that_moved_since_her_word_holds_no_longer(made: Made) -> None:
    desk = made(told=False)
    late(desk, "23 10:00", 10, shift=True)
    desk.sync_at("23 10:30")
    desk.edit("20261125T1", "20261126T1")
    assert ends(desk) == "15:45"
    assert [one.key.kind for one in desk.plan().messages if one.state == "planned"] == ["timeframe"]


class TestWithFlex:
    def test_both_move_the_hard_stop_whichever_came_first(self, made: Made) -> None:
        desk = made()
        late(desk, "25 14:30", 10, shift=True)
        flex(desk, "25 14:31", 15)
        assert ends(desk) == "16:10"
        flex(desk, "25 14:32", -15)
        assert ends(desk) == "15:40"
        late(desk, "25 14:33", 10)
        assert ends(desk) == "15:30"

    def test_a_flex_after_it_is_told_by_itself_and_counts_from_the_usual_minutes(self, made: Made) -> None:
        desk = made()
        late(desk, "25 14:30", 10, shift=True)
        desk.sync_at("25 14:30")
        flex(desk, "25 14:40", 15)
        assert desk.sync_at("25 14:40", "25 14:50") == ["25 14:40 flex ayse"]
        assert "I've kept 60 minutes instead of our usual 45: the contract is due" in desk.bodies()[-1]
        assert "We'll finish at 14:10" in desk.bodies()[-1]

    def test_a_flex_that_has_not_gone_is_told_with_it(self, made: Made) -> None:
        desk = made(call("a", "25 09:00"), told=False)
        desk.sync_at("24 10:30")
        flex(desk, "25 08:00", 15)  # 06:00 in Berlin: it would wait
        assert desk.sync_at("25 08:00") == []
        late(desk, "25 08:30", 10, start="25 09:00")
        assert desk.sync_at("25 08:30", "25 08:40") == ["25 08:30 late ayse"]
        assert (
            "we still finish at 08:00. For this call I've kept 60 minutes instead of our usual 45" in desk.bodies()[-1]
        )

    def test_a_flex_that_was_told_is_not_told_again(self, made: Made) -> None:
        desk = made()
        flex(desk, "25 14:00", 15)
        assert desk.sync_at("25 14:00") == ["25 14:00 flex ayse"]
        late(desk, "25 14:30", 10, shift=True)
        assert desk.sync_at("25 14:30", "25 14:40") == ["25 14:30 late ayse"]
        assert "contract" not in desk.bodies()[-1] and "we finish at 14:10 instead" in desk.bodies()[-1]


def test_she_may_keep_a_doubtful_call_and_tell_then(made: Made) -> None:
    desk = made(call("a", "25 07:30"), told=False)
    late(desk, "25 07:00", 10, start="25 07:30")
    assert desk.sync_at("25 07:00") == []
    house = desk.house()
    house.ledger.decide(Decision(subject="a", series=False, verdict="keep", client="", at=desk.now))
    house.close()
    assert desk.sync_at("25 07:05") == ["25 07:05 late ayse"]


def test_the_end_of_the_invitation_is_what_moves_where_only_that_is_told(made: Made) -> None:
    desk = made(defaults='over_cap = "tell"')
    late(desk, "25 14:50", 10, shift=True)
    assert desk.sync_at("25 14:50", "25 14:55") == ["25 14:50 late ayse"]
    assert "we finish at 14:10 instead" in desk.bodies()[-1]
    assert ends(desk) == "15:55"
