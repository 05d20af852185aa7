"""Taking everything back: byte for byte, past calls too, and what the owner edited only when she says so."""

from __future__ import annotations

import pytest

from tests.reconcile.conftest import ACME, CONFIG, Stage, calendar, event, whys

WED = "20261125T100000"
WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=6"
EXCEPTION = event("s", "20261203T140000", 60, "RECURRENCE-ID;TZID=Europe/Istanbul:20261202T100000", "SUMMARY:Moved")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(calendar(event("a", WED)), id="no description"),
        pytest.param(calendar(event("a", WED, 60, "DESCRIPTION:")), id="an empty description"),
        pytest.param(calendar(event("a", WED, 60, "DESCRIPTION:own\\n")), id="a line break at its end"),
        pytest.param(
            calendar(event("a", WED, 60, f"DESCRIPTION:{'ş' * 80}")).replace("ş" * 30, "ş" * 30 + "\r\n "), id="folded"
        ),
        pytest.param(calendar(event("s", WED, 60, WEEKLY), EXCEPTION), id="a series with an exception"),
        pytest.param(calendar(event("s", WED, 60, WEEKLY, "EXDATE;TZID=Europe/Istanbul:20261202T100000")), id="EXDATE"),
        pytest.param(calendar(event("a", WED)).replace("\r\n", "\n"), id="LF"),
        pytest.param(calendar(event("a", WED)).rstrip("\r\n"), id="no final line break"),
        pytest.param("\ufeff" + calendar(event("a", WED)), id="BOM"),
        pytest.param(calendar(event("a", WED)) + calendar(event("b", "20261126T100000")), id="two calendars in a file"),
    ],
)
def test_a_file_comes_back_byte_for_byte_also_when_the_calls_are_past(stage: Stage, text: str) -> None:
    stage.write(text)
    stage.sync()
    assert stage.text() != text
    stage.quiet()
    stage.later(days=1)
    stage.sync()
    stage.later(days=60)
    stage.sync()
    assert stage.text() != text
    assert stage.clean().left == []
    assert stage.text() == text


@pytest.mark.parametrize("lost", [False, True], ids=["ledger", "lost ledger"])
def test_what_was_edited_is_left_and_listed_unless_she_says_so(stage: Stage, lost: bool) -> None:
    stage.put(event("a", WED, 60, "DESCRIPTION:own"), event("b", "20261126T100000"))
    stage.sync()
    stage.edit("own\\n\\n──────────\\n", "own\\n\\n──────────\\nhers\\n")
    stage.edit("SUMMARY:Prep", "SUMMARY:Prepare", times=1)
    if lost:
        stage.lose_ledger()
    done = stage.clean()
    assert len(done.left) == 2
    assert "you edited it" in whys(done.left)
    assert stage.notes() == 1
    assert [role for _, role, _ in stage.all_blocks()] == ["before"]
    stage.sync()
    # Without its memory it takes the block beside her edited note for one that she deleted.
    assert len(stage.all_blocks()) == (3 if lost else 4)
    assert "SUMMARY:Prepare" in stage.text()
    stage.clean(edited=True)
    assert stage.text() == calendar(event("a", WED, 60, "DESCRIPTION:own"), event("b", "20261126T100000"))


def test_the_next_cycle_writes_again_what_was_cleaned(stage: Stage) -> None:
    stage.put(event("a", WED))
    stage.sync()
    stood = stage.text()
    stage.drop("-after@block.calsync")
    stage.clean()
    stage.sync()
    assert stage.text() == stood


def test_a_dry_run_changes_nothing_and_names_everything(stage: Stage) -> None:
    stage.put(event("a", WED))
    stage.sync()
    stood = stage.text()
    house = stage.house()
    done = house.clean(stage.now, dry=True)
    house.close()
    assert sorted(one.what for one in done.removed) == ["block after", "block before", "note"]
    assert stage.text() == stood


def test_a_note_whose_text_the_owner_took_away_leaves_no_mark(stage: Stage) -> None:
    stage.config(CONFIG.replace(ACME, ACME + "buffer_before = '0m'\nbuffer_after = '0m'\n"))
    before = stage.put(event("a", WED))
    stage.sync()
    head, _, rest = stage.unfolded().partition("DESCRIPTION:")
    stage.write(head + rest.partition("\r\n")[2])
    assert "X-CALSYNC" in stage.text()
    stage.clean()
    assert stage.text() == before


def test_a_calendar_that_cannot_be_read_is_named_and_the_other_is_cleaned(stage: Stage) -> None:
    stage.config(CONFIG.replace("[clients", '[calendars.other]\ntype = "ics"\npath = "other.ics"\n[clients', 1))
    stage.put(event("a", WED))
    before = stage.put(event("b", "20261126T100000"), name="other")
    stage.sync()
    stage.write("broken")
    done = stage.clean()
    assert [what for what, _ in done.failed] == ['calendar "work"']
    assert stage.text("other") == before


def test_a_pasted_block_is_the_owners_and_a_pasted_note_goes(stage: Stage) -> None:
    before = stage.put(event("a", WED))
    stage.sync()
    block = next(one for one in stage.unfolded().split("BEGIN:VEVENT\r\n") if "-before@block" in one)
    pasted = "BEGIN:VEVENT\r\n" + block.partition("END:VEVENT\r\n")[0] + "END:VEVENT\r\n"
    pasted = pasted.replace("UID:", "UID:pasted-").replace("-before@block.calsync", "")
    stage.edit("END:VCALENDAR", f"{pasted}END:VCALENDAR")
    stage.sync()
    stage.quiet()
    stage.clean()
    assert stage.text() == before.replace("END:VCALENDAR", f"{pasted}END:VCALENDAR")
