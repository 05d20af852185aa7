"""Words in titles, as people read them."""

from __future__ import annotations

import unicodedata

import pytest

from calsync.planning.titles import first_phrase, has_words, like


@pytest.mark.parametrize(
    ("title", "phrase", "found"),
    [
        pytest.param("Lunch with Ayşe", "lunch", True, id="any case"),
        pytest.param("Lunchbox design", "lunch", False, id="whole words"),
        pytest.param("Business-lunch!", "lunch", True, id="beside a hyphen"),
        pytest.param("Akşam  Yemeği (Can)", "akşam yemeği", True, id="in a row"),
        pytest.param("AKŞAM YEMEĞİ", "akşam yemeği", True, id="Turkish capitals"),
        pytest.param("akşam sonra yemeği", "akşam yemeği", False, id="not in a row"),
        pytest.param("yemeği akşam", "akşam yemeği", False, id="other order"),
        pytest.param("IZIN", "ızın", True, id="I is the capital of ı"),
        pytest.param("IZIN", "izin", True, id="I is the capital of i"),
        pytest.param("İZİN", "izin", True, id="İ is the capital of i"),
        pytest.param("İZİN", "ızın", False, id="İ is not that of ı"),
        pytest.param("ızın", "izin", False, id="ı is not i"),
        pytest.param(unicodedata.normalize("NFD", "Doğum Günü"), "doğum günü", True, id="decomposed"),
        pytest.param("GEBURTSTAG", "geburtstag", True, id="German"),
        pytest.param("", "lunch", False, id="no title"),
        pytest.param("lunch", "", False, id="no phrase"),
    ],
)
def test_words(title: str, phrase: str, found: bool) -> None:
    assert has_words(title, phrase) is found
    assert first_phrase(title, ["zzz", phrase]) == (phrase if found else None)


@pytest.mark.parametrize(
    ("title", "pattern", "found"),
    [
        pytest.param("Weekly ACME sync", "*acme*", True, id="anywhere"),
        pytest.param("acme", "*acme*", True, id="alone"),
        pytest.param("Acme sync", "acme", False, id="the whole title"),
        pytest.param(" Acme ", "acme", True, id="blanks around"),
        pytest.param("İŞ görüşmesi", "iş*", True, id="Turkish"),
        pytest.param("a1", "a?", True, id="one character"),
    ],
)
def test_patterns(title: str, pattern: str, found: bool) -> None:
    assert like(title, pattern) is found
