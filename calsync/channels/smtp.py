"""A channel through a mail server, by smtplib's single commands: at each of them it is known what a break means."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from calsync.channels.connection import Connection, Lost, Reply
from calsync.channels.mime import as_bytes, envelope, needs_utf8
from calsync.channels.reach import Server, Unusable
from calsync.ports import NOT_BEGUN, Begin, Fate, Mail, Outcome, freely

__all__ = ["Server", "SmtpChannel"]

# They put what they send among the sent mail by themselves.
_KEEP_A_COPY = frozenset({"smtp.gmail.com", "smtp.googlemail.com"})
# Where the sign-in is missing or wrong, and not the mail (RFC 4954 §6, RFC 5248 §2.4).
_SIGN_IN = frozenset({530, 534, 535, 538})
# RFC 3463 §3.5: congestion, which passes, whatever the code before it says; Gmail's word for a used up quota.
_CONGESTED = re.compile(r"[45]\.4\.5\b")


@dataclass(frozen=True, slots=True)
class _Letter:
    """A mail ready to go: its envelope and its bytes."""

    sender: str
    to: str
    content: bytes
    utf8: bool


class SmtpChannel:
    """Hands mail to a server. One connection carries several, until `close`.

    sender: From and envelope sender, None for the mail's. copy: whether the owner (the mail's sender) gets a blind
    copy of what is accepted; `auto` unless the server keeps one. Copies go at `close`, when every mail is settled;
    where one fails, `note` is told why, and no more comes of it.
    """

    def __init__(
        self,
        name: str,
        server: Server,
        *,
        sender: str | None = None,
        copy: Literal["auto", "always", "never"] = "auto",
        note: Callable[[str], None] = lambda why: None,
    ) -> None:
        self._name, self._server, self._sender, self._note = name, server, sender, note
        keeps = server.host.removesuffix(".").lower() in _KEEP_A_COPY
        self._copying = copy == "always" or (copy == "auto" and not keeps)
        self._connection: Connection | None = None
        self._copies: list[_Letter] = []

    @property
    def name(self) -> str:
        """See `ports.Channel`."""
        return self._name

    def send(self, mail: Mail, begin: Begin) -> Outcome:
        """See `ports.Channel`; accepted means: the server said so to the whole mail (RFC 5321 §6.1)."""
        try:
            letter = self._letter(mail)
        except ValueError as error:
            return Outcome(fate=Fate.REFUSED, why=str(error))
        outcome = self._carry(letter, begin)
        if outcome.fate is Fate.ACCEPTED and self._copying and not mail.private:
            self._copies.append(replace(letter, to=envelope(mail.sender)))
        return outcome

    def fate(self, mail: Mail) -> Fate:
        """See `ports.Channel`: no server can be asked."""
        return Fate.UNCERTAIN

    def check(self) -> str:
        """See `ports.Channel`; connects, signs in, and takes leave."""
        try:
            Connection(self._server).quit()
        except Unusable as problem:
            return str(problem)
        return ""

    def close(self) -> None:
        """See `ports.Channel`; copies that wait go first."""
        while self._copies:
            outcome = self._carry(self._copies.pop(0), freely)
            if outcome.fate is not Fate.ACCEPTED:
                self._note(f"the copy of a message to you: {outcome.why}")
            if self._connection is None:  # what broke now would break for the others too
                self._copies.clear()
        if self._connection is not None:
            self._connection.quit()
            self._connection = None

    def _letter(self, mail: Mail) -> _Letter:
        sender = self._sender or mail.sender
        utf8 = any(map(needs_utf8, (sender, mail.sender, mail.to)))
        content = as_bytes(mail, sender=sender, utf8=utf8)
        return _Letter(envelope(sender), envelope(mail.to), content, utf8)

    def _carry(self, letter: _Letter, begin: Begin) -> Outcome:
        try:
            connection, refusal = self._named(letter)
            return refusal or self._delivered(connection, letter, begin)
        except Unusable as problem:
            return Outcome(fate=Fate.DEFERRED, why=str(problem))
        except Lost as lost:
            # Its end had not left: what a server has of it then, it gives up (RFC 5321 §4.1.1.10).
            self._drop()
            return Outcome(fate=Fate.DEFERRED, why=f"{self._server.named}: {lost}")
        except BaseException:
            self._drop()
            raise

    def _named(self, letter: _Letter) -> tuple[Connection, Outcome | None]:
        """Name sender and recipient; return the connection, and what the server has against them.

        It may have closed the connection at hand meanwhile: then it is opened again, once.
        """
        if self._connection is not None:
            try:
                self._connection.rset()
                return self._connection, _refused(self._connection, letter)
            except Lost:
                self._drop()
        self._connection = Connection(self._server)
        return self._connection, _refused(self._connection, letter)

    def _delivered(self, connection: Connection, letter: _Letter, begin: Begin) -> Outcome:
        """Hand over the content, if it may begin."""
        if not begin():
            return Outcome(fate=Fate.DEFERRED, why=NOT_BEGUN)
        said = connection.data()
        if said.code != 354:
            return _outcome("the mail", said)
        connection.write(letter.content)
        connection.end()
        # From here on the server may have taken it, whatever becomes of its answer.
        try:
            said = connection.answer()
            if 200 <= said.code < 300:
                return Outcome(fate=Fate.ACCEPTED)
            return _outcome("the mail", said)
        except Lost as lost:
            self._drop()
            return Outcome(fate=Fate.UNCERTAIN, why=f"{self._server.named}: {lost}, when the whole mail had gone")

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.drop()
            self._connection = None


def _refused(connection: Connection, letter: _Letter) -> Outcome | None:
    """Begin a transaction; None where the server takes both addresses."""
    options = [f"SIZE={len(letter.content)}"] if connection.has("size") else []
    if letter.utf8:
        if not connection.has("smtputf8"):
            why = "the address has letters beyond a-z before its @, and the mail server takes none (SMTPUTF8)"
            return Outcome(fate=Fate.REFUSED, why=why)
        options.append("SMTPUTF8")
    if not 200 <= (said := connection.mail(letter.sender, tuple(options))).code < 300:
        return _outcome("the sender", said)
    if not 200 <= (said := connection.rcpt(letter.to)).code < 300:
        return _outcome("the address", said)
    return None


def _outcome(what: str, said: Reply) -> Outcome:
    """Return what a refusal means: 4yz may pass, 5yz stays (RFC 5321 §4.2.1), and a sign-in can be mended.

    Raises:
        Lost: it is neither.
    """
    if not 400 <= said.code < 600:
        raise Lost(f"an answer that makes no sense ({said.text if said.code < 0 else said})")
    stays = said.code >= 500 and said.code not in _SIGN_IN and not _CONGESTED.match(said.text)
    why = f"the mail server {'refuses' if stays else 'does not take'} {what}{'' if stays else ' now'}: {said}"
    return Outcome(fate=Fate.REFUSED if stays else Fate.DEFERRED, why=why)
