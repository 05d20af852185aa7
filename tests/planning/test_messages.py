"""To whom, what kind, when, and whether: messages of whole cycles over small calendar files, with real dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from calsync.deliver.outbox import approve, resend, skip
from calsync.model.call import Flex
from calsync.model.memory import Announce, Decision, Pause
from tests.desk import AYSE, CAN, Desk, at, call, config

Made = Callable[..., Desk]
STRANGER = "ORGANIZER:mailto:ayse@acme.example"
PEOPLE = f'people = {{ "{CAN}" = "Can" }}'
KAAN, DILA = "kaan@acme.example", "dila@acme.example"


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Return what makes a desk at Monday 23 November, 09:00 in Istanbul, from events and a config."""

    def make(*events: str, **told: str) -> Desk:
        desk = Desk(tmp_path)
        desk.config(config(**told))
        desk.put(*events)
        return desk

    return make


@pytest.mark.parametrize(
    ("who", "client", "lines", "expected"),
    [
        pytest.param([AYSE], "", [], ["planned ayse"], id="the contact"),
        pytest.param([AYSE, CAN], PEOPLE, [], ["planned ayse", "planned can"], id="contact and people, a row each"),
        pytest.param([CAN], PEOPLE, [], ["planned can"], id="people alone"),
        pytest.param([AYSE, KAAN], "", [], ["planned ayse"], id="who is known by domain only is not written to"),
        pytest.param([KAAN, DILA], "", [], ["planned dila"], id="nobody named: the smallest address"),
        pytest.param(
            [KAAN, DILA, "deniz@kaya.example"],
            "",
            [f"ORGANIZER:mailto:{KAAN}"],
            ["held kaan"],
            id="nobody named: the organizer; by domain only in an invitation that is not hers: held",
        ),
        pytest.param(
            [KAAN, "deniz@kaya.example"],
            f'match.emails = ["{KAAN}"]',
            [f"ORGANIZER:mailto:{KAAN}"],
            ["planned kaan"],
            id="an address of the config, in an invitation that is not hers",
        ),
        pytest.param([], 'match.titles = ["acme*"]', [], ["planned ayse"], id="no attendees: the contact"),
        pytest.param(
            ["room@acme.example"],
            "",
            ["ATTENDEE;CUTYPE=ROOM:mailto:acme-room@acme.example"],
            ["planned room"],
            id="a room gets no mail",
        ),
        pytest.param([AYSE, AYSE.upper()], "", [], ["planned ayse"], id="one address twice"),
        pytest.param([AYSE, "eve@evil.example"], "", [], ["planned ayse"], id="a stranger gets no mail"),
    ],
)
def test_who_is_written_to(made: Made, who: list[str], client: str, lines: list[str], expected: list[str]) -> None:
    desk = made(call("a", "25 15:00", 60, *lines, who=who), client=client)
    assert sorted(f"{row.split()[0]} {row.split()[2]}" for row in desk.planned()) == expected


def test_who_was_written_to_before_is_written_to_again(made: Made) -> None:
    first = call("a", "25 15:00", who=[KAAN])
    desk = made(first, call("b", "26 15:00", who=[KAAN, DILA]))
    assert desk.sync_at("23 09:00", "24 15:00", "25 15:00") == ["24 15:00 timeframe kaan", "25 15:00 timeframe kaan"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param('email = "ayse@acme.example"', "Acme has no contact: set clients.acme.email", id="no contact"),
        pytest.param('[channels.mail]\ntype = "folder"\npath = "outbox"', "no channel is configured", id="no channel"),
    ],
)
def test_without_contact_or_channel_notes_go_on_and_the_message_is_held(made: Made, text: str, why: str) -> None:
    titles = 'match.titles = ["acme*"]'
    desk = made(call("a", "25 15:00", who=[]), client=titles)
    desk.config(config(client=titles).replace(text, ""))
    done = desk.sync()
    assert why in " ".join(one.why for one in done.held)
    assert (len(done.applied), desk.planned()) == (3, [])


@pytest.mark.parametrize(
    ("when", "defaults", "expected"),
    [
        pytest.param("25 15:00", "", "planned timeframe ayse 24 15:00", id="a day before"),
        pytest.param("25 09:00", "", "planned timeframe ayse 24 10:30", id="07:00 in Berlin: the morning before"),
        pytest.param("30 15:00", "", "planned timeframe ayse 27 15:00", id="on a Sunday: back to Friday, same clock"),
        pytest.param("23 11:30", "", "planned timeframe ayse 23 10:30", id="late: the first polite moment"),
        pytest.param("23 10:45", "", "asks timeframe ayse 23 10:45", id="no polite one with enough notice: it asks"),
        pytest.param(
            "25 15:00",
            'message_before = ["1h", "1d"]',
            "planned timeframe ayse 24 15:00|planned reminder ayse 25 14:00",
            id="two leads, whatever their order",
        ),
        pytest.param(
            "25 10:30", 'message_before = ["1d", "1h"]', "planned timeframe ayse 24 10:30", id="both on one moment",
        ),
    ],
)  # fmt: skip
def test_the_moment(made: Made, when: str, defaults: str, expected: str) -> None:
    assert "|".join(made(call("a", when), defaults=defaults).planned()) == expected


