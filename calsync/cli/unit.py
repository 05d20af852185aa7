"""The text of a unit: what the package carries, fitted to one machine and one config; and whether a file is ours.

Values are written as systemd reads them (systemd.syntax(7), systemd.service(5), "Command lines"): quoted, with `%`
doubled against specifiers and, in commands, `$` against variables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

Manager = Literal["system", "user"]

_HEAD = "# Written by `calsync service install`, which replaces it only as long as nobody changed it: "
_HINT = "#   what shall be different goes into a drop-in, by `systemctl{user} edit {unit}`"
# Homes as ProtectHome= understands them, and what PrivateTmp= gives anew (systemd.exec(5)).
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))
_TMP = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 (the very folders that PrivateTmp= means)
_VAR_LIB = Path("/var/lib")
# In a user's own systemd none of these works without PrivateUsers=, and some keep the unit from starting.
_NAMESPACED = (
    *("PrivateUsers", "ProtectSystem", "ProtectHome", "ReadWritePaths", "PrivateTmp", "PrivateDevices"),
    *("PrivateMounts", "ProtectKernelTunables", "ProtectControlGroups", "CapabilityBoundingSet"),
)

Lines = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a unit has to know of the machine and the config; every path is whole.

    program: what starts calsync. state: its folder, made and the user's own. user: who the unit runs as, None
    for a user of its own that systemd makes up, or for the user whose systemd it is. writable: the folders of
    calendar files and mail. read: every other path that it reads; says how much of homes it must see.
    credentials: their names. credstore: where a user's systemd finds them. own_group: whether every file
    belongs to the user's own group. namespaces: whether this user may make them.
    """

    manager: Manager
    program: tuple[str, ...]
    config: Path
    state: Path
    user: str | None = None
    writable: tuple[Path, ...] = ()
    read: tuple[Path, ...] = ()
    credentials: tuple[str, ...] = ()
    credstore: Path = Path("/etc/credstore")
    own_group: bool = True
    namespaces: bool = True


def unit_files(site: Site, *, timer: bool, version: int) -> dict[str, str]:
    """Return the files of the unit by their names in the manager's folder, drop-ins as `calsync.service.d/…`.

    timer: one cycle every five minutes in place of the daemon. version: of systemd; a drop-in is left out where it
    is too old for it.
    """
    found = {}
    if timer:
        found["calsync-once.service"] = fitted(_once(site), _changes(site, "sync"))
        found["calsync-once.timer"] = shipped("calsync-once.timer")
    else:
        base = "calsync-user.service" if site.manager == "user" else "calsync.service"
        found["calsync.service"] = fitted(shipped(base), _changes(site, "run") | _reload(site, signal=True))
        if version >= 253:
            text = fitted(shipped("10-notify-reload.conf"), _reload(site, signal=False))
            found["calsync.service.d/10-notify-reload.conf"] = text
        if version >= 254:
            found["calsync.service.d/20-backoff.conf"] = shipped("20-backoff.conf")
    return {name: _signed(name, text, site.manager) for name, text in found.items()}


def shipped(name: str) -> str:
    """Return the unit or drop-in of that name as the package carries it."""
    return (files("calsync.cli") / "units" / name).read_text(encoding="utf-8")


def ours(text: str) -> bool:
    """Whether this file is one that `unit_files` gave, unchanged."""
    head, _, rest = text.partition("\n")
    return head == _HEAD + _digest(rest)


def was_ours(text: str) -> bool:
    """Whether this file is one that `unit_files` gave, changed or not."""
    return text.startswith(_HEAD)


def quoted(value: str, *, command: bool = False) -> str:
    """Return `value` as one word of a unit, exactly as it is.

    Raises:
        ValueError: it has control characters, which a unit can't carry everywhere.
    """
    if any(ord(letter) < 0x20 or letter == "\x7f" for letter in value):
        raise ValueError(f"{value!r} has control characters")
    value = value.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    value = value.replace("$", "$$") if command else value
    return f'"{value}"' if not value or set(value) & set(" '\"\\;") else value


