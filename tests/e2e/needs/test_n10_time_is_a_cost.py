"""N10: time spent is a cost: caps by call, week and month, and what was booked, capped and cost, past and ahead."""

from __future__ import annotations

from tests.e2e.needs.owner import Owner

CAPPED = 'per_week = "1h"\nper_month = "10h"\nrate = "90 EUR"'
AT, AFTER = "2026-11-23 09:00", "2026-11-25 09:00"
NOTICE = {
    "en": "1 hour of calls for the week of 23 November; with the call on Thursday 26 November we come to 1 hour 30",
    "tr": "toplam 1 saat görüşme süresi planlamıştık; 26 Kasım Perşembe görüşmemizle toplam 1 saat 30 dakika oluyor",
    "de": "1 Stunde eingeplant; mit dem Gespräch am Donnerstag, 26. November, kommen wir auf 1 Stunde 30 Minuten",
}


def two_calls(owner: Owner) -> None:
    owner.config(more=CAPPED)
    owner.enters("a", "2026-11-24 15:00", 60)
    owner.enters("b", "2026-11-26 15:00", 60)


def test_figures_past_and_ahead_and_the_client_never_reads_of_them(owner: Owner) -> None:
    two_calls(owner)
    for at in (AT, "2026-11-23 15:00", "2026-11-25 15:00"):
        owner.does("sync", at=at)
    (row,) = owner.sees("report", at=AFTER)["clients"]
    assert [row[name] for name in ("calls", "booked", "capped", "taken", "over")] == [1, 60, 45, 45, 0]
    assert row["cost"] == {"amount": 67.5, "currency": "EUR"}
    assert row["ahead"]["calls"] == 1 and row["ahead"]["cost"]["amount"] == 67.5
    (client,) = owner.sees("clients", at=AT)["clients"]
    assert (client["week"], client["month"]["cap"]) == ({"used": 90, "cap": 60}, 600)
    seen = [mail.body for mail in owner.mails()] + [owner.note("a"), owner.note("b")]
    assert len(seen) == 4
    assert not [text for text in seen if any(word in text for word in ("EUR", "90", "67", "1h30m", "10h"))]


def test_over_a_cap_she_is_told_before_the_call_and_the_client_only_by_the_note_that_she_approves(owner: Owner) -> None:
    two_calls(owner)
    assert "1h30m of 1h in the week of 23 Nov" in owner.does("plan", at=AT).out
    owner.does("sync", at=AT)
    (draft,) = (one for one in owner.sees("outbox", at=AT)["messages"] if one["kind"] == "over_cap")
    assert draft["state"] == "asks"
    assert NOTICE[owner.client.language] in draft["body"]
    owner.does("sync", at="2026-11-23 14:00")
    assert owner.mails() == []
    owner.does("outbox", "approve", draft["id"], at="2026-11-23 14:00")
    owner.does("sync", at="2026-11-23 14:00")
    (mail,) = owner.mails()
    assert NOTICE[owner.client.language] in mail.body
