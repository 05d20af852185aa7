"""Whose words the tests look at: Deniz in Istanbul, her client Ayşe of Acme in Berlin."""

from __future__ import annotations

from datetime import UTC, datetime

from calsync.model.alert import Alert, AlertFacts, AlertKind
from calsync.model.text import CallFacts, Flexed, Form, MessageFacts, Tone, Voice

VOICES = [
    ("en", Tone.FORMAL),
    ("en-US", Tone.FORMAL),
    ("tr", Tone.FORMAL),
    ("tr", Tone.CLOSE),
    ("de", Tone.FORMAL),
    ("de", Tone.CLOSE),
]


def a_voice(
    language: str = "en",
    tone: Tone = Tone.FORMAL,
    *,
    greeted: str | None = None,
    sign: str = "Deniz",
    signature: str = "",
    client_zone: str = "Europe/Berlin",
    owner_zone: str = "Europe/Istanbul",
) -> Voice:
    if greeted is None:
        greeted = {"tr": "Ayşe Hanım", "de": "Frau Yılmaz"}.get(language, "Ayşe") if tone is Tone.FORMAL else "Ayşe"
    return Voice(
        language=language,
        tone=tone,
        greeted=greeted,
        sign=sign,
        signature=signature,
        client_zone=client_zone,
        owner_zone=owner_zone,
    )


def a_call(**other: object) -> CallFacts:
    """Return Tuesday 24 November 2026, 15:00-15:45 in Berlin (17:00 in Istanbul), as read the day before."""
    facts: dict[str, object] = {
        "at": datetime(2026, 11, 23, 8, tzinfo=UTC),
        "start": datetime(2026, 11, 24, 14, tzinfo=UTC),
        "hard_stop": datetime(2026, 11, 24, 14, 45, tzinfo=UTC),
        "agenda": ("Status", "Launch date"),
    }
    return CallFacts(**(facts | other))  # type: ignore[arg-type]


def a_message(form: Form = Form.FULL, call: CallFacts | None = None, **other: object) -> MessageFacts:
    return MessageFacts(form=form, call=call or a_call(), **other)  # type: ignore[arg-type]


FULL_CALL = a_call(
    invited_until=datetime(2026, 11, 24, 15, tzinfo=UTC),
    catch_up=True,
    link="https://meet.example/acme",
    next_start=datetime(2026, 12, 1, 14, tzinfo=UTC),
    next_known=True,
)
EMPTY_CALL = a_call(agenda=(), meeting=True, next_known=True)
MORE = Flexed(usual=30, minutes=45, because="the contract has to be signed this week.")
LESS = Flexed(usual=60, minutes=45, because="I have a train to catch.")

RECOVERING = [
    AlertKind.CALENDAR, AlertKind.DEFERRED, AlertKind.HOURLY, AlertKind.DAEMON, AlertKind.CONFIG, AlertKind.BACKUP,
    AlertKind.OTHER,
]  # fmt: skip


def an_alert(kind: AlertKind, *, over: bool = False, **other: object) -> Alert:
    facts: dict[str, object] = {
        "name": "work",
        "why": "the calendar file can't be read: Permission denied.",
        "client": "acme",
        "message": "reminder",
        "start": FULL_CALL.start,
        "goes": FULL_CALL.at,
        "id": "k3f9q2",
        "tries": 3,
        "digest": "7f3a91c2",
        "calls": 60,
        "messages": 1,
        "period": "2026-11",
        "used": 405,
        "cap": 360,
        "percent": 80,
    }
    told = AlertFacts(kind=kind, **(facts | other))  # type: ignore[arg-type]
    return Alert(key=kind.value, at=FULL_CALL.at, what="a sentence with ayse@acme.example", facts=told, over=over)
