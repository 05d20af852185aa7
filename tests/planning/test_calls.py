"""What is a call, whose, and when it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calsync.model.call import Call, Flex
from calsync.model.event import Attendee, Occurrence, Reading, Status
from calsync.model.memory import Decision, Memory
from calsync.model.message import Kind, Message, MessageKey, State
from calsync.model.rules import Client, OverCap, Owner, Policy, Rules
from calsync.model.snapshot import Snapshot
from calsync.model.text import Form
from calsync.model.times import Hours, Span, later
from calsync.planning.calls import find_calls, judge

ISTANBUL = ZoneInfo("Europe/Istanbul")
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 10, 20, 9, tzinfo=BERLIN)
OWNER = Owner(
    name="Deniz",
    sign="Deniz",
    email="deniz@kaya.example",
    timezone=BERLIN,
    aliases=("deniz@other.example",),
    work_hours=Hours(0, 24 * 60),
    work_days=frozenset(range(7)),
)
POLICY = Policy(per_call=timedelta(minutes=45), except_titles=("lunch", "akşam yemeği"))
ACME = Client(
    key="acme",
    name="Acme",
    policy=POLICY,
    timezone=BERLIN,
    email="ayse@acme.example",
    match_domains=("acme.example",),
    match_titles=("*acme*",),
)
BOLT = Client(key="bolt", name="Bolt", policy=POLICY, timezone=BERLIN, match_domains=("bolt.example",))
AYSE = Attendee(email="ayse@acme.example", partstat="ACCEPTED")
HER = Attendee(email="deniz@other.example", partstat="ACCEPTED")
START = datetime(2026, 10, 21, 10, tzinfo=BERLIN)


def rules(*clients: Client) -> Rules:
    return Rules(mode="act", owner=OWNER, clients=clients or (ACME, BOLT), calendars=("work", "other"))


def event(**other: object) -> Occurrence:
    start = other.pop("start", START)
    assert isinstance(start, datetime)
    end = other.pop("end", None) or later(start, timedelta(hours=1))
    plain = Occurrence(calendar="work", uid="a", slot=None, start=start, end=end, attendees=(AYSE,))  # type: ignore[arg-type]
    return replace(plain, **other)  # type: ignore[arg-type]


def said(verdict: str) -> Decision:
    return Decision(subject="a", series=False, verdict=verdict, client="", at=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "why"),
    [
        pytest.param(event(), "", id="a call"),
        pytest.param(event(status=Status.CANCELLED), "cancelled", id="cancelled"),
        pytest.param(event(uid=None), "it has no UID, so it can't be told from others", id="no UID"),
        pytest.param(
            event(start=START.replace(tzinfo=None), end=START.replace(tzinfo=None), unresolved="Mars"),
            'its time zone "Mars" is unknown',
            id="unknown zone",
        ),
        pytest.param(
            replace(event(), all_day=True, start=date(2026, 10, 21), end=date(2026, 10, 22)), "all-day", id="all-day"
        ),
        pytest.param(event(transparent=True), "shown as free", id="free"),
        pytest.param(event(irregular=True), "its start is none that its own rule gives", id="irregular"),
        pytest.param(event(attendees=(AYSE, replace(HER, partstat="DECLINED"))), "you declined it", id="she declined"),
        pytest.param(event(end=START + timedelta(minutes=4)), "shorter than 5 minutes", id="four minutes"),
        pytest.param(event(end=START + timedelta(minutes=5)), "", id="five minutes"),
        pytest.param(event(private=True), "marked private", id="private"),
        pytest.param(event(summary="LUNCH!"), 'its title says "lunch"', id="lunch"),
        pytest.param(event(summary="AKŞAM YEMEĞİ"), 'its title says "akşam yemeği"', id="Turkish capitals"),
        pytest.param(event(description="a\ncalsync: off\nb"), "its description says `calsync: off`", id="off"),
        pytest.param(event(description="say calsync: off to her"), "", id="off within a line"),
        pytest.param(
            event(attendees=(replace(AYSE, partstat="DECLINED"), HER)),
            "everybody of Acme declined it",
            id="they declined",
        ),
        pytest.param(event(attendees=(replace(AYSE, person=False),)), "nobody in it", id="only a room"),
        pytest.param(event(attendees=(), summary="Weekly Acme"), "", id="by title"),
        pytest.param(
            event(attendees=(Attendee(email="x@x.example"),), summary="Acme"),
            "nobody in it",
            id="title, but somebody in it",
        ),
        pytest.param(event(attendees=(replace(AYSE, person=False),), summary="Acme"), "", id="title, and a room"),
        pytest.param(event(attendees=(), organizer=AYSE), "", id="organizer alone"),
        pytest.param(event(uid="xyz-before@block.calsync"), "one of calsync's own blocks", id="our block"),
        pytest.param(
            event(attendees=(Attendee(email="x@acme.example"), Attendee(email="y@bolt.example"))),
            "it matches Acme and Bolt alike",
            id="a tie",
        ),
        pytest.param(event(attendees=(AYSE, Attendee(email="y@bolt.example"))), "", id="the more specific wins"),
    ],
)
def test_what_is_a_call(one: Occurrence, why: str) -> None:
    verdict = judge(one, rules(), None)
    assert verdict.why.startswith(why) if why else verdict.why == ""
    assert (verdict.match is not None) is (why == "")


@pytest.mark.parametrize(
    ("one", "kept"),
    [
        pytest.param(event(summary="lunch"), True, id="an excepted title"),
        pytest.param(event(private=True), True, id="private"),
        pytest.param(event(status=Status.CANCELLED), False, id="not cancelled"),
        pytest.param(event(transparent=True), False, id="not free"),
        pytest.param(event(attendees=(AYSE, replace(HER, partstat="DECLINED"))), False, id="not declined"),
    ],
)
def test_what_keep_overrides(one: Occurrence, kept: bool) -> None:
    assert judge(one, rules(), None).match is None
    assert (judge(one, rules(), said("keep")).match is not None) is kept


def test_skip_takes_a_call_out_and_the_newest_word_holds() -> None:
    assert judge(event(), rules(), said("skip")).match is None
    older = Decision(subject="a", series=True, verdict="keep", client="", at=NOW - timedelta(hours=1))
    assert calls(event(), decisions=(older, said("skip"))) == ()
    assert len(calls(event(), decisions=(older, replace(said("skip"), at=NOW - timedelta(hours=2))))) == 1


def calls(*events: Occurrence, client: Client = ACME, **memory: object) -> tuple[Call, ...]:
    span = Span(NOW - timedelta(days=30), NOW + timedelta(days=93))
    readings = {}
    for name in ("work", "other"):
        mine = tuple(one for one in events if one.calendar == name)
        readings[name] = Reading(
            calendar=name, window=span, occurrences=mine, standing=(), problems=(), events=1, version="1"
        )
    snapshot = Snapshot(now=NOW, window=span, readings=readings, unread={})
    return find_calls(snapshot, rules(client), Memory(installation="i", **memory)).calls  # type: ignore[arg-type]


def capped(minutes: int | None, over_cap: OverCap = "note") -> Client:
    cap = timedelta(minutes=minutes) if minutes else None
    return replace(ACME, policy=replace(POLICY, per_call=cap, over_cap=over_cap))


@pytest.mark.parametrize(
    ("minutes", "cap", "over_cap", "flex", "stop", "told"),
    [
        pytest.param(60, 45, "note", None, 45, 45, id="the cap is earlier"),
        pytest.param(30, 45, "note", None, 30, 30, id="the end is earlier"),
        pytest.param(60, None, "note", None, 60, 60, id="no cap"),
        pytest.param(60, 45, "tell", None, 45, 60, id="the client hears the event's own end"),
        pytest.param(60, 45, "note", 30, 75, 75, id="longer than the event"),
        pytest.param(60, 45, "note", -15, 30, 30, id="shorter"),
        pytest.param(60, 45, "note", -44, 5, 5, id="never less than five minutes"),
        pytest.param(60, 45, "tell", 10, 55, 55, id="flexed, the client hears that"),
    ],
)
def test_the_hard_stop(
    minutes: int, cap: int | None, over_cap: OverCap, flex: int | None, stop: int, told: int
) -> None:
    flexes = {"a": Flex(minutes=flex, because="x", at=NOW)} if flex else {}
    (call,) = calls(event(end=later(START, timedelta(minutes=minutes))), client=capped(cap, over_cap), flexes=flexes)
    assert (call.minutes, call.client_minutes) == (stop, told)


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        pytest.param(datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN), "2026-10-25T02:15:00+01:00", id="clocks go back"),
        pytest.param(
            datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1), "2026-10-25T03:15:00+01:00", id="second time"
        ),
        pytest.param(datetime(2027, 3, 28, 1, 30, tzinfo=BERLIN), "2027-03-28T03:15:00+02:00", id="clocks go forward"),
        pytest.param(datetime(2026, 12, 31, 23, 30, tzinfo=BERLIN), "2027-01-01T00:15:00+01:00", id="year's end"),
    ],
)
def test_the_cap_counts_real_time(start: datetime, stop: str) -> None:
    one = event(start=start, end=later(start, timedelta(hours=2)))
    (call,) = calls(one)
    assert call.hard_stop.isoformat() == stop
    assert call.minutes == 45


def told(minutes: int, per_call: int | None, flex: int = 0) -> Message:
    return Message(
        key=MessageKey(call="a", to=AYSE.email, start=START.astimezone(UTC), kind=Kind.TIMEFRAME, revision=0),
        client="acme",
        hard_stop=later(START, timedelta(minutes=minutes)).astimezone(UTC),
        send_at=NOW,
        expires_at=NOW,
        state=State.SENT,
        subject="",
        body="",
        form=Form.FULL,
        channel="mail",
        calendar="work",
        why="",
        asked=False,
        agenda="",
        per_call=per_call,
        flex=flex,
        sent_at=NOW,
    )


@pytest.mark.parametrize(
    ("message", "client", "stop", "heard"),
    [
        pytest.param(told(45, 45), capped(30), 45, 45, id="another cap"),
        pytest.param(told(45, 45), capped(None), 45, 45, id="no cap any more"),
        pytest.param(told(60, None), capped(45), 60, 60, id="a cap since"),
        pytest.param(told(45, 45), capped(45, "tell"), 45, 45, id="tell since"),
        pytest.param(told(60, 45), capped(45, "note"), 45, 60, id="note since"),
        pytest.param(replace(told(45, 45), state=State.PLANNED), capped(30), 30, 30, id="planned is not told"),
    ],
)
def test_what_a_client_was_told_no_change_of_the_config_moves(
    message: Message, client: Client, stop: int, heard: int
) -> None:
    (call,) = calls(event(), client=client, messages=(message,))
    assert (call.minutes, call.client_minutes) == (stop, heard)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        pytest.param(event(status=Status.TENTATIVE), "it is tentative", id="tentative"),
        pytest.param(
            event(organizer=AYSE, attendees=(replace(HER, partstat="NEEDS-ACTION"),)),
            "you have not accepted it yet",
            id="open",
        ),
        pytest.param(event(organizer=AYSE, attendees=(HER,)), "", id="accepted"),
        pytest.param(event(organizer=AYSE, attendees=(AYSE,)), "", id="she is not listed"),
        pytest.param(event(organizer=HER, attendees=(AYSE, replace(HER, partstat="NEEDS-ACTION"))), "", id="her own"),
    ],
)
def test_tentative(one: Occurrence, why: str) -> None:
    (call,) = calls(one)
    assert call.tentative == why


@pytest.mark.parametrize(
    ("people", "group"),
    [
        pytest.param((AYSE, HER), False, id="two"),
        pytest.param((AYSE, HER, Attendee(email="x@x.example")), True, id="three, one of no client"),
        pytest.param((AYSE, HER, Attendee(email="x@x.example", partstat="DECLINED")), False, id="one declined"),
        pytest.param((AYSE, Attendee(email="r@x.example", person=False)), False, id="a room"),
        pytest.param((AYSE, AYSE, HER), False, id="twice the same"),
    ],
)
def test_group(people: tuple[Attendee, ...], group: bool) -> None:
    (call,) = calls(event(attendees=people))
    assert call.group is group


def test_of_copies_the_writable_one_counts_then_sequence_then_the_order_of_the_config() -> None:
    other = event(calendar="other", start=START + timedelta(hours=1))
    assert calls(event(), other)[0].occurrence.calendar == "work"
    assert calls(event(), replace(other, sequence=1))[0].occurrence.calendar == "other"
    assert calls(event(organizer=AYSE), other)[0].occurrence.calendar == "other"
    assert calls(replace(event(), unwritable_why="x"), other)[0].occurrence.calendar == "other"
    assert len(calls(event(), other)[0].copies) == 2
