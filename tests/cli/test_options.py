"""Times, zones and minutes as they are read from the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from calsync.cli.options import parse_minutes, parse_when, parse_zone
from calsync.model.times import instant

ISTANBUL = ZoneInfo("Europe/Istanbul")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-11-24", date(2026, 11, 24), id="a date"),
        pytest.param("2026-11-24T14:00:00Z", datetime(2026, 11, 24, 14, tzinfo=UTC), id="UTC"),
        pytest.param("2026-11-24t14:00:00z", datetime(2026, 11, 24, 14, tzinfo=UTC), id="lower case"),
        pytest.param(
            "2026-11-24 14:00+03:00", datetime(2026, 11, 24, 14, tzinfo=timezone(timedelta(hours=3))), id="a blank"
        ),
    ],
)
def test_T_is_a_time_of_rfc_3339_or_a_date(text: str, expected: date) -> None:
    assert parse_when(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("2026-11-24T14:00", "has no offset", id="a local time"),
        pytest.param("24.11.2026", "is no time", id="another order"),
        pytest.param("2026-02-30", "is no time", id="a day that is none"),
        pytest.param("2026-11-24T25:00Z", "is no time", id="an hour that is none"),
        pytest.param("0001-01-01", "lies outside", id="before all calendars"),
        pytest.param("9999-12-31T23:59:59-23:00", "lies outside", id="after all calendars"),
        pytest.param("tomorrow", "is no time", id="a word"),
        pytest.param("", "is no time", id="nothing"),
        pytest.param("2026-W48", "is no time", id="a week"),
        pytest.param("\u0662\u0660\u0662\u0666-11-24", "is no time", id="other digits"),
    ],
)
def test_what_is_no_T_is_refused_with_what_is_accepted(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_when(text)


def test_a_date_is_its_first_instant_in_the_zone() -> None:
    assert instant(date(2026, 11, 24), ISTANBUL) == datetime(2026, 11, 23, 21, tzinfo=UTC)


def test_a_day_without_midnight_begins_when_its_clocks_do() -> None:
    # In Beirut the clocks went from 24:00 to 01:00 on 26 March 2022.
    assert instant(date(2022, 3, 27), ZoneInfo("Asia/Beirut")) == datetime(2022, 3, 26, 22, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Europe/Atlantis", "../../etc/passwd", "", "Europe", "a\0b", "/etc/localtime"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no zone"):
        parse_zone(name)


def test_a_zone_almost_right_is_named() -> None:
    with pytest.raises(ValueError, match="did you mean Europe/Berlin"):
        parse_zone("Europe/Berln")


@pytest.mark.parametrize(("text", "minutes"), [("+15m", 15), ("-15m", -15), ("−10m", -10), ("+1h", 60)])
def test_minutes_have_a_sign(text: str, minutes: int) -> None:
    assert parse_minutes(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["15m", "+15", "", "+", "15", "++5m", "+1y"])
def test_minutes_without_sign_or_unit_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_minutes(text)
