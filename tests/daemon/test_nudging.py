"""The heartbeat that nudges: when it looks at calendars, and what it does without anybody to tell."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from calsync.daemon.nudging import Nudging
from calsync.model.call import Flex
from calsync.ports import Fate, Outcome
from calsync.wiring import House
from tests.daemon.conftest import Stand, Stands
from tests.desk import at, call

APPRISE = '[channels.me]\ntype = "apprise"\nurls = [{ env = "PUSH" }]\n'


@dataclass(slots=True)
class Heard:
    """The heartbeat without its thread; what the owner's phone heard, and how often calendars were looked at."""

    stand: Stand
    heart: Nudging
    name: str = "me"
    titles: list[str] = field(default_factory=list)
    looks: int = 0

    def notify(self, title: str, body: str, *, discreet: bool = False) -> Outcome:
        assert discreet and body
        self.titles.append(f"{self.stand.clock.moment:%H:%M} {title}")
        return Outcome(fate=Fate.ACCEPTED)

    def check(self) -> str:
        return ""

    def house(self) -> House:
        house = self.heart.house()
        house.notifiers = (self,)
        look = house.look

        def counted(*words: object) -> object:
            self.looks += 1
            return look(*words)  # type: ignore[arg-type]

        house.look = counted  # type: ignore[method-assign, assignment]
        return house

    def until(self, moment: str, step: float = 3.0) -> list[str]:
        """Let time pass until then, ask every few seconds, and return what was heard meanwhile."""
        before = len(self.titles)
        while self.stand.clock.moment < at(moment):
            self.stand.clock.pass_by(min(step, (at(moment) - self.stand.clock.moment).total_seconds()))
            self.heart.jobs()[0].do()
        return self.titles[before:]


@pytest.fixture
def heard(stand: Stands) -> Heard:
    stood = stand(call("a", "24 15:00"), more=APPRISE)
    stood.desk.now = stood.clock.moment
    stood.desk.sync()
    made = Heard(stood, Nudging(stood.host))
    made.house()
    return made


def test_every_nudge_of_a_call_comes_once_at_its_moment_and_calendars_are_looked_at_only_then(heard: Heard) -> None:
    assert heard.until("24 14:59", 60.0) == [] and heard.looks == 0
    assert heard.until("24 15:46") == ["15:00 45 min until 15:45", "15:35 10 min", "15:43 2 min", "15:45 Time is up"]
    assert heard.looks == 4
    assert "nudged about call" in heard.stand.log and "Acme" not in heard.stand.log


def test_after_a_sleep_none_comes_late(heard: Heard) -> None:
    assert heard.until("24 15:36", 86400.0) == [] and heard.looks == 0
    assert heard.until("24 15:50") == ["15:43 2 min", "15:45 Time is up"]


def test_a_call_that_is_flexed_meanwhile_is_followed_at_once(heard: Heard) -> None:
    heard.until("24 15:40", 20.0)
    heard.stand.desk.now = at("24 15:40")
    house = heard.stand.desk.house()
    house.ledger.flex("a", Flex(minutes=5, because="", at=at("24 15:40")))
    house.close()
    heard.stand.desk.sync()
    assert heard.until("24 15:51") == ["15:40 10 min", "15:48 2 min", "15:50 Time is up"]


def test_a_calendar_that_can_not_be_read_for_a_moment_is_asked_again(heard: Heard) -> None:
    file = heard.stand.desk.folder / "work.ics"
    heard.until("24 14:59", 60.0)
    file.rename(file.with_suffix(".away"))
    assert heard.until("24 15:00") == []
    file.with_suffix(".away").rename(file)
    assert heard.until("24 15:01") == ["15:00 45 min until 15:45"]


def test_without_a_notifier_no_house_is_opened(stand: Stands) -> None:
    stood = stand()
    heart = Nudging(stood.host)
    heart.jobs()[0].do()
    assert not (stood.desk.folder / "state" / "calsync.db").exists() and heart.jobs()[0].every_s == 60.0
