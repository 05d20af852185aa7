"""What `check` says about the ways out: secrets, channels to clients, and notifiers; sends nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from calsync.channels.folder import FolderChannel
from calsync.errors import SecretUnreadable
from calsync.settings.channels import AppriseSettings, SmtpSettings
from calsync.settings.secrets import SecretRef, reveal

if TYPE_CHECKING:
    from calsync.settings.load import Settings
    from calsync.wiring import House

# The key, how it is, in words, and what to do.
Line: TypeAlias = tuple[str, Literal["ok", "warn", "fail"], str, str]

_IN_A_UNIT = "it is given to a unit of systemd alone, and this is none"
_CREDENTIALS = "run this check in the unit, or with CREDENTIALS_DIRECTORY set to the folder that it is in"


def outgoing(settings: Settings, house: House, environ: Mapping[str, str], *, offline: bool) -> Iterator[Line]:
    """Yield a line for each secret, channel and notifier; offline: asks no server, and for no secret out of reach."""
    for ref in _secrets(settings):
        if not (offline and _is_elsewhere(ref, environ)):
            yield _secret(ref, environ)
    elsewhere = {ref.where.split(".")[1].split("[")[0] for ref in _secrets(settings) if _is_elsewhere(ref, environ)}
    for name, channel in house.channels.items():
        if name in elsewhere and not offline:
            yield f"channels.{name}", "warn", f"not asked: of its password, {_IN_A_UNIT}", _CREDENTIALS
        elif offline and not isinstance(channel, FolderChannel):
            yield f"channels.{name}", "ok", "not asked", ""
        else:
            yield _way(name, channel.check(), "messages wait until it works, or expire")
    for notifier in house.notifiers:
        if notifier.name in elsewhere and offline:
            yield f"channels.{notifier.name}", "ok", "not looked at", ""
        elif notifier.name in elsewhere:
            yield f"channels.{notifier.name}", "warn", f"not looked at: of its addresses, {_IN_A_UNIT}", _CREDENTIALS
        else:
            yield _way(notifier.name, notifier.check(), "what it was to tell you stands in calsync status")


def _way(name: str, why: str, hint: str) -> Line:
    return (f"channels.{name}", "fail", why, hint) if why else (f"channels.{name}", "ok", "can be used", "")


def _secrets(settings: Settings) -> Iterator[SecretRef]:
    for channel in (*settings.channels, *settings.notifiers):
        if isinstance(channel, AppriseSettings):
            yield from channel.urls
        elif isinstance(channel, SmtpSettings) and channel.password is not None:
            yield channel.password


def _is_elsewhere(ref: SecretRef, environ: Mapping[str, str]) -> bool:
    """Tell whether only systemd could give it: that says nothing about the unit, where it may be in order."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    # To what reloads a unit systemd names the folder, and up to version 252 keeps it shut.
    return ref.source == "credential" and not (folder and os.access(folder, os.R_OK | os.X_OK))


def _secret(ref: SecretRef, environ: Mapping[str, str]) -> Line:
    if _is_elsewhere(ref, environ):
        return ref.where, "warn", _IN_A_UNIT, _CREDENTIALS
    try:
        reveal(ref, environ)
    except SecretUnreadable as error:
        return ref.where, "fail", error.what, error.hint
    if ref.source == "file" and isinstance(ref.value, str) and Path(ref.value).stat().st_mode & stat.S_IROTH:
        return ref.where, "warn", f"{ref.value} can be read by others", f"chmod o-rwx {ref.value}"
    return ref.where, "ok", "can be read", ""
