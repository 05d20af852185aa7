"""When the heartbeat that delivers runs its pass, and what it keeps meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from calsync.daemon.delivering import Delivering
from calsync.wiring import House
from tests.daemon.conftest import Stand, Stands
from tests.desk import at, call


@dataclass(slots=True)
class Asks:
    """The heartbeat without its thread, over an outbox with one message that is due on Tuesday at 15:00."""

    stand: Stand
    heart: Delivering
    passes: int = 0

    def house(self) -> House:
        house = self.heart.house()
        deliver = house.deliver

        def counted(*words: Any, **named: Any) -> Any:
            self.passes += 1
            return deliver(*words, **named)

        house.deliver = counted  # type: ignore[method-assign]
        return house

    def tick(self, seconds: float = 3.0) -> int:
        """Let time pass, ask once, and return how many whole passes there were because of it."""
        before = self.passes
        self.stand.clock.pass_by(seconds)
        self.heart.jobs()[0].do()
        return self.passes - before

    def due(self) -> None:
        """Let it be Tuesday, 15:00."""
        self.stand.clock.pass_by((at("24 15:00") - self.stand.clock.moment).total_seconds())


@pytest.fixture
def asks(stand: Stands) -> Asks:
    stood = stand()
    stood.desk.now = stood.clock.moment
    stood.desk.sync()
    made = Asks(stood, Delivering(stood.host))
    made.house()
    return made


def test_while_nothing_is_due_it_only_asks(asks: Asks) -> None:
    asks.tick()
    assert [asks.tick() for _ in range(5)] == [0] * 5


def test_what_is_due_goes_at_the_next_tick(asks: Asks) -> None:
    asks.tick()
    asks.due()
    assert asks.tick(0) == 1
    assert len(asks.stand.desk.mails()) == 1
    assert "for acme: sent by mail" in asks.stand.log
    assert asks.tick() == 0


def test_what_waits_for_its_calendar_is_tried_again_after_pauses_not_at_every_tick(asks: Asks) -> None:
    asks.tick()
    asks.stand.desk.folder.joinpath("work.ics").rename(asks.stand.desk.folder / "away.ics")
    asks.due()
    assert asks.tick(0) == 1
    assert sum(asks.tick() for _ in range(40)) == 3, "after 15, 30 and 60 s of two minutes"
    assert asks.stand.log.count("its calendar can't be read just now") == 1
    asks.stand.desk.folder.joinpath("away.ics").rename(asks.stand.desk.folder / "work.ics")
    asks.tick(120)
    assert len(asks.stand.desk.mails()) == 1


def test_what_can_not_go_as_it_was_planned_is_planned_anew(asks: Asks) -> None:
    wanted: list[bool] = []
    asks.heart.replan = lambda: wanted.append(True)
    asks.tick()
    asks.stand.desk.edit("T150000", "T160000")
    asks.due()
    assert asks.tick(0) == 1
    assert wanted == [True]
    assert asks.stand.desk.mails() == []


def test_one_that_waits_does_not_hold_up_another(asks: Asks) -> None:
    asks.stand.desk.put(call("a", "25 15:00"), call("b", "25 15:30"))
    asks.stand.desk.sync()
    asks.tick()
    asks.stand.desk.folder.joinpath("work.ics").unlink()
    asks.due()
    assert asks.tick(0) == 1, "it is put off"
    assert asks.tick(29 * 60 + 50) == 1, "and again, for half a minute"
    assert asks.tick(5) == 0
    assert asks.tick(10) == 1, "the other one's moment has come"


def test_what_it_read_is_dropped_soon_after(asks: Asks) -> None:
    asks.tick()
    calendar = asks.heart.house().calendars["work"]
    asks.due()
    asks.tick(0)
    assert calendar.seen is not None
    asks.tick(20)
    assert calendar.seen is not None
    asks.tick(20)
    assert calendar.seen is None


def test_nothing_begins_once_the_end_has_begun(asks: Asks) -> None:
    asks.tick()
    asks.due()
    asks.stand.host.stopping.set()
    asks.tick(0)
    assert asks.stand.desk.mails() == []
    assert asks.stand.desk.row("planned")
