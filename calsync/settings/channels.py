"""Channels as settings: what each kind is told, and what no key of one alone can be wrong about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias

from calsync.settings.kinds import BAD
from calsync.settings.places import KeyPath
from calsync.settings.problems import Problems, shown
from calsync.settings.secrets import SecretRef

PORTS: Mapping[str, int] = {"starttls": 587, "tls": 465, "none": 25}  # RFC 6409 §3.1, RFC 8314 §7.3, RFC 5321 §4.5.4.2


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSettings:
    """A folder that takes mail as files. `path` is whole."""

    name: str
    path: Path
    type: Literal["folder"] = "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """A mail server. `ca` is whole; user and password are both there or neither; sender: None for the owner's address.

    timeout, data_timeout: how long an answer is awaited, and the one to a whole mail.
    """

    name: str
    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    timeout: timedelta
    data_timeout: timedelta
    copy: Literal["auto", "always", "never"]
    ca: Path | None = None
    user: str | None = None
    password: SecretRef | None = None
    sender: str | None = None
    type: Literal["smtp"] = "smtp"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseSettings:
    """Where alerts go to the owner."""

    name: str
    urls: tuple[SecretRef, ...]
    type: Literal["apprise"] = "apprise"


ChannelSettings: TypeAlias = FolderSettings | SmtpSettings


def reaches_clients(channel: Mapping[str, Any]) -> bool:
    """Tell whether messages to clients can go through a channel, or only what is for the owner."""
    return bool(channel["type"] != "apprise")


def channel_settings(name: str, values: Mapping[str, Any], folder: Path) -> ChannelSettings | AppriseSettings:
    """Build the settings of one channel from values without a problem, built-in ones among them."""
    if values["type"] == "folder":
        return FolderSettings(name=name, path=folder / values["path"])
    if values["type"] == "apprise":
        return AppriseSettings(name=name, urls=tuple(url.within(folder) for url in values["urls"]))
    password: SecretRef | None = values.get("password")
    return SmtpSettings(
        name=name,
        host=values["host"],
        port=values.get("port", PORTS[values["security"]]),
        security=values["security"],
        timeout=values["timeout"],
        data_timeout=values["data_timeout"],
        copy=values["copy"],
        ca=folder / values["ca"] if "ca" in values else None,
        user=values.get("user"),
        password=password.within(folder) if password else None,
        sender=values.get("from"),
    )


def check_channel(at: KeyPath, values: Mapping[str, Any], problems: Problems) -> None:
    """Note what the keys of one channel say against each other; `values` are as read."""
    if values["type"] != "smtp":
        return
    if "user" in values and "password" not in values:
        problems.add((*at, "password"), "missing: a user needs one", 'write { credential = "…" } or { file = "…" }')
    if "password" in values and "user" not in values:
        problems.add((*at, "user"), "missing: a password needs one", "write the name to sign in with")
    if values.get("security") == "none":
        host = values.get("host", BAD)
        if host is not BAD and not is_loopback(host):
            what = f"{shown('none')} would send mail and password readable for everybody on the way to {shown(host)}"
            problems.add((*at, "security"), what, 'write "starttls" or "tls"')
        if "ca" in values:
            problems.add((*at, "ca"), 'with security = "none" nobody shows a certificate', "take it out")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its name or number alone (RFC 6761 §6.3)."""
    if host.removesuffix(".").lower() == "localhost":
        return True
    from ipaddress import ip_address  # only where there is no TLS

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
