"""A state folder that was put back from an older copy: nothing goes twice, and all else goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from calsync.deliver.outbox import approve
from calsync.model.memory import Announce
from calsync.ports import OLDER_LEDGER
from tests.desk import Desk, at, call
from tests.planning.test_messages import Made, made

__all__ = ["made"]

Restore = Callable[[], None]


def ledger_alone(desk: Desk) -> Restore:
    """Keep a copy of the ledger, as people copy the one file that seems to matter."""
    file, copy = desk.folder / "state" / "ledger.sqlite3", desk.folder / "copy.sqlite3"
    shutil.copy(file, copy)
    return lambda: Path(shutil.copy(copy, file)).chmod(0o600)


def whole_folder(desk: Desk) -> Restore:
    """Keep a copy of the whole state folder, as a backup of the machine does."""
    state, copy = desk.folder / "state", desk.folder / "copy"
    shutil.copytree(state, copy)

    def restore() -> None:
        shutil.rmtree(state)
        shutil.copytree(copy, state)

    return restore


both = pytest.mark.parametrize("keep", [ledger_alone, whole_folder], ids=["ledger alone", "whole folder"])
Keep = Callable[[Desk], Restore]


def alerts(desk: Desk) -> list[str]:
    house = desk.house()
    try:
        return [key for key, _, _ in house.ledger.alerts()]
    finally:
        house.close()


def states(desk: Desk) -> list[str]:
    return sorted(line.split()[0] for line in desk.planned())


@both
def test_what_was_sent_since_the_copy_waits_for_her_and_what_lies_ahead_goes(made: Made, keep: Keep) -> None:
    desk = made(call("a", "25 15:00"), call("b", "27 15:00"))
    assert desk.sync_at("23 09:00") == []
    restore = keep(desk)
    # What was booked since leaves its marks, by which a whole folder is known as an older copy.
    desk.put(call("a", "25 15:00"), call("b", "27 15:00"), call("c", "25 17:00"))
    assert desk.sync_at("23 10:00", "24 15:00", "24 17:00") == ["24 15:00 timeframe ayse", "24 17:00 timeframe ayse"]
    restore()
    assert desk.sync_at("24 17:30") == []
    assert states(desk) == ["planned", "unknown", "unknown"] and alerts(desk) == [OLDER_LEDGER]
    assert desk.sync_at("24 17:35", "24 20:00") == []
    desk.say("skip", "planned")
    for row in desk.memory().messages:
        if row.state == "unknown" and row.key.start == at("25 17:00"):
            house = desk.house()
            house.ledger.set_state(approve(row, desk.now))
            house.close()
    assert desk.sync_at("25 10:00") == ["25 10:00 timeframe ayse"]
    assert states(desk) == ["unknown"]


@both
def test_an_update_since_the_copy_is_not_sent_again(made: Made, keep: Keep) -> None:
    desk = made(call("a", "27 15:00"))
    assert desk.sync_at("23 09:00", "26 15:00") == ["26 15:00 timeframe ayse"]
    restore = keep(desk)
    desk.put(call("a", "27 16:00"))
    assert desk.sync_at("26 16:30") == ["26 16:30 update ayse"]
    restore()
    assert desk.sync_at("26 18:00", "26 18:05", "27 09:00") == []
    assert states(desk) == ["unknown"] and alerts(desk) == [OLDER_LEDGER]
    desk.put(call("a", "27 17:30"))
    assert desk.sync_at("27 10:30") == ["27 10:30 update ayse"]


def test_a_reminder_and_a_message_ahead_go_as_ever(made: Made) -> None:
    desk = made(call("a", "25 15:00"), defaults='message_before = ["1d", "2h"]')
    assert desk.sync_at("23 09:00", "24 15:00") == ["24 15:00 timeframe ayse"]
    restore = ledger_alone(desk)
    desk.put(call("a", "25 15:00"), call("b", "25 16:00"))
    assert desk.sync_at("24 15:30", "24 16:00") == ["24 16:00 timeframe ayse"]
    restore()
    assert desk.sync_at("24 17:00", "25 13:00", "25 14:00") == ["25 13:00 reminder ayse", "25 14:00 reminder ayse"]


@both
@pytest.mark.parametrize("reset", [False, True], ids=["announce", "reset"])
def test_the_announcement_is_made_once(made: Made, keep: Keep, reset: bool) -> None:
    desk = made(call("a", "25 15:00"), client="reset = true" if reset else "")
    if not reset:
        house = desk.house()
        house.ledger.announce(Announce(client="acme", because="", at_once=False, at=at("23 08:00")))
        house.close()
    assert desk.sync_at("23 09:00") == []
    restore = keep(desk)
    desk.put(call("a", "25 15:00"), call("b", "27 15:00"))
    assert desk.sync_at("23 10:00", "24 15:00") == ["24 15:00 announcement ayse"]
    restore()
    # The call that it went with is over: now it would go with the next.
    sent = desk.sync_at("25 17:00", "26 15:00", "26 16:00")
    left = [one for one in desk.planned() if not one.startswith("unknown")]
    assert [one for one in sent + left if "announcement" in one] == []


def test_an_announcement_that_is_wished_for_afterwards_goes(made: Made) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00")
    restore = ledger_alone(desk)
    desk.sync_at("24 15:00")
    restore()
    desk.sync_at("24 16:00")
    house = desk.house()
    house.ledger.announce(Announce(client="acme", because="", at_once=False, at=at("24 17:00")))
    house.close()
    desk.put(call("a", "25 15:00"), call("b", "27 15:00"))
    assert desk.sync_at("24 17:30", "26 15:00") == ["26 15:00 announcement ayse"]


@both
def test_a_call_booked_after_the_copy_was_put_back_is_a_late_booking(made: Made, keep: Keep) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00")
    restore = keep(desk)
    desk.put(call("a", "25 15:00"), call("b", "25 16:00"))
    desk.sync_at("23 10:00", "24 15:00", "24 16:00")
    restore()
    assert desk.sync_at("24 16:30") == []
    desk.put(call("a", "25 15:00"), call("b", "25 16:00"), call("c", "25 17:30"))
    assert desk.sync_at("24 18:00") == ["24 18:00 timeframe ayse"]


def test_what_the_copy_was_about_to_send_is_held_by_the_pass_that_sends_too(made: Made) -> None:
    """The daemon's two passes come in any order."""
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00")
    restore = ledger_alone(desk)
    desk.sync_at("24 15:00")
    restore()
    house = desk.house()
    try:
        assert house.deliver(at("24 15:01")).sent == ()
    finally:
        house.close()
    assert desk.row("unknown").key.start == at("25 15:00")
    assert desk.sync_at("24 15:05") == []


