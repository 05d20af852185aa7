"""What the texts of a call are told: who speaks to whom, and what is true of this call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

from calsync.model.call import Agenda, Call
from calsync.model.event import Occurrence
from calsync.model.memory import OwnerNote
from calsync.model.message import MAYBE_TOLD, Kind
from calsync.model.rules import Client, Owner
from calsync.model.text import CallFacts, ClientText, Flexed, PrepFacts, Voice
from calsync.model.times import DAY, MINUTE, elapsed, later, whole_minutes
from calsync.planning.announcing import pending_announcement
from calsync.planning.fence import cut
from calsync.planning.messages import Context, Draft
from calsync.planning.phrases import share_of

FAR_AHEAD = 92 * DAY
_LINK = re.compile(r"https?://[^\s<>\"'\\]+")
_CONFERENCES = re.compile(
    r"https?://[^\s<>\"'\\/]*\b(?:zoom\.us|meet\.google\.com|teams\.(?:microsoft|live)\.com|whereby\.com|webex\.com|meet\.jit\.si)/[^\s<>\"'\\]+"
)
_PHONE = re.compile(r"\+?\d(?:[\s()./-]?\d){5,}")
_NO_PLACE = re.compile(
    r"\b(?:zoom|teams|meet|skype|phone|telefon\w*|call|online|whatsapp|facetime|webex|video)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Next:
    """The next call with the same client; known: whether everything was read, so that None means there is none."""

    start: datetime | None
    known: bool


def following(calls: Sequence[Call], *, whole: bool, now: datetime) -> dict[str, Next]:
    """Return for each call the next one with its client, among those up to 92 days ahead of `now`.

    One that is doubtful, tentative or on a day off is no date to name, but then it can't be said either that there
    is none.
    """
    found: dict[str, Next] = {}
    later: dict[str, Next] = {}  # by client: what follows the start that is looked at
    for _, same in groupby(reversed(calls), key=lambda call: call.start.astimezone(UTC)):
        together = list(same)
        for call in together:
            found[call.name] = later.get(call.client.key, Next(None, whole))
        for call in together:
            if call.start <= now + FAR_AHEAD:
                sure = not (call.doubtful or call.tentative or call.day_off)
                behind = found[call.name]
                if sure:
                    later[call.client.key] = Next(call.start, whole)
                elif call.client.key not in later or later[call.client.key] == behind:
                    later[call.client.key] = Next(behind.start, whole and behind.start is not None)
    return found


def voice(client: Client, owner: Owner, greeted: str) -> Voice:
    """Return who speaks to whom."""
    return Voice(
        language=client.language,
        tone=client.tone,
        greeted=greeted,
        sign=owner.sign,
        signature=owner.signature,
        client_zone=str(client.timezone),
        owner_zone=str(owner.timezone),
    )


def call_facts(call: Call, agenda: Agenda, coming: Next, at: datetime, *, usual_agenda: bool = False) -> CallFacts:
    """Return what may be said of a call to its client at the instant `at`.

    One whose end moved because the owner is late begins when she is there.
    """
    event = call.occurrence
    return CallFacts(
        at=at,
        start=later(call.start, call.shift * MINUTE),
        hard_stop=call.told_stop,
        invited_until=call.end if call.told_stop < call.end else None,
        group=call.group,
        meeting=is_meeting(event),
        agenda=agenda.items,
        usual_agenda=usual_agenda,
        catch_up=agenda.catch_up,
        link=link_of(event) if call.organized else "",
        next_start=coming.start,
        next_known=coming.known,
    )


def note_facts(call: Call, agenda: Agenda, coming: Next) -> CallFacts:
    """Return what the note says; of an agenda whose list stands in the event only what doesn't stand there."""
    facts = call_facts(call, agenda, coming, call.start)
    return replace(facts, agenda=agenda.besides) if agenda.in_event else facts


def link_of(event: Occurrence) -> str:
    """Return what the call is joined by: a link in the place, else a conference's link in URL or description."""
    if found := _LINK.search(event.location):
        return found[0].rstrip(".,;)")
    for text in (event.url, cut(event.description)):
        if found := _CONFERENCES.search(text):
            return found[0].rstrip(".,;)")
    return ""


def is_meeting(event: Occurrence) -> bool:
    """Tell whether people meet in a place: it has one, and neither a link nor a phone number."""
    place = event.location.strip()
    return bool(place) and not (link_of(event) or _PHONE.search(place) or _NO_PLACE.search(place))


def flexed(call: Call, *, told: int) -> Flexed | None:
    """Return how the owner moved the hard stop of this call, or back to where it was; None if there is nothing to say.

    told: the minutes of flex that the recipient knows of.
    """
    usual, kept = whole_minutes(elapsed(call.start, call.base_stop)), call.minutes - call.shift
    if call.flex is None or (kept == usual and not told):
        return None
    return Flexed(usual=usual, minutes=kept, because=call.flex.because)


def spoken_at(calls: Iterable[Call], drafts: Iterable[Draft], context: Context) -> dict[str, tuple[str, bool]]:
    """Return the calls in whose prep text the announcement stands to be spoken: name → (reason, shared).

    It is the call whose message carries it, or the client's next one after an announcement that went by itself.
    """
    by_client: dict[str, str] = {}
    found: dict[str, tuple[str, bool]] = {}
    for client in context.rules.clients:
        wish = pending_announcement(client, context) or context.memory.announcements.get(client.key)
        by_client[client.key] = wish.because if wish is not None else client.reset_because
    told = [
        (message.client, message.key.call, message.sent_at or message.send_at)
        for message in context.memory.messages
        if message.key.kind is Kind.ANNOUNCEMENT and message.state in MAYBE_TOLD
    ]
    told += [(one.client.key, one.key.call, one.send_at) for one in drafts if one.key.kind is Kind.ANNOUNCEMENT]
    for key, name, at in told:
        for call in calls:
            if call.name == name or (not name and call.client.key == key and call.start > at):
                found[call.name] = (by_client[call.client.key], call.client.shared)
                break
    return found


def prep_facts(
    call: Call,
    agenda: Agenda,
    coming: Next,
    owner: Owner,
    *,
    note: ClientText | None,
    spoken: Mapping[str, tuple[str, bool]],
    turn: int,
    notes: Iterable[OwnerNote] = (),
) -> PrepFacts:
    """Return what the owner's private texts say of a call; `note` where its event can't carry it."""
    because, shared = spoken.get(call.name, ("", False))
    return PrepFacts(
        owner_language=owner.language,
        call=call_facts(call, agenda, coming, call.start),
        title=call.occurrence.summary,
        who=call.client.name,
        layout=agenda.layout,
        needs=agenda.needs,
        announce=call.name in spoken,
        because=because,
        shared=shared,
        paid=call.client.rate is not None,
        note=note,
        notes=tuple(one.text for one in notes if one.client == call.client.key and call.start < one.until),
        turn=turn,
        own=call.client.phrases,
        share=share_of(owner, call.client.language, turn),
        on_phone=not link_of(call.occurrence) and not is_meeting(call.occurrence),
    )
