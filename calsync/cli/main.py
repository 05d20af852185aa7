"""The command `calsync`: finds a command, runs it, and turns whatever happens into an exit status."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import FrameType
from typing import TYPE_CHECKING

import click

from calsync.cli.app import App
from calsync.cli.menu import GROUPS, LATER, MENU

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_COMPLETE = "_CALSYNC_COMPLETE"
EPILOG = """\b
Completion: bash  eval "$(_CALSYNC_COMPLETE=bash_source calsync)"
            zsh   eval "$(_CALSYNC_COMPLETE=zsh_source calsync)"
            fish  _CALSYNC_COMPLETE=fish_source calsync | source
"""


class Menu(click.Group):
    """A group that imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(MENU)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if entry := MENU.get(cmd_name):
            found = getattr(import_module(f"calsync.cli.{entry.module}"), cmd_name)
            assert isinstance(found, click.Command)  # noqa: S101 (a test walks the whole menu)
            return found
        if cmd_name in LATER and not ctx.resilient_parsing:
            from calsync.cli.options import later

            raise later(f"calsync {cmd_name}")
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = args[0] in MENU or args[0] in LATER or args[0].startswith("-")
        if not known and not ctx.resilient_parsing:
            from calsync.cli.options import unknown

            raise unknown("command", args[0], MENU, hint="calsync --help lists every command")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        widest = max(map(len, MENU))
        for group in GROUPS:
            if rows := [(name.ljust(widest), entry.line) for name, entry in MENU.items() if entry.group == group]:
                with formatter.section(group):
                    formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        names = [CompletionItem(name, help=MENU[name].line) for name in MENU if name.startswith(incomplete)]
        return names + click.Command.shell_complete(self, ctx, incomplete)


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"calsync {version('calsync')}")
        except PackageNotFoundError:
            click.echo("calsync, from a folder that is not installed")
        ctx.exit()


@click.command(cls=Menu, epilog=EPILOG, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", type=click.Path(), metavar="FILE", help="The config; else $CALSYNC_CONFIG or your own one.")
@click.option("-v", "--verbose", count=True, help="Tell more: which files, and every text.")
@click.option("-q", "--quiet", is_flag=True, help="Tell nothing on stderr but errors.")
@click.option("--no-color", is_flag=True, help="No colours, as with NO_COLOR.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.pass_context
def calsync(ctx: click.Context, config: str | None, verbose: int, quiet: bool, no_color: bool) -> None:
    """Keep client calls to time.

    A hard stop and an agenda in the event, blocks around it, and a polite message to the client before it. `calsync
    demo` shows all of it on a sample calendar; `calsync plan` says what would be done to yours, and changes nothing.
    """
    if verbose and quiet:
        raise click.UsageError("-v and -q don't go together", ctx)
    ctx.obj = App(config=config, verbose=verbose, quiet=quiet, plain=no_color or bool(os.environ.get("NO_COLOR")))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's own) and return its exit status.

    Never raises: an error is told on stderr, or as JSON on stdout where `--json` was asked for.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        # A letter that the terminal can't show must not end the work in a traceback.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    signal.signal(signal.SIGTERM, _terminated)
    try:
        status = _run(words)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read has had enough (`calsync sent acme | head`): 128 + SIGPIPE, like any filter. What is still
        # buffered has nowhere to go, and Python would complain about that at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (KeyboardInterrupt, click.Abort):
        return 130
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except Exception as error:  # noqa: BLE001 (the one place where every error ends as a sentence)
        from calsync.cli.failure import tell

        return tell(error, as_json="--json" in words)


def _run(words: list[str]) -> int:
    if asked := os.environ.get(_COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(calsync, {}, "calsync", _COMPLETE, asked)
    # Not click's own main(): it takes a reader that went away for an error of ours.
    try:
        with calsync.make_context("calsync", [*words]) as context:
            status = calsync.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    return status if isinstance(status, int) else 0


def _terminated(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
