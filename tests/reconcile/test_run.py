"""Whole cycles: calendars that can't be read or are suddenly empty, limits, other programs, and the horizon."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from calsync.calendars.file import FileCalendar
from calsync.model.call import Flex
from calsync.model.edit import Edit
from calsync.model.memory import Decision
from tests.reconcile.conftest import ACME, CONFIG, ISTANBUL, TOP, WORK, Stage, calendar, event, whys

WED = "20261125T100000"
OTHER = '[calendars.other]\ntype = "ics"\npath = "other.ics"\n'
BOLT = """[clients.bolt]
name = "Bolt"
tone = "formal"
email = "bo@bolt.example"
match.domains = ["bolt.example"]
"""
TWO = TOP + WORK + OTHER + ACME


def test_copies_of_a_meeting_at_different_times_are_one_call_and_the_writable_copy_counts(stage: Stage) -> None:
    stage.config(TWO)
    theirs = "ORGANIZER:mailto:ayse@acme.example"
    stage.put(event("a", WED, 60, theirs))
    stage.put(event("a", "20261125T140000"), name="other")
    stage.sync()
    assert [call.start.hour for call in stage.plan().calls] == [14]
    assert stage.all_blocks() == []
    assert stage.blocks("other") == {"before": "1355-1400", "after": "1445-1455"}
    stage.quiet()


def test_copies_of_a_series_at_different_times_are_one_call_each(stage: Stage) -> None:
    stage.config(TWO)
    weekly = "RRULE:FREQ=WEEKLY;COUNT=4"
    stage.put(event("s", WED, 60, weekly))
    stage.put(event("s", "20261125T120000", 60, weekly, "SEQUENCE:3"), name="other")
    stage.sync()
    assert [call.start.hour for call in stage.plan().calls] == [12, 12]
    assert len(stage.all_blocks("other")) == 4
    assert stage.all_blocks() == []
    stage.quiet()
    stage.write("", "work")
    stage.quiet()


def test_of_a_calendar_that_cannot_be_read_nothing_changes_anywhere_and_others_go_on(stage: Stage) -> None:
    stage.config(TWO)
    stage.put(event("a", WED))
    stage.put(event("b", "20261126T100000"), event("busy", "20261126T090000", 56, who=[]), name="other")
    stage.sync()
    assert stage.blocks("other") == {"after": "1045-1055"}
    work = stage.text()
    stage.write("<html>no calendar</html>")
    stage.write(stage.unfolded("other").replace("Istanbul:20261126T1", "Istanbul:20261127T1"), "other")
    done = stage.sync()
    assert any("work" in what for what, _ in done.failed)
    assert {day for day, _, _ in stage.all_blocks("other")} == {"1127"}
    assert stage.text() == "<html>no calendar</html>"
    stage.write(work)
    stage.sync()
    assert {day for day, _, _ in stage.all_blocks()} == {"1125"}
    stage.quiet()


def test_a_copy_of_a_call_elsewhere_does_not_speak_for_the_calendar_that_cannot_be_read(stage: Stage) -> None:
    stage.config(TWO)
    stage.put(event("a", WED))
    stage.put(event("a", "20261125T120000"), name="other")
    stage.sync()
    assert len(stage.blocks()) == 2
    stage.write("BEGIN:VCALENDAR\r\n")
    before = stage.text("other")
    stage.sync()
    assert stage.text("other") == before
    assert "could not be read" in whys(stage.plan().held)


def test_an_event_that_became_damaged_is_not_gone(stage: Stage) -> None:
    stage.put(event("a", WED), event("b", "20261126T100000"))
    stage.sync()
    stage.edit("DTEND;TZID=Europe/Istanbul:20261125T110000", "DTEND;TZID=Europe/Istanbul:20261124T110000")
    stage.quiet()
    assert len(stage.all_blocks()) == 4
    assert "UID a: it ends before it starts" in whys(stage.plan().held)


def test_the_last_known_busy_times_of_an_unread_calendar_count(stage: Stage) -> None:
    stage.config(TWO)
    stage.put(event("a", WED))
    stage.put(event("x", "20261125T105000", 30, who=[]), name="other")
    stage.sync()
    assert stage.blocks() == {"before": "0955-1000", "after": "1045-1050"}
    stage.write("", "other")
    stage.sync()
    assert stage.blocks() == {"before": "0955-1000", "after": "1045-1050"}
    stage.quiet()


def test_an_emptied_calendar_is_believed_on_a_second_reading_an_interval_later(stage: Stage) -> None:
    stage.put(event("a", WED))
    stage.sync()
    stage.drop("a")
    before = stage.text()
    done = stage.sync()
    assert done.failed
    stage.later(minutes=2)
    stage.sync()
    assert stage.text() == before
    stage.later(minutes=4)
    stage.sync()
    assert stage.text() == calendar()
    stage.quiet()


def test_an_emptied_calendar_is_believed_with_force(stage: Stage) -> None:
    stage.put(event("a", WED))
    stage.sync()
    stage.drop("a")
    stage.sync(force=True)
    assert stage.text() == calendar()


def test_over_the_limits_nothing_is_done_until_this_very_plan_is_allowed(stage: Stage) -> None:
    stage.config(CONFIG.replace("[owner]", "[limits]\nchanges = 2\n[owner]"))
    before = stage.put(*(event(f"c{n}", f"2026112{n}T100000") for n in (5, 6, 7)))
    done = stage.sync()
    assert "3 calls" in done.large
    assert stage.text() == before
    assert stage.sync(digest="00000000").large
    assert stage.text() == before
    again = stage.sync(digest=stage.plan().digest)
    assert not again.large
    assert len(stage.all_blocks()) == 6
    stage.quiet()


def test_what_lies_beyond_the_horizon_is_not_in_view(stage: Stage) -> None:
    before = stage.put(event("a", "20261208T100000"))
    stage.sync()
    assert stage.text() == before
    stage.later(days=1.1)
    stage.sync()
    assert len(stage.blocks()) == 2


@pytest.mark.parametrize(
    ("lines", "who", "held"),
    [
        pytest.param([], [], "", id="nobody in it"),
        pytest.param(["STATUS:CANCELLED"], None, "", id="cancelled"),
        pytest.param(["TRANSP:TRANSPARENT"], None, "", id="free"),
        pytest.param(["CLASS:PRIVATE"], None, "", id="private"),
        pytest.param(["SUMMARY:Lunch with Acme"], None, "", id="lunch"),
        pytest.param(["SUMMARY:AKŞAM YEMEĞİ Acme"], None, "", id="Turkish capitals"),
        pytest.param(["SUMMARY:Doğum Günü partisi"], None, "", id="birthday"),
        pytest.param(["DESCRIPTION:some text\\n Calsync: OFF \\nmore"], None, "", id="a line in the description"),
        pytest.param(["ATTENDEE;PARTSTAT=DECLINED:mailto:deniz@kaya.example"], None, "", id="declined by her"),
        pytest.param(["ATTENDEE;PARTSTAT=DECLINED:mailto:ayse@acme.example"], [], "", id="declined by the client"),
        pytest.param(["ATTENDEE;CUTYPE=ROOM:mailto:room@acme.example"], [], "", id="a room of the client"),
    ],
)
def test_what_is_no_call(stage: Stage, lines: list[str], who: list[str] | None, held: str) -> None:
    args = event("a", WED, 60, *lines) if who is None else event("a", WED, 60, *lines, who=who)
    before = stage.put(args)
    stage.sync()
    assert stage.text() == before
    assert stage.plan().calls == ()
    assert whys(stage.plan().held) == held


@pytest.mark.parametrize(
    ("lines", "minutes"),
    [
        pytest.param(["SUMMARY:Dinnerware for Acme"], 60, id="a word within a word"),
        pytest.param(["SUMMARY:Isık Lunchbox"], 60, id="Turkish letters"),
        pytest.param(["DESCRIPTION:calsync: offers"], 60, id="another word"),
        pytest.param([], 5, id="five minutes"),
    ],
)
def test_what_is_a_call_all_the_same(stage: Stage, lines: list[str], minutes: int) -> None:
    stage.put(event("a", WED, minutes, *lines))
    assert len(stage.plan().calls) == 1


def test_a_tie_is_held_and_said_until_the_owner_says_whose_it_is(stage: Stage) -> None:
    stage.config(CONFIG + BOLT)
    before = stage.put(event("a", WED, who=["can@acme.example", "io@bolt.example"]))
    stage.sync()
    assert stage.text() == before
    assert "Acme and Bolt" in whys(stage.plan().held)
    house = stage.house()
    house.ledger.decide(Decision(subject="a", series=False, verdict="keep", client="bolt", at=stage.now))
    house.close()
    stage.sync()
    assert len(stage.blocks()) == 2
    assert [call.client.key for call in stage.plan().calls] == ["bolt"]


def test_the_more_specific_match_wins_and_the_other_is_named(stage: Stage) -> None:
    stage.config(CONFIG + BOLT)
    stage.put(event("a", WED, who=["io@bolt.example", "ayse@acme.example"]))
    (call,) = stage.plan().calls
    assert (call.client.key, call.rivals) == ("acme", ("bolt",))


@pytest.mark.parametrize(
    ("start", "minutes", "why"),
    [
        pytest.param("20261125T203000", 60, "outside your work hours", id="evening"),
        pytest.param("20261128T100000", 60, "outside your work hours", id="Saturday"),
        pytest.param("20261125T100000", 300, "longer than 4h", id="long"),
    ],
)
def test_a_doubtful_call_has_blocks_but_no_note_until_keep(stage: Stage, start: str, minutes: int, why: str) -> None:
    stage.put(event("a", start, minutes))
    stage.sync()
    assert (len(stage.blocks()), stage.notes()) == (2, 0)
    assert why in whys(stage.plan().held)
    stage.quiet()
    house = stage.house()
    house.ledger.decide(Decision(subject="a", series=False, verdict="keep", client="", at=stage.now))
    house.close()
    stage.sync()
    assert (len(stage.blocks()), stage.notes()) == (2, 1)
    stage.quiet()


def test_a_tentative_call_has_note_and_blocks_and_no_message(stage: Stage) -> None:
    stage.put(event("a", WED, 60, "STATUS:TENTATIVE"))
    stage.sync()
    assert (len(stage.blocks()), stage.notes()) == (2, 1)
    assert {message.state.value for message in stage.plan().messages} <= {"held"}
    assert "tentative" in whys(stage.plan().held)


def test_an_event_of_somebody_else_is_not_written_to(stage: Stage) -> None:
    before = event("a", WED, 60, "ORGANIZER:mailto:ayse@acme.example")
    stage.put(before)
    stage.sync()
    assert before in stage.text()
    assert len(stage.blocks()) == 2
    stage.quiet()


def test_an_event_without_uid_and_one_in_an_unknown_zone_are_held_and_named(stage: Stage) -> None:
    unknown = event("z", "20261126T100000").replace("Europe/Istanbul", "Mars/Base")
    before = stage.put(event("", WED), unknown, event("b", "20261127T100000"))
    stage.sync()
    said = whys(stage.plan().held)
    assert "no UID" in said
    assert "Mars/Base" in said
    assert {day for day, _, _ in stage.all_blocks()} == {"1127"}
    stage.clean()
    assert stage.text() == before


def test_a_hostile_title_and_description_change_nothing(stage: Stage) -> None:
    nasty = "SUMMARY:\\n\\nBcc: x@x.example\\n{{ 7*7 }} ──────────\\n\\,\\;"
    body = f"DESCRIPTION:{'─' * 10}\\nnot ours\\n{'─' * 10}\\nBEGIN:VEVENT"
    before = stage.put(event("a", WED, 60, nasty, body), event("b", "20261126T100000", 60, nasty))
    stage.sync()
    assert "not ours" in whys(stage.plan().held)
    stage.quiet()
    stage.clean()
    assert stage.text() == before


def test_begun_blocks_stay_and_the_time_that_passes_changes_nothing(stage: Stage) -> None:
    stage.put(
        event("a", "20261123T100000", 45),
        event("b", "20261123T105700", 30, who=["can@acme.example"]),
    )
    stage.sync()
    stood = stage.all_blocks()
    for _ in range(34):
        stage.later(minutes=5)
        stage.sync()
        assert stage.all_blocks() == stood
    assert stage.notes() == 2


def test_a_deleted_block_whose_time_has_come_leaves_the_note_as_it_is(stage: Stage) -> None:
    stage.put(event("a", "20261123T100000", 60))
    stage.sync()
    stage.drop("-before@block.calsync")
    stage.quiet()
    stage.later(minutes=57)
    stage.quiet()
    stage.later(minutes=30)
    stage.quiet()


def test_a_block_that_found_no_room_comes_back_when_there_is_room_again(stage: Stage) -> None:
    stage.put(event("a", WED), event("x", "20261125T095800", 2, who=[]), event("y", "20261125T104500", 15, who=[]))
    stage.sync()
    assert stage.blocks() == {}
    stage.edit("DESCRIPTION:──────────\\n", "DESCRIPTION:──────────\\nmine\\n")
    stage.drop("x")
    stage.drop("y")
    stage.sync()
    assert stage.blocks() == {"before": "0955-1000", "after": "1045-1055"}
    stage.put(event("a", WED), event("x", "20261125T095800", 2, who=[]))
    stage.quiet()


def test_in_observe_no_calendar_is_written(stage: Stage) -> None:
    stage.config(CONFIG.replace('"act"', '"observe"'))
    before = stage.put(event("a", WED))
    stage.sync()
    stage.later(hours=30)
    stage.sync()
    assert stage.text() == before
    house = stage.house()
    assert house.ledger.memory().messages == ()
    house.close()


def test_with_a_config_that_lets_the_event_end_as_invited_blocks_touch_the_hard_stop(stage: Stage) -> None:
    stage.config(CONFIG.replace("[clients.acme]\n", '[clients.acme]\nover_cap = "tell"\n'))
    stage.put(event("a", WED, 60))
    (call,) = stage.plan().calls
    assert (call.minutes, call.client_minutes) == (45, 60)


class _Meanwhile(FileCalendar):
    """Another program replaces the file between our reading and our first writing."""

    text = ""

    def apply(self, edits: Sequence[Edit], version: str) -> str:
        if self.text:
            self.path.write_bytes(self.text.encode())
            self.text = ""
        return super().apply(edits, version)


@pytest.mark.parametrize("by_digest", [False, True], ids=["limits", "digest"])
def test_a_plan_that_grew_before_its_first_change_is_not_the_one_that_was_allowed(
    stage: Stage, by_digest: bool
) -> None:
    stage.config(CONFIG.replace("[owner]", "[limits]\nchanges = 2\n[owner]"))
    stage.put(event("a", WED))
    many = calendar(*(event(f"c{n}", f"2026112{n}T100000") for n in (5, 6, 7)))
    digest = stage.plan().digest if by_digest else None
    house = stage.house()
    work = _Meanwhile("work", stage.folder / "work.ics", ISTANBUL, backups=stage.folder / "backups")
    work.text = many
    house.calendars = {"work": work}
    done = house.sync(stage.now, digest=digest)
    house.close()
    assert done.large
    assert stage.text() == many


def test_a_running_call_is_flexed_and_what_has_begun_stays(stage: Stage) -> None:
    stage.put(event("a", "20261123T100000"))
    stage.sync()
    stage.later(hours=1, minutes=20)
    house = stage.house()
    house.ledger.flex("a", Flex(minutes=15, because="the contract", at=stage.now))
    house.close()
    stage.sync()
    assert stage.blocks() == {"before": "0955-1000", "after": "1100-1110"}
    stage.quiet()
    stage.later(minutes=42)
    house = stage.house()
    house.ledger.flex("a", Flex(minutes=30, because="the contract", at=stage.now))
    house.close()
    stage.sync()
    assert stage.blocks() == {"before": "0955-1000", "after": "1100-1110"}


def test_a_call_that_changes_its_calendar_stays_the_same_call(stage: Stage) -> None:
    stage.config(TWO)
    stage.put(event("a", WED), event("x", "20261126T180000", who=[]))
    stage.put(name="other")
    stage.sync()
    known = [call.id for call in stage.plan().calls]
    stage.put(event("x", "20261126T180000", who=[]))
    stage.put(event("a", WED), name="other")
    stage.sync()
    assert [call.id for call in stage.plan().calls] == known
    assert (len(stage.all_blocks()), len(stage.all_blocks("other"))) == (0, 2)
    assert stage.notes("other") == 1
    stage.quiet()


def test_the_note_of_an_event_that_is_not_hers_stands_in_her_own_block(stage: Stage) -> None:
    stage.put(event("a", WED), event("b", "20261126T100000", 60, "ORGANIZER:mailto:ayse@acme.example"))
    stage.sync()
    bodies = stage.unfolded().split("BEGIN:VEVENT")
    note = next(one for one in bodies if "UID:a\r\n" in one).split("─" * 10)[1].strip("\\n").replace("25", "26")
    block = next(one for one in bodies if "-before@block" in one and "20261126" in one)
    assert note.split("\\n")[-1] in block
    assert "CLASS:PRIVATE" in block
    assert "TRANSP:OPAQUE" in block
    assert "ATTENDEE" not in block


def test_a_block_that_finds_no_room_hands_its_text_to_the_one_beside_it(stage: Stage) -> None:
    stage.put(event("a", WED, 45), event("b", "20261125T105500", 45, "SUMMARY:Second"))
    stage.sync()
    assert [one[1:] for one in stage.all_blocks()] == [
        ("before", "0955-1000"),
        ("after", "1045-1055"),
        ("after", "1140-1150"),
    ]
    plan = stage.plan()
    second = next(view for view in plan.views if view.call.occurrence.uid == "b")
    shared = next(one for one in stage.unfolded().split("BEGIN:VEVENT") if "DTSTART:20261125T074500Z" in one)
    assert second.before.text.splitlines()[0].replace(",", "\\,") in shared
    assert "carries its text" in whys(plan.held)
    stage.quiet()


def test_a_lost_ledger_that_first_meets_an_emptied_calendar_sends_nothing_twice(stage: Stage) -> None:
    stage.put(event("a", WED))
    stage.sync()
    stage.later(days=1, hours=1.5)
    assert len(stage.sync().sent) == 1
    work = stage.text()
    stage.lose_ledger()
    stage.write(calendar())
    stage.sync()
    stage.write(work)
    stage.later(minutes=5)
    assert stage.sync().sent == ()
    assert [message.state.value for message in stage.plan().messages] == ["unknown"]
