"""What the owner and other programs do between two cycles, and what the next cycle makes of it."""

from __future__ import annotations

import re

import pytest

from calsync.model.call import Flex
from calsync.model.memory import Decision
from tests.reconcile.conftest import ACME, CONFIG, TOP, WORK, Stage, calendar, event, whys

WED = "20261125T100000"
WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=6"


def ids(stage: Stage) -> list[str]:
    return [call.id for call in stage.plan().calls]


def test_a_call_gets_its_note_and_both_blocks_and_then_there_is_quiet(stage: Stage) -> None:
    before = stage.put(event("a", WED, 60, "DESCRIPTION:Hello\\nmy own text"))
    stage.sync()
    assert stage.blocks() == {"before": "0955-1000", "after": "1045-1055"}
    assert stage.notes() == 1
    assert "DESCRIPTION:Hello\\nmy own text\\n\\n──────────\\n" in stage.unfolded()
    stage.quiet()
    stage.clean()
    assert stage.text() == before


@pytest.mark.parametrize("lost", [False, True], ids=["ledger", "lost ledger"])
class TestHand:
    def begin(self, stage: Stage, *lines: str) -> None:
        stage.put(event("a", WED, 60, *lines))
        stage.sync()
        assert stage.notes() == 1

    def test_nothing_stands_twice(self, stage: Stage, lost: bool) -> None:
        self.begin(stage)
        if lost:
            stage.lose_ledger()
        stage.quiet()
        stage.quiet()

    def test_a_deleted_note_stays_deleted_until_the_call_moves(self, stage: Stage, lost: bool) -> None:
        self.begin(stage)
        text = stage.unfolded()
        stage.write(re.sub(r"DESCRIPTION:──.*?\r\n", "", text))
        if lost:
            stage.lose_ledger()
        stage.quiet()
        stage.quiet()
        assert stage.notes() == 0
        stage.edit(":20261125T1", ":20261126T1")
        stage.sync()
        assert stage.notes() == 1
        stage.quiet()

    def test_an_edited_note_stays_until_the_call_moves_and_her_lines_then_stand_above(
        self, stage: Stage, lost: bool
    ) -> None:
        self.begin(stage, "DESCRIPTION:own")
        stage.edit("──────────\\n", "──────────\\nbring the big map\\n")
        if lost:
            stage.lose_ledger()
        stage.quiet()
        stage.quiet()
        assert "edited it" in whys(stage.plan().held)
        stage.edit(":20261125T1", ":20261126T1")
        stage.sync()
        stage.quiet()
        assert "DESCRIPTION:own\\nbring the big map\\n\\n──────────\\n" in stage.unfolded()
        assert stage.unfolded().count("bring the big map") == 1

    @pytest.mark.parametrize("gone", [["before"], ["after"], ["before", "after"]], ids="+".join)
    def test_deleted_blocks_stay_deleted_until_the_call_moves(self, stage: Stage, lost: bool, gone: list[str]) -> None:
        self.begin(stage)
        for role in gone:
            stage.drop(f"-{role}@block.calsync")
        if lost:
            stage.lose_ledger()
        stage.quiet()
        stage.quiet()
        assert not stage.blocks().keys() & set(gone)
        stage.edit(":20261125T1", ":20261126T1")
        stage.sync()
        assert stage.blocks().keys() == {"before", "after"}
        stage.quiet()

    def test_an_edited_block_stays_until_the_call_moves(self, stage: Stage, lost: bool) -> None:
        self.begin(stage)
        stage.edit("SUMMARY:Prep", "SUMMARY:Prepare the numbers")
        if lost:
            stage.lose_ledger()
        stage.quiet()
        stage.edit("Istanbul:20261125T1", "Istanbul:20261126T1")
        stage.sync()
        assert "SUMMARY:Prepare" not in stage.text()
        assert [day for day, _, _ in stage.all_blocks()] == ["1126", "1126"]
        stage.quiet()

    def test_another_program_strips_our_marks(self, stage: Stage, lost: bool) -> None:
        self.begin(stage)
        note, *blocks = stage.unfolded().split("END:VEVENT\r\n", 1)
        stage.write(re.sub(r"X-CALSYNC:.*?\r\n", "", note) + "END:VEVENT\r\n" + "".join(blocks))
        if lost:
            stage.lose_ledger()  # nothing tells then whose text it is, and it is left alone
        else:
            stage.sync()
        stage.quiet()
        assert stage.notes() == 1
        assert len(stage.blocks()) == 2

    def test_a_moved_call_takes_its_blocks_and_its_id_along(self, stage: Stage, lost: bool) -> None:
        self.begin(stage)
        known = ids(stage)
        stage.edit("Istanbul:20261125T1", "Istanbul:20261126T1")
        if lost:
            stage.lose_ledger()
        stage.sync()
        assert ids(stage) == known
        assert stage.notes() == 1
        assert stage.all_blocks() == [("1126", "before", "0955-1000"), ("1126", "after", "1045-1055")]
        stage.quiet()

    def test_a_call_that_is_none_any_more_loses_note_and_blocks(self, stage: Stage, lost: bool) -> None:
        before = stage.put(event("a", WED))
        stage.sync()
        stage.edit("DTSTAMP", "TRANSP:TRANSPARENT\r\nDTSTAMP")
        text = stage.text()
        if lost:
            stage.lose_ledger()
        stage.sync()
        assert stage.blocks() == {}
        assert stage.notes() == 0
        assert text != before
        stage.quiet()

    def test_a_pasted_copy_gets_a_note_of_its_own(self, stage: Stage, lost: bool) -> None:
        self.begin(stage)
        event_text = stage.unfolded().split("BEGIN:VEVENT\r\n")[1].partition("END:VEVENT")[0]
        pasted = event_text.replace("UID:a\r", "UID:b\r").replace(":20261125T1", ":20261127T1")
        stage.edit("END:VCALENDAR", f"BEGIN:VEVENT\r\n{pasted}END:VEVENT\r\nEND:VCALENDAR")
        if lost:
            stage.lose_ledger()
        stage.sync()
        assert stage.notes() == 2
        assert len(stage.all_blocks()) == 4
        stage.quiet()
        assert len(set(re.findall(r"X-CALSYNC:.* c=(\w+) r=note", stage.unfolded()))) == 2

    def test_a_pasted_copy_that_is_no_call_loses_the_note(self, stage: Stage, lost: bool) -> None:
        self.begin(stage)
        event_text = stage.unfolded().split("BEGIN:VEVENT\r\n")[1].partition("END:VEVENT")[0]
        pasted = event_text.replace("UID:a\r", "UID:b\r").replace(":20261125T1", ":20261127T1")
        pasted = re.sub(r"ATTENDEE.*?\r\n", "", pasted)
        stage.edit("END:VCALENDAR", f"BEGIN:VEVENT\r\n{pasted}END:VEVENT\r\nEND:VCALENDAR")
        if lost:
            stage.lose_ledger()
        stage.sync()
        assert stage.notes() == 1
        stage.quiet()

    def test_of_an_edited_note_on_a_pasted_copy_that_is_no_call_her_lines_stay(self, stage: Stage, lost: bool) -> None:
        self.begin(stage)
        stage.edit("\\n──────────\r", "\\nmy line\\n──────────\r")
        event_text = stage.unfolded().split("BEGIN:VEVENT\r\n")[1].partition("END:VEVENT")[0]
        pasted = event_text.replace("UID:a\r", "UID:b\r").replace(":20261125T1", ":20261127T1")
        pasted = re.sub(r"ATTENDEE.*?\r\n", "", pasted)
        stage.edit("END:VCALENDAR", f"BEGIN:VEVENT\r\n{pasted}END:VEVENT\r\nEND:VCALENDAR")
        if lost:
            stage.lose_ledger()
        stage.sync()
        assert stage.notes() == 1
        assert stage.unfolded().count("my line") == 2
        stage.quiet()

    def test_a_single_event_made_weekly_keeps_its_id_and_each_call_gets_a_note(self, stage: Stage, lost: bool) -> None:
        self.begin(stage)
        known = ids(stage)
        stage.edit("DTSTAMP:20261101T080000Z", f"{WEEKLY}\r\nDTSTAMP:20261101T080000Z", times=1)
        if lost:
            stage.lose_ledger()
        stage.sync()
        if not lost:
            assert ids(stage)[0] == known[0]
        assert stage.notes() == 2
        assert len(stage.all_blocks()) == 4
        stage.quiet()

    def test_a_series_moved_by_an_hour_keeps_ids_and_leaves_nothing_behind(self, stage: Stage, lost: bool) -> None:
        before = stage.put(event("s", WED, 60, WEEKLY, "DESCRIPTION:own"))
        stage.sync()
        known = ids(stage)
        assert stage.notes() == 2
        stage.edit(
            "DTSTART;TZID=Europe/Istanbul:20261125T100000", "DTSTART;TZID=Europe/Istanbul:20261125T110000", times=1
        )
        stage.edit("DTEND;TZID=Europe/Istanbul:20261125T110000", "DTEND;TZID=Europe/Istanbul:20261125T120000", times=1)
        if lost:
            stage.lose_ledger()
        stage.sync()
        if not lost:
            assert ids(stage) == known
        assert stage.notes() == 2
        assert stage.all_blocks() == [
            ("1125", "before", "1055-1100"),
            ("1125", "after", "1145-1155"),
            ("1202", "before", "1055-1100"),
            ("1202", "after", "1145-1155"),
        ]
        stage.quiet()
        stage.clean()
        moved = before.replace(
            "DTEND;TZID=Europe/Istanbul:20261125T110000", "DTEND;TZID=Europe/Istanbul:20261125T120000"
        )
        assert stage.text() == moved.replace(":20261125T100000", ":20261125T110000")


