"""The OAuth client of the owner's own project, from the file that Google's console gives."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calsync.errors import OAuthClientUnusable
from calsync.google.address import safe_address

_MOST = 64 * 1024
_AGAIN = "create a client of the type “Desktop app” in Google's console, and download its JSON file (docs/google.md)"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OAuthClient:
    """Who calsync is to Google, and where that is proved. Carries a secret: it is never shown."""

    client_id: str
    client_secret: str
    auth_uri: str
    token_uri: str


def read_client(path: Path) -> OAuthClient:
    """Return the client that a file holds.

    Raises:
        OAuthClientUnusable: it is missing, can't be read, is no such file, or of a web application.
    """
    told = _read(path)
    if not isinstance(told, dict):
        raise _unusable(path, "it is no file of an OAuth client", _AGAIN)
    if isinstance(told.get("web"), dict):
        raise _unusable(path, "it is the client of a web application, which can't go back to this machine", _AGAIN)
    if told.get("type") in ("service_account", "authorized_user"):
        what = "it is the key of a service account" if told["type"] == "service_account" else "it is a token"
        raise _unusable(path, f"{what}, and no OAuth client", _AGAIN)
    client = told.get("installed")
    if not isinstance(client, dict):
        raise _unusable(path, "it is no file of an OAuth client", _AGAIN)
    names = ("client_id", "client_secret", "auth_uri", "token_uri")
    if missing := [name for name in names if not isinstance(client.get(name), str) or not client[name].strip()]:
        raise _unusable(path, f"it has no {' and no '.join(missing)}", _AGAIN)
    for name in ("auth_uri", "token_uri"):
        try:
            safe_address(client[name])
        except ValueError as error:
            raise _unusable(path, f"{name}: {error}", _AGAIN) from None
    return OAuthClient(**{name: client[name].strip() for name in names})


def _read(path: Path) -> Any:
    try:
        # Not to hang on a FIFO that nobody writes to.
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise _unusable(path, "it is no file", "name the JSON file of your OAuth client")
            content = stream.read(_MOST + 1)
    except FileNotFoundError:
        raise _unusable(
            path, "it is not there", f"put it there, or mend client_secret; if you have none: {_AGAIN}"
        ) from None
    except OSError as error:
        raise _unusable(path, f"it can't be read: {error.strerror}", "let calsync's user read it") from None
    if len(content) > _MOST:
        raise _unusable(path, "it is longer than any OAuth client", _AGAIN)
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise _unusable(path, "it is no JSON, or cut off", _AGAIN) from None


def _unusable(path: Path, what: str, hint: str) -> OAuthClientUnusable:
    return OAuthClientUnusable(f"the OAuth client can't be used: {what}", where=str(path), hint=hint)
