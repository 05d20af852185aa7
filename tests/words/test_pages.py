"""Every text on one page per language and tone, to be read as the client and the owner read them.

CALSYNC_UPDATE_GOLDEN=1 writes the pages anew; read them before they are committed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from calsync.model.alert import AlertKind
from calsync.model.owner_mail import Cap, Digest, Intended, OwnCall, Unsent, WeeklyNote
from calsync.model.period import Period
from calsync.model.text import (
    AgendaLine,
    CallFacts,
    Closing,
    Delay,
    Exceeded,
    Form,
    MessageFacts,
    Overrun,
    PrepFacts,
    Stage,
    Voice,
)
from calsync.words.render import Words
from tests.words.sample import EMPTY_CALL, FULL_CALL, LESS, MORE, RECOVERING, a_call, a_message, a_voice, an_alert

DATA = Path(__file__).parents[1] / "data"
SOON = a_call(at=FULL_CALL.start - timedelta(minutes=12), start=FULL_CALL.start + timedelta(minutes=10))
OLD = FULL_CALL.start - timedelta(days=1, hours=1)

CALLS = {
    "a call with everything": FULL_CALL,
    "a meeting with an empty list": EMPTY_CALL,
    "a group call": replace(FULL_CALL, group=True, invited_until=None),
    "a call with its usual list": a_call(usual_agenda=True),
}
MESSAGES = {
    **{
        f"{form}, the other wording: {about}": a_message(form, CALLS[about], turn=1)
        for form in (Form.SHORT_A, Form.SHORT_B, Form.SHORT_C)
        for about in ("a call with everything", "a call with its usual list")
    },
    "full, longer": a_message(flexed=MORE),
    "full, shorter": a_message(flexed=LESS),
    "short_a, longer": a_message(Form.SHORT_A, flexed=MORE),
    "short_b, shorter": a_message(Form.SHORT_B, flexed=LESS),
    "short_c, longer": a_message(Form.SHORT_C, flexed=MORE),
    "reminder, today": a_message(Form.REMINDER, a_call(at=FULL_CALL.start - timedelta(hours=2))),
    "update, moved": a_message(Form.UPDATE, old_start=OLD, list_stays=True),
    "update, same day": a_message(Form.UPDATE, old_start=FULL_CALL.start - timedelta(hours=1)),
    "update, another end": a_message(Form.UPDATE, old_start=FULL_CALL.start),
    "flex, longer": a_message(Form.FLEX, flexed=MORE),
    "flex, shorter": a_message(Form.FLEX, flexed=LESS),
    "flex, as usual again": a_message(Form.FLEX, flexed=replace(LESS, usual=45, because="")),
    "late": a_message(Form.LATE, SOON, delay=Delay(minutes=10, because="the train stands still.")),
    "late, with another end": a_message(
        Form.LATE, replace(SOON, hard_stop=SOON.hard_stop + timedelta(minutes=10)), delay=Delay(minutes=10, shift=True)
    ),
    "late, on another day, with a flex": a_message(Form.LATE, delay=Delay(minutes=10), flexed=MORE),
    "over the cap of a month": a_message(
        Form.OVER_CAP, exceeded=Exceeded(period=Period(date(2026, 11, 1), True), cap=360, used=405)
    ),
    "over the cap of a week": a_message(
        Form.OVER_CAP, EMPTY_CALL, exceeded=Exceeded(period=Period(date(2026, 11, 23), False), cap=60, used=90)
    ),
    "after an overrun, back to usual": a_message(
        Form.SHORT_A, overrun=Overrun(minutes=20, because="the contract had to be finished.", back=True)
    ),
    "after an overrun, another length": a_message(Form.SHORT_B, overrun=Overrun(minutes=1, because="one more point")),
    "after an overrun, longer": a_message(Form.FULL, flexed=MORE, overrun=Overrun(minutes=20, because="the contract")),
    "close-out, on the same day": a_message(
        Form.CLOSE_OUT,
        a_call(at=FULL_CALL.start + timedelta(hours=1), next_start=FULL_CALL.next_start, next_known=True),
        closing=Closing(decided="we ship on Friday.", prep="the budget table"),
    ),
    "close-out, a day later, without a next date": a_message(
        Form.CLOSE_OUT,
        a_call(at=FULL_CALL.start + timedelta(days=1), next_known=True),
        closing=Closing(prep="the budget table"),
    ),
    "cancelled": a_message(Form.CANCELLED, old_start=OLD),
    "announcement with its call": a_message(
        Form.ANNOUNCEMENT, FULL_CALL, effective=FULL_CALL.at, usual=45, shared=True, ask_if_matters=True
    ),
    "announcement by itself": MessageFacts(
        form=Form.ANNOUNCEMENT, call=None, effective=FULL_CALL.at, because="two new projects have begun."
    ),
}
OWN = OwnCall(start=FULL_CALL.start, who="Acme", title="Acme weekly", minutes=45)
DIGEST = Digest(
    calls=(
        Intended(call=OWN, note=True, blocks=2, taken=0),
        Intended(call=OWN, note=False, blocks=1, taken=1),
    ),
    messages=(
        Unsent(who="Acme", to="ayse@acme.example", kind="timeframe", subject="Our call", at=None, asks=False),
        Unsent(who="Acme", to="can@acme.example", kind="late", subject="Our call", at=FULL_CALL.at, asks=True),
    ),
    taken=2,
    held=1,
)
WEEKLY_NOTE = WeeklyNote(
    to_tell=(OWN,),
    ahead=(OWN, OWN),
    caps=(
        Cap(who="Acme", period=Period(date(2026, 11, 23), False), used=90, cap=120),
        Cap(who="Acme", period=Period(date(2026, 11, 1), True), used=405, cap=360),
    ),
)
FORMS = (Form.FIRST, Form.FULL, Form.SHORT_A, Form.SHORT_B, Form.SHORT_C, Form.REMINDER)
LAYOUT = (
    AgendaLine(item=Stage.GREETING, minutes=2),
    AgendaLine(item="Status", minutes=20),
    AgendaLine(item="Launch date", minutes=20),
    AgendaLine(item=Stage.CLOSE_OUT, minutes=3),
    AgendaLine(item=Stage.CATCH_UP, minutes=None),
)


def page(words: Words, voice: Voice) -> Iterator[str]:
    def letter(title: str, facts: MessageFacts) -> str:
        found = words.message(voice, facts)
        return f"──── {title}\nSubject: {found.subject}\n\n{found.body.text}\n"

    for about, call in CALLS.items():
        for form in FORMS:
            yield letter(f"{form}: {about}", a_message(form, call, ask_if_matters=call is FULL_CALL))
    for title, facts in MESSAGES.items():
        yield letter(title, facts)
    for about, call in CALLS.items():
        yield f"──── note: {about}\n{words.note(voice, call).text}\n"
    for about, call in CALLS.items():
        yield from _private(words, voice, about, call)
    for group in (False, True):
        yield f"──── phrases{', group' if group else ''}"
        for kind, lines in words.phrases(voice, FULL_CALL, group=group, paid=True).items():
            yield "\n".join([f"{kind}:", *lines])
        yield ""
    yield from _alerts(words, voice)
    yield from _own_mails(words, voice)


def _alerts(words: Words, voice: Voice) -> Iterator[str]:
    for title, alerts in {"notification": list(AlertKind), "notification, all over": RECOVERING}.items():
        said = words.notice(
            [an_alert(kind, over=alerts is RECOVERING) for kind in alerts],
            language=voice.language, zone=voice.owner_zone, now=FULL_CALL.at,
        )  # fmt: skip
        yield f"──── {title}\n{said.title}\n\n{said.body}\n"


def _own_mails(words: Words, voice: Voice) -> Iterator[str]:
    told: Any = {"language": voice.language, "zone": voice.owner_zone, "now": FULL_CALL.at}
    for title, notice in {
        "digest": words.digest(DIGEST, **told),
        "digest of nothing": words.digest(Digest(calls=(), messages=(), taken=0, held=0), **told),
        "weekly note": words.weekly_note(WEEKLY_NOTE, **told),
        "weekly note of nothing": words.weekly_note(WeeklyNote(to_tell=(), ahead=(), caps=()), **told),
    }.items():
        yield f"──── {title}\n{notice.title}\n\n{notice.body}\n"


def _private(words: Words, voice: Voice, about: str, call: CallFacts) -> Iterator[str]:
    full = call is FULL_CALL
    facts = PrepFacts(
        owner_language=voice.language,
        call=call,
        title="Acme weekly",
        who="Acme",
        layout=LAYOUT if full else (),
        needs=55 if full else None,
        announce=full,
        shared=True,
        paid=True,
        note=words.note(voice, call) if full else None,
        turn=2,
    )
    yield f"──── prep: {about}\n{words.prep(voice, facts).text}\n"
    yield f"──── wrap-up: {about}\n{words.wrap_up(voice, facts).text}\n"


def test_every_text_reads_as_it_was_approved(words: Words, voice: Voice) -> None:
    golden = DATA / f"texts.{voice.language}.{voice.tone}.txt"
    text = "\n".join(page(words, replace(voice, signature="Deniz Kaya\nDesign for people")))
    if os.environ.get("CALSYNC_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", list(Form))
def test_the_same_facts_give_the_same_text(words: Words, form: Form) -> None:
    exceeded = Exceeded(period=Period(date(2026, 11, 1), True), cap=360, used=405)
    facts = a_message(form, FULL_CALL, flexed=MORE, delay=Delay(minutes=10), exceeded=exceeded)
    assert words.message(a_voice(), facts) == Words().message(a_voice(), facts)
