"""Keys and the tables they stand in: one definition from which reading, JSON Schema and example come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from calsync.settings.kinds import BAD, Book, Json, Kind, Many
from calsync.settings.places import KeyPath
from calsync.settings.problems import BARE_KEY, Problems, shown
from calsync.settings.secrets import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key.

    help: what it does, for the one who writes it. default: the built-in value, as TOML has it; None where
    there is none. example: a value to show; required: it has to be there. later: documented, refused until
    it is built.
    """

    name: str
    kind: Kind
    help: str
    default: Any = None
    example: Any = None
    required: bool = False
    later: bool = False

    def schema(self) -> Json:
        """Return its JSON Schema; a later key is described and takes nothing."""
        made = {"not": {}} if self.later else self.kind.schema()
        made["description"] = f"Later, not in this version: {self.help}" if self.later else self.help
        if self.default is not None:
            made["default"] = self.default
        if self.example is not None:
            made["examples"] = [self.example]
        return made


@dataclass(frozen=True, slots=True)
class Table:
    """A table of known keys. `name` is how a user writes it: `[owner]`, `[clients.NAME]`."""

    name: str
    keys: tuple[Key, ...]

    def read(self, value: object, at: KeyPath, problems: Problems) -> Any:
        """Return what each key that stands here means, BAD for those that could not be read."""
        if not isinstance(value, dict):
            problems.add(at, f"{shown(value)} was found", f"write {self.name}")
            return BAD
        known = {key.name: key for key in self.keys}
        read: dict[str, Any] = {}
        for name, item in value.items():
            if (key := known.get(name)) is None:
                problems.unknown((*at, name), known)
            elif key.later:
                problems.not_yet((*at, name), "this key")
                if _is_secret(key.kind):
                    key.kind.read(item, (*at, name), problems)
            else:
                read[name] = key.kind.read(item, (*at, name), problems)
        for key in self.keys:
            if key.required and key.name not in value:
                example = f", as {toml(key.example)}" if key.example is not None else ""
                problems.add((*at, key.name), "missing", f"write it{example}")
        return read

    def schema(self) -> Json:
        """Return the JSON Schema of the whole table."""
        made: Json = {
            "type": "object",
            "properties": {key.name: key.schema() for key in self.keys},
            "additionalProperties": False,
        }
        if required := [key.name for key in self.keys if key.required]:
            made["required"] = required
        return made

    def tables(self) -> Iterator[Table]:
        """Yield this table and all in it."""
        yield self
        for key in self.keys:
            inner = key.kind.value if isinstance(key.kind, Book) else key.kind
            if isinstance(inner, Table):
                yield from inner.tables()


@dataclass(frozen=True, slots=True)
class ByType:
    """A table whose `type` says which other keys it has; types that are not there `now` are documented and refused.

    now: by type, the name that one has in the example. aside: further ones in the example, name → values; their
    keys stand nowhere else in it, the required ones apart.
    """

    what: str  # calendars, channels
    types: Mapping[str, tuple[Key, ...]]
    now: Mapping[str, str]
    aside: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def read(self, value: object, at: KeyPath, problems: Problems) -> Any:
        """Return the values of one calendar or channel with its `type`, or BAD."""
        if not isinstance(value, dict):
            problems.add(at, f"{shown(value)} was found", f"write [{self.what}.NAME]")
            return BAD
        kind, accepted = value.get("type"), "write type = " + " or ".join(shown(name) for name in self.now)
        if "type" not in value:
            problems.add((*at, "type"), "missing", accepted)
        elif not isinstance(kind, str) or kind not in self.types:
            problems.add((*at, "type"), f"{shown(kind)} is no known type", accepted)
        elif kind not in self.now:
            problems.not_yet((*at, "type"), shown(kind), accepted)
        else:
            return self._known(kind, value, at, problems)
        self._plain_secrets(value, at, problems)
        return BAD

    def _known(self, kind: str, value: dict[str, Any], at: KeyPath, problems: Problems) -> Any:
        keys = self.types[kind]
        own = {name: item for name, item in value.items() if name != "type"}
        self._plain_secrets(
            {name: item for name, item in own.items() if name not in {key.name for key in keys}}, at, problems
        )
        for name in [name for name in own if name not in {key.name for key in keys}]:
            if others := [other for other, known in self.types.items() if name in {key.name for key in known}]:
                del own[name]
                what = f"this key belongs to {self.what} of type {' and '.join(others)}"
                problems.add((*at, name), f'{what}; this one is "{kind}"', "take it out")
        read = Table(f"[{self.what}.NAME]", keys).read(own, at, problems)
        return {"type": kind, **read}

    def _plain_secrets(self, value: Mapping[str, Any], at: KeyPath, problems: Problems) -> None:
        """Note secrets in the file also where the calendar or channel is refused for another reason."""
        keys = self.types.get(str(value.get("type"))) or [key for keys in self.types.values() for key in keys]
        plain = {key.name for key in keys if not _is_secret(key.kind)}
        for key in {key.name: key for key in keys if key.name in value and key.name not in plain}.values():
            if isinstance(value[key.name], str | list):
                key.kind.read(value[key.name], (*at, key.name), problems)

    def schema(self) -> Json:
        """Return the JSON Schema: an alternative for each type; later ones take nothing."""
        kinds = []
        for name, keys in self.types.items():
            table = Table(f"[{self.what}.NAME]", keys).schema()
            table["properties"] = {"type": {"const": name}, **table["properties"]}
            table["required"] = ["type", *table.get("required", [])]
            later = {} if name in self.now else {"description": "Later, not in this version.", "not": {}}
            kinds.append(later | table)
        return {"oneOf": kinds}


def _is_secret(kind: Kind) -> bool:
    return isinstance(kind.item if isinstance(kind, Many) else kind, Secret)


def toml(value: Any) -> str:
    """Return a value as TOML writes it on one line: texts, numbers, booleans, lists and tables of these."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        import json  # only examples need it; TOML's basic strings have JSON's escapes, and refuse a bare DEL

        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        pairs = ((key if BARE_KEY.fullmatch(str(key)) else toml(key), toml(item)) for key, item in value.items())
        return "{ " + ", ".join(f"{key} = {item}" for key, item in pairs) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return str(value)
