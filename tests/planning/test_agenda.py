"""What stands on an agenda, read from what the owner typed, and its minutes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calsync.model.rules import Client, Policy
from calsync.model.text import Stage
from calsync.planning import fence
from calsync.planning.agenda import CATCH_UP, CLOSE_OUT, GREETING, choose, lay_out, own_list, split_minutes

FENCED = fence.fenced("45 minutes\nAgenda:\n• Ours")


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        pytest.param("", None, id="empty"),
        pytest.param("Bring the contract", None, id="no list"),
        pytest.param("Agenda:\n- Status\n- Launch", ("Status", "Launch"), id="Agenda"),
        pytest.param("Gündem:\nDurum\nBütçe", ("Durum", "Bütçe"), id="Gündem"),
        pytest.param("Tagesordnung:\nStand", ("Stand",), id="Tagesordnung"),
        pytest.param("GÜNDEM:\nDurum", ("Durum",), id="capitals"),
        pytest.param("Gu\u0308ndem:\nDurum", ("Durum",), id="ü in two signs"),
        pytest.param(" \u00a0agenda : \nStatus", ("Status",), id="blanks around"),
        pytest.param("Agenda:\r\nStatus\r\n\r\nBye", ("Status",), id="CR LF"),
        pytest.param("Hello\nAgenda:\nStatus\n \t\nNot this", ("Status",), id="up to the first empty line"),
        pytest.param("Agenda: Status\nLaunch", None, id="the line isn't alone"),
        pytest.param("Our agenda:\nLaunch", None, id="other words on the line"),
        pytest.param("Agenda\nLaunch", None, id="no colon"),
        pytest.param("Agenda:", (), id="nothing below"),
        pytest.param("Agenda:\n\nStatus", (), id="an empty line at once"),
        pytest.param("Agenda:\nStatus\n\nAgenda:\nOther", ("Status",), id="only the first list"),
        pytest.param(f"Agenda:\nStatus\n\n{FENCED}", ("Status",), id="above the fence"),
        pytest.param(f"Hello\n\n{FENCED}", None, id="ours is not hers"),
        pytest.param(f"Agenda:\nStatus\n\n{FENCED}\nBye", ("Status",), id="what is below the fence is no item"),
        pytest.param(f"{FENCED}\nAgenda:\nStatus", ("Status",), id="below the fence"),
        pytest.param("Agenda:\n- Status 10m\n- Launch (5 min)", ("Status 10m", "Launch (5 min)"), id="minutes stay"),
    ],
)
def test_the_owners_list_is_what_stands_below_its_heading_outside_the_fence(
    description: str, expected: tuple[str, ...] | None
) -> None:
    assert own_list(description) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- Status", "Status"),
        ("-Status", "Status"),
        ("* Status", "Status"),
        ("• Status", "Status"),
        ("– Status", "Status"),
        ("· Status", "Status"),
        ("   1. Status", "Status"),
        ("2) Status", "Status"),
        ("12.Status", "Status"),
        ("- 3. Quartal", "3. Quartal"),
        ("3.5% raise", "3.5% raise"),
        ("-5% costs", "-5% costs"),
        ("*Status*", "*Status*"),
        ("2026 budget", "2026 budget"),
    ],
)
def test_bullets_and_numbers_are_taken_off_once(line: str, expected: str) -> None:
    assert own_list(f"Agenda:\n{line}") == (expected,)


@pytest.mark.parametrize("line", ["-", "1.", "*", "---", "• –"])
def test_a_line_without_text_is_no_item_and_does_not_end_the_list(line: str) -> None:
    assert own_list(f"Agenda:\nStatus\n{line}\nLaunch") == ("Status", "Launch")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("Status", ("Status", None)),
        ("Status 10m", ("Status", 10)),
        ("Status 10 min", ("Status", 10)),
        ("Status 10min", ("Status", 10)),
        ("Stand 10 Min.", ("Stand", 10)),
        ("Durum 10 dk", ("Durum", 10)),
        ("Durum 10 dk.", ("Durum", 10)),
        ("Status 10'", ("Status", 10)),
        ("Status 10’", ("Status", 10)),
        ("Status (10 min)", ("Status", 10)),
        ("Status(10m)", ("Status", 10)),
        ("Status [10']", ("Status", 10)),
        ("Status - 10m", ("Status", 10)),
        ("Status: 10m", ("Status", 10)),
        ("Status \u2013 10\u00a0min", ("Status", 10)),
        (" Status 90m ", ("Status", 90)),
        ("Q4 10m budget", ("Q4 10m budget", None)),
        ("Status (10 min) first", ("Status (10 min) first", None)),
        ("Status (10 min", ("Status (10 min", None)),
        ("Budget 10M", ("Budget 10M", None)),
        ("Room Q10m", ("Room Q10m", None)),
        ("Status 0m", ("Status 0m", None)),
        ("Status 10", ("Status 10", None)),
        ("Status 5000m", ("Status 5000m", None)),
        ("10m", ("10m", None)),
        ("- 10m", ("- 10m", None)),
        ("", ("", None)),
    ],
)
def test_minutes_stand_at_the_end_of_an_item(item: str, expected: tuple[str, int | None]) -> None:
    assert split_minutes(item) == expected


def a_client(agenda: Mapping[str, tuple[str, ...]], language: str = "en") -> Client:
    zone = ZoneInfo("Europe/Berlin")
    return Client(key="acme", name="Acme", policy=Policy(agenda=agenda), language=language, timezone=zone)


USUAL = {"": ("Any",), "en": ("Status 10m", "Decisions"), "tr": ("Durum",)}


@pytest.mark.parametrize(
    ("agenda", "language", "expected"),
    [
        pytest.param(USUAL, "tr", ("Durum",), id="its language"),
        pytest.param(USUAL, "en-US", ("Status 10m", "Decisions"), id="en serves en-US"),
        pytest.param(USUAL | {"en-US": ("Check-in",)}, "en-US", ("Check-in",), id="en-US before en"),
        pytest.param({"en-US": ("Check-in",)}, "en", (), id="en-US doesn't serve en"),
        pytest.param({"": ("Any",)}, "tr", ("Any",), id="a plain list serves any"),
        pytest.param({"en": ("Status",)}, "tr", (), id="never another language"),
        pytest.param({"": ("Any",), "tr": ()}, "tr", (), id="an empty one of its own"),
    ],
)
def test_the_default_agenda_is_used_in_its_own_language(
    agenda: Mapping[str, tuple[str, ...]], language: str, expected: tuple[str, ...]
) -> None:
    assert choose("", True, (), a_client(agenda, language)) == (expected, bool(expected), False)


@pytest.mark.parametrize(
    ("description", "organized", "added", "expected"),
    [
        pytest.param("Agenda:\n- Launch", True, (), (("Launch",), False, True), id="her own list"),
        pytest.param("Agenda:\n- Launch", True, ("Fee 5m",), (("Launch", "Fee 5m"), False, True), id="and added items"),
        pytest.param(
            "Agenda:\n- Launch", False, (), (("Status 10m", "Decisions"), True, False), id="a list of somebody else"
        ),
        pytest.param("Agenda:\n", True, (), (("Status 10m", "Decisions"), True, False), id="an empty list"),
        pytest.param("", True, (), (("Status 10m", "Decisions"), True, False), id="the default"),
        pytest.param("", True, ("Fee",), (("Status 10m", "Decisions", "Fee"), False, False), id="the default and more"),
    ],
)
def test_the_owners_own_list_wins_and_added_items_come_last(
    description: str, organized: bool, added: tuple[str, ...], expected: tuple[tuple[str, ...], bool, bool]
) -> None:
    assert choose(description, organized, added, a_client(USUAL)) == expected


def laid_out(
    minutes: int, *items: str, policy: Policy | None = None
) -> tuple[list[tuple[str, int | None]], int | None]:
    agenda = lay_out(items, minutes, policy or Policy(), default=False, in_event=False)
    assert agenda.has == minutes
    assert agenda.catch_up is any(line.item == CATCH_UP for line in agenda.layout)
    return [(line.item, line.minutes) for line in agenda.layout], agenda.needs


HELLO, BYE, CHAT = (GREETING.value, 2), (CLOSE_OUT.value, 3), (CATCH_UP.value, 5)


@pytest.mark.parametrize(
    ("minutes", "items", "expected", "needs"),
    [
        pytest.param(
            *(45, ("Status 10m", "Launch 20 min")),
            [HELLO, ("Status", 10), ("Launch", 20), BYE, CHAT],
            None,
            id="with their own minutes",
        ),
        pytest.param(
            *(45, ("A", "B", "C")),
            [HELLO, ("A", 12), ("B", 12), ("C", 11), BYE, CHAT],
            None,
            id="equal parts, the earlier ones take the remainder",
        ),
        pytest.param(
            *(45, ("A", "B 20m", "C")), [HELLO, ("A", 8), ("B", 20), ("C", 7), BYE, CHAT], None, id="some with minutes"
        ),
        pytest.param(*(45, ()), [HELLO, BYE, CHAT], None, id="nothing on it"),
        pytest.param(*(40, ("A 30m",)), [HELLO, ("A", 30), BYE, CHAT], None, id="catching up just fits"),
        pytest.param(*(39, ("A 30m",)), [HELLO, ("A", 30), BYE], None, id="catching up goes first"),
        pytest.param(*(35, ("A 30m",)), [HELLO, ("A", 30), BYE], None, id="full to the minute"),
        pytest.param(*(34, ("A 30m",)), [HELLO, ("A", 29), BYE], 35, id="a minute too long"),
        pytest.param(
            *(45, ("A 30m", "B 20m", "C 5m")),
            [HELLO, ("A", 30), ("B", 10), ("C", None), BYE],
            60,
            id="what comes last has no time left",
        ),
        pytest.param(
            *(37, ("A 30m", "B", "C", "D")),
            [HELLO, ("A", 30), ("B", 1), ("C", 1), ("D", None), BYE],
            38,
            id="an item without minutes needs one",
        ),
        pytest.param(
            *(38, ("A 30m", "B", "C", "D")),
            [HELLO, ("A", 30), *zip("BCD", (1, 1, 1), strict=True), BYE],
            None,
            id="and gets it",
        ),
        pytest.param(*(5, ("A",)), [HELLO, ("A", None), BYE], 6, id="the shortest call"),
        pytest.param(*(5, ()), [HELLO, BYE], None, id="the shortest call with nothing on it"),
    ],
)
def test_an_agenda_is_laid_out_in_minutes(
    minutes: int, items: tuple[str, ...], expected: list[tuple[str, int | None]], needs: int | None
) -> None:
    assert laid_out(minutes, *items) == (expected, needs)


def test_stages_of_no_minutes_are_left_out() -> None:
    bare = Policy(greeting=timedelta(0), close_out=timedelta(0), catch_up=timedelta(0))
    assert laid_out(30, "A", policy=bare) == ([("A", 30)], None)


def test_a_greeting_longer_than_the_call_leaves_nothing_for_the_rest() -> None:
    slow = Policy(greeting=timedelta(minutes=20))
    assert laid_out(15, "A", policy=slow) == ([("greeting", 15), ("A", None), ("close_out", None)], 24)


def test_what_the_client_reads_has_no_minutes() -> None:
    agenda = lay_out(("Status 10m", "Launch (5 min)"), 45, Policy(), default=True, in_event=False)
    assert agenda.items == ("Status", "Launch")
    assert (agenda.default, agenda.in_event) == (True, False)


ITEMS = st.lists(st.tuples(st.sampled_from("ABC"), st.none() | st.integers(1, 60)), max_size=8).map(
    lambda items: tuple(name if minutes is None else f"{name} {minutes}m" for name, minutes in items)
)


@given(ITEMS, st.integers(5, 240))
def test_a_layout_never_takes_more_than_there_is_and_keeps_the_order(items: tuple[str, ...], minutes: int) -> None:
    agenda = lay_out(items, minutes, Policy(), default=False, in_event=False)
    stages = set(Stage)
    assert sum(line.minutes or 0 for line in agenda.layout) <= minutes
    assert tuple(line.item for line in agenda.layout if line.item not in stages) == agenda.items
    if agenda.needs is None:
        assert all(line.minutes for line in agenda.layout)
    else:
        assert agenda.needs > minutes and not agenda.catch_up


@given(st.text(alphabet="Agend:ü \n\r-•*1.)(m─'\u00a0", max_size=80))
def test_any_description_is_read(description: str) -> None:
    for item in own_list(description) or ():
        text, minutes = split_minutes(item)
        assert text and (minutes is None or minutes > 0)
