"""Days off, veto and the owner's own mails through the command line, over the sample's folder channel."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from pathlib import Path

from tests.cli.conftest import Run
from tests.sample import mails


def to_herself(sample: Path) -> list[str]:
    """Return subject and text of each mail in `outbox/owner/`."""
    found = []
    for path in sorted((sample / "outbox" / "owner").glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = mail.get_body(("plain",))
        found.append(f"{mail['Subject']}\n{body.get_content() if body is not None else ''}")
    return found


def at(day: int, clock: str) -> tuple[str, str]:
    return "--now", f"2026-11-{day:02}T{clock}:00+03:00"


def change(sample: Path, old: str, new: str) -> None:
    config = sample / "config.toml"
    text = config.read_text(encoding="utf-8")
    assert old in text
    config.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_message_under_veto_is_told_and_the_line_in_the_mail_stops_it(run: Run, sample: Path) -> None:
    change(sample, "[defaults]", '[defaults]\nsend = "veto"')
    assert run("act", "--yes", *at(23, "09:00")).status == 0
    due = [one for one in run("outbox", "--json", *at(23, "09:00")).json["messages"] if one["state"] == "planned"]
    first = min(due, key=lambda one: one["send_at"])["send_at"]
    before = mails(sample)
    hour = int(first[11:13])
    assert run("sync", *at(int(first[8:10]), f"{hour - 2:02}{first[13:16]}")).status == 0
    told = "".join(to_herself(sample))
    (line,) = set(re.findall(r"calsync (outbox skip \w+)", told)) or {""}
    assert line, told
    assert run(*line.split(), *at(int(first[8:10]), f"{hour - 1:02}{first[13:16]}")).status == 0
    assert run("sync", *at(int(first[8:10]), first[11:16])).status == 0
    assert mails(sample) == before


def test_a_vacation_holds_what_would_go_and_status_says_so(run: Run, sample: Path) -> None:
    vacation = (
        "BEGIN:VEVENT\r\nUID:off\r\nDTSTAMP:20261101T080000Z\r\nSUMMARY:Yıllık izin\r\n"
        "DTSTART;VALUE=DATE:20261123\r\nDTEND;VALUE=DATE:20261210\r\nEND:VEVENT\r\n"
    )
    file = sample / "work.ics"
    text = file.read_bytes().decode()
    file.write_bytes(text.replace("END:VCALENDAR", f"{vacation}END:VCALENDAR").encode())
    assert run("act", "--yes", *at(23, "09:00")).status == 0
    assert mails(sample) == []
    said = run("status", *at(23, "09:05")).out
    assert 'day off: yours ("Yıllık izin"); approve it to send' in said
    assert "needs you" in said and "nothing is sent for" in said
    held = [one for one in run("outbox", "--json", *at(23, "09:05")).json["messages"] if one["state"] == "held"]
    assert held and run("outbox", "approve", held[0]["id"], *at(23, "12:00")).status == 0
    assert run("sync", *at(23, "12:00")).status == 0
    assert len(mails(sample)) == 1


def test_in_observe_a_digest_comes_once_at_its_time(run: Run, sample: Path) -> None:
    change(sample, "[owner]", '[owner]\ndigest_at = "16:30"\nweekly_note = "mon 17:00"')
    for clock in ("16:29", "16:30", "16:31", "17:00", "17:01"):
        assert run("sync", *at(23, clock)).status == 0
    subjects = [mail.partition("\n")[0] for mail in to_herself(sample)]
    assert len([one for one in subjects if "would have" in one]) == 1
    assert len([one for one in subjects if "next week" in one]) == 1
    assert mails(sample) == []
