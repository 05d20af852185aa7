"""From a message to a mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from calsync.deliver.mail import mail_of
from calsync.model.rules import Owner
from tests.contract.ledger import NOW, a_message

OWNER = Owner(
    name="Deniz Kaya",
    sign="Deniz",
    email="deniz@kaya.example",
    timezone=ZoneInfo("Europe/Istanbul"),
    aliases=("d@x.y",),
)


def test_a_mail_is_from_the_owner_on_her_clocks_to_the_one_recipient() -> None:
    message = a_message()
    mail = mail_of(message, OWNER, NOW)
    assert (mail.sender_name, mail.sender, mail.to) == ("Deniz Kaya", "deniz@kaya.example", "ayse@acme.example")
    assert (mail.subject, mail.body, mail.private) == (message.subject, message.body, False)
    assert mail.date == NOW and mail.date.utcoffset() == timedelta(hours=3)


def test_its_id_is_the_same_at_every_try_and_rooted_at_the_owners_domain() -> None:
    message = a_message()
    tried = replace(message, epoch=7, attempts=2, subject="other")
    ids = {mail_of(message, OWNER, NOW).message_id, mail_of(tried, OWNER, NOW + timedelta(days=1)).message_id}
    assert ids == {f"<cs.{message.id}@kaya.example>"}


@pytest.mark.parametrize(
    ("thread", "references"),
    [
        pytest.param("", (), id="none"),
        pytest.param("<cs.first@kaya.example>", ("<cs.first@kaya.example>",), id="follows another"),
        pytest.param(a_message().message_id("kaya.example"), (), id="is the first itself"),
    ],
)
def test_it_refers_to_the_first_of_its_thread(thread: str, references: tuple[str, ...]) -> None:
    assert mail_of(a_message(thread=thread), OWNER, NOW).references == references
