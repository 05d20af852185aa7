"""What a machine is asked about its user."""

from __future__ import annotations

from pathlib import Path

import pytest

from calsync.cli.guess import calendars, language, zone


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        pytest.param({"TZ": "Europe/Berlin"}, "Europe/Berlin", id="$TZ"),
        pytest.param({"TZ": ":/usr/share/zoneinfo/Europe/Berlin"}, "Europe/Berlin", id="$TZ as a file"),
        pytest.param({"TZ": "EST5EDT4,M3"}, "Europe/Istanbul", id="a rule in $TZ names no zone"),
        pytest.param({}, "Europe/Istanbul", id="/etc/timezone"),
    ],
)
def test_the_zone_of_the_machine(tmp_path: Path, named: dict[str, str], expected: str) -> None:
    (tmp_path / "timezone").write_text("Europe/Istanbul\n")
    assert zone(named, tmp_path) == expected


def test_the_zone_is_what_localtime_leads_to_or_not_known(tmp_path: Path) -> None:
    assert zone({}, tmp_path) == ""
    (tmp_path / "localtime").symlink_to("../usr/share/zoneinfo/America/Argentina/Ushuaia")
    assert zone({}, tmp_path) == "America/Argentina/Ushuaia"
    (tmp_path / "timezone").write_bytes(b"\xff")
    assert zone({}, tmp_path) == "America/Argentina/Ushuaia"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"LANG": "tr_TR.UTF-8"}, "tr"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "de_AT"}, "de"),
        ({"LANG": "en_US.UTF-8"}, "en-US"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "trv_TW"}, "en"),
        ({"LC_ALL": "C.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_of_the_locale(said: dict[str, str], expected: str) -> None:
    assert language(said) == expected


def test_calendars_in_usual_places_are_offered_once_and_the_nearest_first(tmp_path: Path) -> None:
    here = tmp_path / "Documents"
    evolution = tmp_path / ".local/share/evolution/calendar/system"
    for folder in (here, evolution):
        folder.mkdir(parents=True)
    for path in (here / "b.ics", tmp_path / "a.ics", evolution / "calendar.ics"):
        path.touch()
    (tmp_path / "folder.ics").mkdir()
    assert calendars(tmp_path, here) == (here / "b.ics", tmp_path / "a.ics", evolution / "calendar.ics")
    for n in range(20):
        (here / f"{n}.ics").touch()
    assert len(calendars(tmp_path, here)) == 9
    assert calendars(tmp_path / "nowhere", tmp_path / "nowhere") == ()