def test_a_series_moved_by_a_day_keeps_its_ids(stage: Stage) -> None:
    stage.put(event("s", WED, 60, WEEKLY))
    stage.sync()
    known = ids(stage)
    stage.write(stage.unfolded().replace("Istanbul:20261125", "Istanbul:20261126"))
    stage.sync()
    assert ids(stage) == known
    assert {day for day, _, _ in stage.all_blocks()} == {"1126", "1203"}
    assert stage.notes() == 2
    stage.quiet()


def test_a_moved_occurrence_is_the_same_call(stage: Stage) -> None:
    stage.put(event("s", WED, 60, WEEKLY))
    stage.sync()
    known = ids(stage)
    moved = event("s", "20261126T140000", 60, "RECURRENCE-ID;TZID=Europe/Istanbul:20261125T100000")
    stage.edit("END:VCALENDAR", f"{moved}END:VCALENDAR")
    stage.sync()
    assert ids(stage) == known
    assert ("1126", "before", "1355-1400") in stage.all_blocks()
    assert len(stage.all_blocks()) == 4
    stage.quiet()


def test_an_occurrence_taken_out_of_the_series_takes_our_override_along(stage: Stage) -> None:
    stage.put(event("s", WED, 60, WEEKLY))
    stage.sync()
    stage.edit(f"{WEEKLY}\r\nEND", f"{WEEKLY}\r\nEXDATE;TZID=Europe/Istanbul:20261202T100000\r\nEND")
    stage.sync()
    assert stage.notes() == 1
    assert {day for day, _, _ in stage.all_blocks()} == {"1125"}
    stage.quiet()


