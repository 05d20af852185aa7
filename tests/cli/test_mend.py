"""A damaged ledger through the command line: what does the daily work mends it, all else names the remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from calsync.ledger.sqlite import FILE
from tests.cli.conftest import Run
from tests.ledger.test_sqlite import damage_a_page, damage_the_head, write_nonsense
from tests.sample import MONDAY, mails

NOW = ("--now", MONDAY)
AFTERNOON = ("--now", "2026-11-23T14:05:00+03:00")
WRITTEN = "2026-11-23T14:06:00+03:00"


@pytest.fixture
def state(run: Run, sample: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of the sample after a day's first cycle, and after a message of that day."""
    monkeypatch.setattr("calsync.calendars.file._SECOND_LOOK_S", 0.001)
    assert run("act", "--yes", *NOW).status == 0
    assert run("sync", *AFTERNOON).status == 0
    (ledger,) = sample.parent.parent.parent.rglob(FILE)
    return ledger.parent


def in_state(run: Run, state: str) -> set[str]:
    """Return the ids of the messages in this state."""
    return {one["id"] for one in run("outbox", "--json", "--now", WRITTEN).json["messages"] if one["state"] == state}


@pytest.mark.parametrize("harm", [damage_the_head, damage_a_page, write_nonsense])
def test_sync_mends_says_so_and_sends_nothing_twice(
    run: Run, sample: Path, state: Path, harm: Callable[[Path], None]
) -> None:
    before = mails(sample)
    sent = in_state(run, "sent")
    assert len(before) == len(sent) > 0
    harm(state / FILE)
    seen = run("outbox", *AFTERNOON)
    assert seen.status == 3 and "calsync sync puts it aside" in seen.err and "Traceback" not in seen.err
    assert list(state.glob("ledger.damaged-*")) == []

    mended = run("sync", "--now", WRITTEN)
    assert "put aside as ledger.damaged-20261123T110600Z" in mended.err and "ledger-2026-11-23.sqlite3" in mended.err
    assert mended.status == 0 and mails(sample) == before
    assert list(state.glob("ledger.damaged-*")) != []
    # With it waits an announcement, which may have been made since the copy with any message.
    assert in_state(run, "unknown") >= sent
    assert "put aside" in run("status", "--now", WRITTEN).out

    again = run("sync", "--now", WRITTEN)
    assert again.status == 0 and "aside" not in again.err and mails(sample) == before
