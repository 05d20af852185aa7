"""What Google's own discovery documents allow: paths, parameters, scopes and the fields of a body, with their types."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

from tests.fakes.google.refusal import Json, Refusal, bad

MOST_RESULTS = 2500


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of an API."""

    id: str
    verb: str
    path: re.Pattern[str]
    parameters: Mapping[str, Any]
    takes: str
    gives: str
    scopes: Sequence[str]
    api: Api


class Wrong(Refusal):
    """What no program that was built from the discovery document can send."""


class Api:
    """One discovery document."""

    def __init__(self, name: str, version: str) -> None:
        """Read it from the client library."""
        folder = files("googleapiclient.discovery_cache") / "documents"
        document = json.loads((folder / f"{name}.{version}.json").read_text(encoding="utf-8"))
        self.root = f"/{document['servicePath']}"
        self.schemas: Json = document["schemas"]
        self._parameters: Json = document["parameters"]
        self.methods = {method.id: method for method in self._read(document["resources"])}

    def _read(self, resources: Json) -> list[Method]:
        found = []
        for resource in resources.values():
            for said in resource.get("methods", {}).values():
                names = {k: v for k, v in said.get("parameters", {}).items() if v["location"] == "path"}
                pattern = re.escape(self.root + said["path"])
                for name in names:
                    pattern = pattern.replace(re.escape("{" + name + "}"), f"(?P<{name}>[^/]+)")
                found.append(
                    Method(
                        id=said["id"],
                        verb=said["httpMethod"],
                        path=re.compile(pattern),
                        parameters=said.get("parameters", {}),
                        takes=said.get("request", {}).get("$ref", ""),
                        gives=said.get("response", {}).get("$ref", ""),
                        scopes=said.get("scopes", ()),
                        api=self,
                    )
                )
            found += self._read(resource.get("resources", {}))
        return found

    def find(self, verb: str, path: str) -> tuple[Method, Json] | None:
        """Return the method that `path`, still encoded, means, and what stands in the path."""
        for method in self.methods.values():
            if method.verb == verb and (match := method.path.fullmatch(path)):
                for part in match.groupdict().values():
                    if "@" in part:
                        raise Wrong(404, "notFound", f"{part} in a path has to be percent-encoded")
                return method, {name: unquote(part) for name, part in match.groupdict().items()}
        return None

    def query(self, method: Method, sent: Mapping[str, Sequence[str]]) -> Json:
        """Return the parameters of a query as what they are: booleans, numbers, lists, text."""
        known = {k: v for k, v in method.parameters.items() if v["location"] == "query"} | self._parameters
        read: Json = {}
        for name, values in sent.items():
            if name not in known:
                raise Wrong(400, "badRequest", f'Unknown name "{name}": Cannot bind query parameter.')
            said = known[name]
            if len(values) > 1 and not said.get("repeated"):
                raise Wrong(400, "badRequest", f'Invalid value: "{name}" is not repeated.')
            every = [_value(name, said, value) for value in values]
            read[name] = every if said.get("repeated") else every[0]
        if "oauth_token" in read or "access_token" in read:
            raise Wrong(400, "badRequest", "a token does not belong into an address")
        return read

    def body(self, method: Method, sent: Json) -> None:
        """Check the fields of a body and their types."""
        self._check(self.schemas[method.takes], sent, method.takes)

    def answer(self, method: Method, told: Json) -> None:
        """Check an answer of the fake's own: it may hold nothing that Google's doesn't."""
        self._check(self.schemas[method.gives], told, method.gives)

    def _check(self, said: Json, value: Any, where: str) -> None:
        if "$ref" in said:
            said = self.schemas[said["$ref"]]
        if value is None:
            return
        kind = said["type"]
        fits = {
            "object": isinstance(value, dict),
            "array": isinstance(value, list),
            "string": isinstance(value, str),
            "boolean": isinstance(value, bool),
            "integer": isinstance(value, int) and not isinstance(value, bool),
            "number": isinstance(value, int | float) and not isinstance(value, bool),
            "any": True,
        }[kind]
        if not fits:
            raise Wrong(400, "invalid", f"Invalid value for {where}: {kind} expected, not {type(value).__name__}")
        if kind == "array":
            for number, item in enumerate(value):
                self._check(said["items"], item, f"{where}[{number}]")
        elif kind == "object":
            for name, inner in value.items():
                if name in said.get("properties", {}):
                    self._check(said["properties"][name], inner, f"{where}.{name}")
                elif "additionalProperties" in said:
                    self._check(said["additionalProperties"], inner, f"{where}.{name}")
                else:
                    raise Wrong(400, "badRequest", f'Unknown name "{name}" at {where}: Cannot find field.')


def _value(name: str, said: Json, text: str) -> Any:
    if "enum" in said and text not in said["enum"]:
        raise bad(f"Invalid value: {text} is not one of {', '.join(said['enum'])}", "invalid", name)
    if said["type"] == "boolean":
        if text not in ("true", "false"):
            raise bad(f"Invalid boolean value: '{text}'.", "invalidParameter", name)
        return text == "true"
    if said["type"] != "integer":
        return text
    if not re.fullmatch(r"-?\d+", text):
        raise bad(f"Invalid integer value: '{text}'.", "invalidParameter", name)
    number = int(text)
    if number < int(said.get("minimum", number)) or number > int(said.get("maximum", number)):
        raise bad(f"Invalid value '{text}'. Out of range.", "invalidParameter", name)
    return min(number, MOST_RESULTS) if name == "maxResults" else number


@cache
def calendar() -> Api:
    """Google Calendar."""
    return Api("calendar", "v3")


@cache
def gmail() -> Api:
    """Gmail."""
    return Api("gmail", "v1")
