"""Nudges are given once, in time or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from calsync.deliver.nudges import Nudged, nudge
from calsync.planning.nudges import due
from calsync.ports import Fate, Outcome
from calsync.wiring import House
from tests.desk import Desk, at, call, config


@dataclass(slots=True)
class Device:
    """A notifier that keeps what it was handed, and answers as told."""

    name: str = "me"
    fate: Fate = Fate.ACCEPTED
    got: list[tuple[str, str, bool]] = field(default_factory=list)

    def notify(self, title: str, body: str, *, discreet: bool = False) -> Outcome:
        self.got.append((title, body, discreet))
        return Outcome(fate=self.fate, why="" if self.fate is Fate.ACCEPTED else "it hangs")

    def check(self) -> str:
        return ""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.config(config())
    desk.put(call("a", "24 15:00"), call("b", "26 15:00"))
    desk.sync_at("23 12:00")
    return desk


def give(desk: Desk, *devices: Device, moment: str = "24 15:35", after: float = 2.0) -> Nudged:
    house: House = desk.house()
    try:
        nudges = due(house.look(at(moment)), house.rules, house.ledger.memory())
        assert len(nudges) == 1
        now = at(moment) + timedelta(seconds=after)
        return nudge(house.ledger, devices, house.words, nudges, lambda: now)
    finally:
        house.close()


def test_every_notifier_gets_it_once_and_knows_that_the_phrase_is_for_her_alone(desk: Desk) -> None:
    phone, desktop = Device("phone"), Device("desktop", Fate.DEFERRED)
    done = give(desk, phone, desktop)
    assert [one.facts.left for one in done.given] == [10] and done.failed == (("desktop", "it hangs"),)
    title = "10 min · next Thursday 26 November, 15:00"
    ((said, phrase, discreet),) = phone.got
    assert (said, discreet) == (title, True) and "our first point" in phrase
    assert give(desk, phone, desktop) == Nudged() and len(phone.got) == len(desktop.got) == 1


def test_that_it_is_given_is_committed_before(desk: Desk) -> None:
    class Dies(Device):
        def notify(self, title: str, body: str, *, discreet: bool = False) -> Outcome:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        give(desk, Dies())
    assert give(desk, phone := Device()) == Nudged() and phone.got == []


@pytest.mark.parametrize(("after", "times"), [(59.0, 1), (60.0, 0)], ids=["in time", "late"])
def test_one_that_would_be_late_is_dropped(desk: Desk, after: float, times: int) -> None:
    phone = Device()
    assert len(give(desk, phone, after=after).given) == len(phone.got) == times


def test_what_nobody_took_is_not_tried_again(desk: Desk) -> None:
    device = Device(fate=Fate.UNCERTAIN)
    assert give(desk, device).failed == (("me", "it hangs"),)
    assert give(desk, device) == Nudged() and len(device.got) == 1
