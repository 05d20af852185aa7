"""What the templates are told: facts turned into words, in one language and on the clocks of whoever reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from calsync.model.alert import Alert
from calsync.model.nudge import Moment, NudgeFacts
from calsync.model.period import Period
from calsync.model.text import (
    CallFacts,
    Closing,
    Delay,
    Exceeded,
    Flexed,
    Form,
    MessageFacts,
    Overrun,
    PrepFacts,
    Voice,
)
from calsync.words import dates
from calsync.words.dates import plain

Values = dict[str, object]


def without_full_stop(text: str) -> str:
    """Return the owner's sentence as one line without its final full stop; an ellipsis stays."""
    text = plain(text)
    return text if text.endswith("..") else text.removesuffix(".").rstrip()


def of_voice(voice: Voice) -> Values:
    """Return who speaks and who is greeted."""
    return {"sign": plain(voice.sign)} | _given(greeted=plain(voice.greeted))


def of_call(voice: Voice, call: CallFacts) -> Values:
    """Return what may be said of `call` to the client: all on the client's clocks but `my_start`.

    What the call does not have is left out, so that a template that writes it without asking is an error.
    """
    day, clock = _on_clocks(voice.client_zone, voice.language, call.at)
    items = tuple(text for item in call.agenda if (text := plain(item)))
    values: Values = {
        "date": day(call.start),
        "start": clock(call.start),
        "hard_stop": clock(call.hard_stop),
        "minutes": call.minutes,
        "today": dates.same_day(call.start, call.at, voice.client_zone),
        "group": call.group,
        "meeting": call.meeting,
        "catch_up": call.catch_up,
        "items_count": len(items),
        "usual_agenda": call.usual_agenda and bool(items),
        "no_next": call.next_known and call.next_start is None,
        "turn": 0,
    }
    if items:
        values |= {
            "agenda": "\n".join(f"• {item}" for item in items),
            "agenda_line": " · ".join(items),
            "item": items[0],
        }
    if call.next_start is not None:
        values |= {"next_date": day(call.next_start), "next_start": clock(call.next_start)}
    if call.invited_until is not None and call.invited_until.astimezone(UTC) > call.hard_stop.astimezone(UTC):
        values["end"] = clock(call.invited_until)
    if dates.clocks_differ(call.start, voice.client_zone, voice.owner_zone):
        my_day, my_clock = _on_clocks(voice.owner_zone, voice.language, call.at)
        my_start = my_clock(call.start)
        if my_day(call.start) != values["date"]:
            my_start = f"{my_day(call.start)}, {my_start}"
        values |= {"city": dates.city(voice.client_zone, voice.language), "my_start": my_start}
    return values | _given(link=plain(call.link))


def of_flex(flexed: Flexed) -> Values:
    """Return what is said of another hard stop."""
    values: Values = {"usual": flexed.usual, "minutes": flexed.minutes}
    return values | _given(reason=without_full_stop(flexed.because))


def of_delay(delay: Delay) -> Values:
    """Return what is said of the owner's being late."""
    return {"late": delay.minutes, "shift": delay.shift} | _given(reason=without_full_stop(delay.because))


def of_overrun(overrun: Overrun, call: CallFacts, *, flexed: bool) -> Values:
    """Return what is said of the last call's overrun; how long this one is only where nothing else says so."""
    values: Values = {"over": overrun.minutes, "reason": without_full_stop(overrun.because)}
    if flexed:
        return values | {"flex": True}
    return values | ({"usual": call.minutes} if overrun.back else {})


def of_closing(closing: Closing) -> Values:
    """Return what a call has come to."""
    return _given(decided=without_full_stop(closing.decided), prep=without_full_stop(closing.prep))


def of_exceeded(exceeded: Exceeded, voice: Voice, at: datetime) -> Values:
    """Return what is said of calls that take more than was planned; weeks and months are the owner's."""
    return _of_period(exceeded.period, exceeded.cap, exceeded.used, voice.language, voice.owner_zone, at)


def _of_period(period: Period, cap: int, used: int, language: str, zone: str, at: datetime) -> Values:
    return {
        "period": dates.period(period, language, at=at.astimezone(ZoneInfo(zone)).date()),
        "monthly": period.monthly,
        "cap": dates.length(cap, language),
        "used": dates.length(used, language),
    }


