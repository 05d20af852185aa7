"""A mail as bytes (RFC 5322, MIME): nothing out of a calendar can add a header, a line or a recipient."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from typing import Any

from calsync.ports import Mail
from calsync.words.html import as_html

LONGEST_SUBJECT = 200

_BODY = SMTP.clone(max_line_length=76)  # quoted-printable has no longer lines (RFC 2045 §6.7)
_WHOLE = SMTP.clone(max_line_length=990)  # RFC 5322 §2.1.1


class _Headers(EmailPolicy):
    """Folds what is text, and leaves addresses and ids on one line, where no server can stumble over them."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name not in ("Subject", "From", "Reply-To"):
            return _WHOLE.clone(utf8=self.utf8).fold_binary(name, value)
        if str(value).isascii():
            return SMTP.fold_binary(name, value)
        # The policies' own folding loses or doubles blanks between encoded words (seen in Python 3.11 to 3.13).
        subject = name == "Subject"
        text = str(value) if subject else value.addresses[0].display_name
        line = f"{name}: {Header(text, 'utf-8', header_name=name).encode(linesep=self.linesep)}"
        return (line + ("" if subject else f" <{value.addresses[0].addr_spec}>") + self.linesep).encode()


_HEADERS = _Headers(linesep="\r\n")
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_DOMAIN = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")
_ID = re.compile(r"<([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+)@([^<>@\s]+)>")
# They turn what follows around, so that a title could make the rest of a line read as something else (UAX #9).
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKS = frozenset({"Cc", "Zl", "Zp"})


def as_bytes(mail: Mail, *, sender: str = "", utf8: bool = False) -> bytes:
    """Return `mail` with CR LF line ends: plain text and the same as modest HTML, to one recipient.

    Reply-To is the mail's sender, who is the owner; From too, unless `sender` is another address of hers.
    utf8: a server on the way takes headers in UTF-8 (SMTPUTF8, RFC 6532), so that an address may have letters of
    any script before its @. The same mail gives the same bytes.

    Raises:
        ValueError: an address or a Message-ID that can't be written; the sentence is for the owner.
    """
    message = EmailMessage(policy=_HEADERS.clone(utf8=utf8))
    message["Date"] = mail.date.replace(microsecond=0)
    message["Message-ID"] = _message_id(mail.message_id)
    message["From"] = _address(sender or mail.sender, mail.sender_name, utf8=utf8)
    message["To"] = _address(mail.to, utf8=utf8)
    message["Reply-To"] = _address(mail.sender, mail.sender_name, utf8=utf8)
    message["Subject"] = one_line(mail.subject, LONGEST_SUBJECT)
    if mail.references:
        references = [_message_id(reference) for reference in mail.references]
        message["In-Reply-To"] = references[-1]
        message["References"] = " ".join(references)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: answering machines stay silent
    message["X-Auto-Response-Suppress"] = "All"  # Exchange's word for the same
    message["MIME-Version"] = "1.0"
    message.make_alternative()
    body = paragraphs(mail.body)
    for subtype, text in (("plain", body), ("html", as_html(body))):
        part = EmailMessage(policy=_BODY)
        part.set_content(text, subtype=subtype, charset="utf-8", cte="quoted-printable")
        del part["MIME-Version"]  # it belongs to the whole (RFC 2045 §4)
        message.attach(part)
    # "=_" can't stand in quoted-printable (RFC 2045 §6.7), so no line of the text ends a part.
    message.set_boundary("=_" + hashlib.sha256(mail.message_id.encode("utf-8", "replace")).hexdigest()[:24])
    return message.as_bytes()


def one_line(text: str, longest: int) -> str:
    """Return `text` as one line of at most `longest` characters: control characters and breaks are blanks."""
    # "=?" begins an encoded word (RFC 2047): written by somebody else, it could hide a line break from us.
    line = " ".join(_readable(text, keep="").replace("=?", "= ?").split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def paragraphs(text: str) -> str:
    """Return `text` with line breaks as LF and without other control characters; it ends with a line break."""
    return _readable(text.replace("\r\n", "\n").replace("\r", "\n"), keep="\n\t").rstrip("\n") + "\n"


def _readable(text: str, keep: str) -> str:
    def readable(char: str) -> str:
        if char in keep:
            return char
        category = unicodedata.category(char)
        if category == "Cs":  # half of a surrogate pair: no character, and no UTF-8
            return "\ufffd"
        return " " if category in _BREAKS else "" if char in _BIDI else char

    return "".join(map(readable, text))


def needs_utf8(address: str) -> bool:
    """Tell whether only servers with SMTPUTF8 (RFC 6531) know an address: there are other letters before its @."""
    return not address.rpartition("@")[0].isascii()


def envelope(address: str) -> str:
    """Return an address as servers are told it, its domain in A-labels.

    Raises:
        ValueError: it is none; the sentence is for the owner.
    """
    return _address(address, utf8=True).addr_spec


def _address(address: str, name: str = "", *, utf8: bool = False) -> Address:
    local, _, domain = address.rpartition("@")
    # Letters of any script with their marks, and digits; what else there is beyond ASCII is in nobody's address.
    plain = local
    if utf8:
        plain = _NOT_ASCII.sub(lambda found: "x" if unicodedata.category(found[0])[0] in "LMN" else " ", local)
    if not _LOCAL.fullmatch(plain) or len(local.encode()) > 64:
        raise ValueError(f'"{one_line(address, 80)}" is no address that mail can be sent to')
    try:
        return Address(display_name=one_line(name, 80), username=local, domain=a_label(domain))
    except (HeaderParseError, ValueError) as error:
        raise ValueError(f'"{one_line(address, 80)}" is no address that mail can be sent to') from error


def a_label(domain: str) -> str:
    """Return a domain as DNS and mail servers know it: `bücher.example` is `xn--bcher-kva.example` (RFC 5891).

    Raises:
        ValueError: it is no domain.
    """
    if not domain.isascii():
        import idna  # hardly ever needed, and not free to import

        # Not Python's own codec: that is the standard of 2003, which sends mail for faß.example to fass.example.
        # And no mapping of letters beyond case: who writes a domain with invisible ones means another domain.
        try:
            domain = idna.encode(domain.lower()).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(f'"{one_line(domain, 80)}" is no domain') from error
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(f'"{one_line(domain, 80)}" is no domain')
    return domain


def _message_id(text: str) -> str:
    found = _ID.fullmatch(text)
    if not found:
        raise ValueError(f'"{one_line(text, 80)}" is no Message-ID')
    return f"<{found[1]}@{a_label(found[2])}>"
