"""Values to rows and back: instants as UTC text of one width, enums by value, spans in one text."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from typing import TypeAlias

from calsync.model.call import Flex
from calsync.model.event import EventRef
from calsync.model.mark import Role
from calsync.model.memory import Announce, CalendarRecord, Decision, KnownCall, Pause, WrittenItem
from calsync.model.message import Kind, Message, MessageKey, State
from calsync.model.text import Form
from calsync.model.times import Span

Value: TypeAlias = str | int | None
Row: TypeAlias = dict[str, Value]


def instant(moment: datetime) -> str:
    """Return `moment` as UTC text of 27 characters; such texts compare as the instants do."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment(text: str) -> datetime:
    """Return the instant that `instant` wrote, in UTC."""
    return datetime.fromisoformat(text)


def _instant_or_none(value: datetime | None) -> str | None:
    return None if value is None else instant(value)


def moment_or_none(text: str | None) -> datetime | None:
    """Return the instant that `instant` wrote, in UTC, if there is one."""
    return None if text is None else moment(text)


def slot_text(slot: datetime | date | None) -> str | None:
    """Return an original start as text: an instant, a date of ten characters, or None."""
    return instant(slot) if isinstance(slot, datetime) else None if slot is None else slot.isoformat()


def _slot(text: str | None) -> datetime | date | None:
    if text is None:
        return None
    return moment(text) if "T" in text else date.fromisoformat(text)


def call_row(call: KnownCall) -> Row:
    """Return the columns of a known call."""
    return {
        "name": call.name,
        "uid": call.uid,
        "slot": slot_text(call.slot),
        "calendar": call.calendar,
        "client": call.client,
        "summary": call.summary,
        "start": instant(call.start),
        "hard_stop": instant(call.hard_stop),
        "first_seen": instant(call.first_seen),
        "gone_at": _instant_or_none(call.gone_at),
        "became": call.became,
        "together": call.group,
        "turn": call.turn,
    }


def call_of(row: sqlite3.Row) -> KnownCall:
    """Return the known call in `row`."""
    return KnownCall(
        name=row["name"],
        uid=row["uid"],
        slot=_slot(row["slot"]),
        calendar=row["calendar"],
        client=row["client"],
        summary=row["summary"],
        start=moment(row["start"]),
        hard_stop=moment(row["hard_stop"]),
        first_seen=moment(row["first_seen"]),
        gone_at=moment_or_none(row["gone_at"]),
        became=row["became"],
        group=bool(row["together"]),
        turn=row["turn"],
    )


def written_row(item: WrittenItem) -> Row:
    """Return the columns of what was last written."""
    return {
        "call": item.call,
        "role": item.role.value,
        "calendar": item.ref.calendar,
        "uid": item.ref.uid,
        "slot": slot_text(item.ref.slot),
        "start": instant(item.start),
        "flex": item.flex,
        "essence": item.essence,
        "text": item.text,
    }


def written_of(row: sqlite3.Row) -> WrittenItem:
    """Return what was last written, from `row`."""
    return WrittenItem(
        call=row["call"],
        role=Role(row["role"]),
        ref=EventRef(calendar=row["calendar"], uid=row["uid"], slot=_slot(row["slot"])),
        start=moment(row["start"]),
        flex=row["flex"],
        essence=row["essence"],
        text=row["text"],
    )


def key_row(key: MessageKey) -> Row:
    """Return the columns that make a message the same message."""
    return {
        "call": key.call,
        "recipient": key.to,
        "start": instant(key.start),
        "kind": key.kind.value,
        "revision": key.revision,
    }


def message_row(message: Message) -> Row:
    """Return the columns of a message, its key among them."""
    return key_row(message.key) | {
        "client": message.client,
        "hard_stop": instant(message.hard_stop),
        "send_at": instant(message.send_at),
        "expires_at": instant(message.expires_at),
        "state": message.state.value,
        "subject": message.subject,
        "body": message.body,
        "form": message.form.value,
        "channel": message.channel,
        "calendar": message.calendar,
        "why": message.why,
        "asked": message.asked,
        "agenda": message.agenda,
        "per_call": message.per_call,
        "flex": message.flex,
        "approved": message.approved,
        "thread": message.thread,
        "sent_at": _instant_or_none(message.sent_at),
        "attempts": message.attempts,
        "retry_at": _instant_or_none(message.retry_at),
        "epoch": message.epoch,
        "begun_at": _instant_or_none(message.begun_at),
    }


