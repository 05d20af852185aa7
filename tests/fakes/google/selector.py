"""Partial responses: what `fields` picks out of an answer (a,b(c,d),e/f,*)."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from tests.fakes.google.refusal import Json, bad

Wanted: TypeAlias = dict[str, "Wanted"]

_TOKEN = re.compile(r"[A-Za-z0-9_$.-]+|\*|[(),/]")


def read(text: str, schemas: Json, answer: str) -> Wanted:
    """Read a selector for an answer of the schema `answer`; the empty selection means everything.

    Raises:
        Refusal: it can't be read, or names a field that the answer can't have.
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text or not tokens:
        raise bad(f"Invalid field selection {text}", "invalidParameter", "fields")
    wanted, rest = _several(tokens)
    if rest:
        raise bad(f"Invalid field selection {text}", "invalidParameter", "fields")
    _check(wanted, {"$ref": answer}, schemas)
    return wanted


def _several(tokens: list[str]) -> tuple[Wanted, list[str]]:
    wanted: Wanted = {}
    while True:
        name, inner, tokens = _one(tokens)
        wanted.setdefault(name, {}).update(inner)
        if not tokens or tokens[0] != ",":
            return wanted, tokens
        tokens = tokens[1:]


def _one(tokens: list[str]) -> tuple[str, Wanted, list[str]]:
    if not tokens or tokens[0] in "(),/":
        raise bad("Invalid field selection", "invalidParameter", "fields")
    name, tokens = tokens[0], tokens[1:]
    if tokens and tokens[0] == "/":
        inner_name, inner, tokens = _one(tokens[1:])
        return name, {inner_name: inner}, tokens
    if tokens and tokens[0] == "(":
        wanted, tokens = _several(tokens[1:])
        if not tokens or tokens[0] != ")":
            raise bad("Invalid field selection", "invalidParameter", "fields")
        return name, wanted, tokens[1:]
    return name, {}, tokens


def _check(wanted: Wanted, said: Json, schemas: Json) -> None:
    while "$ref" in said or said.get("type") == "array":
        said = schemas[said["$ref"]] if "$ref" in said else said["items"]
    for name, inner in wanted.items():
        if name == "*" or "additionalProperties" in said:
            continue
        if name not in said.get("properties", {}):
            raise bad(f"Invalid field selection {name}", "invalidParameter", "fields")
        _check(inner, said["properties"][name], schemas)


def pick(value: Any, wanted: Wanted) -> Any:
    """Return what is wanted of an answer."""
    if not wanted or "*" in wanted:
        return value
    if isinstance(value, list):
        return [pick(item, wanted) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: pick(inner, wanted[name]) for name, inner in value.items() if name in wanted}