@pytest.mark.parametrize(
    ("zone", "when", "expected"),
    [
        pytest.param("Europe/Berlin", "25 20:00", "24 20:00", id="Berlin, 18:00 there"),
        pytest.param("America/New_York", "25 17:00", "24 17:00", id="New York, 09:00 there"),
        pytest.param("America/New_York", "25 11:00", "24 16:30", id="New York, 03:00 there: when their day begins"),
        pytest.param("Pacific/Auckland", "25 11:00", "24 22:30", id="Auckland, 21:00 there: their next morning, 08:30"),
    ],
)
def test_moments_keep_the_clients_hours(made: Made, zone: str, when: str, expected: str) -> None:
    desk = made(call("a", when))
    desk.config(
        config(defaults="")
        .replace("Europe/Berlin", zone)
        .replace('email = "deniz', 'work_hours = "00:00-24:00"\nemail = "deniz')
    )
    assert desk.planned() == [f"planned timeframe ayse {expected}"]


def test_it_is_sent_once_and_a_second_sync_sends_nothing(made: Made) -> None:
    desk = made(call("a", "25 15:00"))
    assert desk.sync_at("23 09:00", "24 14:59", "24 15:00", "24 15:00", "24 15:05", "25 14:00", "25 16:00") == [
        "24 15:00 timeframe ayse"
    ]


def test_of_several_that_have_passed_one_is_sent(made: Made) -> None:
    desk = made(call("a", "25 15:00"), defaults='message_before = ["1d", "1h"]')
    assert desk.sync_at("25 14:10", "25 14:15", "25 14:30") == ["25 14:10 timeframe ayse"]


def test_timeframe_and_reminder(made: Made) -> None:
    desk = made(call("a", "25 15:00"), defaults='message_before = ["1d", "1h"]')
    sent = desk.sync_at("23 09:00", "24 15:02", "25 13:59", "25 14:01", "25 14:06")
    assert sent == ["24 15:02 timeframe ayse", "25 14:01 reminder ayse"]


@pytest.mark.parametrize(
    ("changed", "start", "now", "expected"),
    [
        pytest.param("20261124T115500Z", "25 15:00", "24 15:00", "planned 24 15:05", id="5 minutes ago: it waits"),
        pytest.param("20261124T114900Z", "25 15:00", "24 15:00", "planned 24 15:00", id="11 minutes ago"),
        pytest.param("20261124T150000Z", "25 15:00", "24 15:00", "planned 24 15:00", id="a stamp in the future"),
        pytest.param("20261124T115500Z", "24 15:50", "24 15:00", "planned 24 15:00", id="within the hour"),
    ],
)
def test_an_event_that_was_just_changed_waits(made: Made, changed: str, start: str, now: str, expected: str) -> None:
    desk = made(call("a", start))
    desk.sync()
    desk.edit("DTSTAMP:20261101T080000Z\r\nDTSTART", f"DTSTAMP:20261101T080000Z\r\nLAST-MODIFIED:{changed}\r\nDTSTART")
    desk.now = at(now)
    assert [row.replace("timeframe ayse ", "") for row in desk.planned()] == [expected]


def move(desk: Desk, old: str, new: str, minutes: int = 60, new_minutes: int = 60) -> None:
    """Move the event that stands at `old` in the file."""

    def ends(when: str, length: int) -> str:
        start = at(when)
        zone = "TZID=Europe/Istanbul"
        until = start + timedelta(minutes=length)
        return f"DTSTART;{zone}:{start:%Y%m%dT%H%M%S}\r\nDTEND;{zone}:{until:%Y%m%dT%H%M%S}"

    desk.edit(ends(old, minutes), ends(new, new_minutes))


def test_moved_before_sending_it_moves(made: Made) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync()
    move(desk, "25 15:00", "26 16:00")
    desk.sync()
    assert desk.planned() == ["planned timeframe ayse 25 16:00"]
    assert desk.sync_at("24 15:00", "25 16:00", "26 09:00") == ["25 16:00 timeframe ayse"]


