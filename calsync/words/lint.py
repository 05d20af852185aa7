"""Words that a client should not have to read from us."""

from __future__ import annotations

import re
from functools import cache

AVOID = {
    "en": (
        "unfortunately", "you always", "once more", "as I said", "too long", "waste", "off-topic", "limit", "must",
        "hard stop", "cap", "budget", "slot", "billable",
    ),
    "tr": (
        "maalesef", "her seferinde", "daha önce de söylediğim gibi", "fazla uzadı", "boşa", "konu dışı", "gereksiz",
        "mecburum", "zorundasınız", "zorundasın", "kota", "mesai", "süreniz doldu", "süren doldu",
    ),
    "de": (
        "leider", "jedes Mal", "schon wieder", "wie gesagt", "wie ich schon sagte", "zu lang", "zu lange",
        "Zeitverschwendung", "verschwenden", "nicht zum Thema", "überflüssig", "Limit", "muss ich", "müssen Sie",
        "Sie müssen", "du musst", "musst du", "Obergrenze", "Budget", "Kontingent", "Slot", "abrechenbar",
        "Ihre Zeit ist um", "deine Zeit ist um",
    ),
}  # fmt: skip


def lint(text: str, language: str) -> tuple[str, ...]:
    """Return the words of `AVOID` that stand in `text` as whole words, each once, in the order of the list.

    `language` is that of the text (`en-US` as `en`); for one without a list there is nothing to find.
    """
    base = language.partition("-")[0]
    folded = _folded(text, base)
    return tuple(word for word in AVOID.get(base, ()) if _whole(_folded(word, base)).search(folded))


@cache
def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")


def _folded(text: str, language: str) -> str:
    """Return `text` for comparing: one space between words, one apostrophe, no capitals (Turkish I is ı, İ is i)."""
    if language == "tr":
        text = text.replace("I", "ı").replace("İ", "i")
    return " ".join(text.replace("’", "'").casefold().split())
