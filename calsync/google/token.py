"""The token of one sign-in, in a file: only its owner reads it, it is replaced whole, and renewed by one at a time."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from calsync.errors import SignInNeeded, StateUnusable

_MOST = 64 * 1024
_THREADS = threading.RLock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What calsync may do at Google, and the files that prove it.

    name: the calendar or channel that it is for. client_secret: the file of the OAuth client. token: where the token
    is, or will be. scopes: what is needed of the account.
    """

    name: str
    client_secret: Path
    token: Path
    scopes: tuple[str, ...]

    @property
    def hint(self) -> str:
        """What the owner does when the sign-in is over."""
        return f"calsync auth google {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Token:
    """What stands in the file, in the form that google-auth calls authorized user.

    access: of an hour or so, until `expiry` (aware). scopes: those that were granted. since: when she signed in.
    testing: Google has said that the sign-in ends after days, as those of an app that isn't published do.
    """

    access: str
    refresh: str
    client_id: str
    client_secret: str
    token_uri: str
    scopes: tuple[str, ...]
    expiry: datetime | None = None
    since: datetime | None = None
    testing: bool = False


def token_file(state: Path, name: str) -> Path:
    """Return where the token of a calendar or channel is kept, below the state folder."""
    return state / "google" / f"{name}.json"


def read_token(grant: Grant) -> Token:
    """Return the token of a grant.

    Raises:
        SignInNeeded: there is none, or what is there is none. StateUnusable: it can't be read.
    """
    try:
        with open(os.open(grant.token, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as stream:
            told = json.loads(stream.read(_MOST))
        return _token(told)
    except FileNotFoundError:
        raise SignInNeeded(f'nobody has signed in for "{grant.name}"', where=grant.name, hint=grant.hint) from None
    except OSError as error:
        raise StateUnusable(
            f"the token of the sign-in can't be read: {error.strerror}",
            where=str(grant.token),
            hint=f"let calsync's user read it, or sign in again: {grant.hint}",
        ) from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise SignInNeeded(
            "the token of the sign-in is damaged", where=str(grant.token), hint=f"sign in again: {grant.hint}"
        ) from None


def _token(told: Any) -> Token:
    scopes = told.get("scopes") or ()
    words = {name: told[name] for name in ("client_id", "client_secret", "token_uri")}
    if not all(isinstance(word, str) and word for word in (told["refresh_token"], *words.values())):
        raise ValueError("a field is missing")
    return Token(
        access=str(told.get("token") or ""),
        refresh=told["refresh_token"],
        scopes=tuple(map(str, scopes.split() if isinstance(scopes, str) else scopes)),
        expiry=_instant(told.get("expiry")),
        since=_instant(told.get("signed_in")),
        testing=told.get("testing") is True,
        **words,
    )


def _instant(text: Any) -> datetime | None:
    if not text:
        return None
    found = datetime.fromisoformat(str(text))
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def write_token(path: Path, token: Token) -> None:
    """Let the file hold `token`, on the disk before it returns, or what it held before.

    Raises:
        StateUnusable: it can't be written.
    """
    told = {
        "token": token.access,
        "refresh_token": token.refresh,
        "token_uri": token.token_uri,
        "client_id": token.client_id,
        "client_secret": token.client_secret,
        "scopes": list(token.scopes),
        "universe_domain": "googleapis.com",
        "account": "",
        "expiry": _said(token.expiry),
        "signed_in": _said(token.since),
        "testing": token.testing,
    }
    new = path.with_name(f".{path.name}.new")
    with _told(path):
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(file, "w", encoding="utf-8") as stream:
                os.fchmod(stream.fileno(), 0o600)
                json.dump({name: value for name, value in told.items() if value is not None}, stream, indent=1)
                stream.flush()
                os.fsync(stream.fileno())
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _said(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep everybody else from renewing or replacing the token at `path` while this lasts: threads and processes.

    Raises:
        StateUnusable: the folder can't be made or written.
    """
    with _THREADS:
        with _told(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.parent.stat().st_mode & 0o077:
                path.parent.chmod(0o700)
            lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StateUnusable(
            f"the token of a sign-in can't be written: {error.strerror}",
            where=str(path),
            hint="give the state folder's owner the right to write there",
        ) from error
