"""Caps of week and month: the alert to the owner, once for each share, and the note to the client, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calsync.model.memory import Told
from calsync.model.period import Period
from tests.desk import Desk, at, call, config
from tests.reconcile.conftest import event

Made = Callable[..., Desk]
MONTH = 'per_month = "2h"'  # two calls of 45 minutes are 75 %, three are 112 %
THREE = (call("a", "24 15:00"), call("b", "26 15:00"), call("c", "27 15:00"))


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Return what makes a desk at Monday 23 November, 09:00 in Istanbul."""

    def make(*events: str, **told: str) -> Desk:
        desk = Desk(tmp_path)
        desk.config(config(**told))
        desk.put(*events)
        return desk

    return make


def alerts(desk: Desk) -> list[str]:
    house = desk.house()
    try:
        return [key for key, _, _ in house.ledger.alerts() if key.startswith("cap:")]
    finally:
        house.close()


def told(desk: Desk) -> int:
    """Return of how many caps the owner was told, in all notifications."""
    mails = (
        message_from_bytes(path.read_bytes(), policy=policy.default) for path in desk.folder.glob("outbox/owner/*")
    )
    parts = (mail.get_body(("plain",)) for mail in mails)
    return sum(part.get_content().count("the cap is") for part in parts if part is not None)


def notes(desk: Desk) -> list[str]:
    return [f"{one.state} {one.subject}" for one in desk.memory().messages if one.key.kind == "over_cap"]


class TestAlert:
    def test_it_is_raised_by_calls_ahead_and_told_once(self, made: Made) -> None:
        desk = made(*THREE, client=MONTH)
        desk.sync_at("23 09:00", "23 09:05", "23 12:00")
        assert alerts(desk) == ["cap:acme:month:2026-11:100"]
        assert told(desk) == 1

    def test_each_share_is_told_when_it_is_crossed(self, made: Made) -> None:
        desk = made(*THREE[:2], client='per_month = "100m"')
        desk.sync_at("23 09:00")
        assert alerts(desk) == ["cap:acme:month:2026-11:80"]
        desk.put(*THREE)
        desk.sync_at("23 10:00", "23 10:05")
        assert alerts(desk) == ["cap:acme:month:2026-11:100"]
        assert told(desk) == 2

    def test_it_goes_without_a_word_and_is_never_told_twice(self, made: Made) -> None:
        desk = made(*THREE, client=MONTH)
        desk.sync_at("23 09:00")
        desk.put(*THREE[:2])
        desk.sync_at("23 10:00", "23 10:05")
        assert alerts(desk) == [] and told(desk) == 1
        desk.put(*THREE)
        desk.sync_at("23 12:00", "23 14:00")
        assert told(desk) == 1

    def test_lower_shares_are_not_told_after_a_higher_one(self, made: Made) -> None:
        desk = made(*THREE, client='per_month = "110m"')
        desk.sync_at("23 09:00")
        desk.put(*THREE[:2])  # 90 of 110 minutes
        desk.sync_at("23 12:00", "23 12:05")
        assert alerts(desk) == [] and told(desk) == 1

    def test_week_and_month_are_each_told(self, made: Made) -> None:
        desk = made(*THREE, client=f'{MONTH}\nper_week = "1h"')
        desk.sync_at("23 09:00")
        assert alerts(desk) == ["cap:acme:month:2026-11:100", "cap:acme:week:2026-W48:100"]

    def test_the_cap_itself_is_not_crossed(self, made: Made) -> None:
        desk = made(*THREE, client='per_month = "135m"\ncap_alerts = [100]')
        desk.sync_at("23 09:00")
        assert alerts(desk) == [] and notes(desk) == []

    def test_what_was_crossed_by_calls_that_are_past_is_not_told(self, made: Made) -> None:
        desk = made(*THREE, client=MONTH)
        desk.sync_at("27 18:00")
        assert alerts(desk) == [] and notes(desk) == []

    def test_it_ends_with_its_period(self, made: Made) -> None:
        desk = made(*THREE, client=MONTH)
        desk.sync_at("23 09:00", "30 23:59")
        assert alerts(desk) == ["cap:acme:month:2026-11:100"]
        desk.sync_at("12-01 00:00")
        assert alerts(desk) == []
        assert told(desk) == 1

    def test_none_is_raised_where_she_wants_none(self, made: Made) -> None:
        desk = made(*THREE, client=MONTH, defaults="cap_alerts = []")
        desk.sync_at("23 09:00")
        assert alerts(desk) == [] and notes(desk) == ["asks Our call time for November"]

    def test_it_is_told_in_observe_too_where_nothing_is_drafted(self, made: Made) -> None:
        desk = made(*THREE, client=MONTH, mode="observe")
        desk.sync_at("23 09:00")
        assert alerts(desk) == ["cap:acme:month:2026-11:100"] and notes(desk) == []
        (mail,) = (desk.folder / "outbox" / "owner").glob("*.eml")
        assert "outbox show" not in mail.read_text() and "ayse" not in mail.read_text()

    def test_a_calendar_that_was_not_read_neither_raises_nor_clears_it(self, made: Made) -> None:
        desk = made(*THREE, client=MONTH)
        desk.sync_at("23 09:00")
        (desk.folder / "work.ics").write_bytes(b"")
        desk.now = at("23 10:00")
        desk.sync()
        assert alerts(desk) == ["cap:acme:month:2026-11:100"]
        assert notes(desk) == ["asks Our call time for November"]

    def test_a_month_beyond_the_horizon_is_not_told_yet(self, made: Made) -> None:
        december = (call("a", "12-08 15:00"), call("b", "12-09 15:00"), call("c", "12-10 15:00"))
        desk = made(*december, client=MONTH)
        desk.now = datetime(2026, 11, 16, 9, tzinfo=ZoneInfo("Europe/Istanbul"))
        desk.sync()
        assert alerts(desk) == []
        desk.sync_at("17 09:00")
        assert alerts(desk) == ["cap:acme:month:2026-12:100"]

    def test_what_she_told_of_a_call_counts(self, made: Made) -> None:
        desk = made(*THREE[:2], client=MONTH)
        desk.sync_at("24 16:00")
        house = desk.house()
        house.ledger.went(Told(call="a", client="acme", start=at("24 15:00"), at=desk.now, minutes=80))
        house.close()
        desk.sync_at("24 16:05")
        assert alerts(desk) == ["cap:acme:month:2026-11:100"]


