"""A calendar of calls around the present day, for commands that go by the machine's clock alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ISTANBUL = ZoneInfo("Europe/Istanbul")
_EVENT = """\
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20260101T080000Z
DTSTART;TZID=Europe/Istanbul:{start:%Y%m%dT%H%M%S}
DURATION:PT{minutes}M
RRULE:FREQ=WEEKLY
SUMMARY:{title}
ORGANIZER;CN=Deniz Kaya:mailto:deniz@kaya.example
ATTENDEE;CN={name};PARTSTAT=ACCEPTED:mailto:{email}
END:VEVENT
"""


def put_lately(path: Path) -> Path:
    """Write a calendar file with three calls a week, since eight weeks, on the next working days from tomorrow on."""
    today = datetime.now(UTC).astimezone(ISTANBUL).replace(hour=14, minute=0, second=0)  # noqa: TID251 (the real clock)
    days = [day for n in range(1, 8) if (day := today + timedelta(days=n)).weekday() < 5][:3]
    people = [
        ("Ayşe Yılmaz", "ayse@acme.example", 60),
        ("Mehmet Demir", "mehmet@mavi-yapi.com.tr", 30),
        ("Lena Koch", "lena.koch@gmail.com", 45),
    ]
    events = [
        _EVENT.format(
            uid=f"{email}", start=day - timedelta(weeks=8), minutes=minutes, title="Weekly", name=name, email=email
        )
        for day, (name, email, minutes) in zip(days, people, strict=True)
    ]
    text = "".join(("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n", *events, "END:VCALENDAR\n"))
    path.write_bytes(text.replace("\n", "\r\n").encode())
    return path
