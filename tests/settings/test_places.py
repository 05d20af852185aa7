"""Places of keys agree with what tomllib reads, in every way of writing TOML."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calsync.settings.places import KeyPath, spots


def paths(value: Any, at: KeyPath = ()) -> set[KeyPath]:
    """Return every path in a value that tomllib made."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = {at} if at else set()
    return found.union(*(paths(item, (*at, key)) for key, item in inner))


@pytest.mark.parametrize(
    ("text", "path", "line", "value"),
    [
        pytest.param("a = 1\nb = 2", ("b",), 2, "2", id="plain key"),
        pytest.param("\n[t]\n\nk = '#no' # c", ("t", "k"), 4, "'#no'", id="hash inside a string"),
        pytest.param("[t]\nm . e.x=[1]", ("t", "m", "e", "x"), 2, "[1]", id="dotted key with blanks"),
        pytest.param('"mo\\u0064e" = "x"', ("mode",), 1, '"x"', id="quoted key with an escape"),
        pytest.param("'a.b'.c = 1", ("a.b", "c"), 1, "1", id="dot inside a quoted key"),
        pytest.param("'=' = 1\n']' = 2", ("]",), 2, "2", id="signs inside quoted keys"),
        pytest.param("['a]'.b]\nc=1", ("a]", "b", "c"), 2, "1", id="bracket inside a header"),
        pytest.param("p = { x = 1, y = [2, { z = 3 }] }", ("p", "y", 1, "z"), 1, "3", id="inline tables"),
        pytest.param("a = [\n 1, # one\n\n 2,\n]", ("a", 1), 4, "2", id="list over lines"),
        pytest.param('a = """\nx = 1\n[y]\n"""\nb = 2', ("b",), 5, "2", id="keys inside a text of lines"),
        pytest.param('a = """q\\"" """\nb = 1', ("b",), 2, "1", id="escaped quote before three"),
        pytest.param("a = '''x'''''\nb = 1", ("b",), 2, "1", id="five quotes at the end"),
        pytest.param(
            "a = 1979-05-27 07:32:00.5\nb = -1.5e3", ("a",), 1, "1979-05-27 07:32:00.5", id="date with a blank"
        ),
        pytest.param("[[l]]\nx=1\n[[l]]\nx=2\n[l.y]\nz=3", ("l", 1, "y", "z"), 6, "3", id="lists of tables"),
        pytest.param("[[l]]\n[[l.m]]\nx=1\n[[l.m]]\nx=2", ("l", 0, "m", 1, "x"), 5, "2", id="lists in lists of tables"),
        pytest.param("a=1\r\n\r\nb=2\r\n", ("b",), 3, "2", id="CRLF"),
    ],
)
def test_a_value_stands_where_it_is_told(text: str, path: KeyPath, line: int, value: str) -> None:
    found = spots(text)
    assert (found[path].line, text[found[path].start : found[path].end]) == (line, value)
    assert paths(tomllib.loads(text)) == set(found)


def test_a_table_stands_at_its_header_and_one_without_a_header_at_its_first_key() -> None:
    found = spots("[a.b]\nx = 1\n[c]\nd.e = 1\n")
    assert [(found[at].line, found[at].header) for at in [("a",), ("a", "b"), ("c", "d")]] == [
        (1, True),
        (1, True),
        (4, False),
    ]


@pytest.mark.parametrize("text", ["a = ", "[", "= 1", "a = [1", "\x00", '"""', "[[a]\nb", "a = {b", "]"])
def test_broken_toml_ends_the_search_without_an_error(text: str) -> None:
    assert isinstance(spots(text), dict)


KEYS = st.sampled_from(["a", "b", "c.d", '"a"', "'c.d'", 'a . "b c"'])
ATOMS = st.sampled_from(
    ["1", "-2.5e3", '"#]"', "'}'", '"""\nx = 1\n"""', "true", "2026-11-24 08:00:00", "inf", '""', "'"]
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[ # c\n" + ",\n".join(items) + "]"),
        st.tuples(KEYS, inner).map(lambda pair: "{ " + " = ".join(pair) + " }"),
    ),
    max_leaves=4,
)
LINES = st.one_of(
    st.tuples(KEYS, VALUES).map(" = ".join),
    KEYS.map(lambda key: f"[{key}]"),
    KEYS.map(lambda key: f"[[ {key} ]] # c"),
    st.sampled_from(["", "# [a]", "\t"]),
    st.text(alphabet="ab.=[]{},\"'# 1\\-", max_size=12),
)


@given(st.lists(LINES, max_size=8).map("\n".join))
def test_whatever_tomllib_takes_has_a_place_for_every_key(text: str) -> None:
    found = spots(text)
    try:
        document = tomllib.loads(text)
    except ValueError:
        return
    assert paths(document) == set(found)
