"""What every ledger must do: one suite for the three ports, a subclass a backend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TypeAlias

import pytest

from calsync.errors import Stale
from calsync.model.call import Flex
from calsync.model.event import EventRef
from calsync.model.mark import Role
from calsync.model.memory import (
    Announce,
    CalendarRecord,
    Decision,
    KnownCall,
    Late,
    Memory,
    OwnerNote,
    Pause,
    Told,
    WrittenItem,
)
from calsync.model.message import Kind, Message, MessageKey, State
from calsync.model.text import Form
from calsync.model.times import Span
from calsync.ports import Ledger

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
START = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

Again: TypeAlias = Callable[[], Ledger]


def a_key(call: str = "weekly@acme.example", **other: object) -> MessageKey:
    key = MessageKey(call=call, to="ayse@acme.example", start=START, kind=Kind.TIMEFRAME)
    return replace(key, **other)  # type: ignore[arg-type]  # a builder: the names are a key's


def a_message(call: str = "weekly@acme.example", **other: object) -> Message:
    message = Message(
        key=a_key(call),
        client="acme",
        hard_stop=START + 45 * MINUTE,
        send_at=NOW,
        expires_at=START - 30 * MINUTE,
        state=State.PLANNED,
        subject="Wednesday, 45 minutes",
        body="Hello Ayşe,\nwe have 45 minutes.",
        form=Form.FIRST,
        channel="mail",
    )
    return replace(message, **other)  # type: ignore[arg-type]  # a builder: the names are a message's


def a_call(name: str = "weekly@acme.example", **other: object) -> KnownCall:
    call = KnownCall(
        name=name,
        uid=name,
        slot=None,
        calendar="work",
        client="acme",
        summary="Haftalık görüşme",
        start=START,
        hard_stop=START + 45 * MINUTE,
        first_seen=NOW,
    )
    return replace(call, **other)  # type: ignore[arg-type]  # a builder: the names are a call's


def an_item(call: str = "weekly@acme.example", **other: object) -> WrittenItem:
    item = WrittenItem(
        call=call,
        role=Role.NOTE,
        ref=EventRef(calendar="work", uid=call),
        start=START,
        flex=0,
        essence="abcdef.012345",
        text="45 minutes\nuntil 14:45",
    )
    return replace(item, **other)  # type: ignore[arg-type]  # a builder: the names are an item's


OPEN = [State.PLANNED, State.ASKS, State.HELD]
CLOSED = [state for state in State if state not in OPEN]


class LedgerContract:
    """Subclasses give `ledger`, fresh and empty, and `again`: the same one, opened once more by the same process."""

    @staticmethod
    def only(ledger: Ledger) -> Message:
        (message,) = ledger.memory().messages
        return message

    # What goes in comes out

    def test_a_fresh_ledger_remembers_nothing_but_its_installation(self, ledger: Ledger) -> None:
        memory = ledger.memory()
        assert memory == Memory(installation=memory.installation)
        assert len(memory.installation) == 10 and memory.installation.isalnum()

    @pytest.mark.parametrize(
        "message",
        [
            pytest.param(a_message(), id="plain"),
            pytest.param(
                a_message(
                    state=State.SENT,
                    calendar="work",
                    why="as asked",
                    asked=True,
                    agenda="77aa",
                    per_call=45,
                    flex=-15,
                    approved=True,
                    thread="<cs.x@kaya.example>",
                    sent_at=NOW,
                    attempts=3,
                    retry_at=NOW + MINUTE,
                    epoch=2,
                ),
                id="every field",
            ),
            pytest.param(a_message(key=a_key(kind=Kind.UPDATE, revision=2)), id="another kind and revision"),
            pytest.param(
                a_message(subject="İ ı 😀 \u2028 \x00", body='"; DROP TABLE messages; --'), id="odd characters"
            ),
        ],
    )
    def test_a_message_comes_back_as_it_was_queued(self, ledger: Ledger, again: Again, message: Message) -> None:
        ledger.queue([message])
        assert again().memory().messages == (message,)

    @pytest.mark.parametrize(
        "call",
        [
            pytest.param(a_call(), id="single"),
            pytest.param(a_call(slot=START), id="slot is an instant"),
            pytest.param(a_call(slot=date(2026, 11, 25)), id="slot is a date"),
            pytest.param(a_call(gone_at=NOW, became="other"), id="gone"),
        ],
    )
    def test_a_known_call_comes_back_and_is_replaced_and_forgotten(
        self, ledger: Ledger, again: Again, call: KnownCall
    ) -> None:
        ledger.saw([call])
        assert again().memory().calls == {call.name: call}
        moved = replace(call, start=START + MINUTE)
        ledger.saw([moved])
        assert ledger.memory().calls == {call.name: moved}
        ledger.forget_calls([call.name, "never known"])
        assert ledger.memory().calls == {}

    def test_what_was_written_comes_back_by_call_and_role(self, ledger: Ledger, again: Again) -> None:
        note = an_item(ref=EventRef(calendar="work", uid="u", slot=START))
        block = an_item(role=Role.BEFORE, ref=EventRef(calendar="mine", uid="b", slot=date(2026, 1, 1)))
        ledger.remember([note, block])
        assert again().memory().written == {(note.call, Role.NOTE): note, (note.call, Role.BEFORE): block}
        newer = replace(note, flex=15, essence="ff")
        ledger.remember([newer])
        ledger.forget_written([(block.call, Role.BEFORE), (block.call, Role.AFTER)])
        assert ledger.memory().written == {(note.call, Role.NOTE): newer}

    def test_instants_in_any_zone_are_the_same_instant_in_utc(self, ledger: Ledger) -> None:
        there = START.astimezone(timezone(timedelta(hours=3)))
        ledger.saw([a_call(start=there)])
        (call,) = ledger.memory().calls.values()
        assert call.start == START and call.start.utcoffset() == timedelta(0)
        ledger.queue([a_message(key=a_key(start=there)), a_message()])
        assert len(ledger.memory().messages) == 1

    def test_the_newest_decision_about_a_call_or_series_holds(self, ledger: Ledger) -> None:
        skip = Decision(subject="weekly", series=True, verdict="skip", client="", at=NOW)
        keep = replace(skip, verdict="keep", client="acme", at=NOW + MINUTE)
        one = replace(skip, series=False)
        for decision in (skip, one, keep):
            ledger.decide(decision)
        assert set(ledger.memory().decisions) == {keep, one}

    def test_the_last_flex_of_a_call_holds_even_at_the_same_instant(self, ledger: Ledger) -> None:
        for minutes in (15, -5, 10):
            ledger.flex("weekly", Flex(minutes=minutes, because="a launch", at=NOW))
        ledger.flex("other", Flex(minutes=1, because="", at=NOW))
        assert ledger.memory().flexes["weekly"] == Flex(minutes=10, because="a launch", at=NOW)

    def test_items_added_by_hand_are_replaced_in_their_order(self, ledger: Ledger) -> None:
        ledger.set_agenda("weekly", ["b", "a", "a"])
        assert ledger.memory().agenda == {"weekly": ("b", "a", "a")}
        ledger.set_agenda("weekly", ["c"])
        assert ledger.memory().agenda == {"weekly": ("c",)}
        ledger.set_agenda("weekly", [])
        assert ledger.memory().agenda == {}

    def test_a_pause_stands_until_it_is_ended(self, ledger: Ledger) -> None:
        of_one = Pause(client="acme", since=NOW, until=START, note="in hospital")
        of_all = Pause(client="", since=NOW, until=None)
        ledger.pause(replace(of_one, until=None))
        ledger.pause(of_one)
        ledger.pause(of_all)
        assert set(ledger.memory().pauses) == {of_one, of_all}
        assert ledger.resume("") and not ledger.resume("")
        assert ledger.memory().pauses == (of_one,)

    def test_the_wish_for_an_announcement_replaces_an_older_one(self, ledger: Ledger) -> None:
        wish = Announce(client="acme", because="", at_once=False, at=NOW)
        newer = replace(wish, because="a child", at_once=True, revision=1)
        ledger.announce(wish)
        ledger.announce(newer)
        assert ledger.memory().announcements == {"acme": newer}

    def test_a_calendar_record_comes_back_with_its_busy_times(self, ledger: Ledger) -> None:
        record = CalendarRecord(name="work", read_at=None, events=0, error="cut in the middle")
        ledger.record_calendar(record)
        assert ledger.memory().calendars == {"work": record}
        record = CalendarRecord(
            name="work",
            read_at=NOW,
            events=7,
            empty_at=NOW,
            foreign_at=START,
            busy=(Span(NOW, START), Span(START, START)),
        )
        ledger.record_calendar(record)
        assert ledger.memory().calendars == {"work": record}

    def test_an_alert_is_raised_once_until_it_is_cleared(self, ledger: Ledger) -> None:
        assert ledger.alert("k", NOW, "first")
        assert not ledger.alert("k", START, "second")
        assert ledger.alerts() == (("k", NOW, "second"),)
        ledger.clear_alert("k")
        ledger.clear_alert("never raised")
        assert ledger.alerts() == ()
        assert ledger.alert("k", START, "second")

    # Transactions

    def test_a_transaction_that_breaks_leaves_nothing(self, ledger: Ledger, again: Again) -> None:
        with pytest.raises(RuntimeError, match="power"), ledger.transaction():
            ledger.queue([a_message()])
            with ledger.transaction():
                ledger.saw([a_call()])
            ledger.log(NOW, "queued", "work")
            raise RuntimeError("power")
        memory = again().memory()
        assert memory.messages == () and memory.calls == {}
        ledger.saw([a_call()])
        assert again().memory().calls

    def test_nothing_of_a_transaction_is_seen_before_its_end(self, ledger: Ledger, again: Again) -> None:
        other = again()
        with ledger.transaction():
            ledger.queue([a_message()])
            assert other.memory().messages == ()
            assert len(ledger.memory().messages) == 1
        assert len(other.memory().messages) == 1

    # The outbox

    @pytest.mark.parametrize("state", OPEN)
    def test_an_open_message_is_replaced_and_withdrawn(self, ledger: Ledger, state: State) -> None:
        ledger.queue([a_message(state=state, why="so")])
        newer = a_message(state=State.HELD, subject="Other", why="doubtful", send_at=NOW + MINUTE)
        ledger.queue([newer])
        assert self.only(ledger) == newer
        ledger.withdraw([newer.key, a_key("never queued")])
        assert ledger.memory().messages == ()

    @pytest.mark.parametrize("state", CLOSED)
    def test_a_message_that_is_no_longer_open_is_neither_replaced_nor_withdrawn(
        self, ledger: Ledger, state: State
    ) -> None:
        old = a_message(state=state)
        ledger.queue([old])
        ledger.queue([a_message(subject="Other")])
        ledger.withdraw([old.key])
        assert self.only(ledger) == old

    def test_an_approval_given_while_a_plan_was_made_stands_for_the_same_text(self, ledger: Ledger) -> None:
        asks = a_message(state=State.ASKS)
        ledger.queue([asks])
        approved = replace(asks, state=State.PLANNED, approved=True)
        ledger.set_state(approved)
        ledger.queue([asks])
        assert self.only(ledger) == approved
        ledger.queue([replace(asks, body="Other")])
        assert self.only(ledger) == replace(asks, body="Other")

    def test_a_new_plan_does_not_forget_earlier_tries(self, ledger: Ledger) -> None:
        ledger.queue([a_message()])
        claimed = ledger.claim(a_key(), NOW)
        assert claimed
        ledger.settle(
            a_key(), 1, replace(claimed, state=State.PLANNED, attempts=1, retry_at=NOW + MINUTE, why="greylisted")
        )
        ledger.queue([a_message(subject="Other")])
        message = self.only(ledger)
        assert (message.subject, message.attempts, message.retry_at, message.epoch) == ("Other", 1, NOW + MINUTE, 1)

    @pytest.mark.parametrize(
        ("change", "due"),
        [
            pytest.param({}, True, id="its moment"),
            pytest.param({"send_at": NOW - timedelta(days=1)}, True, id="long ago"),
            pytest.param({"send_at": NOW + timedelta(microseconds=1)}, False, id="in a moment"),
            pytest.param({"send_at": NOW.astimezone(timezone(timedelta(hours=-5)))}, True, id="in another zone"),
            pytest.param({"retry_at": NOW}, True, id="retry reached"),
            pytest.param({"retry_at": NOW + MINUTE, "attempts": 2}, False, id="retry later"),
            pytest.param({"retry_at": NOW + 2 * MINUTE, "attempts": 1}, True, id="retry by a clock that ran ahead"),
            pytest.param({"expires_at": NOW}, False, id="expired"),
            pytest.param({"state": State.ASKS}, False, id="asks"),
            pytest.param({"state": State.HELD}, False, id="held"),
            pytest.param({"state": State.UNKNOWN}, False, id="unknown"),
        ],
    )
    def test_due_is_what_is_planned_and_neither_early_nor_late(
        self, ledger: Ledger, change: dict[str, object], due: bool
    ) -> None:
        ledger.queue([replace(a_message(), **change)])  # type: ignore[arg-type]  # fields of a message
        assert bool(ledger.due(NOW)) is due

    def test_the_earliest_is_due_first(self, ledger: Ledger) -> None:
        ledger.queue([a_message("b", send_at=NOW - MINUTE), a_message("a"), a_message("c", send_at=NOW - 2 * MINUTE)])
        assert [message.key.call for message in ledger.due(NOW)] == ["c", "b", "a"]

    def test_a_message_is_claimed_once(self, ledger: Ledger, again: Again) -> None:
        ledger.queue([a_message()])
        claimed = ledger.claim(a_key(), NOW)
        assert claimed == a_message(state=State.SENDING, epoch=1)
        assert ledger.claim(a_key(), NOW) is None and again().claim(a_key(), NOW) is None
        assert self.only(again()) == claimed and ledger.due(NOW) == ()

    @pytest.mark.parametrize("state", [state for state in State if state is not State.PLANNED])
    def test_only_what_is_planned_is_claimed(self, ledger: Ledger, state: State) -> None:
        ledger.queue([a_message(state=state)])
        assert ledger.claim(a_key(), NOW) is None
        assert self.only(ledger).state is state

    def test_nothing_is_claimed_before_its_moment_or_once_it_has_expired(self, ledger: Ledger) -> None:
        ledger.queue([a_message()])
        assert ledger.claim(a_key(), NOW - MINUTE) is None
        assert ledger.claim(a_key(), START) is None
        assert ledger.claim(a_key("never queued"), NOW) is None

    def test_only_the_present_claimer_settles_and_only_once(self, ledger: Ledger) -> None:
        ledger.queue([a_message()])
        first = ledger.claim(a_key(), NOW)
        assert first
        assert ledger.settle(first.key, first.epoch, replace(first, state=State.PLANNED))
        second = ledger.claim(a_key(), NOW)
        assert second and second.epoch == 2
        assert not ledger.settle(first.key, first.epoch, replace(first, state=State.FAILED))
        sent = replace(second, state=State.SENT, sent_at=NOW)
        assert ledger.settle(second.key, second.epoch, sent)
        assert not ledger.settle(second.key, second.epoch, replace(second, state=State.UNKNOWN))
        assert self.only(ledger) == sent

    def test_a_claim_is_begun_by_its_claimer_alone_and_only_before_it_expires(
        self, ledger: Ledger, again: Again
    ) -> None:
        ledger.queue([a_message()])
        assert not ledger.begin(a_key(), 0, NOW)
        claimed = ledger.claim(a_key(), NOW)
        assert claimed is not None and claimed.begun_at is None
        assert not ledger.begin(a_key(), claimed.epoch - 1, NOW)
        assert not ledger.begin(a_key(), claimed.epoch, START)
        assert again().memory().messages[0].begun_at is None
        assert ledger.begin(a_key(), claimed.epoch, NOW + MINUTE)
        assert again().memory().messages[0].begun_at == NOW + MINUTE

    def test_what_was_settled_is_begun_no_more(self, ledger: Ledger) -> None:
        ledger.queue([a_message()])
        first = ledger.claim(a_key(), NOW)
        assert first is not None and ledger.begin(a_key(), first.epoch, NOW)
        assert ledger.settle(a_key(), first.epoch, replace(first, state=State.PLANNED))
        assert not ledger.begin(a_key(), first.epoch, NOW)
        second = ledger.claim(a_key(), NOW)
        assert second is not None and second.begun_at is None

    def test_a_claim_is_stranded_when_its_lease_is_over(self, ledger: Ledger, again: Again) -> None:
        ledger.queue([a_message()])
        claimed = ledger.claim(a_key(), NOW)
        assert again().stranded(NOW + MINUTE) == ()
        assert again().stranded(NOW + timedelta(hours=1)) == (claimed,)
        assert again().stranded(NOW - timedelta(hours=1)) == (claimed,), "by a clock that ran ahead"

    def test_what_is_in_hand_is_what_this_process_claimed_and_did_not_settle(
        self, ledger: Ledger, again: Again
    ) -> None:
        ledger.queue([a_message(), a_message("b"), a_message("planned")])
        first, second = ledger.claim(a_key(), NOW), ledger.claim(a_key("b"), NOW)
        assert first is not None and second is not None and ledger.begin(a_key("b"), second.epoch, NOW)
        assert {one.key.call: one.begun_at for one in again().in_hand()} == {"weekly@acme.example": None, "b": NOW}
        assert ledger.settle(a_key(), first.epoch, replace(first, state=State.PLANNED))
        assert [one.key.call for one in again().in_hand()] == ["b"]

    def test_what_left_is_what_was_sent_is_leaving_or_may_have_left(self, ledger: Ledger) -> None:
        def settled(call: str, state: State) -> None:
            ledger.queue([a_message(call)])
            claimed = ledger.claim(a_key(call), NOW)
            assert claimed is not None and ledger.begin(a_key(call), claimed.epoch, NOW)
            begun_at, sent_at = (NOW, None) if state is State.UNKNOWN else (None, NOW if state is State.SENT else None)
            message = replace(claimed, state=state, begun_at=begun_at, sent_at=sent_at)
            assert state is State.SENDING or ledger.settle(a_key(call), claimed.epoch, message)

        for count, state in ((1, State.SENT), (2, State.UNKNOWN), (3, State.SENDING), (3, State.FAILED)):
            settled(f"{state}", state)
            assert ledger.left(NOW - MINUTE, NOW + MINUTE) == count
        settled("deferred", State.PLANNED)
        ledger.queue([a_message("planned"), a_message("asks", state=State.ASKS)])
        assert ledger.left(NOW - MINUTE, NOW + MINUTE) == 3
        assert ledger.left(NOW, NOW + MINUTE) == ledger.left(NOW - MINUTE, NOW) == 0

    def test_the_owners_word_on_an_unknown_one_takes_it_out_of_what_left_once_it_goes_again(
        self, ledger: Ledger
    ) -> None:
        ledger.queue([a_message()])
        claimed = ledger.claim(a_key(), NOW)
        assert claimed is not None
        unknown = replace(claimed, state=State.UNKNOWN, begun_at=NOW)
        assert ledger.settle(a_key(), claimed.epoch, unknown)
        ledger.set_state(replace(unknown, state=State.SKIPPED))
        assert ledger.left(NOW - MINUTE, NOW + MINUTE) == 1
        ledger.set_state(replace(unknown, state=State.PLANNED, begun_at=None))
        assert ledger.left(NOW - MINUTE, NOW + MINUTE) == 0

    @pytest.mark.parametrize(
        ("change", "due"),
        [
            pytest.param({}, NOW, id="its moment"),
            pytest.param({"retry_at": NOW + MINUTE}, NOW + MINUTE, id="its retry"),
            pytest.param({"retry_at": NOW - MINUTE}, NOW, id="a retry that its moment came after"),
            pytest.param({"expires_at": NOW - MINUTE}, NOW - MINUTE, id="its expiry"),
            pytest.param({"state": State.ASKS}, START - 30 * MINUTE, id="the expiry of what asks"),
            pytest.param({"state": State.HELD}, START - 30 * MINUTE, id="the expiry of what is held"),
            *(pytest.param({"state": one}, None, id=one) for one in CLOSED if one is not State.SENDING),
        ],
    )
    def test_the_outbox_has_something_to_do_at(
        self, ledger: Ledger, change: dict[str, object], due: datetime | None
    ) -> None:
        assert ledger.next_due() is None
        ledger.queue([replace(a_message(), **change)])  # type: ignore[arg-type]  # fields of a message
        assert ledger.next_due() == due

    def test_the_earliest_of_all_is_next_and_a_claim_when_its_lease_ends(self, ledger: Ledger, again: Again) -> None:
        ledger.queue([a_message(), a_message("b", send_at=NOW + MINUTE)])
        assert ledger.next_due() == NOW
        ledger.claim(a_key(), NOW)
        assert ledger.next_due() == NOW + MINUTE
        ledger.withdraw([a_key("b")])
        end = ledger.next_due()
        assert end is not None and NOW < end and len(again().stranded(end)) == 1

    def test_the_version_tells_of_what_others_commit_and_of_nothing_else(self, ledger: Ledger, again: Again) -> None:
        other = again()
        before = ledger.version()
        ledger.queue([a_message()])
        assert ledger.memory().messages and ledger.version() == before
        with other.transaction():
            other.saw([a_call()])
            assert ledger.version() == before
        assert ledger.version() != before
        before = ledger.version()
        other.withdraw([a_key("never queued")])
        assert other.memory().calls and ledger.version() == before

    def test_a_ledger_that_is_the_last_one_is_no_older_copy(self, ledger: Ledger, again: Again) -> None:
        assert not ledger.notice_older_copy(NOW)
        ledger.queue([a_message()])
        claimed = ledger.claim(a_key(), NOW)
        assert claimed is not None and not again().notice_older_copy(NOW)
        assert ledger.begin(a_key(), claimed.epoch, NOW) and not again().notice_older_copy(NOW)
        assert ledger.memory().restored_at is None and ledger.alerts() == ()

    @pytest.mark.parametrize("state", OPEN)
    def test_what_is_open_expires_at_its_time(self, ledger: Ledger, state: State) -> None:
        message = a_message(state=state, why="so")
        ledger.queue([message])
        assert ledger.expire(message.expires_at - timedelta(microseconds=1)) == ()
        assert ledger.expire(message.expires_at) == (replace(message, state=State.EXPIRED),)
        assert self.only(ledger) == replace(message, state=State.EXPIRED)
        assert ledger.expire(message.expires_at) == ()

    @pytest.mark.parametrize("state", CLOSED)
    def test_what_is_settled_or_claimed_does_not_expire(self, ledger: Ledger, state: State) -> None:
        ledger.queue([a_message(state=state)])
        assert ledger.expire(START) == ()
        assert self.only(ledger).state is state

    def test_the_owner_sets_state_time_and_reason(self, ledger: Ledger) -> None:
        ledger.queue([a_message(state=State.UNKNOWN, why="no answer", attempts=2, retry_at=NOW)])
        approved = a_message(
            state=State.PLANNED, why="", approved=True, send_at=NOW + MINUTE, expires_at=START, attempts=0
        )
        ledger.set_state(approved)
        assert self.only(ledger) == approved

    def test_the_owners_word_about_another_text_or_a_message_gone_is_stale(self, ledger: Ledger) -> None:
        asks = a_message(state=State.ASKS)
        ledger.queue([replace(asks, body="Other")])
        with pytest.raises(Stale):
            ledger.set_state(replace(asks, state=State.PLANNED, approved=True))
        with pytest.raises(Stale):
            ledger.set_state(a_message("never queued", state=State.SKIPPED))
        assert self.only(ledger) == replace(asks, body="Other")

    def test_the_owners_word_comes_too_late_for_what_is_being_sent_or_was(self, ledger: Ledger) -> None:
        ledger.queue([a_message()])
        claimed = ledger.claim(a_key(), NOW)
        assert claimed
        with pytest.raises(Stale):
            ledger.set_state(a_message(state=State.SKIPPED))
        ledger.settle(claimed.key, claimed.epoch, replace(claimed, state=State.SENT, sent_at=NOW))
        for epoch in (0, claimed.epoch):
            with pytest.raises(Stale):
                ledger.set_state(a_message(state=State.PLANNED, approved=True, epoch=epoch))
        assert self.only(ledger).state is State.SENT

    # Diary

    def test_what_was_told_of_a_call_comes_back_the_last_word_counting(self, ledger: Ledger, again: Again) -> None:
        told = Told(call="a", client="acme", start=START, at=NOW, minutes=75, open=("Bütçe; ikinci", "Launch"))
        ledger.went(replace(told, minutes=60, because="we found an error"))
        ledger.went(told)
        ledger.went(replace(told, call="b", minutes=None, decided="we launch", prep="the table"))
        found = again().memory().told
        assert found["a"] == told and found["b"].minutes is None and found["b"].decided == "we launch"

    def test_a_delay_a_note_and_a_carry_come_back(self, ledger: Ledger, again: Again) -> None:
        late = Late(call="a", start=START, minutes=10, because="the train", shift=True, at=NOW)
        note = OwnerNote(client="acme", text="moves house", until=START, at=NOW)
        ledger.late(replace(late, minutes=5))
        ledger.late(late)
        ledger.note(note)
        ledger.let_carry("a")
        ledger.let_carry("a")
        memory = again().memory()
        assert memory.lates == {"a": late} and memory.notes == (note,) and memory.carried == {"a"}

    def test_what_is_done_once_is_not_done_again(self, ledger: Ledger, again: Again) -> None:
        assert not ledger.did("digest 2026-11-24")
        assert ledger.once("digest 2026-11-24", NOW)
        assert again().did("digest 2026-11-24") and not again().once("digest 2026-11-24", START)
        assert ledger.once("digest 2026-11-25", NOW)

    def test_what_was_forgotten_is_known_by_its_ids_alone(self, ledger: Ledger, again: Again) -> None:
        ledger.never_again(["k3f9q2", "k3f9q2", "abc"], NOW)
        assert again().memory().forgotten == {"k3f9q2", "abc"}

    def test_what_was_told_of_a_call_goes_with_it(self, ledger: Ledger, again: Again) -> None:
        ledger.went(Told(call="a", client="acme", start=START, at=NOW))
        ledger.late(Late(call="a", start=START, minutes=10, because="", shift=False, at=NOW))
        ledger.let_carry("a")
        ledger.forget_calls(["a"])
        memory = again().memory()
        assert not memory.told and not memory.lates and not memory.carried
