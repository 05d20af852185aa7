"""Short ids."""

from __future__ import annotations

from calsync.cli.show.data import ShortIds


def test_an_id_is_six_letters() -> None:
    ids = ShortIds(["aaaaaabbbb", "bbbbbbcccc"])
    assert ids("aaaaaabbbb") == "aaaaaa"


def test_ids_that_begin_alike_are_as_long_as_it_takes() -> None:
    ids = ShortIds(["aaaaaabbbb", "aaaaaabcbb", "aaaaaac000", "zzzzzzzzzz"])
    assert [ids(d) for d in ("aaaaaabbbb", "aaaaaabcbb", "aaaaaac000", "zzzzzzzzzz")] == [
        "aaaaaabb",
        "aaaaaabc",
        "aaaaaac",
        "zzzzzz",
    ]


def test_one_not_known_is_shown_short_too() -> None:
    assert ShortIds([])("abcdefghijk") == "abcdef"
    assert ShortIds([])("") == ""
