"""What holds for every message, note and phrase, whoever writes to whom and whatever the call has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from calsync.model.period import Period
from calsync.model.text import PHRASE_KINDS, Closing, Delay, Exceeded, Form, MessageFacts, Overrun, Tone, Voice
from calsync.words import dates
from calsync.words.lint import lint
from calsync.words.render import Words
from calsync.words.templates import ALERTS, BUILT_IN, PRIVATE_TEXTS
from tests.words.sample import EMPTY_CALL, FULL_CALL, LESS, MORE, a_call, a_message, a_voice

CALLS = (
    FULL_CALL,
    EMPTY_CALL,
    replace(FULL_CALL, group=True),
    replace(EMPTY_CALL, group=True),
    a_call(usual_agenda=True, next_known=True, catch_up=True),
    replace(FULL_CALL, hard_stop=FULL_CALL.start + timedelta(minutes=1)),
)
PERIODS = (Period(date(2026, 11, 1), True), Period(date(2026, 11, 30), False), Period(date(2027, 1, 4), False))
DELAYS = (Delay(minutes=1), Delay(minutes=10, because="the train stands still."), Delay(minutes=10, shift=True))
SAYING_THE_START = {
    *(Form.FIRST, Form.FULL, Form.SHORT_A, Form.SHORT_B, Form.SHORT_C, Form.REMINDER, Form.UPDATE, Form.LATE),
    Form.ANNOUNCEMENT,
}
WITHOUT_TIMES = {Form.CANCELLED, Form.CLOSE_OUT, Form.OVER_CAP}
OPENED = {Form.FIRST, Form.FULL, Form.SHORT_A, Form.SHORT_B, Form.SHORT_C}
CLOSINGS = (Closing(decided="we ship in May."), Closing(prep="the figures"), Closing(decided="both", prep="all"))
OVERRUNS = (Overrun(minutes=1, because="the contract."), Overrun(minutes=20, because="the contract", back=True))


def messages(form: Form) -> Iterator[MessageFacts]:
    if form is Form.OVER_CAP:
        for call, period in product(CALLS, PERIODS):
            yield a_message(form, call, exceeded=Exceeded(period=period, cap=120, used=165))
        return
    if form is Form.CLOSE_OUT:
        for call, closing in product(CALLS, CLOSINGS):
            coming = call.next_start and call.next_start + timedelta(hours=3)
            for at in (call.at, call.start):
                yield a_message(form, replace(call, at=at, next_start=coming), closing=closing)
        return
    if form in OPENED:
        for call, overrun, flexed in product(CALLS, OVERRUNS, (None, MORE)):
            yield a_message(form, call, overrun=overrun, flexed=flexed)
    if form is Form.LATE:
        for call, delay, flexed in product(CALLS, DELAYS, (None, MORE)):
            for at in (call.at, call.start):
                yield a_message(form, replace(call, at=at), delay=delay, flexed=flexed)
        return
    for call, flexed, more in product(CALLS, (None, MORE, LESS, replace(MORE, usual=45, because="")), (False, True)):
        if flexed or form is not Form.FLEX:
            old = call.start - timedelta(hours=1) if more else None
            effective = FULL_CALL.at if more else None
            yield a_message(
                form, call, flexed=flexed, ask_if_matters=more, list_stays=more, old_start=old, shared=more,
                effective=effective, usual=45 if more else None, turn=int(more),
            )  # fmt: skip


def clock(moment: datetime, voice: Voice) -> str:
    return dates.clock(moment, voice.client_zone, voice.language)


@pytest.mark.parametrize("form", list(Form))
def test_the_start_is_said_once_and_the_end_at_most_twice(words: Words, voice: Voice, form: Form) -> None:
    for facts in messages(form):
        assert facts.call is not None
        body = words.message(voice, facts).body.text
        assert body.count(clock(facts.call.start, voice)) == (form in SAYING_THE_START), body
        ends = body.count(clock(facts.call.hard_stop, voice))
        assert ends == 0 if form in WITHOUT_TIMES else 1 <= ends <= 2, body


def test_a_note_says_the_start_once_and_the_end_at_most_twice(words: Words, voice: Voice) -> None:
    for call in CALLS:
        note = words.note(voice, call).text
        assert note.count(clock(call.start, voice)) == (not call.group)
        assert 1 <= note.count(clock(call.hard_stop, voice)) <= 2


@pytest.mark.parametrize("form", list(Form))
def test_a_message_is_tidy_and_complete(words: Words, voice: Voice, form: Form) -> None:
    for facts in messages(form):
        letter = words.message(voice, facts)
        assert "\n" not in letter.subject
        for text in (letter.subject, letter.body.text):
            assert not re.search(r"[{}]|%}|  |\n\n\n| \n|\n | [.,;:)]|\( |\.\.|None|False|^\s|\s$", text), text
        assert letter.body.text.endswith("\nDeniz")
        assert lint(f"{letter.subject}\n{letter.body.text}", voice.language) == ()


def test_notes_phrases_and_spoken_words_are_tidy_too(words: Words, voice: Voice) -> None:
    for call, group in product((*CALLS, None), (False, True)):
        phrases = words.phrases(voice, call, group=group, paid=True)
        assert tuple(phrases) == PHRASE_KINDS
        texts = [line for lines in phrases.values() for line in lines]
        if call is not None:
            texts += [words.note(voice, call).text, words.flex_sentence(voice, call, MORE).text]
            texts += [words.spoken_announcement(voice, a_message(Form.ANNOUNCEMENT, call)).text]
        for text in texts:
            assert not re.search(r"[{}]|  |\n\n| \n| [.,;:)]|\.\.|None|^\s|\s$", text), text
            assert lint(text, voice.language) == (), text


FORMAL_WORDS = {
    "tr": re.compile(
        r"\b(siz\w*|\w+[ıiuü]n[ıiuü]z\w*|\w*s[ae]n[iı]z\w*|yazın|yanıtlayın|alın|almayın|söyleyin|izninizle|verin|bakmayın)\b",
        re.IGNORECASE,
    ),
    # With a capital alone it is the person spoken to; "ihr", "sie" are others.
    "de": re.compile(r"\b(Sie|Ihnen|Ihr\w*)\b"),
}
CLOSE_WORDS = {
    "tr": re.compile(
        r"\b(sen|seni|sana|senin\w*|sende|saatinle|yaz|al|alma|söyle|ver|bakma|yazman|gördüğün|yazarsan|istersen|istersin|istemezsin|misin"
        r"|nasılsın|projen\w?|sohbetin|hayatında|istediğin|ekleyeceğin|istediklerini|söylediğin|söyledin|paylaştığın"
        r"|sorarsan|sorularını)\b",
        re.IGNORECASE,
    ),
    "de": re.compile(r"\b(du|dich|dir|dein\w*|schreib|schick|sag|antworte|richte)\b", re.IGNORECASE),
}
TO_THE_CONTACT = (Form.ANNOUNCEMENT, Form.CLOSE_OUT, Form.OVER_CAP)
SAMPLE = {"tr": "Ayşe Hanım", "de": "Frau Yılmaz"}


def everything(words: Words, voice: Voice, *, group: bool) -> Iterator[str]:
    """Yield every text that speaks to somebody, for one-to-one or group calls."""
    calls = [replace(call, group=group) for call in CALLS]
    for form in Form:
        if form not in TO_THE_CONTACT:
            for facts in messages(form):
                assert facts.call is not None
                yield words.message(voice, replace(facts, call=replace(facts.call, group=group))).body.text
    for call in calls:
        yield words.note(voice, call).text
        yield words.flex_sentence(voice, call, LESS).text
        yield words.late_sentence(voice, call, DELAYS[1]).text
        yield from (line for lines in words.phrases(voice, call, group=group, paid=True).values() for line in lines)


def to_the_contact(words: Words, voice: Voice) -> Iterator[str]:
    """Yield what goes to one person alone, and keeps the tone for that person."""
    for facts in messages(Form.ANNOUNCEMENT):
        yield words.message(voice, facts).body.text
        yield words.spoken_announcement(voice, facts).text
    for form in (Form.CLOSE_OUT, Form.OVER_CAP):
        yield from (words.message(voice, facts).body.text for facts in messages(form))


@pytest.mark.parametrize("language", ["tr", "de"])
def test_no_formal_text_says_sen_or_du(words: Words, language: str) -> None:
    voice = a_voice(language, Tone.FORMAL, greeted=SAMPLE[language])
    texts = [*everything(words, voice, group=False), *to_the_contact(words, voice)]
    assert [(found[0], text) for text in texts if (found := CLOSE_WORDS[language].search(text))] == []
    assert any(FORMAL_WORDS[language].search(text) for text in texts)


@pytest.mark.parametrize("language", ["tr", "de"])
def test_no_close_text_says_siz_or_sie(words: Words, language: str) -> None:
    voice = a_voice(language, Tone.CLOSE)
    texts = [*everything(words, voice, group=False), *to_the_contact(words, voice)]
    assert [(found[0], text) for text in texts if (found := FORMAL_WORDS[language].search(text))] == []
    assert any(CLOSE_WORDS[language].search(text) for text in texts)


@pytest.mark.parametrize("language", ["tr", "de"])
def test_group_texts_are_formal_in_either_tone(words: Words, language: str) -> None:
    for text in everything(words, a_voice(language, Tone.CLOSE), group=True):
        assert not CLOSE_WORDS[language].search(text), text


def test_a_german_sentence_goes_on_after_the_comma_of_the_greeting(words: Words) -> None:
    for tone, form in product(Tone, Form):
        for facts in messages(form):
            first = words.message(a_voice("de", tone), facts).body.text.split("\n\n")[1]
            assert first[0].islower() or first[0].isdigit(), first


# Texts in which nobody is addressed stand once for both tones.
WITHOUT_TONE = {
    "tr": {
        "announcement_list", "announcement_subject", "as_usual", "because", "delay", "digest", "digest_subject",
        "first_point",
        "first_words", "flex_back",
        "flex_end", "flex_more", "greeting", "join", "konusuna", "konusunda", "konusunu", "konusuyla", "list",
        "next_list", "note_words", "nudge", "over_cap_subject", "overrun", "prep", "reminder_words", "subject",
        "timeframe",
        "update_words", "when", "weekly_note", "weekly_note_subject", "wrap_up",
        "zones",
    },
    "de": {
        "announcement_end", "announcement_list", "announcement_subject", "as_usual", "ask", "because", "cancelled",
        "close_out", "delay", "digest", "digest_subject", "first", "first_point", "first_words", "flex", "flex_back",
        "flex_end", "flex_more", "full", "join",
        "late", "list", "meets", "next_list", "note", "note_words", "nudge", "over_cap_subject", "overrun", "prep",
        "punkt",
        "punkt_akk",
        "punkt_dat", "reminder", "serious", "subject", "timeframe", "times", "update", "update_words", "watch",
        "weekly_note", "weekly_note_subject", "when", "wrap_up",
    },
}  # fmt: skip
WITH_TONE = {
    "tr": {
        "add", "after_call", "announcement", "ask", "cancelled", "close_out", "exit", "first", "flex", "flex_less",
        "full", "invited", "late", "next", "no_list", "note", "opening", "opening_phone", "opening_words", "over_cap",
        "park_it", "redirect", "reminder", "serious", "short_a", "short_b", "short_c", "spoken_announcement", "stop",
        "told", "update", "warm", "yours", "yourself",
    },
    "de": {
        "add", "after_call", "announcement", "exit", "flex_less", "greeting", "invited", "next", "no_list", "note_end",
        "opening",
        "opening_phone", "opening_words", "over_cap", "park_it", "redirect", "short_a", "short_b", "short_c",
        "spoken_announcement", "stop", "told", "until_soon", "until_then", "warm", "yours", "yourself",
    },
}  # fmt: skip
FOR_GROUPS = {"note_group", "opening_group", "redirect_group"}


def stems(folder: str) -> set[str]:
    return {path.stem for path in (BUILT_IN / folder).glob("*.txt")}


@pytest.mark.parametrize("language", ["tr", "de"])
def test_every_text_stands_in_both_tones_where_somebody_is_addressed(language: str) -> None:
    assert {name for name in stems(language) if not name.startswith(ALERTS)} == WITHOUT_TONE[language]
    assert stems(f"{language}/formal") == WITH_TONE[language] | FOR_GROUPS
    assert stems(f"{language}/close") == WITH_TONE[language]


@pytest.mark.parametrize("language", ["tr", "de"])
def test_texts_that_stand_for_both_tones_address_nobody(language: str) -> None:
    for name in WITHOUT_TONE[language] - PRIVATE_TEXTS:
        text = (BUILT_IN / language / f"{name}.txt").read_text(encoding="utf-8")
        assert not FORMAL_WORDS[language].search(text), text
        assert not CLOSE_WORDS[language].search(text), text


@pytest.mark.parametrize("language", ["en", "tr", "de"])
def test_every_text_of_the_renderer_stands_in(language: str) -> None:
    shared = (
        {form.value for form in Form}
        | set(PHRASE_KINDS)
        | {"prep", "wrap_up", "note", "note_group", "greeting", "subject"}
    )
    shared = shared - {Form.CLOSE_OUT.value} | {"after_call"}
    assert shared <= stems(language) | stems(f"{language}/formal")


def test_no_turkish_template_attaches_a_suffix_to_a_variable_or_a_plural_to_a_number() -> None:
    for path in (BUILT_IN / "tr").rglob("*.txt"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"}}['’]?[a-zçğıöşü]", source), path
        assert not re.search(r"(minutes|usual|items_count|items_left) }} \w+l[ae]r", source), path


def test_a_text_for_the_day_of_another_year_says_the_year(words: Words, voice: Voice) -> None:
    call = a_call(at=datetime(2026, 12, 31, 9, tzinfo=UTC), start=datetime(2027, 1, 4, 14, tzinfo=UTC))
    call = replace(call, hard_stop=call.start + timedelta(minutes=45))
    assert "2027" in words.message(voice, a_message(Form.FULL, call)).subject
