"""A sentence stands in a text exactly when it is true of the call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from calsync.errors import TextError
from calsync.model.period import Period
from calsync.model.text import (
    AgendaLine,
    CallFacts,
    ClientText,
    Delay,
    Exceeded,
    Form,
    MessageFacts,
    PrepFacts,
    Stage,
    Tone,
)
from calsync.words.render import Words
from tests.words.sample import EMPTY_CALL, FULL_CALL, LESS, MORE, a_call, a_message, a_voice

START = FULL_CALL.start
NOVEMBER = Exceeded(period=Period(date(2026, 11, 1), True), cap=360, used=405)


@pytest.fixture
def body(words: Words) -> Callable[[MessageFacts], str]:
    return lambda facts: words.message(a_voice(), facts).body.text


def a_prep(call: CallFacts = FULL_CALL, **other: object) -> PrepFacts:
    facts: dict[str, object] = {"owner_language": "en", "call": call, "title": "Acme weekly", "who": "Acme"}
    return PrepFacts(**(facts | other))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "sentence", "said"),
    [
        pytest.param(a_message(Form.FIRST), "I'll send one before each call from now on.", True, id="first"),
        pytest.param(a_message(Form.FULL), "from now on", False, id="not the first"),
        pytest.param(a_message(Form.FULL, FULL_CALL), "The invitation runs until 16:00", True, id="longer invitation"),
        pytest.param(a_message(Form.FULL), "The invitation", False, id="invitation as long"),
        pytest.param(
            a_message(Form.FULL, a_call(invited_until=START + timedelta(minutes=45))), "The invitation", False,
            id="invitation ends with the hard stop",
        ),
        pytest.param(a_message(Form.FULL, ask_if_matters=True), "something I should know", True, id="asks"),
        pytest.param(a_message(Form.FULL), "something I should know", False, id="does not ask"),
        pytest.param(
            a_message(Form.FULL, FULL_CALL), "goes to the top of the list for Tuesday 1 December", True, id="next call"
        ),
        pytest.param(a_message(Form.FULL), "top of the list", False, id="no next call"),
        pytest.param(
            a_message(Form.FULL, FULL_CALL, flexed=LESS), "top of the list for", False, id="said with the shorter time"
        ),
        pytest.param(a_message(Form.FULL, FULL_CALL), "Join: https://meet.example/acme", True, id="link"),
        pytest.param(a_message(Form.FULL), "Join", False, id="no link"),
        pytest.param(a_message(Form.FULL, EMPTY_CALL), "Nothing is on the list yet", True, id="no agenda"),
        pytest.param(a_message(Form.FULL, EMPTY_CALL), "Anything missing?", False, id="nothing to miss in no list"),
        pytest.param(
            a_message(Form.FULL, a_call(usual_agenda=True)), "On the list, as usual: Status · Launch date.", True,
            id="usual agenda",
        ),
        pytest.param(a_message(Form.FULL), "• Status\n• Launch date", True, id="agenda"),
        pytest.param(a_message(Form.FULL, replace(FULL_CALL, group=True)), "They're yours", False, id="not all yours"),
        pytest.param(
            a_message(Form.FULL, flexed=MORE),
            "I've kept 45 minutes instead of our usual 30: the contract has to be signed this week. Next time", True,
            id="longer, with her reason",
        ),
        pytest.param(a_message(Form.UPDATE, list_stays=True), "The list stays as it is.", True, id="list stays"),
        pytest.param(a_message(Form.UPDATE), "The list", False, id="list may differ"),
        pytest.param(
            a_message(Form.UPDATE, old_start=START - timedelta(days=1)), "(it was Monday 23 November, 15:00)", True,
            id="moved from another day",
        ),
        pytest.param(
            a_message(Form.UPDATE, old_start=START - timedelta(hours=1)), "(it was 14:00)", True, id="moved on its day"
        ),
        pytest.param(a_message(Form.UPDATE, old_start=START), "it was", False, id="only the end has moved"),
        pytest.param(a_message(Form.REMINDER, a_call(at=START)), "See you today at 15:00", True, id="that same day"),
        pytest.param(a_message(Form.REMINDER), "See you on Tuesday 24 November at 15:00", True, id="the day before"),
        pytest.param(a_message(Form.REMINDER, EMPTY_CALL), "first on the list", False, id="no first point"),
        pytest.param(a_message(Form.CANCELLED), "I've kept our points for next time", True, id="points to keep"),
        pytest.param(a_message(Form.CANCELLED, EMPTY_CALL), "our points", False, id="no points to keep"),
        pytest.param(a_message(Form.ANNOUNCEMENT, shared=True), "We've shared a lot besides work", True, id="personal"),
        pytest.param(a_message(Form.ANNOUNCEMENT), "I enjoy working with you.", True, id="not personal"),
        pytest.param(a_message(Form.ANNOUNCEMENT, usual=45), "We usually have 45 minutes", True, id="a cap"),
        pytest.param(a_message(Form.ANNOUNCEMENT), "usually", False, id="no cap"),
        pytest.param(a_message(Form.ANNOUNCEMENT), "Work has picked up", True, id="no reason given"),
        pytest.param(
            a_message(Form.ANNOUNCEMENT, because="two projects began."), ". Two projects began. So from", True,
            id="her reason",
        ),
        pytest.param(
            a_message(Form.ANNOUNCEMENT, ask_if_matters=True), "before we talk", False, id="asks in its own words"
        ),
    ],
)  # fmt: skip
def test_a_sentence_stands_under_its_condition(
    body: Callable[[MessageFacts], str], facts: MessageFacts, sentence: str, said: bool
) -> None:
    assert (sentence in body(facts)) is said, body(facts)


def test_the_sentences_stand_in_their_order(body: Callable[[MessageFacts], str]) -> None:
    text = body(a_message(Form.FULL, FULL_CALL, flexed=MORE, ask_if_matters=True))
    order = ["Hi Ayşe,", "I've kept", "Berlin time", "The invitation", "On the list", "Anything missing", "should know",
             "What we don't", "Join:", "See you then,\nDeniz"]  # fmt: skip
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_an_announcement_with_its_call_is_one_mail(body: Callable[[MessageFacts], str]) -> None:
    text = body(a_message(Form.ANNOUNCEMENT, FULL_CALL, effective=START))
    assert text.index("I'd like our calls to start with your project") < text.index("We have 45 minutes on Tuesday")
    assert text.count("Hi Ayşe") == text.count("Deniz") == 1


def test_an_announcement_goes_by_itself_without_a_call(words: Words) -> None:
    letter = words.message(a_voice(), MessageFacts(form=Form.ANNOUNCEMENT, call=None, effective=START))
    assert letter.subject == "Our calls from Tuesday 24 November"
    assert "Here is the first" not in letter.body.text


def test_an_announcement_keeps_the_tone_of_its_one_reader_before_a_group_call(words: Words) -> None:
    facts = a_message(Form.ANNOUNCEMENT, replace(FULL_CALL, group=True))
    assert "Hayatında" in words.message(a_voice("tr", Tone.CLOSE), facts).body.text


def test_any_other_message_needs_its_call(words: Words) -> None:
    with pytest.raises(TextError, match="speaks of a call"):
        words.message(a_voice(), MessageFacts(form=Form.FULL, call=None))


@pytest.mark.parametrize(
    ("language", "meeting", "subject"),
    [
        pytest.param("en", False, "Our call on Tuesday 24 November", id="call"),
        pytest.param("en", True, "Our meeting on Tuesday 24 November", id="a place"),
        pytest.param("en-US", False, "Our call on Tuesday, November 24", id="american"),
        pytest.param("tr", False, "24 Kasım Salı görüşmemiz", id="turkish"),
    ],
)
@pytest.mark.parametrize("form", [form for form in Form if form not in (Form.ANNOUNCEMENT, Form.OVER_CAP)])
def test_every_message_of_a_call_has_the_subject_of_the_first(
    words: Words, form: Form, language: str, meeting: bool, subject: str
) -> None:
    facts = a_message(form, a_call(meeting=meeting), flexed=MORE, delay=Delay(minutes=10))
    assert words.message(a_voice(language), facts).subject == subject


@pytest.mark.parametrize(
    ("client_zone", "owner_zone", "said"),
    [
        pytest.param("Europe/Berlin", "Europe/Istanbul", "15:00–15:45 Berlin time (17:00 my time)", id="two clocks"),
        pytest.param("Europe/Istanbul", "Europe/Istanbul", "17:00–17:45.", id="one clock"),
        pytest.param("Europe/Berlin", "Europe/Paris", "15:00–15:45.", id="two zones, one clock"),
        pytest.param(
            "Europe/Berlin", "Pacific/Auckland", "15:00–15:45 Berlin time (Wednesday 25 November, 03:00 my time)",
            id="another day for the owner",
        ),
        pytest.param("Asia/Kolkata", "Europe/Istanbul", "19:30–20:15 Kolkata time", id="half an hour off"),
    ],
)  # fmt: skip
def test_both_clocks_are_told_where_they_differ(words: Words, client_zone: str, owner_zone: str, said: str) -> None:
    assert said in words.message(a_voice(client_zone=client_zone, owner_zone=owner_zone), a_message()).body.text


def test_the_clocks_count_at_the_start_of_the_call(words: Words) -> None:
    """London and Istanbul are two hours apart in summer, three in winter; Lisbon goes with London."""
    summer = datetime(2026, 10, 24, 13, tzinfo=UTC)
    call = a_call(at=summer - timedelta(days=1), start=summer, hard_stop=summer + timedelta(minutes=45))
    for later, said in ((0, "(16:00 my time)"), (1, "(16:00 my time)")):
        moved = replace(
            call, start=call.start + timedelta(days=later), hard_stop=call.hard_stop + timedelta(days=later)
        )
        assert said in words.message(a_voice(client_zone="Europe/London"), a_message(call=moved)).body.text
    assert "14:00–14:45" in words.message(a_voice(client_zone="Europe/London"), a_message(call=call)).body.text
    assert "13:00–13:45" in words.message(a_voice(client_zone="Europe/London"), a_message(call=moved)).body.text


def test_a_minute_is_one_minute(words: Words) -> None:
    call = a_call(hard_stop=START + timedelta(minutes=1), agenda=("Status",))
    assert "We have 1 minute on" in words.message(a_voice(), a_message(call=call)).body.text
    assert "1 point on the list" in words.phrases(a_voice(), call, group=False, paid=False)["opening"][0]


@pytest.mark.parametrize(
    ("language", "greeted", "greeting"),
    [
        pytest.param("en", "Ayşe", "Hi Ayşe,", id="english"),
        pytest.param("en", "", "Hello,", id="english, no name"),
        pytest.param("tr", "Ayşe Hanım", "Merhaba Ayşe Hanım,", id="turkish"),
        pytest.param("tr", "", "Merhaba,", id="turkish, no name"),
        pytest.param("de", "Frau Yılmaz", "Guten Tag Frau Yılmaz,", id="german"),
        pytest.param("de", "", "Guten Tag,", id="german, no name"),
    ],
)
def test_the_recipient_is_greeted(words: Words, language: str, greeted: str, greeting: str) -> None:
    text = words.message(a_voice(language, greeted=greeted), a_message()).body.text
    assert text.startswith(f"{greeting}\n\n")


def test_the_signature_stands_below_the_name(words: Words) -> None:
    text = words.message(a_voice(signature="\nDeniz Kaya\nDesign\n"), a_message()).body.text
    assert text.endswith("See you then,\nDeniz\n\nDeniz Kaya\nDesign")


HOSTILE = "{{ 7*7 }}{% raw %}\r\nBcc: x@y.example\x00\u2028\u202eevil\u2066 \U000e0041\ud800"
HARMLESS = "{{ 7*7 }}{% raw %} Bcc: x@y.example evil"


def test_hostile_values_stay_data_on_one_line(words: Words) -> None:
    voice = a_voice(greeted=HOSTILE, sign=HOSTILE)
    call = a_call(agenda=(HOSTILE, "\u202e\n"), link=HOSTILE)
    letter = words.message(voice, a_message(call=call, flexed=replace(MORE, because=HOSTILE)))
    lines = letter.body.text.splitlines()
    assert lines[0] == f"Hi {HARMLESS},"
    assert f"• {HARMLESS}" in lines and "•" not in lines
    assert f"Join: {HARMLESS}" in lines
    assert lines[-1] == HARMLESS
    assert f"our usual 30: {HARMLESS}. Next time we're back to 30." in letter.body.text
    prep = words.prep(voice, a_prep(call, title=HOSTILE, who=HOSTILE)).text
    assert prep.splitlines()[0] == f"{HARMLESS} · {HARMLESS}"


def test_items_of_nothing_visible_are_no_agenda(words: Words) -> None:
    assert "Nothing is on the list yet" in words.message(a_voice(), a_message(call=a_call(agenda=(" \n",)))).body.text


@pytest.mark.parametrize(
    ("because", "said"),
    [
        pytest.param("I have a train.", ": I have a train. Let's", id="full stop"),
        pytest.param("I have a train", ": I have a train. Let's", id="none"),
        pytest.param("I have a train!", ": I have a train! Let's", id="exclamation mark"),
        pytest.param("I have a train…", ": I have a train… Let's", id="ellipsis"),
        pytest.param("", "our usual 60. Let's", id="no reason"),
    ],
)
def test_a_reason_ends_with_one_mark(words: Words, because: str, said: str) -> None:
    assert said in words.flex_sentence(a_voice(), a_call(), replace(LESS, because=because)).text


def test_the_flex_sentences_are_those_of_the_message(words: Words) -> None:
    for flexed in (MORE, LESS, replace(MORE, usual=45)):
        sentences = words.flex_sentence(a_voice(), a_call(), flexed).text
        assert sentences.endswith("We'll finish at 15:45 Berlin time.")
        assert sentences in words.message(a_voice(), a_message(Form.FLEX, flexed=flexed)).body.text


def test_a_reason_in_turkish_begins_with_a_turkish_capital(words: Words) -> None:
    facts = a_message(Form.ANNOUNCEMENT, because="iki yeni işim var")
    assert "İki yeni işim var." in words.message(a_voice("tr"), facts).body.text


def test_the_note_has_a_heading_only_for_a_list(words: Words) -> None:
    assert words.note(a_voice(client_zone="Europe/Istanbul"), a_call(catch_up=True)).text == (
        "On the list\n• Status\n• Launch date\n17:00–17:45, 45 minutes; we finish at 17:45.\n"
        "The last few minutes are for everything else.\nSomething to add? Just write to me."
    )
    assert words.note(a_voice("tr", client_zone="Europe/Istanbul"), a_call(agenda=())).text == (
        "17:00–17:45, 45 dakika; bitiş saatimiz 17:45.\nEklemek istediğiniz bir şey olursa bana yazın."
    )


def test_the_note_of_a_group_speaks_to_everyone(words: Words) -> None:
    assert words.note(a_voice(client_zone="Europe/Istanbul"), a_call(group=True, catch_up=True)).text == (
        "On the list\n• Status\n• Launch date\n"
        "We have 45 minutes together and finish at 17:45, out of respect for everyone's day.\n"
        "Anything beyond the list: write to me and I'll take it up with you separately."
    )


def test_prep_is_in_the_owners_language_and_time_with_phrases_in_the_clients(words: Words) -> None:
    prep = words.prep(a_voice("tr", Tone.CLOSE), a_prep(owner_language="en")).text
    assert prep.startswith("Acme weekly · Acme\nTuesday 24 November, 17:00–17:45, 45 minutes; hard stop 17:45")
    assert "Berlin time: 15:00–15:45" in prep
    assert "To open\n“Seni görmek güzel" in prep


def test_prep_lays_the_agenda_out_and_says_when_it_does_not_fit(words: Words) -> None:
    layout = (
        AgendaLine(item=Stage.GREETING, minutes=2),
        AgendaLine(item="Status", minutes=50),
        AgendaLine(item=Stage.CATCH_UP, minutes=None),
    )
    prep = words.prep(a_voice(), a_prep(layout=layout, needs=55)).text
    assert "Plan\n• Hello: 2 min\n• Status: 50 min\n• Catching up: no time left\n" in prep
    assert "The agenda needs 55 of 45 min." in prep
    assert "needs" not in words.prep(a_voice(), a_prep(layout=layout)).text


def test_prep_carries_the_note_that_could_not_be_written(words: Words) -> None:
    assert "\nOn the list\n• Status" in words.prep(a_voice(), a_prep(note=ClientText("On the list\n• Status"))).text
    assert "Note for the client" not in words.prep(a_voice(), a_prep()).text


def test_prep_carries_the_spoken_announcement_where_it_is_due(words: Words) -> None:
    prep = words.prep(a_voice(), a_prep(announce=True, shared=True, because="I have two new projects.")).text
    assert "We've shared a lot of personal things, and I've valued that. I have two new projects. So from" in prep
    assert "Before we start, one thing" not in words.prep(a_voice(), a_prep()).text


def test_no_line_of_the_prep_text_comes_twice_in_a_row(words: Words) -> None:
    for call in (FULL_CALL, EMPTY_CALL, replace(FULL_CALL, group=True)):
        said = [
            {line for line in words.prep(a_voice(), a_prep(call, turn=turn)).text.splitlines() if line.startswith("“")}
            for turn in range(9)
        ]
        assert all(one.isdisjoint(following) for one, following in pairwise(said))


def test_the_joke_about_paying_is_for_clients_who_pay_by_the_hour(words: Words) -> None:
    paid = words.phrases(a_voice(), FULL_CALL, group=False, paid=True)["exit"]
    assert "pay me to chat! Back to your project; we talk again on Tuesday 1 December." in paid[-1]
    assert "pay me" not in str(words.phrases(a_voice(), FULL_CALL, group=False, paid=False))
    assert "pay me" not in str(words.phrases(a_voice(), FULL_CALL, group=True, paid=True))


def test_on_the_phone_nobody_is_seen(words: Words) -> None:
    assert "Good to hear your voice" in words.prep(a_voice(), a_prep(on_phone=True)).text
    assert "Good to see you" not in words.prep(a_voice(), a_prep(on_phone=True)).text
    assert "Good to hear your voice" not in words.prep(a_voice(), a_prep()).text


def test_groups_are_led_back_with_other_words(words: Words) -> None:
    one, group = (words.phrases(a_voice(), FULL_CALL, group=group, paid=False) for group in (False, True))
    assert set(one["redirect"]).isdisjoint(group["redirect"])
    assert group["opening"][0].startswith("Hello all,")


def test_without_an_agenda_phrases_speak_of_our_first_point(words: Words) -> None:
    assert "Let's finish our first point" in str(words.phrases(a_voice(), EMPTY_CALL, group=False, paid=False))
    assert "Önce ilk konumuzu bitirelim" in str(words.phrases(a_voice("tr"), None, group=False, paid=False))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        pytest.param(FULL_CALL, "We talk again on Tuesday 1 December at 15:00 your time.", id="next call"),
        pytest.param(EMPTY_CALL, "We don't have a next date yet", id="none, as all was read"),
        pytest.param(a_call(), "thank you, this was useful.”", id="not known: nothing is said"),
    ],
)
def test_the_close_out_names_the_next_meeting(words: Words, call: CallFacts, said: str) -> None:
    assert said in words.wrap_up(a_voice(), a_prep(call)).text


def test_the_wrap_up_says_the_next_call_on_the_owners_clock(words: Words) -> None:
    assert words.wrap_up(a_voice(), a_prep()).text.endswith("Next: Tuesday 1 December, 17:00")
    assert "Sıradaki: 1 Aralık Salı, 17:00" in words.wrap_up(a_voice(), a_prep(owner_language="tr")).text


def test_an_unknown_language_is_told(words: Words) -> None:
    with pytest.raises(TextError, match='no texts in "fr"'):
        words.message(a_voice("fr"), a_message())


@pytest.mark.parametrize("private", ["cap", "cost", "over", "rate"])
def test_no_client_text_speaks_of_caps_or_cost(words: Words, private: str) -> None:
    for form in Form:
        facts = a_message(form, FULL_CALL, flexed=MORE, delay=Delay(minutes=10), exceeded=NOVEMBER)
        words_said = words.message(a_voice(), facts).body.text.lower().split()
        assert private not in words_said


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        pytest.param("en", "Our call time for November", id="english"),
        pytest.param("tr", "Kasım ayı görüşme süremiz", id="turkish"),
        pytest.param("de", "Unsere Gesprächszeit im November", id="german"),
    ],
)
def test_a_note_about_a_cap_says_what_was_planned_and_with_which_call_it_is_more(
    words: Words, language: str, subject: str
) -> None:
    letter = words.message(a_voice(language), a_message(Form.OVER_CAP, exceeded=NOVEMBER))
    assert letter.subject == subject
    hours = {"en": ("6 hours", "6 hours 45 minutes"), "tr": ("6 saat", "6 saat 45 dakika")}
    for said in hours.get(language, ("6 Stunden", "6 Stunden 45 Minuten")):
        assert said in letter.body.text


def test_who_is_late_says_when_she_is_there_on_the_clients_clock_and_whether_the_end_moves(words: Words) -> None:
    at = FULL_CALL.start - timedelta(minutes=12)
    call = a_call(at=at, start=FULL_CALL.start + timedelta(minutes=10))
    stays = words.late_sentence(a_voice(), call, Delay(minutes=10, because="the train stands still.")).text
    assert stays == (
        "I'm running about 10 minutes behind: the train stands still. I'll be with you at 15:10 Berlin time; "
        "we still finish at 15:45."
    )
    moves = words.late_sentence(a_voice("tr"), call, Delay(minutes=10, shift=True)).text
    assert moves == (
        "Yaklaşık 10 dakika gecikeceğim. Saat 15:10 gibi (Berlin saatiyle) başlayabiliriz; yeni bitiş saatimiz 15:45."
    )
