"""Plain tables, and text from strangers made safe."""

from __future__ import annotations

import pytest

from calsync.cli.show.table import aligned, indent, one_line


def test_columns_are_aligned_and_lines_have_no_end_blanks() -> None:
    assert aligned([["client", "min"], ["acme", "5"], ["b", "120"]], right=[1]) == [
        "client  min",
        "acme      5",
        "b       120",
    ]
    assert aligned([["a", ""], ["bb", ""]]) == ["a", "bb"]


def test_wide_letters_count_double() -> None:
    assert aligned([["会議", "x"], ["abcd", "y"]]) == ["会議  x", "abcd  y"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        pytest.param("a\x1b[31mred", "a[31mred", id="an escape sequence"),
        pytest.param("a\u202egnp.exe", "agnp.exe", id="letters turned round"),
        pytest.param("two\r\nlines\tand\u2028more", "two lines andmore", id="line breaks"),
        pytest.param("a\x9b31m", "a31m", id="C1"),
        pytest.param("Görüşme ─ “ş”", "Görüşme ─ “ş”", id="letters stay"),
        pytest.param("\udc80x", "x", id="half a letter"),
    ],
)
def test_a_title_cannot_steer_the_terminal(text: str, safe: str) -> None:
    assert one_line(text) == safe


def test_indented_text_keeps_its_lines() -> None:
    assert indent("a\n\nb", "> ") == "> a\n\n> b"
