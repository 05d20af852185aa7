"""N4: a warm close-out that names the next meeting, found in the calendar."""

from __future__ import annotations

from tests.e2e.needs.owner import Owner

AT = "2026-11-23 09:00"
NEXT = {
    "en.formal": "We talk again on Thursday 26 November at 13:00 your time.",
    "tr.formal": "Bir sonraki görüşmemiz 26 Kasım Perşembe, saat 16:00.",
    "tr.close": "Bir sonraki görüşmemiz 26 Kasım Perşembe, saat 16:00.",
    "de.formal": "Wir sprechen uns wieder am Donnerstag, 26. November, um 14:00 Uhr Ihrer Zeit.",
    "de.close": "Wir sprechen uns wieder am Donnerstag, 26. November, um 14:00 Uhr deiner Zeit.",
}
NONE = {
    "en.formal": "We don't have a next date yet; send me two times that suit you",
    "tr.formal": "Henüz yeni bir görüşme tarihimiz yok; size uygun iki zaman yazarsanız",
    "tr.close": "Henüz yeni bir görüşme tarihimiz yok; sana uygun iki zaman yazarsan",
    "de.formal": "Einen nächsten Termin haben wir noch nicht; schicken Sie mir zwei Zeiten",
    "de.close": "Einen nächsten Termin haben wir noch nicht; schick mir zwei Zeiten",
}


def test_the_words_to_close_with_name_the_next_call_and_ask_for_one_where_there_is_none(owner: Owner) -> None:
    owner.enters("a", "2026-11-24 15:00", 60)
    owner.enters("b", "2026-11-26 16:00", 60)
    owner.does("sync", at=AT)
    first, second = owner.blocks("after")
    assert NEXT[owner.client.name] in first
    assert NONE[owner.client.name] in second
    owner.enters("c", "2027-01-14 16:00", 60)
    owner.does("sync", at=AT)
    assert NONE[owner.client.name] not in owner.blocks("after")[1], "found beyond the horizon too"


def test_it_follows_the_next_call_when_that_moves(owner: Owner) -> None:
    owner.enters("a", "2026-11-24 15:00", 60)
    owner.enters("b", "2026-11-27 16:00", 60)
    owner.does("sync", at=AT)
    owner.moves("2026-11-27 16:00", "2026-11-26 16:00", 60)
    owner.does("sync", at="2026-11-23 12:00")
    assert NEXT[owner.client.name] in owner.blocks("after")[0]
