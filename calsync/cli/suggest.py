"""Clients proposed from the calendars: looked for, and shown as tables to paste into the config."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from calsync.cli.show.data import Data
from calsync.cli.show.table import one_line
from calsync.cli.show.when import Clock, minutes, rfc3339
from calsync.model.memory import Memory
from calsync.model.rules import Owner, Policy, Rules
from calsync.model.snapshot import Snapshot
from calsync.model.times import MINUTE, say_duration, whole_minutes
from calsync.planning.suggest import Suggestion, looked_at, suggest
from calsync.ports import Calendar
from calsync.reconcile.snapshot import take
from calsync.settings.addresses import home_of
from calsync.settings.write import client_text

NEED_A_TONE = ("tr", "de")
_SHORTEST = 5 * MINUTE


def found(
    calendars: Mapping[str, Calendar], rules: Rules, memory: Memory, policy: Policy, now: datetime
) -> tuple[Snapshot, tuple[Suggestion, ...]]:
    """Read the calendars for it, and return who might be a client; `policy` is what the config's defaults say."""
    snapshot = take(calendars, now, looked_at(now))
    return snapshot, suggest(snapshot, rules, memory, policy, home_of)


def table_of(one: Suggestion, owner: Owner) -> dict[str, Any]:
    """Return its table for the config, as TOML has it; loads as it is."""
    table: dict[str, Any] = {"name": one.name, "email": one.emails[0]}
    if one.domain:
        table["match"] = {"domains": [one.domain]}
    if owner.language in NEED_A_TONE:
        table["tone"] = "formal"
    if one.usual >= _SHORTEST:
        table["per_call"] = say_duration(one.usual)
    return table


def facts(one: Suggestion, clock: Clock) -> str:
    """Return what was seen of it: `12 calls, usually 1 h, last Thu 19 Nov, next Tue 24 Nov`."""
    said = [f"{one.calls} call{'s' * (one.calls != 1)}", f"usually {minutes(one.usual)}"]
    said += [f"last {clock.day(one.last)}"] if one.last else []
    said += [f"next {clock.day(one.next)}"] if one.next else []
    return ", ".join(said)


def paste(one: Suggestion, owner: Owner, clock: Clock) -> str:
    """Return the lines to paste: a table with what was seen above it, or what to add to a client who is there."""
    seen = f"# {one_line(one.name)}: {facts(one, clock)}"
    if one.client:
        lines = (seen, f"# {', '.join(one.emails)}: in [clients.{one.client}] it takes")
        return "\n".join((*lines, f'# match.domains = ["{one.domain}"]', ""))
    more = f"; more addresses: {', '.join(one.emails[1:4])}" if len(one.emails) > 1 else ""
    greeted = one.person.split()[0] if one.person else "…"
    return f"{seen}{more}\n{client_text(one.key, table_of(one, owner), {'salutation': greeted})}"


def data(one: Suggestion, owner: Owner) -> Data:
    """Return it for `--json`."""
    return {
        "client": one.client or one.key,
        "known": bool(one.client),
        "name": one.name,
        "domain": one.domain or None,
        "emails": list(one.emails),
        "calls": one.calls,
        "usual": whole_minutes(one.usual),
        "last": rfc3339(one.last, owner.timezone) if one.last else None,
        "next": rfc3339(one.next, owner.timezone) if one.next else None,
        "toml": "" if one.client else client_text(one.key, table_of(one, owner), {}),
    }
