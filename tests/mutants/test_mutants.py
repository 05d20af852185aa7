"""The wrong programs still fit the right one, and what runs them tells the caught from the others."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.mutant import DoesNotFit, Mutant
from tests.mutants.programs import MUTANTS
from tests.mutants.run import ROOT, judged, run_tests


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_wrong_program_is_one_change_of_the_right_one(mutant: Mutant) -> None:
    ast.parse(mutant.changed(ROOT))
    for test in mutant.tests:
        file, _, name = test.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert f"def {name.partition('[')[0].rpartition('::')[2]}" in text


def test_no_two_have_one_name() -> None:
    assert [name for name, count in Counter(mutant.name for mutant in MUTANTS).items() if count > 1] == []


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A program of one line and a test of it."""
    (tmp_path / "program.py").write_text("ANSWER = 42\n")
    (tmp_path / "test_program.py").write_text(
        "import time\nfrom program import ANSWER\n\n"
        "def test_it():\n    while ANSWER == 0:\n        time.sleep(1)\n    assert ANSWER > 40\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    return tmp_path


def wrong(after: str, before: str = "42") -> Mutant:
    return Mutant(name="wrong", file="program.py", before=before, after=after, tests=["test_program.py"])


@pytest.mark.parametrize(
    ("after", "caught", "why"),
    [
        ("7", True, "FAILED test_program.py::test_it"),
        ("43", False, "no test failed"),
        ("(", False, "pytest ended with 2"),
        ("0", False, "took more than 10 s"),
    ],
    ids=["caught", "escaped", "no program", "hangs"],
)
def test_a_verdict_tells_the_caught_from_the_others(small: Path, after: str, caught: bool, why: str) -> None:
    verdict = judged(wrong(after), small, 10)
    assert (verdict.caught, verdict.why[: len(why)]) == (caught, why)
    assert run_tests(small, ["test_program.py"])[0] == 0


@pytest.mark.parametrize(
    ("before", "after"), [("43", "44"), ("A", "B"), ("42", "42")], ids=["gone", "twice", "nothing"]
)
def test_a_change_that_does_not_fit_is_an_error(small: Path, before: str, after: str) -> None:
    (small / "program.py").write_text("ANSWER = 42  # A\n")
    with pytest.raises(DoesNotFit):
        wrong(after, before).changed(small)
