"""N1: polite words at hand to redirect a one-to-one call, in the client's language and tone."""

from __future__ import annotations

from tests.e2e.needs.owner import Owner

SAID = {
    "en.formal": "Thank you for telling me. Let's finish our first point and then come back to this.",
    "tr.formal": "Paylaştığınız için teşekkür ederim. Önce ilk konumuzu bitirelim, sonra buna dönelim.",
    "tr.close": "Paylaştığın için teşekkürler. Önce ilk konumuzu bitirelim, sonra buna dönelim.",
    "de.formal": "Danke, dass Sie mir das erzählen. Bringen wir unseren ersten Punkt zu Ende und kommen dann darauf "
    "zurück.",
    "de.close": "Danke, dass du mir das erzählst. Bringen wir unseren ersten Punkt zu Ende und kommen dann darauf "
    "zurück.",
}


def test_the_words_are_asked_for_and_stand_in_her_own_block_before_the_call_alone(owner: Owner) -> None:
    owner.enters("a", "2026-11-24 15:00", 60)
    owner.enters("b", "2026-11-26 15:00", 60)
    phrases = owner.sees("phrases", "client", at="2026-11-23 09:00")["phrases"]
    assert SAID[owner.client.name] in phrases["redirect"]
    owner.does("sync", at="2026-11-23 09:00")
    first, second = owner.blocks("before")
    item = owner.client.agenda[0].removesuffix(" 10m")
    lines = [line.strip("“”") for line in f"{first}\n{second}".splitlines() if item in line and line.startswith("“")]
    assert len(set(lines)) == len(lines) >= 8, "four to lead back, none twice in a row, and more of other kinds"
    owner.does("sync", at="2026-11-25 16:00")
    seen = "".join([owner.note("a"), owner.note("b"), *(mail.body for mail in owner.mails())])
    assert seen.count("45") >= 4
    assert [line for line in lines if line in seen] == []


def test_her_own_lines_stand_in_place_of_ours(owner: Owner) -> None:
    owner.config(more=f'phrases.redirect = ["{owner.client.redirect}"]')
    assert owner.sees("phrases", "client", at="2026-11-23 09:00")["phrases"]["redirect"] == [owner.client.redirect]
    owner.enters("a", "2026-11-24 15:00", 60)
    owner.does("sync", at="2026-11-23 15:00")
    assert f"“{owner.client.redirect}”" in owner.blocks("before")[0]
    assert owner.client.redirect not in owner.note("a") + owner.mails()[0].body
