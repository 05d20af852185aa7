"""Gmail's users.messages.send and users.getProfile: what is sent is read as a mail, and kept for tests."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses

from tests.fakes.google.ask import Answer, Ask
from tests.fakes.google.clock import Clock
from tests.fakes.google.refusal import Refusal

_MOST_BYTES = 36_700_160
_RAW = re.compile(r"[A-Za-z0-9_-]*={0,2}")
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One mail that Gmail took."""

    id: str
    thread: str
    at: datetime
    raw: bytes
    to: tuple[str, ...]

    @property
    def mail(self) -> EmailMessage:
        """What was sent, read."""
        return _read(self.raw)


class Gmail:
    """One mailbox. sent: what left it, in order; limited: a day's mails are used up."""

    def __init__(self, clock: Clock, account: str) -> None:
        self._clock = clock
        self.account = account
        self.sent: list[Sent] = []
        self.limited = False

    def profile(self, ask: Ask) -> Answer:
        """users.getProfile."""
        self._mine(ask)
        told = {"emailAddress": self.account, "messagesTotal": 4711, "threadsTotal": 1234, "historyId": "987654"}
        return Answer(body=told)

    def send(self, ask: Ask) -> Answer:
        """users.messages.send."""
        self._mine(ask)
        raw = self._raw(ask)
        mail = _read(raw)
        to = tuple(
            address for _, address in getaddresses([str(h) for n in ("To", "Cc", "Bcc") for h in mail.get_all(n, [])])
        )
        if not to:
            raise _refused("Recipient address required")
        if any(not _ADDRESS.fullmatch(address) for address in to):
            raise _refused("Invalid To header")
        self._check_manners(ask, raw, mail)
        if self.limited:
            raise Refusal(
                429,
                "rateLimitExceeded",
                "User-rate limit exceeded.  Retry after " + self._clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                domain="usageLimits",
                status="RESOURCE_EXHAUSTED",
            )
        message, thread = secrets.token_hex(8), self._thread(ask, mail)
        raw = self._with_sender(mail, raw)
        if ask.habits.has("forgotten message id", ask.name) is not None:
            raw = _with_header(raw, "Message-ID", f"<CA{secrets.token_hex(16)}@mail.gmail.com>")
        self.sent.append(Sent(id=message, thread=thread or message, at=self._clock.now(), raw=raw, to=to))
        return Answer(body={"id": message, "threadId": thread or message, "labelIds": ["SENT"]})

    def _mine(self, ask: Ask) -> None:
        if ask.path["userId"] not in ("me", self.account):
            raise Refusal(403, "forbidden", f"Delegation denied for {self.account}", status="PERMISSION_DENIED")

    def _raw(self, ask: Ask) -> bytes:
        text = ask.body.get("raw")
        if not text:
            raise _refused("'raw' RFC822 payload message string or uploading message via /upload/* URL required")
        if not _RAW.fullmatch(text):
            ask.wrong("raw is not in the alphabet for addresses of RFC 4648 §5")
            raise _refused("Invalid value for ByteString")
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except binascii.Error:
            raise _refused("Invalid value for ByteString") from None
        if len(raw) > _MOST_BYTES:
            raise Refusal(413, "uploadTooLarge", "Message too large", status="INVALID_ARGUMENT")
        return raw

    def _check_manners(self, ask: Ask, raw: bytes, mail: EmailMessage) -> None:
        """Note what Gmail lets pass and no mail of ours may have."""
        if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
            ask.wrong("a mail's lines end in CRLF (RFC 5322 §2.1)")
        if any(len(line) > 998 for line in raw.split(b"\r\n")):
            ask.wrong("a line of a mail is longer than 998 bytes (RFC 5322 §2.1.1)")
        for header in ("From", "To", "Subject", "Date", "Message-ID"):
            if len(mail.get_all(header, [])) != 1:
                ask.wrong(f"a mail has one {header}")
        if mail.defects:
            ask.wrong(f"a mail can't be read: {mail.defects}")

    def _with_sender(self, mail: EmailMessage, raw: bytes) -> bytes:
        """Gmail puts the account in place of a sender that it doesn't know."""
        known = [address.casefold() for _, address in getaddresses([str(mail.get("From", ""))])]
        return raw if self.account.casefold() in known else _with_header(raw, "From", self.account)

    def _thread(self, ask: Ask, mail: EmailMessage) -> str:
        """Return the thread that a mail belongs to: by its id, or by what it answers and the same subject."""
        subject = re.sub(r"^(re|fwd?):\s*", "", str(mail.get("Subject", "")), flags=re.IGNORECASE)
        named = f"{mail.get('References', '')} {mail.get('In-Reply-To', '')}"
        for sent in reversed(self.sent):
            earlier = sent.mail
            same = re.sub(r"^(re|fwd?):\s*", "", str(earlier.get("Subject", "")), flags=re.IGNORECASE) == subject
            if same and str(earlier.get("Message-ID", "")).strip() in named.split():
                return sent.thread
        if ask.body.get("threadId"):
            if any(sent.thread == ask.body["threadId"] for sent in self.sent):
                return ""  # known, and the headers don't fit: a thread of its own
            raise Refusal(404, "notFound", "Requested entity was not found.", status="NOT_FOUND")
        return ""


def _refused(words: str) -> Refusal:
    return Refusal(400, "invalidArgument", words, status="INVALID_ARGUMENT")


def _read(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def _with_header(raw: bytes, name: str, value: str) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    folded = rf"(?im)^{re.escape(name)}:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*\r\n".encode()
    rest = re.sub(folded, b"", head + b"\r\n").rstrip(b"\r\n")
    return rest + f"\r\n{name}: {value}".encode() + b"\r\n\r\n" + body
