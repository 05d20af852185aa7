"""`init`: a config from a few questions, each of which an option may answer, and a first look at what it would do."""

from __future__ import annotations

import os
import shlex
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calsync.cli.app import App
from calsync.cli.options import command
from calsync.errors import UsageError

if TYPE_CHECKING:
    from calsync.cli.setup import Draft
    from calsync.model.plan import Plan


@command(
    "calsync init",
    "calsync init --name 'Deniz Kaya' --email deniz@kaya.example --calendar ~/work.ics \\",
    "    --client acme.example,salutation=Ayşe,per_call=45m",
    clock=False,
)
@click.option("--name", help="Your name.")
@click.option("--sign", help="How you sign; else your name.")
@click.option("--email", metavar="ADDRESS", help="Your mail address.")
@click.option("--timezone", metavar="ZONE", help="Your time zone; else this machine's.")
@click.option("--language", metavar="L", help="Yours, and your clients': en, en-US, tr or de; else en.")
@click.option("--calendar", metavar="PATH", help="Your calendar file (.ics).")
@click.option("--channel", metavar="TYPE", help="folder or smtp; else folder.")
@click.option("--folder", metavar="PATH", help="Which folder; else outbox, beside the config.")
@click.option("--smtp-host", metavar="HOST", help="Your mail server.")
@click.option("--smtp-port", metavar="PORT", help="Its port; else 587.")
@click.option("--smtp-security", metavar="S", help="starttls, tls or none; else what goes with the port.")
@click.option("--smtp-user", metavar="USER", help="The name to sign in with; else your address.")
@click.option("--smtp-password", metavar="WHERE", help="file:PATH, env:NAME, credential:NAME or command:WORDS.")
@click.option("--client", metavar="WHO", multiple=True, help="An address or a domain; all of them by `found`.")
@click.option("--tone", metavar="TONE", help="formal or close, for clients who have none; needed in tr and de.")
@click.option("--to-me", is_flag=True, help="Then send a preview of the next message to yourself.")
@click.option("--yes", is_flag=True, help="Ask nothing; what no option says is as proposed.")
def init(app: App, yes: bool, to_me: bool, client: tuple[str, ...], **given: str | None) -> int:
    """A config from a few questions, and what it would do.

    Each question is also an option. Writes a new, commented config (never over another) that observes: nothing is
    written to your calendar, and nothing is sent to a client before `calsync act`, and then each message still waits
    for your word. Shows `check` and `plan` of it, and offers you a preview by mail. Without a terminal, options have to
    say name, email and calendar.

    \b
    A client may have more: --client acme.example,name=Acme,tone=close; after
    the commas stand name, email, salutation, language, tone, timezone, per_call.
    A password is never typed here: --smtp-password says where it is.
    """
    from calsync.settings.load import find_config
    from calsync.settings.write import see_place

    path = find_config(app.config, os.environ).absolute()
    see_place(path)
    if app.json and to_me:
        raise UsageError("--to-me and --json don't go together", hint="calsync preview CALL --to-me --json")
    live = app.may_ask and not yes
    try:
        draft = _talk(app, path, given, client, live=live)
    except (click.Abort, KeyboardInterrupt):
        app.tell("\nnothing was written")
        raise
    _write(draft)
    named, app.config = app.config, str(path)
    status = _look(app, draft, to_me=to_me, ask=live)
    me = f"calsync --config {shlex.quote(named)}" if named else "calsync"
    if not draft.document.get("clients"):
        app.tell(f"no client yet: {me} clients suggest proposes some")
    app.tell(f"next: {me} plan, as often as you like, and {me} act once you trust it")
    return status


def _talk(app: App, path: Path, given: dict[str, Any], client: tuple[str, ...], *, live: bool) -> Draft:
    """Ask everything, and write nothing."""
    from calsync.cli import pick, setup
    from calsync.cli.ask import Interview

    talk = Interview(app, given, live=live)
    talk.say("A few questions. Enter takes what stands in brackets, Ctrl-C leaves everything as it is.")
    draft = setup.Draft(path, {"mode": "observe"})
    draft.document["owner"] = setup.owner(talk, os.environ)
    now = app.now(UTC)
    draft.document["calendars"] = {"work": setup.calendar(talk, now)}
    name, table = setup.channel(talk, draft)
    draft.document["channels"] = {name: table}
    draft.document["defaults"] = {"send": "ask"}
    talk.complete()
    pick.clients(talk, draft, client, now)
    return draft


def _write(draft: Draft) -> None:
    """Write the config and, before it, the password that it names; both or neither."""
    from calsync.settings.write import config_text, put_new

    secret = draft.secret
    if secret:
        put_new(secret[0], f"{secret[1]}\n")
    try:
        put_new(draft.path, config_text(draft.document))
    except BaseException:
        if secret:
            secret[0].unlink(missing_ok=True)
        raise


def _look(app: App, draft: Draft, *, to_me: bool, ask: bool) -> int:
    """Say what was written, run `check` and `plan` over it, and offer a preview; return the exit status."""
    from calsync.cli.check import every_check, of_checks, show_checks
    from calsync.cli.show.data import of_plan
    from calsync.cli.show.plan import page
    from calsync.cli.show.when import Clock

    written = [str(draft.path), *([str(draft.secret[0])] if draft.secret else [])]
    app.tell(f"\nwritten: {', '.join(written)}\n")
    checks = list(every_check(app, app.settings()))
    failed = any(one.state == "fail" for one in checks)
    if not app.json:
        show_checks(app, checks)
    with app.house() as house:
        zone = house.rules.owner.timezone
        plan = house.plan(app.now(zone))
    if app.json:
        clients = list(draft.document.get("clients", {}))
        app.out_json({"written": written, "clients": clients, **of_checks(checks), "plan": of_plan(plan, zone)})
    else:
        app.out("")
        for line in page(plan, Clock(zone, plan.now), onward=False):
            app.out(line)
    status = _preview(app, plan, to_me=to_me, ask=ask) if not failed else 0
    return 1 if failed or not all(one.ok for one in plan.calendars) else status


def _preview(app: App, plan: Plan, *, to_me: bool, ask: bool) -> int:
    """Send the next message to the owner herself, if she wants it."""
    from calsync.cli.preview import preview
    from calsync.cli.show.table import one_line
    from calsync.model.message import OPEN

    calls = {view.call.name: view.call for view in plan.views}
    waiting = sorted((one for one in plan.messages if one.state in OPEN), key=lambda one: one.send_at)
    call = next((calls[one.key.call] for one in waiting if one.key.call in calls), None)
    if call is None:
        if to_me:
            app.tell("no message is in view, so there is nothing to preview")
        return 0
    question = f"Send yourself a preview of the message for {one_line(call.client.name)}?"
    if not to_me and not (ask and app.confirm(question, otherwise="--to-me")):
        return 0
    return int(click.get_current_context().invoke(preview, call=call.id, to_me=True) or 0)
