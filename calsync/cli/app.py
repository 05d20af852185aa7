"""One run of the command line: what was asked for globally, where output goes, and the clock."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from calsync.errors import UsageError

if TYPE_CHECKING:
    from datetime import tzinfo

    from calsync.cli.patience import Patience
    from calsync.settings.load import Settings
    from calsync.wiring import House


@dataclass(slots=True)
class App:
    """The global options, and what each command needs of the world.

    given_now: what `--now` said, an instant or a date. json: stdout is one JSON document and nothing else.
    plain: no colours, whatever the terminal.
    """

    config: str | None = None
    verbose: int = 0
    quiet: bool = False
    plain: bool = False
    json: bool = False
    given_now: datetime | date | None = None
    patience: Patience | None = None

    @property
    def terminal(self) -> bool:
        """Whether results are read by a person in a terminal."""
        return sys.stdout.isatty() and not self.json

    @property
    def may_ask(self) -> bool:
        """Whether somebody is there to answer a question."""
        return sys.stdin.isatty() and sys.stderr.isatty() and not self.json

    def out(self, text: str) -> None:
        """Write a result to stdout."""
        self._no_longer()
        click.echo(text, color=False if self.plain else None)

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
        """Write rows under heads to stdout, drawn in a terminal; columns in `right` are aligned to the right."""
        from calsync.cli.show.table import table

        for line in table(heads, rows, right=right, terminal=self.terminal, plain=self.plain):
            self.out(line)

    def out_json(self, value: object) -> None:
        """Write the one JSON document of this run to stdout."""
        import json

        utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
        click.echo(json.dumps(value, ensure_ascii=not utf8, indent=2))

    def tell(self, text: str) -> None:
        """Say something beside the results, on stderr; not with `-q`."""
        self._no_longer()
        if not self.quiet:
            click.echo(text, err=True, color=False if self.plain else None)

    def tell_unread(self, unread: Mapping[str, str]) -> int:
        """Say on stderr which calendars could not be read, and why; return the exit status: 1 where there are any."""
        from calsync.cli.show.table import one_line

        for name, why in unread.items():
            self.tell(f"{name}: not read, so nothing of it is counted here: {one_line(why)}")
        return 1 if unread else 0

    def confirm(self, question: str, *, otherwise: str) -> bool:
        """Ask on stderr; True for yes.

        Raises:
            UsageError: nobody is there to answer; `otherwise` says how to go on.
        """
        if not self.may_ask:
            raise UsageError("this asks before it does anything, and nobody is here to answer", hint=otherwise)
        self._no_longer()
        return click.confirm(question, err=True)

    def _no_longer(self) -> None:
        if self.patience is not None:
            self.patience.stop()

    def settings(self) -> Settings:
        """Read the config.

        Raises:
            ConfigErrors: everything that is wrong with it.
        """
        from calsync.settings.load import find_config, load

        path = find_config(self.config, os.environ)
        if self.verbose:
            self.tell(f"config: {path}")
        return load(path)

    @contextmanager
    def house(self, *, mend: bool = False) -> Iterator[House]:
        """Open everything that the config names, and close it at the end.

        mend: a damaged ledger is put aside for the newest copy of it, and that is said.
        """
        settings = self.settings()
        from calsync.wiring import open_house

        now = self.now(settings.rules.owner.timezone, settings=settings) if mend else None
        house = open_house(settings, os.environ, mend=now)
        if house.mended:
            self.tell(house.mended)
        if self.verbose:
            self.tell(f"state folder: {house.state}")
        if not self.quiet and sys.stderr.isatty():
            from calsync.cli.patience import Patience

            self.patience = Patience("reading the calendars")
        try:
            yield house
        finally:
            self._no_longer()
            house.close()

    @contextmanager
    def lock(self, house: House) -> Iterator[None]:
        """Hold the state folder, so that no other calsync writes meanwhile.

        Raises:
            LockHeld: another one does.
        """
        from calsync.ledger.lock import StateLock

        with StateLock(house.state):
            yield

    @staticmethod
    def _real(settings: Settings) -> list[str]:
        """Return the names of the channels that reach people, the owner among them."""
        return [one.name for one in (*settings.channels, *settings.notifiers) if one.type != "folder"]

    def now(self, zone: tzinfo, *, settings: Settings | None = None) -> datetime:
        """Return this run's instant in UTC: `--now`, a date being its first instant in `zone`, else the clock.

        settings: given by a command that writes into ledger or calendar. A made-up clock would leave made-up
        records there, so `--now` is taken only where no message could reach anybody.
        """
        if self.given_now is None:
            # The one place that reads the clock; everything below takes `now` as an argument.
            return datetime.now(UTC)  # noqa: TID251
        if settings is not None and (real := self._real(settings)):
            raise UsageError(
                "--now is for rehearsals: this command writes, and a channel here reaches people",
                where=", ".join(f"channels.{name}" for name in real),
                hint="leave --now out, or rehearse with a config whose channels are all folders",
            )
        from calsync.model.times import instant

        return instant(self.given_now, zone)
