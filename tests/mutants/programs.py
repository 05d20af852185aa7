"""Every wrong program."""

from __future__ import annotations

from tests.mutants import decisions

MUTANTS = (*decisions.MUTANTS,)
