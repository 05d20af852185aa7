"""What stands in notes and blocks, and what the plan says of those that stay as they are: whole cycles."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import Desk, call, config

LIST = "DESCRIPTION:Agenda:\\nBudget 10m\\nDates 10m\\n\\nHer own words"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.config(config(client='agenda = ["Status 10m"]'))
    return desk


def reasons(desk: Desk) -> list[str]:
    return [f"{one.what}: {one.why}" for one in desk.plan().held]


def test_the_note_does_not_repeat_the_list_that_stands_in_the_event(desk: Desk) -> None:
    desk.put(call("a", "25 15:00", 60, LIST), call("b", "26 15:00"))
    desk.sync()
    text = desk.unfolded()
    own, other = (text[text.index(f"UID:{uid}\r\n") :].partition("END:VEVENT")[0] for uid in "ab")
    assert (own.count("Budget"), own.count("Status")) == (1, 0)
    assert "Status" in other


def test_an_agenda_that_does_not_fit_is_said(desk: Desk) -> None:
    desk.put(call("a", "25 15:00", 60, LIST.replace("Budget 10m", "Budget 40m")))
    assert "agenda: agenda needs 55 of 45 min" in reasons(desk)


def test_what_is_left_alone_because_she_edited_it_is_said(desk: Desk) -> None:
    desk.put(call("a", "25 15:00"))
    desk.sync()
    assert reasons(desk) == []
    desk.edit("45 minutes", "40 minutes")
    desk.edit("SUMMARY:Prep", "SUMMARY:Walk the dog")
    assert sorted(one.partition(":")[0] for one in reasons(desk)) == ["block before", "note"]
    assert all("you" in one for one in reasons(desk))


def test_what_the_client_prepares_for_stands_in_prep_text_even_where_no_block_has_room(desk: Desk) -> None:
    desk.put(
        call("a", "25 15:00"),
        call("x", "25 14:00", 60, who=["x@other.example"]),
        call("y", "25 15:45", 60, who=["y@other.example"]),
    )
    plan = desk.plan()
    (view,) = plan.views
    assert (view.before_at, view.after_at) == (None, None)
    assert "Status" in view.before.text and view.after.text
    assert [one for one in reasons(desk) if "block" in one]
