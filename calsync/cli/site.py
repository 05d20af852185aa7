"""What a unit has to know: looks at the machine and the config for `service install`."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path

from calsync.cli.unit import Manager, Site
from calsync.errors import UsageError
from calsync.ledger.folder import make_state_folder
from calsync.settings.load import Settings, state_dir
from calsync.settings.secrets import SecretRef

_SECONDS = 10
_VAR_LIB = Path("/var/lib")


def find_site(settings: Settings, manager: Manager, environ: Mapping[str, str]) -> Site:
    """Look at everything a unit for this config has to know, and make the folders that are its own.

    Raises:
        UsageError: a folder of a calendar is missing, or no one user owns all local files.
        StateUnusable: the state folder can't be made.
    """
    local = _local(settings)
    owner = _owner(settings, local) if manager == "system" else pwd.getpwuid(os.geteuid())
    state = _state(settings, owner, environ)
    if owner is not None:
        for folder in (settings_path for settings_path in _mail_folders(settings) if not settings_path.exists()):
            _make(folder, owner)
        if not state.exists():
            _make(state, owner)
            make_state_folder(state)
    return Site(
        manager=manager,
        program=_program(),
        config=settings.path.absolute(),
        state=state,
        user=owner.pw_name if owner and manager == "system" else None,
        writable=tuple(dict.fromkeys(folder for _, folder, _ in local)),
        read=_read(settings),
        credentials=tuple(dict.fromkeys(_names(settings, "credential"))),
        credstore=_config_home(environ) / "credstore" if manager == "user" else Path("/etc/credstore"),
        own_group=owner is None or _all_of_group(settings, owner.pw_gid),
        namespaces=manager == "system" or _may_make_namespaces(),
    )


def unit_folder(manager: Manager, environ: Mapping[str, str]) -> Path:
    """Return where this manager looks first for units that people put there."""
    return Path("/etc/systemd/system") if manager == "system" else _config_home(environ) / "systemd" / "user"


def variables(settings: Settings) -> tuple[str, ...]:
    """Return the environment variables that hold secrets of this config; no unit has them by itself."""
    return tuple(dict.fromkeys(_names(settings, "env")))


def systemd_version() -> int:
    """Return the version of this machine's systemd, 0 where there is none."""
    try:
        said = subprocess.run(["systemctl", "--version"], capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"systemd (\d+)", said.stdout)
    return int(found[1]) if found else 0


def shut_out(site: Site) -> Iterator[tuple[Path, Path]]:
    """Yield what the unit's user can't get at, with the folder that keeps it out, as far as modes tell."""
    if site.manager == "user" or site.user == "root":
        return
    user = pwd.getpwnam(site.user) if site.user else None
    groups = set(os.getgrouplist(user.pw_name, user.pw_gid)) if user else set()
    for path in dict.fromkeys((Path(site.program[0]).resolve(), Path(sys.prefix), Path(sys.base_prefix), site.config)):
        for folder in reversed(path.parents):
            found = folder.stat()
            mine = user is not None and found.st_uid == user.pw_uid
            bit = stat.S_IXUSR if mine else stat.S_IXGRP if found.st_gid in groups else stat.S_IXOTH
            if not found.st_mode & bit:
                yield path, folder
                break


def _program() -> tuple[str, ...]:
    """Return what starts this very calsync: its command, else the interpreter with its module."""
    called = Path(sys.argv[0])
    for path in (called, Path(sysconfig.get_path("scripts")) / "calsync"):
        if path.name == "calsync" and path.is_file() and os.access(path, os.X_OK):
            return (str(path.absolute()),)
    return (sys.executable, "-m", "calsync")


def _local(settings: Settings) -> list[tuple[str, Path, Path]]:
    """Return every place on a local disk that is written: its key, its folder, and whose owner it takes on."""
    found = []
    for calendar in settings.calendars:
        if calendar.type == "ics":
            # A file is replaced by renaming onto it, where it really is: that takes its folder.
            path = calendar.path.resolve()
            if not path.parent.is_dir():
                raise UsageError(
                    f"{path.parent} is no folder",
                    where=f"calendars.{calendar.name}",
                    hint="put the calendar there, or mend its path, then install again",
                )
            found.append((f"calendars.{calendar.name}", path.parent, path if path.exists() else path.parent))
    for folder in _mail_folders(settings):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        found.append((f"channels, {folder}", folder.resolve(), there))
    return found