def test_an_edited_series_gets_its_overrides_copied_anew(stage: Stage) -> None:
    stage.put(event("s", WED, 60, WEEKLY, "LOCATION:Room 1"))
    stage.sync()
    text = stage.unfolded()
    stage.write(text.replace("LOCATION:Room 1", "LOCATION:Room 2", 1))
    stage.sync()
    assert "Room 1" not in stage.text()
    assert stage.text().count("Room 2") == 3
    stage.quiet()
    stage.clean()
    assert stage.text() == calendar(event("s", WED, 60, WEEKLY, "LOCATION:Room 2"))


def test_our_override_that_the_owner_edits_is_hers(stage: Stage) -> None:
    stage.put(event("s", WED, 60, WEEKLY, "LOCATION:Room 1"))
    stage.sync()
    first, _, rest = stage.unfolded().partition("RECURRENCE-ID")
    stage.write(first + "RECURRENCE-ID" + rest.replace("LOCATION:Room 1", "LOCATION:Her place", 1))
    stage.quiet()
    stage.clean()
    assert "LOCATION:Her place" in stage.text()
    assert stage.text().count("BEGIN:VEVENT") == 2
    assert "──" not in stage.unfolded()
    assert "X-CALSYNC" not in stage.unfolded()


def test_a_call_cancelled_and_booked_again_within_a_day_is_the_same_call(stage: Stage) -> None:
    stage.put(event("a", WED))
    stage.sync()
    known = ids(stage)
    stage.edit("UID:a\r\n", "UID:a\r\nSTATUS:CANCELLED\r\n")
    stage.sync()
    assert stage.blocks() == {}
    stage.later(hours=3)
    stage.edit("END:VCALENDAR", event("b", "20261127T150000") + "END:VCALENDAR")
    stage.sync()
    assert ids(stage) == known
    assert stage.blocks() == {"before": "1455-1500", "after": "1545-1555"}
    stage.quiet()


