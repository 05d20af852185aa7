"""When messages go, with real dates: nights, weekends, year ends, clocks that change, and clients far away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calsync.model.rules import Policy
from calsync.model.times import Hours, parse_days, parse_duration
from calsync.planning.timing import next_polite, polite, send_moment, usual_moment

BERLIN = ZoneInfo("Europe/Berlin")
ISTANBUL = ZoneInfo("Europe/Istanbul")
NEW_YORK = ZoneInfo("America/New_York")


def policy(hours: str = "08:30-19:00", days: str = "mon-fri") -> Policy:
    return Policy(polite_hours=Hours.parse(hours), polite_days=parse_days(days))


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def local(moment: datetime | None, zone: ZoneInfo = BERLIN) -> str | None:
    return None if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("moment", "hours", "days", "expected"),
    [
        pytest.param("2026-11-24 08:29", "08:30-19:00", "mon-fri", False, id="a minute early"),
        pytest.param("2026-11-24 08:30", "08:30-19:00", "mon-fri", True, id="beginning"),
        pytest.param("2026-11-24 19:00", "08:30-19:00", "mon-fri", True, id="end"),
        pytest.param("2026-11-24 19:00:01", "08:30-19:00", "mon-fri", False, id="a second late"),
        pytest.param("2026-11-28 12:00", "08:30-19:00", "mon-fri", False, id="Saturday"),
        pytest.param("2026-11-28 01:30", "22:00-02:00", "mon-fri", True, id="Friday's hours after midnight"),
        pytest.param("2026-11-23 01:30", "22:00-02:00", "mon-fri", False, id="Sunday's hours after midnight"),
        pytest.param("2026-11-29 03:00", "00:00-24:00", "mon-sun", True, id="always"),
        pytest.param("2026-10-25 02:30", "02:00-03:00", "sun", True, id="in the hour that comes twice"),
    ],
)
def test_polite_is_on_a_polite_day_within_its_hours_both_ends_included(
    moment: str, hours: str, days: str, expected: bool
) -> None:
    assert polite(at(moment), policy(hours, days), BERLIN) is expected


@pytest.mark.parametrize(
    ("moment", "hours", "days", "expected"),
    [
        pytest.param("2026-11-24 10:17", "08:30-19:00", "mon-fri", "2026-11-24 10:17", id="polite already"),
        pytest.param("2026-11-24 05:00", "08:30-19:00", "mon-fri", "2026-11-24 08:30", id="early morning"),
        pytest.param("2026-11-24 19:01", "08:30-19:00", "mon-fri", "2026-11-25 08:30", id="evening"),
        pytest.param("2026-11-27 19:30", "08:30-19:00", "mon-fri", "2026-11-30 08:30", id="Friday evening"),
        pytest.param("2026-12-31 22:00", "08:30-19:00", "mon-fri", "2027-01-01 08:30", id="year end"),
        pytest.param("2026-12-31 22:00", "08:30-19:00", "mon", "2027-01-04 08:30", id="one day a week"),
        pytest.param("2026-11-28 03:00", "22:00-02:00", "mon-fri", "2026-11-30 22:00", id="hours over midnight"),
        pytest.param("2026-11-28 12:00", "00:00-24:00", "mon-fri", "2026-11-30 00:00", id="whole days"),
        pytest.param("2026-10-24 20:00", "08:30-19:00", "sun", "2026-10-25 08:30", id="over the night of 25 hours"),
        pytest.param("2027-03-27 20:00", "08:30-19:00", "sun", "2027-03-28 08:30", id="over the night of 23 hours"),
        pytest.param("2027-03-28 01:00", "02:30-10:00", "sun", "2027-03-28 03:30", id="a beginning that is skipped"),
        pytest.param("2027-03-28 01:00", "02:10-02:40", "sun", "2027-04-04 02:10", id="hours that are skipped"),
    ],
)
def test_the_next_polite_moment(moment: str, hours: str, days: str, expected: str) -> None:
    assert local(next_polite(at(moment), policy(hours, days), BERLIN)) == expected


def test_there_is_no_next_polite_moment_without_a_polite_day() -> None:
    assert next_polite(at("2026-11-24 05:00"), Policy(polite_days=frozenset()), BERLIN) is None


@pytest.mark.parametrize(
    ("start", "lead", "hours", "days", "expected"),
    [
        pytest.param("2026-11-25 14:00", "1d", "08:30-19:00", "mon-fri", "2026-11-24 14:00", id="a day before"),
        pytest.param("2026-11-25 14:00", "1h", "08:30-19:00", "mon-fri", "2026-11-25 13:00", id="an hour before"),
        pytest.param("2026-11-26 14:00", "3d", "08:30-19:00", "mon-fri", "2026-11-23 14:00", id="three days before"),
        pytest.param("2026-11-25 19:00", "1d", "08:30-19:00", "mon-fri", "2026-11-24 19:00", id="end of the hours"),
        pytest.param("2026-11-25 07:00", "1d", "08:30-19:00", "mon-fri", "2026-11-24 08:30", id="later that morning"),
        pytest.param("2026-11-25 20:00", "1d", "08:30-19:00", "mon-fri", "2026-11-23 19:00", id="less than half left"),
        pytest.param("2026-11-25 20:30", "1d", "08:30-19:00", "mon-fri", "2026-11-25 08:30", id="exactly half left"),
        pytest.param("2026-11-25 09:00", "1h", "08:30-19:00", "mon-fri", "2026-11-25 08:30", id="1h, half left"),
        pytest.param("2026-11-25 08:59", "1h", "08:30-19:00", "mon-fri", "2026-11-24 08:30", id="1h, less than half"),
        pytest.param("2026-11-25 21:00", "1h", "08:30-19:00", "mon-fri", "2026-11-24 19:00", id="1h, in the evening"),
        pytest.param("2026-11-30 09:00", "1d", "08:30-19:00", "mon-fri", "2026-11-27 09:00", id="Monday to Friday"),
        pytest.param("2026-11-30 09:00", "1h", "08:30-19:00", "mon-fri", "2026-11-30 08:30", id="Monday, 1h"),
        pytest.param("2026-11-30 20:30", "1d", "08:30-19:00", "mon-fri", "2026-11-30 08:30", id="Monday evening"),
        pytest.param("2026-11-30 06:00", "1d", "08:30-19:00", "mon-fri", "2026-11-27 08:30", id="into the hours, up"),
        pytest.param("2026-11-29 22:00", "1d", "08:30-19:00", "mon-fri", "2026-11-27 19:00", id="into the hours, down"),
        pytest.param(
            "2026-12-01 09:00", "3d", "08:30-19:00", "mon-fri", "2026-11-27 09:00", id="3d, next is 24.5 h off"
        ),
        pytest.param("2026-12-02 20:30", "3d", "08:30-19:00", "mon-fri", "2026-11-30 08:30", id="3d, from Sunday on"),
        pytest.param("2027-01-04 09:00", "1d", "08:30-19:00", "mon-fri", "2027-01-01 09:00", id="year end, backwards"),
        pytest.param("2027-01-01 10:00", "1d", "08:30-19:00", "mon-fri", "2026-12-31 10:00", id="year end"),
        pytest.param("2026-12-04 10:00", "1d", "08:30-19:00", "mon", "2026-11-30 10:00", id="one polite day a week"),
        pytest.param("2026-11-29 03:00", "1d", "00:00-24:00", "mon-sun", "2026-11-28 03:00", id="always polite"),
        pytest.param(
            "2026-11-30 12:00", "1d", "00:00-24:00", "mon-fri", "2026-11-30 00:00", id="whole days, half left"
        ),
        pytest.param("2026-11-30 11:00", "1d", "00:00-24:00", "mon-fri", "2026-11-27 11:00", id="whole days, back"),
        pytest.param("2026-10-25 15:00", "1d", "00:00-24:00", "mon-sun", "2026-10-24 16:00", id="1d is 24 h, autumn"),
        pytest.param("2027-03-28 15:00", "1d", "00:00-24:00", "mon-sun", "2027-03-27 14:00", id="1d is 24 h, spring"),
        pytest.param("2026-10-26 09:00", "1d", "08:30-19:00", "mon-fri", "2026-10-23 09:00", id="back over autumn"),
        pytest.param("2027-03-29 09:00", "1d", "08:30-19:00", "mon-fri", "2027-03-26 09:00", id="back over spring"),
        pytest.param(
            "2026-11-25 01:00", "1d", "22:00-02:00", "mon-fri", "2026-11-24 01:00", id="inside, past midnight"
        ),
        pytest.param(
            "2026-12-01 01:00", "1d", "22:00-02:00", "mon-fri", "2026-11-28 01:00", id="past midnight of Friday"
        ),
        pytest.param("2026-11-28 06:00", "1d", "22:00-02:00", "mon-fri", "2026-11-26 22:00", id="over midnight, up"),
    ],
)
def test_the_usual_moment(start: str, lead: str, hours: str, days: str, expected: str) -> None:
    moment = usual_moment(at(start), parse_duration(lead), policy(hours, days), BERLIN)
    assert local(moment) == expected


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        pytest.param(BERLIN, "2026-11-23 17:00", id="afternoon in Berlin"),
        pytest.param(ISTANBUL, "2026-11-23 19:00", id="the very end in Istanbul"),
        pytest.param(NEW_YORK, "2026-11-23 11:00", id="morning in New York"),
        pytest.param(ZoneInfo("Asia/Tokyo"), "2026-11-24 08:30", id="night in Tokyo, so the next morning"),
    ],
)
def test_polite_hours_are_those_of_the_zone_given(zone: ZoneInfo, expected: str) -> None:
    start = at("2026-11-24 17:00", BERLIN)
    assert local(usual_moment(start, timedelta(days=1), policy(), zone), zone) == expected


def test_the_lead_is_real_time_when_only_the_zone_of_the_call_changes_its_clocks() -> None:
    start = at("2026-10-25 15:00", BERLIN)
    moment = usual_moment(start, timedelta(days=1), policy(days="mon-sun"), ISTANBUL)
    assert local(moment, ISTANBUL) == "2026-10-24 17:00"


def test_a_policy_without_polite_days_has_no_moment_to_send_at() -> None:
    start, now = at("2026-11-25 14:00"), at("2026-11-20 14:00")
    nobody = Policy(polite_days=frozenset())
    assert usual_moment(start, timedelta(days=1), nobody, BERLIN) == at("2026-11-24 14:00")
    assert send_moment(start, timedelta(days=1), nobody, BERLIN, now, least_notice=timedelta(0)) is None


@pytest.mark.parametrize(
    ("start", "lead", "now", "least", "not_before", "expected"),
    [
        pytest.param("2026-11-25 14:00", "1d", "2026-11-20 10:00", "30m", None, "2026-11-24 14:00", id="long before"),
        pytest.param("2026-11-25 14:00", "1d", "2026-11-24 14:00", "30m", None, "2026-11-24 14:00", id="at the moment"),
        pytest.param("2026-11-25 14:00", "1d", "2026-11-24 16:00", "30m", None, "2026-11-24 16:00", id="booked late"),
        pytest.param("2026-11-25 14:00", "1d", "2026-11-24 21:00", "30m", None, "2026-11-25 08:30", id="late at night"),
        pytest.param("2026-11-30 09:00", "1d", "2026-11-27 12:00", "30m", None, "2026-11-27 12:00", id="late, Friday"),
        pytest.param(
            "2026-11-30 09:00", "1d", "2026-11-28 12:00", "30m", None, "2026-11-30 08:30", id="late, Saturday"
        ),
        pytest.param("2026-11-30 08:59", "1d", "2026-11-28 12:00", "30m", None, None, id="none leaves enough notice"),
        pytest.param("2026-11-30 08:59", "1d", "2026-11-28 12:00", "0m", None, "2026-11-30 08:30", id="none needed"),
        pytest.param("2026-11-25 14:00", "1d", "2026-11-25 13:30", "30m", None, "2026-11-25 13:30", id="just enough"),
        pytest.param("2026-11-25 14:00", "1d", "2026-11-25 13:31", "30m", None, None, id="too late"),
        pytest.param("2026-11-25 14:00", "1d", "2026-11-25 15:00", "0m", None, None, id="it has begun"),
        pytest.param("2026-11-25 07:00", "1h", "2026-11-25 05:00", "30m", None, None, id="before anybody is up"),
        pytest.param(
            *("2026-11-25 14:00", "1d", "2026-11-20 10:00", "30m", "2026-11-20 10:07"),
            "2026-11-24 14:00",
            id="changed long before",
        ),
        pytest.param(
            *("2026-11-25 14:00", "1d", "2026-11-24 13:58", "30m", "2026-11-24 14:08"),
            "2026-11-24 14:08",
            id="changed just now",
        ),
        pytest.param(
            *("2026-11-25 14:00", "1d", "2026-11-24 16:00", "30m", "2026-11-24 16:05"),
            "2026-11-24 16:05",
            id="booked late and changed just now",
        ),
        pytest.param(
            *("2026-11-25 14:00", "1d", "2026-11-24 18:55", "30m", "2026-11-24 19:05"),
            "2026-11-25 08:30",
            id="waiting leads into the night",
        ),
        pytest.param(
            *("2026-11-25 14:00", "1d", "2026-11-25 13:25", "30m", "2026-11-25 13:35"), None, id="waiting is too long"
        ),
        pytest.param(
            *("2026-11-25 14:00", "1d", "2026-11-24 16:00", "30m", "2026-11-24 15:00"),
            "2026-11-24 16:00",
            id="has settled",
        ),
    ],
)
def test_the_moment_of_sending(
    start: str, lead: str, now: str, least: str, not_before: str | None, expected: str | None
) -> None:
    moment = send_moment(
        at(start),
        parse_duration(lead),
        policy(),
        BERLIN,
        at(now),
        least_notice=parse_duration(least),
        not_before=None if not_before is None else at(not_before),
    )
    assert local(moment) == expected


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001
ZONES = st.sampled_from([BERLIN, ISTANBUL, NEW_YORK, ZoneInfo("Australia/Lord_Howe")])
POLICIES = st.builds(
    policy,
    st.sampled_from(["08:30-19:00", "00:00-24:00", "22:00-02:00", "12:00-12:15"]),
    st.sampled_from(["mon-fri", "mon-sun", "sun", "tue,thu"]),
)


@given(MOMENTS, st.integers(30, 5 * 24 * 60), POLICIES, ZONES)
def test_the_usual_moment_is_polite_and_leaves_half_the_lead(
    start: datetime, lead: int, some: Policy, zone: ZoneInfo
) -> None:
    moment = usual_moment(start, timedelta(minutes=lead), some, zone)
    assert polite(moment, some, zone)
    assert start - moment >= timedelta(minutes=lead) / 2


@given(MOMENTS, POLICIES, ZONES)
def test_nothing_polite_lies_before_the_next_polite_moment(moment: datetime, some: Policy, zone: ZoneInfo) -> None:
    found = next_polite(moment, some, zone)
    assert found is not None and found >= moment and polite(found, some, zone)
    while moment < found:
        assert not polite(moment, some, zone)
        moment += timedelta(minutes=15)
