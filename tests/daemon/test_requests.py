"""What commands ask is done by the daemon's own house, once, and answered whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from calsync.daemon.answers import CycleDone, Done, done_of
from calsync.daemon.requests import PATIENCE, Wish, serve
from calsync.errors import CalsyncError, ConfigErrors, Interrupted, LockHeld, UsageError
from calsync.model.message import State
from calsync.reconcile.clean import Cleaned
from calsync.settings.edit import set_mode
from calsync.wiring import House
from tests.reconcile.conftest import CONFIG, Stage, event

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # the message is due, in the polite hours of Berlin


class Daemon:
    """Serves in the way of the real one, in this thread: reload opens a house anew, deliver runs a pass."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.now = stage, NOW
        self.house = stage.house()
        self.reloads = 0

    def reload(self) -> House:
        fresh = self.stage.house()
        self.house.close()
        self.house, self.reloads = fresh, self.reloads + 1
        return fresh

    def deliver(self, house: House, now: datetime | None) -> None:
        house.deliver(now or self.now)

    def look(self) -> bool:
        return serve(self.house, self.now, self.reload, self.deliver)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.config(CONFIG)
    made.put(event("weekly@kaya", "20261125T100000"))
    return made


@pytest.fixture
def daemon(stage: Stage) -> Iterator[Daemon]:
    made = Daemon(stage)
    yield made
    made.house.close()


def wish(stage: Stage, command: Any, **other: Any) -> Wish:
    return replace(Wish(command=command, config=str(stage.folder / "config.toml")), **other)


def ask(stage: Stage, asked: Wish, at: datetime = NOW) -> int:
    with closing(stage.house()) as house:
        return house.ledger.ask(asked.asked(), at)


def answered(stage: Stage, number: int) -> Done:
    with closing(stage.house()) as house:
        answer = house.ledger.answered(number)
        assert answer is not None
        return done_of(answer)


def test_nobody_asked_nothing_is_done(daemon: Daemon) -> None:
    assert daemon.look() is False
    assert daemon.reloads == 0


def test_a_cycle_is_done_once_and_answered(daemon: Daemon, stage: Stage) -> None:
    daemon.now = LATER
    number = ask(stage, wish(stage, "sync", force=True), LATER)
    assert daemon.look() is True
    done = answered(stage, number)
    assert isinstance(done, CycleDone)
    assert sorted(change.action.value for change in done.applied) == ["add_block", "add_block", "write_note"]
    assert [(one.key.to, one.state) for one in done.sent] == [("ayse@acme.example", State.SENT)]
    assert stage.notes() == 1
    assert daemon.look() is False
    stage.now = LATER
    stage.quiet()


def test_only_the_plan_that_was_approved_is_carried_out(daemon: Daemon, stage: Stage) -> None:
    digest = stage.plan().digest
    other = ask(stage, wish(stage, "sync", digest="00000000"))
    right = ask(stage, wish(stage, "sync", digest=digest))
    daemon.look()
    refused, done = answered(stage, other), answered(stage, right)
    assert isinstance(refused, CycleDone) and isinstance(done, CycleDone)
    assert (refused.applied, refused.sent) == ((), ())
    assert "another one now" in refused.large
    assert (done.large, len(done.applied)) == ("", 3)


def test_a_clean_up_takes_everything_back(daemon: Daemon, stage: Stage) -> None:
    before = stage.text()
    stage.sync()
    assert stage.text() != before
    number = ask(stage, wish(stage, "clean"))
    daemon.look()
    done = answered(stage, number)
    assert isinstance(done, Cleaned)
    assert len(done.removed) == 3
    assert stage.text() == before


def test_act_is_done_by_the_config_as_it_now_is(daemon: Daemon, stage: Stage) -> None:
    stage.config(CONFIG.replace('"act"', '"observe"'))
    daemon.reload()
    digest = stage.plan().digest
    set_mode(stage.folder / "config.toml", "act")
    number = ask(stage, wish(stage, "act", digest=digest))
    daemon.look()
    done = answered(stage, number)
    assert isinstance(done, CycleDone)
    assert (done.mode, len(done.applied), stage.notes()) == ("act", 3, 1)
    assert daemon.house.rules.mode == "act"


def test_act_whose_mode_was_set_back_does_nothing(daemon: Daemon, stage: Stage) -> None:
    stage.config(CONFIG.replace('"act"', '"observe"'))
    number = ask(stage, wish(stage, "act", any_size=True))
    daemon.look()
    with pytest.raises(UsageError, match="observe"):
        answered(stage, number)
    assert stage.notes() == 0