def _mail_folders(settings: Settings) -> tuple[Path, ...]:
    return tuple(channel.path for channel in settings.channels if channel.type == "folder")


def _owner(settings: Settings, local: Sequence[tuple[str, Path, Path]]) -> pwd.struct_passwd | None:
    owners = {path.stat().st_uid: key for key, _, path in local}
    if len(owners) > 1:
        said = ", ".join(f"{key} to {_name(uid)}" for uid, key in sorted(owners.items()))
        raise UsageError(
            f"the local files have several owners: {said}",
            where=str(settings.path),
            hint="one unit runs as one user: give the files to one, or have a config for each",
        )
    for uid in owners:
        try:
            return pwd.getpwuid(uid)
        except KeyError:
            raise UsageError(
                f"the local files belong to user {uid}, who has no name here",
                hint="give them to a user of this machine",
            ) from None
    return None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _state(settings: Settings, owner: pwd.struct_passwd | None, environ: Mapping[str, str]) -> Path:
    """Return the folder that the owner's shell would use, whoever installs."""
    if owner is None:
        state = state_dir(settings, environ).absolute()
        if state.parent != _VAR_LIB:
            raise UsageError(
                f"a unit without local files keeps its state in /var/lib, and calsync here in {state}",
                where=str(settings.path),
                hint='write state_dir = "/var/lib/calsync" at the top of the config: then both use one',
            )
        return state
    if owner.pw_uid != os.geteuid():
        environ = {"HOME": owner.pw_dir}
    return state_dir(settings, environ).absolute()


def _make(folder: Path, owner: pwd.struct_passwd) -> None:
    """Make a folder and what is missing above it, all of it the owner's."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700)
        if owner.pw_uid != os.geteuid():
            os.chown(path, owner.pw_uid, owner.pw_gid)


def _read(settings: Settings) -> tuple[Path, ...]:
    found = [Path(sys.prefix), Path(sys.base_prefix), settings.path.resolve()]
    for value in _values((settings.calendars, settings.channels, settings.notifiers, settings.templates)):
        if isinstance(value, Path):
            found += [value, value.resolve()]
        elif isinstance(value, SecretRef) and value.source == "file":
            found.append(Path(str(value.value)))
        elif isinstance(value, SecretRef) and value.source == "command" and value.value[0].startswith("/"):
            found.append(Path(value.value[0]))
    return tuple(dict.fromkeys(found))


def _names(settings: Settings, source: str) -> Iterator[str]:
    for value in _values((settings.calendars, settings.channels, settings.notifiers)):
        if isinstance(value, SecretRef) and value.source == source:
            yield str(value.value)


def _values(of: object) -> Iterator[object]:
    if is_dataclass(of) and not isinstance(of, SecretRef | type):
        for field in fields(of):
            yield from _values(getattr(of, field.name))
    elif isinstance(of, tuple):
        for one in of:
            yield from _values(one)
    else:
        yield of


def _all_of_group(settings: Settings, gid: int) -> bool:
    paths = [calendar.path for calendar in settings.calendars if calendar.type == "ics"]
    return all(path.stat().st_gid == gid for path in paths if path.exists())


def _may_make_namespaces() -> bool:
    """Whether this user's systemd could shut a unit in; some systems forbid it to all but a few programs."""
    if os.geteuid() == 0 or (unshare := shutil.which("unshare")) is None:
        return True
    asked = [unshare, "--user", "--map-root-user", "--mount", "true"]
    return subprocess.run(asked, capture_output=True, timeout=_SECONDS, check=False).returncode == 0  # noqa: S603


def _config_home(environ: Mapping[str, str]) -> Path:
    if (named := environ.get("XDG_CONFIG_HOME", "")).startswith("/"):
        return Path(named)
    return Path(environ.get("HOME") or Path.home()) / ".config"