def fitted(text: str, changes: Lines) -> str:
    """Return `text` with other values for the directives in `changes`, none taking a directive out.

    New lines stand where the first of the old ones stood, or at the end of [Service] where there was none.
    """
    kept: list[str] = []
    done: set[str] = set()
    for line in text.splitlines():
        name, equals, _ = line.partition("=")
        if not equals or line.startswith(("#", " ")) or name not in changes:
            kept.append(line)
        elif name not in done:
            done.add(name)
            kept += [f"{name}={value}" for value in changes[name]]
    missing = [f"{name}={value}" for name, values in changes.items() if name not in done for value in values]
    if missing:
        end = kept.index("[Install]") if "[Install]" in kept else len(kept)
        while not kept[end - 1]:
            end -= 1
        kept[end:end] = ["", "# This machine and this config", *missing]
    return "\n".join(kept) + "\n"


def _changes(site: Site, verb: str) -> dict[str, list[str]]:
    """Return what differs from the unit that the package carries."""
    seen = (*site.writable, *site.read, site.config, site.state, Path(site.program[0]))
    changes = {
        "ExecStart": [_command(site, verb)],
        "Environment": [quoted(f"STATE_DIRECTORY={site.state}")],
        "ReadWritePaths": [quoted(str(site.state)), *(quoted(f"-{path}") for path in site.writable)],
        "LoadCredential": list(site.credentials),
    }
    if site.manager == "user":
        # Empty ones as a default: else a missing file would keep the unit from starting.
        changes["SetCredential"] = [f"{name}:\\n" for name in site.credentials]
        changes["LoadCredential"] = [f"{name}:{_literal(site.credstore / name)}" for name in site.credentials]
    elif site.user is None:
        # systemd itself makes the folder and tells calsync; any other would belong to nobody.
        changes |= {"Environment": [], "StateDirectory": [_literal(site.state.relative_to(_VAR_LIB))]}
        changes["ReadWritePaths"] = changes["ReadWritePaths"][1:]
    else:
        changes |= {"DynamicUser": [], "StateDirectory": [], "StateDirectoryMode": [], "User": [_literal(site.user)]}
        if any(_below(path, _HOMES) for path in seen):
            changes["ProtectHome"] = ["read-only"]
    if site.manager == "system":
        changes["RequiresMountsFor"] = [" ".join(quoted(str(path)) for path in (site.config.parent, site.state))]
    if any(_below(path, _TMP) for path in seen):
        changes["PrivateTmp"] = ["no"]
    if not site.own_group or not site.namespaces:
        # In a user namespace every other group is nobody's, and a file could not keep it.
        changes |= {name: [] for name in (_NAMESPACED if site.manager == "user" else ["PrivateUsers"])}
    return changes


def _reload(site: Site, *, signal: bool) -> dict[str, list[str]]:
    check = _command(site, "check", "-q", "--offline")
    return {"ExecReload": [check, "/bin/sh -c 'kill -HUP ${MAINPID}'"] if signal else ["", check]}


def _once(site: Site) -> str:
    if site.manager == "system":
        return shipped("calsync-once.service")
    once = fitted(
        shipped("calsync-user.service").partition("\n[Install]")[0] + "\n",
        {
            "Description": ["calsync, one cycle"],
            "Type": ["oneshot"],
            "TimeoutStartSec": ["10min"],
            "SuccessExitStatus": ["4"],
            **{name: [] for name in ("ExecReload", "WatchdogSec", "WatchdogSignal", "TimeoutAbortSec", "Restart")},
            **{name: [] for name in ("RestartSec", "RestartPreventExitStatus", "StartLimitIntervalSec")},
        },
    )
    # Its comments speak of the daemon.
    return "\n".join(line for line in once.splitlines() if not line.startswith("#")) + "\n"


def _command(site: Site, *words: str) -> str:
    return " ".join(quoted(word, command=True) for word in (*site.program, "--config", str(site.config), *words))


def _literal(value: object) -> str:
    """Return a value that systemd takes to the end of the line, unquoted."""
    quoted(str(value))
    return str(value).replace("%", "%%")


def _below(path: Path, folders: Sequence[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _signed(name: str, text: str, manager: Manager) -> str:
    """Put our line above a file, in place of what it says of itself as a file of the package."""
    unit = name.partition("/")[0].removesuffix(".d")
    said, section, rest = text.partition("\n[")
    if all(line.startswith("#") or not line for line in said.splitlines()) and not name.endswith(".conf"):
        text = section + rest
    text = _HINT.format(user=" --user" if manager == "user" else "", unit=unit) + "\n" + text
    return f"{_HEAD}{_digest(text)}\n{text}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
