"""The commented example made from the schema: `python -m calsync.settings.example` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

from calsync.settings.kinds import Book
from calsync.settings.schema import CLIENT_ONLY, ROOT, TONE
from calsync.settings.tables import ByType, Key, Table, toml
from calsync.settings.write import with_help

_HEAD = """\
A config for calsync. Copy it to ~/.config/calsync/config.toml, write your own values, and run `calsync check`.
A line that begins with a hash and a key shows the built-in value, or an example where there is none.
Durations are written 45m, 1h30m, 1d or PT45M; clock hours 09:00-18:30 (00:00-24:00 is always); days mon-fri.
Paths are relative to this file. A name stands once over calendars and channels."""
# Keys that a newcomer should see at work, although they could be left out.
_SHOWN = ("mode", "language", "per_call", "email", "name", "timezone", "salutation", "match.domains")


def example() -> str:
    """Return a config with every key of this version, with a final newline; it loads as it is."""
    lines = [f"# {line}" for line in _HEAD.split("\n")]
    lines += ["", *_keys(tuple(key for key in ROOT.keys if not _is_table(key)))]
    for key in ROOT.keys:
        if _is_table(key):
            lines += ["", *_table(key)]
    return "\n".join(lines) + "\n"


def _is_table(key: Key) -> bool:
    return isinstance(key.kind, Table | Book)


def _table(key: Key) -> Iterator[str]:
    if isinstance(key.kind, Table):
        yield f"[{key.name}]  # {key.help}"
        yield from _keys(key.kind.keys)
    elif isinstance(key.kind, Book):
        yield f"[{key.name}.{key.kind.example}]  # {key.help}"
        inner = key.kind.value
        if isinstance(inner, ByType):
            (first, _), *others = inner.now.items()
            yield f"type = {toml(first)}"
            apart = {name for values in inner.aside.values() for name in values}
            yield from _keys(tuple(one for one in inner.types[first] if one.required or one.name not in apart))
            for kind, name in others:
                yield from ("", f"# [{key.name}.{name}]", f"# type = {toml(kind)}")
                yield from _keys(inner.types[kind], aside=True)
            for name, values in inner.aside.items():
                yield from ("", f"# [{key.name}.{name}]", f"# type = {toml(values['type'])}")
                chosen = [one for one in inner.types[values["type"]] if one.name in values]
                yield from _keys(tuple(replace(one, example=values[one.name]) for one in chosen), aside=True)
        elif isinstance(inner, Table):
            yield "# Every key of [defaults] may stand here too, and then holds for this client."
            yield from _keys((CLIENT_ONLY[0], TONE, *CLIENT_ONLY[1:]))


def _keys(keys: tuple[Key, ...], prefix: str = "", *, aside: bool = False) -> Iterator[str]:
    for key in keys:
        if key.later:
            continue
        if isinstance(key.kind, Table):
            yield from _keys(key.kind.keys, f"{key.name}.")
            continue
        name = prefix + key.name
        value = (
            key.default if key.default is not None and not (key.default in ([], {}) and key.example) else key.example
        )
        pair = f"{name} = {toml(value)}"
        shown = pair if (key.required or name in _SHOWN) and not aside else f"# {pair}"
        yield from with_help(shown, key.help)


if __name__ == "__main__":
    sys.stdout.write(example())
