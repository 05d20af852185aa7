"""Who is in an event, whose client they are, and who is written to."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calsync.model.event import Attendee, Occurrence
from calsync.model.rules import Client, Owner, Policy
from calsync.planning.people import Level, contact, everybody, greeted, matches, organizes, others, recipients

BERLIN = ZoneInfo("Europe/Berlin")
OWNER = Owner(name="D", sign="D", email="deniz@kaya.example", timezone=BERLIN, aliases=("d@other.example",))
HER = Attendee(email="d@other.example")
AYSE = Attendee(email="ayse@acme.example")
CAN = Attendee(email="can@acme.example")
ALI = Attendee(email="ali@acme.example")
ROOM = Attendee(email="room@acme.example", person=False)
STRANGER = Attendee(email="x@x.example")
ACME = Client(
    key="acme",
    name="Acme",
    policy=Policy(),
    timezone=BERLIN,
    salutation="Ayşe",
    email="ayse@acme.example",
    people={"can@acme.example": "Can"},
    match_emails=("boss@home.example",),
    match_domains=("acme.example",),
    match_titles=("*acme*",),
)
NOBODY = Client(key="acme", name="Acme", policy=Policy(), timezone=BERLIN, match_domains=("acme.example",))


def event(*people: Attendee, organizer: Attendee | None = None, title: str = "") -> Occurrence:
    start = datetime(2026, 11, 25, 10, tzinfo=BERLIN)
    return Occurrence(
        calendar="work",
        uid="a",
        slot=None,
        start=start,
        end=start + timedelta(hours=1),
        summary=title,
        organizer=organizer,
        attendees=people,
    )


@pytest.mark.parametrize(
    ("one", "level", "by"),
    [
        pytest.param(event(AYSE), Level.ADDRESS, "ayse@acme.example", id="the contact"),
        pytest.param(event(CAN), Level.ADDRESS, "can@acme.example", id="one of people"),
        pytest.param(
            event(Attendee(email="boss@home.example")), Level.ADDRESS, "boss@home.example", id="another address"
        ),
        pytest.param(event(ALI), Level.DOMAIN, "ali@acme.example", id="the domain"),
        pytest.param(event(ALI, AYSE), Level.ADDRESS, "ayse@acme.example", id="address before domain"),
        pytest.param(event(organizer=ALI), Level.DOMAIN, "ali@acme.example", id="the organizer"),
        pytest.param(event(title="Acme weekly"), Level.TITLE, 'title like "*acme*"', id="the title"),
        pytest.param(
            event(HER, ROOM, title="Acme"), Level.TITLE, 'title like "*acme*"', id="title, with her and a room"
        ),
        pytest.param(event(STRANGER, title="Acme"), None, "", id="title, but somebody is in it"),
        pytest.param(event(Attendee(email="a@sub.acme.example")), None, "", id="a domain below"),
        pytest.param(event(Attendee(email="a@notacme.example")), None, "", id="a domain that ends alike"),
        pytest.param(event(HER), None, "", id="she alone"),
    ],
)
def test_matches(one: Occurrence, level: Level | None, by: str) -> None:
    found = matches(one, [ACME], OWNER)
    assert [(match.level, match.by) for match in found] == ([] if level is None else [(level, by)])


def test_each_address_once_and_an_attendees_answer_counts() -> None:
    said_no = Attendee(email="ayse@acme.example", partstat="DECLINED")
    one = event(HER, said_no, ROOM, organizer=AYSE)
    assert len(everybody(one)) == 3
    assert others(one, OWNER) == (said_no,)
    assert matches(one, [ACME], OWNER)[0].present == ()


@pytest.mark.parametrize(
    ("one", "hers"),
    [
        pytest.param(event(), True, id="nobody"),
        pytest.param(event(organizer=HER), True, id="an alias"),
        pytest.param(event(organizer=AYSE), False, id="the client"),
        pytest.param(event(organizer=Attendee(email="")), True, id="an empty address"),
    ],
)
def test_who_organizes(one: Occurrence, hers: bool) -> None:
    assert organizes(one, OWNER) is hers


@pytest.mark.parametrize(
    ("client", "people", "organizer", "written_to", "to", "held"),
    [
        pytest.param(
            ACME, (CAN, AYSE, ALI), None, (), ("ayse@acme.example", "can@acme.example"), False, id="named ones"
        ),
        pytest.param(ACME, (ALI, CAN), None, (), ("can@acme.example",), False, id="the contact is not in it"),
        pytest.param(ACME, (), None, (), ("ayse@acme.example",), False, id="no attendees"),
        pytest.param(NOBODY, (), None, (), (), True, id="no contact"),
        pytest.param(NOBODY, (CAN, ALI), None, (), ("ali@acme.example",), False, id="the smallest address"),
        pytest.param(
            NOBODY, (CAN, ALI), None, ("can@acme.example",), ("can@acme.example",), False, id="written to before"
        ),
        pytest.param(NOBODY, (CAN, ALI), CAN, (), ("can@acme.example",), True, id="by domain, in their invitation"),
    ],
)
def test_recipients(
    client: Client,
    people: tuple[Attendee, ...],
    organizer: Attendee | None,
    written_to: tuple[str, ...],
    to: tuple[str, ...],
    held: bool,
) -> None:
    one = event(*people, organizer=organizer)
    found = recipients(client, people, one, organized=organizes(one, OWNER), written_to=written_to)
    assert (found.to, bool(found.held)) == (to, held)


def test_the_contact_and_greetings() -> None:
    assert contact(ACME) == "ayse@acme.example"
    assert contact(NOBODY) is None
    assert [greeted(ACME, one.email) for one in (AYSE, CAN, ALI)] == ["Ayşe", "Can", ""]