def test_a_call_booked_after_a_skipped_one_was_cancelled_is_not_skipped_with_it(stage: Stage) -> None:
    stage.put(event("a", WED), event("x", "20261127T180000", who=["x@x.example"]))
    stage.sync()
    house = stage.house()
    house.ledger.decide(Decision(subject="a", series=False, verdict="skip", client="", at=stage.now))
    house.close()
    stage.sync()
    stage.edit("UID:a\r\n", "UID:a\r\nSTATUS:CANCELLED\r\n")
    stage.edit("END:VCALENDAR", event("b", "20261127T150000") + "END:VCALENDAR")
    stage.sync()
    assert stage.blocks() == {"before": "1455-1500", "after": "1545-1555"}
    stage.quiet()


def test_a_call_booked_two_days_after_a_cancellation_is_another(stage: Stage) -> None:
    stage.put(event("a", "20261127T100000"))
    stage.sync()
    known = ids(stage)
    stage.put()
    stage.put(event("x", "20261127T180000", who=["x@x.example"]))
    stage.sync()
    stage.later(hours=47)
    stage.edit("END:VCALENDAR", event("b", "20261127T150000") + "END:VCALENDAR")
    stage.sync()
    assert ids(stage) != known


def test_a_series_that_goes_on_is_no_call_booked_again(stage: Stage) -> None:
    stage.put(event("s", "20261124T100000", 60, "RRULE:FREQ=DAILY"), event("a", "20261125T140000"))
    stage.sync()
    stage.drop("a")
    stage.sync()
    stage.later(hours=20)
    stage.sync()
    stage.later(hours=20)
    stage.sync()
    house = stage.house()
    became = [call for call in house.ledger.memory().calls.values() if call.uid == "s" and call.name == "a"]
    house.close()
    assert became == []


def test_flex_moves_note_and_blocks_and_writes_deleted_ones_anew(stage: Stage) -> None:
    stage.put(event("a", WED))
    stage.sync()
    stage.drop("-after@block.calsync")
    stage.quiet()
    house = stage.house()
    house.ledger.flex("a", Flex(minutes=10, because="the contract", at=stage.now))
    house.close()
    stage.sync()
    assert stage.blocks() == {"before": "0955-1000", "after": "1055-1105"}
    stage.quiet()


