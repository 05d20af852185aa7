"""The owner with one client, in each language and tone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.needs.owner import Owner
from tests.e2e.needs.people import CLIENTS, Client


@pytest.fixture(params=[pytest.param(one, id=one.name) for one in CLIENTS])
def owner(request: pytest.FixtureRequest, tmp_path: Path) -> Owner:
    client: Client = request.param
    made = Owner(tmp_path, client)
    made.config()
    return made
