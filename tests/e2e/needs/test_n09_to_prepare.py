"""N9: the client can prepare: agenda, time and how to add to it, well before the call, on her clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.e2e.needs.owner import ISTANBUL, Owner

AT = "2026-11-23 09:00"
ADD = {
    "en.formal": "Anything missing? Just reply and I'll add it.",
    "tr.formal": "Eksik bir şey varsa bu e-postayı yanıtlayın, eklerim.",
    "tr.close": "Eksik bir şey varsa yaz, eklerim.",
    "de.formal": "Fehlt etwas? Antworten Sie einfach, dann nehme ich es auf.",
    "de.close": "Fehlt etwas? Antworte einfach, dann nehme ich es auf.",
}
WHEN = {
    "en": "on Thursday 26 November, 12:00–12:45 London time (15:00 my time)",
    "tr": "26 Kasım Perşembe günü 15:00–15:45 arası",
    "de": "Donnerstag, 26. November, 13:00–13:45 Uhr (Ortszeit Berlin; bei mir 15:00 Uhr)",
}
EMPTY = {
    "en.formal": "tell me what you'd like to cover",
    "tr.formal": "konuşmak istediklerinizi yazarsanız",
    "tr.close": "konuşmak istediklerini yazarsan",
    "de.formal": "schreiben Sie mir, worüber Sie sprechen möchten",
    "de.close": "schreib mir, worüber du sprechen möchtest",
}


def test_she_has_the_list_and_how_to_add_to_it_a_day_before(owner: Owner) -> None:
    owner.enters("a", "2026-11-26 15:00", 60)
    owner.does("sync", at=AT)
    owner.does("agenda", "client", "--add", owner.client.added, at=AT)
    for at in ("2026-11-25 14:59", "2026-11-25 15:00"):
        owner.does("sync", at=at)
    (mail,) = owner.mails()
    start = datetime(2026, 11, 26, 15, tzinfo=ISTANBUL)
    assert start - mail.at == timedelta(days=1)
    assert 9 <= mail.at.astimezone(ZoneInfo(owner.client.zone)).hour < 19
    items = [item.removesuffix(" 10m") for item in (*owner.client.agenda, owner.client.added)]
    for text in (mail.body, owner.note("a")):
        assert all(f"• {item}" in text for item in items), "the list, without her minutes"
        assert "10m" not in text
    assert WHEN[owner.client.language] in mail.body
    assert ADD[owner.client.name] in mail.body


def test_a_list_in_the_event_goes_first_and_without_any_she_is_asked_for_points(owner: Owner) -> None:
    owner.config(more="", agenda=False)
    own = f"DESCRIPTION:Agenda:\\n- {owner.client.open}\\n- {owner.client.agenda[1]}"
    owner.enters("a", "2026-11-24 15:00", 60)
    owner.enters("b", "2026-11-26 15:00", 60, own)
    first, second = (one["body"] for one in owner.sees("plan", at=AT)["messages"])
    assert EMPTY[owner.client.name] in first
    assert f"{owner.client.open} · {owner.client.agenda[1]}" in second
    owner.does("sync", at=AT)
    assert owner.note("b").count(owner.client.open) == 1, "what she wrote herself is not said again"
