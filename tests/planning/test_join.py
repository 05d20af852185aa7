"""What of an event a message carries: whole cycles over a small calendar file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import Desk, call, config

LINK = "LOCATION:https://meet.example/acme"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.config(config())
    return desk


@pytest.mark.parametrize(
    ("organizer", "carried"),
    [
        pytest.param("deniz@kaya.example", True, id="hers"),
        pytest.param("ayse@acme.example", False, id="the client's"),
    ],
)
def test_the_link_to_join_stands_where_the_owner_is_the_organizer(desk: Desk, organizer: str, carried: bool) -> None:
    desk.put(
        call(
            "a", "25 15:00", 60, LINK, f"ORGANIZER:mailto:{organizer}", who=["ayse@acme.example", "deniz@kaya.example"]
        )
    )
    assert desk.sync_at("23 09:00", "24 15:00") == ["24 15:00 timeframe ayse"]
    assert ("Join: https://meet.example/acme" in desk.bodies()[0]) is carried
