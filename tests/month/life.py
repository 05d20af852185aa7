"""What happens in a month to the owner's appointments, and what she says to calsync."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from calsync.deliver import outbox
from calsync.errors import CalsyncError
from calsync.model.alert import alert_key
from calsync.model.call import Call, Flex
from calsync.model.memory import Announce, Decision, Pause
from calsync.model.message import Message, State
from tests.month.cast import HORIZON, ISTANBUL, OWNER, SECRET
from tests.month.diary import Instance, Meeting, Occurrence
from tests.properties import by_hand

if TYPE_CHECKING:
    from tests.month.month import Month

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
TITLES = ("Budget", "Status", "Review of spring", "Roof and walls")
MOVES = (-1440, -120, -60, -30, 3, 15, 30, 60, 120, 1440, 2880, 4320)


class Life:
    """Acts, each drawn by the month's own dice. rough: what can't be undone byte for byte happens too."""

    def __init__(self, month: Month) -> None:
        self.month, self.dice = month, month.choice
        self.rough = self.dice.random() < 0.6
        self.acts: list[tuple[int, Callable[[], None]]] = [
            (12, self.books),
            (4, self.is_busy_elsewhere),
            (10, self.moves),
            (2, self.moves_a_series),
            (4, self.cancels),
            (2, self.deletes),
            (3, self.rebooks),
            (1, self.renames),
            (3, self.makes_sure),
            (2, self.somebody_answers),
            (2, self.writes_above),
            (2, self.touches_a_block),
            (5, self.decides_what_asks),
            (2, self.skips_or_keeps),
            (3, self.flexes),
            (2, self.adds_to_the_agenda),
            (2, self.pauses),
            (1, self.announces),
            (1, self.sends_again),
            *(((1, self.writes_inside_a_note), (1, self.deletes_a_note), (1, self.pastes)) if self.rough else ()),
            (1, self.another_program_rewrites),
        ]

    def begins(self) -> None:
        """What stands when the month begins, and the first day."""
        for _ in range(self.dice.randint(1, 3)):
            self.books(weekly=True)
        for _ in range(self.dice.randint(2, 5)):
            self.books()
        self.a_day()

    def a_day(self) -> None:
        """Let a few things happen today, mostly while the owner is awake."""
        month, dice = self.month, self.dice
        midnight = month.now.astimezone(ISTANBUL).replace(hour=0, minute=0, second=0, microsecond=0)
        acts = [*self.acts, *month.trouble.acts]
        for _ in range(dice.randint(1, 4)):
            hour = dice.choice((7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21, 23))
            when = midnight + timedelta(hours=hour, minutes=dice.randrange(60))
            _, act = dice.choices(acts, [weight for weight, _ in acts])[0]
            if when > month.now:
                month.at(when.astimezone(UTC), "", act)
        month.at((midnight + DAY + 5 * MINUTE).astimezone(UTC), "", self.a_day)

    # --- appointments ---

    def books(self, *, weekly: bool = False, client: str = "", start: datetime | None = None) -> None:
        """A call with a client, in one of the ways in which they come about."""
        month, dice = self.month, self.dice
        if not month.readable or not month.config.clients:
            return
        one = month.config.clients.get(client) or dice.choice(list(month.config.clients.values()))
        weekly = weekly or (start is None and dice.random() < 0.08)
        start = start or self._some_time()
        if weekly and start.weekday() > 4:
            start += 2 * DAY
        meeting = self._meeting(start, dice.choice((15, 30, 45, 60, 60, 90)))
        meeting.title = dice.choice(TITLES)
        meeting.weeks = dice.randint(3, 8) if weekly else 0
        meeting.text = dice.choice((None, "", f"{SECRET} numbers, in the sheet", f"{SECRET}\n\nAgenda:\nRoof 10 min\n"))
        everybody = [who for who in (one.contact, *one.people) if who] or [f"lars@{one.domain}"]
        meeting.organizer = OWNER
        meeting.attendees = {who: "ACCEPTED" for who in everybody[: dice.choice((1, 1, len(everybody)))]}
        match dice.choices(("hers", "group", "invites", "stranger", "alone", "open"), (6, 1, 2, 1, 1, 1))[0]:
            case "group":
                meeting.attendees |= {"x@else.example": "ACCEPTED", "y@else.example": "NEEDS-ACTION"}
            case "invites":
                meeting.organizer = next(iter(meeting.attendees))
                meeting.title = f"{SECRET} {meeting.title}"  # words of theirs, which nobody is to be sent
                meeting.mine = dice.choice(("ACCEPTED", "ACCEPTED", "NEEDS-ACTION"))
            case "stranger" if one.domain:
                meeting.organizer = f"new@{one.domain}"
                meeting.attendees = {meeting.organizer: "ACCEPTED"}
                meeting.mine = "ACCEPTED"
            case "alone" if one.title:
                meeting.attendees, meeting.organizer = {}, ""
                meeting.title = f"{one.title.title()}, {meeting.title}"
            case "open":
                meeting.tentative = True
        month.counts["calls booked"] += max(meeting.weeks, 1)
        self._put(meeting, f"books {one.key}")

    def is_busy_elsewhere(self) -> None:
        """An appointment that is no client's."""
        if not self.month.readable:
            return
        meeting = self._meeting(self._some_time(), self.dice.choice((30, 60, 120)))
        meeting.title = f"{SECRET} dentist"
        meeting.free = self.dice.random() < 0.2
        self._put(meeting, "is busy")

    def _some_time(self) -> datetime:
        dice = self.dice
        hour = dice.choice((9, 10, 10, 11, 13, 14, 14, 15, 16, 17, 18, 21))
        day = self.month.now.astimezone(ISTANBUL) + dice.choice((0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 11)) * DAY
        start = day.replace(hour=hour, minute=dice.choice((0, 0, 15, 30)), second=0, microsecond=0)
        while start.weekday() > 4 and dice.random() < 0.9:
            start += DAY
        return start if start > self.month.now else start + DAY

    def _meeting(self, start: datetime, minutes: int) -> Meeting:
        now = self.month.now
        return Meeting(uid=self.month.diary.uid(), title="", start=start, minutes=minutes, born=now, changed=now)

    def _put(self, meeting: Meeting, what: str) -> None:
        month = self.month
        month.diary.meetings[meeting.uid] = meeting
        month.place.book(meeting, stamped=month.stamped)
        times = f" ×{meeting.weeks}" if meeting.weeks else ""
        month.note(f"she {what}: {meeting.uid} {meeting.start:%a %d %b %H:%M} {meeting.minutes} min{times}")
        month.soon()

    def coming(self, *, calls: bool = False) -> list[Occurrence]:
        """Return what lies ahead and is not cancelled; calls: only where a client is in it."""
        now, month = self.month.now, self.month
        if not month.readable:
            return []
        found = [one for one in month.diary.occurrences(now, now + HORIZON) if one.start > now and not one.cancelled]
        return [one for one in found if not calls or SECRET + " dentist" not in one.meeting.title]

    def _soon(self) -> list[Occurrence]:
        """Return what comes next; mostly of what somebody was told of, where there is any."""
        found = sorted(self.coming(), key=lambda one: one.start)
        told = {one.start for one in self.month.judge.told}
        known = [one for one in found if one.start in told]
        return known if known and self.dice.random() < 0.7 else found[:5]

    def _one(self, those: Iterable[Occurrence]) -> Occurrence | None:
        found = list(those)
        return self.dice.choice(found) if found else None

    def _edited(self, one: Occurrence, what: str, change: by_hand.Edit) -> None:
        """Change an occurrence in the calendar, as her program does: of a series in an override, and stamped."""
        month, now = self.month, self.month.now
        if one.meeting.weeks:
            month.place.instance(one.meeting, one.slot, lambda raw: self._stamped(change(raw)))
        else:
            month.place.edit(one.name, lambda raw: self._stamped(change(raw)))
        if one.meeting.weeks:
            apart = one.meeting.apart.setdefault(one.number, Instance(self._wall(one), self._long(one), now))
            apart.changed = now
        else:
            one.meeting.changed = now
        month.note(
            f"she {what}: {one.meeting.uid}{f' #{one.number}' if one.meeting.weeks else ''} of {self._wall(one)}"
        )
        month.soon()

    def _stamped(self, raw: bytes) -> bytes:
        if not self.month.stamped:
            return raw
        return by_hand.with_line(raw, "LAST-MODIFIED", self._stamp())

    def _stamp(self) -> str:
        return f"LAST-MODIFIED:{self.month.now.astimezone(UTC):%Y%m%dT%H%M%SZ}"

    def _wall(self, one: Occurrence) -> datetime:
        return one.start.astimezone(one.meeting.start.tzinfo)

    def _long(self, one: Occurrence) -> int:
        return int((one.end - one.start) / MINUTE)

    def moves(self) -> None:
        """Another time for one appointment: by her, or by the client whose invitation it is."""
        one = self._one(self._soon())
        if one is None:
            return
        by = timedelta(minutes=self.dice.choice(MOVES))
        start = self._wall(one) + by
        # An override that is moved back to where its series has it is calsync's copy again, as if she had done nothing.
        back = bool(one.meeting.weeks) and start == one.meeting.slot(one.number)
        if back or start.astimezone(UTC) <= self.month.now:
            return
        self._edited(one, f"moves by {by}", lambda raw: by_hand.moved(raw, by))
        if one.meeting.weeks:
            one.meeting.apart[one.number].start = start
        else:
            one.meeting.start = start

    def moves_a_series(self) -> None:
        """Another time for all of a series, on the same days."""
        now, by = self.month.now, timedelta(minutes=self.dice.choice((-60, -30, 30, 60)))
        one = self._one(one for one in self.coming() if one.meeting.weeks)
        if one is None or one.meeting.apart or one.meeting.out:
            return
        meeting = one.meeting
        near = (abs(meeting.slot(number) - now) for number in range(meeting.weeks))
        if min(near) < timedelta(hours=4):
            return
        self.month.place.edit((meeting.uid, ""), lambda raw: self._stamped(by_hand.moved(raw, by)))
        meeting.before.append(meeting.start)
        meeting.start += by
        meeting.changed = now
        self.month.note(f"she moves all of {meeting.uid} by {by}")
        self.month.soon()

    def cancels(self) -> None:
        """An appointment is called off and stays in the calendar, crossed out."""
        if one := self._one(self._soon()):
            self._cancel(one)

    def _cancel(self, one: Occurrence) -> None:
        self._edited(one, "cancels", lambda raw: by_hand.with_line(raw, "STATUS", "STATUS:CANCELLED"))
        if one.meeting.weeks:
            one.meeting.apart[one.number].cancelled = True
        else:
            one.meeting.cancelled = True

    def deletes(self) -> None:
        """An appointment is taken out of the calendar; of a series, this one alone."""
        one = self._one(self.coming())
        # An emptied calendar is not believed at once, so a few events always stay.
        if one is None or len(self.month.diary.meetings) < 4:
            return
        meeting = one.meeting
        if not meeting.weeks:
            self.month.place.delete(meeting.uid)
            del self.month.diary.meetings[meeting.uid]
        elif one.number in meeting.apart:
            return
        else:
            zone = f";TZID={meeting.start.tzinfo}"
            gone = f"EXDATE{zone}:{one.slot}"
            self.month.place.without_instance(one.name, lambda raw: self._stamped(by_hand.added_line(raw, gone)))
            meeting.out.add(one.number)
            meeting.changed = self.month.now
        self.month.note(f"she deletes: {meeting.uid} of {self._wall(one)}")
        self.month.soon()

    def rebooks(self) -> None:
        """A call is cancelled, and another one with the same client found soon after."""
        one = self._one(one for one in self._soon() if "dentist" not in one.meeting.title)
        if one is None:
            return
        client = next(
            (key for key, c in self.month.config.clients.items() if any(map(c.level, one.meeting.attendees))), ""
        )
        if not client:
            return
        self._cancel(one)
        start = (self._wall(one) + self.dice.choice((1, 2, 3)) * DAY).replace(hour=self.dice.choice((10, 14, 16)))
        self.month.at(
            self.month.now + timedelta(minutes=self.dice.choice((0, 5, 90, 600))),
            "",
            lambda: self.books(client=client, start=start) if client in self.month.config.clients else None,
        )

    def renames(self) -> None:
        """Another title."""
        one = self._one(one for one in self.coming() if not one.meeting.weeks)
        if one is not None:
            one.meeting.title += " again"
            title = f"SUMMARY:{one.meeting.title}"
            self._edited(one, "renames", lambda raw: by_hand.with_line(raw, "SUMMARY", title))

    def makes_sure(self) -> None:
        """What was tentative is confirmed, what was not answered is accepted."""
        for one in self.coming():
            meeting = one.meeting
            if meeting.weeks:
                continue
            if meeting.tentative:
                self._edited(one, "confirms", lambda raw: by_hand.with_line(raw, "STATUS", None))
                meeting.tentative = False
            elif meeting.mine == "NEEDS-ACTION":
                old, new = f"PARTSTAT=NEEDS-ACTION:mailto:{OWNER}", f"PARTSTAT=ACCEPTED:mailto:{OWNER}"
                self._edited(one, "accepts", lambda raw, a=old, b=new: raw.replace(a.encode(), b.encode()))  # type: ignore[misc]
                meeting.mine = "ACCEPTED"

    def somebody_answers(self) -> None:
        """An attendee declines, or one is added."""
        one = self._one(one for one in self.coming(calls=True) if one.meeting.attendees and not one.meeting.weeks)
        if one is None:
            return
        meeting = one.meeting
        who = self.dice.choice(list(meeting.attendees))
        if self.dice.random() < 0.5:
            old = f"PARTSTAT={meeting.attendees[who]}:mailto:{who}"
            new = f"PARTSTAT=DECLINED:mailto:{who}"
            self._edited(one, f"hears that {who} declines", lambda raw: raw.replace(old.encode(), new.encode()))
            meeting.attendees[who] = "DECLINED"
            return
        more = [to for c in self.month.config.clients.values() if c.level(who) for to in (c.contact, *c.people)]
        new_one = next((to for to in more if to and to not in meeting.attendees), "")
        if new_one:
            line = f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{new_one}"
            self._edited(one, f"adds {new_one}", lambda raw: by_hand.added_line(raw, line))
            meeting.attendees[new_one] = "ACCEPTED"

    def writes_above(self) -> None:
        """Words of her own, where calsync's note may stand below."""
        one = self._one(one for one in self.coming() if not one.meeting.weeks and one.meeting.text is not None)
        if one is not None:
            text = f"{SECRET} line {len(self.month.log)}"
            self._edited(one, "writes above", lambda raw: by_hand.with_text_above(raw, text))

    # --- what calsync wrote ---

    def touches_a_block(self) -> None:
        """She deletes, renames or moves a block."""
        if not self.month.readable:
            return
        blocks = [one for one in self.month.place.blocks() if one.start > self.month.now]
        if not blocks:
            return
        block, how = self.dice.choice(blocks), self.dice.choice(("deletes", "renames", "moves"))
        ways: dict[str, by_hand.Edit] = {
            "deletes": lambda raw: b"",
            "renames": lambda raw: by_hand.with_line(raw, "SUMMARY", "SUMMARY:Do not disturb"),
            "moves": lambda raw: by_hand.moved(raw, -20 * MINUTE),
        }
        self.month.touched.add(block.uid)
        self.month.place.change_block(block.uid, ways[how])
        self.month.note(f"she {how} the block {block.role} at {block.start.astimezone(ISTANBUL):%d %H:%M}")
        self.month.soon()

    def writes_inside_a_note(self) -> None:
        """A line of hers, between calsync's."""
        notes = self.month.place.notes() if self.month.readable else []
        if notes:
            note = self.dice.choice(notes)
            self.month.touched.add(note.name)
            self.month.place.inside_a_note(note, f"kept-{len(self.month.log)}")
            self.month.note(f"she writes inside the note of {note.name}")

    def deletes_a_note(self) -> None:
        """She doesn't want it."""
        notes = self.month.place.notes() if self.month.readable else []
        if notes:
            note = self.dice.choice(notes)
            self.month.touched.add(note.name)
            self.month.place.without_note(note)
            self.month.note(f"she deletes the note of {note.name}")

    def pastes(self) -> None:
        """A copy of a call on another day, as programs make it: with calsync's note and mark."""
        one = self._one(one for one in self.coming() if not one.meeting.weeks)
        if one is None:
            return
        by = self.dice.randint(1, 6) * DAY
        uid = self.month.diary.uid()
        now = self.month.now
        self.month.place.paste(one.meeting.uid, uid, by, self._stamp() if self.month.stamped else None)
        copy = replace(
            one.meeting, uid=uid, start=one.meeting.start + by, born=now, changed=now, apart={}, out=set(), before=[]
        )
        copy.attendees = dict(one.meeting.attendees)
        self.month.diary.meetings[uid] = copy
        self.month.note(f"she pastes {one.meeting.uid} as {uid} to {copy.start}")
        self.month.soon()

    def another_program_rewrites(self) -> None:
        """A calendar program writes the file in its own style."""
        if self.month.readable:
            how = self.dice.choice(("breaks", "refold", "reorder") if self.rough else ("breaks",))
            ways: dict[str, Callable[[bytes], bytes]] = {
                "refold": lambda data: by_hand.refolded(data, 60),
                "breaks": by_hand.other_breaks,
                "reorder": by_hand.reordered,
            }
            self.month.place.rewrite(ways[how], exact=how == "breaks")
            self.month.note(f"another program rewrites the file ({how})")

    # --- her word to calsync ---

    def _rows(self, *states: State) -> list[Message]:
        return [one for one in self.month.house.ledger.memory().messages if one.state in states]

    def _call(self) -> Call | None:
        if not self.month.readable:
            return None
        calls = self.month.house.plan(self.month.now).calls
        return self.dice.choice(calls) if calls else None

    def decides_what_asks(self) -> None:
        """Approve or skip what waits for her."""
        for row in self._rows(State.ASKS, State.UNKNOWN, State.HELD):
            if self.dice.random() < (0.9 if row.state is State.HELD else 0.3):
                continue
            word = outbox.approve if self.dice.random() < 0.8 else outbox.skip
            try:
                decided = word(row, self.month.now)
                self.month.house.ledger.set_state(decided)
                self.month.house.ledger.clear_alert(alert_key(row))
                self.month.judge.alert = "", self.month.now
            except CalsyncError as problem:
                self.month.note(f"she can't: {problem.what}")
                continue
            if row.state is State.UNKNOWN and decided.state is State.PLANNED:
                self.month.again.add(row.id)
            self.month.note(f"she {word.__name__}s {row.key.kind.value} to {row.key.to}, {row.state.value}: {row.why}")
        self.month.soon()

    def sends_again(self) -> None:
        """A message goes once more, because she says so."""
        rows = [one for one in self._rows(State.SENT, State.FAILED, State.EXPIRED) if one.key.call]
        rows = [one for one in rows if one.key.start > self.month.now]
        if rows:
            row = self.dice.choice(rows)
            ledger = self.month.house.ledger
            revision = outbox.next_revision(row.key, ledger.memory().messages)
            try:
                ledger.queue([outbox.resend(row, self.month.now, revision)])
                ledger.clear_alert(alert_key(row))
            except CalsyncError as problem:
                self.month.note(f"she can't: {problem.what}")
                return
            self.month.again.add(replace(row.key, revision=revision).id)
            self.month.note(f"she sends again: {row.key.kind.value} to {row.key.to}")

    def skips_or_keeps(self) -> None:
        """Whether something is calsync's business."""
        call = self._call()
        if call is None:
            return
        word: Literal["skip", "keep"] = "keep" if call.doubtful or self.dice.random() < 0.3 else "skip"
        series = self.dice.random() < 0.3
        subject = (call.occurrence.uid or "") if series else call.name
        now = self.month.now
        decision = Decision(subject=subject, series=series, verdict=word, client="", at=now)
        self.month.house.ledger.decide(decision)
        self.month.decisions.append((now, subject, word))
        self.month.note(f"she {word}s {subject!r}")
        self.month.soon()

    def flexes(self) -> None:
        """Another hard stop for one call."""
        call, minutes = self._call(), self.dice.choice((-15, -5, 10, 15, 30))
        if call and call.base_stop + minutes * MINUTE - call.start >= 5 * MINUTE and call.start > self.month.now:
            because = f"there is reason {len(self.month.log)}"
            self.month.house.ledger.flex(call.name, Flex(minutes=minutes, because=because, at=self.month.now))
            self.month.flexes[call.name] = minutes
            self.month.note(f"she flexes {call.name!r} by {minutes}")
            self.month.soon()

    def adds_to_the_agenda(self) -> None:
        """One more item."""
        if call := self._call():
            self.month.house.ledger.set_agenda(call.name, [f"Point {len(self.month.log)}"])
            self.month.note(f"she adds to the agenda of {call.name!r}")

    def pauses(self) -> None:
        """Sending stops, or goes on."""
        month, now = self.month, self.month.now
        client = self.dice.choice(("", *month.config.clients))
        if month.pauses and self.dice.random() < 0.7:
            client = next(iter(month.pauses))
            month.house.ledger.resume(client)
            del month.pauses[client]
            month.note(f"she resumes {client or 'all'}")
            month.soon()
            return
        until = now + self.dice.choice((4, 30, 70)) * timedelta(hours=1)
        month.house.ledger.pause(Pause(client=client, since=now, until=until, note=f"{SECRET} holiday"))
        month.pauses[client] = until
        month.note(f"she pauses {client or 'all'} until {until}")
        month.soon()

    def announces(self) -> None:
        """The one-time announcement."""
        client = self.dice.choice(list(self.month.config.clients) or [""])
        if client and client not in self.month.announced:
            at_once = self.dice.random() < 0.4
            wish = Announce(client=client, because="I have more work now", at_once=at_once, at=self.month.now)
            self.month.house.ledger.announce(wish)
            self.month.announced.add(client)
            self.month.note(f"she announces to {client}{', at once' if at_once else ''}")
            self.month.soon()
