"""The owner, other programs, a lost ledger, the clock and calsync take turns over real files; what must always hold."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from calsync.calendars.file import FileCalendar
from calsync.calendars.replace import Clock
from calsync.deliver.outbox import approve
from calsync.errors import CalsyncError
from calsync.model.call import Call, Flex, call_name
from calsync.model.memory import Announce, Decision, Pause
from calsync.model.message import Kind, Message, State
from calsync.model.times import Span
from calsync.settings.load import load
from calsync.wiring import House, Synced, open_house
from tests.properties import by_hand
from tests.properties.by_hand import BLOCKS, MARK, Piece

ISTANBUL = ZoneInfo("Europe/Istanbul")
EXAMPLES = int(os.environ.get("CALSYNC_EXAMPLES", "0"))
STEPS = int(os.environ.get("CALSYNC_STEPS", "25"))

CONFIG = """\
mode = "act"
state_dir = "state"
[limits]
changes = 1000
messages = 1000
[owner]
name = "Deniz Kaya"
sign = "Deniz"
email = "deniz@kaya.example"
timezone = "Europe/Istanbul"
[calendars.work]
type = "ics"
path = "work.ics"
[channels.mail]
type = "folder"
path = "outbox"
[defaults]
per_call = "45m"
message_before = ["1d", "1h"]
[clients.acme]
name = "Acme"
tone = "formal"
salutation = "Ayşe"
email = "ayse@acme.example"
people = { "can@acme.example" = "Can" }
match.domains = ["acme.example"]
match.titles = ["*acme*"]
timezone = "Europe/Berlin"
agenda = ["Status 10m", "Decisions"]
per_week = "2h"
rate = "90 EUR"
[clients.mavi]
name = "Mavi Yapı"
language = "tr"
tone = "formal"
salutation = "Mehmet Bey"
email = "mehmet@mavi.example"
match.domains = ["mavi.example"]
per_call = "20m"
send = "ask"
reset = true
reset_because = "Günlerim kısaldı."
"""

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Her//Program//EN\r\n"
OWNER = "ORGANIZER;CN=Deniz Kaya:mailto:deniz@kaya.example"
AYSE = "ATTENDEE;CN=Ayşe Yılmaz;PARTSTAT=ACCEPTED:mailto:ayse@acme.example"
CAN = "ATTENDEE;CN=Can Öz;PARTSTAT=ACCEPTED:mailto:can@acme.example"
MEHMET = "ATTENDEE;CN=Mehmet Demir;PARTSTAT=ACCEPTED:mailto:mehmet@mavi.example"
DENIZ = "ATTENDEE;CN=Deniz Kaya;PARTSTAT=ACCEPTED:mailto:deniz@kaya.example"
AGENDA = "SECRET first\\n\\nAgenda:\\nRoof 10 min\\n- Walls\\n\\nSECRET last"
KINDS: dict[str, list[str]] = {
    "acme": ["SUMMARY:Budget", OWNER, AYSE],
    "acme described": ["SUMMARY:Numbers", "DESCRIPTION:SECRET numbers\\, in the sheet", OWNER, AYSE],
    "acme agenda": ["SUMMARY:Plan", f"DESCRIPTION:{AGENDA}", OWNER, AYSE],
    "acme alone": ["SUMMARY:Acme, a word", "DESCRIPTION:"],
    "acme invites": ["SUMMARY:SECRET review", "ORGANIZER;CN=Can Öz:mailto:can@acme.example", DENIZ, AYSE, CAN],
    "mavi": ["SUMMARY:Cephe", OWNER, MEHMET],
    "mavi tentative": ["SUMMARY:Ruhsat", "STATUS:TENTATIVE", OWNER, MEHMET],
    "busy": ["SUMMARY:SECRET dentist"],
    "free": ["SUMMARY:SECRET idea", "TRANSP:TRANSPARENT"],
    "private": ["SUMMARY:SECRET talk", "CLASS:PRIVATE", OWNER, AYSE],
}  # fmt: skip
COUNTS: Counter[str] = Counter()
# Files age by the machine's clock; here what another program has written counts as settled at once.
AT_ONCE = Clock(seconds=lambda: time.time_ns() / 1e9 + 60, pause=lambda seconds: time.sleep(min(seconds, 0.001)))


@dataclass(frozen=True, slots=True)
class Told:
    """One mail that went out."""

    call: str
    to: str
    start: datetime
    kind: Kind
    stop: datetime
    body: str
    approved: bool


class OwnerAndCalsync(RuleBasedStateMachine):
    """`self.file` is what all write; `self.hers` what it would be without calsync."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="calsync-turns-"))
        (self.folder / "config.toml").write_text(CONFIG, encoding="utf-8")
        self.file = self.folder / "work.ics"
        self.now = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
        self.hers = b""
        self.exact = True
        self.number = 0
        self.told: list[Told] = []
        self.before_loss: list[Told] = []
        self.edited_blocks: set[str] = set()
        self.failed = False
        self._house: House | None = None

    @property
    def house(self) -> House:
        if self._house is None:
            house = open_house(load(self.folder / "config.toml"), {})
            house.calendars = {
                "work": FileCalendar("work", self.file, ISTANBUL, backups=house.state / "backups", clock=AT_ONCE)
            }
            self._house = house
        return self._house

    @property
    def data(self) -> bytes:
        return self.file.read_bytes()

    def _close(self) -> None:
        if self._house is not None:
            self._house.close()
            self._house = None

    def _write(self, data: bytes) -> None:
        new = self.folder / "new.ics"
        new.write_bytes(data)
        os.replace(new, self.file)

    def _both(self, name: tuple[str, str], edit: by_hand.Edit) -> None:
        """Edit one event of hers, in the file and in what it would be without calsync."""
        for data, put in ((self.data, self._write), (self.hers, self._keep)):
            piece = by_hand.named(data, name)
            assert piece is not None, f"{name} is lost"
            put(by_hand.replaced(data, piece, edit(piece.raw)))

    def _keep(self, data: bytes) -> None:
        self.hers = data

    def _names(self, *, masters: bool | None = None) -> list[tuple[str, str]]:
        found = []
        for piece in by_hand.pieces(self.hers):
            recurs = bool(by_hand.value(piece.raw, "RRULE"))
            if masters is None or recurs == masters:
                found.append(piece.name)
        return found

    def _pick(self, names: list[tuple[str, str]], which: int) -> tuple[str, str] | None:
        return names[which % len(names)] if names else None

    # --- the owner ---

    @initialize(
        monday=st.sampled_from([datetime(2026, 11, 23, 6, 0, tzinfo=UTC), datetime(2026, 10, 19, 6, 0, tzinfo=UTC)]),
        kinds=st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4),
        day=st.integers(0, 6),
        hour=st.integers(9, 18),
    )
    def a_calendar_stands(self, monday: datetime, kinds: list[str], day: int, hour: int) -> None:
        self.now = monday
        self.hers = (HEAD + "END:VCALENDAR\r\n").encode()
        self._write(self.hers)
        for number, kind in enumerate(kinds):
            self.she_adds(kind, day + number, hour + number % 3, 0, 60, False)

    @rule(
        kind=st.sampled_from(sorted(KINDS)),
        day=st.integers(0, 12),
        hour=st.integers(8, 19),
        minute=st.sampled_from([0, 15, 30, 50]),
        minutes=st.sampled_from([15, 30, 45, 60, 90]),
        weekly=st.booleans(),
    )
    def she_adds(self, kind: str, day: int, hour: int, minute: int, minutes: int, weekly: bool) -> None:
        self.number += 1
        start = self.now.astimezone(ISTANBUL).replace(hour=hour, minute=minute, second=0) + timedelta(days=day)
        said = [
            "BEGIN:VEVENT",
            f"UID:{self.number}-{kind.replace(' ', '-')}@kaya.example",
            "DTSTAMP:20261101T080000Z",
            f"DTSTART;TZID=Europe/Istanbul:{start:%Y%m%dT%H%M%S}",
            f"DTEND;TZID=Europe/Istanbul:{start + timedelta(minutes=minutes):%Y%m%dT%H%M%S}",
            *(["RRULE:FREQ=WEEKLY"] if weekly else []),
            *KINDS[kind],
            "END:VEVENT",
        ]
        eol = b"\r\n" if b"\r\n" in self.hers else b"\n"
        raw = b"".join(by_hand.folded(line, eol) for line in said)
        self.hers = by_hand.appended(self.hers, raw)
        self._write(by_hand.appended(self.data, raw))
        # In the one file blocks stand before it, in the other none: cut out, they leave the same bytes.

    @rule(which=st.integers(0, 20), by=st.sampled_from([-1440, -60, -30, 3, 15, 60, 1440, 4320]))
    def she_moves(self, which: int, by: int) -> None:
        if name := self._pick(self._names(masters=False), which):
            self._both(name, lambda raw: by_hand.moved(raw, timedelta(minutes=by)))

    @rule(which=st.integers(0, 20), by=st.sampled_from([-60, 30, 1440]))
    def she_moves_a_series(self, which: int, by: int) -> None:
        name = self._pick(self._names(masters=True), which)
        if name and not any(uid == name[0] and slot for uid, slot in self._names()):
            self._both(name, lambda raw: by_hand.moved(raw, timedelta(minutes=by)))

    @rule(which=st.integers(0, 20))
    def she_makes_it_weekly(self, which: int) -> None:
        name = self._pick([one for one in self._names(masters=False) if not one[1]], which)
        if name:
            self._both(name, lambda raw: by_hand.added_line(raw, "RRULE:FREQ=WEEKLY"))

    @rule(which=st.integers(0, 20), slot=st.integers(0, 3))
    def she_takes_one_out_of_a_series(self, which: int, slot: int) -> None:
        name = self._pick(self._names(masters=True), which)
        if not name:
            return
        master = by_hand.named(self.hers, name)
        assert master is not None
        gone = by_hand.slots(master.raw, 4)[slot]
        if (name[0], gone) in self._names():
            return
        head = next(line for line in by_hand.lines(master.raw) if line.startswith("DTSTART"))
        zone = head.partition(":")[0].removeprefix("DTSTART")
        self._both(name, lambda raw: by_hand.added_line(raw, f"EXDATE{zone}:{gone}"))

    @rule(which=st.integers(0, 20), slot=st.integers(0, 3), by=st.sampled_from([-30, 60, 1440]))
    def she_moves_one_of_a_series(self, which: int, slot: int, by: int) -> None:
        self._one_of_a_series(which, slot, lambda raw: by_hand.moved(raw, timedelta(minutes=by)))

    @rule(which=st.integers(0, 20), slot=st.integers(0, 3))
    def she_cancels_one_of_a_series(self, which: int, slot: int) -> None:
        self._one_of_a_series(which, slot, lambda raw: by_hand.with_line(raw, "STATUS", "STATUS:CANCELLED"))

    def _one_of_a_series(self, which: int, slot: int, edit: by_hand.Edit) -> None:
        """Edit one instance as a program does: in the override that stands, else in one it makes."""
        name = self._pick(self._names(masters=True), which)
        if not name:
            return
        master = by_hand.named(self.hers, name)
        assert master is not None
        one = (name[0], by_hand.slots(master.raw, 4)[slot])
        if one[1] in by_hand.value(master.raw, "EXDATE") or "EXDATE" in " ".join(by_hand.lines(master.raw)):
            return
        if by_hand.named(self.hers, one) is None:
            standing = by_hand.named(self.data, one)
            made = by_hand.instance(master.raw, one[1]) if standing is None else by_hand.taken_over(standing.raw)
            self.hers = self.hers[: master.end] + made + self.hers[master.end :]
            if standing is None:
                there = by_hand.named(self.data, name)
                assert there is not None
                self._write(self.data[: there.end] + made + self.data[there.end :])
            else:
                self.exact = False  # calsync's copy becomes hers, with its place and its lines
        self._both(one, edit)

    @rule(which=st.integers(0, 20))
    def she_cancels(self, which: int) -> None:
        if name := self._pick(self._names(masters=False), which):
            self._both(name, lambda raw: by_hand.with_line(raw, "STATUS", "STATUS:CANCELLED"))

    @rule(which=st.integers(0, 20))
    def she_deletes(self, which: int) -> None:
        name = self._pick([one for one in self._names() if not one[1]], which)
        # An emptied calendar is not believed at once, so one event always stays.
        if name and len({uid for uid, _ in self._names()}) > 1:
            for data, put in ((self.data, self._write), (self.hers, self._keep)):
                for piece in reversed(by_hand.pieces(data)):
                    if piece.name[0] == name[0]:
                        data = by_hand.replaced(data, piece, b"")
                put(data)

    @rule(which=st.integers(0, 20), who=st.sampled_from([CAN, MEHMET, "ATTENDEE:mailto:x@else.example"]))
    def she_adds_an_attendee(self, which: int, who: str) -> None:
        if name := self._pick(self._names(), which):
            self._both(name, lambda raw: by_hand.added_line(raw, who))

    @rule(which=st.integers(0, 20), stamp=st.booleans())
    def she_writes_above(self, which: int, stamp: bool) -> None:
        name = self._pick(self._names(), which)
        if not name:
            return
        self.number += 1
        piece = by_hand.named(self.hers, name)
        assert piece is not None
        self.exact = self.exact and by_hand.description(piece.raw) is not None
        text = f"SECRET line {self.number}"
        self._both(name, lambda raw: by_hand.with_text_above(raw, text))
        if stamp:
            at = f"LAST-MODIFIED:{self.now:%Y%m%dT%H%M%SZ}"
            self._both(name, lambda raw: by_hand.with_line(raw, "LAST-MODIFIED", at))

    @rule(which=st.integers(0, 20))
    def she_writes_inside_a_note(self, which: int) -> None:
        noted = self._noted()
        if noted:
            piece = noted[which % len(noted)]
            self.number += 1
            text = by_hand.description(piece.raw) or ""
            at = text.rindex("\n" + "─" * 10)
            new = by_hand.with_description(piece.raw, f"{text[:at]}\nkept-{self.number}{text[at:]}")
            self._write(by_hand.replaced(self.data, piece, new))
            self.exact = False

    @rule(which=st.integers(0, 20))
    def she_deletes_a_note(self, which: int) -> None:
        noted = self._noted()
        if noted:
            piece = noted[which % len(noted)]
            text = by_hand.own_text(by_hand.description(piece.raw) or "")
            self._write(by_hand.replaced(self.data, piece, by_hand.with_description(piece.raw, text)))
            self.exact = False

    @rule(which=st.integers(0, 20), how=st.sampled_from(["delete", "rename", "move"]))
    def she_touches_a_block(self, which: int, how: str) -> None:
        blocks = [piece for piece in by_hand.pieces(self.data) if piece.block]
        if not blocks:
            return
        piece = blocks[which % len(blocks)]
        self.edited_blocks.add(piece.name[0])
        new = {
            "delete": b"",
            "rename": by_hand.with_line(piece.raw, "SUMMARY", "SUMMARY:Do not disturb"),
            "move": by_hand.moved(piece.raw, timedelta(minutes=-20)),
        }[how]
        self._write(by_hand.replaced(self.data, piece, new))

    @rule(which=st.integers(0, 20), days=st.integers(1, 6))
    def she_pastes_a_copy(self, which: int, days: int) -> None:
        """A copy as programs make it: everything but the UID, the note and calsync's mark included."""
        name = self._pick([one for one in self._names(masters=False) if not one[1]], which)
        if not name:
            return
        self.number += 1
        uid = f"UID:{self.number}-copy@kaya.example"
        for data, put in ((self.data, self._write), (self.hers, self._keep)):
            piece = by_hand.named(data, name)
            assert piece is not None
            raw = by_hand.with_line(by_hand.moved(piece.raw, timedelta(days=days)), "UID", uid)
            put(by_hand.appended(data, raw))
        self.exact = False  # blocks stand before the copy in one file and not in the other

    def _noted(self) -> list[Piece]:
        return [piece for piece in by_hand.hers(self.data) if by_hand.fences(by_hand.description(piece.raw) or "")]

    # --- the owner's words to calsync ---

    def _call(self, which: int) -> Call | None:
        calls = self.house.plan(self.now).calls
        return calls[which % len(calls)] if calls else None

    @rule(which=st.integers(0, 20), minutes=st.sampled_from([-15, 10, 30]))
    def she_flexes(self, which: int, minutes: int) -> None:
        call = self._call(which)
        self.number += 1
        if call and call.base_stop + timedelta(minutes=minutes) - call.start >= timedelta(minutes=5):
            wish = Flex(minutes=minutes, because=f"there is reason {self.number}", at=self.now)
            self.house.ledger.flex(call.name, wish)

    @rule(which=st.integers(0, 20), word=st.sampled_from(["skip", "keep"]), series=st.booleans())
    def she_decides(self, which: int, word: str, series: bool) -> None:
        if call := self._call(which):
            subject = (call.occurrence.uid or "") if series else call.name
            verdict = "skip" if word == "skip" else "keep"
            self.house.ledger.decide(
                Decision(subject=subject, series=series, verdict=verdict, client="", at=self.now)  # type: ignore[arg-type]
            )

    @rule(days=st.sampled_from([None, 1, 3]), client=st.sampled_from(["", "acme"]))
    def she_pauses(self, days: int | None, client: str) -> None:
        until = self.now + timedelta(days=days) if days else None
        self.house.ledger.pause(Pause(client=client, since=self.now, until=until, note="SECRET holiday"))

    @rule(client=st.sampled_from(["", "acme"]))
    def she_resumes(self, client: str) -> None:
        self.house.ledger.resume(client)

    @rule(which=st.integers(0, 20))
    def she_adds_to_the_agenda(self, which: int) -> None:
        if call := self._call(which):
            self.number += 1
            self.house.ledger.set_agenda(call.name, [f"Point {self.number}"])

    @rule(at_once=st.booleans())
    def she_announces(self, at_once: bool) -> None:
        if "acme" not in self.house.ledger.memory().announcements:
            wish = Announce(client="acme", because="I have more work now", at_once=at_once, at=self.now)
            self.house.ledger.announce(wish)

    @rule(which=st.integers(0, 20))
    def she_approves(self, which: int) -> None:
        waiting = [one for one in self.house.ledger.memory().messages if one.state is State.ASKS]
        if waiting:
            with suppress(CalsyncError):
                self.house.ledger.set_state(approve(waiting[which % len(waiting)], self.now))

    # --- other programs, accidents, time ---

    @rule(how=st.sampled_from(["refold", "breaks", "reorder"]), width=st.sampled_from([30, 74]))
    def another_program_rewrites(self, how: str, width: int) -> None:
        ways: dict[str, Callable[[bytes], bytes]] = {
            "refold": lambda data: by_hand.refolded(data, width),
            "breaks": by_hand.other_breaks,
            "reorder": by_hand.reordered,
        }
        self.exact = self.exact and how == "breaks"
        self.hers = ways[how](self.hers)
        self._write(ways[how](self.data))

    @rule(restart=st.booleans())
    def the_ledger_is_lost(self, restart: bool) -> None:
        if restart:
            self._close()
        else:
            self._close()
            shutil.rmtree(self.folder / "state", ignore_errors=True)
            self.before_loss = list(self.told)

    @rule(minutes=st.sampled_from([1, 9, 30, 60, 180, 600, 1440, 4320]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def calsync_runs(self) -> None:
        self._cycle()

    @rule(minutes=st.sampled_from([1, 5, 10, 45, 240, 1440]))
    def calsync_runs_later(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self._cycle()

    @rule(days=st.integers(1, 6))
    def calsync_runs_hourly(self, days: int) -> None:
        for _ in range(days * 8):
            self.now += timedelta(hours=3)
            self._cycle()

    def _cycle(self) -> None:
        done = self._sync()
        if done.sent:
            done = self._sync()  # what was told may be spoken of in the prep text that follows it
            assert not done.sent
        written = self.data
        again = self._sync()
        assert not (again.applied or again.sent), (again.applied, again.sent)
        assert self.data == written
        plan = self.house.plan(self.now)
        assert not plan.pending, [*plan.changes, *plan.queue]
        self._hers_is_untouched()
        self._blocks_stand_free(done)
        self._nothing_private_in_notes(done)

    def _sync(self) -> Synced:
        COUNTS["syncs"] += 1
        done = self.house.sync(self.now)
        assert not (done.failed or done.large), (done.failed, done.large)
        for message in done.sent:
            self._was_sent(message)
        return done

    # --- what must hold ---

    def _was_sent(self, message: Message) -> None:
        told = Told(
            message.key.call,
            message.key.to,
            message.key.start,
            message.key.kind,
            message.hard_stop,
            message.body,
            message.approved,
        )
        if message.key.call:
            assert self.now < message.key.start, "sent after its call's start"
        assert "SECRET" not in message.body + message.subject
        same = [
            number
            for number, one in enumerate(self.told)
            if (one.to, one.start, one.body) == (told.to, told.start, told.body)
        ]
        if same:
            since = [one for one in self.told[same[-1] + 1 :] if one.to == told.to and one.call == told.call]
            else_told = any((one.start, one.stop) != (told.start, told.stop) for one in since)
            # After a lost ledger it asks again for what she had approved before its time, and her word counts.
            approved = told.approved and same[-1] < len(self.before_loss)
            assert else_told or approved, ("mailed twice", told)
        if not told.approved and told.kind in (Kind.TIMEFRAME, Kind.ANNOUNCEMENT):
            first = [
                one
                for one in self.before_loss
                if (one.call, one.to, one.start) == (told.call, told.to, told.start)
                and one.kind in (Kind.TIMEFRAME, Kind.ANNOUNCEMENT)
            ]
            since = [one for one in self.told if one.call == told.call and one.to == told.to]
            assert not first or since[-1].start != told.start, ("repeated after the ledger was lost", told)
        self.told.append(told)
        COUNTS["mails"] += 1

    def _hers_is_untouched(self) -> None:
        """Every event of hers says what she wrote; what else stands in the file is a block or a copy of ours."""
        stands = {piece.name: piece.raw for piece in by_hand.hers(self.data)}
        for piece in by_hand.pieces(self.hers):
            assert piece.name in stands, f"{piece.name} is lost"
            mine = by_hand.canonical(stands.pop(piece.name), but=[MARK])
            assert mine == by_hand.canonical(piece.raw), piece.name
        for raw in stands.values():
            assert " o=" in by_hand.value(raw, MARK) or by_hand.keeps(raw), "a copy that nobody can tell"

    def _blocks_stand_free(self, done: Synced) -> None:
        reading = self.house.look(self.now).readings["work"]
        own = {(call.id): call_name(call.occurrence.uid or "", call.occurrence.slot) for call in done.plan.calls}
        blocks: list[tuple[str, Span]] = []
        others: list[tuple[str, Span]] = []
        for one in reading.occurrences:
            if not one.timed or one.status == "cancelled" or one.transparent:
                continue
            uid = one.uid or ""
            if uid.endswith(BLOCKS):
                if uid not in self.edited_blocks and one.span.start > self.now:
                    blocks.append((uid, one.span))
            else:
                others.append((call_name(uid, one.slot), one.span))
        for number, (uid, span) in enumerate(blocks):
            assert span.length >= timedelta(minutes=5)
            assert not any(span.overlaps(other) for _, other in blocks[number + 1 :]), "two blocks at one time"
            mine = own.get(uid.removesuffix(BLOCKS).rpartition("-")[0])
            assert not any(span.overlaps(other) for name, other in others if name != mine), "a block over an event"

    def _nothing_private_in_notes(self, done: Synced) -> None:
        prep = {view.before.text for view in done.plan.views} | {view.after.text for view in done.plan.views}
        lines = {line for text in prep for line in text.split("\n") if "SECRET" in line or "garden" in line}
        for piece in by_hand.hers(self.data):
            for inner in by_hand.fences(by_hand.description(piece.raw) or ""):
                assert "SECRET" not in inner and not any(line in inner for line in lines)

    @invariant()
    def every_mail_stands_once(self) -> None:
        box = self.folder / "outbox"
        found: Counter[tuple[str, str]] = Counter()
        for path in box.glob("*.eml") if box.exists() else ():
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            found[(str(mail["To"]), str(mail["Message-ID"]))] += 1
            assert b"SECRET" not in path.read_bytes()
        assert all(count == 1 for count in found.values())

    def teardown(self) -> None:
        try:
            if self.file.exists():
                self._taken_back()
        finally:
            self._close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _taken_back(self) -> None:
        done = self.house.clean(self.now, edited=True)
        assert done.failed == [] and done.left == []
        if self.exact:
            assert self.data == self.hers
        expected = [(piece.name, by_hand.canonical(piece.raw)) for piece in by_hand.pieces(self.hers)]
        names = {name for name, _ in expected}
        # An override that carries words of hers, from inside a note, has become hers.
        stands = [
            (piece.name, by_hand.canonical(piece.raw, but=[MARK]))
            for piece in by_hand.pieces(self.data)
            if piece.name in names or not by_hand.keeps(piece.raw)
        ]
        assert sorted(stands) == sorted(expected), (set(stands) - set(expected), set(expected) - set(stands))
        assert MARK.encode() not in self.data


TestOwnerAndCalsync = OwnerAndCalsync.TestCase
TestOwnerAndCalsync.settings = settings(
    max_examples=EXAMPLES or max(settings.default.max_examples // 3, 5) if settings.default else 10,
    stateful_step_count=STEPS,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def test_a_note_that_she_wrote_in_becomes_part_of_a_series_at_once() -> None:
    turns = OwnerAndCalsync()
    turns.a_calendar_stands(monday=MONDAY, kinds=["mavi"], day=2, hour=12)
    turns.calsync_runs()
    turns.she_writes_inside_a_note(which=0)
    turns.she_makes_it_weekly(which=0)
    turns.she_moves_a_series(which=0, by=1440)
    turns.calsync_runs()
    turns.teardown()


def test_an_announcement_that_a_lost_ledger_leaves_unsure_is_still_spoken() -> None:
    turns = OwnerAndCalsync()
    turns.a_calendar_stands(monday=MONDAY, kinds=["mavi", "mavi"], day=0, hour=12)
    turns.calsync_runs()
    turns.she_approves(which=0)
    turns.calsync_runs()
    turns.the_ledger_is_lost(restart=False)
    turns.calsync_runs_later(minutes=1)
    turns.teardown()
