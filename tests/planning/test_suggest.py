"""Who is proposed as a client, and who never is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calsync.model.event import Attendee, Occurrence, Reading, Status
from calsync.model.memory import Decision, Memory
from calsync.model.rules import Client, Owner, Policy, Rules
from calsync.model.snapshot import Snapshot
from calsync.planning.suggest import Suggestion, company, free_key, looked_at, suggest
from calsync.settings.addresses import home_of

ISTANBUL = ZoneInfo("Europe/Istanbul")
NOW = datetime(2026, 11, 23, 9, tzinfo=ISTANBUL)
OWNER = Owner(name="D", sign="D", email="deniz@kaya.example", timezone=ISTANBUL, aliases=("deniz.kaya@gmail.com",))
POLICY = Policy(except_titles=("dinner",))
RULES = Rules(mode="observe", owner=OWNER, clients=(), calendars=("work", "feasts"), days_off_in=frozenset(("feasts",)))
AYSE = Attendee(email="ayse@acme.example", name="Ayşe Yılmaz")
CAN = Attendee(email="can@acme.example")
LENA = Attendee(email="lena.k@gmail.com", name="Lena\r\nKoch")
ACME = Client(key="acme", name="Acme", policy=POLICY, timezone=ISTANBUL, email="ayse@acme.example")


def event(*people: Attendee, days: float = -1, length: int = 60, **values: object) -> Occurrence:
    start = NOW + timedelta(days=days)
    made = Occurrence(
        calendar="work",
        uid=f"{days}",
        slot=None,
        start=start,
        end=start + timedelta(minutes=length),
        attendees=people,
    )
    return replace(made, **values)  # type: ignore[arg-type]


def proposed(*events: Occurrence, rules: Rules = RULES, memory: Memory | None = None) -> tuple[Suggestion, ...]:
    window = looked_at(NOW)
    readings = {
        name: Reading(
            calendar=name,
            window=window,
            occurrences=tuple(one for one in events if one.calendar == name),
            standing=(),
            problems=(),
            events=len(events),
            version="",
        )
        for name in rules.calendars
    }
    snapshot = Snapshot(now=NOW, window=window, readings=readings, unread={})
    return suggest(snapshot, rules, memory or Memory(installation="i"), POLICY, home_of)


def test_a_company_is_proposed_once_with_its_calls_and_their_middle_length() -> None:
    her = Attendee(email="deniz@kaya.example")
    (one,) = proposed(
        event(her, AYSE, days=-20, length=60),
        event(AYSE, CAN, days=-13, length=45),
        event(AYSE, days=-6, length=90),
        event(AYSE, days=2),
        event(AYSE, days=9),
    )
    assert (one.key, one.name, one.person, one.domain) == ("acme", "Acme", "Ayşe Yılmaz", "acme.example")
    assert one.emails == ("ayse@acme.example", "can@acme.example")
    assert (one.calls, one.usual) == (5, timedelta(minutes=60))
    assert (one.last, one.next) == (NOW + timedelta(days=-6), NOW + timedelta(days=2))


def test_at_a_public_mail_domain_everybody_is_somebody_else() -> None:
    lena, max_ = proposed(event(LENA, Attendee(email="max@gmail.com")))
    assert (lena.key, lena.name, lena.domain, lena.emails) == ("lena-koch", "Lena Koch", "", ("lena.k@gmail.com",))
    assert (max_.key, max_.name, max_.domain) == ("max", "Max", "")


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(event(Attendee(email="deniz.kaya@gmail.com")), id="the owner by another address"),
        pytest.param(event(Attendee(email="ofis@kaya.example")), id="a colleague at her own domain"),
        pytest.param(event(Attendee(email="room@acme.example", person=False)), id="a room"),
        pytest.param(event(Attendee(email="c_1@group.calendar.google.com")), id="a calendar"),
        pytest.param(event(Attendee(email="no-reply@acme.example")), id="a sender that reads nothing"),
        pytest.param(event(Attendee(email='"a b"@acme.example')), id="an address that the config doesn't take"),
        pytest.param(event(replace(AYSE, partstat="DECLINED")), id="who declined"),
        pytest.param(event(AYSE, Attendee(email=OWNER.email, partstat="DECLINED")), id="what the owner declined"),
        pytest.param(event(AYSE, status=Status.CANCELLED), id="cancelled"),
        pytest.param(event(AYSE, transparent=True), id="shown as free"),
        pytest.param(event(AYSE, private=True), id="marked private"),
        pytest.param(event(AYSE, summary="Dinner"), id="a title that makes it no call"),
        pytest.param(event(AYSE, length=4), id="too short"),
        pytest.param(event(AYSE, calendar="feasts"), id="in a calendar of days off"),
        pytest.param(event(*(Attendee(email=f"a@x{n}.example") for n in range(13))), id="a gathering"),
    ],
)
def test_nobody_is_proposed_for(one: Occurrence) -> None:
    assert proposed(one) == ()


def test_what_was_taken_out_by_hand_proposes_nobody() -> None:
    skipped = Decision(subject="-1", series=True, verdict="skip", client="", at=NOW)
    assert proposed(event(AYSE), memory=Memory(installation="i", decisions=(skipped,))) == ()


def test_clients_and_who_comes_only_to_their_calls_are_not_proposed() -> None:
    rules = replace(RULES, clients=(ACME,))
    assert proposed(event(AYSE), event(AYSE, LENA, days=-2), rules=rules) == ()
    (more,) = proposed(event(AYSE), event(CAN, days=-2), rules=rules)
    assert (more.client, more.emails, more.calls) == ("acme", ("can@acme.example",), 1)


def test_one_meeting_in_two_calendars_counts_once() -> None:
    rules = replace(RULES, days_off_in=frozenset())
    (one,) = proposed(event(AYSE), event(AYSE, calendar="feasts"), rules=rules)
    assert one.calls == 1


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("acme.example", "Acme"),
        ("mavi-yapi.com.tr", "Mavi Yapi"),
        ("acme.co.uk", "Acme"),
        ("eu.acme.example", "Acme"),
        ("com.example", "Com"),
        ("müller.de", "Müller"),
    ],
)
def test_a_domain_is_a_name_for_people(domain: str, name: str) -> None:
    assert company(domain) == name


@pytest.mark.parametrize(
    ("name", "taken", "key"),
    [
        ("Acme", (), "acme"),
        ("Acme", ("acme", "acme-2"), "acme-3"),
        ("Işık Ölçüm A.Ş.", (), "isik-olcum-a-s"),
        ("Straße", (), "strasse"),
        ("東京", ("client",), "client-2"),
        ("x" * 99, (), "x" * 30),
    ],
)
def test_a_key_is_short_and_free(name: str, taken: tuple[str, ...], key: str) -> None:
    assert free_key(name, taken) == key
