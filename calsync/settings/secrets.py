"""Secrets: the config names where one is kept; it is read when it is used, and never shown."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from calsync.errors import SecretUnreadable
from calsync.settings.kinds import BAD, LINE, PATH, Json, Kind, Many, Text
from calsync.settings.places import KeyPath
from calsync.settings.problems import Problems, key_path, shown

COMMAND_SECONDS = 30.0
LONGEST = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """Where a secret is kept, not the secret.

    value: the name of a systemd credential or of a variable, a file (whole), or a command with its
    arguments. where: the key that names it, as `channels.mail.password`.
    """

    source: Literal["credential", "file", "env", "command"]
    value: str | tuple[str, ...]
    where: str = ""

    def within(self, folder: Path) -> SecretRef:
        """Return it with its path whole, taken from `folder` if it is relative; so too a program with a slash."""
        if isinstance(self.value, str):
            return replace(self, value=str(folder / self.value)) if self.source == "file" else self
        program, *arguments = self.value
        if "/" in program:
            program = str(folder / Path(program).expanduser())
        return replace(self, value=(program, *arguments))


def _matching(pattern: str, what: str) -> Any:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{shown(text)} is no {what}")
        return text

    return parse


_CREDENTIAL = r"(?!\.{1,2}$)[A-Za-z0-9_.-]{1,255}"  # a file name below $CREDENTIALS_DIRECTORY (systemd.exec(5))
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret: never in the file itself. Read into a `SecretRef`."""

    SOURCES: ClassVar[dict[str, Kind]] = {
        "credential": Text(
            "a credential's name, as smtp",
            _matching(_CREDENTIAL, "credential's name; write it as smtp"),
            f"^{_CREDENTIAL}$",
        ),
        "file": PATH,
        "env": Text(
            "a variable's name, as SMTP_PASSWORD",
            _matching(_VARIABLE, "variable's name; write it as SMTP_PASSWORD"),
            f"^{_VARIABLE}$",
        ),
        "command": Many(LINE, 1),
    }

    def read(self, value: object, at: KeyPath, problems: Problems) -> Any:
        """See `kinds.Kind`; what stands in the file as plain text is refused and not shown."""
        hint = 'write { credential = "…" } or { file = "…" }'
        if isinstance(value, str):
            name = next(part for part in reversed(at) if isinstance(part, str))
            problems.add(at, f"a {'password' if name == 'password' else 'secret'} in the file", hint)
        elif not isinstance(value, dict):
            problems.add(at, f"{shown(value)} was found", hint)
        elif unknown := [name for name in value if name not in self.SOURCES]:
            for name in unknown:
                problems.unknown((*at, name), self.SOURCES)
        elif len(value) != 1:
            problems.add(at, "several places for one secret" if value else "nothing in it", hint)
        else:
            ((source, given),) = value.items()
            read = self.SOURCES[source].read(given, (*at, source), problems)
            if read is not BAD:
                named = str(read) if isinstance(read, Path) else read
                return SecretRef(source=source, value=named, where=key_path(at))
        return BAD

    def schema(self) -> Json:
        """See `kinds.Kind`."""
        return {
            "type": "object",
            "properties": {name: kind.schema() for name, kind in self.SOURCES.items()},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }


def reveal(ref: SecretRef, environ: Mapping[str, str]) -> str:
    """Return the secret, without the line end that a file or a program ends with.

    Raises:
        SecretUnreadable: it is missing, empty or can't be read; says why and what to do, and nothing of the secret.
    """
    if isinstance(ref.value, tuple):
        text = _said_by(ref, ref.value, environ)
    elif ref.source == "env":
        if (text := environ.get(ref.value, "")) == "":
            raise _error(ref, f"${ref.value} is not set", f"set {ref.value} where calsync is started")
    else:
        text = _contents(ref, _file(ref, ref.value, environ))
    if not text.strip():
        raise _error(ref, "it is empty", "write the secret there")
    if any("\ud800" <= char <= "\udfff" for char in text):  # how a variable shows what is no UTF-8
        raise _error(ref, "it is no UTF-8", "write it as text")
    if "\0" in text or "\n" in text or "\r" in text:
        raise _error(ref, "it has more than one line", "leave the secret there alone, on one line")
    return text


def _error(ref: SecretRef, what: str, hint: str) -> SecretUnreadable:
    return SecretUnreadable(f"the secret can't be read: {what}", where=ref.where, hint=hint)


def _file(ref: SecretRef, name: str, environ: Mapping[str, str]) -> Path:
    if ref.source == "file":
        return Path(name)
    if not (folder := environ.get("CREDENTIALS_DIRECTORY")):
        raise _error(
            ref,
            "$CREDENTIALS_DIRECTORY is not set: credentials are there only in a unit of systemd",
            f"run it as the unit, with LoadCredential={name}; at a terminal, set CREDENTIALS_DIRECTORY to their folder",
        )
    return Path(folder) / name


def _contents(ref: SecretRef, path: Path) -> str:
    hint = "let calsync's user read it" if ref.source == "file" else f"add LoadCredential={ref.value} to the unit"
    try:
        # Not to hang on a FIFO that nobody writes to.
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as stream:
            data = stream.read(LONGEST + 1)
    except OSError as error:
        raise _error(ref, f"{path}: {error.strerror or error}", hint) from None
    return _one_line(ref, data or b"")


def _said_by(ref: SecretRef, command: tuple[str, ...], environ: Mapping[str, str]) -> str:
    import subprocess  # few have their secrets from a program

    program = shown(command[0])
    try:
        ran = subprocess.run(  # noqa: S603 - no shell, and the words are the owner's own
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            check=False,
            env=dict(environ),
        )
    except subprocess.TimeoutExpired:
        said = f"{program} did not end within {COMMAND_SECONDS:g} seconds"
        raise _error(ref, said, "run the command by hand, as calsync's user; it must not ask anything") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise _error(ref, f"{program}: {why}", "write a program that is there, and may be run") from None
    if ran.returncode:
        # What it said on stderr may quote the secret.
        said = f"{program} ended with {ran.returncode}"
        raise _error(ref, said, "run the command by hand, as calsync's user: what it says tells more")
    return _one_line(ref, ran.stdout)


def _one_line(ref: SecretRef, data: bytes) -> str:
    if len(data) > LONGEST:
        raise _error(ref, "it is longer than any secret", "leave the secret there alone, on one line")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _error(ref, "it is no UTF-8", "write it as text") from None
    return text.removesuffix("\n").removesuffix("\r")
