"""When the heartbeat that reconciles runs its pass, and that what is unchanged costs it a look and no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from calsync.daemon.reconciling import Reconciling
from calsync.model.memory import Decision
from calsync.wiring import House
from tests.daemon.conftest import Stand, Stands, opened_files
from tests.desk import call


@dataclass(slots=True)
class Looks:
    """The heartbeat without its thread: each tick is asked for."""

    stand: Stand
    heart: Reconciling
    passes: int = 0
    _counted: House | None = None

    def house(self) -> House:
        house = self.heart.house()
        if house is not self._counted:
            self._counted, reconcile = house, house.reconcile

            def counted(*words: Any, **named: Any) -> Any:
                self.passes += 1
                return reconcile(*words, **named)

            house.reconcile = counted  # type: ignore[method-assign]
        return house

    def tick(self, seconds: float = 1.0) -> int:
        """Let time pass, look once, and return how many whole passes there were because of it."""
        before, _ = self.passes, self.house()
        self.stand.clock.pass_by(seconds)
        self.job("look")
        return self.passes - before

    def job(self, name: str) -> None:
        next(job for job in self.heart.jobs() if job.name == name).do()

    @property
    def file(self) -> str:
        return str(self.stand.desk.folder / "work.ics")


@pytest.fixture
def looks(stand: Stands) -> Looks:
    stood = stand()
    return Looks(stood, Reconciling(stood.host, lambda: None))


def test_the_first_look_is_a_whole_pass_and_what_it_wrote_itself_is_no_change(looks: Looks) -> None:
    assert looks.tick() == 1
    assert looks.stand.desk.notes() == 1
    assert [looks.tick() for _ in range(5)] == [0] * 5


def test_an_unchanged_file_is_not_opened_by_a_look_nor_by_a_whole_pass(looks: Looks) -> None:
    looks.tick()
    with opened_files() as opened:
        assert looks.tick() == 0
        looks.job("poll")
        assert looks.tick(300) == 1
    assert looks.file not in opened
    with opened_files() as opened:
        looks.stand.desk.put(call("b", "26 15:00"))
        opened.clear()
        assert looks.tick() == 1
    assert looks.file in opened, "a changed one is"


def test_a_pass_wakes_the_other_heartbeat_when_the_outbox_learned_something(stand: Stands) -> None:
    stood = stand()
    woken: list[bool] = []
    looks = Looks(stood, Reconciling(stood.host, lambda: woken.append(True)))
    looks.tick()
    assert woken == [True]
    looks.tick(300)
    assert woken == [True]


def test_a_change_while_a_pass_runs_is_met_by_another_one(looks: Looks) -> None:
    house = looks.house()
    reconcile = house.reconcile

    def disturbed(*words: Any, **named: Any) -> Any:
        done = reconcile(*words, **named)
        looks.stand.desk.put(call("b", "26 15:00"))
        return done

    house.reconcile = disturbed  # type: ignore[method-assign]
    assert looks.tick() == 1
    house.reconcile = reconcile  # type: ignore[method-assign]
    assert looks.tick() == 1
    assert looks.stand.desk.blocks()["before"] == "1455-1500"
    assert looks.tick() == 0


def test_what_another_connection_commits_is_looked_at(looks: Looks) -> None:
    looks.tick()
    house = looks.stand.desk.house()
    house.ledger.decide(Decision(subject="a", series=False, verdict="skip", client="", at=looks.stand.clock.wall()))
    house.close()
    looks.tick()
    assert looks.stand.desk.blocks() == {}
    assert looks.tick() == 0


def test_the_other_heartbeat_can_have_it_plan_anew(looks: Looks) -> None:
    looks.tick()
    looks.heart.again()
    assert [looks.tick(), looks.tick()] == [1, 0]


def test_a_calendar_that_can_not_be_read_is_tried_again_after_growing_pauses(looks: Looks) -> None:
    looks.tick()
    looks.stand.desk.write("BEGIN:VCALENDAR\r\nbroken")
    assert looks.tick() == 1
    tries, begin = [], looks.stand.clock.moment
    for _ in range(1000):
        if looks.tick():
            tries.append((looks.stand.clock.moment - begin) // timedelta(seconds=1))
    pauses = [later - earlier for earlier, later in zip([0, *tries], tries, strict=False)]
    assert pauses == [15, 30, 60, 120, 240, 300], "doubled, and the poll at last"
    assert looks.stand.log.count('warning: calendar "work"') == 1
    looks.stand.desk.put(call("b", "26 15:00"))
    assert looks.tick() == 1, "when it changes it is not waited for"
    assert 'over: calendar "work"' in looks.stand.log


def test_a_file_that_changes_all_the_time_leaves_time_for_others(looks: Looks) -> None:
    """A pass that takes ten seconds is followed by ten seconds without one, whatever changes."""
    house = looks.house()
    reconcile = house.reconcile

    def slow(*words: Any, **named: Any) -> Any:
        looks.stand.clock.pass_by(10)
        return reconcile(*words, **named)

    house.reconcile = slow  # type: ignore[method-assign]
    looks.tick()
    passes = 0
    for day in range(1, 21):
        looks.stand.desk.put(call("b", f"12-{day:02} 15:00"))
        passes += looks.tick()
    assert passes == 2


def test_a_large_change_is_told_once_with_the_command_that_goes_on(stand: Stands) -> None:
    stood = stand(*(call(f"c{day}", f"{day} 15:00") for day in (24, 25, 26)), more="[limits]\nchanges = 2\n")
    looks = Looks(stood, Reconciling(stood.host, lambda: None))
    looks.tick()
    looks.job("poll")
    looks.tick(300)
    assert stood.log.count("a large change waits: it touches 3 calls") == 1
    assert "calsync sync --digest" in stood.log
    assert stood.host.troubles.standing
    assert stood.desk.notes() == 0


def test_after_two_seconds_displaced_files_are_looked_at_again(looks: Looks) -> None:
    looks.tick()
    looked: list[str] = []
    calendar = looks.heart.house().calendars["work"]
    settle = calendar.settle

    def noted() -> bool:
        looked.append("work")
        settle()
        return True

    calendar.settle = noted  # type: ignore[method-assign]
    assert looks.tick(1) == 0
    assert looked == []
    assert looks.tick(1.5) == 1, "something was put back, so it plans anew"
    assert looked == ["work"]


def test_what_is_held_is_told_by_id_and_reason(stand: Stands) -> None:
    stood = stand(call("a", "25 06:00"))
    Looks(stood, Reconciling(stood.host, lambda: None)).tick()
    assert "for acme: held (it starts outside your work hours" in stood.log


def test_in_observe_the_log_says_nothing_of_what_it_would_do(stand: Stands) -> None:
    stood = stand(mode="observe")
    Looks(stood, Reconciling(stood.host, lambda: None)).tick()
    assert stood.log == ""


def test_a_config_that_is_read_again_for_a_command_is_no_problem_any_more(looks: Looks) -> None:
    host = looks.stand.host
    before = looks.house()
    before.ledger.alert("config", host.clock.wall(), "the config was not taken over")
    host.troubles.stands("config", "the config was not taken over")
    looks.stand.desk.config(looks.stand.desk.folder.joinpath("config.toml").read_text().replace("45m", "30m"))
    house = looks.heart.reload()
    assert house is not before and looks.heart.house() is house
    assert house.settings == host.settings()[1] != before.settings
    assert host.troubles.standing == ()
    assert [key for key, _, _ in house.ledger.alerts()] == []
