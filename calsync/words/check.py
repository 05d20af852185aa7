"""Every text tried out for given voices, so that a broken template is found before a client is waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TypeVar

from calsync.errors import TextError
from calsync.model.alert import Alert, AlertFacts, AlertKind, Notice
from calsync.model.message import Kind
from calsync.model.nudge import Moment, NudgeFacts
from calsync.model.owner_mail import Cap, Digest, Intended, OwnCall, Unsent, WeeklyNote
from calsync.model.period import Period
from calsync.model.text import (
    AgendaLine,
    CallFacts,
    ClientText,
    Closing,
    Delay,
    Exceeded,
    Flexed,
    Form,
    MessageFacts,
    Overrun,
    PrepFacts,
    PrivateText,
    Stage,
    Tone,
    Voice,
)
from calsync.words import dates
from calsync.words.lint import lint
from calsync.words.render import Words

_Facts = TypeVar("_Facts")

_PRIVATE = {"prep", "wrap_up", "nudge", "alert", "digest", "weekly_note"}  # the owner reads these

_AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
_CALL = CallFacts(
    at=_AT,
    start=datetime(2026, 11, 24, 14, tzinfo=UTC),
    hard_stop=datetime(2026, 11, 24, 14, 45, tzinfo=UTC),
    invited_until=datetime(2026, 11, 24, 15, tzinfo=UTC),
    agenda=("Status", "Decisions"),
    catch_up=True,
    link="https://meet.example/acme",
    next_start=datetime(2026, 12, 1, 14, tzinfo=UTC),
    next_known=True,
)
_BARE = replace(_CALL, invited_until=None, agenda=(), catch_up=False, link="", next_start=None, meeting=True)
_MONTH, _WEEK = Period(_AT.date().replace(day=1), True), Period(_AT.date(), False)
_DELAYS = (Delay(minutes=1), Delay(minutes=10, because="the train stands still", shift=True))
_CALLS = (
    _CALL,
    _BARE,
    replace(_CALL, group=True),
    replace(_CALL, usual_agenda=True, next_known=False, next_start=None),
)


_OWN = OwnCall(start=_CALL.start, who="Acme", title="Weekly", minutes=45)
_DIGESTS = (
    Digest(calls=(), messages=(), taken=0, held=0),
    Digest(
        calls=(
            Intended(call=_OWN, note=True, blocks=2, taken=0),
            Intended(call=_OWN, note=False, blocks=1, taken=1),
            Intended(call=_OWN, note=False, blocks=0, taken=1),
        ),
        messages=tuple(
            Unsent(who="Acme", to="ayse@acme.example", kind=kind.value, subject="Our call", at=at, asks=at is None)
            for kind in Kind
            for at in (None, _AT)
        ),
        taken=2,
        held=1,
    ),
)
_WEEKLY_NOTES = (
    WeeklyNote(to_tell=(), ahead=(), caps=()),
    WeeklyNote(
        to_tell=(_OWN,),
        ahead=(_OWN,),
        caps=tuple(Cap(who="Acme", period=one, used=used, cap=360) for one in (_MONTH, _WEEK) for used in (90, 405)),
    ),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a text: `broken` when it can't be written, else a word in it that a client should not read."""

    broken: bool
    what: str
    where: str
    hint: str = ""


def check_templates(words: Words, voices: Iterable[Voice]) -> tuple[Finding, ...]:
    """Write every text of `words` for every voice with and without what a call may have; return what is wrong.

    Each finding once; broken ones first. Files in the user's folder that are no text of ours are findings too.
    """
    found = dict.fromkeys(_strangers(words.folder)) if words.folder else {}
    for voice in voices:
        for name, write in _texts(words, voice):
            try:
                text = write()
            except TextError as error:
                found[Finding(True, error.what, error.where, error.hint)] = None
                continue
            for word in () if name in _PRIVATE else lint(text, voice.language):
                hint = "say it in other words; clients read this"
                found[
                    Finding(False, f'"{word}" stands in the text "{name}"', f"{voice.language}, {voice.tone}", hint)
                ] = None
    return tuple(sorted(found, key=lambda finding: not finding.broken))


def _texts(words: Words, voice: Voice) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield each text's name and how to write it."""
    for message in _messages():
        yield message.form.value, partial(_letter, words, voice, message)
    for call in _CALLS:
        layout = (AgendaLine(item=Stage.GREETING, minutes=2), AgendaLine(item="Status", minutes=None))
        facts = PrepFacts(owner_language=voice.language, call=call, title="Weekly", who="Acme", layout=layout)
        full = replace(facts, needs=55, announce=True, shared=True, paid=True, note=ClientText("…"), on_phone=True)
        for prep in (facts, full):
            yield "prep", partial(_text, words.prep, voice, prep)
            yield "wrap_up", partial(_text, words.wrap_up, voice, prep)
            for moment, left in ((Moment.START, 45), (Moment.LEFT, 2), (Moment.STOP, 0)):
                nudge = NudgeFacts(moment=moment, at=call.start, left=left, stop=call.hard_stop, prep=prep)
                yield "nudge", partial(_nudge, words, voice, nudge)
        yield "note_group" if call.group else "note", partial(_text, words.note, voice, call)
    for call_or_none in (*_CALLS, None):
        for group in (False, True):
            yield "phrases", partial(_phrases, words, voice, call_or_none, group)
    for digest in _DIGESTS:
        yield "digest", partial(_own_mail, words.digest, digest, voice)
    for note in _WEEKLY_NOTES:
        yield "weekly_note", partial(_own_mail, words.weekly_note, note, voice)
    for alert in _alerts():
        yield "alert", partial(words.alert_title, [alert], language=voice.language)
        yield "alert", partial(words.alert, alert, language=voice.language, zone=voice.owner_zone, now=_AT)