def test_moved_by_the_owner_after_sending_one_update_goes_in_the_thread(made: Made) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00", "24 15:00")
    move(desk, "25 15:00", "26 16:00")
    assert desk.sync_at("24 15:10", "24 15:15", "25 16:00", "26 12:00") == ["24 15:10 update ayse"]
    first, update = desk.mails()
    assert update["Subject"] == f"Re: {first['Subject']}"
    assert update["In-Reply-To"] == update["References"] == first["Message-ID"]
    assert "Our new time: Thursday 26 November, 14:00–14:45 Berlin time (16:00 my time)" in desk.bodies()[1]


@pytest.mark.parametrize(
    ("new", "defaults", "expected"),
    [
        pytest.param("27 16:00", "", [], id="two days later: no reminder"),
        pytest.param("12-03 16:00", "", ["12-02 16:00 reminder ayse"], id="a week later: a reminder at the usual lead"),
        pytest.param(
            "26 16:00", 'message_before = ["1d", "1h"]', ["26 15:00 reminder ayse"], id="the other leads stay",
        ),
        pytest.param(
            "12-03 16:00", 'message_before = ["1d", "1h"]', ["12-02 16:00 reminder ayse", "12-03 15:00 reminder ayse"],
            id="both",
        ),
    ],
)  # fmt: skip
def test_a_reminder_follows_an_update_long_before(made: Made, new: str, defaults: str, expected: list[str]) -> None:
    desk = made(call("a", "25 15:00"), defaults=defaults)
    desk.sync_at("23 09:00", "24 15:00")
    move(desk, "25 15:00", new)
    assert desk.sync_at("24 16:00") == ["24 16:00 update ayse"]
    times = ["25 14:00", "25 16:00", "26 15:00", "26 16:00", "27 15:30", "12-02 16:00", "12-03 15:00", "12-03 15:30"]
    assert desk.sync_at(*times) == expected


def test_moved_back_before_the_update_has_gone_it_is_dropped(made: Made) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00", "24 15:00")
    move(desk, "25 15:00", "26 16:00")
    assert desk.sync_at("24 22:00") == []
    assert desk.planned() == ["planned update ayse 25 10:30"]
    move(desk, "26 16:00", "25 15:00")
    assert desk.sync_at("24 22:05", "25 10:30", "25 14:00") == []
    assert [one.state for one in desk.memory().messages] == ["sent"]


def test_moved_there_and_back_after_the_update_another_update_goes(made: Made) -> None:
    desk = made(call("a", "26 15:00"))
    desk.sync_at("23 09:00", "25 15:00")
    move(desk, "26 15:00", "27 16:00")
    assert desk.sync_at("25 15:10") == ["25 15:10 update ayse"]
    move(desk, "27 16:00", "26 15:00")
    assert desk.sync_at("25 15:20", "25 15:25", "26 14:00") == ["25 15:20 update ayse"]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param(40, ["24 15:10 update ayse"], id="5 minutes"),
        pytest.param(42, [], id="3 minutes"),
        pytest.param(90, [], id="the end moves beyond the cap: the hard stop stays"),
    ],
)
@pytest.mark.parametrize("organizer", ["", STRANGER], ids=["her own", "the client's"])
def test_another_hard_stop_is_told_from_five_minutes_on(
    made: Made, minutes: int, expected: list[str], organizer: str
) -> None:
    lines = [organizer] if organizer else []
    who = [AYSE, "deniz@kaya.example"] if organizer else [AYSE]
    desk = made(call("a", "25 15:00", 60, *lines, who=who))
    desk.sync_at("23 09:00", "24 15:00")
    move(desk, "25 15:00", "25 15:00", 60, minutes)
    assert desk.sync_at("24 15:10", "24 15:15", "25 12:00") == expected


def test_other_changes_of_the_event_send_nothing(made: Made) -> None:
    desk = made(call("a", "25 15:00", 60, "LOCATION:https://meet.example/acme", "SUMMARY:Acme weekly"))
    desk.sync_at("23 09:00", "24 15:00")
    desk.edit("Acme weekly", "Acme planning")
    desk.edit("meet.example/acme", "meet.example/other")
    desk.edit("SUMMARY:Acme planning", "SUMMARY:Acme planning\r\nPRIORITY:1\r\nCOMMENT:bring the folder")
    assert desk.sync_at("24 15:10", "24 15:15", "25 10:00") == []


def test_an_update_keeps_no_least_notice_and_expires_at_the_start(made: Made) -> None:
    desk = made(call("a", "25 15:00"))
    desk.sync_at("23 09:00", "24 15:00")
    desk.edit("Istanbul:20261125T15", "Istanbul:20261124T16")
    desk.edit("Istanbul:20261125T16", "Istanbul:20261124T17")
    assert desk.sync_at("24 15:45") == ["24 15:45 update ayse"]
    (row,) = [one for one in desk.memory().messages if one.key.kind == "update"]
    assert row.expires_at == row.key.start


