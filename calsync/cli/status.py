"""`status`: what was read, what goes out next, what is held, and what needs the owner."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

import click

from calsync.cli.app import App
from calsync.cli.beside import who_runs
from calsync.cli.choose import heading
from calsync.cli.options import command
from calsync.cli.show.data import Data, ShortIds, of_held, of_message, plan_ids
from calsync.cli.show.table import aligned, one_line
from calsync.cli.show.when import Clock, rfc3339
from calsync.model.call import digest_of
from calsync.model.memory import Memory
from calsync.model.message import OPEN, State
from calsync.model.plan import Plan


@command("calsync status", "calsync status --json")
def status(app: App) -> None:
    """What was read, what goes out next, what is held, what needs you."""
    with app.house() as house:
        zone = house.rules.owner.timezone
        plan = house.plan(app.now(zone))
        memory = house.ledger.memory()
        # What waits for approval is told from the plan as it is now: the alert may know an older digest.
        clock = Clock(zone, plan.now)
        runs = who_runs(house, clock)
        alerts = [what for key, _, what in house.ledger.alerts() if key != "large"]
    needs = list(dict.fromkeys([*alerts, *_needs(plan)]))
    if app.json:
        app.out_json(_data(plan, memory, needs, zone))
        return
    for line in _page(plan, memory, needs, runs, clock):
        app.out(line)


def _needs(plan: Plan) -> Iterator[str]:
    ids = ShortIds(message.id for message in plan.messages)
    for message in plan.messages:
        if message.state in (State.ASKS, State.UNKNOWN, State.FAILED):
            why = f": {one_line(message.why)}" if message.why else ""
            todo = f"calsync outbox show {ids(message.id)}"
            yield f"{message.key.kind.value} to {one_line(message.key.to)} {message.state.value}{why} ({todo})"
    if plan.large and plan.mode == "act":
        yield f"the next cycle stops: {plan.large} (calsync sync --digest {plan.digest})"


def _data(plan: Plan, memory: Memory, needs: list[str], zone: tzinfo) -> Data:
    ids = plan_ids(plan)
    message_ids = ShortIds(message.id for message in plan.messages)
    read_at = {name: record.read_at for name, record in memory.calendars.items()}
    return {
        "now": rfc3339(plan.now, zone),
        "mode": plan.mode,
        "calendars": {
            line.name: {
                "ok": line.ok,
                "error": line.error or None,
                "read_at": rfc3339(at, zone) if (at := read_at.get(line.name)) else None,
            }
            for line in plan.calendars
        },
        "messages": [of_message(message, ids, message_ids, zone) for message in plan.messages],
        "held": [of_held(held, ids) for held in plan.held],
        "owner_must": needs,
    }


def _page(plan: Plan, memory: Memory, needs: list[str], runs: str, clock: Clock) -> Iterator[str]:
    ids = plan_ids(plan)
    calls = {call.id: call for call in plan.calls}
    yield f"mode {plan.mode} · {clock.when(plan.now)}"
    yield runs
    rows = []
    for line in plan.calendars:
        record = memory.calendars.get(line.name)
        read = f"last read whole {clock.when(record.read_at)}" if record and record.read_at else "never read by a cycle"
        state = f"{line.events} events, {line.calls} calls in view" if line.ok else f"NOT READ: {one_line(line.error)}"
        rows.append([line.name, state, read])
    yield from aligned(rows)
    if pauses := memory.pauses:
        for pause in pauses:
            until = f"until {clock.when(pause.until)}" if pause.until else "until calsync resume"
            note = f" ({one_line(pause.note)})" if pause.note else ""
            yield f"paused: {pause.client or 'all clients'} {until}{note}"
    yield from _section("calls", [heading(call, clock, ids) for call in plan.calls])
    goes = sorted((m for m in plan.messages if m.state in OPEN), key=lambda message: message.send_at)
    message_ids = ShortIds(message.id for message in plan.messages)
    yield from _section(
        "messages",
        aligned(
            [
                [
                    message_ids(message.id),
                    message.state.value,
                    clock.when(message.send_at),
                    f"{message.key.kind.value} to {one_line(message.key.to)}",
                    one_line(message.why),
                ]
                for message in goes
            ]
        ),
    )
    waiting = {digest_of(message.key.call) for message in goes if message.state is State.HELD}
    held = [
        [
            ids(item.call),
            one_line(calls[item.call].occurrence.summary) if item.call in calls else "",
            item.what,
            item.why,
        ]
        for item in plan.held
        if item.what != "message" or item.call not in waiting
    ]
    yield from _section("held", aligned([[one_line(cell) for cell in row] for row in held]))
    yield from _section("needs you", [click.style(one_line(what), fg="yellow") for what in needs])


def _section(title: str, found: list[str]) -> Iterator[str]:
    if found:
        yield ""
        yield click.style(title, bold=True)
        for line in found:
            yield f"  {line}"
