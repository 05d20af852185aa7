"""Words and patterns in titles, compared as people read them: whole words, whatever their case, in Turkish too."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache

_WORD = re.compile(r"\w+")


def _folds(text: str) -> tuple[str, str]:
    """Return `text` folded twice: with I as the capital of i, and as the Turkish capital of ı.

    A capital I can be either; İ is always i and ı never is.
    """
    text = unicodedata.normalize("NFC", text).replace("İ", "i")
    return text.casefold(), text.replace("I", "ı").casefold()


@lru_cache(4096)  # every title is compared with the same phrases, again in every cycle
def _words(text: str) -> tuple[str, ...]:
    """Return the words of `text` in a row, each between spaces, folded in both ways."""
    return tuple(f" {' '.join(_WORD.findall(folded))} " for folded in _folds(text))


def has_words(title: str, phrase: str) -> bool:
    """Tell whether the words of `phrase` stand in `title` in a row, as whole words."""
    return any(wanted.strip() and wanted in words for words in _words(title) for wanted in _words(phrase))


def first_phrase(title: str, phrases: Iterable[str]) -> str | None:
    """Return the first of `phrases` that stands in `title`, or None."""
    return next((phrase for phrase in phrases if has_words(title, phrase)), None)


def like(title: str, pattern: str) -> bool:
    """Tell whether `title` is like `pattern`, where `*` stands for anything and `?` for one character."""
    return any(fnmatchcase(folded, wanted) for folded in _folds(title.strip()) for wanted in _folds(pattern))
