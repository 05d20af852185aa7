"""A mail as bytes: what stands in it, and what no title, name or address can put there."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calsync.channels.mime import LONGEST_SUBJECT, a_label, as_bytes, envelope, needs_utf8, one_line, paragraphs
from calsync.ports import Mail
from tests.contract.channel import a_mail

HEADERS = [
    "Date",
    "Message-ID",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]


def read(mail: Mail) -> EmailMessage:
    return email.message_from_bytes(as_bytes(mail), policy=email.policy.default)


def content(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_mail_to_a_client() -> None:
    message = read(a_mail(date=datetime(2026, 11, 24, 12, 0, 5, 999, tzinfo=timezone(timedelta(hours=3)))))
    assert list(message) == HEADERS
    assert message["Date"] == "Tue, 24 Nov 2026 12:00:05 +0300"
    assert message["From"] == message["Reply-To"] == "Deniz Kaya <deniz@kaya.example>"
    assert message["To"] == "ayse@acme.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert content(message, "plain") == "Merhaba Ayşe Hanım,\n\nyarın 45 dakikamız var.\n"
    assert "<p>yarın 45 dakikamız var.</p>" in content(message, "html")


def test_a_mail_that_follows_others_refers_to_them_by_ids_on_one_line() -> None:
    references = tuple(f"<cs.{'x' * 26}{number}@{'mail.' * 10}kaya.example>" for number in range(5))
    raw = as_bytes(a_mail(references=references))
    assert f"\r\nReferences: {' '.join(references)}\r\n".encode() in raw
    assert f"\r\nIn-Reply-To: {references[-1]}\r\n".encode() in raw


def test_the_same_mail_is_the_same_bytes() -> None:
    assert as_bytes(a_mail()) == as_bytes(a_mail())


def test_a_long_paragraph_is_one_line_again_when_it_is_read() -> None:
    body = "çok uzun " * 300 + "\n\n.\nFrom here\n--=_\n" + "x" * 3000 + "\n"
    raw = as_bytes(a_mail(body=body))
    assert content(read(a_mail(body=body)), "plain") == body
    assert max(len(line) for line in raw.split(b"\r\n\r\n", 1)[1].split(b"\r\n")) <= 76
    assert raw.isascii() and not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)


HOSTILE = [
    pytest.param("x\r\nBcc: evil@example.net", id="CR LF"),
    pytest.param("x\nBcc: evil@example.net", id="LF"),
    pytest.param("x\rBcc: evil@example.net", id="CR"),
    pytest.param("x\u0085Bcc: evil@example.net", id="NEL"),
    pytest.param("x\u2028Bcc: evil@example.net", id="line separator"),
    pytest.param("x\u2029Bcc: evil@example.net", id="paragraph separator"),
    pytest.param("x\x0b\x0c\x1c\x1d\x1e\x00Bcc: evil@example.net", id="control characters"),
    pytest.param("=?utf-8?q?x=0D=0ABcc=3A_evil=40example=2Enet?=", id="a line break in an encoded word"),
    pytest.param("=\u202e?utf-8?b?eA0KQmNjOiBldmlsQGV4YW1wbGUubmV0?=", id="an encoded word behind a bidi sign"),
    pytest.param("x\u202e\u2066\u200fBcc: evil@example.net", id="bidi"),
    pytest.param("x \ud800 y", id="half a surrogate pair"),
    pytest.param("uzun " * 5000, id="very long"),
    pytest.param("x" * 5000, id="very long word"),
    pytest.param("ğ" * 5000, id="very long word of two octets a letter"),
    pytest.param('"Acme" <evil@example.net>, x', id="looks like addresses"),
    pytest.param("", id="empty"),
    pytest.param("\r\n\r\nbody", id="the end of the headers"),
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", ["subject", "sender_name", "body"])
def test_no_text_adds_a_header_a_recipient_or_a_part(field: str, text: str) -> None:
    assert_nothing_was_added(replace(a_mail(), **{field: text}))  # type: ignore[arg-type]  # these are texts


@given(text=st.text(st.characters(codec=None)))
def test_no_text_at_all_does(text: str) -> None:
    for field in ("subject", "sender_name", "body"):
        assert_nothing_was_added(replace(a_mail(), **{field: text}))  # type: ignore[arg-type]  # these are texts


@given(text=st.text(st.sampled_from(list('=?utf8qbQB_0DA@<>,;:"\\ \r\nüı\u202e()'))))
def test_no_text_that_looks_like_mail_does(text: str) -> None:
    for field in ("subject", "sender_name", "body"):
        assert_nothing_was_added(replace(a_mail(), **{field: text}))  # type: ignore[arg-type]  # these are texts


def assert_nothing_was_added(mail: Mail) -> None:
    raw = as_bytes(mail)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert list(message) == HEADERS
    assert [address.addr_spec for address in message["To"].addresses] == ["ayse@acme.example"]
    for name in ("From", "Reply-To"):
        assert [address.addr_spec for address in message[name].addresses] == ["deniz@kaya.example"]
    assert len(list(message.iter_parts())) == 2
    assert raw.isascii() and max(map(len, raw.split(b"\r\n"))) <= 998
    # What the owner reads is what the client reads: no odd reading of the text on the way.
    assert str(message["Subject"]) == one_line(mail.subject, LONGEST_SUBJECT)
    assert content(message, "plain") == paragraphs(mail.body)


@given(
    words=st.lists(st.sampled_from(["Ayşe", "görüşme", "24", "Salı", "—", "İş", "…", "Status", "planı"]), min_size=1)
)
def test_a_line_of_any_words_keeps_its_blanks_however_often_it_is_folded(words: list[str]) -> None:
    line = " ".join(words)
    # Read by the plainest code there is for it: newer parsers put blanks into names of several encoded words.
    message = email.message_from_bytes(as_bytes(a_mail(subject=line, sender_name=line)))
    assert str(make_header(decode_header(message["Subject"]))) == one_line(line, LONGEST_SUBJECT)
    assert str(make_header(decode_header(message["From"]))) == one_line(line, 80) + " <deniz@kaya.example>"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Weekly\r\n sync", "Weekly sync"),
        ("  a \t b\u00a0c ", "a b c"),
        ("a\u202eb", "ab"),
        ("=?x", "= ?x"),
        ("👩\u200d💻 ok", "👩\u200d💻 ok"),
        ("x" * 30, "x" * 19 + "…"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert one_line(text, 20) == line


@pytest.mark.parametrize(
    ("domain", "label"),
    [
        ("acme.example", "acme.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("Çay.Example", "xn--ay-3ia.example"),
    ],
)
def test_a_domain_is_written_as_dns_knows_it(domain: str, label: str) -> None:
    assert a_label(domain) == label
    assert str(read(a_mail(to=f"a@{domain}"))["To"]) == f"a@{label}"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@b.example",
        "a@",
        "a b@c.example",
        "a@b c.example",
        "a@b.example,c@d.example",
        "a@b.example c@d.example",
        "<a@b.example>",
        "Name <a@b.example>",
        '"a b"@c.example',
        "a@[127.0.0.1]",
        "a@b..example",
        "a@b.example\r\nBcc: c@d.example",
        "a\r\nBcc: c@d.example",
        "ayşe@acme.example",
        "a@\u2024.example",
        "a@b\u200b.example",
        "a" * 65 + "@b.example",
        "a@" + "b" * 64 + ".example",
        "a@\ud800.example",
    ],
)
def test_what_is_not_one_plain_address_is_an_error_that_says_so(address: str) -> None:
    for mail in (a_mail(to=address), a_mail(sender=address)):
        with pytest.raises(ValueError, match=r"no address|no domain"):
            as_bytes(mail)


@pytest.mark.parametrize("message_id", ["", "x", "<x>", "x@y.example", "<x@y.example>\n", "<x y@z.example>", "<a@b@c>"])
def test_a_message_id_is_one_or_an_error(message_id: str) -> None:
    with pytest.raises(ValueError, match=r"Message-ID|domain"):
        as_bytes(a_mail(message_id=message_id))
    with pytest.raises(ValueError, match=r"Message-ID|domain"):
        as_bytes(a_mail(references=("<x@y.example>", message_id)))


def test_dates_are_written_with_their_offset() -> None:
    assert read(a_mail(date=datetime(2026, 1, 1, tzinfo=UTC)))["Date"] == "Thu, 01 Jan 2026 00:00:00 +0000"


def test_another_sender_is_in_from_and_answers_go_to_the_owner() -> None:
    message = email.message_from_bytes(as_bytes(a_mail(), sender="office@bücher.example"), policy=email.policy.default)
    assert message["From"] == "Deniz Kaya <office@xn--bcher-kva.example>"
    assert message["Reply-To"] == "Deniz Kaya <deniz@kaya.example>"


def test_an_address_with_other_letters_is_written_as_it_is_where_that_is_taken() -> None:
    raw = as_bytes(a_mail(to="ayşe@çay.example", sender_name="Günther", sender="günther@kaya.example"), utf8=True)
    headers = raw.partition(b"\r\n\r\n")[0].decode()
    assert "\r\nTo: ayşe@xn--ay-3ia.example\r\n" in headers
    assert "\r\nFrom: =?utf-8?q?G=C3=BCnther?= <günther@kaya.example>\r\n" in headers
    assert as_bytes(a_mail(), utf8=True) == as_bytes(a_mail())


@pytest.mark.parametrize(
    ("address", "told", "needs"),
    [
        ("Ayse@Acme.example", "Ayse@Acme.example", False),
        ("ayse@çay.example", "ayse@xn--ay-3ia.example", False),
        ("ayşe@acme.example", "ayşe@acme.example", True),
        ("阿里@acme.example", "阿里@acme.example", True),
        ("अशोक@acme.example", "अशोक@acme.example", True),
    ],
)
def test_an_address_is_told_to_a_server_with_its_domain_as_dns_knows_it(address: str, told: str, needs: bool) -> None:
    assert (envelope(address), needs_utf8(address)) == (told, needs)


@pytest.mark.parametrize(
    "address",
    [
        "ay\u2028şe@acme.example",
        "ş\r\nBcc: x@y.example",
        "ş>@b.example",
        "ş ş@b.example",
        "\u202eş@b.example",
        "ş" * 33 + "@b.example",
    ],
)
def test_other_letters_open_no_way_around_an_address(address: str) -> None:
    for write in (envelope, lambda to: as_bytes(a_mail(to=to), utf8=True)):
        with pytest.raises(ValueError, match="is no address that mail can be sent to"):
            write(address)


@given(to=st.text(st.characters(codec="utf-8"), max_size=12))
def test_no_recipient_at_all_adds_a_header(to: str) -> None:
    try:
        raw = as_bytes(a_mail(to=f"{to}@acme.example"), utf8=True)
    except ValueError:
        return
    assert f"\r\nTo: {to}@acme.example\r\nReply-To: ".encode() in raw
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
