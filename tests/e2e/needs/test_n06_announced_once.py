"""N6: a one-time announcement that things have changed, with her reason; the words to say stand in her block, once."""

from __future__ import annotations

from tests.e2e.needs.owner import Owner

SPOKEN = {
    "en.formal": "Before we start, one thing.",
    "tr.formal": "Başlamadan önce bir şey söylemek istiyorum.",
    "tr.close": "Başlamadan önce bir şey söylemek istiyorum.",
    "de.formal": "Bevor wir anfangen, eine Sache.",
    "de.close": "Bevor wir anfangen, eine Sache.",
}


def two_calls(owner: Owner) -> None:
    owner.enters("a", "2026-11-24 15:00", 60)
    owner.enters("b", "2026-11-26 15:00", 60)


def test_it_goes_once_with_the_next_message_and_says_why(owner: Owner) -> None:
    two_calls(owner)
    at, because = "2026-11-23 09:00", owner.client.announced
    shown = owner.does("announce", "client", "--because", because, "--yes", at=at)
    assert SPOKEN[owner.client.name] in shown.out
    owner.does("sync", at=at)
    owner.does("sync", at="2026-11-23 15:00")
    owner.does("sync", at="2026-11-25 15:00")
    first, second = owner.mails()
    assert because in first.body and "45" in first.body, "the announcement and the call's lines are one mail"
    assert because not in second.body
    again = owner.calsync("announce", "client", "--because", because, "--yes", at="2026-11-25 15:00")
    assert again.status == 2
    assert "--again" in again.err
    one, other = owner.blocks("before")
    assert SPOKEN[owner.client.name] in one and because in one
    assert SPOKEN[owner.client.name] not in other


def test_a_reset_in_the_config_says_it_without_being_asked(owner: Owner) -> None:
    owner.config(more=f'reset = true\nreset_because = "{owner.client.announced}"')
    two_calls(owner)
    for at in ("2026-11-23 09:00", "2026-11-23 15:00", "2026-11-25 15:00"):
        owner.does("sync", at=at)
    assert [owner.client.announced in mail.body for mail in owner.mails()] == [True, False]