def test_skip_takes_a_call_away_and_keep_brings_it_back(stage: Stage) -> None:
    before = stage.put(event("a", WED))
    stage.sync()
    for verdict in ("skip", "keep"):
        stage.later(minutes=1)
        house = stage.house()
        house.ledger.decide(Decision(subject="a", series=False, verdict=verdict, client="", at=stage.now))
        house.close()
        stage.sync()
        if verdict == "skip":
            assert stage.text() == before
        stage.quiet()
    assert stage.notes() == 1
    assert len(stage.blocks()) == 2


def test_a_client_taken_out_of_the_config_is_taken_away_ahead_and_stays_in_the_past(stage: Stage) -> None:
    stage.put(event("a", "20261123T100000"), event("b", WED))
    stage.sync()
    stage.later(hours=6)
    stage.config(CONFIG.replace(ACME, ""))
    stage.sync()
    assert [day for day, _, _ in stage.all_blocks()] == ["1123", "1123"]
    assert stage.notes() == 1
    stage.quiet()
    stage.clean()
    assert stage.text() == calendar(event("a", "20261123T100000"), event("b", WED))


def test_blocks_go_into_the_calendar_that_takes_them(stage: Stage) -> None:
    mine = '[calendars.mine]\ntype = "ics"\npath = "mine.ics"\n'
    stage.config(TOP + WORK + 'blocks = "mine"\n' + mine + ACME)
    work, other = stage.put(event("a", WED)), stage.put(name="mine")
    stage.sync()
    assert stage.blocks() == {}
    assert stage.blocks("mine") == {"before": "0955-1000", "after": "1045-1055"}
    stage.quiet()
    stage.config(TOP + WORK + mine + ACME)
    stage.sync()
    assert stage.blocks("mine") == {}
    assert len(stage.blocks()) == 2
    stage.quiet()
    stage.drop("-before@block.calsync")
    stage.quiet()
    stage.clean()
    assert (stage.text(), stage.text("mine")) == (work, other)


@pytest.mark.parametrize("lost", [False, True], ids=["ledger", "lost ledger"])
def test_what_she_added_to_a_note_of_a_series_goes_along_when_the_series_moves(stage: Stage, lost: bool) -> None:
    stage.put(event("s", WED, 60, WEEKLY, "DESCRIPTION:own"))
    stage.sync()
    head, _, rest = stage.unfolded().partition("RECURRENCE-ID")
    stage.write(head + "RECURRENCE-ID" + rest.replace("──\\n", "──\\nbring the map\\n", 1))
    if lost:
        stage.lose_ledger()
    stage.quiet()
    stage.write(
        stage.unfolded().replace(
            "T100000\r\nDTEND;TZID=Europe/Istanbul:20261125T110000",
            "T110000\r\nDTEND;TZID=Europe/Istanbul:20261125T120000",
            1,
        )
    )
    stage.sync()
    stage.quiet()
    assert stage.notes() == 2
    assert stage.text().count("BEGIN:VEVENT") == 7
    assert stage.unfolded().count("own\\nbring the map\\n\\n──") == 1


def test_a_series_becomes_a_single_event(stage: Stage) -> None:
    stage.put(event("s", WED, 60, WEEKLY))
    stage.sync()
    stage.edit(f"{WEEKLY}\r\n", "")
    stage.sync()
    stage.quiet()
    assert stage.notes() == 1
    assert len(stage.all_blocks()) == 2
    stage.clean()
    assert stage.text() == calendar(event("s", WED))