def test_moved_by_the_client_it_is_told_at_the_usual_lead_in_the_thread(made: Made) -> None:
    desk = made(call("a", "25 15:00", 60, STRANGER, who=[AYSE, "deniz@kaya.example"]))
    desk.sync_at("23 09:00", "24 15:00")
    move(desk, "25 15:00", "27 16:00")
    assert desk.sync_at("24 15:10", "25 15:00", "26 16:00", "26 16:05") == ["26 16:00 timeframe ayse"]
    first, second = desk.mails()
    assert second["References"] == first["Message-ID"]


def flex(desk: Desk, minutes: int, because: str = "it is nearly done") -> None:
    house = desk.house()
    try:
        (one,) = house.plan(desk.now).calls
        house.ledger.flex(one.name, Flex(minutes=minutes, because=because, at=desk.now))
    finally:
        house.close()


class TestFlex:
    def test_before_the_client_was_told_it_goes_with_the_message(self, made: Made) -> None:
        desk = made(call("a", "25 15:00", 90))
        desk.sync()
        flex(desk, 15)
        assert desk.sync_at("24 15:00", "24 15:05") == ["24 15:00 timeframe ayse"]
        assert "60 minutes instead of our usual 45: it is nearly done" in desk.bodies()[0]

    def test_after_it_goes_by_itself_and_back_again_too(self, made: Made) -> None:
        desk = made(call("a", "25 15:00", 90))
        desk.sync_at("23 09:00", "24 15:00")
        flex(desk, 15)
        assert desk.sync_at("24 15:10", "24 15:15") == ["24 15:10 flex ayse"]
        flex(desk, 0, "we are quicker")
        assert desk.sync_at("24 15:20", "24 15:25") == ["24 15:20 flex ayse"]
        assert "60 minutes instead of our usual 45" in desk.bodies()[1]
        assert "back to our usual 45 minutes: we are quicker" in desk.bodies()[2]
        flex(desk, 15)
        assert desk.sync_at("24 15:30", "24 15:35") == ["24 15:30 flex ayse"]

    def test_it_counts_as_approved_where_others_ask(self, made: Made) -> None:
        desk = made(call("a", "25 15:00", 90), defaults='send = "ask"')
        desk.sync()
        desk.say("approve", "asks")
        assert desk.sync_at("23 12:00") == ["23 12:00 timeframe ayse"]
        flex(desk, 15)
        assert desk.sync_at("23 12:10") == ["23 12:10 flex ayse"]

    def test_one_that_was_skipped_is_not_asked_again_and_another_one_is(self, made: Made) -> None:
        desk = made(call("a", "25 15:00", 90))
        desk.sync_at("23 09:00", "24 15:00")
        flex(desk, 15)
        desk.sync_at("24 22:00")
        desk.say("skip", "planned")
        assert desk.sync_at("24 22:05", "25 11:00") == []
        flex(desk, 30)
        assert desk.sync_at("25 11:10", "25 11:15") == ["25 11:10 flex ayse"]

    def test_of_a_running_call_nothing_is_sent(self, made: Made) -> None:
        desk = made(call("a", "25 15:00", 90))
        desk.sync_at("23 09:00", "24 15:00", "25 15:10")
        flex(desk, 15)
        assert desk.sync_at("25 15:15", "25 15:20") == []


def test_one_that_was_put_off_is_not_tried_again_in_the_night(made: Made) -> None:
    desk = made(call("a", "26 15:00"))
    desk.sync_at("25 12:00")
    folder = desk.folder / "outbox"
    folder.write_text("a file, where a folder should be")
    desk.now = at("25 16:00")
    assert desk.sync().sent == ()
    folder.unlink()
    assert desk.sync_at("25 22:00", "26 09:00", "26 10:30") == ["26 10:30 timeframe ayse"]


