"""From a file's bytes to TOML's values, with every way in which that fails said in a sentence."""

from __future__ import annotations

import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from calsync.errors import ConfigError, ConfigErrors
from calsync.settings.problems import printable, shown

LARGEST = 1_000_000  # bytes; a config a hundred times as long as any that a person writes
_TRY = "`calsync demo` shows a whole one at work; config/calsync.example.toml is one to begin with"


def read_bytes(path: Path) -> bytes:
    """Return what the config file holds.

    Raises:
        ConfigErrors: it is missing, no plain file, unreadable or far too large.
    """
    try:
        if not stat.S_ISREG((found := path.stat()).st_mode):
            kind = "a folder" if stat.S_ISDIR(found.st_mode) else "no plain file"
            raise _failure(path, f"{kind}, where a config file should be", "name the file itself")
        if found.st_size > LARGEST:
            raise _failure(path, f"more than {LARGEST:,} bytes: this is no config", "name the right file")
        with path.open("rb") as file:
            return file.read(LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        raise _failure(path, "no such file", _TRY) from None
    except PermissionError:
        raise _failure(path, "may not be read", "give your user the right to read it and its folders") from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        why = getattr(error, "strerror", None) or "no file can have this name"
        raise _failure(path, f"can't be read: {why}", "name another file") from None


def decode(path: Path, data: bytes) -> str:
    """Return the text of a config; a byte order mark stays its first character.

    Raises:
        ConfigErrors: it is not UTF-8 (TOML 1.0.0).
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _failure(path, "not UTF-8", "save the file as UTF-8", line=line) from None


def parse(path: Path, text: str) -> dict[str, Any]:
    """Return the values of a config's text.

    Raises:
        ConfigErrors: it is not TOML; the first place is told.
    """
    body = text.removeprefix("\ufeff")
    try:
        return tomllib.loads(body)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        at = re.search(r" ?\(at (?:line (\d+), column \d+|end of document)\)$", said)
        what = said[: at.start()] if at else said
        line = int(at[1]) if at and at[1] else body.count("\n") + 1
        raise _failure(path, *_explained(what, _line(body, line)), line=line) from None
    except RecursionError:
        raise _failure(path, "lists or tables nested too deeply", "take some levels out", line=1) from None
    except ValueError as error:  # a number with thousands of digits, a date that no calendar has
        raise _failure(
            path, f"a value that can't be read ({type(error).__name__})", "write dates and numbers in quotes"
        ) from None


def _line(text: str, number: int) -> str:
    lines = text.split("\n")
    return lines[number - 1] if number <= len(lines) else ""


def _explained(what: str, line: str) -> tuple[str, str]:
    """Return what is wrong and a hint; of the line only the key is shown, a value may be a secret."""
    key = shown(line.partition("=")[0].strip()) if "=" in line else shown(line.strip()) if line.startswith("[") else ""
    if what.startswith("Cannot overwrite a value"):
        return f"the key {key} stands twice" if key else "a key stands twice", "keep one"
    if what.startswith(("Cannot declare", "Cannot mutate", "Cannot redefine", "Cannot overwrite")):
        return f"{key} was already given above" if key else "this table was already given above", "keep one"
    if what.startswith("Invalid value"):
        return "no value that TOML knows", 'put texts and durations in quotes, as "15m"'
    return f"not TOML: {what[:1].lower()}{what[1:]}", "see https://toml.io/en/v1.0.0"


def _failure(path: Path, what: str, hint: str, *, line: int | None = None) -> ConfigErrors:
    where = printable(str(path)) + (f":{line}" if line else "")
    return ConfigErrors((ConfigError(printable(what), where=where, hint=hint),), hint="nothing was done")
