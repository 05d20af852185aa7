"""Writes a new config from its values: commented like the example, read back to the same values, never over another."""

from __future__ import annotations

import errno
import os
import tempfile
import textwrap
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from calsync.errors import ConfigError, UsageError
from calsync.settings.kinds import Book
from calsync.settings.problems import BARE_KEY
from calsync.settings.schema import CLIENT, ROOT
from calsync.settings.tables import ByType, Key, Table, toml

WIDTH = 100
_HEAD = """\
# Your config for calsync, made by `calsync init`; change what you like, then run `calsync check`.
# A line that begins with a hash and a key shows a built-in value, or an example of one.
# Until `calsync act` nothing is written to a calendar, and nothing is sent to a client."""
# What a newcomer is likely to want next stands there as a comment.
_ASIDE: Mapping[str, Collection[str]] = {
    "owner": ("sign", "signature", "aliases", "work_hours", "work_days"),
    "defaults": ("per_call", "buffer_before", "buffer_after", "message_before", "polite_hours", "agenda"),
    "clients": ("salutation", "language", "tone", "timezone", "per_week", "per_month", "rate"),
}


def config_text(document: Mapping[str, Any]) -> str:
    """Return a config that says `document`, in TOML's shape (`{"owner": {"name": …}, …}`), with comments.

    Reading it back gives `document`. Its keys are ones that the schema knows.
    """
    lines = [*_HEAD.split("\n"), ""]
    lines += _keys(tuple(key for key in ROOT.keys if not isinstance(key.kind, Table | Book)), document)
    for key in ROOT.keys:
        if key.name not in document:
            continue
        value, aside = document[key.name], _ASIDE.get(key.name, ())
        if isinstance(key.kind, Table):
            lines += ["", f"[{key.name}]  # {key.help}", *_keys(key.kind.keys, value, aside)]
        elif isinstance(key.kind, Book):
            inner = key.kind.value
            for n, (name, table) in enumerate(value.items()):
                keys = _known(inner, table)
                lines += ["", _header(key.name, name) + (f"  # {key.help}" if n == 0 else "")]
                lines += [f"type = {toml(table['type'])}"] if isinstance(inner, ByType) else []
                lines += _keys(keys, table, aside if n == 0 else ())
    return "\n".join(lines) + "\n"


def client_text(key: str, table: Mapping[str, Any], examples: Mapping[str, Any]) -> str:
    """Return one client's table to paste into a config; `examples` say what stands in a comment, by key."""
    lines = [_header("clients", key)]
    shown = tuple(one for one in CLIENT.keys if one.name in table or one.name in examples)
    return "\n".join([*lines, *_keys(shown, table, tuple(examples), examples)]) + "\n"


def with_help(shown: str, said: str) -> Iterator[str]:
    """Yield a line of a config with what its key is for: beside it where there is room, else above."""
    if len(shown) + len(said) + 4 <= WIDTH:
        yield f"{shown:<38}  # {said}"
    else:
        yield from (f"## {line}" for line in textwrap.wrap(said, WIDTH - 3))
        yield shown


def _header(table: str, name: str) -> str:
    return f"[{table}.{name if BARE_KEY.fullmatch(name) else toml(name)}]"


def _known(inner: object, table: Mapping[str, Any]) -> tuple[Key, ...]:
    if isinstance(inner, ByType):
        return inner.types[table["type"]]
    return inner.keys if isinstance(inner, Table) else ()


def _keys(
    keys: tuple[Key, ...],
    values: Mapping[str, Any],
    aside: Collection[str] = (),
    examples: Mapping[str, Any] = {},
    prefix: str = "",
) -> Iterator[str]:
    for key in keys:
        if isinstance(key.kind, Table):
            yield from _keys(key.kind.keys, values.get(key.name, {}), aside, examples, f"{prefix}{key.name}.")
        elif key.name in values:
            yield from with_help(f"{prefix}{key.name} = {toml(values[key.name])}", key.help)
        elif not prefix and key.name in aside and not key.later:
            built_in = key.example if key.default in (None, []) and key.example is not None else key.default
            yield from with_help(f"# {key.name} = {toml(examples.get(key.name, built_in))}", key.help)


def see_place(path: Path) -> None:
    """See that a new file could be written there, before anybody answers questions for it.

    Raises:
        UsageError: something has that name.
        ConfigError: no folder can be made there, or nothing written in the one that is.
    """
    if os.path.lexists(path):
        raise taken(path)
    there = next(folder for folder in path.absolute().parents if os.path.lexists(folder))
    if not there.is_dir():
        raise _cannot(path, f"{there} is no folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise _cannot(path, f"no right to write in {there}")


def put_new(path: Path, text: str) -> None:
    """Write a file that is not there yet, whole or not at all, for its owner alone; folders on the way are made.

    Raises:
        UsageError: something has that name.
        ConfigError: it can't be written there.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(handle)
            _give_name(name, path)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(name)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)  # so that the name outlives a power cut
        finally:
            os.close(folder)
    except FileExistsError:
        raise taken(path) from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        why = getattr(error, "strerror", None) or "no file can have this name"
        raise _cannot(path, why) from None


def _cannot(path: Path, why: str) -> ConfigError:
    return ConfigError(f"can't be written: {why}", where=str(path), hint="name another place, as --config FILE")


def taken(path: Path) -> UsageError:
    """Return the error for a file that is there already, and stays as it is."""
    hint = "calsync check looks at it; --config FILE writes another one"
    return UsageError("there is a file already, and it is left as it is", where=str(path), hint=hint)


def _give_name(name: str, path: Path) -> None:
    """Let a whole file have its name unless something has it: renaming would put it over what is there."""
    try:
        os.link(name, path)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        # A filesystem without hard links (FAT): the moment between is all that is left to chance.
        if os.path.lexists(path):
            raise FileExistsError from None
        os.rename(name, path)