class TestCancelled:
    def gone(self, desk: Desk, how: str) -> None:
        if how == "deleted":
            desk.drop("a")
            desk.put(call("z", "23 06:00", who=["x@y.example"]))
        else:
            desk.edit("UID:a\r\n", "UID:a\r\nSTATUS:CANCELLED\r\n")

    @pytest.mark.parametrize("how", ["deleted", "cancelled"])
    def test_before_it_was_told_nothing_is_sent(self, made: Made, how: str) -> None:
        desk = made(call("a", "25 15:00"))
        desk.sync()
        self.gone(desk, how)
        assert desk.sync_at("23 10:00", "24 15:00", "25 12:00") == []
        assert desk.memory().messages == ()

    @pytest.mark.parametrize("how", ["deleted", "cancelled"])
    def test_after_it_was_told_a_draft_asks_until_the_old_start(self, made: Made, how: str) -> None:
        desk = made(call("a", "25 15:00"))
        desk.sync_at("23 09:00", "24 15:00")
        self.gone(desk, how)
        assert desk.sync_at("24 16:00", "24 17:00") == []
        assert [row.split()[:2] for row in desk.planned()] == [["asks", "cancelled"]]
        desk.say("approve", "asks")
        assert desk.sync_at("24 17:05", "24 17:10") == ["24 17:05 cancelled ayse"]
        assert desk.mails()[1]["References"] == desk.mails()[0]["Message-ID"]

    def test_the_draft_expires_with_the_old_start(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"))
        desk.sync_at("23 09:00", "24 15:00")
        self.gone(desk, "cancelled")
        assert desk.sync_at("24 16:00", "25 15:00", "25 15:05") == []
        assert sorted(one.state for one in desk.memory().messages) == ["expired", "sent"]

    def test_one_that_appears_within_a_day_is_the_same_call_moved(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"))
        desk.sync_at("23 09:00", "24 15:00")
        self.gone(desk, "cancelled")
        desk.sync_at("24 16:00")
        desk.put(call("a", "25 15:00", 60, "STATUS:CANCELLED"), call("b", "27 16:00"))
        assert desk.sync_at("24 17:00", "24 17:05", "26 16:00", "27 12:00") == ["24 17:00 update ayse"]
        assert sorted(one.state for one in desk.memory().messages) == ["sent", "sent"]

    def test_a_call_that_takes_place_after_all_is_told_again(self, made: Made) -> None:
        desk = made(call("a", "26 15:00"))
        desk.sync_at("23 09:00", "25 15:00")
        self.gone(desk, "cancelled")
        desk.sync_at("25 16:00")
        desk.say("approve", "asks")
        assert desk.sync_at("25 16:05") == ["25 16:05 cancelled ayse"]
        desk.edit("STATUS:CANCELLED\r\n", "")
        assert desk.sync_at("25 17:00", "25 17:05") == ["25 17:00 timeframe ayse"]
        self.gone(desk, "cancelled")
        desk.sync_at("25 17:10")
        assert [row.split()[:2] for row in desk.planned()] == [["asks", "cancelled"]]


class TestOnce:
    def test_two_events_at_one_start_are_told_once(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), call("b", "25 15:00"))
        assert desk.sync_at("23 09:00", "24 15:00", "24 15:05") == ["24 15:00 timeframe ayse"]
        assert "is told this start already, by another event" in " ".join(one.why for one in desk.plan().held)

    def test_of_two_events_at_one_start_an_invitation_by_a_stranger_does_not_hold_back_the_other(
        self, made: Made
    ) -> None:
        theirs = call("a", "25 15:00", 60, f"ORGANIZER:mailto:{KAAN}", who=[KAAN, "deniz@kaya.example"])
        desk = made(theirs, call("b", "25 15:00", who=[KAAN]))
        assert desk.sync_at("23 09:00", "24 15:00", "24 15:05") == ["24 15:00 timeframe kaan"]

    def test_another_uid_at_a_start_that_was_told_is_not_told_again(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"))
        desk.sync_at("23 09:00", "24 15:00")
        desk.put(call("a", "25 15:00"), call("b", "25 15:00"))
        assert desk.sync_at("24 15:10", "25 12:00") == []

    def test_one_whom_another_event_told_a_start_is_not_told_it_again_for_a_call_that_she_moved_there(
        self, made: Made
    ) -> None:
        theirs = call("b", "25 12:00", 60, STRANGER, who=[AYSE, "deniz@kaya.example"])
        desk = made(call("a", "25 15:00"), theirs)
        assert desk.sync_at("23 09:00", "24 12:00", "24 15:00") == [
            "24 12:00 timeframe ayse",
            "24 15:00 timeframe ayse",
        ]
        move(desk, "25 12:00", "25 15:00")
        assert desk.sync_at("24 15:10", "24 15:30", "25 14:00") == []

    def test_a_call_that_the_owner_moves_onto_another_start_is_told(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), call("b", "25 12:00"))
        desk.sync_at("23 09:00", "24 12:00", "24 15:00")
        move(desk, "25 12:00", "25 15:00")
        assert desk.sync_at("24 15:10", "24 15:30", "25 14:00") == ["24 15:10 update ayse"]

    def test_an_attendee_added_later_gets_the_message(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), client=PEOPLE)
        desk.sync_at("23 09:00", "24 15:00")
        desk.put(call("a", "25 15:00", who=[AYSE, CAN]))
        assert desk.sync_at("24 16:00", "24 16:05") == ["24 16:00 timeframe can"]

    def test_a_change_of_the_config_never_repeats_what_was_sent(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), call("b", "26 15:00"))
        desk.sync_at("23 09:00", "24 15:00")
        desk.config(config(defaults='message_before = "2h"\npolite_hours = "09:00-18:00"').replace("45m", "30m"))
        assert desk.sync_at("24 16:00", "25 13:00", "26 13:00") == ["26 13:00 timeframe ayse"]
        assert "30 minutes" in desk.bodies()[1]

    def test_what_was_sent_stays_known_when_everything_is_taken_back(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"))
        desk.sync_at("23 09:00", "24 15:00")
        desk.clean()
        assert desk.sync_at("24 15:10", "25 12:00") == []
        assert desk.notes() == 1


class TestHeld:
    def test_tentative_is_held_and_then_a_late_booking(self, made: Made) -> None:
        desk = made(call("a", "25 15:00", 60, "STATUS:TENTATIVE"))
        assert desk.sync_at("23 09:00", "24 16:00") == []
        assert [row.split()[0] for row in desk.planned()] == ["held"]
        desk.edit("STATUS:TENTATIVE", "STATUS:CONFIRMED")
        assert desk.sync_at("24 16:05", "24 16:10") == ["24 16:05 timeframe ayse"]

    def test_doubtful_is_held_until_keep(self, made: Made) -> None:
        desk = made(call("a", "28 15:00"), defaults='polite_days = "mon-sun"')
        desk.sync()
        assert [row.split()[0] for row in desk.planned()] == ["held"]
        house = desk.house()
        house.ledger.decide(Decision(subject="a", series=False, verdict="keep", client="", at=desk.now))
        house.close()
        assert desk.planned() == ["planned timeframe ayse 27 15:00"]

    def test_a_pause_holds_and_what_fell_due_meanwhile_is_a_late_booking(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), call("b", "25 11:30"))
        desk.sync()
        house = desk.house()
        house.ledger.pause(Pause(client="acme", since=desk.now, until=None))
        house.close()
        assert desk.sync_at("24 11:30", "24 15:00", "25 11:10") == []
        house = desk.house()
        house.ledger.resume("acme")
        house.close()
        assert desk.sync_at("25 11:15", "25 11:20") == ["25 11:15 timeframe ayse"]
        assert sorted(one.state for one in desk.memory().messages) == ["asks", "sent"]

    def test_a_pause_holds_what_was_approved_before_it(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), defaults='send = "ask"')
        desk.sync_at("23 09:00")
        desk.say("approve", "asks")
        house = desk.house()
        house.ledger.pause(Pause(client="acme", since=at("23 09:01"), until=None))
        house.close()
        assert desk.sync_at("23 09:05") == []
        house = desk.house()
        house.ledger.resume("acme")
        house.close()
        assert desk.sync_at("23 10:00") == ["23 10:00 timeframe ayse"]

    def test_off_sends_nothing_and_notes_go_on(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), defaults='send = "off"')
        assert desk.sync_at("23 09:00", "24 15:00") == []
        assert (desk.planned(), desk.notes()) == ([], 1)

    def test_a_held_message_goes_once_approved(self, made: Made) -> None:
        desk = made(call("a", "25 15:00", 60, f"ORGANIZER:mailto:{KAAN}", who=[KAAN, "deniz@kaya.example"]))
        desk.sync()
        desk.say("approve", "held")
        assert desk.sync_at("23 09:05", "23 09:10", "24 15:00") == ["23 09:05 timeframe kaan"]


