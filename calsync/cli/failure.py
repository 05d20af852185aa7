"""Errors for the eyes of a person or a program: what happened, where, and what to do; never a traceback."""

from __future__ import annotations

import json
import os
import sys
import traceback

import click

from calsync.errors import CalsyncError, ConfigErrors, ManyErrors, UsageError

# Options of calsync itself, which people type after the command.
_GLOBAL = frozenset({"--config", "-v", "--verbose", "-q", "--quiet", "--no-color"})


class SystemTrouble(CalsyncError):
    """The operating system refused something that no room had expected."""

    code = "system"


class Unexpected(CalsyncError):
    """A fault of calsync itself."""


def tell(error: Exception, *, as_json: bool) -> int:
    """Tell `error` on stderr, or as the JSON document on stdout, and return the exit status."""
    if os.environ.get("CALSYNC_DEBUG") == "1":
        traceback.print_exception(error, file=sys.stderr)
    known = named(error)
    if as_json:
        sys.stdout.write(json.dumps(as_data(known), indent=2) + "\n")
        sys.stdout.flush()
    else:
        sys.stderr.write(as_text(known) + "\n")
    return known.exit_code


def named(error: Exception) -> CalsyncError:
    """Return `error` as one of ours."""
    if isinstance(error, CalsyncError):
        return error
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "calsync"
        if isinstance(error, click.NoSuchOption) and error.option_name in _GLOBAL and " " in path:
            hint = f"it goes before the command: calsync {error.option_name} … {path.partition(' ')[2]}"
            return UsageError(error.format_message(), where=path, hint=hint)
        return UsageError(error.format_message(), where=path, hint=f"{path} --help shows how it is used")
    if isinstance(error, click.ClickException):
        return UsageError(error.format_message())
    if isinstance(error, ImportError):
        what = f"a part of the installation is missing: {error.name or error}"
        return SystemTrouble(what, hint="install calsync again, with everything that it needs")
    if isinstance(error, OSError):
        return SystemTrouble(error.strerror or str(error), where=str(error.filename or ""))
    # The message of a foreign exception may quote a calendar; its type and place are enough to find the fault.
    place = traceback.extract_tb(error.__traceback__)[-1:]
    return Unexpected(
        f"a fault in calsync itself ({type(error).__name__})",
        where=" ".join(f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in place),
        hint="please report it, with what CALSYNC_DEBUG=1 shows (it may quote your calendar: look through it first)",
    )


def as_data(error: CalsyncError) -> dict[str, object]:
    """Return the error as the JSON document."""
    if isinstance(error, ManyErrors):
        return {"errors": [_fields(one) for one in error.errors]}
    return {"error": _fields(error)}


def _fields(error: CalsyncError) -> dict[str, str]:
    return {"code": error.code, "what": error.what, "where": error.where, "hint": error.hint}


def as_text(error: CalsyncError) -> str:
    """Return the error as a block of lines; problems of the config are a line each."""
    if isinstance(error, ConfigErrors):
        count = len(error.errors)
        last = f"{count} problem{'s' if count != 1 else ''}; nothing was done"
        return "\n".join([*map(_line, error.errors), last])
    if isinstance(error, ManyErrors):
        return "\n".join(_block(one) for one in error.errors)
    return _block(error)


def _line(error: CalsyncError) -> str:
    said = f"{error.what}; {error.hint}" if error.hint else error.what
    return f"{error.where}: {said}" if error.where else said


def _block(error: CalsyncError) -> str:
    parts = [("what", error.what), ("where", error.where), ("do", error.hint)]
    lines = (f"  {name:<5}  {text}".replace("\n", "\n         ") for name, text in parts if text)
    return "\n".join([f"error: {error.code}", *lines])
