"""A conversation on the terminal: what an option has said is not asked for, and without anybody there nothing is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import click

from calsync.cli.app import App
from calsync.errors import UsageError
from calsync.settings.kinds import Kind
from calsync.settings.problems import Problems, say

Reader: TypeAlias = Callable[[str], str]
"""Returns what is kept of an answer; its ValueError says what is wrong with it and what to write."""


class Interview:
    """Asks on stderr; remembers what options said wrongly, or did not say, until `complete`.

    given: what options said, by the name of the parameter; None where they were silent. live: somebody is there to
    answer.
    """

    def __init__(self, app: App, given: Mapping[str, Any], *, live: bool) -> None:
        self.live = live
        self._app = app
        self._given = given
        self._wrong: list[str] = []
        self._missing: list[str] = []
        if live:
            with suppress(ImportError):  # arrows move the cursor then, instead of leaving ^[[D in an answer
                import readline  # noqa: F401

    def title(self, text: str) -> None:
        """Begin a part of the conversation."""
        if self.live:
            self._app.tell("\n" + click.style(text, bold=True))

    def say(self, text: str) -> None:
        """Say something before a question."""
        if self.live:
            self._app.tell(text)

    def ask(
        self, name: str, question: str, read: Reader, *, default: str | None = None, proposed: str | None = None
    ) -> str:
        """Return an answer as `read` keeps it.

        default: what holds when nobody says anything. proposed: what holds when somebody is asked, and presses Enter.
        Where nobody is there and no default, the option is noted as missing and the answer is empty.
        """
        if (said := self._given.get(name)) is not None:
            return self.told(name, said, read)
        if self.live:
            return self.prompt(question, read, default if proposed is None else proposed)
        if default is None:
            self._missing.append(option(name))
            return ""
        return default

    def told(self, name: str, said: str, read: Reader) -> str:
        """Return what an option said, read; an empty text and a note where it is wrong."""
        try:
            return read(said)
        except ValueError as error:
            self._wrong.append(f"{option(name)}: {error}")
            return ""

    def prompt(self, question: str, read: Reader, default: str | None = None, *, hidden: bool = False) -> str:
        """Ask until the answer can be read; an empty default is offered silently."""

        def value(text: str) -> str:
            try:
                return read(text)
            except ValueError as error:
                raise click.UsageError(str(error)) from None

        return click.prompt(
            f"  {question}", default=default, value_proc=value, show_default=bool(default), hide_input=hidden, err=True
        )

    def needs(self, name: str) -> None:
        """Note an option as missing."""
        self._missing.append(option(name))

    def complete(self) -> None:
        """Go on only when every option is right and none is missing.

        Raises:
            UsageError: with all of it at once.
        """
        missing = [f"missing: {', '.join(self._missing)}"] if self._missing else []
        if problems := self._wrong + missing:
            hint = "calsync init --help tells of each" + ("; at a terminal it asks" if missing else "")
            raise UsageError("; ".join(problems), hint=hint)


def option(name: str) -> str:
    """Return the option that says a parameter, as it is typed."""
    return "--" + name.replace("_", "-")


def of(kind: Kind) -> Reader:
    """Return a reader that takes what a key of the config takes, and keeps it as it was typed."""

    def read(text: str) -> str:
        text = text.strip()
        try:
            text.encode()
        except UnicodeEncodeError:  # bytes from the command line that are no UTF-8
            raise ValueError("this is no UTF-8") from None
        problems = Problems()
        kind.read(text, (), problems)
        for one in problems.found:
            raise ValueError(say(UsageError(one.what, hint=one.hint)))
        return text

    return read


def one_of(words: Sequence[str]) -> Reader:
    """Return a reader that takes one of a few words, or the beginning of just one."""

    def read(text: str) -> str:
        text = text.strip().casefold()
        exact = [word for word in words if word.casefold() == text]
        found = exact or [word for word in words if text and word.casefold().startswith(text)]
        if len(found) != 1:
            raise ValueError(f"write {', '.join(words[:-1])} or {words[-1]}")
        return found[0]

    return read


def or_none(read: Reader) -> Reader:
    """Return a reader that also takes nothing at all, or a dash, and keeps it as an empty text."""
    return lambda text: "" if text.strip() in ("", "-") else read(text)
