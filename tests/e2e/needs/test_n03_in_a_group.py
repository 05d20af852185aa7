"""N3: more direct words when other people are in the call, and polite ones for everybody, whatever the tone."""

from __future__ import annotations

from tests.e2e.needs.owner import HER, Owner

AT = "2026-11-23 09:00"
EVERYBODY = (HER, "colleague@client.example")
REDIRECT = {
    "en": "That deserves its own conversation; I'll follow up with you separately.",
    "tr": "Bu konuyu sizinle ayrıca görüşelim.",
    "de": "Das verdient ein eigenes Gespräch; ich melde mich dazu gesondert bei Ihnen.",
}
OPENING = {"en": "Hello all", "tr": "Herkese merhaba", "de": "Guten Tag zusammen"}
NOTE = {
    "en": "45 minutes together and finish at 12:45 London time, out of respect for everyone's day",
    "tr": "Hep birlikte 45 dakikamız var; herkesin programı aksamasın diye bitiş saatimiz 15:45",
    "de": "Wir haben gemeinsam 45 Minuten",
}


def test_block_note_and_message_are_those_of_a_group(owner: Owner) -> None:
    language = owner.client.language
    owner.enters("a", "2026-11-24 15:00", 60, who=EVERYBODY)
    owner.does("sync", at=AT)
    block = owner.blocks("before")[0]
    assert OPENING[language] in block
    group = owner.sees("phrases", "client", "--group", at=AT)["phrases"]
    assert any(line.startswith(REDIRECT[language]) for line in group["redirect"])
    alone = owner.sees("phrases", "client", at=AT)["phrases"]
    assert not set(group["redirect"]) & set(alone["redirect"])
    assert NOTE[language] in owner.note("a")
    owner.does("sync", at="2026-11-23 15:00")
    (mail,) = owner.mails()
    assert mail.to == HER, "one row, one mail: to her contact, greeted by name"
    assert owner.client.salutation in mail.body.splitlines()[0]
