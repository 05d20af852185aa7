"""What every calendar that takes notes and blocks must do: one suite, a subclass a backend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calsync.errors import CalsyncError, Stale
from calsync.model.edit import CutBlock, CutNote, DropMark, Edit, PutBlock, PutNote
from calsync.model.event import Occurrence, Reading
from calsync.model.mark import Mark, Role
from calsync.model.text import ClientText, PrivateText
from calsync.model.times import Span
from calsync.planning import fence
from calsync.ports import WritableCalendar

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
TWO_WEEKS = Span(MONDAY, MONDAY + timedelta(days=14))
NOTE = "45 minutes, until 11:45\nAgenda: budget; dates, places"
MARK = Mark(installation="here", call="abc", role=Role.NOTE, essence="012345", start=MONDAY)


def put(occurrence: Occurrence, text: str = NOTE) -> PutNote:
    return PutNote(ref=occurrence.ref, note=ClientText(text), mark=MARK)


def a_block(calendar: str, minutes: int = 5, uid: str = "block-1@calsync") -> PutBlock:
    return PutBlock(
        calendar=calendar,
        uid=uid,
        span=Span(TUESDAY - minutes * timedelta(minutes=1), TUESDAY),
        title="Prep, soon",
        text=PrivateText("Greeting 2 min; then\nbusiness"),
        mark=replace(MARK, role=Role.BEFORE),
    )


class WritableCalendarContract:
    """Subclasses give `calendar`, which holds for TWO_WEEKS three events:

    `single@x`, described `Her own\\ntext, with; signs`, and `bare@x` without a description; and `series@x`,
    a weekly one with two occurrences. None has attendees.
    """

    @staticmethod
    def found(reading: Reading, uid: str) -> list[Occurrence]:
        return [occurrence for occurrence in reading.occurrences if occurrence.uid == uid]

    def written(self, calendar: WritableCalendar, *edits: Edit) -> Reading:
        version = calendar.apply(edits, calendar.read(TWO_WEEKS).version)
        reading = calendar.read(TWO_WEEKS)
        assert reading.version == version
        return reading

    def noted(self, calendar: WritableCalendar) -> Reading:
        return self.written(calendar, *map(put, calendar.read(TWO_WEEKS).occurrences), a_block(calendar.name))

    def test_it_reads_what_stands_in_it_in_order(self, calendar: WritableCalendar) -> None:
        reading = calendar.read(TWO_WEEKS)
        assert sorted(occurrence.uid or "" for occurrence in reading.occurrences) == [
            "bare@x",
            "series@x",
            "series@x",
            "single@x",
        ]
        assert [occurrence.span.start for occurrence in reading.occurrences] == sorted(
            occurrence.span.start for occurrence in reading.occurrences
        )
        assert (reading.calendar, reading.window, reading.standing, reading.problems, reading.events) == (
            calendar.name,
            TWO_WEEKS,
            (),
            (),
            3,
        )
        assert all(slot is not None for slot in [occurrence.slot for occurrence in self.found(reading, "series@x")])

    def test_reading_twice_says_the_same(self, calendar: WritableCalendar) -> None:
        assert calendar.read(TWO_WEEKS) == calendar.read(TWO_WEEKS)

    def test_a_narrow_window_gives_less_and_the_same_version(self, calendar: WritableCalendar) -> None:
        narrow = calendar.read(Span(MONDAY, MONDAY + timedelta(days=7)))
        assert len(self.found(narrow, "series@x")) == 1
        assert narrow.version == calendar.read(TWO_WEEKS).version

    def test_what_is_written_comes_back_as_it_now_stands(self, calendar: WritableCalendar) -> None:
        reading = self.noted(calendar)
        assert reading == calendar.read(TWO_WEEKS)
        calls = [occurrence for occurrence in reading.occurrences if occurrence.uid != "block-1@calsync"]
        assert len(calls) == 4
        for occurrence in calls:
            (ours,) = fence.find(occurrence.description)
            assert ours.inner == NOTE
            assert occurrence.mark is not None and occurrence.mark.call == MARK.call
        assert reading.events == 3

    def test_the_owners_own_text_stays_above_the_note(self, calendar: WritableCalendar) -> None:
        reading = self.noted(calendar)
        (single,), (bare,) = self.found(reading, "single@x"), self.found(reading, "bare@x")
        assert single.description.startswith("Her own\ntext, with; signs")
        assert fence.cut(single.description) == "Her own\ntext, with; signs"
        assert fence.cut(bare.description) == ""

    def test_a_block_is_busy_private_and_known_as_ours(self, calendar: WritableCalendar) -> None:
        reading = self.noted(calendar)
        (block,) = self.found(reading, "block-1@calsync")
        asked = a_block(calendar.name)
        assert (block.span, block.summary, block.description) == (asked.span, asked.title, asked.text.text)
        assert block.private and not block.transparent and block.attendees == () and block.mark == asked.mark
        assert (
            sorted(standing.mark.role for standing in reading.standing if standing.mark)
            == [Role.BEFORE] + [Role.NOTE] * 4
        )

    def test_a_block_moves_and_is_no_second_one(self, calendar: WritableCalendar) -> None:
        self.noted(calendar)
        moved = a_block(calendar.name, minutes=15)
        (block,) = self.found(self.written(calendar, moved), "block-1@calsync")
        assert block.span == moved.span

    def test_a_note_is_replaced_and_is_no_second_one(self, calendar: WritableCalendar) -> None:
        self.noted(calendar)
        calls = [each for each in calendar.read(TWO_WEEKS).occurrences if each.uid != "block-1@calsync"]
        reading = self.written(calendar, *(put(occurrence, "30 minutes") for occurrence in calls))
        for uid in ("single@x", "bare@x", "series@x"):
            for occurrence in self.found(reading, uid):
                assert [ours.inner for ours in fence.find(occurrence.description)] == ["30 minutes"]

    def test_one_occurrence_of_a_series_takes_a_note_by_itself(self, calendar: WritableCalendar) -> None:
        first, second = self.found(calendar.read(TWO_WEEKS), "series@x")
        after = self.found(self.written(calendar, put(first)), "series@x")
        assert [bool(fence.find(occurrence.description)) for occurrence in after] == [True, False]
        assert [occurrence.ref for occurrence in after] == [first.ref, second.ref]
        assert [occurrence.span for occurrence in after] == [first.span, second.span]

    def test_taken_back_it_is_as_it_was(self, calendar: WritableCalendar) -> None:
        before = calendar.read(TWO_WEEKS)
        standing = self.noted(calendar).standing
        cuts: Sequence[Edit] = [
            CutBlock(calendar=calendar.name, uid=each.ref.uid)
            if each.mark and each.mark.role is Role.BEFORE
            else CutNote(ref=each.ref)
            for each in standing
        ]
        after = self.written(calendar, *cuts)
        assert after.standing == ()
        assert [(each.ref, each.span, each.description, each.mark) for each in after.occurrences] == [
            (each.ref, each.span, each.description, each.mark) for each in before.occurrences
        ]

    def test_what_she_kept_of_a_note_becomes_her_own_text(self, calendar: WritableCalendar) -> None:
        (single,) = self.found(self.noted(calendar), "single@x")
        reading = self.written(calendar, CutNote(ref=single.ref, keep=("bring the folder",)))
        (single,) = self.found(reading, "single@x")
        assert single.mark is None and fence.find(single.description) == ()
        assert single.description.splitlines()[:2] == ["Her own", "text, with; signs"]
        assert single.description.splitlines()[-1] == "bring the folder"

    def test_a_mark_dropped_leaves_the_text(self, calendar: WritableCalendar) -> None:
        (single,) = self.found(self.noted(calendar), "single@x")
        reading = self.written(calendar, DropMark(ref=single.ref))
        (after,) = self.found(reading, "single@x")
        assert after.mark is None and after.description == single.description

    def test_the_same_once_more_changes_nothing(self, calendar: WritableCalendar) -> None:
        reading = self.noted(calendar)
        calls = [each for each in reading.occurrences if each.uid != "block-1@calsync"]
        assert self.written(calendar, *map(put, calls), a_block(calendar.name)) == reading
        assert self.written(calendar) == reading

    def test_a_version_that_no_longer_stands_is_stale_and_nothing_is_written(self, calendar: WritableCalendar) -> None:
        first = calendar.read(TWO_WEEKS)
        second = self.noted(calendar)
        with pytest.raises(Stale):
            calendar.apply([CutBlock(calendar=calendar.name, uid="block-1@calsync")], first.version)
        assert calendar.read(TWO_WEEKS) == second

    def test_an_edit_of_what_is_not_there_writes_none_of_the_others(self, calendar: WritableCalendar) -> None:
        before = calendar.read(TWO_WEEKS)
        (single,) = self.found(before, "single@x")
        missing = replace(put(single), ref=replace(single.ref, uid="nowhere@x"))
        with pytest.raises(CalsyncError):
            calendar.apply([put(single), missing], before.version)
        assert calendar.read(TWO_WEEKS) == before

    def test_with_nobody_else_writing_it_settles(self, calendar: WritableCalendar) -> None:
        reading = self.noted(calendar)
        calendar.settle()
        assert calendar.read(TWO_WEEKS) == reading
