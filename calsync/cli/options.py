"""What the commands share: how they are declared, and how times, zones and minutes are read from the command line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import wraps
from inspect import cleandoc
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from calsync.cli.app import App
from calsync.errors import NotInThisVersion, UsageError
from calsync.model.times import parse_duration

if TYPE_CHECKING:
    from calsync.model.rules import Client, Rules

_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:\d{2})$")
# Room on both sides for horizons and zones; what lies outside is a slip of the keyboard.
_FIRST_YEAR, _LAST_YEAR = 1600, 2900


def command(
    *examples: str, clock: bool = True, **settings: Any
) -> Callable[[Callable[..., int | None]], click.Command]:
    """Turn a function into a command with `--json`, `--now` (unless `clock` is False) and examples in its help.

    The function takes the App first; its name is the command's, its docstring the help, and what it returns the
    exit status (None: 0).
    """

    def decorate(function: Callable[..., int | None]) -> click.Command:
        @wraps(function)
        @click.pass_context
        def run(ctx: click.Context, /, **values: Any) -> int | None:
            return function(_app(ctx), **values)

        run.__doc__ = None
        params = list(getattr(run, "__click_params__", []))[::-1]
        params.append(
            click.Option(["--json"], is_flag=True, expose_value=False, callback=_set_json, help="One JSON document.")
        )
        if clock:
            params.append(
                click.Option(["--now"], metavar="T", expose_value=False, callback=_set_now, help="Another clock.")
            )
        return click.Command(
            function.__name__.removesuffix("_"),
            callback=run,
            params=params,
            help=cleandoc(function.__doc__ or ""),
            epilog="\b\nExample:\n" + "\n".join(f"  {example}" for example in examples),
            **settings,
        )

    return decorate


def _app(ctx: click.Context) -> App:
    return ctx.ensure_object(App)


def _set_json(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        _app(ctx).json = True


def _set_now(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    _app(ctx).given_now = reading(parse_when)(ctx, param, value)


def later(what: str) -> NotInThisVersion:
    """Return the error for a command or option that is described but not built yet."""
    return NotInThisVersion(f"{what}: not in this version", hint="calsync --help lists what is")


def unknown(kind: str, found: str, known: Iterable[str], *, hint: str = "", where: str = "") -> UsageError:
    """Return the error for a name that does not exist, with the nearest ones that do."""
    near = difflib.get_close_matches(found, list(known), n=3, cutoff=0.6)
    said = f"did you mean {' or '.join(near)}?" if near else hint
    return UsageError(f'there is no {kind} "{found}"', where=where, hint=said)


def reading(parse: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    """Return a click callback that reads a value with `parse`, whose ValueError says what is accepted."""

    def read(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
        if value is None:
            return None
        try:
            return parse(value)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from None

    return read


def parse_when(text: str) -> datetime | date:
    """Read an RFC 3339 time, aware, or a date.

    Raises:
        ValueError: it is neither; the message says what is accepted.
    """
    plain = text.strip().upper()
    try:
        found = date.fromisoformat(plain) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", plain) else None
        if found is None and re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", plain):
            if not _OFFSET.search(plain):
                raise ValueError(f'"{text}" has no offset; write it as 2026-11-24T14:00+03:00, or a date alone')
            found = datetime.fromisoformat(plain)
    except ValueError as error:
        if "offset" in str(error) and "write" in str(error):
            raise
        found = None
    if found is None:
        raise ValueError(f'"{text}" is no time; write 2026-11-24T14:00:00+03:00 or 2026-11-24')
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError(f'"{text}" lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}')
    return found


def parse_zone(text: str) -> ZoneInfo:
    """Return the zone of that IANA name.

    Raises:
        ValueError: there is none; the message names the nearest.
    """
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        from zoneinfo import available_timezones

        near = difflib.get_close_matches(text, available_timezones(), n=1)
        hint = f"did you mean {near[0]}?" if near else "write it as Europe/Berlin"
        raise ValueError(f'"{text}" is no zone; {hint}') from None


def parse_minutes(text: str) -> timedelta:
    """Read `+15m` or `-15m`; the sign is required, because a bare 15m might mean the new length.

    Raises:
        ValueError: it is neither.
    """
    sign, rest = text[:1].replace("−", "-"), text[1:]
    if sign in ("+", "-") and sign:
        with suppress(ValueError):
            length = parse_duration(rest)
            return length if sign == "+" else -length
    raise ValueError(f'"{text}" is no change of time; write +15m or -15m')


def known_client(rules: Rules, key: str) -> Client:
    """Return the client of that key.

    Raises:
        UsageError: there is none; the nearest are named.
    """
    if client := rules.client(key):
        return client
    keys = [client.key for client in rules.clients]
    raise unknown("client", key, keys, hint=f"known are {', '.join(keys)}" if keys else "no client is in the config")
