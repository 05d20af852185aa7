"""When a call ends, and what does not move it: whole cycles over a small calendar file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import Desk, at, call, config


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.config(config())
    desk.put(call("a", "25 15:00"), call("b", "27 15:00"))
    return desk


def stops(desk: Desk) -> list[str]:
    return [f"{one.hard_stop:%d %H:%M}" for one in desk.plan().calls]


def test_caps_of_week_and_month_move_no_hard_stop(desk: Desk) -> None:
    desk.config(config(client='per_week = "50m"\nper_month = "1h"'))
    assert stops(desk) == ["25 15:45", "27 15:45"]


def test_a_hard_stop_that_the_client_was_told_is_not_moved_by_the_config(desk: Desk) -> None:
    desk.sync_at("23 09:00", "24 15:00")
    desk.config(config(client='per_call = "30m"'))
    desk.now = at("24 16:00")
    assert stops(desk) == ["25 15:45", "27 15:30"]
    assert desk.sync_at("24 16:00", "24 16:05") == []


def test_a_shorter_event_ends_before_the_cap(desk: Desk) -> None:
    desk.put(call("a", "25 15:00", 20))
    assert stops(desk) == ["25 15:20"]
