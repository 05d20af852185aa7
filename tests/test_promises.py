"""The list of promises names tests that exist, and says "not yet" where there is none."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PROMISES = TESTS.parent / "docs" / "promises.md"
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in PROMISES.read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| promise |", "| --- |"))
]
NAMED = sorted({name for row in ROWS for name in re.findall(r"`([\w/]+\.py::[\w:]+)`", row[1])})


@pytest.mark.parametrize("row", [pytest.param(row, id=row[0][:60]) for row in ROWS])
def test_a_promise_names_a_test_or_says_not_yet(row: tuple[str, ...]) -> None:
    promise, noticed = row
    assert promise.endswith((".", "`"))
    assert noticed == "not yet" or re.fullmatch(r"`[\w/]+\.py::[\w:]+`(, `[\w/]+\.py::[\w:]+`)*", noticed)


@pytest.mark.parametrize("name", NAMED)
def test_a_test_that_is_named_exists(name: str) -> None:
    path, *scopes, function = name.split("::")
    body = ast.parse((TESTS / path).read_text("utf-8")).body
    for scope in scopes:
        (found,) = (node for node in body if isinstance(node, ast.ClassDef) and node.name == scope)
        body = found.body
    # A suite in contract/ is one class that others inherit: there the name alone will do.
    inside = [node for outer in body if isinstance(outer, ast.ClassDef) for node in outer.body] if not scopes else []
    functions = {node.name for node in [*body, *inside] if isinstance(node, ast.FunctionDef)}
    # A state machine is a test by the name that it is given at the end.
    machines = {ast.unparse(node.targets[0]) for node in body if isinstance(node, ast.Assign)}
    assert function in functions | machines
