"""Says what is wrong: looks at every mail and at what stands after every pass, by the rules and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import unified_diff
from typing import TYPE_CHECKING

from calsync.deliver.run import Delivered
from calsync.model.call import call_name, digest_of
from calsync.model.memory import Memory
from calsync.model.message import Kind, Message, State
from tests.month import rulebook
from tests.month.cast import HORIZON, OWNER, SECRET, Client
from tests.month.diary import WEEK, Occurrence
from tests.month.place import Block
from tests.month.post import Letter
from tests.month.rulebook import MINUTE, SETTLES, Call

if TYPE_CHECKING:
    from tests.month.month import Month

HOUR = timedelta(hours=1)
TICK = timedelta(minutes=15)  # a message that leaves so long after its moment, as by a timer, is in time
NOTICEABLE = timedelta(minutes=5)
LEADS = (Kind.TIMEFRAME, Kind.ANNOUNCEMENT, Kind.REMINDER)
_MAYBE = (State.SENT, State.SENDING, State.UNKNOWN)
_SEEN = (State.UNKNOWN, State.FAILED, State.SKIPPED)


class Broken(AssertionError):
    """An invariant that did not hold."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one mail has told its recipient."""

    client: str
    to: str
    call: str
    kind: Kind
    start: datetime
    stop: datetime
    at: datetime
    text: str
    approved: bool


