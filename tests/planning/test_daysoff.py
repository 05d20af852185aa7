"""Days off over small calendar files: whose they are, in which zone, what they hold, and what they leave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calsync.model.call import Flex
from tests.desk import Desk, at, call, config

Made = Callable[..., Desk]
HOLIDAYS = '[calendars.holidays]\ntype = "ics"\npath = "holidays.ics"\nuse = "days_off"\n'
NAMED = 'days_off = ["holidays"]'
OOF = "X-MICROSOFT-CDO-BUSYSTATUS:OOF"


def day(title: str, first: str, until: str, *lines: str, uid: str = "off") -> str:
    """Return an all-day event from `1125` until before `1126`, with further lines."""
    said = ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T080000Z", f"SUMMARY:{title}"]
    said += [f"DTSTART;VALUE=DATE:2026{first}", f"DTEND;VALUE=DATE:2026{until}", *lines, "END:VEVENT"]
    return "".join(f"{line}\r\n" for line in said)


def timed(title: str, when: str, minutes: int, *lines: str) -> str:
    """Return an event with nobody in it."""
    return call("away", when, minutes, f"SUMMARY:{title}", *lines, who=[])


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Return what makes a desk at Monday 23 November, 09:00 in Istanbul, from events and a config."""

    def make(*events: str, **told: str) -> Desk:
        desk = Desk(tmp_path)
        desk.config(config(**told))
        desk.put(*events)
        return desk

    return make


def reasons(desk: Desk) -> list[str]:
    return [one.why for one in desk.plan().messages]


WEDNESDAY = call("a", "25 15:00")


@pytest.mark.parametrize(
    ("event", "why"),
    [
        pytest.param(day("Vacation", "1125", "1126"), '(yours ("Vacation"))', id="a day"),
        pytest.param(day("Sommer: URLAUB!", "1120", "1202"), "Sommer", id="some days, whatever else is in the title"),
        pytest.param(day("YILLIK İZİN", "1125", "1126"), "YILLIK", id="Turkish capitals"),
        pytest.param(day("Yillik izin", "1125", "1126"), "", id="i is not ı"),
        pytest.param(day("Vacationing ideas", "1125", "1126"), "", id="no whole word"),
        pytest.param(day("On a holiday", "1125", "1126"), "", id="not in a row"),
        pytest.param(day("Vacation", "1124", "1125"), "", id="the day before"),
        pytest.param(day("Vacation", "1126", "1127"), "", id="the day after"),
        pytest.param(day("Vacation", "1125", "1126", "TRANSP:TRANSPARENT"), "Vacation", id="shown as free"),
        pytest.param(day("Vacation", "1125", "1126", "STATUS:CANCELLED"), "", id="cancelled"),
        pytest.param(day("Vacation", "1118", "1119", "RRULE:FREQ=WEEKLY"), "Vacation", id="every week"),
        pytest.param(day("Vacation", "1125", "1126", "ORGANIZER:mailto:x@y.example"), "", id="somebody else's"),
        pytest.param(
            day(
                *("Vacation", "1125", "1126", "ORGANIZER:mailto:x@y.example"),
                "ATTENDEE;PARTSTAT=ACCEPTED:mailto:deniz@kaya.example",
            ),
            "Vacation",
            id="somebody else's that she accepted",
        ),
        pytest.param(timed("Vacation", "25 09:00", 600), "", id="a title counts for whole days only"),
        pytest.param(day("Fair", "1125", "1126", OOF), 'out of office, yours ("Fair")', id="out of office, all day"),
        pytest.param(timed("Dentist", "25 14:30", 60, OOF), "Dentist", id="out of office when it starts"),
        pytest.param(timed("Dentist", "25 15:15", 60, OOF), "", id="out of office only from later on"),
        pytest.param(timed("Dentist", "25 14:00", 60, OOF), "", id="back in time"),
        pytest.param(timed("Dentist", "25 14:30", 60, "X-MICROSOFT-CDO-BUSYSTATUS:BUSY"), "", id="busy"),
    ],
)
def test_a_day_off_of_hers_holds_the_message(made: Made, event: str, why: str) -> None:
    (said,) = reasons(made(WEDNESDAY, event))
    assert (why.strip("()") in said) if why else not said


