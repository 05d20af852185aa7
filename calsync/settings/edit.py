"""Sets one value in the owner's config and leaves every other byte as it is."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from calsync.errors import ConfigError
from calsync.model.rules import Mode
from calsync.settings.load import load
from calsync.settings.places import spots
from calsync.settings.read import decode, parse, read_bytes


def set_mode(path: Path, mode: Mode) -> None:
    """Set `mode` in the config; its quotes, comments, line ends and byte order mark stay.

    Where the key is missing, a line is inserted at the top level. The file is replaced whole, through
    symlinks, with its owner and mode; nothing is written when it says so already.

    Raises:
        ConfigErrors: the config has problems before.
        ConfigError: it can't be replaced without losing something; it is as it was.
    """
    settings = load(path)
    data = read_bytes(path)
    if settings.rules.mode == mode and "mode" in parse(path, decode(path, data)):
        return
    wanted = with_mode(decode(path, data), mode).encode()
    target = Path(os.path.realpath(path))
    try:
        _replace(path, target, data, wanted, mode)
    except OSError as error:
        raise _cannot(path, mode, error.strerror or "no right to write there") from error


def with_mode(text: str, mode: Mode) -> str:
    """Return a config's text with this `mode`; `text` must be TOML that tomllib takes."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix(mark)
    places = spots(body)
    if spot := places.get(("mode",)):
        quotes = next(sign for sign in ('"""', "'''", '"', "'") if body.startswith(sign, spot.start))
        return f"{mark}{body[: spot.start]}{quotes}{mode}{quotes}{body[spot.end :]}"
    newline = "\r\n" if "\r\n" in body else "\n"
    at = _above_first_table(body)
    # In a file of keys alone (`owner.name = …`) it goes to the top, where no table is above it.
    return f'{mark}{body[:at]}mode = "{mode}"{newline}{newline if at or body.startswith("[") else ""}{body[at:]}'


def _above_first_table(body: str) -> int:
    """Return where the first header begins, or the lines of comment that stand right above it."""
    header = min((spot.start for spot in spots(body).values() if spot.header), default=0)
    at = body.rfind("\n", 0, header) + 1
    while at and body[(above := body.rfind("\n", 0, at - 1) + 1) : at].lstrip().startswith("#"):
        at = above
    return at


def _replace(path: Path, target: Path, data: bytes, wanted: bytes, mode: Mode) -> None:
    found = target.stat()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(wanted)
            file.flush()
            if (found.st_uid, found.st_gid) != ((made := os.fstat(handle)).st_uid, made.st_gid):
                os.fchown(handle, found.st_uid, found.st_gid)
            os.fchmod(handle, stat.S_IMODE(found.st_mode))
            os.fsync(handle)
        _verify(path, Path(name), wanted, data, mode)
        os.replace(name, target)
        name = ""
    finally:
        if name:
            os.unlink(name)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # so that the rename outlives a power cut
    finally:
        os.close(folder)


def _verify(path: Path, copy: Path, wanted: bytes, data: bytes, mode: Mode) -> None:
    """See that the new text says what the old one did but for the mode, and that nobody wrote meanwhile."""
    before = parse(path, decode(path, data)) | {"mode": mode}
    if parse(copy, decode(copy, wanted)) != before:
        raise _cannot(path, mode, "the place of the value could not be found")
    if read_bytes(path) != data:
        raise _cannot(path, mode, "another program wrote to it at this moment")


def _cannot(path: Path, mode: Mode, why: str) -> ConfigError:
    return ConfigError(f"mode could not be set: {why}", where=str(path), hint=f'write mode = "{mode}" in it yourself')
