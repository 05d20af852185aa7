"""What the owner may say about a message, state by state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from calsync.deliver.outbox import approve, next_revision, resend, skip
from calsync.errors import UsageError
from calsync.model.message import Kind, State
from tests.contract.ledger import MINUTE, NOW, START, a_key, a_message

BEFORE = START - MINUTE
APPROVABLE = {State.ASKS, State.HELD, State.UNKNOWN}
SKIPPABLE = {State.PLANNED, State.ASKS, State.HELD, State.UNKNOWN}
RESENDABLE = {State.SENT, State.FAILED, State.EXPIRED}


@pytest.mark.parametrize("state", State)
def test_approve_sends_at_once_and_until_the_start(state: State) -> None:
    message = a_message(state=state, why="so", attempts=4, retry_at=START, epoch=3)
    if state not in APPROVABLE:
        with pytest.raises(UsageError, match="can't be approved"):
            approve(message, NOW)
        return
    approved = approve(message, BEFORE)
    assert approved == replace(
        message, state=State.PLANNED, approved=True, send_at=BEFORE, expires_at=START, why="", attempts=0, retry_at=None
    )
    with pytest.raises(UsageError, match="has begun"):
        approve(message, START)


def test_a_draft_about_a_cancelled_call_can_be_approved_until_its_old_start() -> None:
    draft = a_message(state=State.ASKS, key=a_key(kind=Kind.CANCELLED), expires_at=START)
    assert approve(draft, BEFORE).expires_at == START
    with pytest.raises(UsageError, match="has begun"):
        approve(draft, START)


def test_an_announcement_by_itself_can_be_approved_until_it_expires() -> None:
    end = START + timedelta(days=9)
    alone = a_message(state=State.ASKS, key=a_key("", kind=Kind.ANNOUNCEMENT), expires_at=end)
    assert approve(alone, START).expires_at == end
    with pytest.raises(UsageError, match="time has passed"):
        approve(alone, end)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(a_message(state=State.HELD, channel="", why="acme has no channel"), id="no channel"),
        pytest.param(a_message(state=State.HELD, key=a_key(to=""), why="acme has no contact"), id="no recipient"),
    ],
)
def test_what_can_go_nowhere_is_not_approved(message: object) -> None:
    with pytest.raises(UsageError, match="acme has no"):
        approve(message, NOW)  # type: ignore[arg-type]  # parametrized


@pytest.mark.parametrize("state", State)
def test_skip_says_no_to_what_was_not_sent_yet(state: State) -> None:
    message = a_message(state=state, why="so", approved=True)
    if state not in SKIPPABLE:
        with pytest.raises(UsageError, match="can't be skipped"):
            skip(message, NOW)
        return
    skipped = skip(message, NOW)
    assert (skipped.state, skipped.approved, skipped.key) == (State.SKIPPED, False, message.key)


@pytest.mark.parametrize("state", State)
def test_resend_makes_a_new_message_of_the_same_text(state: State) -> None:
    message = a_message(state=state, why="refused", sent_at=NOW, attempts=3, epoch=2)
    if state not in RESENDABLE:
        with pytest.raises(UsageError, match="can't be sent once more"):
            resend(message, NOW, 1)
        return
    fresh = resend(message, BEFORE, 4)
    assert fresh.key == a_key(revision=4) and fresh.id != message.id
    assert (fresh.subject, fresh.body) == (message.subject, message.body)
    assert (fresh.state, fresh.approved, fresh.send_at, fresh.expires_at) == (State.PLANNED, True, BEFORE, START)
    assert (fresh.sent_at, fresh.attempts, fresh.retry_at, fresh.epoch, fresh.why) == (None, 0, None, 0, "")
    with pytest.raises(UsageError, match="has begun"):
        resend(message, START, 1)


def test_the_next_revision_counts_every_message_of_the_same_rest_of_key() -> None:
    others = [a_message(key=a_key(revision=n)) for n in (0, 5, 2)]
    others += [a_message(key=a_key(revision=9, kind=Kind.UPDATE)), a_message("other"), a_message(key=a_key(to="x@y.z"))]
    assert next_revision(a_key(), others) == next_revision(a_key(revision=2), others) == 6
    assert next_revision(a_key("new"), others) == 0
