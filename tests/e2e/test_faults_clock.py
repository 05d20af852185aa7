"""Clocks that jump, machines that sleep, nights that are longer or shorter, and zones that are not the owner's."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.clocked import DrivenClock
from tests.e2e.running import Running
from tests.e2e.soon import FOLDER, WATCHDOG_S, Soon, goes_on, in_folder, put_soon

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Istanbul"))
HOUR = timedelta(hours=1)


def put(folder: Path, *starts: datetime, lead: str = "1h", top: str = "") -> Soon:
    """Put calls at these instants, each told so long before; their clients are c0, c1, …"""
    names = [f"c{number}" for number in range(len(starts))]
    return put_soon(folder, FOLDER, names=names, starts=starts, defaults=f'message_before = "{lead}"\n', top=top)


def sent(soon: Soon) -> list[str]:
    """Return who got a mail, in order; never anybody a second one, nor one about a call that had begun."""
    mails = in_folder(soon)
    assert max(Counter(mail.message_id for mail in mails).values(), default=1) == 1
    return [mail.name for mail in mails]


def looks(daemon: Running, clock: DrivenClock) -> None:
    """Let a little more than a minute pass, and wait until both passes have gone on in it."""
    clock.pass_by(seconds=70)
    goes_on(daemon)


def until(moment: datetime, daemon: Running, clock: DrivenClock) -> None:
    """Let time pass until `moment`, and a little more."""
    if moment > clock.now:
        clock.pass_by(seconds=(moment - clock.now).total_seconds())
        looks(daemon, clock)


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
            until(moment, daemon, clock)
        daemon.wait_for(lambda: sent(soon) == then, f"mails to {then}")
        assert daemon.stop()[0] == 0
    starts = dict(zip(("c0", "c1", "c2"), (1.2, 2.1, 27), strict=True))
    for mail in in_folder(soon):
        assert mail.at < NINE + starts[mail.name] * HOUR
    states = soon.states()
    assert {name for name in states if states[name] == "sent"} == set(then)
    assert states["c1"] == ("sent" if "c1" in then else "expired")


def test_after_three_days_asleep_no_more_leave_than_the_limit_and_none_about_a_call_that_has_begun(
    tmp_path: Path,
) -> None:
    # One is past, eight lie ahead when it wakes; each message fell due in an hour of its own.
    starts = [NINE + 30 * HOUR, *(NINE + (74 + number) * HOUR for number in range(8))]
    clock = DrivenClock(tmp_path / "clock", NINE)
    soon = put(tmp_path, *starts, top="[limits]\nmessages = 3\n", lead="1d")
    with Running(tmp_path, clock=clock, watchdog_s=WATCHDOG_S) as daemon:
        daemon.wait_for(lambda: len(soon.states()) == 9, "all messages are queued")
        clock.suspend(days=3)
        daemon.says("suspended for 3d")
        daemon.wait_for(lambda: len(sent(soon)) == 3, "the first three")
        for _ in range(4):
            looks(daemon, clock)
            clock.pass_by(minutes=20)
        until(NINE + 77 * HOUR, daemon, clock)
        daemon.wait_for(lambda: len(sent(soon)) == 8, "the last ones")
        assert daemon.stop()[0] == 0
    mails = in_folder(soon)
    for mail in mails:
        assert mail.at < starts[int(mail.name[1:])]
        assert sum(mail.at <= other.at < mail.at + HOUR for other in mails) <= 3
    states = soon.states()
    assert states.pop("c0") == "expired"
    names = sorted(states)
    assert [set(names[:3]), set(names[3:6]), set(names[6:])] == [
        {mail.name for mail in mails if low * HOUR <= mail.at - NINE < high * HOUR}
        for low, high in ((72, 72.5), (72.5, 76), (76, 78))
    ], "what is nearest goes first, and all of it goes"
