"""`run`: the daemon."""

from __future__ import annotations

import os

from calsync.cli.app import App
from calsync.cli.options import command


@command("calsync run", "calsync -v run", clock=False)
def run(app: App) -> int:
    """The daemon: does all of it, until it is stopped.

    Reads the calendars at every `poll` and soon after a file of theirs changed, writes notes and blocks, and sends each
    message within seconds of its moment. What other commands wish (flex, skip, approve …) is acted on within seconds.
    In mode = "observe" it changes and sends nothing.

    SIGTERM or Ctrl-C end it, within five seconds, with status 0. SIGHUP has it read the config again, and so does a
    command that lets it work (act, clean, sync --force or --digest); nothing else does, so that a config that is being
    edited is not acted on. A wrong one is told, and the one before stays in force; another state_dir needs a restart.

    Says on stderr what it does, a line for each thing done; -v: also what it looks at, with addresses. Under systemd
    the lines go to the journal.
    """
    from calsync.daemon.run import run as daemon
    from calsync.settings.load import find_config

    path = find_config(app.config, os.environ)
    status = daemon(path, os.environ, verbose=bool(app.verbose), quiet=app.quiet)
    if app.json:
        app.out_json({})
    return status
