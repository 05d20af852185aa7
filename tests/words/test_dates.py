"""Days and clock times as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from calsync.model.period import Period
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


@pytest.mark.parametrize(
    ("period", "at", "language", "said"),
    [
        pytest.param("2026-11", "2026-11-23", "en", "November", id="a month"),
        pytest.param("2027-01", "2026-12-20", "en", "January 2027", id="of another year"),
        pytest.param("2026-11", "2026-11-23", "tr", "Kasım ayı", id="a turkish month"),
        pytest.param("2027-01", "2026-12-20", "tr", "2027 Ocak ayı", id="a turkish month of another year"),
        pytest.param("2026-11", "2026-11-23", "de", "November", id="a german month"),
        pytest.param("2026-W48", "2026-11-23", "en", "the week of 23 November", id="a week"),
        pytest.param("2026-W48", "2026-11-23", "en-US", "the week of November 23", id="an american week"),
        pytest.param("2026-W48", "2026-11-23", "tr", "23–29 Kasım haftası", id="a turkish week"),
        pytest.param("2026-W49", "2026-11-23", "tr", "30 Kasım – 6 Aralık haftası", id="a turkish week of two months"),
        pytest.param("2026-W53", "2027-01-02", "en", "the week of 28 December", id="a week over two years"),
        pytest.param("2027-W01", "2026-12-20", "tr", "4–10 Ocak 2027 haftası", id="a turkish week of another year"),
        pytest.param("2026-W48", "2026-11-23", "de", "Woche vom 23. November", id="a german week"),
    ],
)
def test_a_week_or_month_has_its_name(period: str, at: str, language: str, said: str) -> None:
    assert dates.period(Period.parse(period), language, at=date.fromisoformat(at)) == said


@pytest.mark.parametrize(
    ("minutes", "language", "said"),
    [
        (0, "en", "0 minutes"), (1, "en", "1 minute"), (60, "en", "1 hour"), (405, "en", "6 hours 45 minutes"),
        (1800, "en", "30 hours"), (61, "de", "1 Stunde 1 Minute"), (405, "de", "6 Stunden 45 Minuten"),
        (405, "tr", "6 saat 45 dakika"),
    ],
)  # fmt: skip
def test_minutes_are_said_in_hours_and_minutes(minutes: int, language: str, said: str) -> None:
    assert dates.length(minutes, language) == said
