"""Gmail at the fake: what is taken, what is refused, threads, and what it does to a mail."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from typing import Any

import pytest

from tests.fakes.google.client import Bare, service
from tests.fakes.google.server import CALENDAR, GMAIL, Google

SEND = "/gmail/v1/users/me/messages/send"


def written(number: int = 1, **more: str) -> EmailMessage:
    mail = EmailMessage()
    headers = {
        "From": "Deniz Kaya <deniz@kaya.example>",
        "To": "ada@acme.example",
        "Subject": "Our call at 10",
        "Date": "Mon, 23 Mar 2026 09:00:00 +0100",
        "Message-ID": f"<{number}@kaya.example>",
    }
    for name, value in (headers | more).items():
        mail[name] = value
    mail.set_content("Görüşmek üzere\n")
    return mail


def raw(mail: EmailMessage) -> str:
    return base64.urlsafe_b64encode(mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))).decode()


@pytest.fixture
def mailbox(google: Google) -> Bare:
    return Bare(google, GMAIL)


def test_a_mail_is_sent_through_googles_own_library(google: Google) -> None:
    with service(google, GMAIL, name="gmail") as api:
        told = api.users().messages().send(userId="me", body={"raw": raw(written())}).execute()
    assert told["labelIds"] == ["SENT"]
    [sent] = google.gmail.sent
    assert (sent.to, sent.mail["Message-ID"], sent.id) == (("ada@acme.example",), "<1@kaya.example>", told["id"])
    assert sent.mail.get_content().strip() == "Görüşmek üzere"


@pytest.mark.parametrize(
    ("sent", "wrongs"),
    [
        ({}, 0),
        ({"raw": ""}, 0),
        ({"raw": "%%%"}, 1),
        ({"raw": "+/+/"}, 1),
        ({"raw": base64.urlsafe_b64encode(b"Subject: x\r\n\r\nx").decode()}, 0),
        ({"raw": raw(written(To="nobody"))}, 0),
        ({"raw": 5}, 1),
        ({"rawMessage": "x"}, 1),
    ],
    ids=["nothing", "empty", "no-base64", "other-base64", "no-recipient", "no-address", "number", "misspelt"],
)
def test_what_is_no_mail_is_refused(google: Google, mailbox: Bare, sent: dict[str, Any], wrongs: int) -> None:
    told = mailbox.ask("POST", SEND, sent)
    assert told.code == 400
    assert google.gmail.sent == []
    assert len(google.forgive()) == wrongs


@pytest.mark.parametrize(
    "content",
    [
        base64.urlsafe_b64encode(written().as_bytes()).decode(),
        base64.urlsafe_b64encode(b"To: ada@acme.example\r\nSubject: x\r\n\r\nx").decode(),
        base64.urlsafe_b64encode(written().as_bytes().replace(b"\n", b"\r\n") + b"x" * 999 + b"\r\n").decode(),
    ],
    ids=["line-ends", "no-date", "long-line"],
)
def test_a_mail_that_is_not_well_made_is_sent_and_noticed(google: Google, mailbox: Bare, content: str) -> None:
    assert mailbox.ask("POST", SEND, {"raw": content}).code == 200
    assert google.forgive() != []


@pytest.mark.parametrize(
    ("scopes", "send", "profile"),
    [(GMAIL, 200, 403), (CALENDAR, 403, 403), (["https://mail.google.com/"], 200, 200)],
    ids=["send", "calendar", "all"],
)
def test_the_scope_for_sending_reads_nothing(google: Google, scopes: list[str], send: int, profile: int) -> None:
    bare = Bare(google, scopes)
    assert bare.ask("POST", SEND, {"raw": raw(written())}).code == send
    told = bare.ask("GET", "/gmail/v1/users/me/profile")
    assert told.code == profile
    if profile == 200:
        assert told.body["emailAddress"] == "deniz@kaya.example"


def test_only_the_own_mailbox_is_open(mailbox: Bare) -> None:
    assert mailbox.ask("POST", SEND.replace("/me/", "/boss%40corp.example/"), {"raw": raw(written())}).code == 403
    assert mailbox.ask("POST", SEND.replace("/me/", "/deniz%40kaya.example/"), {"raw": raw(written())}).code == 200


def test_a_mail_that_answers_another_stands_in_its_thread(google: Google, mailbox: Bare) -> None:
    answer = {"Subject": "Re: Our call at 10", "In-Reply-To": "<1@kaya.example>", "References": "<1@kaya.example>"}
    first = mailbox.ask("POST", SEND, {"raw": raw(written())}).body["threadId"]
    assert mailbox.ask("POST", SEND, {"raw": raw(written(2, **answer))}).body["threadId"] == first
    renamed = answer | {"Subject": "Something else"}
    assert mailbox.ask("POST", SEND, {"raw": raw(written(3, **renamed))}).body["threadId"] != first
    assert mailbox.ask("POST", SEND, {"raw": raw(written(4)), "threadId": "none"}).code == 404
    assert mailbox.ask("POST", SEND, {"raw": raw(written(5)), "threadId": first}).body["threadId"] != first


def test_a_sender_that_gmail_does_not_know_is_replaced(google: Google, mailbox: Bare) -> None:
    mailbox.ask("POST", SEND, {"raw": raw(written(From="Somebody <else@acme.example>"))})
    assert google.gmail.sent[0].mail["From"] == "deniz@kaya.example"
    assert google.gmail.sent[0].mail["Subject"] == "Our call at 10"


def test_gmail_may_give_a_message_id_of_its_own(google: Google, mailbox: Bare) -> None:
    google.habits.on("forgotten message id")
    mailbox.ask("POST", SEND, {"raw": raw(written())})
    assert google.gmail.sent[0].mail["Message-ID"].endswith("@mail.gmail.com>")


def test_a_days_mails_are_used_up(google: Google, mailbox: Bare) -> None:
    google.gmail.limited = True
    told = mailbox.ask("POST", SEND, {"raw": raw(written())})
    assert (told.code, told.reason) == (429, "usageLimits/rateLimitExceeded")
    assert "Retry after" in told.body["error"]["message"]
    assert google.gmail.sent == []


def test_a_lost_answer_leaves_a_mail_that_was_sent(google: Google, mailbox: Bare) -> None:
    google.habits.on("lost answer", only="users.messages.send")
    with pytest.raises(ConnectionError):
        mailbox.ask("POST", SEND, {"raw": raw(written())})
    assert len(google.gmail.sent) == 1


def test_googles_own_transport_sends_such_a_mail_twice(google: Google) -> None:
    google.habits.on("lost answer", only="users.messages.send")
    with service(google, GMAIL, name="gmail") as api:
        api.users().messages().send(userId="me", body={"raw": raw(written())}).execute()
    assert len(google.gmail.sent) == 2