def test_what_she_had_approved_before_the_copy_does_not_go_twice(made: Made) -> None:
    desk = made(call("a", "27 15:00"), defaults='send = "ask"')
    desk.sync_at("26 15:00")
    desk.put(call("a", "27 15:00"), call("b", "27 17:00"))
    desk.say("approve", "asks")
    restore = whole_folder(desk)
    assert desk.sync_at("26 15:01") == ["26 15:01 timeframe ayse"]
    restore()
    assert desk.sync_at("26 17:00", "26 17:05") == []
    assert states(desk) == ["unknown", "unknown"]


def test_a_cycle_that_died_between_writing_and_recording_holds_nothing_back(made: Made) -> None:
    desk = made()
    desk.sync_at("24 14:30")
    # What a dead one leaves: the files of its folder, in their place, as they were before.
    before = {path: path.read_bytes() for path in (desk.folder / "state").iterdir() if path.is_file()}
    desk.put(call("a", "25 15:00"))
    desk.sync_at("24 14:50")
    for path, content in before.items():
        if path.read_bytes() != content:
            path.write_bytes(content)
    assert desk.sync_at("24 15:00") == ["24 15:00 timeframe ayse"] and alerts(desk) == []


def test_days_without_calsync_are_no_older_copy(made: Made) -> None:
    desk = made(call("a", "27 15:00"), call("b", "27 17:00"))
    desk.sync_at("23 09:00")
    desk.put(call("a", "27 15:00"), call("b", "27 17:30"), call("c", "27 12:00"))
    assert desk.sync_at("26 18:00") == [
        "26 18:00 timeframe ayse",
        "26 18:00 timeframe ayse",
        "26 18:00 timeframe ayse",
    ]
    assert alerts(desk) == []


def test_a_note_that_she_pasted_into_another_event_is_no_older_copy(made: Made) -> None:
    desk = made(call("a", "27 15:00"))
    desk.sync_at("23 09:00")
    event = desk.text().split("BEGIN:VEVENT\r\n")[1].split("END:VEVENT")[0]
    copy = event.replace("UID:a", "UID:pasted").replace("Istanbul:20261127", "Istanbul:20261126")
    desk.write(desk.text().replace("END:VCALENDAR", f"BEGIN:VEVENT\r\n{copy}END:VEVENT\r\nEND:VCALENDAR"))
    assert desk.sync_at("25 16:00") == ["25 16:00 timeframe ayse"] and alerts(desk) == []


def test_a_copy_of_minutes_ago_is_an_older_one_too(made: Made) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("24 14:50")
    restore = ledger_alone(desk)
    desk.put(call("a", "25 15:00"), call("b", "25 12:00"))
    assert desk.sync_at("24 15:01") == ["24 15:01 timeframe ayse", "24 15:01 timeframe ayse"]
    restore()
    assert desk.sync_at("24 15:05", "24 15:10") == [] and states(desk) == ["unknown", "unknown"]


def test_what_was_written_long_ago_and_forgotten_since_is_no_trace_of_another(made: Made) -> None:
    desk = made(call("a", "23 15:00"), call("b", "27 15:00"))
    desk.sync_at("23 09:00", "24 09:00")
    house = desk.house()
    house.ledger.forget_written(key for key, item in house.ledger.memory().written.items() if item.start < desk.now)
    house.close()
    assert desk.sync_at("26 16:00") == ["26 16:00 timeframe ayse"] and OLDER_LEDGER not in alerts(desk)
