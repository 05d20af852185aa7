"""What the mails to the owner about her days are told: in her language, on her clocks."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from calsync.model.owner_mail import Digest, OwnCall, WeeklyNote
from calsync.words import dates
from calsync.words.values import Values


def of_digest(digest: Digest, language: str, zone: str, now: datetime) -> Values:
    """Return what the digest says; of a message whose moment has come without `date` and `time`."""
    calls = [
        {"call": _call(one.call, language, zone, now), "note": one.note, "blocks": one.blocks, "taken": one.taken}
        for one in digest.calls
    ]
    messages = []
    for one in digest.messages:
        said: Values = {"who": dates.plain(one.who), "to": one.to, "kind": one.kind, "asks": one.asks}
        said["subject"] = dates.plain(one.subject)
        if one.at is not None:
            said |= {"date": dates.day(one.at, zone, language, at=now), "time": dates.clock(one.at, zone, language)}
        messages.append(said)
    return {"calls": calls, "messages": messages, "taken": digest.taken, "held": digest.held}


def of_weekly_note(note: WeeklyNote, language: str, zone: str, now: datetime) -> Values:
    """Return what the weekly note says."""
    today = now.astimezone(ZoneInfo(zone)).date()
    caps = [
        {
            "who": dates.plain(one.who),
            "period": dates.period(one.period, language, at=today),
            "used": dates.length(one.used, language),
            "cap": dates.length(one.cap, language),
            "over": one.used > one.cap,
        }
        for one in note.caps
    ]
    to_tell, ahead = ([_call(one, language, zone, now) for one in some] for some in (note.to_tell, note.ahead))
    return {"to_tell": to_tell, "ahead": ahead, "caps": caps}


def _call(call: OwnCall, language: str, zone: str, now: datetime) -> Values:
    return {
        "date": dates.day(call.start, zone, language, at=now),
        "start": dates.clock(call.start, zone, language),
        "title": dates.plain(call.title),
        "who": dates.plain(call.who),
        "minutes": call.minutes,
    }
