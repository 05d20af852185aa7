"""A channel into a folder: each mail a file that any mail program opens."""

from __future__ import annotations

import base64
import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path

from calsync.channels.mime import as_bytes
from calsync.ports import NOT_BEGUN, Begin, Fate, Mail, Outcome

OWNERS = "owner"
_TEMPORARY = ".tmp"
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class FolderChannel:
    """Puts mail to clients into a folder, and what is for the owner alone into its subfolder `owner`.

    Of mail to clients a Message-ID stands there once; previews may be written as often as they are asked for.
    """

    def __init__(self, name: str, path: Path) -> None:
        self._name, self._path = name, path

    @property
    def name(self) -> str:
        """See `ports.Channel`."""
        return self._name

    @property
    def path(self) -> Path:
        """The folder."""
        return self._path

    def send(self, mail: Mail, begin: Begin) -> Outcome:
        """See `ports.Channel`; accepted means: on the disk, whatever happens next."""
        try:
            content = as_bytes(mail)
        except ValueError as error:
            return Outcome(fate=Fate.REFUSED, why=str(error))
        folder = self._path / OWNERS if mail.private else self._path
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            with _locked(folder) as handle:
                if not mail.private and _standing(folder, mail):
                    return Outcome(fate=Fate.ACCEPTED)
                if not begin():
                    return Outcome(fate=Fate.DEFERRED, why=NOT_BEGUN)
                _put(folder, _free_name(folder, mail), content)
                os.fsync(handle)
        except OSError as error:
            # Every one of these can be put right (room, rights, the folder), so the message waits for it.
            return Outcome(fate=Fate.DEFERRED, why=f"{folder}: {error.strerror or error}")
        return Outcome(fate=Fate.ACCEPTED)

    def fate(self, mail: Mail) -> Fate:
        """See `ports.Channel`: a mail was sent when its file stands, which it does whole or not at all."""
        try:
            return Fate.ACCEPTED if _standing(self._path, mail) else Fate.REFUSED
        except FileNotFoundError:
            return Fate.REFUSED
        except OSError:
            return Fate.UNCERTAIN

    def check(self) -> str:
        """See `ports.Channel`; a folder that is missing is fine where it can be made."""
        folder = self._path
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        if not folder.is_dir():
            return f"{folder} is no folder"
        if not os.access(folder, os.W_OK | os.X_OK):
            return f"no right to write in {folder}"
        return ""

    def close(self) -> None:
        """See `ports.Channel`; nothing is held."""


def _suffix(mail: Mail) -> str:
    digest = hashlib.sha256(mail.message_id.encode("utf-8", "replace")).digest()
    return f"-{base64.b32encode(digest[:10]).decode().lower()}.eml"


def _standing(folder: Path, mail: Mail) -> bool:
    # The date before it is the one of the first try, so only the end of the name tells.
    suffix = _suffix(mail)
    return any(name.endswith(suffix) for name in os.listdir(folder))


def _free_name(folder: Path, mail: Mail) -> str:
    date = f"{mail.date.astimezone(UTC):%Y%m%d-%H%M%S}"
    name, number = date + _suffix(mail), 1
    while (folder / name).exists():
        number += 1
        name = f"{date}-{number}{_suffix(mail)}"
    return name


def _put(folder: Path, name: str, content: bytes) -> None:
    """Let a file of that name stand in `folder`, on the disk and whole."""
    temporary = folder / f".{name}{_TEMPORARY}"
    try:
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(file, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(file)
        try:
            os.link(temporary, folder / name)  # unlike a rename it replaces nothing
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            os.rename(temporary, folder / name)  # no hard links here; the name is free, and the folder is ours
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """Keep other writers out of `folder` while this lasts, clear what a dead one left, and give its descriptor.

    Raises:
        OSError: another one is writing there now, or the folder can't be opened.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for name in os.listdir(folder):
            if name.startswith(".") and name.endswith(".eml" + _TEMPORARY):
                (folder / name).unlink(missing_ok=True)
        yield handle
    finally:
        os.close(handle)
