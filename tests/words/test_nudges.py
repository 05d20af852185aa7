"""What a nudge says: title in the owner's language, a phrase in the client's."""

from __future__ import annotations

import pytest

from calsync.model.nudge import Moment, NudgeFacts
from calsync.model.text import PrepFacts
from calsync.words.render import Words
from tests.words.sample import EMPTY_CALL, FULL_CALL, a_voice


def said(words: Words, language: str, moment: Moment, left: int, *, full: bool = True) -> tuple[str, str]:
    call = FULL_CALL if full else EMPTY_CALL
    prep = PrepFacts(owner_language=language, call=call, title="Acme weekly", who="Acme", paid=True)
    facts = NudgeFacts(moment=moment, at=call.start, left=left, stop=call.hard_stop, prep=prep)
    told = words.nudge(a_voice("en"), facts)
    return told.title, told.body


@pytest.mark.parametrize(
    ("language", "titles", "coming"),
    [
        pytest.param(
            "en", ["45 min until 17:45", "10 min", "Time is up"], "next Tuesday 1 December, 17:00", id="English"
        ),
        pytest.param(
            "tr", ["45 dk, bitiş 17:45", "10 dk", "Süre doldu"], "sonraki 1 Aralık Salı, 17:00", id="Turkish"
        ),
        pytest.param(
            "de", ["45 Min. bis 17:45 Uhr", "10 Min.", "Die Zeit ist um"],
            "nächstes Mal Dienstag, 1. Dezember, 17:00 Uhr", id="German",
        ),
    ],
)  # fmt: skip
def test_the_title_is_hers_in_language_and_time(words: Words, language: str, titles: list[str], coming: str) -> None:
    moments = ((Moment.START, 45), (Moment.LEFT, 10), (Moment.STOP, 0))
    said_titles = [said(words, language, moment, left)[0] for moment, left in moments]
    assert said_titles == [f"{title} · {coming}" for title in titles]


def test_without_a_next_call_it_says_the_time_alone(words: Words) -> None:
    assert said(words, "en", Moment.LEFT, 2, full=False)[0] == "2 min"


@pytest.mark.parametrize(
    ("moment", "left", "begins"),
    [
        pytest.param(Moment.START, 45, "Good to see you", id="start"),
        pytest.param(Moment.LEFT, 10, "I have to stop at 15:45 your time", id="soon"),
        pytest.param(Moment.LEFT, 2, "This has been fascinating", id="at once"),
        pytest.param(Moment.STOP, 0, "That's our time", id="over"),
    ],
)
def test_the_phrase_is_what_is_said_then_in_the_clients_language(
    words: Words, moment: Moment, left: int, begins: str
) -> None:
    assert said(words, "de", moment, left)[1].startswith(begins)


def test_no_nudge_names_the_client_or_the_event(words: Words) -> None:
    for moment in Moment:
        assert "Acme" not in str(said(words, "en", moment, 10))
