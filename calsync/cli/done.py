"""`done`: how a call went, what is left open, and the draft of a close-out for the client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import click

from calsync.cli.app import App
from calsync.cli.ask import Interview, or_none
from calsync.cli.beside import carried_out
from calsync.cli.choose import AFTER_THE_STOP, SHORTEST, Prefer, choose_call, heading, with_unread
from calsync.cli.options import command, reading
from calsync.cli.show.data import Data, ShortIds, of_message
from calsync.cli.show.table import indent, one_line
from calsync.cli.show.when import Clock, minutes
from calsync.cli.voices import to_contact
from calsync.errors import UsageError
from calsync.model.call import Call, digest_of
from calsync.model.memory import Memory, Told
from calsync.model.message import OPEN, Kind, Message, State
from calsync.model.plan import Plan
from calsync.model.text import CallFacts
from calsync.model.times import MINUTE, Span, elapsed, parse_duration, whole_minutes
from calsync.planning.closing import Ended, of_call, opening
from calsync.planning.messages import paused
from calsync.wiring import House

LATELY = timedelta(days=14)
REMEMBERED = timedelta(days=62)  # so long ago a call may lie that is named
MOST = timedelta(hours=24)
_LISTED = 5


def parse_took(text: str) -> timedelta:
    """Read `75m`: whole minutes, a day at most; 0m of a call to which nobody came.

    Raises:
        ValueError: it is none.
    """
    length = parse_duration(text)
    if length % MINUTE or length > MOST or length < timedelta():
        raise ValueError(f'"{text}" is no length of a call; write whole minutes, as 75m or 1h15m')
    return length


@command(
    'calsync done acme --took 60m --because "the contract had to be finished"',
    'calsync done acme --decided "we ship on Friday" --open "Budget 10m" --prep "the budget table"',
)
@click.argument("call", required=False)
@click.option("--took", metavar="75m", callback=reading(parse_took), help="How long it really took.")
@click.option("--because", metavar="TEXT", help="Why it ran over; the next message tells the client.")
@click.option("--decided", metavar="TEXT", help="What was decided; drafts a close-out.")
@click.option("--open", "left", metavar="TEXT", multiple=True, help="An item left open; goes on top of the next list.")
@click.option("--prep", metavar="TEXT", help="A thing to have ready next time (the budget table); drafts a close-out.")
def done(
    app: App,
    call: str | None,
    took: timedelta | None,
    because: str | None,
    decided: str | None,
    left: tuple[str, ...],
    prep: str | None,
) -> None:
    """How a call went: its minutes, what is open, a close-out.

    Its real minutes go into the report. What is left open goes to the top of the next list. What was decided or is to
    be prepared makes a draft to the contact, which waits for your approval until a day after the call. The reason of an
    overrun opens the next message. Told again, what you say now replaces what you said before.

    CALL is an id or a client: then its last call that has begun. Without CALL you are asked about each call of the last
    14 days of which you have not told.
    """
    given = _Answers(took=took, because=because, decided=decided, left=left, prep=prep)
    with app.house() as house:
        zone = house.rules.owner.timezone
        now = app.now(zone, settings=house.settings)
        desk = _Desk(app, house, now)
        if call is not None:
            chosen = desk.choose(call)
            answers = desk.ask(chosen) if given.empty and app.may_ask else given
            if answers is not None:
                desk.tell(chosen, answers)
            return
        if not given.empty:
            raise UsageError("say which call it was", hint="calsync done CALL …\n" + desk.untold_lines())
        if not app.may_ask:
            raise UsageError("nobody is here to be asked; say which call", hint=desk.untold_lines())
        desk.ask_about_all()


def ask_about(app: App, house: House, call: Call, now: datetime) -> None:
    """Ask how one call went that has just come to its end, and keep it."""
    desk = _Desk(app, house, now)
    chosen = desk.choose(call.id)
    if (answers := desk.ask(chosen)) is not None:
        desk.tell(chosen, answers)


class _Answers:
    """What she said of one call; None, or no items, where she said nothing."""

    def __init__(
        self,
        *,
        took: timedelta | None = None,
        because: str | None = None,
        decided: str | None = None,
        left: Sequence[str] = (),
        prep: str | None = None,
    ) -> None:
        self.took = took
        self.because, self.decided, self.prep = because, decided, prep
        self.left = tuple(map(one_line, left))
        if left and not all(self.left) and self.left != ("",):
            raise UsageError("an item needs some text", where="--open")

    @property
    def empty(self) -> bool:
        """Whether nothing was said at all."""
        return self.took is None and not self.left and self.because is self.decided is self.prep is None

    def told(self, call: Call, before: Told | None, now: datetime) -> Told:
        """Return all that is told of `call` by now; an empty text takes back what was said."""
        old = before or Told(call=call.name, client=call.client.key, start=call.start, at=now)
        new = replace(
            old,
            client=call.client.key,
            start=call.start,
            at=now,
            minutes=old.minutes if self.took is None else whole_minutes(self.took),
            because=old.because if self.because is None else one_line(self.because),
            decided=old.decided if self.decided is None else one_line(self.decided),
            open=old.open if not self.left else tuple(filter(None, self.left)),
            prep=old.prep if self.prep is None else one_line(self.prep),
        )
        return replace(
            new,
            ran_at=now if (new.minutes, new.because) != (old.minutes, old.because) else old.ran_at or old.at,
            closed_at=now if (new.decided, new.prep) != (old.decided, old.prep) else old.closed_at or old.at,
            open_at=now if new.open != old.open else old.open_at or old.at,
        )


class _Desk:
    """The calls of late and what is known of them."""

    def __init__(self, app: App, house: House, now: datetime) -> None:
        from calsync.planning.calls import find_calls
        from calsync.planning.plan import window

        self.app, self.house, self.now = app, house, now
        self.clock = Clock(house.rules.owner.timezone, now)
        self.memory: Memory = house.ledger.memory()
        span = window(now, house.rules)
        snapshot = house.look(now, Span(min(span.start, now - REMEMBERED), span.end))
        self.found = find_calls(snapshot, house.rules, self.memory)
        self.calls = self.found.calls
        self.unread = snapshot.unread
        self.ids = ShortIds(one.id for one in self.calls)

    def choose(self, typed: str) -> Call:
        """Return the call that was named; it has begun."""
        keys = [client.key for client in self.house.rules.clients]
        try:
            chosen = choose_call(typed, self.calls, keys, self.clock, Prefer.BEGUN)
        except UsageError as error:
            raise with_unread(self._no_call(typed) or error, self.unread) from error
        if chosen.start > self.now:
            raise UsageError(
                f"it has not begun: {heading(chosen, self.clock, self.ids)}",
                hint="tell of it when it is over; calsync agenda CALL --add TEXT puts something on its list",
            )
        return chosen

    def _no_call(self, typed: str) -> UsageError | None:
        """Return why what was typed is no call, where it is the id of an event that is none."""
        none = {digest_of(name): verdict.why for name, verdict in self.found.verdicts.items() if verdict.match is None}
        why = next((why for digest, why in none.items() if digest.startswith(typed.lower())), "")
        if len(typed) < SHORTEST or not why:
            return None
        return UsageError(f"this is no call: {one_line(why)}", where=typed, hint="calsync explain says more")

    def untold(self) -> list[Call]:
        """Return the calls of the last 14 days that are over and of which nothing was told, by start."""
        return [
            one
            for one in self.calls
            if self.now - LATELY <= one.start and one.hard_stop <= self.now and one.name not in self.memory.told
        ]

    def untold_lines(self) -> str:
        """Return those calls as lines for a hint."""
        lines = [heading(one, self.clock, self.ids) for one in self.untold()[-_LISTED:]]
        return "\n".join(lines) or "every call of the last 14 days is told"

    def ask_about_all(self) -> None:
        """Ask about one call after the other; what she leaves out is asked again another time."""
        untold = self.untold()
        if not untold:
            self.app.out("every call of the last 14 days is told")
        for call in untold:
            self.app.out(heading(call, self.clock, self.ids))
            if (answers := self.ask(call)) is not None:
                self.tell(call, answers, named=True)

    def ask(self, call: Call) -> _Answers | None:
        """Ask how one call went; None where she leaves it out."""
        questions = Interview(self.app, {}, live=True)
        planned = _minutes_planned(call, self.memory)
        just_over = self.now < call.hard_stop + AFTER_THE_STOP
        so_far = max(whole_minutes(elapsed(call.start, self.now)), 1) if just_over else planned

        def length(text: str) -> str:
            text = text.strip()
            if text not in ("", "-"):
                parse_took(text)
            return text

        said = questions.prompt("how long did it take? (- to leave this call out)", length, f"{so_far}m")
        if said == "-":
            return None
        took = parse_took(said)
        text = or_none(one_line)
        because = ""
        if whole_minutes(took) > planned:
            because = questions.prompt(
                "why longer? the next message tells the client (Enter: it says nothing)", text, ""
            )
        decided = questions.prompt("what was decided? (Enter: nothing to write)", text, "")
        prep = questions.prompt("what should be ready next time? (the budget table)", text, "")
        left = []
        while item := questions.prompt("left open, an item at a time (Enter: no more)", text, ""):
            left.append(item)
        return _Answers(took=took, because=because, decided=decided, left=left or [""], prep=prep)

    def tell(self, call: Call, answers: _Answers, *, named: bool = False) -> None:
        """Keep what she said, and show what the client will read."""
        told = answers.told(call, self.memory.told.get(call.name), self.now)
        ended = of_call(call, told)
        if answers.because and not ended.over:
            what = "it did not run over" if told.minutes is not None else "say by --took how long it took"
            raise UsageError(
                f"--because says why a call ran over its {minutes(ended.planned * MINUTE)}, and {what}",
                where=heading(call, self.clock, self.ids),
            )
        sent = _close_out_that_went(call, self.memory)
        self.memory = replace(self.memory, told={**self.memory.told, call.name: told})
        plan = self.house.plan(self.now, memory=self.memory)
        draft = next((one for one in plan.messages if _is_close_out(one, call) and one.state in OPEN), None)
        with self.house.ledger.transaction():
            self.house.ledger.went(told)
            if draft is not None and plan.mode == "act":
                self.house.ledger.queue([draft])
        self._warn(told, call)
        opens = self._opens(call, ended)
        if self.app.json:
            self.app.out_json(self._data(call, ended, draft, opens))
            return
        if not named:
            self.app.out(heading(call, self.clock, self.ids))
        for line in (
            _took_line(call, ended),
            *self._draft_lines(call, ended, draft, sent, plan),
            *self._opening_lines(ended, opens),
            *self._open_lines(ended),
        ):
            self.app.out(line)
        self.app.tell(f"noted; {carried_out(self.house)}")

    def _warn(self, told: Told, call: Call) -> None:
        """Tell of words in her own sentences that a client doesn't like to read."""
        from calsync.words.lint import lint

        for text in (told.because, told.decided, told.prep):
            for word in lint(text, call.client.language):
                self.app.tell(f'note: "{word}" is a word that clients do not like to read')

    def _next(self, call: Call) -> Call | None:
        """Return the next call with that client that has not begun."""
        return next((one for one in self.calls if one.client.key == call.client.key and one.start > self.now), None)

    def _opens(self, call: Call, ended: Ended) -> str:
        """Return the sentences that open the next message, or an empty text."""
        following = self._next(call)
        if not (ended.over and ended.told.because) or call.client.policy.send == "off":
            return ""
        to = following or call
        told = CallFacts(at=self.now, start=to.start, hard_stop=to.told_stop, group=to.group)
        voice = to_contact(call.client, self.house.rules.owner)
        return self.house.words.overrun_sentence(voice, told, opening(ended, following)).text

    def _draft_lines(
        self, call: Call, ended: Ended, draft: Message | None, sent: Message | None, plan: Plan
    ) -> list[str]:
        told = ended.told
        if not (told.decided or told.prep):
            return []
        if sent is not None:
            when = self.clock.when(sent.sent_at or sent.send_at)
            return [f"no close-out is drafted: one went to {one_line(sent.key.to)} ({sent.state.value}, {when})"]
        if plan.mode == "observe":
            return ["no close-out is drafted: mode is observe"]
        if call.client.policy.send == "off":
            return ['no close-out is drafted: send = "off"']
        if draft is None:
            late = ended.lapses <= self.now
            return [f"no close-out is drafted: {'a day has passed since the call' if late else 'there is no contact'}"]
        known = ShortIds(one.id for one in (*plan.messages, *self.memory.messages))
        paused_ = paused(call.client.key, self.memory.pauses, self.now)
        pause = ["sending is paused for this client; only your approval sends it"] if paused_ else []
        return [
            f"close-out to {one_line(draft.key.to)}, until {self.clock.when(draft.expires_at)}: {draft.subject}",
            indent(draft.body),
            f"it waits for you: calsync outbox approve {known(draft.id)}",
            *pause,
        ]

    def _opening_lines(self, ended: Ended, opens: str) -> list[str]:
        if opens:
            return ["the next message opens with", indent(opens)]
        if ended.over and not ended.told.because:
            return ["the client is told nothing of that; --because TEXT would open the next message with the reason"]
        return []

    def _open_lines(self, ended: Ended) -> list[str]:
        from calsync.planning.carry import with_open_items

        if not ended.told.open:
            return []
        calls = with_open_items(self.calls, self.memory)
        item = ended.told.open[0]
        onto = next((one for one in calls if item in one.carried), None)
        passed = next((one for one in calls if item in one.withheld), None)
        lines = [f"  • {one}" for one in ended.told.open]
        if onto is not None:
            return [f"on top of the list of {heading(onto, self.clock, self.ids)}", *lines]
        if passed is not None:
            why = "others would read it; calsync agenda CALL --keep puts it there"
            return [f"not on the list of {heading(passed, self.clock, self.ids)}: {why}", *lines]
        return ["on top of the list of the next call with this client", *lines]

    def _data(self, call: Call, ended: Ended, draft: Message | None, opens: str) -> Data:
        told, zone = ended.told, self.house.rules.owner.timezone
        ids = ShortIds({*(one.id for one in self.calls), digest_of(call.name)})
        known = ShortIds(one.id for one in (*([draft] if draft else []), *self.memory.messages))
        return {
            "call": ids(call.id),
            "took": told.minutes,
            "over": ended.over,
            "because": told.because,
            "decided": told.decided,
            "open": list(told.open),
            "prep": told.prep,
            "opens": opens or None,
            "message": None if draft is None else of_message(draft, ids, known, zone),
        }


def _minutes_planned(call: Call, memory: Memory) -> int:
    told = memory.told.get(call.name) or Told(call=call.name, client=call.client.key, start=call.start, at=call.start)
    return of_call(call, told).planned


def _took_line(call: Call, ended: Ended) -> str:
    told = ended.told
    if told.minutes is None:
        return f"counts with {minutes(call.minutes * MINUTE)}, to its hard stop"
    over = f", {minutes(ended.over * MINUTE)} over" if ended.over else ""
    return f"took {minutes(told.minutes * MINUTE)} of {minutes(ended.planned * MINUTE)}{over}"


def _is_close_out(message: Message, call: Call) -> bool:
    return message.key.kind is Kind.CLOSE_OUT and message.key.call == call.name


def _close_out_that_went(call: Call, memory: Memory) -> Message | None:
    """Return the close-out of this call that was sent, or may have been."""
    went = (State.SENT, State.SENDING, State.UNKNOWN)
    return next((one for one in memory.messages if _is_close_out(one, call) and one.state in went), None)
