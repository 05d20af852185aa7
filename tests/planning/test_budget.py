"""Minutes per client, week and month: caps that a plan exceeds, and the figures of a report."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from calsync.model.call import Call
from calsync.model.event import Occurrence
from calsync.model.rules import Client, Owner, Policy, Rate, Rules
from calsync.model.times import month_span, week_span
from calsync.planning.budget import Figures, Use, caps, minutes_of, report, use, use_at

ISTANBUL = ZoneInfo("Europe/Istanbul")
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 12, tzinfo=ISTANBUL)
NOVEMBER = month_span(date(2026, 11, 1), ISTANBUL)


def a_client(
    key: str = "acme", *, week: int | None = None, month: int | None = None, rate: str | None = None
) -> Client:
    return Client(
        key=key,
        name=key.title(),
        policy=Policy(),
        timezone=BERLIN,
        per_week=None if week is None else timedelta(minutes=week),
        per_month=None if month is None else timedelta(minutes=month),
        rate=None if rate is None else Rate(amount=Decimal(rate), currency="EUR"),
    )


def some_rules(*clients: Client) -> Rules:
    owner = Owner(name="Deniz Kaya", sign="Deniz", email="deniz@kaya.example", timezone=ISTANBUL)
    return Rules(mode="act", owner=owner, clients=clients, calendars=("work",))


def a_call(start: str, client: Client, *, booked: int = 60, base: int | None = None, capped: int | None = None) -> Call:
    """Return a call of `client`; `start` on the clocks of Istanbul, the rest in minutes from it."""
    begin = datetime.fromisoformat(start).replace(tzinfo=ISTANBUL)
    base = booked if base is None else base
    end, base_stop, hard_stop = (
        begin + timedelta(minutes=n) for n in (booked, base, base if capped is None else capped)
    )
    event = Occurrence(calendar="work", uid=start, slot=None, start=begin, end=end)
    return Call(
        name=start,
        occurrence=event,
        copies=(event.ref,),
        client=client,
        people=(),
        group=False,
        organized=True,
        start=begin,
        end=end,
        base_stop=base_stop,
        hard_stop=hard_stop,
        told_stop=hard_stop,
        per_call=None,
    )


def test_a_call_counts_from_start_to_hard_stop() -> None:
    assert minutes_of(a_call("2026-11-24 15:00", a_client(), booked=60, capped=45)) == 45


def test_minutes_are_real_time_when_clocks_change_during_a_call() -> None:
    start = datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN)
    stop = datetime(2026, 10, 25, 3, 30, tzinfo=BERLIN)  # 2:00 to 3:00 comes twice
    event = Occurrence(calendar="work", uid="night", slot=None, start=start, end=stop)
    call = Call(
        name="night",
        occurrence=event,
        copies=(event.ref,),
        client=a_client(),
        people=(),
        group=False,
        organized=True,
        start=start,
        end=stop,
        base_stop=stop,
        hard_stop=stop,
        told_stop=stop,
        per_call=None,
    )
    assert minutes_of(call) == 180


def test_use_counts_one_clients_calls_by_their_start() -> None:
    acme, beta = a_client("acme"), a_client("beta")
    calls = [
        a_call("2026-11-22 23:59", acme),  # Sunday: the week before, though it ends in this one
        a_call("2026-11-23 00:00", acme, booked=10),
        a_call("2026-11-29 23:30", acme, booked=50, capped=45),
        a_call("2026-11-30 00:00", acme),
        a_call("2026-11-24 10:00", beta),
    ]
    assert use(calls, acme, week_span(date(2026, 11, 24), ISTANBUL)) == 55


def test_use_at_a_moment_is_that_of_its_week_and_month_in_the_owners_zone() -> None:
    acme = a_client(week=120)
    calls = [a_call("2026-11-30 10:00", acme, booked=30), a_call("2026-12-01 10:00", acme, booked=45)]
    late = datetime(2026, 11, 30, 22, 30, tzinfo=BERLIN)  # already December in Istanbul
    assert use_at(calls, acme, late, ISTANBUL) == Use(client="acme", week=75, month=45, per_week=120, per_month=None)


@pytest.mark.parametrize(
    ("starts", "week", "month", "expected"),
    [
        pytest.param(["2026-11-24 15:00", "2026-11-25 15:00"], 120, None, (), id="the cap itself is not exceeded"),
        pytest.param(
            ["2026-11-23 09:00", "2026-11-25 15:00"],
            *(90, None),
            ("Acme: 2h of 1h30m in the week of 23 Nov",),
            id="what was before now counts",
        ),
        pytest.param(["2026-11-16 09:00", "2026-11-17 09:00"], 90, None, (), id="a week that is over"),
        pytest.param(
            ["2026-11-03 09:00", "2026-11-25 15:00"], *(None, 90), ("Acme: 2h of 1h30m in November",), id="month"
        ),
        pytest.param(
            ["2026-12-02 09:00", "2026-12-03 09:00"],
            *(45, 45),
            ("Acme: 2h of 45m in the week of 30 Nov", "Acme: 2h of 45m in December"),
            id="both, by their beginning",
        ),
        pytest.param(
            ["2026-12-31 09:00", "2027-01-01 09:00"],
            *(90, 50),
            (
                "Acme: 1h of 50m in December",
                "Acme: 2h of 1h30m in the week of 28 Dec",
                "Acme: 1h of 50m in January 2027",
            ),
            id="an ISO week over the year end is one",
        ),
        pytest.param(
            [f"2026-11-{day} 09:00" for day in range(10, 30)],
            None,
            15 * 60,
            ("Acme: 20h of 15h in November",),
            id="hours",
        ),
        pytest.param(
            [f"2026-12-{day:02} 09:00" for day in range(1, 32)],
            None,
            1470,
            ("Acme: 31h of 24h30m in December",),
            id="no days",
        ),
        pytest.param(["2026-11-25 15:00"], 0, None, ("Acme: 1h of 0m in the week of 23 Nov",), id="a cap of nothing"),
        pytest.param(["2026-11-25 15:00"], None, None, (), id="no caps"),
    ],
)
def test_caps_that_are_exceeded_are_said(
    starts: list[str], week: int | None, month: int | None, expected: tuple[str, ...]
) -> None:
    acme = a_client(week=week, month=month)
    assert caps([a_call(start, acme) for start in starts], some_rules(acme), NOW) == expected


def test_caps_count_capped_minutes_of_each_client_alone_in_a_fixed_order() -> None:
    acme, beta = a_client("acme", week=80), a_client("beta", week=20)
    calls = [
        a_call("2026-11-25 09:00", beta, booked=60, capped=30),
        a_call("2026-11-25 15:00", acme, booked=60, capped=45),
        a_call("2026-11-26 15:00", acme, booked=60, capped=45),
    ]
    said = ("Acme: 1h30m of 1h20m in the week of 23 Nov", "Beta: 30m of 20m in the week of 23 Nov")
    rules = some_rules(beta, acme)
    assert caps(calls, rules, NOW) == said
    assert caps(calls[::-1], rules, NOW) == said


def test_a_report_sums_what_has_begun_and_what_lies_ahead_for_every_client() -> None:
    acme, beta = a_client("acme", rate="90"), a_client("beta")
    calls = [
        a_call("2026-10-31 23:00", acme),  # another month
        a_call("2026-11-03 10:00", acme, booked=60, base=45),
        a_call("2026-11-10 10:00", acme, booked=60, base=45, capped=60),
        a_call("2026-11-17 10:00", acme, booked=60, base=45, capped=35),
        a_call("2026-11-24 12:00", acme, booked=30),  # beginning this instant
        a_call("2026-11-30 23:30", acme, booked=60, base=50),
    ]
    assert report(calls, some_rules(beta, acme), NOVEMBER, NOW) == (
        Figures(
            client="beta",
            calls=0,
            told=0,
            booked=0,
            capped=0,
            taken=0,
            over=0,
            flexed=0,
            cost=None,
            currency=None,
            ahead_calls=0,
            ahead_booked=0,
            ahead_capped=0,
            ahead_cost=None,
        ),
        Figures(
            client="acme",
            calls=4,
            told=0,
            booked=210,
            capped=170,
            taken=170,
            over=0,
            flexed=5,
            cost=Decimal("255.00"),
            currency="EUR",
            ahead_calls=1,
            ahead_booked=60,
            ahead_capped=50,
            ahead_cost=Decimal("75.00"),
        ),
    )


@pytest.mark.parametrize(
    ("rate", "minutes", "expected"),
    [("100", 20, "33.33"), ("90.50", 25, "37.71"), ("0.30", 1, "0.01"), ("90", 0, "0.00")],
)
def test_cost_is_said_to_a_hundredth(rate: str, minutes: int, expected: str) -> None:
    acme = a_client(rate=rate)
    calls = [a_call("2026-11-03 10:00", acme, booked=minutes)] if minutes else []
    (figures,) = report(calls, some_rules(acme), NOVEMBER, NOW)
    assert figures.cost == Decimal(expected)
    assert str(figures.cost) == expected


def test_what_the_owner_told_counts_and_a_call_that_ended_early_is_not_over() -> None:
    acme = a_client(rate="60")
    calls = [
        replace(a_call("2026-11-10 10:00", acme, booked=60, capped=45), told=True, took=75),
        replace(a_call("2026-11-11 10:00", acme, booked=60, capped=45), told=True, took=20),
        replace(a_call("2026-11-12 10:00", acme, booked=60, capped=45), told=True),
        a_call("2026-11-13 10:00", acme, booked=60, capped=45),
    ]
    (row,) = report(calls, some_rules(acme), NOVEMBER, NOW)
    assert (row.calls, row.told, row.capped, row.taken, row.over) == (4, 3, 180, 185, 30)
    assert row.cost == Decimal("185.00")
    assert use(calls, acme, NOVEMBER) == 185