def test_a_whole_series_deleted_leaves_nothing_of_ours(stage: Stage) -> None:
    stage.put(event("s", WED, 60, WEEKLY), event("x", "20261124T180000", who=[]))
    stage.sync()
    events = stage.text().split("BEGIN:VEVENT\r\n")
    master = next(one for one in events if "RRULE" in one)
    stage.write(stage.text().replace(f"BEGIN:VEVENT\r\n{master}", "", 1))
    stage.sync()
    assert stage.text() == calendar(event("x", "20261124T180000", who=[]))


def test_an_exception_of_hers_takes_the_note_itself(stage: Stage) -> None:
    exception = event(
        "s", "20261202T140000", 30, "RECURRENCE-ID;TZID=Europe/Istanbul:20261202T100000", "DESCRIPTION:hers"
    )
    before = stage.put(event("s", WED, 60, WEEKLY), exception)
    stage.sync()
    assert "DESCRIPTION:hers\\n\\n──" in stage.unfolded()
    assert stage.text().count("RECURRENCE-ID") == 2
    assert ("1202", "before", "1355-1400") in stage.all_blocks()
    stage.quiet()
    stage.clean()
    assert stage.text() == before


def test_a_note_of_hers_between_our_lines_is_left_alone(stage: Stage) -> None:
    line = "─" * 10
    before = event("a", WED, 60, f"DESCRIPTION:{line}\\nmine\\n{line}")
    stage.put(before)
    stage.sync()
    assert before in stage.text()
    assert "not ours" in whys(stage.plan().held)
    stage.quiet()


def test_a_call_over_several_cycles_of_moving_keeps_one_note_and_two_blocks(stage: Stage) -> None:
    stage.put(event("a", WED))
    for day in ("26", "27", "25", "26"):
        stage.sync()
        stage.write(re.sub(r"(Istanbul:202611)\d\d", rf"\g<1>{day}", stage.unfolded()))
        stage.sync()
        assert stage.notes() == 1
        assert [one[0] for one in stage.all_blocks()] == [f"11{day}"] * 2
        stage.quiet()


def test_a_note_that_was_stripped_of_its_mark_and_then_deleted_stays_deleted(stage: Stage) -> None:
    stage.put(event("a", WED))
    stage.sync()
    text = re.sub(r"DESCRIPTION:──.*?\r\n", "", stage.unfolded(), count=1)
    stage.write(re.sub(r"X-CALSYNC:.*?\r\n", "", text, count=1))
    stage.quiet()
    assert stage.notes() == 0


@pytest.mark.parametrize("organizer", ["deniz@kaya.example", "ayse@acme.example"], ids=["hers", "an invitation"])
def test_a_block_that_gave_way_comes_back_though_the_ledger_was_lost_meanwhile(stage: Stage, organizer: str) -> None:
    call = event("a", WED, 60, f"ORGANIZER:mailto:{organizer}")
    stage.put(call)
    stage.sync()
    stage.write(stage.text().replace("END:VCALENDAR", event("x", "20261125T104500", 30, who=[]) + "END:VCALENDAR"))
    stage.sync()
    assert stage.blocks() == {"before": "0955-1000"}
    stage.lose_ledger()
    stage.quiet()
    stage.drop("x")
    stage.sync()
    assert stage.blocks() == {"before": "0955-1000", "after": "1045-1055"}
    stage.quiet()


def test_a_block_that_gave_way_comes_back_beside_one_that_she_moved_and_a_lost_ledger(stage: Stage) -> None:
    stage.put(event("a", WED))
    stage.sync()
    stage.write(stage.text().replace("DTSTART:20261125T074500Z", "DTSTART:20261125T074600Z"))
    stage.sync()
    stage.write(stage.text().replace("END:VCALENDAR", event("x", "20261125T095500", 5, who=[]) + "END:VCALENDAR"))
    stage.sync()
    assert stage.blocks() == {"after": "1046-1055"}
    stage.lose_ledger()
    stage.quiet()
    stage.drop("x")
    stage.sync()
    assert stage.blocks() == {"before": "0955-1000", "after": "1046-1055"}