def _alerts() -> Iterator[Alert]:
    for kind in AlertKind:
        bare = AlertFacts(kind=kind, name="work", client="acme", message="announcement", id="k3f9q2", tries=1)
        full = replace(
            bare, why="Permission denied", start=_CALL.start, goes=_AT, tries=3, digest="7f3a91c2", calls=60, messages=3
        )
        if kind is AlertKind.CAP:
            bare, full = (replace(one, period=str(_MONTH), used=405, cap=360, percent=100) for one in (bare, full))
        for facts in (bare, full):
            for over in (False, True):
                yield Alert(key=kind.value, at=_AT, what="…", facts=facts, over=over)


def _messages() -> Iterator[MessageFacts]:
    for call in _CALLS:
        for period in (_MONTH, _WEEK):
            exceeded = Exceeded(period=period, cap=120, used=165)
            yield MessageFacts(form=Form.OVER_CAP, call=call, exceeded=exceeded)
        for delay in _DELAYS:
            yield MessageFacts(form=Form.LATE, call=call, delay=delay)
            yield MessageFacts(form=Form.LATE, call=replace(call, at=call.start), delay=delay)
        for closing in (Closing(decided="we ship in May"), Closing(prep="the figures")):
            for at in (call.start, call.start + timedelta(days=1)):
                yield MessageFacts(form=Form.CLOSE_OUT, call=replace(call, at=at), closing=closing)
        for overrun in (Overrun(minutes=10, because="the contract"), Overrun(minutes=1, because="…", back=True)):
            for flexed in (None, Flexed(usual=45, minutes=60, because="")):
                yield MessageFacts(form=Form.SHORT_A, call=call, overrun=overrun, flexed=flexed)
    for form in Form:
        if form in (Form.CLOSE_OUT, Form.OVER_CAP, Form.LATE):
            continue
        for call in _CALLS:
            bare = MessageFacts(form=form, call=call)
            if form is not Form.FLEX:
                yield bare
                yield replace(bare, ask_if_matters=True, list_stays=True, usual=45, shared=True, effective=_AT, turn=1)
                yield replace(bare, old_start=call.start - timedelta(days=1), because="Two new projects")
            for usual in (30, 45, 60):
                yield replace(bare, flexed=Flexed(usual=usual, minutes=call.minutes, because="the contract is due"))
    yield MessageFacts(form=Form.ANNOUNCEMENT, call=None, effective=_AT)


def _letter(words: Words, voice: Voice, facts: MessageFacts) -> str:
    letter = words.message(voice, facts)
    return f"{letter.subject}\n{letter.body.text}"


def _own_mail(write: Callable[..., Notice], facts: object, voice: Voice) -> str:
    notice = write(facts, language=voice.language, zone=voice.owner_zone, now=_AT)
    return f"{notice.title}\n{notice.body}"


def _text(write: Callable[[Voice, _Facts], ClientText | PrivateText], voice: Voice, facts: _Facts) -> str:
    return write(voice, facts).text


def _nudge(words: Words, voice: Voice, facts: NudgeFacts) -> str:
    said = words.nudge(voice, facts)
    return f"{said.title}\n{said.body}"


def _phrases(words: Words, voice: Voice, call: CallFacts | None, group: bool) -> str:
    found = words.phrases(voice, call, group=group, paid=True)
    return "\n".join(line for lines in found.values() for line in lines)


def _strangers(folder: Path) -> Iterator[Finding]:
    """Yield the files of the user's folder that no text would ever be read from."""
    from calsync.words.templates import names

    if not folder.is_dir():
        yield Finding(True, "there is no such folder", str(folder), "make it, or take `templates` out of the config")
        return
    for path in sorted(folder.rglob("*.txt")):
        language, *tone = path.relative_to(folder).parts[:-1] or ("",)
        if language not in dates.LANGUAGES:
            hint = f"texts lie in folders named {', '.join(dates.LANGUAGES)}"
            yield Finding(True, f'there are no texts in "{language}"', str(path), hint)
        elif tone not in ([], [Tone.FORMAL], [Tone.CLOSE]):
            yield Finding(True, f'there is no tone "{"/".join(tone)}"', str(path), "the tones are formal and close")
        elif path.stem not in names():
            near = get_close_matches(path.stem, names(), 1)
            hint = f'did you mean "{near[0]}"?' if near else ""
            yield Finding(True, f'there is no text "{path.stem}"', str(path), hint)
