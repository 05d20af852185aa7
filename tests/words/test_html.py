"""The HTML part looks typed and carries nothing that was not written."""

from __future__ import annotations

import pytest

from calsync.words.html import as_html
from calsync.words.render import Words
from tests.words.sample import FULL_CALL, a_message, a_voice


def test_paragraphs_and_lines_stay() -> None:
    assert as_html("Hi Ayşe,\n\nOne.\nTwo.\n\n\nDeniz\n") == (
        "<html><body>\n<p>Hi Ayşe,</p>\n<p>One.<br>\nTwo.</p>\n<p>Deniz</p>\n</body></html>\n"
    )


@pytest.mark.parametrize(
    ("line", "written"),
    [
        pytest.param("a < b & \"c\" 'd'", "a &lt; b &amp; &quot;c&quot; &#x27;d&#x27;", id="escaped"),
        pytest.param("• <script>x</script>", "• &lt;script&gt;x&lt;/script&gt;", id="no script"),
        pytest.param(
            "Join: https://meet.example/a?b=1&c=2",
            'Join: <a href="https://meet.example/a?b=1&amp;c=2">https://meet.example/a?b=1&amp;c=2</a>',
            id="join",
        ),
        pytest.param(
            "Bağlantı: http://meet.example/a", 'Bağlantı: <a href="http://meet.example/a">http://meet.example/a</a>',
            id="turkish",
        ),
        pytest.param("Join: javascript:alert(1)", "Join: javascript:alert(1)", id="no other scheme"),
        pytest.param("• https://evil.example", "• https://evil.example", id="no link in an item"),
        pytest.param("• Join: https://evil.example", "• Join: https://evil.example", id="an item that says join"),
        pytest.param('Join: https://x"onclick="y', "Join: https://x&quot;onclick=&quot;y", id="quotes"),
    ],
)  # fmt: skip
def test_everything_is_escaped_and_only_the_join_line_is_a_link(line: str, written: str) -> None:
    assert as_html(line) == f"<html><body>\n<p>{written}</p>\n</body></html>\n"


def test_the_join_line_of_a_message_is_a_link_in_each_language(words: Words) -> None:
    for language in ("en", "tr", "de"):
        html = as_html(words.message(a_voice(language), a_message(call=FULL_CALL)).body.text)
        assert html.count("<a href=") == 1
        assert "style" not in html