def message_of(row: sqlite3.Row) -> Message:
    """Return the message in `row`."""
    return Message(
        key=MessageKey(
            call=row["call"],
            to=row["recipient"],
            start=moment(row["start"]),
            kind=Kind(row["kind"]),
            revision=row["revision"],
        ),
        client=row["client"],
        hard_stop=moment(row["hard_stop"]),
        send_at=moment(row["send_at"]),
        expires_at=moment(row["expires_at"]),
        state=State(row["state"]),
        subject=row["subject"],
        body=row["body"],
        form=Form(row["form"]),
        channel=row["channel"],
        calendar=row["calendar"],
        why=row["why"],
        asked=bool(row["asked"]),
        agenda=row["agenda"],
        per_call=row["per_call"],
        flex=row["flex"],
        approved=bool(row["approved"]),
        thread=row["thread"],
        sent_at=moment_or_none(row["sent_at"]),
        attempts=row["attempts"],
        retry_at=moment_or_none(row["retry_at"]),
        epoch=row["epoch"],
        begun_at=moment_or_none(row["begun_at"]),
    )


def decision_row(decision: Decision) -> Row:
    """Return the columns of a `skip` or `keep`."""
    return {
        "subject": decision.subject,
        "series": decision.series,
        "verdict": decision.verdict,
        "client": decision.client,
        "at": instant(decision.at),
    }


def decision_of(row: sqlite3.Row) -> Decision:
    """Return the decision in `row`."""
    if row["verdict"] not in ("skip", "keep"):
        raise ValueError(f"{row['verdict']!r} is no decision")
    return Decision(
        subject=row["subject"],
        series=bool(row["series"]),
        verdict=row["verdict"],
        client=row["client"],
        at=moment(row["at"]),
    )


def flex_row(call: str, number: int, flex: Flex) -> Row:
    """Return the columns of the flex of a call that has had `number` before."""
    return {
        "call": call,
        "number": number,
        "minutes": flex.minutes,
        "because": flex.because,
        "at": instant(flex.at),
    }


def flex_of(row: sqlite3.Row) -> tuple[str, Flex]:
    """Return the call and its flex in `row`."""
    return row["call"], Flex(minutes=row["minutes"], because=row["because"], at=moment(row["at"]))


def pause_row(pause: Pause) -> Row:
    """Return the columns of a pause."""
    return {
        "client": pause.client,
        "since": instant(pause.since),
        "until": _instant_or_none(pause.until),
        "note": pause.note,
    }


def pause_of(row: sqlite3.Row) -> Pause:
    """Return the pause in `row`."""
    return Pause(client=row["client"], since=moment(row["since"]), until=moment_or_none(row["until"]), note=row["note"])


def announce_row(wish: Announce) -> Row:
    """Return the columns of the wish for an announcement."""
    return {
        "client": wish.client,
        "because": wish.because,
        "at_once": wish.at_once,
        "at": instant(wish.at),
        "revision": wish.revision,
    }


def announce_of(row: sqlite3.Row) -> Announce:
    """Return the wish in `row`."""
    return Announce(
        client=row["client"],
        because=row["because"],
        at_once=bool(row["at_once"]),
        at=moment(row["at"]),
        revision=row["revision"],
    )


def calendar_row(record: CalendarRecord) -> Row:
    """Return the columns of what was last read of a calendar."""
    return {
        "name": record.name,
        "read_at": _instant_or_none(record.read_at),
        "events": record.events,
        "error": record.error,
        "empty_at": _instant_or_none(record.empty_at),
        "foreign_at": _instant_or_none(record.foreign_at),
        "busy": " ".join(f"{instant(span.start)}/{instant(span.end)}" for span in record.busy),
    }


def calendar_of(row: sqlite3.Row) -> CalendarRecord:
    """Return the record in `row`."""
    spans = (text.split("/") for text in row["busy"].split())
    return CalendarRecord(
        name=row["name"],
        read_at=moment_or_none(row["read_at"]),
        events=row["events"],
        error=row["error"],
        empty_at=moment_or_none(row["empty_at"]),
        foreign_at=moment_or_none(row["foreign_at"]),
        busy=tuple(Span(moment(start), moment(end)) for start, end in spans),
    )


def log_of(row: sqlite3.Row) -> tuple[datetime, str, str]:
    """Return when what was done where."""
    return moment(row["at"]), row["what"], row["place"]


def alert_of(row: sqlite3.Row) -> tuple[str, datetime, str]:
    """Return the key of an alert, since when it stands, and what it says."""
    return row["key"], moment(row["at"]), row["what"]