def test_notes_and_blocks_stay_and_the_reason_stands_wherever_what_is_held_is_said(made: Made) -> None:
    desk = made(WEDNESDAY, day("Vacation", "1125", "1126"))
    done = desk.sync()
    assert (len(done.applied), done.sent, desk.planned()) == (3, (), ["held timeframe ayse 24 15:00"])
    assert [one.why for one in done.held] == ['day off: yours ("Vacation"); approve it to send']
    assert desk.sync_at("24 15:00", "25 14:00") == []


def test_a_call_out_of_the_office_is_no_day_off_for_itself_nor_for_others(made: Made) -> None:
    desk = made(call("a", "25 15:00", 180, OOF), call("b", "25 16:00", 30, who=["b@acme.example"]))
    assert set(reasons(desk)) == {""}


def test_what_was_held_goes_when_the_day_is_a_working_day_again(made: Made) -> None:
    desk = made(WEDNESDAY, day("Vacation", "1125", "1126"))
    assert desk.sync_at("23 09:00", "24 15:00") == []
    desk.drop("off")
    assert desk.sync_at("24 16:00") == ["24 16:00 timeframe ayse"]


def test_approving_sends_what_a_day_off_holds(made: Made) -> None:
    desk = made(WEDNESDAY, day("Vacation", "1125", "1126"))
    desk.sync()
    desk.say("approve", "held")
    assert desk.sync_at("23 10:00") == ["23 10:00 timeframe ayse"]


def test_what_she_says_of_a_call_on_a_day_off_is_told(made: Made) -> None:
    desk = made(WEDNESDAY)
    assert desk.sync_at("23 09:00", "24 15:00") == ["24 15:00 timeframe ayse"]
    desk.put(WEDNESDAY, day("Vacation", "1125", "1126"))
    desk.now = at("24 16:00")
    desk.sync()
    house = desk.house()
    house.ledger.flex("a", Flex(minutes=10, because="there is more to do", at=desk.now))
    house.close()
    assert desk.sync_at("24 16:15") == ["24 16:15 flex ayse"]


def test_a_change_of_a_call_on_a_day_off_is_held(made: Made) -> None:
    desk = made(WEDNESDAY)
    assert desk.sync_at("23 09:00", "24 15:00") == ["24 15:00 timeframe ayse"]
    desk.put(call("a", "27 15:00"), day("Vacation", "1127", "1128"))
    assert desk.sync_at("24 16:00", "26 15:00") == []
    assert desk.row("held").key.kind == "update"


def test_a_client_has_words_of_its_own(made: Made) -> None:
    other = '[clients.beta]\nemail = "b@beta.example"\naway = ["Betriebsausflug"]\n'
    events = call("a", "25 15:00"), call("b", "25 17:00", who=["b@beta.example"])
    desk = made(*events, day("Vacation", "1125", "1126"), more=other)
    assert [bool(why) for why in reasons(desk)] == [True, False]
    desk.put(*events, day("Betriebsausflug", "1125", "1126"))
    assert [bool(why) for why in reasons(desk)] == [False, True]


