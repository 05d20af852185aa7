"""A channel to the owner alone, by apprise: to her phone, her chat, wherever its addresses lead."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from calsync.errors import CalsyncError
from calsync.ports import Fate, Outcome

TIMEOUT_S = 8.0  # for all services of a channel together
_START_S = 6.0  # what a slow machine needs beside that, to start Python and import apprise
_PROGRAM = Path(__file__).with_name("apprise_program.py")


class AppriseNotifier:
    """One apprise channel. Each call runs apprise in a process of its own.

    Apprise takes 35 MB that a daemon would never get back, and what hangs in it can't be ended in a thread. The
    addresses go to the process by a pipe, and its stderr nowhere, so that the secrets in them stay where they are.

    urls: gives the addresses when they are needed; it may raise a CalsyncError. timeout: in seconds.
    """

    def __init__(self, name: str, urls: Callable[[], Sequence[str]], *, timeout: float = TIMEOUT_S) -> None:
        self._name, self._urls, self._timeout = name, urls, timeout

    @property
    def name(self) -> str:
        """See `ports.Notifier`."""
        return self._name

    def notify(self, title: str, body: str, *, discreet: bool = False) -> Outcome:
        """See `ports.Notifier`. UNCERTAIN where a service did not answer in time."""
        try:
            said = self._ask(title, body, discreet)
        except CalsyncError as error:
            return Outcome(fate=Fate.DEFERRED, why=error.what)
        match said["status"]:
            case "SUCCESS" | "PARTIAL":
                return Outcome(fate=Fate.ACCEPTED)
            case "TIMEOUT":
                return Outcome(fate=Fate.UNCERTAIN, why=f"no answer within {self._timeout:g} s{self._which(said)}")
            case "NOMATCH":
                return Outcome(fate=Fate.REFUSED, why=self._bad(said) or f"{self._key} is empty")
            case "FAILURE":
                return Outcome(fate=Fate.DEFERRED, why=f"it was not taken{self._which(said)}")
            case other:
                return Outcome(fate=Fate.DEFERRED, why=f"apprise failed ({other})")

    def check(self) -> str:
        """See `ports.Notifier`."""
        try:
            said = self._ask(None, None)
        except CalsyncError as error:
            return error.what
        if said["status"] != "CHECKED":
            return f"apprise failed ({said['status']})"
        return self._bad(said)

    @property
    def _key(self) -> str:
        return f"channels.{self._name}.urls"

    def _bad(self, said: dict[str, Any]) -> str:
        numbers = ", ".join(str(number) for number in said["bad"])
        return f"apprise can make nothing of no. {numbers} of {self._key}" if numbers else ""

    def _which(self, said: dict[str, Any]) -> str:
        return f" ({', '.join(said['failed'])})" if said["failed"] else ""

    def _ask(self, title: str | None, body: str | None, discreet: bool = False) -> dict[str, Any]:
        """Run the program and return its answer, one of its own kind where it ended without any."""
        asked = {
            "urls": list(self._urls()),
            "title": title,
            "body": body,
            "discreet": discreet,
            "timeout": self._timeout,
        }
        try:
            ran = subprocess.run(  # noqa: S603 (our own program, and no word of anybody else in its arguments)
                # -P: the folder of the program holds an apprise.py of ours.
                [sys.executable, "-P", str(_PROGRAM)],
                input=json.dumps(asked).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self._timeout + _START_S,
                check=False,
            )
            said: dict[str, Any] = json.loads(ran.stdout)
        except subprocess.TimeoutExpired:
            return {"status": "TIMEOUT", "bad": [], "failed": []}
        except (OSError, ValueError) as error:
            return {"status": type(error).__name__, "bad": [], "failed": []}
        return said