class TestNote:
    def test_it_is_drafted_once_to_the_contact_alone_and_asks_until_the_period_ends(self, made: Made) -> None:
        people = 'people = { "can@acme.example" = "Can" }'
        both = [call("a", "24 15:00", who=["ayse@acme.example", "can@acme.example"]), *THREE[1:]]
        desk = made(*both, client=f"{MONTH}\n{people}")
        assert desk.sync_at("23 09:00", "23 09:05") == []
        (note,) = [one for one in desk.memory().messages if one.key.kind == "over_cap"]
        assert (note.key.to, note.state, note.key.call) == ("ayse@acme.example", "asks", "")
        assert note.expires_at == at("12-01 00:00")
        assert "We planned 2 hours of calls for November; with the call on Friday 27 November we come to" in note.body

    def test_without_a_contact_it_goes_to_the_first_of_the_other_addresses(self, made: Made) -> None:
        desk = made(*THREE)
        addresses = 'match.emails = ["ayse@acme.example", "dila@acme.example"]'
        desk.config(config(client=f"{MONTH}\n{addresses}").replace('email = "ayse@acme.example"\n', ""))
        desk.sync_at("23 09:00")
        assert [one.key.to for one in desk.memory().messages if one.key.kind == "over_cap"] == ["ayse@acme.example"]

    def test_approved_it_goes_in_polite_hours_once(self, made: Made) -> None:
        desk = made(*THREE, client=MONTH)
        desk.sync_at("23 09:00")
        desk.now = at("23 23:00")
        desk.say("approve", "asks")
        sent = desk.sync_at("24 00:30", "24 10:30", "24 10:31", "25 10:00")
        assert [one for one in sent if "over_cap" in one] == ["24 10:30 over_cap ayse"]

    def test_nobody_gets_it_before_it_was_approved(self, made: Made) -> None:
        desk = made(*THREE, client=MONTH, defaults='send = "auto"')
        sent = desk.sync_at("23 09:00", "23 15:00", "25 15:00", "26 15:00", "27 15:00", "30 12:00")
        assert [one.split()[2] for one in sent] == ["timeframe"] * 3
        desk.sync_at("12-01 00:00")
        assert notes(desk) == ["expired Our call time for November"]

    def test_it_is_withdrawn_when_the_plan_no_longer_crosses_the_cap(self, made: Made) -> None:
        desk = made(*THREE, client=MONTH)
        desk.sync_at("23 09:00")
        desk.put(*THREE[:2])
        desk.sync_at("23 10:00")
        assert notes(desk) == []

    @pytest.mark.parametrize("word", ["skip", "approve"])
    def test_what_was_settled_is_not_asked_again_in_that_period(self, made: Made, word: str) -> None:
        desk = made(*THREE, client=MONTH)
        desk.sync_at("23 11:00")
        desk.say(word, "asks")
        desk.sync_at("23 11:05")
        settled = [f"{'skipped' if word == 'skip' else 'sent'} Our call time for November"]
        assert notes(desk) == settled
        desk.put(*THREE, call("d", "30 15:00"))
        desk.sync_at("23 12:00", "23 12:05")
        assert notes(desk) == settled

    def test_another_contact_is_not_told_what_the_first_one_was(self, made: Made) -> None:
        desk = made(*THREE, client=MONTH)
        desk.sync_at("23 11:00")
        desk.say("approve", "asks")
        desk.sync_at("23 11:05")
        desk.config(config(client=MONTH).replace('email = "ayse@', 'email = "dila@'))
        desk.sync_at("23 12:00")
        assert notes(desk) == ["sent Our call time for November"]

    def test_an_approval_holds_for_the_text_that_was_shown(self, made: Made) -> None:
        desk = made(*THREE, client=MONTH)
        desk.sync_at("23 09:00")
        desk.now = at("23 23:00")
        desk.say("approve", "asks")
        desk.put(THREE[0], THREE[1], call("c", "28 15:00"))
        assert "24 10:30 over_cap ayse" not in desk.sync_at("23 23:05", "24 10:30")
        assert notes(desk) == ["asks Our call time for November"]

    def test_week_and_month_that_begin_together_have_a_note_each(self, made: Made) -> None:
        feb = [f"2027020{day}T150000" for day in (1, 2, 3)]  # Monday 1 February 2027
        desk = made(*(event(f"f{n}", start) for n, start in enumerate(feb)), client='per_month = "2h"\nper_week = "1h"')
        desk.now = datetime(2027, 1, 29, 9, tzinfo=ZoneInfo("Europe/Istanbul"))
        desk.sync()
        assert sorted(notes(desk)) == [
            "asks Our call time for February",
            "asks Our call time for the week of 1 February",
        ]

    @pytest.mark.parametrize("send", ["off"])
    def test_none_is_drafted_where_nothing_is_sent(self, made: Made, send: str) -> None:
        desk = made(*THREE, client=MONTH, defaults=f'send = "{send}"')
        desk.sync_at("23 09:00")
        assert notes(desk) == [] and alerts(desk) == ["cap:acme:month:2026-11:100"]

    def test_it_is_no_message_that_would_leave_soon(self, made: Made) -> None:
        desk = made(*THREE, client=f'{MONTH}\nper_week = "1h"')
        text = config(client=f'{MONTH}\nper_week = "1h"').replace("[owner]", "[limits]\nmessages = 1\n[owner]")
        desk.config(text)
        assert desk.sync().large == ""
        assert len(notes(desk)) == 2

    def test_it_says_nothing_of_itself_to_her_beside_the_cap(self, made: Made) -> None:
        desk = made(*THREE, client=MONTH)
        desk.sync_at("23 09:00")
        house = desk.house()
        keys = [key for key, _, _ in house.ledger.alerts()]
        house.close()
        assert keys == ["cap:acme:month:2026-11:100"]


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("moment", "week", "month"),
    [
        pytest.param("2026-10-25 23:59", "2026-W43", "2026-10", id="the longest Sunday"),
        pytest.param("2026-03-29 03:00", "2026-W13", "2026-03", id="the shortest Sunday"),
        pytest.param("2026-12-31 23:59", "2026-W53", "2026-12", id="a year's last week"),
        pytest.param("2027-01-01 00:00", "2026-W53", "2027-01", id="a new year in the week of the old one"),
        pytest.param("2024-12-30 00:00", "2025-W01", "2024-12", id="a new year's week in the old one"),
    ],
)
def test_a_moment_lies_in_its_week_and_its_month(moment: str, week: str, month: str) -> None:
    when = datetime.fromisoformat(moment).replace(tzinfo=BERLIN)
    assert [str(one) for one in Period.holding(when, BERLIN)] == [week, month]
    for one in Period.holding(when, BERLIN):
        assert Period.parse(str(one)) == one
        assert one.span(BERLIN).start <= when < one.span(BERLIN).end


@pytest.mark.parametrize(
    ("period", "hours"),
    [
        pytest.param("2026-W43", 169, id="a week in which clocks go back"),
        pytest.param("2026-W13", 167, id="a week in which clocks go on"),
        pytest.param("2026-10", 745, id="a month in which clocks go back"),
        pytest.param("2026-02", 672, id="february"),
    ],
)
def test_a_period_is_as_long_as_the_clocks_make_it(period: str, hours: int) -> None:
    assert Period.parse(period).span(BERLIN).length == timedelta(hours=hours)
    assert Period.parse("2026-02").last == date(2026, 2, 28)