def test_a_rehearsal_goes_by_its_own_clock(daemon: Daemon, stage: Stage) -> None:
    number = ask(stage, wish(stage, "sync", force=True, now=LATER))
    daemon.look()
    done = answered(stage, number)
    assert isinstance(done, CycleDone)
    assert done.now == LATER
    assert [one.sent_at for one in done.sent] == [LATER]


def test_a_wrong_config_is_answered_and_the_old_house_goes_on(daemon: Daemon, stage: Stage) -> None:
    first = ask(stage, wish(stage, "clean"))
    stage.config("mode = 1\n")
    house = daemon.house
    assert serve(house, NOW, daemon.reload, daemon.deliver)
    stage.config(CONFIG)
    with pytest.raises(ConfigErrors):
        answered(stage, first)
    number = ask(stage, wish(stage, "sync", force=True))
    daemon.look()
    assert isinstance(answered(stage, number), CycleDone)


def test_a_command_by_another_config_is_refused(daemon: Daemon, stage: Stage, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(CONFIG)
    number = ask(stage, wish(stage, "clean", config=str(other)))
    daemon.look()
    with pytest.raises(UsageError, match="another config") as caught:
        answered(stage, number)
    assert str(stage.folder / "config.toml") in caught.value.hint


def test_the_same_config_by_another_name_is_the_same(daemon: Daemon, stage: Stage, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(stage.folder / "config.toml")
    number = ask(stage, wish(stage, "clean", config=str(link)))
    daemon.look()
    assert isinstance(answered(stage, number), Cleaned)


def test_what_a_dead_daemon_had_taken_is_never_done_again(daemon: Daemon, stage: Stage) -> None:
    number = ask(stage, wish(stage, "sync", force=True))
    assert daemon.house.ledger.take(number)
    assert daemon.look() is True
    with pytest.raises(Interrupted, match="ended while doing this"):
        answered(stage, number)
    assert stage.notes() == 0


def test_what_nobody_waits_for_any_more_is_not_done(daemon: Daemon, stage: Stage) -> None:
    number = ask(stage, wish(stage, "sync", force=True), NOW - PATIENCE - timedelta(seconds=1))
    daemon.look()
    with pytest.raises(LockHeld, match="too long ago"):
        answered(stage, number)
    assert stage.notes() == 0


def test_what_was_taken_back_is_not_done(daemon: Daemon, stage: Stage) -> None:
    number = ask(stage, wish(stage, "sync", force=True))
    daemon.house.ledger.take_back(number)
    assert daemon.look() is False
    assert stage.notes() == 0


@pytest.mark.parametrize(
    "what",
    [
        pytest.param({}, id="empty"),
        pytest.param({"command": "clean", "config": "c"}, id="of an earlier version"),
        pytest.param({**Wish(command="clean", config="c").asked(), "gently": True}, id="of a later version"),
        pytest.param({**Wish(command="clean", config="c").asked(), "command": "forget"}, id="an unknown command"),
    ],
)
def test_what_another_version_asked_is_refused(daemon: Daemon, stage: Stage, what: dict[str, Any]) -> None:
    with closing(stage.house()) as house:
        number = house.ledger.ask(what, NOW)
    daemon.look()
    with pytest.raises(UsageError, match="another version"):
        answered(stage, number)


def test_one_that_fails_leaves_the_next_alone(daemon: Daemon, stage: Stage) -> None:
    numbers = [ask(stage, wish(stage, "clean", config="/no/such")), ask(stage, wish(stage, "sync", force=True))]
    daemon.look()
    with pytest.raises(UsageError):
        answered(stage, numbers[0])
    assert isinstance(answered(stage, numbers[1]), CycleDone)


def test_a_fault_is_answered_and_goes_on_to_the_log(
    daemon: Daemon, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: House, now: datetime, **other: object) -> None:
        raise ZeroDivisionError("Ayşe")

    monkeypatch.setattr(House, "clean", broken)
    number = ask(stage, wish(stage, "clean"))
    with pytest.raises(ZeroDivisionError):
        daemon.look()
    with pytest.raises(CalsyncError, match="a fault in calsync itself") as caught:
        answered(stage, number)
    assert "Ayşe" not in caught.value.what
    assert daemon.look() is False


def test_what_another_pass_sent_meanwhile_is_told_too(daemon: Daemon, stage: Stage) -> None:
    """The heartbeat that sends may be faster than the pass that the request waits for."""
    daemon.now = LATER

    def faster(house: House, now: datetime | None) -> None:
        with closing(stage.house()) as other:
            assert other.deliver(LATER).sent
        assert not house.deliver(LATER).sent

    number = ask(stage, wish(stage, "sync", force=True), LATER)
    serve(daemon.house, LATER, daemon.reload, faster)
    done = answered(stage, number)
    assert isinstance(done, CycleDone)
    assert [one.key.to for one in done.sent] == ["ayse@acme.example"]
