"""One heartbeat: jobs that fail harm no other, ledgers are opened anew, and every step counts as progress."""

from __future__ import annotations

import pytest

from calsync.daemon.heartbeat import Heartbeat, Job
from calsync.daemon.host import Host
from calsync.errors import ConfigErrors, LedgerError
from calsync.wiring import House
from tests.daemon.conftest import Stand, Stands
from tests.e2e.running import wait_for


class Beating(Heartbeat):
    """A heartbeat with two jobs; the first raises what it is told to."""

    def __init__(self, host: Host) -> None:
        super().__init__(host, "test")
        self.error: Exception | None = None
        self.tried = self.done = self.begun_anew = 0
        self.houses: list[House] = []

    def jobs(self) -> tuple[Job, ...]:
        return Job("first", 1, self._first), Job("second", 1, self._second)

    def anew(self) -> None:
        self.begun_anew += 1

    def _first(self) -> None:
        self.tried += 1
        if self.houses[-1:] != [self.house()]:
            self.houses.append(self.house())
        if self.error is not None:
            raise self.error

    def _second(self) -> None:
        self.done += 1


@pytest.fixture
def at_work(stand: Stands) -> tuple[Stand, Beating]:
    stood = stand()
    return stood, Beating(stood.host)


def alerts(stood: Stand) -> set[str]:
    """Return the keys of the alerts that stand."""
    house = stood.desk.house()
    try:
        return {key for key, _, _ in house.ledger.alerts()}
    finally:
        house.close()


def _end(stood: Stand, heart: Heartbeat) -> None:
    stood.host.stopping.set()
    heart.wake()
    assert heart.join(5)


def test_a_job_that_fails_is_told_once_without_its_words_and_stops_no_other(at_work: tuple[Stand, Beating]) -> None:
    stood, heart = at_work
    heart.error = ValueError("Secret merger of ayse@acme.example")
    heart.start()
    try:
        wait_for(lambda: heart.done >= 2, "the second job, twice")
        before = heart.tried
        stood.clock.pass_by(6)
        wait_for(lambda: heart.tried > before, "another try after a pause")
        assert stood.log.count("test first: a fault in calsync itself (ValueError at test_heartbeat.py:") == 1
        assert "Secret" not in stood.log
        wait_for(lambda: "daemon:test first" in alerts(stood), "an alert")
        heart.error = None
        stood.clock.pass_by(20)
        wait_for(lambda: "over: test first" in stood.log, "its end")
        wait_for(lambda: not alerts(stood), "the alert's end")
    finally:
        _end(stood, heart)
    assert stood.host.troubles.standing == ()


def test_one_that_keeps_failing_is_not_tried_at_every_tick(at_work: tuple[Stand, Beating]) -> None:
    stood, heart = at_work
    heart.error = MemoryError()
    heart.start()
    try:
        wait_for(lambda: heart.done >= 2, "the second job, twice")
        assert heart.tried == 1
    finally:
        _end(stood, heart)


def test_a_ledger_that_fails_is_opened_anew(at_work: tuple[Stand, Beating]) -> None:
    stood, heart = at_work
    heart.error = LedgerError("the disk is full")
    heart.start()
    try:
        wait_for(lambda: stood.host.troubles.standing == ("the disk is full",), "the trouble")
        heart.error = None
        stood.clock.pass_by(6)
        wait_for(lambda: not stood.host.troubles.standing, "its end")
    finally:
        _end(stood, heart)
    assert len(heart.houses) == 2


def test_after_a_reload_the_house_is_another_and_only_a_good_config_counts(at_work: tuple[Stand, Beating]) -> None:
    stood, heart = at_work
    config = stood.desk.folder / "config.toml"
    heart.start()
    try:
        wait_for(lambda: heart.houses, "the first house")
        good = config.read_text()
        config.write_text(good.replace('"45m"', '"45"'))
        with pytest.raises(ConfigErrors):
            stood.host.reload()
        heart.wake()
        assert stood.host.settings()[0] == 0
        config.write_text(good.replace('"45m"', '"30m"'))
        stood.host.reload()
        heart.wake()
        wait_for(lambda: len(heart.houses) == 2, "the second house")
    finally:
        _end(stood, heart)
    assert [house.rules.clients[0].policy.per_call for house in heart.houses] != []
    assert len({house.rules.clients[0].policy.per_call for house in heart.houses}) == 2


def test_it_makes_progress_while_nothing_happens(at_work: tuple[Stand, Beating]) -> None:
    stood, heart = at_work
    heart.most_wait_s = 0.05
    heart.start()
    try:
        before = heart.beats
        wait_for(lambda: heart.beats > before + 3, "progress")
    finally:
        _end(stood, heart)
