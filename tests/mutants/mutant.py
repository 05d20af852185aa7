"""A wrong program: calsync with one thing changed, and the tests that have to notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class DoesNotFit(Exception):
    """The text to change is not there, or more than once: the code went on, and the mutant has to follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change.

    name: what is wrong with this program. file: below the repository. before: the text, found there exactly once.
    after: what stands in its place. tests: for pytest; one of them has to fail.
    """

    name: str
    file: str
    before: str
    after: str
    tests: Sequence[str]

    def changed(self, root: Path) -> str:
        """Return the file as the wrong program has it.

        Raises:
            DoesNotFit: there is not exactly one place to change, or nothing changes.
        """
        text = (root / self.file).read_text(encoding="utf-8")
        if self.before == self.after or (count := text.count(self.before)) != 1:
            times = "no change" if self.before == self.after else f"{count} times"
            raise DoesNotFit(f"{self.name}: {times} in {self.file}")
        return text.replace(self.before, self.after)
