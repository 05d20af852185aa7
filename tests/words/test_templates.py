"""A user's own texts win, and what is wrong with one is told with file and line."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from calsync.errors import TextError
from calsync.model.text import Form, Tone
from calsync.words.render import Words
from calsync.words.templates import tidy
from tests.words.sample import FULL_CALL, a_message, a_voice


def put(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def body(folder: Path, language: str = "en", tone: Tone = Tone.FORMAL, form: Form = Form.FULL) -> str:
    return Words(folder).message(a_voice(language, tone), a_message(form, FULL_CALL)).body.text


@pytest.mark.parametrize(
    ("name", "language", "tone", "wins"),
    [
        pytest.param("en/full.txt", "en", Tone.FORMAL, True, id="language"),
        pytest.param("en/formal/full.txt", "en", Tone.FORMAL, True, id="language and tone"),
        pytest.param("en/close/full.txt", "en", Tone.FORMAL, False, id="the other tone"),
        pytest.param("en/full.txt", "en-US", Tone.FORMAL, True, id="English in America too"),
        pytest.param("en-US/full.txt", "en", Tone.FORMAL, False, id="American is not British"),
        pytest.param("tr/full.txt", "tr", Tone.CLOSE, True, id="both tones, over a built-in one of one tone"),
        pytest.param("tr/full.txt", "en", Tone.FORMAL, False, id="another language"),
    ],
)
def test_ones_own_text_wins(tmp_path: Path, name: str, language: str, tone: Tone, wins: bool) -> None:
    put(tmp_path, name, "Mine: {{ date }}\n")
    assert body(tmp_path, language, tone).startswith("Mine: ") is wins


def test_tone_goes_before_language_among_ones_own(tmp_path: Path) -> None:
    put(tmp_path, "tr/full.txt", "both")
    put(tmp_path, "tr/close/full.txt", "close")
    assert (body(tmp_path, "tr", Tone.CLOSE), body(tmp_path, "tr", Tone.FORMAL)) == ("close", "both")


def test_a_part_of_ones_own_stands_in_our_texts(tmp_path: Path) -> None:
    put(tmp_path, "en/no_list.txt", "What would you like to talk about?\n")
    text = Words(tmp_path).message(a_voice(), a_message(call=FULL_CALL)).body.text
    assert "What would you like" not in text
    put(tmp_path, "en/join.txt", "{% if link %}Here: {{ link }}{% endif %}")
    assert "\n\nHere: https://meet.example/acme\n\n" in body(tmp_path)


def test_ones_own_text_may_hold_our_parts(tmp_path: Path) -> None:
    put(tmp_path, "tr/close/full.txt", '{{ greeting }}\n\n{{ part("when") }}\n\n{{ sign }}')
    assert body(tmp_path, "tr", Tone.CLOSE).splitlines()[2].startswith("24 Kasım Salı günü 15:00–15:45 arası 45 dakika")


def test_all_given_variables_may_be_written(tmp_path: Path) -> None:
    names = "greeting sign date start end hard_stop city my_start minutes agenda agenda_line items_count item next_date"
    put(tmp_path, "en/full.txt", " | ".join(f"{{{{ {name} }}}}" for name in f"{names} next_start link".split()))
    assert body(tmp_path) == (
        "Hi Ayşe, | Deniz | Tuesday 24 November | 15:00 | 16:00 | 15:45 | Berlin | 17:00 | 45 | • Status\n"
        "• Launch date | Status · Launch date | 2 | Status | Tuesday 1 December | 15:00 | https://meet.example/acme"
    )


def test_lines_of_tags_alone_leave_no_line(tmp_path: Path) -> None:
    put(tmp_path, "en/full.txt", "a\n{% if link %}\n  {# why #}\nb\n{% endif %}\nc{% if link %}\nd{% endif %}\ne\n")
    assert body(tmp_path) == "a\nb\nc\nd\ne"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        pytest.param("{{ greeting }}\n\n{{ tiem }}", 3, 'there is no variable "tiem"', id="unknown variable"),
        pytest.param(
            "{% if no_such %}\nx\n{% endif %}", 1, 'there is no variable "no_such"', id="unknown in a condition"
        ),
        pytest.param("a\n{% if start %}\nx", 2, "Unexpected end", id="if without end"),
        pytest.param("a\nb {{ start }", 2, "unexpected '}'", id="one brace"),
        pytest.param("a\nb {{ start|shout }}", 2, "No filter named 'shout'", id="unknown filter"),
        pytest.param("{% if start %}\n{# x #}\n\n{{ over }}{% endif %}", 4, '"over" has no value here', id="no value"),
        pytest.param("a\n{{ minutes / 0 }}", 2, "division by zero", id="bad sum"),
        pytest.param("a\n{{ start.nothing }}", 2, "has no attribute", id="no attribute"),
        pytest.param("a\n{{ ''.__class__ }}", 2, "unsafe", id="out of the sandbox"),
        pytest.param('a\n{{ part("ful") }}', 2, 'there is no text "ful"', id="unknown part"),
        pytest.param('a\n{{ part("../../tr/formal/full") }}', 2, "there is no text", id="a way out of the folder"),
        pytest.param('a\n{% include "nothing" %}', 2, 'there is no text "nothing"', id="unknown include"),
        pytest.param('a\n{{ part("full") }}', 2, "recursion", id="itself"),
    ],
)
def test_a_broken_text_names_file_and_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    path = put(tmp_path, "en/full.txt", text)
    with pytest.raises(TextError, match=re.escape(what)) as error:
        body(tmp_path)
    assert error.value.where == f"{path}, line {line}"


def test_a_near_name_is_offered(tmp_path: Path) -> None:
    put(tmp_path, "en/full.txt", "{{ hard_stopp }}")
    with pytest.raises(TextError) as error:
        body(tmp_path)
    assert error.value.hint == 'did you mean "hard_stop"?'


def test_private_variables_are_unknown_in_client_texts(tmp_path: Path) -> None:
    put(tmp_path, "en/full.txt", "{{ title }}")
    with pytest.raises(TextError, match='no variable "title"'):
        body(tmp_path)


def test_a_text_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = put(tmp_path, "en/full.txt", b"caf\xe9")
    with pytest.raises(TextError, match="not UTF-8") as error:
        body(tmp_path)
    assert error.value.where == str(path)


def test_a_folder_in_place_of_a_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "en/full.txt").mkdir(parents=True)
    with pytest.raises(TextError, match="can't be read"):
        body(tmp_path)


def test_an_empty_message_is_never_written(tmp_path: Path) -> None:
    put(tmp_path, "en/full.txt", "\n{% if over %}x{% endif %}\n")
    with pytest.raises(TextError, match="is empty"):
        body(tmp_path)


def test_a_subject_stays_one_line(tmp_path: Path) -> None:
    put(tmp_path, "en/subject.txt", "Our call\nBcc: x@y.example")
    assert Words(tmp_path).message(a_voice(), a_message()).subject == "Our call Bcc: x@y.example"


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        pytest.param("\n a  b \n\n\n\nc\n", "a b\n\nc", id="white space"),
        pytest.param("Really?. Yes!. Well…. Etc.. No.", "Really? Yes! Well… Etc. No.", id="marks"),
        pytest.param("Well... https://x.example/?.y..z", "Well... https://x.example/?.y..z", id="other dots stay"),
    ],
)
def test_tidy(text: str, tidied: str) -> None:
    assert tidy(text) == tidied


def test_neither_jinja_nor_babel_is_imported_before_something_is_said() -> None:
    code = (
        "import sys, calsync.words.render as r; r.Words(); print([m for m in ('jinja2', 'babel') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
