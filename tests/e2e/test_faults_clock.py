"""Clocks that jump, machines that sleep, nights that are longer or shorter, and zones that are not the owner's."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.clocked import DrivenClock
from tests.e2e.running import Running
from tests.e2e.soon import FOLDER, Soon, in_folder, put_soon

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Istanbul"))
HOUR = timedelta(hours=1)
WATCHDOG_S = 0.3  # so often at least the daemon says that both passes went on


def put(folder: Path, *starts: datetime, **more: str) -> Soon:
    """Put calls at these instants, each told an hour before; their clients are c0, c1, …"""
    names = [f"c{number}" for number in range(len(starts))]
    return put_soon(folder, FOLDER, names=names, starts=starts, defaults='message_before = "1h"\n', **more)


def sent(soon: Soon) -> list[str]:
    """Return who got a mail, in order; never anybody a second one, nor one about a call that had begun."""
    mails = in_folder(soon)
    assert max(Counter(mail.message_id for mail in mails).values(), default=1) == 1
    return [mail.name for mail in mails]


def looks(daemon: Running, clock: DrivenClock) -> None:
    """Let a little more than a minute pass, and wait until both passes have gone on in it."""
    clock.pass_by(seconds=70)
    before = daemon.told.count("WATCHDOG=1")
    daemon.wait_for(lambda: daemon.told.count("WATCHDOG=1") >= before + 3, "three signs of life")


@pytest.mark.parametrize(
    ("step", "asleep", "then"),
    [
        pytest.param(HOUR, False, ["c0", "c1", "c2"], id="set forward by an hour"),
        pytest.param(-HOUR, False, ["c0", "c1", "c2"], id="set back by an hour"),
        # c1 has begun by then, and hears nothing any more.
        pytest.param(24 * HOUR, False, ["c0", "c2"], id="set forward by a day"),
        pytest.param(-24 * HOUR, False, ["c0", "c1", "c2"], id="set back by a day"),
        pytest.param(HOUR, True, ["c0", "c1", "c2"], id="asleep for an hour"),
        pytest.param(24 * HOUR, True, ["c0", "c2"], id="asleep for a day"),
    ],
)
def test_a_clock_that_jumps_leads_to_no_second_mail_and_to_none_that_is_too_late(
    tmp_path: Path, step: timedelta, asleep: bool, then: list[str]
) -> None:
    clock = DrivenClock(tmp_path / "clock", NINE)
    soon = put(tmp_path, NINE + 1.2 * HOUR, NINE + 2.1 * HOUR, NINE + 27 * HOUR)
    with Running(tmp_path, clock=clock, watchdog_s=WATCHDOG_S) as daemon:
        clock.pass_by(minutes=15)
        daemon.wait_for(lambda: sent(soon) == ["c0"], "the first mail")
        (clock.suspend if asleep else clock.step)(seconds=step.total_seconds())
        daemon.says("everything is looked at anew")
        looks(daemon, clock)
        if step < timedelta(0):
            assert sent(soon) == ["c0"]
        for moment in (NINE + 0.25 * HOUR, NINE + 1.1 * HOUR, NINE + 2 * HOUR, NINE + 26 * HOUR):
            if moment > clock.now:
                clock.pass_by(seconds=(moment - clock.now).total_seconds())
                looks(daemon, clock)
        daemon.wait_for(lambda: sent(soon) == then, f"mails to {then}")
        assert daemon.stop()[0] == 0
    starts = dict(zip(("c0", "c1", "c2"), (1.2, 2.1, 27), strict=True))
    for mail in in_folder(soon):
        assert mail.at < NINE + starts[mail.name] * HOUR
    states = soon.states()
    assert {name for name in states if states[name] == "sent"} == set(then)
    assert states["c1"] == ("sent" if "c1" in then else "expired")
