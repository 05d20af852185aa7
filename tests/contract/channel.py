"""What every channel must do: one suite, a subclass a backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import TypeAlias

import pytest

from calsync.ports import NOT_BEGUN, Channel, Fate, Mail, Outcome, freely

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
Carried: TypeAlias = Callable[[], Sequence[EmailMessage]]


def a_mail(number: int = 1, **other: object) -> Mail:
    mail = Mail(
        message_id=f"<cs.{number}@kaya.example>",
        sender_name="Deniz Kaya",
        sender="deniz@kaya.example",
        to="ayse@acme.example",
        subject="Yarın 14:00, 45 dakika",
        body="Merhaba Ayşe Hanım,\n\nyarın 45 dakikamız var.\n",
        date=NOW,
    )
    return replace(mail, **other)  # type: ignore[arg-type]  # a builder: the names are a mail's


class ChannelContract:
    """Subclasses give `channel`, usable and unused, and `carried`: the mails to clients that it has accepted."""

    def test_a_channel_that_works_has_nothing_to_say(self, channel: Channel, carried: Carried) -> None:
        assert channel.name and channel.check() == ""
        assert carried() == []

    def test_an_accepted_mail_is_carried_once_and_says_what_was_asked(self, channel: Channel, carried: Carried) -> None:
        assert channel.send(a_mail(), freely) == Outcome(fate=Fate.ACCEPTED)
        (mail,) = carried()
        assert mail["To"] == "ayse@acme.example" and mail["Message-ID"] == "<cs.1@kaya.example>"
        assert mail["Subject"] == "Yarın 14:00, 45 dakika"
        part = mail.get_body(("plain",))
        assert part is not None and "yarın 45 dakikamız var." in part.get_content()

    def test_two_mails_are_two(self, channel: Channel, carried: Carried) -> None:
        for number in (1, 2):
            assert channel.send(a_mail(number), freely).fate is Fate.ACCEPTED
        assert sorted(mail["Message-ID"] for mail in carried()) == ["<cs.1@kaya.example>", "<cs.2@kaya.example>"]

    def test_of_a_mail_never_handed_over_it_does_not_say_that_it_went(self, channel: Channel) -> None:
        assert channel.fate(a_mail()) is not Fate.ACCEPTED
        channel.send(a_mail(2), freely)
        assert channel.fate(a_mail()) is not Fate.ACCEPTED

    def test_of_a_mail_that_went_it_does_not_say_that_it_surely_did_not(self, channel: Channel) -> None:
        channel.send(a_mail(), freely)
        assert channel.fate(a_mail(date=NOW + timedelta(hours=1))) is not Fate.REFUSED

    @pytest.mark.parametrize(
        "to", ["", "ayse", "@acme.example", "a@b.example, c@d.example", "a@b.example\nBcc: c@d.example"]
    )
    def test_what_is_not_one_address_is_refused_with_a_reason(
        self, channel: Channel, carried: Carried, to: str
    ) -> None:
        outcome = channel.send(a_mail(to=to), freely)
        assert outcome.fate is Fate.REFUSED and outcome.why
        assert carried() == []

    def test_a_mail_is_begun_once_and_before_it_can_be_seen(self, channel: Channel, carried: Carried) -> None:
        seen: list[int] = []

        def begin() -> bool:
            seen.append(len(carried()))
            return True

        assert channel.send(a_mail(), begin).fate is Fate.ACCEPTED
        assert seen == [0] and len(carried()) == 1

    def test_what_is_not_to_go_any_more_does_not_go(self, channel: Channel, carried: Carried) -> None:
        assert channel.send(a_mail(), lambda: False) == Outcome(fate=Fate.DEFERRED, why=NOT_BEGUN)
        assert carried() == []
        assert channel.send(a_mail(), freely).fate is Fate.ACCEPTED and len(carried()) == 1
