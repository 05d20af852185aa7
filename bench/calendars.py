"""Makes calendars of any size to measure with: a tenth series with exceptions, one event in fifty with a client."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

FIRST = datetime.fromisoformat("2023-01-01T08:00")
DAYS = 5 * 365
ZONES = ("Europe/Istanbul", "Europe/Istanbul", "Europe/Berlin")
RULES = (
    "FREQ=WEEKLY",
    "FREQ=WEEKLY;BYDAY=MO,WE",
    "FREQ=WEEKLY;INTERVAL=2;COUNT=40",
    "FREQ=DAILY;COUNT=15",
    "FREQ=DAILY;UNTIL=20270101T000000Z",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYDAY=2TU",
    "FREQ=YEARLY",
)
PEOPLE = (
    "ORGANIZER;CN=Deniz Kaya:mailto:deniz@kaya.example",
    "ATTENDEE;CN=Deniz Kaya;PARTSTAT=ACCEPTED;CUTYPE=INDIVIDUAL:mailto:deniz@kaya.example",
)
CLIENT = "ATTENDEE;CN=Ayşe Yılmaz;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:ayse@acme.example"
COLLEAGUE = CLIENT.replace("ayse@acme.example", "ayse@team.example")
TEXT = "Görüşmek üzere\\, notlar burada:\\n1. Durum\\n2. Kararlar\\n\\nhttps://meet.example/abc-defg-hij\\n" * 2


def make(path: Path, events: int) -> None:
    """Write a calendar of that many VEVENTs, the same each time, over five years around 2025."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//calsync//bench//EN\r\n")
        for line in _events(events):
            file.write(_folded(line) + "\r\n")
        file.write("END:VCALENDAR\r\n")


def _events(events: int) -> Iterator[str]:
    choice = random.Random(events)
    made = 0
    while made < events:
        zone = choice.choice(ZONES)
        start = FIRST + timedelta(days=choice.randrange(DAYS), minutes=15 * choice.randrange(40))
        uid = f"{choice.getrandbits(64):016x}-{made}@bench.example"
        if made % 10 or made + 3 > events:
            yield from _event(uid, zone, start, [])
            made += 1
            continue
        rule = choice.choice(RULES)
        # The library counts a start that its own rule does not give; so each series begins on one that it does.
        start += timedelta(days=(8 - start.isoweekday()) % 7) if "BYDAY=MO" in rule else timedelta(0)
        if "2TU" in rule:
            first = start.replace(day=1)
            start = first + timedelta(days=(9 - first.isoweekday()) % 7 + 7)
        if start.day > 28 and "MONTHLY" in rule:
            start -= timedelta(days=3)
        excluded = f"EXDATE;TZID={zone}:{start + timedelta(days=7):%Y%m%dT%H%M%S}"
        yield from _event(uid, zone, start, [f"RRULE:{rule}", *([excluded] if rule == "FREQ=WEEKLY" else [])])
        made += 1
        if rule.startswith("FREQ=WEEKLY") and "INTERVAL" not in rule:
            for weeks in (3, 9):
                slot = start + timedelta(weeks=weeks)
                named = f"RECURRENCE-ID;TZID={zone}:{slot:%Y%m%dT%H%M%S}"
                yield from _event(uid, zone, slot + timedelta(hours=2), [named])
                made += 1


def _event(uid: str, zone: str, start: datetime, more: list[str]) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{uid}"
    yield "DTSTAMP:20250101T000000Z"
    yield "CREATED:20250101T000000Z"
    yield "LAST-MODIFIED:20250101T000000Z"
    yield f"DTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}"
    yield f"DTEND;TZID={zone}:{start + timedelta(minutes=45):%Y%m%dT%H%M%S}"
    yield from more
    yield f"SUMMARY:Acme weekly {uid[:6]}"
    yield f"DESCRIPTION:{TEXT}"
    yield "LOCATION:Oda 3"
    yield from PEOPLE
    yield COLLEAGUE if zlib.crc32(uid.encode()) % 50 else CLIENT  # one event in fifty is a client's
    yield "STATUS:CONFIRMED"
    yield "SEQUENCE:1"
    yield "TRANSP:OPAQUE"
    yield "BEGIN:VALARM"
    yield "ACTION:DISPLAY"
    yield "DESCRIPTION:Reminder"
    yield "TRIGGER:-PT15M"
    yield "END:VALARM"
    yield "END:VEVENT"


def _folded(line: str) -> str:
    pieces, piece, room = [], "", 75
    for character in line:
        if len((piece + character).encode()) > room:
            pieces.append(piece)
            piece, room = "", 74
        piece += character
    return "\r\n ".join([*pieces, piece])
