"""N11: reciprocity without pretending: a little of oneself and back to work, in her block and never sent."""

from __future__ import annotations

from tests.e2e.needs.owner import Owner

WARM = {
    "en.formal": "I can hear how much that means to you.",
    "tr.formal": "Bunun sizin için ne kadar önemli olduğunu anlıyorum.",
    "tr.close": "Bunun senin için ne kadar önemli olduğunu anlıyorum.",
    "de.formal": "Ich höre, wie viel Ihnen das bedeutet.",
    "de.close": "Ich höre, wie viel dir das bedeutet.",
}


def test_a_small_true_thing_stands_in_her_words_in_the_clients_language_and_is_never_sent(owner: Owner) -> None:
    her = owner.client
    owner.config(owner=f'share.{her.language} = ["{her.share}"]')
    owner.enters("a", "2026-11-24 15:00", 60)
    phrases = owner.sees("phrases", "client", at="2026-11-23 09:00")["phrases"]
    assert all(her.share in line and line.count("…") == 1 for line in phrases["yourself"]), "and back to work"
    assert WARM[her.name] in phrases["warm"]
    for at in ("2026-11-23 09:00", "2026-11-23 15:00"):
        owner.does("sync", at=at)
    assert her.share in owner.blocks("before")[0]
    (mail,) = owner.mails()
    assert her.share not in mail.body + owner.note("a")


def test_nothing_of_that_is_said_where_she_has_nothing_in_the_clients_language(owner: Owner) -> None:
    other = "tr" if owner.client.language == "de" else "de"
    owner.config(owner=f'share.{other} = ["{owner.client.share}"]')
    phrases = owner.sees("phrases", "client", at="2026-11-23 09:00")["phrases"]
    assert not [line for line in phrases["yourself"] if owner.client.share in line]
    assert len(phrases["yourself"]) >= 2
