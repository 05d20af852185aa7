"""Every text is tried out before a client waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from calsync.model.text import Tone, Voice
from calsync.words.check import check_templates
from calsync.words.render import Words
from tests.words.sample import a_voice


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_our_own_texts_have_no_findings(words: Words, voice: Voice) -> None:
    assert check_templates(words, [voice]) == ()


@pytest.mark.parametrize(
    "name",
    ["first", "short_b", "reminder", "update", "flex", "cancelled", "announcement", "note", "note_group", "prep",
             "wrap_up", "redirect", "opening_group", "spoken_announcement", "subject"]
)  # fmt: skip
def test_a_broken_text_of_any_name_is_found_once(tmp_path: Path, name: str) -> None:
    path = put(tmp_path, f"en/{name}.txt", "x\n{{ tiem }}")
    found = check_templates(Words(tmp_path), [a_voice(), a_voice(greeted="")])
    assert [(one.broken, one.where) for one in found] == [(True, f"{path}, line 2")]


def test_a_value_that_only_some_calls_have_is_found(tmp_path: Path) -> None:
    put(tmp_path, "en/full.txt", "Join: {{ link }}")
    assert [one.what for one in check_templates(Words(tmp_path), [a_voice()])] == ['"link" has no value here']


def test_a_word_to_avoid_is_a_warning(tmp_path: Path) -> None:
    put(tmp_path, "tr/close/add.txt", "Maalesef kota doldu.")
    found = check_templates(Words(tmp_path), [a_voice("tr", Tone.CLOSE)])
    assert {one.broken for one in found} == {False}
    assert '"maalesef" stands in the text "full"' in [one.what for one in found]


@pytest.mark.parametrize(
    ("name", "what", "hint"),
    [
        pytest.param("en/ful.txt", 'there is no text "ful"', 'did you mean "full"?', id="text"),
        pytest.param("fr/full.txt", 'there are no texts in "fr"', "en, en-US, tr, de", id="language"),
        pytest.param("full.txt", 'there are no texts in ""', "en, en-US, tr", id="outside a language"),
        pytest.param("tr/formel/full.txt", 'there is no tone "formel"', "formal and close", id="tone"),
    ],
)
def test_a_file_that_nothing_reads_is_found(tmp_path: Path, name: str, what: str, hint: str) -> None:
    path = put(tmp_path, name, "x")
    (found,) = check_templates(Words(tmp_path), [a_voice()])
    assert (found.what, found.where) == (what, str(path))
    assert hint in found.hint


def test_a_missing_folder_is_found(tmp_path: Path) -> None:
    (found,) = check_templates(Words(tmp_path / "none"), [])
    assert found.what == "there is no such folder"
