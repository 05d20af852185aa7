"""Google's two APIs as its own library builds them, from the document that it ships, below any root."""

from __future__ import annotations

from typing import Any

from googleapiclient.discovery import build  # type: ignore[import-untyped]

from calsync.google.address import ROOT, safe_address
from calsync.google.sign_in import Grant, credentials
from calsync.google.transport import Transport

CALENDAR_SCOPES = (
    "https://www.googleapis.com/auth/calendar.events.owned",
    "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
)
GMAIL_SCOPES = ("https://www.googleapis.com/auth/gmail.send",)


def calendar_service(grant: Grant, endpoint: str = ROOT, *, transport: Transport | None = None) -> Any:
    """Return the Calendar API, version 3; every request goes below `endpoint`.

    transport: one that is the caller's, to look at and to close; else one of its own.

    Raises:
        As `sign_in.credentials`.
    """
    return _built("calendar", "v3", "/calendar/v3/", grant, endpoint, transport)


def gmail_service(grant: Grant, endpoint: str = ROOT, *, transport: Transport | None = None) -> Any:
    """Return the Gmail API, version 1; every request goes below `endpoint`. See `calendar_service`."""
    return _built("gmail", "v1", "/", grant, endpoint, transport)


def _built(name: str, version: str, below: str, grant: Grant, endpoint: str, transport: Transport | None) -> Any:
    http = transport or Transport(credentials(grant))
    return build(
        name,
        version,
        http=http,
        client_options={"api_endpoint": safe_address(endpoint) + below},
        static_discovery=True,
        cache_discovery=False,
    )