class TestCalendarsOfDaysOff:
    def test_its_days_count_for_the_clients_that_name_it(self, made: Made) -> None:
        other = '[clients.beta]\nemail = "b@beta.example"\n'
        desk = made(WEDNESDAY, call("b", "25 17:00", who=["b@beta.example"]), client=NAMED, more=other + HOLIDAYS)
        desk.put(day("Buß- und Bettag", "1125", "1126"), name="holidays")
        assert reasons(desk) == ['day off: Acme\'s ("Buß- und Bettag"); approve it to send', ""]

    def test_no_call_stands_in_it_and_it_is_never_written_to(self, made: Made) -> None:
        desk = made(WEDNESDAY, client=NAMED, more=HOLIDAYS)
        text = desk.put(call("x", "26 15:00"), timed("A talk", "25 09:00", 60), name="holidays")
        done = desk.sync()
        assert {change.calendar for change in done.applied} == {"work"}
        assert desk.text("holidays") == text
        assert [one.occurrence.uid for one in done.plan.calls] == ["a"]

    def test_a_calendar_that_held_calls_is_left_as_it_is_and_nobody_hears_that_they_are_off(self, made: Made) -> None:
        desk = made(WEDNESDAY, more='[calendars.holidays]\ntype = "ics"\npath = "holidays.ics"\n')
        desk.put(call("x", "26 15:00"), name="holidays")
        assert desk.sync_at("23 09:00", "25 15:00") == ["25 15:00 timeframe ayse"]
        text = desk.text("holidays")
        desk.config(config(client=NAMED, more=HOLIDAYS))
        assert desk.sync_at("25 15:30") == []
        assert desk.text("holidays") == text
        assert not [one for one in desk.plan().messages if one.key.kind == "cancelled"]

    @pytest.mark.parametrize(
        ("zone", "held"),
        [pytest.param("Europe/Berlin", False, id="Berlin"), pytest.param("Asia/Tokyo", True, id="Tokyo")],
    )
    def test_a_day_is_one_on_the_clocks_of_the_client(self, made: Made, zone: str, held: bool) -> None:
        # 19:00 in Istanbul on the 24th is 01:00 on the 25th in Tokyo.
        desk = made(call("a", "24 19:00"), client=NAMED, more=HOLIDAYS)
        text = (desk.folder / "config.toml").read_text()
        (desk.folder / "config.toml").write_text(text.replace("Europe/Berlin", zone))
        desk.put(day("A feast", "1125", "1126"), name="holidays")
        assert [one.state == "held" for one in desk.plan().messages] == [held]

    def test_one_that_is_not_read_holds_no_message_and_lets_none_go_that_it_held(self, made: Made) -> None:
        desk = made(WEDNESDAY, call("b", "26 15:00"), client=NAMED, more=HOLIDAYS)
        desk.put(day("A feast", "1125", "1126"), name="holidays")
        desk.sync()
        file = desk.folder / "holidays.ics"
        file.rename(desk.folder / "away")
        assert desk.sync_at("24 15:00", "25 15:00") == ["25 15:00 timeframe ayse"]
        assert desk.row("expired").key.call == "a"
        (desk.folder / "away").rename(file)


def test_one_alert_says_which_calls_and_goes_without_a_word(made: Made) -> None:
    weekly = call("a", "25 15:00", 60, "RRULE:FREQ=DAILY;COUNT=3")
    desk = made(weekly, day("Vacation", "1125", "1127"))

    def alerts() -> list[str]:
        house = desk.house()
        try:
            return [what for _, _, what in house.ledger.alerts()]
        finally:
            house.close()

    desk.sync()
    assert alerts() == ['nothing is sent for 2 calls: day off: yours ("Vacation"); approve it to send']
    assert len(desk.owners()) == 1 and "Vacation" not in desk.owners()[0]
    assert "2 calls are on a day off, the first on Wednesday 25 November, 15:00." in desk.owners()[0]
    desk.later(minutes=20)
    desk.sync()
    desk.drop("off")
    desk.later(minutes=20)
    desk.sync()
    assert (alerts(), len(desk.owners())) == ([], 1)


def test_a_call_on_a_day_off_is_named_to_nobody_as_the_next_one(made: Made) -> None:
    desk = made(WEDNESDAY, call("b", "12-02 15:00"), call("c", "12-09 15:00"))
    assert "2 December" in str(desk.plan().views[0].after)
    desk.put(WEDNESDAY, call("b", "12-02 15:00"), call("c", "12-09 15:00"), day("Vacation", "1202", "1203"))
    assert "9 December" in str(desk.plan().views[0].after)
