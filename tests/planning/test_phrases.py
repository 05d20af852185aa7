"""The words at hand: whose turn it is, lines of the owner's own, and small true things about herself."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from calsync.model.memory import Decision
from calsync.model.plan import CallView
from calsync.model.text import PHRASE_KINDS
from tests.desk import CAN, Desk, at, call, config

Made = Callable[..., Desk]
_QUOTED = re.compile(r"[“„](.+?)[”“]$", re.MULTILINE)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    def make(*events: str, **told: str) -> Desk:
        desk = Desk(tmp_path)
        desk.config(config(**told))
        desk.put(*events)
        desk.now = at("20 12:00")
        return desk

    return make


def said(view: CallView) -> frozenset[str]:
    """Return the beginnings of the phrases of a call, which tell them from one another."""
    return frozenset(line[:25] for line in _QUOTED.findall(f"{view.before.text}\n{view.after.text}"))


def prepared(desk: Desk) -> dict[str, frozenset[str]]:
    """Return the phrases of every call in view by the day of November on which it is."""
    return {f"{view.call.start:%d %H}": said(view) for view in desk.plan().views}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(st.sampled_from([2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 23, 24, 25, 26, 27]),
                  min_size=2, max_size=9, unique=True),
    paid=st.booleans(),
)  # fmt: skip
def test_over_a_month_no_phrase_comes_twice_in_a_row_with_a_client(
    tmp_path_factory: pytest.TempPathFactory, days: list[int], paid: bool
) -> None:
    desk = Desk(tmp_path_factory.mktemp("month"))
    desk.config(config(client="rate = '90 EUR'" if paid else ""))
    days.sort()
    # Every third call is one of a group.
    desk.put(
        *(call(f"c{day}", f"{day} 15:00", who=["ayse@acme.example", CAN] if not n % 3 else ["ayse@acme.example"])
          for n, day in enumerate(days))
    )  # fmt: skip
    heard = []
    for day in days:
        desk.now = at(f"{day} 14:00")
        desk.sync()
        heard.append(prepared(desk)[f"{day:02} 15"])
    for one, other in pairwise(heard):
        assert one and not one & other
    assert any("pay me" in line for line in set().union(*heard)) <= paid


def test_a_call_keeps_its_phrases_while_time_goes_by(made: Made) -> None:
    desk = made(*(call(f"c{day}", f"{day} 15:00") for day in (24, 25, 26)))
    before = prepared(desk)
    desk.sync_at("23 15:00", "24 15:10", "25 09:00")
    now = prepared(desk)
    assert now == {day: before[day] for day in now} and [*now] == ["25 15", "26 15"]


def test_a_call_that_comes_between_has_other_phrases_than_both_neighbours(made: Made) -> None:
    desk = made(call("a", "24 15:00"), call("b", "26 15:00"))
    desk.sync_at("23 12:00")
    before = prepared(desk)
    desk.put(call("a", "24 15:00"), call("c", "25 15:00"), call("b", "26 15:00"))
    desk.sync_at("23 13:00")
    a, c, b = prepared(desk).values()
    assert a == before["24 15"] and not a & c and not c & b


@pytest.mark.parametrize("how", ["skipped", "cancelled", "deleted"])
def test_a_call_that_does_not_take_place_takes_no_turn(made: Made, how: str) -> None:
    days = (24, 25, 26, 27)
    desk = made(*(call(f"c{day}", f"{day} 15:00") for day in days))
    desk.sync_at("23 12:00")
    if how == "skipped":
        house = desk.house()
        house.ledger.decide(Decision(subject="c25", series=False, verdict="skip", client="", at=desk.now))
        house.close()
    else:
        rest = [call(f"c{day}", f"{day} 15:00") for day in days if day != 25]
        desk.put(*rest, *([call("c25", "25 15:00", 60, "STATUS:CANCELLED")] if how == "cancelled" else []))
    desk.sync_at("23 13:00")
    before = prepared(desk)
    a, b, c = before.values()
    assert not a & b and not b & c
    desk.sync_at("24 16:30", "25 14:00", "25 15:30", "26 14:00")
    assert prepared(desk) == {day: lines for day, lines in before.items() if day != "24 15"}


def test_each_client_has_turns_of_its_own(made: Made) -> None:
    other = "[clients.mavi]\ntone = 'formal'\nemail = 'mehmet@mavi.example'\ntimezone = 'Europe/Berlin'\n"
    desk = made(
        call("a", "24 15:00"), call("m", "25 15:00", who=["mehmet@mavi.example"]), call("b", "26 15:00"), more=other
    )
    a, m, b = prepared(desk).values()
    assert a == m and not a & b


class TestOwnLines:
    OWN = "phrases.redirect = ['Erst die Arbeit!', 'Weiter im Plan.']\nphrases.exit = ['Ich muss los.']"

    def test_they_stand_in_the_prep_text_in_turn_in_place_of_ours(self, made: Made) -> None:
        desk = made(call("a", "24 15:00"), call("b", "25 15:00"), client=self.OWN)
        first, second = (view.before.text for view in desk.plan().views)
        assert "“Erst die Arbeit!”" in first and "“Weiter im Plan.”" in second
        assert all("“Ich muss los.”" in text and "your project" not in text for text in (first, second))

    def test_they_are_for_two_and_not_for_a_group(self, made: Made) -> None:
        desk = made(call("a", "24 15:00", who=["ayse@acme.example", CAN]), client=self.OWN)
        (view,) = desk.plan().views
        assert "Erst die Arbeit!" not in view.before.text and "Ich muss los." in view.before.text


class TestShare:
    def test_one_of_them_stands_in_each_prep_text_in_turn(self, made: Made) -> None:
        desk = made(*(call(f"c{day}", f"{day} 15:00") for day in (24, 25, 26)))
        settings = (desk.folder / "config.toml").read_text(encoding="utf-8")
        desk.config(settings.replace("[owner]\n", '[owner]\nshare = ["tomatoes are red", "I learn the oud"]\n'))
        assert [re.findall("tomatoes are red|I learn the oud", view.before.text) for view in desk.plan().views] == [
            ["tomatoes are red"], ["I learn the oud"], ["tomatoes are red"]
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("share", "language", "expected"),
        [
            pytest.param('["plain"]', "tr", True, id="a plain list is for any language"),
            pytest.param('{ tr = ["plain"] }', "tr", True, id="in the client's"),
            pytest.param('{ en = ["plain"] }', "tr", False, id="none in the client's"),
            pytest.param('{ en = ["plain"] }', "en-US", True, id="of en for en-US"),
            pytest.param("[]", "tr", False, id="none"),
        ],
    )
    def test_it_is_left_out_where_there_is_none_in_the_language(
        self, made: Made, share: str, language: str, expected: bool
    ) -> None:
        desk = made(call("a", "24 15:00"), client=f"language = '{language}'")
        settings = (desk.folder / "config.toml").read_text(encoding="utf-8")
        desk.config(settings.replace("[owner]\n", f"[owner]\nshare = {share}\n"))
        (view,) = desk.plan().views
        assert ("plain" in view.before.text) is expected


SECRET = st.text(st.characters(categories=("Lu", "Ll")), min_size=8, max_size=20).map(lambda text: f"zq{text}")


KINDS = st.sampled_from([*PHRASE_KINDS, "redirect_group"])
SECRETS = st.lists(SECRET, min_size=1, max_size=3)


@settings(max_examples=15, deadline=None)
@given(lines=st.dictionaries(KINDS, SECRETS), share=SECRETS, language=st.sampled_from(["en", "en-US", "tr", "de"]))
def test_nothing_of_hers_reaches_a_client(
    tmp_path_factory: pytest.TempPathFactory, lines: dict[str, list[str]], share: list[str], language: str
) -> None:
    desk = Desk(tmp_path_factory.mktemp("private"))
    own = "".join(f"phrases.{kind} = {texts}\n" for kind, texts in lines.items())
    own += f"language = '{language}'\nreset = true\nshared = true\n"
    text = config(defaults="message_before = ['1d', '1h']", client=own)
    desk.config(text.replace("[owner]\n", f"[owner]\nshare = {share}\n"))
    desk.put(call("a", "24 15:00"), call("b", "25 15:00", who=["ayse@acme.example", CAN]), call("c", "26 15:00"))
    desk.now = at("23 16:00")
    plan = desk.plan()
    private = {one for texts in (*lines.values(), share) for one in texts}
    seen = [f"{one.subject}\n{one.body}" for one in plan.messages]
    seen += [view.note.text for view in plan.views if view.note is not None]
    assert plan.messages and not [one for one in private for text in seen if one in text]
    assert any(one in view.before.text for one in share for view in plan.views) or "yourself" in lines
    desk.sync()
    desk.now = at("25 14:30")
    desk.sync()
    assert desk.bodies() and not [one for one in private for text in desk.bodies() if one in text]
