"""The renderer with the built-in texts, and every voice that it speaks in."""

from __future__ import annotations

import pytest

from calsync.model.text import Voice
from calsync.words.render import Words
from tests.words.sample import VOICES, a_voice


@pytest.fixture(scope="session")
def words() -> Words:
    return Words()


@pytest.fixture(params=VOICES, ids=[f"{language} {tone}" for language, tone in VOICES])
def voice(request: pytest.FixtureRequest) -> Voice:
    language, tone = request.param
    return a_voice(language, tone)
