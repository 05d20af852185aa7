"""A pass that the heartbeat that reconciles asks of the one that delivers: waited for, with its error and its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from calsync.daemon.delivering import Delivering
from calsync.errors import Interrupted, LedgerError
from calsync.wiring import House
from tests.daemon.conftest import Stand, Stands
from tests.desk import at


@pytest.fixture
def stood(stand: Stands) -> Stand:
    """A host over an outbox with one message that is due on Tuesday at 15:00; its clock shows Monday, 10:00."""
    made = stand()
    made.desk.now = made.clock.moment
    made.desk.sync()
    return made


@pytest.fixture
def heart(stood: Stand) -> Iterator[Delivering]:
    made = Delivering(stood.host)
    made.start()
    yield made
    stood.host.stopping.set()
    made.wake()
    assert made.join(20)


def no_beat() -> None:
    """Nobody counts."""


def test_it_is_over_when_the_other_goes_on(stood: Stand, heart: Delivering) -> None:
    heart.once(None, no_beat)
    assert stood.desk.mails() == []
    stood.clock.pass_by((at("24 15:00") - stood.clock.moment).total_seconds())
    heart.once(None, no_beat)
    assert len(stood.desk.mails()) == 1


def test_a_rehearsal_goes_by_its_own_instant(stood: Stand, heart: Delivering) -> None:
    heart.once(at("24 15:00"), no_beat)
    assert len(stood.desk.mails()) == 1
    assert stood.clock.moment == at("23 10:00")


def test_what_it_ends_with_is_told(stood: Stand, heart: Delivering, monkeypatch: pytest.MonkeyPatch) -> None:
    heart.once(None, no_beat)

    def broken(self: House, *words: Any, **named: Any) -> None:
        raise LedgerError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(House, "deliver", broken)
        with pytest.raises(LedgerError, match="the disk is full"):
            heart.once(None, no_beat)


def test_the_end_of_the_daemon_ends_the_waiting_which_is_progress_until_then(stood: Stand) -> None:
    beats: list[None] = []

    def beat() -> None:
        beats.append(None)
        stood.host.stopping.set()

    with pytest.raises(Interrupted):
        Delivering(stood.host).once(None, beat)  # its thread was never started: it hangs
    assert beats == [None]
