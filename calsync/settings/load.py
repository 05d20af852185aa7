"""Loads the config: where it is, what it says, and every problem with it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calsync.errors import StateUnusable
from calsync.model.rules import Client, Owner, Policy, Rules
from calsync.model.text import Tone
from calsync.settings.channels import AppriseSettings, ChannelSettings, channel_settings
from calsync.settings.checks import built_in, check, longest_first
from calsync.settings.problems import Problems
from calsync.settings.read import decode, parse, read_bytes
from calsync.settings.schema import CHANNEL, CLIENT_ONLY, LIMITS, MATCH, OWNER, POLICY, ROOT


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSettings:
    """One calendar. `path` is whole; `blocks` names the calendar that takes its blocks, None for itself.

    days_off: it holds days off and no calls.
    """

    name: str
    type: str
    path: Path
    blocks: str | None = None
    days_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A config without problems.

    path: the file, as it was named. rules: what the passes are told; a client's `sources` are named by the
    config's keys (`except`, `buffer_after`, `tone`, …). Every other path is whole, `~` expanded, relative
    ones taken from the folder of the config file. state_dir: as configured, None when it is not.
    channels: those that reach clients. notifiers: those that reach only the owner. defaults: what a client has that
    says nothing of its own. agenda_files: by the client's key.
    """

    path: Path
    rules: Rules
    calendars: tuple[CalendarSettings, ...]
    channels: tuple[ChannelSettings, ...]
    notifiers: tuple[AppriseSettings, ...] = ()
    defaults: Policy = field(default_factory=Policy)
    state_dir: Path | None = None
    templates: Path | None = None
    agenda_files: Mapping[str, Path] = field(default_factory=dict)


def find_config(option: str | None, environ: Mapping[str, str]) -> Path:
    """Return where the config is: `--config`, $CALSYNC_CONFIG, the user's, or the machine's.

    The user's is $XDG_CONFIG_HOME/calsync/config.toml (~/.config when unset or relative, as the XDG Base
    Directory Specification asks). Where neither that nor /etc/calsync/config.toml is there, the user's is
    returned, for the error to name it.
    """
    if named := option or environ.get("CALSYNC_CONFIG"):
        return Path(named)
    user = _xdg(environ, "XDG_CONFIG_HOME", ".config") / "calsync" / "config.toml"
    machine = Path("/etc/calsync/config.toml")
    return machine if not _is_there(user) and _is_there(machine) else user


def state_dir(settings: Settings, environ: Mapping[str, str]) -> Path:
    """Return the state folder: the config's, else $STATE_DIRECTORY's first, else $XDG_STATE_HOME/calsync.

    Raises:
        StateUnusable: nobody's home is known.
    """
    if settings.state_dir is not None:
        return settings.state_dir
    if first := environ.get("STATE_DIRECTORY", "").split(":")[0]:  # systemd.exec(5): several, by colons
        return Path(first)
    try:
        return _xdg(environ, "XDG_STATE_HOME", ".local/state") / "calsync"
    except RuntimeError:
        raise StateUnusable(
            "no home folder is known to keep the state in", hint="set state_dir in the config"
        ) from None


def _xdg(environ: Mapping[str, str], name: str, default: str) -> Path:
    if (set_to := environ.get(name, "")).startswith("/"):
        return Path(set_to)
    home = environ.get("HOME")
    return (Path(home) if home else Path.home()) / default


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # it may be there: reading it will say what is wrong
        return True
    return True


def load(path: Path) -> Settings:
    """Return what the config at `path` says.

    Raises:
        ConfigErrors: with every problem, in the order of the lines; `calsync.settings.problems.say` writes one
            as `config.toml:31: defaults.buffer_after: "15" has no unit; write "15m"`.
    """
    return understood(path, decode(path, read_bytes(path)))


def understood(path: Path, text: str) -> Settings:
    """Return what a config of that text, at `path`, would say; see `load`. The file need not be there."""
    document = parse(path, text)
    folder = Path(path).absolute().parent
    problems = Problems(_tables_with)
    values = ROOT.read(document, (), problems)
    check(values, folder, problems)
    if problems.found:
        raise problems.errors(str(path), text)
    return _settings(values, path, folder)


