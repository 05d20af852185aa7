"""What passes from process to process comes out as it went in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calsync.cli.show.results import cleaned_lines, of_cleaned, of_synced, synced_lines
from calsync.cli.show.when import Clock
from calsync.daemon.answers import Applied, CycleDone, Done, answer_of, done_of
from calsync.errors import (
    CalsyncError,
    ConfigError,
    ConfigErrors,
    Interrupted,
    LockHeld,
    ManyErrors,
    NotInThisVersion,
    OwnerMust,
    Stale,
)
from calsync.model.message import Message, MessageKey
from calsync.model.plan import Held
from calsync.reconcile.clean import Cleaned, Gone

CLOCK = Clock(ZoneInfo("Europe/Istanbul"), datetime(2026, 11, 23, 6, 0, tzinfo=UTC))
# Far from the ends of time, where no other zone can say them.
FIRST, LAST = datetime(1900, 1, 1), datetime(2900, 1, 1)  # noqa: DTZ001 (on the clocks of whatever zone is drawn)
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.timezones())
MAYBE = st.none() | MOMENTS
TEXTS = st.text(max_size=20)
DIGESTS = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26)
PAIRS = st.tuples(TEXTS, TEXTS)
HELD = st.builds(Held, call=st.just("") | DIGESTS)
MESSAGES = st.builds(
    Message,
    key=st.builds(MessageKey, start=MOMENTS, call=TEXTS, revision=st.integers(0, 9)),
    hard_stop=MOMENTS,
    send_at=MOMENTS,
    expires_at=MOMENTS,
    sent_at=MAYBE,
    retry_at=MAYBE,
    begun_at=MAYBE,
    per_call=st.none() | st.integers(0, 999),
)
CYCLES = st.builds(
    CycleDone,
    now=MOMENTS,
    titles=st.dictionaries(DIGESTS, TEXTS, max_size=3),
    named=st.lists(DIGESTS, max_size=3).map(tuple),
    messages=st.lists(DIGESTS, max_size=3).map(tuple),
    applied=st.lists(st.builds(Applied, start=MAYBE, end=MAYBE), max_size=3).map(tuple),
    sent=st.lists(MESSAGES, max_size=3).map(tuple),
    failed=st.lists(PAIRS, max_size=3).map(tuple),
    held=st.lists(HELD, max_size=3).map(tuple),
)
CLEANED = st.builds(
    Cleaned,
    removed=st.lists(st.builds(Gone, start=MOMENTS), max_size=3),
    left=st.lists(HELD, max_size=3),
    failed=st.lists(PAIRS, max_size=3),
)


def there_and_back(done: Done) -> Done:
    return done_of(json.loads(json.dumps(answer_of(done))))


@given(done=CYCLES | CLEANED)
def test_what_was_done_comes_out_as_it_went_in(done: Done) -> None:
    back = there_and_back(done)
    assert type(back) is type(done)
    # Zones come out as offsets, so the values are compared as they are told.
    assert answer_of(back) == answer_of(done)
    if isinstance(done, CycleDone):
        assert isinstance(back, CycleDone)
        assert of_synced(back, CLOCK) == of_synced(done, CLOCK)
        assert list(synced_lines(back, CLOCK)) == list(synced_lines(done, CLOCK))
        assert [type(one) for one in back.sent] == [type(one) for one in done.sent]
    else:
        assert isinstance(back, Cleaned)
        assert of_cleaned(back, CLOCK.now, CLOCK) == of_cleaned(done, CLOCK.now, CLOCK)
        assert list(cleaned_lines(back, CLOCK)) == list(cleaned_lines(done, CLOCK))


class NarrowerError(Stale):
    """Known in one room alone."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(OwnerMust("the plan is large", where="work", hint="look"), OwnerMust, id="of the tree"),
        pytest.param(LockHeld("held"), LockHeld, id="nothing but what"),
        pytest.param(NarrowerError("moved", where="work"), Stale, id="of a narrower kind"),
        pytest.param(CalsyncError("a fault"), CalsyncError, id="the base"),
        pytest.param(Interrupted("ended"), Interrupted, id="interrupted"),
    ],
)
def test_an_error_comes_out_as_one(error: CalsyncError, kind: type[CalsyncError]) -> None:
    with pytest.raises(CalsyncError) as caught:
        done_of(json.loads(json.dumps(answer_of(error))))
    back = caught.value
    assert type(back) is kind
    assert (back.what, back.where, back.hint) == (error.what, error.where, error.hint)
    assert (back.code, back.exit_code) == (error.code, error.exit_code)


def test_several_errors_come_out_as_several() -> None:
    several = ConfigErrors((ConfigError("one", where="c:1"), NotInThisVersion("two", hint="later")), hint="all of them")
    with pytest.raises(ManyErrors) as caught:
        done_of(json.loads(json.dumps(answer_of(several))))
    back = caught.value
    assert (type(back), back.hint, back.exit_code) == (ConfigErrors, "all of them", 2)
    assert [(type(one), one.what, one.where, one.hint) for one in back.errors] == [
        (ConfigError, "one", "c:1", ""),
        (NotInThisVersion, "two", "", "later"),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"cycle": {}, "cleaned": {}}, id="two at once"),
        pytest.param({"other": {}}, id="of a later version"),
        pytest.param({"cleaned": {"removed": [], "left": [], "failed": [], "new": 1}}, id="with a new field"),
        pytest.param({"cycle": {"now": 5}}, id="of another type"),
        pytest.param({"error": {"kind": "annotations"}}, id="an error that is none"),
    ],
)
def test_what_another_version_may_have_written_is_no_answer(answer: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
        done_of(answer)
