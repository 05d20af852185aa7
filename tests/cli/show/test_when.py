"""Dates and times as the owner and as a program reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calsync.cli.show.when import Clock, minutes, rfc3339

ISTANBUL = ZoneInfo("Europe/Istanbul")
CLOCK = Clock(ISTANBUL, datetime(2026, 11, 23, 9, tzinfo=UTC))


def test_an_instant_is_said_on_the_owners_clocks() -> None:
    assert CLOCK.when(datetime(2026, 11, 24, 11, 0, tzinfo=UTC)) == "Tue 24 Nov 14:00"


def test_a_day_changes_with_the_zone() -> None:
    assert CLOCK.when(datetime(2026, 11, 23, 22, 30, tzinfo=UTC)) == "Tue 24 Nov 01:30"


def test_another_year_is_said() -> None:
    assert CLOCK.when(date(2027, 1, 4)) == "Mon 4 Jan 2027"


def test_the_end_has_its_day_where_it_is_another() -> None:
    start = datetime(2026, 11, 24, 23, 30, tzinfo=ISTANBUL)
    assert CLOCK.span(start, start + timedelta(minutes=15)) == "23:30–23:45"
    assert CLOCK.span(start, start + timedelta(hours=1)) == "23:30–Wed 25 Nov 00:30"


@pytest.mark.parametrize(
    ("length", "said"), [(45, "45 min"), (60, "1 h"), (150, "2 h 30"), (-15, "−15 min"), (0, "0 min"), (65, "1 h 05")]
)
def test_minutes(length: int, said: str) -> None:
    assert minutes(length) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        pytest.param(datetime(2026, 11, 24, 14, tzinfo=ISTANBUL), "2026-11-24T14:00:00+03:00", id="its own zone"),
        pytest.param(datetime(2026, 11, 24, 14, tzinfo=UTC), "2026-11-24T14:00:00+00:00", id="UTC"),
        pytest.param(date(2026, 11, 24), "2026-11-24", id="all day"),
        pytest.param(
            datetime(1900, 1, 1, 12, tzinfo=ZoneInfo("Europe/Paris")),
            "1900-01-01T11:50:39+00:00",
            id="an offset with seconds is not in RFC 3339",
        ),
        pytest.param(
            datetime.fromisoformat("2026-11-24T14:00"), "2026-11-24T14:00:00", id="a zone nobody knows: no offset"
        ),
    ],
)
def test_times_of_rfc_3339(moment: date, said: str) -> None:
    assert rfc3339(moment) == said
