"""Where Google is: its root, another one for tests and proxies, and what is no safe address for a token."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

ROOT = "https://www.googleapis.com"


def safe_address(text: str) -> str:
    """Return an address that tokens may be sent to, without a slash at its end: https, or http to this machine.

    Raises:
        ValueError: it is none; the sentence says what is accepted.
    """
    try:
        parts = urlsplit(text)
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError("that is no address; write it as https://proxy.example") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_one or not text.isprintable():
        raise ValueError("that is no address; write it as https://proxy.example")
    if parts.username is not None or parts.query or parts.fragment or " " in text:
        raise ValueError("only host, port and path may stand in it")
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        raise ValueError("without TLS a token could be read on the way; write https, or an address of this machine")
    return text.rstrip("/")


def _is_this_machine(host: str) -> bool:
    if host.lower() == "localhost":  # RFC 6761 §6.3
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
