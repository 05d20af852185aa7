"""The one part of a description that is ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calsync.model.times import Span
from calsync.planning.essence import added_lines, block_essence, essence, lines_of
from calsync.planning.fence import RULE, addition, cut, fenced, find

OWN = st.text(st.sampled_from("ab ş─\n\t"), max_size=40)
NOTE = st.lists(st.text(st.sampled_from("xy ğ•:"), min_size=1, max_size=10), min_size=1, max_size=4).map("\n".join)


@given(OWN, NOTE)
def test_what_is_added_is_cut_again_and_nothing_else(own: str, note: str) -> None:
    if find(own) or own.rstrip(" \t").endswith(RULE):
        return  # her own rules: the calendar refuses to write where it could not be told apart
    both = own + addition(own, note)
    assert [one.inner for one in find(both)] == [note]
    assert cut(both) == own


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        pytest.param(fenced("a\nb"), ["a\nb"], id="alone"),
        pytest.param(f"own\n\n{fenced('a')}\nbelow", ["a"], id="between her words"),
        pytest.param(f" {RULE} \r\na\r\n{RULE}\r\n", ["a"], id="padded, with CR LF"),
        pytest.param(f"{RULE}\na", [], id="left open"),
        pytest.param(f"{RULE}\n{RULE}", [], id="empty"),
        pytest.param(f"{RULE}─\na\n{RULE}─", [], id="eleven"),
        pytest.param(f"x{RULE}\na\n{RULE}", [], id="within a line"),
        pytest.param(f"{fenced('a')}\n{fenced('b')}", ["a", "b"], id="two"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_what_is_a_fence(text: str, inner: list[str]) -> None:
    assert [one.inner for one in find(text)] == inner


def test_her_own_text_stays_around_it() -> None:
    assert cut(f"own\n\n{fenced('a')}\nbelow") == "own\nbelow"


@pytest.mark.parametrize(
    "other",
    ["a  b\n\nc", "a b\r\nc\r\n", " a\u00a0b \n c ", "a b\nc\n\n\n"],
)
def test_rewriting_of_blanks_and_line_breaks_is_no_edit(other: str) -> None:
    assert essence(other) == essence("a b\nc")
    assert added_lines(other, essence("a b\nc")) == ()


def test_added_lines_are_hers() -> None:
    assert added_lines("a b\nhers\nc\nmore", essence("a b\nc")) == ("hers", "more")
    assert lines_of("\n a \n") == ("a",)
    assert essence("a\nb") != essence("b\na")
    assert essence("") == ""


def test_a_block_is_its_place_its_title_and_its_text() -> None:
    start = datetime(2026, 11, 25, 10, tzinfo=UTC)
    span = Span(start, start + timedelta(minutes=5))
    same = Span(start.astimezone(timezone(timedelta(hours=3))), span.end)
    assert block_essence(span, "Prep", "x") == block_essence(same, "Prep", " x\n")
    others = [
        block_essence(Span(start, start + timedelta(minutes=6)), "Prep", "x"),
        block_essence(span, "Prepare", "x"),
        block_essence(span, "Prep", "y"),
    ]
    assert block_essence(span, "Prep", "x") not in others
