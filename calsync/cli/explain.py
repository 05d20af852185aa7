"""`explain`: why an event is a call or not, whose, and which rule gave each value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from calsync.cli.app import App
from calsync.cli.find import Meant, find
from calsync.cli.options import command
from calsync.cli.show.table import aligned, one_line
from calsync.cli.show.when import Clock, minutes
from calsync.model.call import Call
from calsync.model.rules import Client
from calsync.model.times import WEEKDAYS, say_duration

if TYPE_CHECKING:
    from calsync.planning.calls import Verdict
    from calsync.planning.people import Match

Line = tuple[str, str, str]


@command("calsync explain k3f9q2", "calsync explain acme")
@click.argument("event")
def explain(app: App, event: str) -> None:
    """Why an event is a call or not, whose, and by which rules.

    EVENT is an id that `events` or `plan` prints, a UID, or a client: then its current or next call.
    """
    with app.house() as house:
        clock = Clock(house.rules.owner.timezone, app.now(house.rules.owner.timezone))
        meant = find(event, house, clock)
    call, verdict = meant.among.call(meant.name), meant.among.verdicts[meant.name]
    client = call.client if call else next((match.client for match in verdict.matches), None)
    reasons = list(_verdict(call, verdict, meant, clock))
    values = list(_values(client)) if client else []
    if app.json:
        app.out_json(
            {
                "id": meant.short,
                "call": call is not None,
                "client": client.key if client else None,
                "why": [{"what": what, "is": said, "why": why} for what, said, why in reasons],
                "values": [{"key": key, "value": value, "from": source} for key, value, source in values],
            }
        )
        return
    app.out(meant.heading)
    for line in aligned(reasons):
        app.out(f"  {line}")
    if values:
        app.out("")
        app.out(f"values that hold for {'it' if call else client.name if client else ''}, and where they come from")
        for line in aligned([(key, source, value) for key, value, source in values]):
            app.out(f"  {line}")


def _verdict(call: Call | None, verdict: Verdict, meant: Meant, clock: Clock) -> Iterator[Line]:
    yield "a call", "yes" if call else "no", one_line(verdict.why)
    if verdict.rule and verdict.matches:
        source = verdict.matches[0].client.sources.get(verdict.rule, "built-in")
        yield "by rule", verdict.rule, f"{source}; `calsync keep` overrides it"
    for match in verdict.matches:
        counts = call is not None and match.client.key == call.client.key
        yield (
            "client",
            match.client.key,
            f"{_key(match)}{one_line(match.by)}{'' if counts or call is None else ' (matches less well)'}",
        )
    if call is None:
        return
    if call.kept:
        yield "kept", "yes", "you said `calsync keep`"
    if call.doubtful:
        yield "doubtful", "note and messages are held", call.doubtful
    if call.tentative:
        yield "tentative", "messages are held", call.tentative
    if call.day_off:
        yield "day off", "messages are held", one_line(call.day_off)
    yield (
        "organizer",
        "you" if call.organized else "somebody else",
        "" if call.organized else "the event is not written to",
    )
    yield "group", "yes" if call.group else "no", f"group_from is {call.client.policy.group_from}"
    yield "hard stop", clock.time(call.hard_stop), _stop(call)
    if len(call.copies) > 1:
        yield "copies", ", ".join(ref.calendar for ref in call.copies), f"the one in {meant.occurrence.calendar} counts"


def _key(match: Match) -> str:
    """Return the key of the client by which it was found."""
    client, by = match.client, match.by
    found = {"email": by == client.email, "people": by in client.people, "match.emails": by in client.match_emails}
    key = next((key for key, holds in found.items() if holds), "")
    return f"{key or 'match.domains'}: " if key or "@" in by else ""


def _stop(call: Call) -> str:
    if call.shift:
        return f"{_unshifted(call)}; moved by {minutes(call.shift)} because you are late"
    return _unshifted(call)


def _unshifted(call: Call) -> str:
    if call.flex:
        return f"flex of {minutes(call.flex.minutes)}: {one_line(call.flex.because)}"
    if call.base_stop == call.end:
        return "the event's own end"
    source = call.client.sources.get("per_call", "")
    if call.per_call != call.client.policy.per_call:
        source = "as the client was told"
    return f"start + per_call {say_duration(call.per_call or timedelta())} ({source})"


def _values(client: Client) -> Iterator[Line]:
    for key, source in client.sources.items():
        holder = client.policy if hasattr(client.policy, _FIELDS.get(key, key)) else client
        if hasattr(holder, _FIELDS.get(key, key)):
            yield key, _said(getattr(holder, _FIELDS.get(key, key)), key), source


_FIELDS = {"except": "except_titles"}


def _said(value: object, key: str = "") -> str:
    if value is None:
        return "none"
    if isinstance(value, timedelta):
        return say_duration(value)
    if isinstance(value, frozenset):
        return ",".join(WEEKDAYS[day] for day in sorted(value))
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, ZoneInfo):
        return value.key
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_said(one)}" if name else _said(one) for name, one in value.items()) or "none"
    if isinstance(value, tuple):
        return ", ".join(map(_said, value)) or "none"
    return one_line(str(value))
