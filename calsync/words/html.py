"""The HTML part of a message: the plain text in paragraphs, so that it looks typed."""

from __future__ import annotations

import re
from html import escape

# How our texts say where to join. Whatever else looks like a link may come from an invitation and stays text.
_JOIN = re.compile(r"(?P<label>Join|Bağlantı|Zum (?:Gespräch|Treffen)): (?P<link>https?://[^\s\"<>]+)")


def as_html(body: str) -> str:
    """Return `body` as HTML without any style: a blank line parts paragraphs, a line break stays one.

    Everything is escaped; only the line that says where to join carries a link, and only to http or https.
    """
    paragraphs = (block for block in re.split(r"\n\s*\n", body.strip()) if block)
    inner = "\n".join("<p>" + "<br>\n".join(map(_line, block.splitlines())) + "</p>" for block in paragraphs)
    return f"<html><body>\n{inner}\n</body></html>\n"


def _line(line: str) -> str:
    if found := _JOIN.fullmatch(line):
        link = escape(found["link"])
        return f'{found["label"]}: <a href="{link}">{link}</a>'
    return escape(line)