def _tables_with(name: str) -> tuple[str, ...]:
    """Return the tables in which a key of this name stands, as a user writes them."""
    return tuple(table.name for table in ROOT.tables() if name in {key.name for key in table.keys})


def _settings(values: dict[str, Any], path: Path, folder: Path) -> Settings:
    """Build the settings from values that have no problem."""
    top = built_in(ROOT.keys) | values
    limits = built_in(LIMITS.keys) | top.get("limits", {})
    owner = _owner(built_in(OWNER.keys) | top["owner"])
    every = [channel_settings(name, built_in(CHANNEL.types[it["type"]]) | it, folder)
             for name, it in top.get("channels", {}).items()]  # fmt: skip
    channels = {one.name: one for one in every if not isinstance(one, AppriseSettings)}
    calendars = {name: CalendarSettings(name=name, type=it["type"], path=folder / it["path"], blocks=it.get("blocks"),
                                        days_off=it.get("use") == "days_off")
                 for name, it in top["calendars"].items()}  # fmt: skip
    rules = Rules(
        mode=top["mode"],
        owner=owner,
        clients=tuple(
            _client(key, client, top.get("defaults", {}), owner, tuple(channels))
            for key, client in top.get("clients", {}).items()
        ),
        calendars=tuple(calendars),
        channels=tuple(channels),
        blocks_in={name: calendar.blocks for name, calendar in calendars.items() if calendar.blocks},
        days_off_in=frozenset(name for name, calendar in calendars.items() if calendar.days_off),
        horizon=top["horizon"],
        poll=top["poll"],
        limit_changes=limits["changes"],
        limit_messages=limits["messages"],
    )
    return Settings(
        path=path,
        rules=rules,
        calendars=tuple(calendars.values()),
        channels=tuple(channels.values()),
        notifiers=tuple(one for one in every if isinstance(one, AppriseSettings)),
        defaults=_client("", {}, top.get("defaults", {}), owner, tuple(channels)).policy,
        state_dir=folder / top["state_dir"] if "state_dir" in top else None,
        templates=folder / top["templates"] if "templates" in top else None,
        agenda_files={
            key: folder / client["agenda_file"]
            for key, client in top.get("clients", {}).items()
            if "agenda_file" in client
        },
    )


def _owner(values: dict[str, Any]) -> Owner:
    return Owner(**({"sign": values["name"]} | values))


def _client(key: str, own: dict[str, Any], defaults: dict[str, Any], owner: Owner, channels: tuple[str, ...]) -> Client:
    layers = (("built-in", built_in(POLICY)), ("defaults", defaults), (f"clients.{key}", own))
    policy: dict[str, Any] = {}
    sources = {name.name: "built-in" for name in POLICY if not name.later}
    sources |= {"tone": "built-in", "language": "owner", "timezone": "owner"}
    for source, values in layers:
        for name in values.keys() & sources.keys():
            policy[name], sources[name] = values[name], source
    known = built_in(CLIENT_ONLY) | {"name": key, "language": owner.language, "timezone": owner.timezone} | own
    match = built_in(MATCH.keys) | known.get("match", {})
    only = {name.name for name in CLIENT_ONLY if not name.later} - {"match", "agenda_file"}
    return Client(
        key=key,
        policy=_policy(policy, channels),
        tone=Tone(policy.get("tone", Tone.FORMAL)),
        **{f"match_{name}": value for name, value in match.items()},
        **{name: value for name, value in known.items() if name in only},
        sources=dict(sorted(sources.items())),
    )


def _policy(values: dict[str, Any], channels: tuple[str, ...]) -> Policy:
    fields = set(Policy.__dataclass_fields__)
    return Policy(
        **{name: value for name, value in values.items() if name in fields - {"channel", "message_before"}},
        except_titles=values["except"],
        message_before=longest_first(values["message_before"]),
        channel=values.get("channel", channels[0] if channels else None),
    )
