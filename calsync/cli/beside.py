"""Whether a daemon runs beside this command, and what that means for what was just noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calsync.ledger.lock import holder

if TYPE_CHECKING:
    from calsync.cli.show.when import Clock
    from calsync.wiring import House


def daemon_runs(house: House) -> bool:
    """Tell whether a daemon holds the state folder now."""
    found = holder(house.state)
    return found is not None and found.serves


def carried_out(house: House) -> str:
    """Return who carries out what was just noted, and when."""
    if daemon_runs(house):
        return "the calsync that runs here carries it out within seconds"
    return "the next cycle carries it out: calsync sync"


def who_runs(house: House, clock: Clock) -> str:
    """Return the line about it for `status`."""
    found = holder(house.state)
    if found is None:
        return "no daemon runs: calsync run is one, calsync sync does one cycle"
    doing = "runs" if found.serves else "is at work"
    return f"{found} {doing} since {clock.when(found.since)}"
