"""Units of calsync that run on this machine: whether they keep their state where this command does."""

from __future__ import annotations

import os
import pwd
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from calsync.errors import CalsyncError
from calsync.ledger.lock import holder
from calsync.settings.load import Settings, load, state_dir

_UNITS = ("calsync.service", "calsync-once.service")
_SHOWN = ("Id", "ActiveState", "MainPID", "User", "StateDirectory", "Environment", "ExecStart")
_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A unit that runs now. config is None where this user may not look at its process."""

    name: str
    pid: str
    ready: bool
    config: Path | None
    environ: Mapping[str, str]


def of_units(settings: Settings, state: Path) -> Iterator[tuple[Literal["ok", "warn", "fail"], str, str]]:
    """Yield for each running unit how it is, what was seen, and what to do; one line where none runs.

    state: the folder that this command uses.
    """
    units = list(_running())
    for unit in units:
        if unit.config is None:
            yield "ok", f"{unit.name} runs, and nobody else may see with which config", ""
        elif not _same(unit.config, settings.path):
            yield "ok", f"{unit.name} runs with another config, {unit.config}", ""
        elif (held := holder(state)) and held.pid == unit.pid:
            yield "ok", f"{unit.name} runs and uses this state folder", ""
        elif (theirs := _state(unit)) is None:
            yield "warn", f"{unit.name} runs, and the config can't tell any more where its state is", "calsync check"
        elif _same(theirs, state) and unit.ready:
            what = f"{unit.name} still uses the state folder with which it was started, this command {state}"
            yield "fail", what, "restart the unit: a reload keeps the folder"
        elif _same(theirs, state):
            yield "ok", f"{unit.name} starts, with this state folder", ""
        else:
            hint = "calsync service install pins this one, then restart the unit; or set state_dir in the config"
            yield "fail", f"{unit.name} uses the state folder {theirs}, this command {state}", hint
    if not units:
        yield "ok", "none of calsync's runs here", ""


def _running() -> Iterator[Running]:
    for manager in ("system", "user"):
        asked = ["systemctl", f"--{manager}", "show", *_UNITS, f"--property={','.join(_SHOWN)}"]
        try:
            ran = subprocess.run(asked, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired):  # no systemd is here, or none that answers
            continue
        for paragraph in ran.stdout.split("\n\n"):
            shown = dict(line.split("=", 1) for line in paragraph.splitlines() if "=" in line)
            pid = shown.get("MainPID", "0")
            if pid not in ("0", str(os.getpid())):
                # A process in a user namespace shows its environment to nobody: then by what its unit says.
                variables = _strings(pid, "environ") or _set_by(shown)
                yield Running(
                    name=shown.get("Id", "a unit"),
                    pid=pid,
                    ready=shown.get("ActiveState") in ("active", "reloading"),
                    config=_config(_strings(pid, "cmdline"), shown.get("ExecStart", "")),
                    environ=dict(line.split("=", 1) for line in variables if "=" in line),
                )


def _set_by(shown: Mapping[str, str]) -> list[str]:
    """Return the variables that a unit gives to its process, as far as they tell where its state is."""
    found = []
    with suppress(KeyError):
        found.append(f"HOME={pwd.getpwnam(shown['User']).pw_dir}" if shown.get("User") else f"HOME={Path.home()}")
    if names := shown.get("StateDirectory", "").split():
        found.append(f"STATE_DIRECTORY=/var/lib/{names[0]}")
    with suppress(ValueError):
        found += shlex.split(shown.get("Environment", ""))
    return found


def _strings(pid: str, name: str) -> list[str]:
    try:
        return os.fsdecode(Path(f"/proc/{pid}/{name}").read_bytes()).split("\0")
    except OSError:
        return []


def _config(words: list[str], shown: str) -> Path | None:
    """Return what `--config` names; every unit that calsync writes has it.

    words: the command line. shown: as systemctl shows it, for a unit's own check sees no process but itself.
    """
    named = (later for word, later in pairwise(words) if word == "--config")
    known = re.search(r" --config (.+) (?:run|sync) ; ignore_errors=", shown)
    found = next(named, known[1] if known else None)
    return Path(found) if found else None


def _state(unit: Running) -> Path | None:
    assert unit.config is not None  # noqa: S101 (the caller asked)
    try:
        return state_dir(load(unit.config), unit.environ)
    except CalsyncError:
        return None


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)