class TestAsks:
    def test_an_approval_holds_for_the_text_that_was_shown(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), defaults='send = "ask"')
        desk.sync()
        desk.say("approve", "asks")
        desk.put(call("a", "25 15:00", 30))
        assert desk.sync_at("23 09:05", "24 15:00") == []
        assert desk.row("asks").approved is False
        desk.say("approve", "asks")
        assert desk.sync_at("24 15:05") == ["24 15:05 timeframe ayse"]

    def test_approved_out_of_turn_the_text_stays_the_one_that_was_shown(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), call("b", "26 15:00"), defaults='send = "ask"\nagenda = ["Status"]')
        desk.sync()
        second = max(desk.memory().messages, key=lambda one: one.key.start)
        house = desk.house()
        house.ledger.set_state(approve(second, desk.now))
        house.ledger.set_state(skip(min(desk.memory().messages, key=lambda one: one.key.start), desk.now))
        house.close()
        assert desk.sync_at("23 09:05") == ["23 09:05 timeframe ayse"]
        assert desk.bodies()[0].split() == second.body.split()

    def test_with_no_polite_moment_left_approval_sends_it_until_the_start(self, made: Made) -> None:
        desk = made(call("a", "23 10:45"))
        desk.sync_at("23 09:00")
        house = desk.house()
        assert ["a message to ayse@acme.example asks" in what for _, _, what in house.ledger.alerts()] == [True]
        house.close()
        desk.now = at("23 10:40")
        desk.say("approve", "asks")
        assert desk.sync_at("23 10:41", "23 10:42") == ["23 10:41 timeframe ayse"]

    def test_nothing_goes_at_or_after_the_start(self, made: Made) -> None:
        desk = made(call("a", "23 10:45"))
        desk.sync_at("23 09:00")
        desk.now = at("23 10:44")
        desk.say("approve", "asks")
        assert desk.sync_at("23 10:45", "23 10:46") == []
        assert desk.row("expired").sent_at is None

    def test_it_expires_least_notice_before_the_start(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"))
        desk.sync_at("23 09:00")
        desk.folder.joinpath("work.ics").rename(desk.folder / "away")
        assert desk.sync_at("24 15:00", "25 14:29") == []
        assert desk.row("planned").expires_at == at("25 14:30")
        desk.sync_at("25 14:30")
        desk.folder.joinpath("away").rename(desk.folder / "work.ics")
        assert desk.sync_at("25 14:31", "25 14:35") == []
        assert desk.row("expired")

    def test_resend_makes_a_new_message_that_falls_when_the_call_moves(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"))
        desk.sync_at("23 09:00", "24 15:00")
        desk.say("resend", "sent")
        assert desk.sync_at("24 15:05", "24 15:10") == ["24 15:05 timeframe ayse"]
        first, second = desk.mails()
        assert first["Message-ID"] != second["Message-ID"]

        desk.put(call("a", "25 15:00"), call("b", "26 15:00"))
        desk.sync_at("25 15:00")
        message = max(desk.memory().messages, key=lambda one: one.key.start)
        house = desk.house()
        house.ledger.queue([resend(message, desk.now, 7)])
        house.close()
        desk.put(call("b", "27 15:00"))
        assert desk.sync_at("25 15:05", "25 15:10") == ["25 15:05 update ayse"]


class TestAnnouncement:
    def announce(self, desk: Desk, because: str = "Two projects began", **told: object) -> None:
        house = desk.house()
        house.ledger.announce(
            replace(Announce(client="acme", because=because, at_once=False, at=desk.now), **told)  # type: ignore[arg-type]
        )
        house.close()

    def test_it_goes_once_with_the_lines_of_the_call_to_the_contact_alone(self, made: Made) -> None:
        desk = made(call("a", "25 15:00", who=[AYSE, CAN]), call("b", "26 15:00"), client=f"reset = true\n{PEOPLE}")
        sent = desk.sync_at("23 09:00", "24 15:00", "25 15:00", "26 14:00")
        assert sent == ["24 15:00 announcement ayse", "24 15:00 timeframe can", "25 15:00 timeframe ayse"]
        body = desk.bodies()[[mail["To"] for mail in desk.mails()].index(AYSE)]
        assert "We have 45 minutes together on Wednesday 25 November" in body
        assert "from now on I'd like our calls to start with your project" in body

    def test_skipped_it_brings_no_other_message_for_that_call(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), call("b", "27 15:00"), client="reset = true")
        desk.sync_at("23 09:00")
        house = desk.house()
        first = next(one for one in house.ledger.memory().messages if one.key.kind == "announcement")
        house.ledger.set_state(skip(first, desk.now))
        house.close()
        assert desk.sync_at("24 15:00", "25 10:00", "26 15:00") == ["26 15:00 timeframe ayse"]

    def test_her_wish_counts_as_approved_and_says_why(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), defaults='send = "ask"')
        desk.sync()
        self.announce(desk)
        assert desk.sync_at("23 10:00", "24 15:00", "24 15:05") == ["24 15:00 announcement ayse"]
        assert "Two projects began" in desk.bodies()[0]

    def test_at_once_it_goes_at_the_next_polite_moment_and_only_the_last_wish(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"))
        desk.sync_at("23 09:00")
        self.announce(desk, "First reason", at_once=True)
        desk.sync_at("23 09:05")
        self.announce(desk, "Better reason", at_once=True)
        assert desk.sync_at("23 09:10", "23 10:30", "23 10:35", "24 15:00") == [
            "23 10:30 announcement ayse",
            "24 15:00 timeframe ayse",
        ]
        assert "Better reason" in desk.bodies()[0]

    def test_again_it_goes_again(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), call("b", "26 15:00"), call("c", "27 15:00"), client="reset = true")
        desk.sync_at("23 09:00", "24 15:00")
        self.announce(desk, revision=1)
        assert desk.sync_at("24 16:00", "25 15:00", "26 15:00") == [
            "25 15:00 announcement ayse",
            "26 15:00 timeframe ayse",
        ]

    def test_it_does_not_wait_with_a_message_that_is_held(self, made: Made) -> None:
        desk = made(call("a", "24 15:00", 60, "STATUS:TENTATIVE"), call("b", "25 15:00"), client="reset = true")
        assert [" ".join(row.split()[:2]) for row in desk.planned()] == ["held timeframe", "planned announcement"]

    def test_the_words_to_say_stand_in_the_prep_text_of_one_call(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), call("b", "26 15:00"), client="reset = true")
        for time in ("23 09:00", "24 15:00", "24 15:05"):
            desk.sync_at(time)
            said = [
                "announce" in view.before.text.lower() or "from now on" in view.before.text.lower()
                for view in desk.plan().views
            ]
            assert said == [True, False], time


