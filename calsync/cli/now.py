"""`now`: the running call, counting down, with the words at hand."""

from __future__ import annotations

import click

from calsync.cli.app import App
from calsync.cli.at_hand import Running, look, page
from calsync.cli.options import command
from calsync.cli.show.data import Data
from calsync.cli.show.when import Clock, rfc3339
from calsync.model.call import Call
from calsync.model.times import whole_minutes


@command("calsync now", "calsync now --discreet", clock=False)
@click.option("--discreet", is_flag=True, help="Times only: nothing that a client may not see on your screen.")
def now(app: App, discreet: bool) -> int:
    """The running call, counting down, with the words at hand.

    In a terminal it goes on until you leave: + gives five more minutes (nothing is sent), d asks how it went, as done
    does, q leaves. Elsewhere it says it once. When no call runs, it names the next one.
    """
    with app.house() as house:
        zone = house.rules.owner.timezone
        clock = Clock(zone, app.now(zone))
        found = look(house, clock)
        status = app.tell_unread(found.unread)
        if app.json:
            app.out_json(_document(found, clock, discreet=discreet))
        elif found.call is not None and app.terminal and app.may_ask:
            from calsync.cli.countdown import count_down

            count_down(app, house, found, discreet=discreet)
        else:
            for line in page(found, clock, discreet=discreet):
                app.out(line)
        return status


def _document(found: Running, clock: Clock, *, discreet: bool) -> Data:
    call, after = found.call, found.following
    said: Data = {"now": rfc3339(clock.now, clock.zone), "call": None, "next": None}
    if call is not None:
        zone = call.start.tzinfo
        said["call"] = {
            **({} if discreet else _names(call, found)),
            "start": rfc3339(call.start),
            "hard_stop": rfc3339(call.hard_stop, zone),
            "minutes_left": whole_minutes(call.hard_stop - clock.now),
            "next_with_client": rfc3339(found.again) if found.again is not None else None,
            **({} if discreet else {"phrases": {kind: list(lines) for kind, lines in found.words.items()}}),
        }
    if after is not None:
        said["next"] = {
            **({} if discreet else _names(after, found)),
            "start": rfc3339(after.start),
            "hard_stop": rfc3339(after.hard_stop, after.start.tzinfo),
        }
    return said


def _names(call: Call, found: Running) -> Data:
    return {"id": found.ids[call.name], "client": call.client.key, "summary": call.occurrence.summary}
