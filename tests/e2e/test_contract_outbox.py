"""What the owner may say about a message, through the command line: approve, skip, send once more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import MONDAY, Calsync

AFTERNOON = "2026-11-23T14:05:00+03:00"


@pytest.fixture
def queued(calsync: Calsync, sample: Path) -> Path:
    """The sample after `act`: everything is in the outbox, nothing has been sent."""
    assert calsync("act", "--yes", "--now", MONDAY).status == 0
    return sample


def messages(calsync: Calsync, now: str = MONDAY) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = calsync("outbox", "--json", "--now", now).json["messages"]
    return found


def test_a_held_message_that_is_approved_goes_out_word_for_word_and_once(calsync: Calsync, queued: Path) -> None:
    held = next(one for one in messages(calsync) if one["state"] == "held")
    approved = calsync("outbox", "approve", held["id"], "--json", "--now", MONDAY)
    assert approved.json["messages"][0]["state"] == "planned"
    sent = calsync("sync", "--json", "--now", MONDAY).json["sent"]
    assert [(one["id"], one["subject"], one["body"]) for one in sent] == [(held["id"], held["subject"], held["body"])]
    assert calsync("sync", "--json", "--now", MONDAY).json["sent"] == []
    assert len(list((queued / "outbox").glob("*.eml"))) == 1


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        pytest.param("planned", "approve", id="approve what goes by itself"),
        pytest.param("planned", "resend", id="resend what was not sent"),
        pytest.param("held", "resend", id="resend what is held"),
        pytest.param("sent", "approve", id="approve what was sent"),
        pytest.param("sent", "skip", id="skip what was sent"),
    ],
)
def test_a_word_that_does_not_fit_the_state_changes_nothing(
    calsync: Calsync, queued: Path, state: str, verb: str
) -> None:
    calsync("sync", "--now", AFTERNOON)
    before = messages(calsync, AFTERNOON)
    chosen = next(one for one in before if one["state"] == state)
    refused = calsync("outbox", verb, chosen["id"], "--json", "--now", AFTERNOON)
    assert refused.status == 2
    assert state in refused.json["error"]["what"]
    assert messages(calsync, AFTERNOON) == before


def test_a_sent_message_can_be_sent_once_more_as_a_new_one(calsync: Calsync, queued: Path) -> None:
    calsync("sync", "--now", AFTERNOON)
    old = next(one for one in messages(calsync, AFTERNOON) if one["state"] == "sent")
    new = calsync("outbox", "resend", old["id"], "--json", "--now", AFTERNOON).json["messages"][0]
    assert new["id"] != old["id"]
    assert new["body"] == old["body"]
    sent = calsync("sync", "--json", "--now", AFTERNOON).json["sent"]
    assert [one["id"] for one in sent] == [new["id"]]


def test_what_the_owner_skips_is_never_sent(calsync: Calsync, queued: Path) -> None:
    chosen = next(one for one in messages(calsync) if one["client"] == "acme" and one["state"] == "planned")
    assert calsync("outbox", "skip", chosen["id"], "--now", MONDAY).status == 0
    assert calsync("sync", "--json", "--now", AFTERNOON).json["sent"] == []
    assert {one["id"]: one["state"] for one in messages(calsync, AFTERNOON)}[chosen["id"]] == "skipped"