class TestLostState:
    @pytest.mark.parametrize("observed", [False, True], ids=["act", "observe first"])
    def test_what_may_have_been_sent_is_unknown_and_what_lies_ahead_is_not(self, made: Made, observed: bool) -> None:
        desk = made(call("a", "25 15:00"), call("b", "27 15:00"))
        assert desk.sync_at("23 09:00", "24 15:00") == ["24 15:00 timeframe ayse"]
        desk.lose_ledger()
        if observed:
            desk.config(config(mode="observe"))
            assert desk.sync_at("24 15:30") == []
            desk.config(config())
        assert desk.sync_at("24 15:35", "24 16:00") == []
        assert sorted(row[:20] for row in desk.planned()) == ["planned timeframe ay", "unknown timeframe ay"]
        desk.say("approve", "unknown")
        assert desk.sync_at("24 16:05", "24 16:10", "26 15:00") == [
            "24 16:05 timeframe ayse",
            "26 15:00 timeframe ayse",
        ]

    def test_marks_in_one_calendar_speak_for_all(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), more='[calendars.other]\ntype = "ics"\npath = "other.ics"')
        desk.put(call("b", "25 11:30", 60, STRANGER, who=[AYSE, "deniz@kaya.example"]), name="other")
        assert desk.sync_at("23 09:00", "24 11:30", "24 15:00") == [
            "24 11:30 timeframe ayse",
            "24 15:00 timeframe ayse",
        ]
        desk.lose_ledger()
        assert desk.sync_at("24 15:30") == []
        assert [row.split()[0] for row in desk.planned()] == ["unknown", "unknown"]

    def test_a_call_booked_afterwards_is_a_late_booking(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"))
        desk.sync_at("23 09:00", "24 15:00")
        desk.lose_ledger()
        desk.sync_at("24 15:30")
        desk.put(call("a", "25 15:00"), call("c", "25 12:00"))
        assert desk.sync_at("24 16:00") == ["24 16:00 timeframe ayse"]


class TestReadings:
    def test_a_failing_calendar_holds_its_messages_and_no_others(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), more='[calendars.other]\ntype = "ics"\npath = "other.ics"')
        desk.put(call("b", "25 16:00"), name="other")
        desk.sync_at("23 09:00")
        desk.write("<html>", name="other")
        assert desk.sync_at("24 15:00", "24 16:00") == ["24 15:00 timeframe ayse"]
        desk.put(call("b", "25 16:00"), name="other")
        assert desk.sync_at("24 16:05", "24 16:10") == ["24 16:05 timeframe ayse"]

    def test_a_copy_elsewhere_tells_nothing_while_its_calendar_is_unread(self, made: Made) -> None:
        desk = made(call("a", "25 15:00", 60, "SEQUENCE:2"), more='[calendars.other]\ntype = "ics"\npath = "other.ics"')
        desk.put(call("a", "25 17:00", 60, "SEQUENCE:1"), name="other")
        desk.sync_at("23 09:00", "24 15:00")
        desk.write("<html>")
        assert desk.sync_at("24 15:10", "24 15:15", "24 15:20", "24 17:00") == []

    def test_an_emptied_calendar_takes_no_message_back_before_it_is_believed(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"))
        desk.sync_at("23 09:00")
        text = desk.text()
        desk.put()
        assert desk.sync_at("24 15:00", "24 15:02") == []
        assert desk.row("planned")
        desk.write(text)
        assert desk.sync_at("24 15:04") == ["24 15:04 timeframe ayse"]

    def test_the_messages_of_a_calendar_taken_out_of_the_config_are_withdrawn(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), more='[calendars.other]\ntype = "ics"\npath = "other.ics"')
        desk.put(call("b", "25 16:00"), name="other")
        desk.sync_at("23 09:00")
        desk.config(config())
        assert desk.sync_at("23 09:05", "24 15:00", "24 16:00") == ["24 15:00 timeframe ayse"]
        assert len(desk.memory().messages) == 1


def test_observe_queues_and_sends_nothing_and_act_later_is_late(made: Made) -> None:
    desk = made(call("a", "25 15:00"), mode="observe")
    assert desk.sync_at("23 09:00", "24 15:00", "24 15:30") == []
    assert desk.memory().messages == ()
    desk.config(config())
    assert desk.sync_at("24 15:40", "24 15:45") == ["24 15:40 timeframe ayse"]