class Judge:
    """Keeps what was told, and compares."""

    def __init__(self, month: Month) -> None:
        self.month = month
        self.told: list[Told] = []
        self.excused: set[int] = set()
        self.ids: set[str] = set()
        self.alert = "", month.now
        self._memory: Memory | None = None
        self._names: dict[str, str] = {}
        self.first: Broken | None = None
        self.waiting: set[str] = set()
        self._changed: set[str] = set()
        self.anew: set[tuple[str, str]] = set()
        self._withdrawn: set[tuple[str, str]] = set()
        self.counts: Counter[str] = Counter()

    def broken(self, rule: str, *facts: object) -> None:
        """Stop the month; also where somebody on the way up takes it for a failure of the channel."""
        self.first = self.first or Broken(f"{rule}: {' · '.join(str(fact) for fact in facts)}")
        raise self.first

    # --- what the rules say ---

    def calls(self, memory: Memory) -> list[Call]:
        """Return the calls that stand from yesterday to the horizon and a day, by start."""
        now = self.month.now
        found = []
        for one in self.month.diary.occurrences(now - rulebook.DAY, now + HORIZON + rulebook.DAY):
            if self.decision(one, memory) == "skip":
                continue
            call = rulebook.call_of(one, self.month.config.clients.values())
            if call is not None:
                found.append(call)
        return sorted(found, key=lambda call: (call.start, call.meeting.uid))

    def name(self, one: Occurrence, memory: Memory) -> str:
        """Return under which name calsync knows an occurrence: its own, or that of the call whose place it took."""
        if self._memory is not memory:
            self._memory = memory
            self._names = {call_name(known.uid, known.slot): name for name, known in memory.calls.items()}
        meeting = one.meeting
        own = call_name(meeting.uid, meeting.slot(one.number) if meeting.weeks else None)
        if own in self._names or not meeting.weeks:
            return self._names.get(own, own)
        # What was skipped before its series moved is not seen as a call, and goes by its old name.
        older = [call_name(meeting.uid, start + one.number * WEEK) for start in reversed(meeting.before)]
        return next((name for name in older if name in memory.calls), own)

    def decision(self, one: Occurrence, memory: Memory) -> str:
        """Return the owner's newest word on an occurrence or its series, or an empty string."""
        subjects = (one.meeting.uid, self.name(one, memory))
        words = [(at, word) for at, subject, word in self.month.decisions if subject in subjects]
        return max(words)[1] if words else ""

    def stop(self, call: Call, memory: Memory) -> datetime:
        """Return the hard stop."""
        name = self.name(call.occurrence, memory)
        cap = call.client.per_call
        for row in memory.messages:
            if row.key.call == name and row.state in _MAYBE and row.key.kind is not Kind.CANCELLED:
                cap = row.per_call  # what a client was told stays, whatever the config says since
        base = rulebook.earlier_stop(call.start, call.occurrence.end, cap)
        if name not in self.month.flexes:
            return base
        return max(base + self.month.flexes[name] * MINUTE, call.start + NOTICEABLE)

    def held(self, call: Call, memory: Memory) -> bool:
        """Tell whether something keeps the call's messages from going by themselves."""
        if rulebook.open_question(call) or (
            rulebook.doubtful(call.occurrence) and self.decision(call.occurrence, memory) != "keep"
        ):
            return True
        return self.month.paused(call.client.key) or not rulebook.recipients(call)

    # --- mails ---

    def letter(self, letter: Letter) -> None:
        """Judge one mail that was taken."""
        mail, now = letter.mail, letter.at
        if mail.private:
            self._to_herself(letter)
            return
        memory = self.month.house.ledger.memory()
        row = next((one for one in memory.messages if f"<cs.{one.id}@" in mail.message_id), None)
        if row is None:
            self.broken("a mail that nobody knows of", mail.subject)
            return
        client = self.month.config.clients.get(row.client)
        if client is None:
            self.broken("a mail to nobody's client", mail.to)
            return
        facts = (row.key.kind, mail.to, row.key.start, mail.subject)
        if row.key.call and not self.month.readable:
            self.broken("mailed while its calendar could not be read", *facts)
        if self.month.config.mode == "observe":
            self.broken("mailed in observe", *facts)
        if mail.message_id in self.ids and row.id not in self.month.again:
            self.broken("mailed twice, under one Message-ID", *facts)
        self.ids.add(mail.message_id)
        if SECRET in mail.subject + mail.body:
            self.broken("a client reads what is private", *facts)
        in_time = now - row.send_at <= TICK and rulebook.polite(row.send_at, client)
        if not (row.approved or in_time or rulebook.polite(now, client)):
            self.broken("mailed outside polite hours", *facts, now.astimezone(client.zone))
        told = Told(
            row.client, mail.to, row.key.call, row.key.kind, row.key.start, row.hard_stop, now, mail.body, row.approved
        )
        if row.key.call:
            self._about_a_call(told, row, client, memory)
        self.told.append(told)
        self.counts["mails"] += 1
        self.counts[f"mails: {row.key.kind.value}"] += 1
        self.month.note(f"mail {row.key.kind.value} to {mail.to} about {row.key.start:%d %H:%M}: {mail.subject}")

    def _to_herself(self, letter: Letter) -> None:
        """Judge one mail with alerts: to nobody but her, and each once."""
        mail = letter.mail
        if mail.to != OWNER:
            self.broken("an alert went to somebody else", mail.to)
        before, at = self.alert
        if mail.message_id in self.ids or (mail.body == before and letter.at - at < 6 * HOUR):
            self.broken("the owner is told the same twice", mail.subject, mail.body)
        self.ids.add(mail.message_id)
        self.alert = mail.body, letter.at
        self.counts["alerts by mail"] += 1

    def _about_a_call(self, told: Told, row: Message, client: Client, memory: Memory) -> None:
        now, facts = told.at, (told.kind, told.to, told.start, row.subject)
        if now >= told.start:
            self.broken("mailed after the start", *facts)
        since_same: list[Told] | None = None
        teller = ""
        for number, one in enumerate(self.told):
            if (one.client, one.to) != (told.client, told.to) or number in self.excused:
                continue
            if since_same is not None and (one.call == told.call or (one.call == teller and one.start != told.start)):
                since_same.append(one)  # of this call, or of the one that had this start before it moved away
            # A late reminder may say what the next one says too: they go at leads of their own.
            same = one.text == told.text and told.kind is not Kind.REMINDER
            if one.start == told.start and (same or (one.kind in LEADS[:2] and told.kind in LEADS[:2])):
                since_same, teller = [], one.call
        resent = row.id in self.month.again or row.key.revision in self.month.resent.get(told.call, ())
        if since_same is not None and not resent:
            other = (
                one.kind is Kind.CANCELLED or (one.start, one.stop) != (told.start, told.stop) for one in since_same
            )
            if not any(other):
                self.broken("mailed twice", *facts)
        if told.kind is Kind.CANCELLED:
            if not row.approved:
                self.broken("a draft about a cancelled call went without approval", *facts)
            return
        calls = [one for one in self.calls(memory) if one.client.key == told.client and one.start == told.start]
        named = [one for one in calls if self.name(one.occurrence, memory) == told.call]
        if not named:
            self.broken("a mail about a call that does not stand", *facts)
            return
        call = named[0]
        if told.to not in rulebook.recipients(call):
            self.broken("a recipient that the rules do not give", *facts)
        stop = self.stop(call, memory)
        if told.stop != stop:
            self.broken("a mail tells another hard stop", *facts, told.stop, stop)
        for at in (told.start, stop) if told.kind in (*LEADS, Kind.UPDATE) else (stop,):
            if not says(told.text, at, client):
                self.broken("a mail does not say when", *facts, at.astimezone(client.zone), told.text)
        if row.approved:
            return
        if client.send == "off":
            self.broken("mailed to a client who is to get nothing", *facts)
        if (
            self.held(call, memory)
            or rulebook.by_stranger(call)
            or (client.send == "ask" and told.kind is not Kind.FLEX and not self.confirmed(row))
        ):
            self.broken("a mail went that had to wait", *facts)
        if told.kind in LEADS:
            if told.start - now < client.notice * MINUTE:
                self.broken("too little notice", *facts)
            leads = client.leads[1:] if told.kind is Kind.REMINDER else client.leads[:1]
            leads = (*leads, *client.leads[:1])  # a reminder may stand in for the message at the longest lead
            if now < min(rulebook.usual(told.start, lead, client) for lead in leads):
                self.broken("mailed too early", *facts)
        fresh = now < call.occurrence.changed + SETTLES and told.start - now > HOUR
        if self.month.stamped and fresh:
            self.broken("mailed about an event that was just changed", *facts)

    def confirmed(self, row: Message) -> bool:
        """Tell whether the owner has confirmed this one by asking for the announcement."""
        return row.key.kind is Kind.ANNOUNCEMENT and row.client in self.month.announced

    def ledger_was_lost(self) -> None:
        """What she had approved before its time can't be known any more, and goes at its time.

        Nor what she herself was told: that a ledger was lost is said once for each that was.
        """
        self.alert = "", self.month.now
        self.excused |= {number for number, one in enumerate(self.told) if one.approved}

    # --- after a pass ---

    def waits(self, done: Delivered) -> None:
        """Take note of what waits for room under the limit, or for one more cycle since it has just changed."""
        limited = {one.id for one, why in done.waiting if "limits.messages" in why}
        changed = {one.id for one, why in done.waiting if "text changed" in why}
        self.waiting = limited | (changed - self._changed)
        self._changed = changed
        withdrawn = {(one.key.call, one.key.to) for one, _ in done.withdrawn}
        self.anew, self._withdrawn = withdrawn - self._withdrawn, withdrawn

    def due_is_done(self, memory: Memory) -> None:
        """After a pass in which everything worked: whoever is to know by now has been told, or the reason shows."""
        now = self.month.now
        for call in self.calls(memory):
            if not now < call.start <= now + HORIZON or call.client.send == "off":
                continue
            for to in rulebook.certain(call):
                if self._is_due(call, to, memory):
                    self._is_shown(call, to, memory)

    def _is_due(self, call: Call, to: str, memory: Memory) -> bool:
        now, client = self.month.now, call.client
        if now < call.occurrence.changed + SETTLES and call.start - now > HOUR:
            return False
        rows = [one for one in memory.messages if (one.client, one.key.to) == (client.key, to) and one.state in _MAYBE]
        rows.sort(key=lambda one: (one.sent_at or one.send_at, one.key.revision))
        name = self.name(call.occurrence, memory)
        last = next((one for one in reversed(rows) if one.key.call == name), None)
        if last is not None and last.key.kind is Kind.CANCELLED:
            last = None
        elif last is None and any(one.key.start == call.start for one in rows):
            return False  # another event has told it
        if last is not None:
            moved = abs(last.key.start - call.start) >= NOTICEABLE
            others = (one for one in rows if one.key.call != name and one.key.start == call.start)
            since = last.sent_at or last.send_at
            if moved and not call.organized and any((one.sent_at or one.send_at) >= since for one in others):
                return False  # its client moved it to a start that another event has told since
            if not moved or call.organized:
                other = moved or abs(last.hard_stop - self.stop(call, memory)) >= NOTICEABLE
                return other and rulebook.polite(now, client)
        in_time = call.start - now > client.notice * MINUTE
        return in_time and rulebook.polite(now, client) and now >= rulebook.usual(call.start, client.leads[0], client)

    def _is_shown(self, call: Call, to: str, memory: Memory) -> None:
        now = self.month.now
        if (self.name(call.occurrence, memory), to) in self.anew:
            return  # taken out right before it went, for the next cycle to plan anew
        rows = [
            one
            for one in memory.messages
            if (one.client, one.key.to) == (call.client.key, to) and abs(one.key.start - call.start) < NOTICEABLE
        ]
        for row in rows:
            later = row.id in self.waiting or (row.retry_at is not None and row.retry_at > now)
            if row.state in _SEEN or (row.state is State.PLANNED and later):
                return
            waits = row.state in (State.HELD, State.ASKS) and bool(row.why)
            if waits and (self.held(call, memory) or call.client.send == "ask" or rulebook.by_stranger(call)):
                return
        self.broken(
            "a call that nobody was told of",
            call.client.key,
            to,
            call.start,
            f"booked {call.meeting.born}, changed {call.occurrence.changed}",
            [(row.key.kind.value, row.state.value, str(row.send_at), row.why) for row in rows],
        )

    def blocks_are_right(self, memory: Memory) -> None:
        """After a pass in which everything worked: every block touches its call and covers nothing, none is missing."""
        now = self.month.now
        calls = self.calls(memory)
        spans = {call.occurrence.identity: (call.start, self.stop(call, memory)) for call in calls}
        busy = [
            (one.identity, one.start, max(one.end, spans.get(one.identity, (one.start, one.end))[1]))
            for one in self.month.diary.occurrences(now - rulebook.DAY, now + HORIZON + rulebook.DAY)
            if not (one.cancelled or one.meeting.free or one.meeting.mine == "DECLINED")
        ]
        blocks = self.month.place.blocks()
        mine = [one for one in blocks if one.uid not in self.month.touched]
        for number, block in enumerate(mine):
            if block.start <= now:
                continue
            if not block.busy or not block.private or block.attendees:
                self.broken("a block that is not private and busy", block)
            own = self._own(block, calls, spans)
            if not own:
                self.broken("a block that touches no call", block.uid, block.start, block.end)
            covered = {one[0] for one in busy if one[1] < block.end and one[2] > block.start}
            if not any(covered <= {one} for one in own):
                self.broken("a block covers something else", block.uid, block.start, block.end, covered)
            if any(one.start < block.end and one.end > block.start for one in mine[number + 1 :]):
                self.broken("two blocks at one time", block.uid, block.start)
        self._none_is_missing(calls, spans, busy, blocks, memory)

    def _own(
        self, block: Block, calls: Iterable[Call], spans: Mapping[tuple[str, int], tuple[datetime, datetime]]
    ) -> list[tuple[str, int]]:
        """Return the calls that this may be the block of."""
        found = []
        for call in calls:
            start, stop = spans[call.occurrence.identity]
            touches = block.end == start if block.role == "before" else block.start == stop
            want = call.client.before if block.role == "before" else call.client.after
            if touches and NOTICEABLE <= block.end - block.start <= min(want * MINUTE, stop - start):
                found.append(call.occurrence.identity)
        return found

    def _none_is_missing(
        self,
        calls: Iterable[Call],
        spans: Mapping[tuple[str, int], tuple[datetime, datetime]],
        busy: Iterable[tuple[tuple[str, int], datetime, datetime]],
        blocks: Iterable[Block],
        memory: Memory,
    ) -> None:
        """Where an hour on both sides is free, both blocks stand in full length."""
        now, busy, blocks = self.month.now, list(busy), list(blocks)
        stand = {(one.start, one.end) for one in blocks}
        for call in calls:
            start, stop = spans[call.occurrence.identity]
            wide = (start - HOUR, max(stop, call.occurrence.end) + HOUR)
            alone = not any(
                one != call.occurrence.identity and begin < wide[1] and end > wide[0] for one, begin, end in busy
            )
            if not alone or start > now + HORIZON:
                continue
            digest = digest_of(self.name(call.occurrence, memory))
            for role, want in (("before", call.client.before), ("after", call.client.after)):
                long = min(want * MINUTE, stop - start)
                span = (start - long, start) if role == "before" else (stop, stop + long)
                uid = f"{digest}-{role}@block.calsync"
                # What has begun is not moved, wherever its call has gone.
                touched = uid in self.month.touched or any(one.uid == uid and one.start <= now for one in blocks)
                if want and not touched and span[0] > now and span not in stand:
                    self.broken("a block is missing", call.client.key, start, stop, span)

    def notes_are_right(self, memory: Memory) -> None:
        """After a pass in which everything worked: notes stand on calls, say the hard stop, and none is missing."""
        now = self.month.now
        calls = {call.occurrence.name: call for call in self.calls(memory)}
        ahead = {one.name for one in self.month.diary.occurrences(now, now + timedelta(days=60)) if one.start > now}
        noted = set()
        for note in self.month.place.notes():
            if note.master:
                self.broken("a note on a whole series", note.name)
            noted.add(note.name)
            if note.name in self.month.touched:
                continue
            call = calls.get(note.name)
            if call is None:
                if note.name in ahead:
                    self.broken("a note on what is no call", note.name, note.text)
                continue
            if call.start <= now:
                continue
            if not call.organized:
                self.broken("a note in an invitation of somebody else", note.name)
            if not says(note.text, self.stop(call, memory), call.client):
                self.broken("a note tells another hard stop", note.name, self.stop(call, memory), note.text)
            if SECRET in note.text:
                self.broken("a note says what is private", note.name)
        for name, call in calls.items():
            wanted = call.organized and now < call.start <= now + HORIZON
            if wanted and rulebook.doubtful(call.occurrence):
                wanted = self.decision(call.occurrence, memory) == "keep"
            if wanted and name not in noted and name not in self.month.touched:
                self.broken("a note is missing", name, call.start)

    # --- at the end ---

    def ledger_is_small(self, memory: Memory, size: int) -> None:
        """The ledger grows with the calls, and with nothing else."""
        calls = sum(max(meeting.weeks, 1) for meeting in self.month.diary.meetings.values()) + 20
        if len(memory.calls) > 2 * calls or len(memory.written) > 6 * calls or len(memory.messages) > 12 * calls:
            self.broken("the ledger grows", calls, len(memory.calls), len(memory.written), len(memory.messages))
        if size > 200_000 + 12_000 * calls:
            self.broken("the ledger's file grows", calls, size)

    def is_hers_again(self) -> None:
        """After `clean`: byte for byte what she would have without calsync."""
        place = self.month.place
        if place.exact and place.data != place.hers:
            self.broken("clean leaves other bytes", *_differences(place.data, place.hers))
        if not place.exact and not place.same_words():
            self.broken("clean leaves other words", *_differences(place.data, place.hers))

    def nothing_is_lost(self) -> None:
        """Every event of hers says what she wrote, whatever calsync has put beside it."""
        for name in self.month.place.lost():
            self.broken("an event of hers is lost, or says something else", name)


def _differences(one: bytes, other: bytes) -> list[str]:
    """Return the lines in which two files differ."""
    return list(unified_diff(other.decode().splitlines(), one.decode().splitlines(), lineterm="", n=2))[:40]


def says(text: str, at: datetime, client: Client) -> bool:
    """Tell whether a text names the clock time of `at` as its client reads it."""
    local = at.astimezone(client.zone)
    clock = f"{local.hour}:{local:%M}" if client.language != "en-US" else f"{(local.hour - 1) % 12 + 1}:{local:%M}"
    found = re.search(rf"(?<![\d:])0?{clock}(?!\d)", text)
    return found is not None


def utc(at: datetime) -> datetime:
    """Return `at` in UTC."""
    return at.astimezone(UTC)