def of_message(voice: Voice, facts: MessageFacts) -> Values:
    """Return what a message says beside its call; `because` only where the owner gave a reason."""
    values: Values = {"list_stays": facts.list_stays, "shared": facts.shared, "turn": facts.turn}
    # The announcement says it in words of its own.
    values["ask"] = facts.ask_if_matters and facts.form is not Form.ANNOUNCEMENT
    at = facts.call.at if facts.call else facts.effective
    if facts.effective is not None:
        values["effective_date"] = _on_clocks(voice.client_zone, voice.language, at or facts.effective)[0](
            facts.effective
        )
    old = facts.old_start
    if facts.call is not None:
        if facts.form is Form.CANCELLED:
            old = old or facts.call.start
        if old is not None:
            day, clock = _on_clocks(voice.client_zone, voice.language, facts.call.at)
            values |= {"old_date": day(old), "old_start": clock(old)}
        if facts.flexed is not None:
            values["less"] = facts.flexed.minutes < facts.flexed.usual
    if facts.usual is not None:
        values["usual"] = facts.usual
    if facts.closing is not None:
        values |= of_closing(facts.closing)
    if facts.exceeded is not None and at is not None:
        values |= of_exceeded(facts.exceeded, voice, at)
    return values | _given(because=dates.capitalised(without_full_stop(facts.because), voice.language))


def of_prep(voice: Voice, facts: PrepFacts) -> Values:
    """Return what the owner reads of a call, in her language and on her clocks."""
    call, language = facts.call, facts.owner_language
    day, clock = _on_clocks(voice.owner_zone, language, call.at)
    values: Values = {
        "title": plain(facts.title),
        "who": plain(facts.who),
        "date": day(call.start),
        "start": clock(call.start),
        "hard_stop": clock(call.hard_stop),
        "minutes": call.minutes,
        "group": call.group,
        "layout": [{"item": plain(line.item), "minutes": line.minutes} for line in facts.layout],
    }
    if facts.needs is not None:
        values["needs"] = facts.needs
    if facts.notes:
        values["notes"] = [plain(text) for text in facts.notes]
    if facts.note is not None:
        values["note"] = facts.note.text
    if call.next_start is not None:
        values |= {"next_date": day(call.next_start), "next_start": clock(call.next_start)}
    if dates.clocks_differ(call.start, voice.client_zone, voice.owner_zone):
        _, client_clock = _on_clocks(voice.client_zone, language, call.at)
        values |= {
            "city": dates.city(voice.client_zone, language),
            "client_start": client_clock(call.start),
            "client_stop": client_clock(call.hard_stop),
        }
    return values


def of_nudge(voice: Voice, facts: NudgeFacts) -> Values:
    """Return what the owner is told of a running call, on her own clocks."""
    call = facts.prep.call
    day, clock = _on_clocks(voice.owner_zone, facts.prep.owner_language, facts.at)
    values: Values = {"left": facts.left, "starts": facts.moment is Moment.START, "hard_stop": clock(facts.stop)}
    if call.next_start is not None:
        values |= {"next_date": day(call.next_start), "next_start": clock(call.next_start)}
    return values


def of_alert(alert: Alert, language: str, zone: str, now: datetime) -> Values:
    """Return what a notification says of `alert`, on the owner's clocks in `zone`."""
    facts = alert.facts
    values: Values = {"over": alert.over, "tries": facts.tries, "calls": facts.calls, "messages": facts.messages}
    if facts.start is not None:
        day, clock = _on_clocks(zone, language, now)
        values |= {"date": day(facts.start), "start": clock(facts.start)}
    if facts.period:
        values |= _of_period(Period.parse(facts.period), facts.cap, facts.used, language, zone, now)
        values["percent"] = facts.percent
    if facts.goes is not None:
        day, clock = _on_clocks(zone, language, now)
        values |= {"goes_date": day(facts.goes), "goes": clock(facts.goes)}
    texts = {"name": facts.name, "client": facts.client, "message": facts.message, "id": facts.id}
    texts |= {"digest": facts.digest, "why": without_full_stop(facts.why)}
    return values | _given(**{name: plain(text) for name, text in texts.items()})


def _on_clocks(zone: str, language: str, at: datetime) -> tuple[Callable[[datetime], str], Callable[[datetime], str]]:
    """Return how to say the day and the clock time of a moment in `zone`."""
    return (
        lambda moment: dates.day(moment, zone, language, at=at),
        lambda moment: dates.clock(moment, zone, language),
    )


def _given(**texts: str) -> Values:
    return {name: text for name, text in texts.items() if text}
