"""`send = "veto"` over whole cycles: told first, two hours to stop it, and never sent without having been told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calsync.model.call import Flex
from calsync.model.memory import Announce
from tests.desk import Desk, at, call, config

Made = Callable[..., Desk]
TOLD = "goes by itself at"
WEDNESDAY = call("a", "25 15:00")


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Return what makes a desk under veto at Monday 23 November, 09:00 in Istanbul."""

    def make(*events: str, **told: str) -> Desk:
        desk = Desk(tmp_path)
        desk.config(config(**({"defaults": 'send = "veto"'} | told)))
        desk.put(*events)
        return desk

    return make


def told(desk: Desk) -> int:
    """Return how often she was told that a message goes."""
    return sum(text.count(TOLD) for text in desk.owners())


def test_she_is_told_two_hours_before_and_it_goes_by_itself(made: Made) -> None:
    desk = made(WEDNESDAY)
    assert desk.sync_at("23 09:00", "24 12:50") == [] and told(desk) == 0
    assert desk.sync_at("24 12:56") == [] and told(desk) == 1
    assert desk.sync_at("24 14:59", "24 15:00", "24 15:10") == ["24 15:00 timeframe ayse"]
    assert told(desk) == 1


def test_she_reads_whose_when_and_what_to_type_and_nothing_else(made: Made) -> None:
    desk = made(call("a", "25 15:00", 60, "SUMMARY:A secret merger"))
    desk.sync_at("24 13:00")
    (text,) = desk.owners()
    id = desk.row("planned").id[:6]
    assert "The message to acme (call on Wednesday 25 November, 15:00) goes by itself at 15:00, Tuesday 24" in text
    assert f"Stop it: calsync outbox skip {id}" in text
    assert not any(word in text.lower() for word in ("ayşe", "ayse@", "secret merger"))


def test_the_line_stops_it(made: Made) -> None:
    desk = made(WEDNESDAY)
    desk.sync_at("24 13:00")
    desk.say("skip", "planned")
    assert desk.sync_at("24 15:00", "24 16:00") == []


def test_a_message_that_is_late_waits_until_she_has_had_her_two_hours(made: Made) -> None:
    desk = made(WEDNESDAY)
    assert desk.sync_at("24 14:00", "24 15:00", "24 15:59", "24 16:00") == ["24 16:00 timeframe ayse"]
    assert told(desk) == 1


def test_her_two_hours_end_in_polite_hours(made: Made) -> None:
    desk = made(WEDNESDAY)  # polite until 21:00 in Istanbul
    assert desk.sync_at("24 20:00", "24 22:00", "25 08:27", "25 10:30") == ["25 10:30 timeframe ayse"]
    assert told(desk) == 1


@pytest.mark.parametrize(
    ("when", "goes"),
    [
        pytest.param("23 12:00", "23 11:25", id="in polite hours, as late as it may"),
        pytest.param("23 11:15", "23 10:40", id="a few minutes before it expires"),
    ],
)
def test_with_less_than_two_hours_left_it_goes_as_late_as_it_may(made: Made, when: str, goes: str) -> None:
    desk = made(call("a", when))
    early = goes[:-1] + str(int(goes[-1]) - 1) if goes[-1] != "0" else "23 10:39"
    assert desk.sync_at("23 10:00", early, goes) == [f"{goes} timeframe ayse"]
    assert told(desk) == 1


def test_it_never_goes_in_the_cycle_that_tells_her_of_it(made: Made) -> None:
    desk = made(call("a", "23 11:15"))
    assert desk.sync_at("23 10:43") == [] and told(desk) == 1
    assert desk.sync_at("23 10:43", "23 10:44") == ["23 10:44 timeframe ayse"]


def test_other_words_are_told_again_and_give_her_her_time_again(made: Made) -> None:
    desk = made(WEDNESDAY)
    desk.sync_at("24 13:00")
    desk.put(call("a", "25 15:00", 30))
    assert desk.sync_at("24 14:30", "24 15:00", "24 16:29", "24 16:30") == ["24 16:30 timeframe ayse"]
    assert told(desk) == 2


def test_whom_nobody_can_tell_nothing_is_sent_for_her(made: Made) -> None:
    desk = made(WEDNESDAY)
    (desk.folder / "outbox").mkdir()
    blocked = desk.folder / "outbox" / "owner"
    blocked.write_text("no folder")
    for hour in range(9, 20):
        desk.now = at(f"24 {hour:02}:00")
        assert desk.sync().sent == ()
    blocked.unlink()
    assert desk.sync_at("25 10:30", "25 12:30") == ["25 12:30 timeframe ayse"]


def test_a_calendar_that_can_not_be_read_for_a_while_costs_her_no_second_telling(made: Made) -> None:
    desk = made(WEDNESDAY)
    desk.sync_at("24 13:00")
    file = desk.folder / "work.ics"
    file.rename(desk.folder / "away")
    desk.sync_at("24 14:00")
    (desk.folder / "away").rename(file)
    assert desk.sync_at("24 15:00") == ["24 15:00 timeframe ayse"] and told(desk) == 1


def test_what_she_has_asked_for_goes_without_a_second_word(made: Made) -> None:
    desk = made(WEDNESDAY)
    house = desk.house()
    house.ledger.announce(Announce(client="acme", because="", at_once=False, at=desk.now))
    house.close()
    assert desk.sync_at("24 15:00") == ["24 15:00 announcement ayse"]
    house = desk.house()
    house.ledger.flex("a", Flex(minutes=10, because="there is more to do", at=desk.now))
    house.close()
    assert desk.sync_at("24 16:00") == ["24 16:00 flex ayse"] and told(desk) == 0


def test_what_she_approved_goes_at_once(made: Made) -> None:
    desk = made(call("a", "28 15:00"))  # on a Saturday: doubtful
    desk.sync_at("23 09:00")
    desk.say("approve", "held")
    assert desk.sync_at("23 10:30") == ["23 10:30 timeframe ayse"] and told(desk) == 0


def test_in_observe_and_in_a_pause_there_is_nothing_to_stop(made: Made) -> None:
    desk = made(WEDNESDAY, mode="observe")
    assert desk.sync_at("24 13:00", "24 15:00") == [] and told(desk) == 0


def test_several_are_told_in_one_mail(made: Made) -> None:
    desk = made(WEDNESDAY, call("b", "25 16:00"))
    desk.sync_at("24 14:00")
    assert (len(desk.owners()), told(desk)) == (1, 2)
    assert desk.sync_at("24 16:00") == ["24 16:00 timeframe ayse", "24 16:00 timeframe ayse"]
