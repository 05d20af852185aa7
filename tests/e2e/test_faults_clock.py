"""Clocks that jump, machines that sleep, nights that are longer or shorter, and zones that are not the owner's."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from calsync.settings.edit import set_mode
from tests.e2e.clocked import DrivenClock
from tests.e2e.conftest import Calsync
from tests.e2e.running import Running
from tests.e2e.soon import FOLDER, WATCHDOG_S, Soon, Taken, goes_on, in_folder, put_soon, together, write_calendar
from tests.sample import put_sample

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


# By how much the clock jumps, whether the machine slept meanwhile, and who is told: c1's call has begun after a day.
JUMPS = {
    "set forward by an hour": (HOUR, False, ["c0", "c1", "c2"]),
    "set back by an hour": (-HOUR, False, ["c0", "c1", "c2"]),
    "set forward by a day": (24 * HOUR, False, ["c0", "c2"]),
    "set back by a day": (-24 * HOUR, False, ["c0", "c1", "c2"]),
    "asleep for an hour": (HOUR, True, ["c0", "c1", "c2"]),
    "asleep for a day": (24 * HOUR, True, ["c0", "c2"]),
}


def test_a_clock_that_jumps_leads_to_no_second_mail_and_to_none_that_is_too_late(tmp_path: Path) -> None:
    def jumped(name: str, step: timedelta, asleep: bool, then: list[str]) -> None:
        folder = tmp_path / name
        folder.mkdir()
        clock = DrivenClock(folder / "clock", NINE)
        soon = put(folder, NINE + 1.2 * HOUR, NINE + 2.1 * HOUR, NINE + 27 * HOUR)
        with Running(folder, clock=clock, watchdog_s=WATCHDOG_S) as daemon:
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

    together(jumped, {name: (name, *case) for name, case in JUMPS.items()})


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


SERIES = """\
BEGIN:VEVENT
UID:{name}@kaya.example
DTSTAMP:20260101T080000Z
DTSTART;TZID={zone}:{first:%Y%m%dT%H%M%S}
DURATION:PT40M
RRULE:FREQ=DAILY
SUMMARY:Every night
ORGANIZER:mailto:deniz@kaya.example
ATTENDEE:mailto:{name}@{name}.example
END:VEVENT
"""
# In Berlin an hour comes twice in the one and is left out in the other; the clocks of Istanbul go on as ever.
NIGHTS = [
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Istanbul", date(2026, 10, 25)),
]


def test_in_nights_in_which_the_clocks_change_each_message_goes_once_and_at_its_moment(tmp_path: Path) -> None:
    def night(number: int, name: str, day: date) -> None:
        zone, folder = ZoneInfo(name), tmp_path / str(number)
        evening = datetime.combine(day, time(20), zone) - timedelta(days=1)
        starts = {
            who: [datetime.combine(day, at, zone) + timedelta(days=later) for later in range(2)]
            for who, at in (("early", time(2, 30)), ("late", time(4, 30)))
        }
        soon = put_soon(folder, FOLDER, names=[*starts], zone=name, defaults='message_before = "1h"\n')
        texts = [SERIES.format(name=who, zone=name, first=them[0] - timedelta(days=9)) for who, them in starts.items()]
        write_calendar(soon.file, "".join(texts))
        moments = sorted((start.astimezone(UTC) - HOUR, who) for who, them in starts.items() for start in them)
        clock = DrivenClock(folder / "clock", evening)
        with Running(folder, clock=clock, watchdog_s=WATCHDOG_S) as daemon:
            daemon.says("messages queued")
            for count, (moment, _) in enumerate(moments):
                until(moment - timedelta(seconds=150), daemon, clock)
                assert len(in_folder(soon)) == count, f"too early for {moment}"
                until(moment, daemon, clock)
                daemon.says("sent by mail", times=count + 1)
            assert daemon.stop()[0] == 0
        for mail, (moment, who) in zip(in_folder(soon), moments, strict=True):
            assert mail.name == who
            assert timedelta(0) <= mail.at - moment < timedelta(seconds=90)

    together(night, {f"{name} {day}": (number, name, day) for number, (name, day) in enumerate(NIGHTS)})


def test_the_zone_of_the_machine_changes_nothing(calsync: Calsync, tmp_path: Path) -> None:
    def after(zone: str) -> tuple[list[Taken], bytes, str]:
        sample = put_sample(tmp_path / zone.replace("/", " "))
        set_mode(sample / "config.toml", "act")
        words = ("--config", str(sample / "config.toml"), "sync", "--now", "2026-11-23T14:05:00+03:00")
        said = calsync(*words, TZ=zone).out
        written = re.sub(rb"i=[a-z0-9]+", b"i=", (sample / "work.ics").read_bytes().replace(b"\r\n ", b""))
        return in_folder(Soon(sample)), written, said

    with ThreadPoolExecutor(4) as at_once:
        usual, *others = at_once.map(after, ["UTC", "Pacific/Kiritimati", "America/St_Johns", ":/no/such/zone"])
    assert usual[0]
    assert others == [usual] * 3
