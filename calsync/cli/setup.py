"""The first parts of the conversation of `init`: the owner, her calendar, and how messages go out."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from calsync.calendars.file import FileCalendar
from calsync.cli import guess
from calsync.cli.ask import Interview, of, one_of, or_none
from calsync.errors import CalendarUnreadable
from calsync.planning.suggest import looked_at
from calsync.settings.channels import PORTS
from calsync.settings.kinds import ADDRESS, HOST, LINE, PATH, ZONE, Integer
from calsync.settings.problems import Problems
from calsync.settings.schema import LANGUAGE
from calsync.settings.secrets import Secret

Table = dict[str, Any]
LANGUAGES = LANGUAGE.words
_PORT = Integer(1, 65535)
_ANY_ZONE = ZoneInfo("UTC")  # where floating times stand doesn't matter to whether a file can be read
_PASSWORD = "file:PATH, env:NAME, credential:NAME or command:WORDS"  # noqa: S105 (how one is named)


@dataclass(slots=True)
class Draft:
    """A config as it grows. secret: what goes into a file of its own beside it, and where; kept out of the config."""

    path: Path
    document: Table
    secret: tuple[Path, str] | None = None


def owner(talk: Interview, environ: Mapping[str, str]) -> Table:
    """Ask who the owner is."""
    talk.title("You")
    name = talk.ask("name", "Your name", of(LINE), proposed=guess.full_name() or None)
    # Nobody is greeted by a full name alone; without being asked, she signs with what she has given.
    sign = talk.ask("sign", "How you sign", of(LINE), default="", proposed=(name.split() or [""])[0])
    email = talk.ask("email", "Your mail address", of(ADDRESS))
    zone = guess.zone(environ)
    timezone = talk.ask("timezone", "Your time zone, as Europe/Berlin", of(ZONE), default=zone or None)
    spoken = f"Your language: {', '.join(LANGUAGES[:-1])} or {LANGUAGES[-1]}"
    language = talk.ask("language", spoken, one_of(LANGUAGES), default="en", proposed=guess.language(environ))
    found = {"name": name, "sign": sign, "email": email, "timezone": timezone, "language": language}
    return {key: value for key, value in found.items() if key != "sign" or value not in ("", name)}


def calendar(talk: Interview, now: datetime) -> Table:
    """Ask for the calendar file, and see that it can be read."""
    talk.title("Your calendar")
    talk.say("  The file (.ics) in which your calendar program keeps it. Feeds, CalDAV and Google are to come.")
    candidates = guess.calendars(Path.home(), Path.cwd()) if talk.live else ()
    for n, path in enumerate(candidates, 1):
        talk.say(f"    {n}  {_short(path)}")
    question = "Its number, or a path" if candidates else "Its path"

    def read(text: str) -> str:
        chosen = text.strip()
        if chosen.isascii() and chosen.isdigit() and 0 < int(chosen) <= len(candidates):
            chosen = str(candidates[int(chosen) - 1])
        path = _whole(chosen)
        try:
            reading = FileCalendar("work", Path(path), _ANY_ZONE, backups=Path(path).parent).read(looked_at(now))
        except CalendarUnreadable as error:
            raise ValueError(f"{path}: {error.what}") from None
        talk.say(f"  {reading.events} events in it")
        return path

    return {"type": "ics", "path": talk.ask("calendar", question, read)}


def channel(talk: Interview, draft: Draft) -> tuple[str, Table]:
    """Ask how messages go out; return the channel's name and table."""
    talk.title("How messages go out")
    talk.say("  folder: a file a message, which you open and send yourself. smtp: by your mail server.")
    if talk.ask("channel", "folder or smtp", one_of(("folder", "smtp")), default="folder") == "smtp":
        return "mail", _smtp(talk, draft)
    return "outbox", {"type": "folder", "path": talk.ask("folder", "Which folder", _folder, default="outbox")}


def _smtp(talk: Interview, draft: Draft) -> Table:
    table: Table = {"type": "smtp", "host": talk.ask("smtp_host", "Your mail server, as mail.kaya.example", of(HOST))}
    port = int(talk.ask("smtp_port", "Its port", _port, default="587") or PORTS["starttls"])
    likely = "tls" if port == PORTS["tls"] else "starttls"
    security = talk.ask("smtp_security", "starttls, tls or none", one_of(("starttls", "tls", "none")), default=likely)
    table |= {"security": security} if security != "starttls" else {}
    table |= {"port": port} if port != PORTS.get(security) else {}
    where = "" if talk.live else _password(talk)
    # Whoever has a password signs in, by the address unless something else was said.
    email = draft.document["owner"]["email"]
    question, unasked = "The name to sign in with, - for none", email if where else ""
    user = talk.ask("smtp_user", question, or_none(of(LINE)), default=unasked, proposed=email)
    if user and talk.live:
        where = _password(talk) or _typed(talk, draft)
    elif user and not where:
        talk.needs("smtp_password")
    if user and where:
        table |= {"user": user, "password": _place(where)}
    return table


def _password(talk: Interview) -> str:
    talk.say(f"  Its password stays out of the config. Where is it? {_PASSWORD}.")
    return talk.ask("smtp_password", "Enter to type it now, into a file that only you can read", _where, default="")


def _typed(talk: Interview, draft: Draft) -> str:
    path = draft.path.with_name("mail.password")
    n = 1
    while os.path.lexists(path):
        n += 1
        path = draft.path.with_name(f"mail-{n}.password")
    draft.secret = (path, talk.prompt("The password (not shown)", _secret, hidden=True))
    return f"file:{path.name}"


def _secret(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("type it on one line")
    return text


def _where(text: str) -> str:
    """Return where a password is; what was said instead is never shown, it may be one."""
    text = text.strip()
    source, colon, _ = text.partition(":")
    if not colon or source not in Secret.SOURCES:
        if text:
            raise ValueError(f"write {_PASSWORD}; the password itself never stands here")
        return ""
    problems = Problems()
    Secret().read(_place(text), ("password",), problems)
    if problems.found:
        raise ValueError(f"that is no place of a secret; write {_PASSWORD}")
    return f"file:{_whole(text.partition(':')[2])}" if source == "file" else text


def _place(where: str) -> Table:
    source, _, named = where.partition(":")
    try:
        return {source: shlex.split(named) if source == "command" else named}
    except ValueError:  # a quote that is not closed
        return {source: []}


def _port(text: str) -> str:
    problems = Problems()
    text = text.strip()
    _PORT.read(int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text, (), problems)
    if problems.found:
        raise ValueError("write a number from 1 to 65535")
    return text


def _folder(text: str) -> str:
    if text.strip() == "outbox":  # beside the config
        return "outbox"
    path = _whole(text)
    if os.path.exists(path) and not os.path.isdir(path):
        raise ValueError(f"{path} is no folder")
    return path


def _whole(text: str) -> str:
    """Return a path as the config has it: whole, since it is meant from where she is and not from where that lies."""
    path = of(PATH)(text)
    return os.path.abspath(Path(path).expanduser())


def _short(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
