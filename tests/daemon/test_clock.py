"""Suspend and steps of the wall clock are told from time that passes."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from calsync.daemon.clock import Clock, Jumps
from tests.daemon.conftest import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.mark.parametrize(
    ("wall", "monotonic", "boottime", "said"),
    [
        pytest.param(3600, 0, 0, ["the clock was set forward by 1h"], id="an hour forward"),
        pytest.param(-86400 - 61, 0, 0, ["the clock was set back by 1d1m1s"], id="a day back"),
        pytest.param(3 * 86400, 0, 3 * 86400, ["the machine was suspended for 3d"], id="three days of suspend"),
        pytest.param(
            3600,
            0,
            7200,
            ["the machine was suspended for 2h and the clock was set back by 1h"],
            id="suspend and a wrong clock after it",
        ),
        pytest.param(15, 15, 15, [], id="time passes"),
        pytest.param(86400, 86400, 86400, [], id="a day passes, in which nobody looked"),
        pytest.param(4, 0, 0, [], id="a small correction"),
        pytest.param(-4, 0, 0, [], id="a small correction back"),
    ],
)
def test_what_lay_between_two_looks(
    clock: HandClock, wall: float, monotonic: float, boottime: float, said: list[str]
) -> None:
    told: list[str] = []
    jumps = Jumps(clock, lambda jump: told.append(str(jump)))
    clock.moment += timedelta(seconds=wall)
    clock.seconds += monotonic
    clock.since_boot += boottime
    assert jumps.look() == len(said)
    assert jumps.look() == len(said), "it is counted once"
    assert told == said


def test_the_machines_own_clocks_run_on_and_agree() -> None:
    clock = Clock()
    before = clock.wall(), clock.monotonic(), clock.boottime()
    event = threading.Event()
    assert not clock.wait(event, 0.01)
    event.set()
    assert clock.wait(event, 60)
    after = clock.wall(), clock.monotonic(), clock.boottime()
    assert before[0].tzinfo is not None
    assert all(now > then for now, then in zip(after[1:], before[1:], strict=True))
    assert Jumps(clock, lambda jump: pytest.fail(str(jump))).look() == 0
