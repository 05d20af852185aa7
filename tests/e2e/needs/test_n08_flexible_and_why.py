"""N8: flexible when needed, and the client is told why: note, blocks and message follow, and it is counted."""

from __future__ import annotations

from tests.e2e.needs.owner import Owner

AT = "2026-11-23 09:00"
MORE = {
    "en": "For this call I've kept 60 minutes instead of our usual 45: {}. Next time we're back to 45.",
    "tr": "Bu görüşmeye her zamanki 45 dakika yerine 60 dakika ayırdım: {}. Bir sonrakinde yine 45 dakikamız var.",
    "de": "ür dieses Gespräch habe ich 60 Minuten statt der üblichen 45 eingeplant: {}. Beim nächsten Mal sind es",
}
LESS = {
    "en.formal": "his time we have 30 minutes instead of our usual 45: {}.",
    "tr.formal": "Bu kez 45 yerine 30 dakikamız var: {}. Sizin için en önemli konuyla başlayalım",
    "tr.close": "Bu kez 45 yerine 30 dakikamız var: {}. Senin için en önemli konuyla başlayalım",
    "de.formal": "iesmal haben wir 30 Minuten statt der üblichen 45: {}. Fangen wir mit dem an, was Ihnen",
    "de.close": "iesmal haben wir 30 Minuten statt der üblichen 45: {}. Fangen wir mit dem an, was dir",
}


def test_more_time_is_told_with_its_reason_and_all_follows(owner: Owner) -> None:
    owner.enters("a", "2026-11-24 15:00", 60)
    owner.does("sync", at=AT)
    said = MORE[owner.client.language].format(owner.client.longer)
    shown = owner.sees("flex", "client", "+15m", "--because", owner.client.longer, "--yes", at=AT)
    assert (shown["minutes"], shown["in_month"]) == (60, 1)
    assert said in shown["sentence"]
    owner.does("sync", at="2026-11-23 15:00")
    (mail,) = owner.mails()
    assert said in mail.body
    assert "60" in owner.note("a")
    assert "hard stop 16:00" in owner.blocks("before")[0]
    after = "2026-11-24 17:00"
    assert owner.sees("report", at=after)["clients"][0]["flexed"] == 15
    assert owner.sees("clients", at=after)["clients"][0]["flexes"] == 1


def test_less_time_after_the_message_is_told_once_more_in_its_thread(owner: Owner) -> None:
    owner.enters("a", "2026-11-24 15:00", 60)
    owner.does("sync", at="2026-11-23 15:00")
    owner.does("flex", "client", "-15m", "--because", owner.client.late, "--yes", at="2026-11-24 10:00")
    owner.does("sync", at="2026-11-24 11:30")
    first, second = owner.mails()
    assert second.subject == f"Re: {first.subject}"
    assert LESS[owner.client.name].format(owner.client.late) in second.body
    owner.does("sync", at="2026-11-24 11:40")
    assert len(owner.mails()) == 2
