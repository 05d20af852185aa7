"""A Google that runs for one test, with a calendar in Berlin and somebody signed in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.fakes.google.client import Bare
from tests.fakes.google.people import People
from tests.fakes.google.server import Google


@pytest.fixture
def google() -> Iterator[Google]:
    with Google(now=datetime(2026, 3, 20, 8, tzinfo=UTC)) as running:
        running.calendar(time_zone="Europe/Berlin")
        yield running


@pytest.fixture
def calendar(google: Google) -> People:
    return google.calendar()


@pytest.fixture
def bare(google: Google) -> Bare:
    return Bare(google)
