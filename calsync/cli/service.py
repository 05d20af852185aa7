"""`service`: puts the unit for this machine and this config where systemd finds it, and takes it away again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

from calsync.cli.app import App
from calsync.cli.options import command
from calsync.cli.site import find_site, shut_out, systemd_version, unit_folder, variables
from calsync.cli.unit import Manager, Site, ours, unit_files, was_ours
from calsync.errors import CalsyncError, Permanent, UsageError

_WHAT = click.Choice(["install", "uninstall"])
_DAEMON, _TIMER = "calsync.service", "calsync-once.timer"
# Of both kinds: uninstall takes whichever is there.
_FILES = (
    *("calsync.service.d/10-notify-reload.conf", "calsync.service.d/20-backoff.conf", _DAEMON),
    *(_TIMER, "calsync-once.service"),
)


class NotOurs(Permanent):
    """A unit of that name is there that calsync did not write, or that somebody has changed since."""

    code = "not-ours"
    exit_code = 2


@command("calsync service install", "sudo calsync --config ~/.config/calsync/config.toml service install --system",
         "calsync service uninstall", clock=False)  # fmt: skip
@click.argument("what", type=_WHAT)
@click.option("--user", "manager", flag_value="user", help="For yourself; what is meant unless you are root.")
@click.option("--system", "manager", flag_value="system", help="For the machine, from its start on; needs root.")
@click.option("--timer", is_flag=True, help="One cycle every five minutes, in place of the daemon.")
@click.option("--root", metavar="DIR", type=click.Path(exists=True, file_okay=False), hidden=True)
def service(app: App, what: str, manager: Manager | None, timer: bool, root: str | None) -> int:
    """Put the systemd unit in place, or take it away.

    The unit starts this calsync with this config, may write where its calendars are and nowhere else, and uses the
    state folder that your shell's calsync uses. systemd is not told: what to run next is printed.
    """
    manager = manager or ("system" if os.geteuid() == 0 else "user")
    folder = unit_folder(manager, os.environ)
    if root:
        folder = Path(root) / folder.relative_to("/")
    if what == "uninstall":
        return _uninstall(app, manager, folder)
    return _install(app, manager, folder, timer=timer)


def _install(app: App, manager: Manager, folder: Path, *, timer: bool) -> int:
    settings = app.settings()
    if rival := _rival(folder, timer):
        raise UsageError(f"{rival} is there already, and one of both is enough", hint="calsync service uninstall first")
    try:
        site = find_site(settings, manager, os.environ)
        texts = unit_files(site, timer=timer, version=systemd_version())
    except PermissionError as error:
        raise _no_rights(manager, error) from error
    except ValueError as error:
        raise UsageError(f"a unit can't name this path: {error}", hint="rename it") from None
    for name in texts:
        _refuse_a_foreign_one(folder / name)
    try:
        for name, text in texts.items():
            _write(folder / name, text)
    except PermissionError as error:
        raise _no_rights(manager, error) from error
    told = list(_to_know(site, variables(settings)))
    run = _next(manager, _TIMER if timer else _DAEMON, timer=timer)
    paths = [str(folder / name) for name in texts]
    if app.json:
        app.out_json({"written": paths, "state": str(site.state), "know": told, "run": run})
        return 0
    for path in paths:
        app.out(f"written: {path}")
    app.out(f"state folder: {site.state}")
    for line in told:
        app.out(line)
    app.out("now run:")
    for line in run:
        app.out(f"  {line}")
    return 0


def _uninstall(app: App, manager: Manager, folder: Path) -> int:
    """Take away what `install` wrote and nobody changed; config and state stay."""
    there = [folder / name for name in _FILES if (folder / name).exists()]
    unit = _TIMER if (folder / _TIMER).exists() else _DAEMON
    if there and (wants := _enabled(folder, unit)):
        raise UsageError(
            f"{unit} is still enabled",
            where=str(wants),
            hint=f"{_systemctl(manager)} disable --now {unit}, then calsync service uninstall again",
        )
    mine = [path for path in there if ours(path.read_text(encoding="utf-8", errors="replace"))]
    left = [path for path in there if path not in mine]
    try:
        for path in mine:
            path.unlink()
            if path.parent != folder and not any(path.parent.iterdir()):
                path.parent.rmdir()
    except PermissionError as error:
        raise _no_rights(manager, error) from error
    run = [f"{_systemctl(manager)} daemon-reload"] if mine else []
    if app.json:
        app.out_json({"removed": [str(path) for path in mine], "left": [str(path) for path in left], "run": run})
        return 1 if left else 0
    for path in mine:
        app.out(f"removed: {path}")
    for path in left:
        app.out(f"left alone, because calsync did not write it so: {path}")
    if not there:
        app.out(f"no unit of calsync is in {folder}")
    if run:
        app.out("config and state folder stay. Now run:")
        app.out(f"  {run[0]}")
    return 1 if left else 0


def _rival(folder: Path, timer: bool) -> Path | None:
    """Return the unit of the other kind, if it is there: both would wake for the same work."""
    other = folder / (_DAEMON if timer else _TIMER)
    return other if other.exists() else None


def _refuse_a_foreign_one(path: Path) -> None:
    if not path.exists():
        return
    text = path.read_text(encoding="utf-8", errors="replace")
    if ours(text):
        return
    what = "somebody changed it since calsync wrote it" if was_ours(text) else "calsync did not write it"
    hint = "move your changes into a drop-in (systemctl edit), delete the file, then install again"
    raise NotOurs(f"a unit is there already, and {what}: it was left as it is", where=str(path), hint=hint)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.chmod(0o644)
    part.replace(path)


def _to_know(site: Site, unset: tuple[str, ...]) -> Iterator[str]:
    """Yield what the owner has to see to before the unit can do its work."""
    if site.user:
        yield f"runs as: {site.user}, whose files the calendars are"
    for name in site.credentials:
        yield f"put the secret here, readable for its owner alone: {site.credstore / name}"
    for name in unset:
        yield f"the unit has no ${name}: keep the secret in a file or credential, or set it by systemctl edit"
    for path, by in shut_out(site):
        yield f"warning: {site.user or 'the user of the unit'} can't get at {path}: {by} lets nobody else in"
    if site.manager == "user" and not site.namespaces:
        yield "this system gives your units no namespaces: this one could write wherever you can; --system is stricter"
    for path in site.writable:
        if path == Path.home() or path == Path("/"):
            yield f"the unit may write all of {path}: a folder of its own for the calendar would narrow that"


def _next(manager: Manager, unit: str, *, timer: bool) -> list[str]:
    ctl = _systemctl(manager)
    logs = "journalctl --user" if manager == "user" else "journalctl"
    linger = ["loginctl enable-linger   # so that it runs while you are not logged in"] if manager == "user" else []
    follow = f"{logs} -u {'calsync-once' if timer else 'calsync'} -f"
    # Not `enable --now`: a daemon that runs already would go on with the old unit.
    return [f"{ctl} daemon-reload", f"{ctl} enable {unit}", f"{ctl} restart {unit}", *linger, follow]


def _systemctl(manager: Manager) -> str:
    return "systemctl --user" if manager == "user" else "systemctl" if os.geteuid() == 0 else "sudo systemctl"


def _enabled(folder: Path, unit: str) -> Path | None:
    return next((path for path in folder.glob(f"*.wants/{unit}") if path.is_symlink()), None)


def _no_rights(manager: Manager, error: PermissionError) -> CalsyncError:
    hint = "run it with sudo, naming your config by --config, or install with --user" if manager == "system" else ""
    return UsageError(f"{error.filename} can't be written", where=f"service install --{manager}", hint=hint)
