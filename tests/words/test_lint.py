"""Words that a client should not have to read."""

from __future__ import annotations

import re

import pytest

from calsync.words.lint import AVOID, lint
from calsync.words.templates import ALERTS, BUILT_IN, PRIVATE_TEXTS


@pytest.mark.parametrize(
    ("text", "language", "hits"),
    [
        pytest.param("Unfortunately we MUST go.", "en", ("unfortunately", "must"), id="capitals"),
        pytest.param("a hard\n stop", "en", ("hard stop",), id="over a line's end"),
        pytest.param("As i said, it took too  long", "en", ("as I said", "too long"), id="several words"),
        pytest.param("Capital, slots, mustard, limited, wasteful", "en", (), id="parts of words"),
        pytest.param("the cap.", "en-US", ("cap",), id="american is english"),
        pytest.param("MAALESEF kota doldu", "tr", ("maalesef", "kota"), id="turkish capitals"),
        pytest.param("FAZLA UZADI", "tr", ("fazla uzadı",), id="turkish I is ı"),
        pytest.param("MESAİ", "tr", ("mesai",), id="turkish İ is i"),
        pytest.param("mesaisi limit", "tr", (), id="other words, another language"),
        pytest.param("must", "fr", (), id="no list"),
    ],
)
def test_lint(text: str, language: str, hits: tuple[str, ...]) -> None:
    assert lint(text, language) == hits


def test_every_word_of_the_list_is_found_by_itself() -> None:
    for language, avoided in AVOID.items():
        assert all(word in lint(word.upper() if language == "en" else word, language) for word in avoided)


def test_no_client_template_holds_a_word_to_avoid() -> None:
    for path in BUILT_IN.rglob("*.txt"):
        language = path.relative_to(BUILT_IN).parts[0]
        if path.stem not in PRIVATE_TEXTS and not path.stem.startswith(ALERTS):
            said = re.sub(r"{[{%].*?[%}]}", "", path.read_text(encoding="utf-8"))  # variables have names of ours
            assert lint(said, language) == (), path
