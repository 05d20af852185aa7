"""N5: a limited timeframe that both sides know: in the event, and in the message before every call."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.e2e.needs.owner import HER, ISTANBUL, Owner

CALLS = {"a": "2026-11-24 15:00", "b": "2026-11-25 16:00", "c": "2026-11-26 14:30"}


def test_the_hard_stop_stands_in_the_event_and_in_the_message_before_every_call(owner: Owner) -> None:
    for uid, start in CALLS.items():
        owner.enters(uid, start, 60)
    owner.does("sync", at="2026-11-23 09:00")
    for start in CALLS.values():
        owner.does("sync", at=f"{datetime.fromisoformat(start) - timedelta(days=1):%Y-%m-%d %H:%M}")
    mails = owner.mails(HER)
    assert len(mails) == len(CALLS)
    for (uid, start), mail in zip(CALLS.items(), mails, strict=True):
        here = datetime.fromisoformat(start).replace(tzinfo=ISTANBUL)
        there = here.astimezone(ZoneInfo(owner.client.zone))
        begin, stop, end = (f"{there + timedelta(minutes=by):%H:%M}" for by in (0, 45, 60))
        for text in (owner.note(uid), mail.body):
            assert begin in text and stop in text and "45" in text
        assert end in mail.body, "why the invitation says another end"


def test_once_told_it_moves_by_nothing_but_her_word(owner: Owner) -> None:
    owner.enters("a", "2026-11-24 15:00", 60)
    owner.does("sync", at="2026-11-23 15:00")
    owner.config(more='per_call = "30m"')
    (call,) = owner.sees("plan", at="2026-11-24 09:00")["calls"]
    assert (call["hard_stop"], call["minutes"]) == ("2026-11-24T15:45:00+03:00", 45)
