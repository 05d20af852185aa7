"""Phrases in turn: never the same one twice in a row."""

from __future__ import annotations

from itertools import pairwise

import hypothesis.strategies as st
import pytest
from hypothesis import given

from calsync.model.text import PHRASE_KINDS, PrepFacts, Tone, Voice
from calsync.words.render import Words
from calsync.words.rotate import in_turn
from tests.words.sample import EMPTY_CALL, FULL_CALL, a_voice

LINES = ("a", "b", "c", "d", "e")
SHARE = "the first tomatoes are red"


@pytest.mark.parametrize(
    ("lines", "many", "expected"),
    [
        pytest.param("", 1, ["", "", "", ""], id="none"),
        pytest.param("a", 2, ["a", "a", "a", "a"], id="one"),
        pytest.param("ab", 2, ["a", "b", "a", "b"], id="two"),
        pytest.param("abc", 1, ["a", "b", "c", "b"], id="three"),
        pytest.param("abcd", 2, ["ac", "bd", "ac", "bd"], id="two of four"),
        pytest.param("abcde", 1, ["a", "b", "c", "d"], id="five"),
    ],
)
def test_lines_take_turns(lines: str, many: int, expected: list[str]) -> None:
    assert ["".join(in_turn(lines, turn, many)) for turn in range(4)] == expected


@given(turn=st.integers(0, 10_000), these=st.integers(2, 5), those=st.integers(2, 5), many=st.integers(1, 3))
def test_neighbours_share_no_line_though_one_has_lines_that_the_other_has_not(
    turn: int, these: int, those: int, many: int
) -> None:
    now, then = in_turn(LINES[:these], turn, many), in_turn(LINES[:those], turn + 1, many)
    assert now and then and not {*now} & {*then}


@pytest.mark.parametrize("paid", [False, True], ids=["unpaid", "paid"])
def test_no_built_in_phrase_comes_twice_in_a_row_whatever_the_calls_have(
    words: Words, voice: Voice, paid: bool
) -> None:
    def said(turn: int) -> dict[str, set[int]]:
        """Return which lines are said, each by its place among all of its kind."""
        call = FULL_CALL if turn % 3 else EMPTY_CALL  # an agenda now and then, so that its lines come and go
        share = SHARE * (turn % 2)
        facts = PrepFacts(owner_language="en", call=call, title="", who="", paid=paid, turn=turn, share=share)
        every = words.phrases(voice, call, group=False, paid=paid, share=share)
        return {kind: {*map(every[kind].index, lines)} for kind, lines in words.at_hand(voice, facts).items()}

    calls = [said(turn) for turn in range(12)]
    assert [*calls[0]] == [*PHRASE_KINDS]
    for one, other in pairwise(calls):
        for kind in PHRASE_KINDS:
            assert one[kind] and not one[kind] & other[kind], kind


@pytest.mark.parametrize(("tone", "kind"), [(tone, kind) for tone in Tone for kind in PHRASE_KINDS])
def test_own_lines_stand_in_place_of_ours(words: Words, tone: Tone, kind: str) -> None:
    voice, own = a_voice("tr", tone), {kind: ("Kısa kesiyorum.", "Hadi işe.")}
    said = words.phrases(voice, FULL_CALL, group=False, paid=True, own=own)
    ours = words.phrases(voice, FULL_CALL, group=False, paid=True)
    assert said[kind] == own[kind]
    assert {name: lines for name, lines in said.items() if name != kind} == {
        name: lines for name, lines in ours.items() if name != kind
    }


def test_own_lines_for_two_are_not_said_in_a_group(words: Words) -> None:
    own = {"redirect": ("Just us.",), "redirect_group": ("All of you.",), "exit": ("Bye.",)}
    one, group = (words.phrases(a_voice(), FULL_CALL, group=group, paid=False, own=own) for group in (False, True))
    assert (one["redirect"], one["exit"]) == (("Just us.",), ("Bye.",))
    assert (group["redirect"], group["exit"]) == (("All of you.",), ("Bye.",))


def test_every_language_has_a_place_for_a_small_true_thing(words: Words, voice: Voice) -> None:
    lines = words.phrases(voice, FULL_CALL, group=False, paid=False, share=f"{SHARE}.")["yourself"]
    assert len(lines) == 2
    assert all(f"{SHARE}. " in line for line in lines)
    assert SHARE not in str(words.phrases(voice, FULL_CALL, group=False, paid=False))
