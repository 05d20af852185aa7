"""Days and clock times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from calsync.words import dates

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
CALL = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "day", "with_year", "clock"),
    [
        pytest.param("en", "Tuesday 24 November", "Tuesday 24 November 2026", "15:05", id="british"),
        pytest.param("en-US", "Tuesday, November 24", "Tuesday, November 24, 2026", "3:05 PM", id="american"),
        pytest.param("tr", "24 Kasım Salı", "24 Kasım 2026 Salı", "15:05", id="turkish"),
        pytest.param("de", "Dienstag, 24. November", "Dienstag, 24. November 2026", "15:05", id="german"),
    ],
)
def test_day_and_clock(language: str, day: str, with_year: str, clock: str) -> None:
    assert dates.day(CALL, "Europe/Berlin", language, at=AT) == day
    assert dates.day(CALL, "Europe/Berlin", language, at=AT.replace(year=2025)) == with_year
    assert dates.clock(CALL, "Europe/Berlin", language) == clock


def test_the_year_is_that_of_the_readers_zone() -> None:
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert dates.day(new_year, "Europe/Berlin", "en", at=AT) == "Friday 1 January 2027"
    assert dates.day(new_year, "UTC", "en", at=AT) == "Thursday 31 December"
    assert dates.day(new_year, "Europe/Berlin", "en", at=new_year) == "Friday 1 January"


@pytest.mark.parametrize(
    ("zone", "language", "city"),
    [
        pytest.param("Europe/Istanbul", "en", "Istanbul", id="english"),
        pytest.param("Europe/Istanbul", "tr", "İstanbul", id="turkish"),
        pytest.param("America/Argentina/Buenos_Aires", "en", "Buenos Aires", id="inside a state"),
        pytest.param("Asia/Calcutta", "en", "Kolkata", id="an old name"),
        pytest.param("UTC", "en", "UTC", id="no city"),
    ],
)
def test_a_zone_is_called_by_its_city(zone: str, language: str, city: str) -> None:
    assert dates.city(zone, language) == city


@pytest.mark.parametrize("number", [0, 1, 2, 21])
def test_counting_follows_the_language(number: int) -> None:
    assert dates.counted(number, "minute", "minutes", "en") == f"{number} minute{'' if number == 1 else 's'}"


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        pytest.param("iki iş", "tr", "İki iş", id="turkish i"),
        pytest.param("ısı", "tr", "Isı", id="turkish ı"),
        pytest.param("it is", "en", "It is", id="english i"),
        pytest.param("", "en", "", id="nothing"),
    ],
)
def test_capitals(text: str, language: str, said: str) -> None:
    assert dates.capitalised(text, language) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a\r\nb\tc\x00\x1fd", "a b c d", id="controls"),
        pytest.param("a\u2028b\u2029c\x85d", "a b c d", id="other line breaks"),
        pytest.param("\u202ea\u2066b\u200fc\ufeff", "abc", id="marks of direction"),
        pytest.param("\ud800a", "a", id="half a character"),
        pytest.param("👩\u200d💻", "👩\u200d💻", id="joined emoji"),
        pytest.param("İşık ç", "İşık ç", id="turkish letters"),
    ],
)
def test_foreign_text_becomes_one_plain_line(text: str, said: str) -> None:
    assert dates.plain(text) == said
