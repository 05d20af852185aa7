"""One map from what Google answers to what that means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from calsync.errors import CalsyncError, SignInNeeded
from calsync.google.errors import (
    BadRequest,
    Conflict,
    Failing,
    Forbidden,
    Gone,
    GoogleError,
    Lost,
    NotFound,
    PreconditionFailed,
    QuotaUsedUp,
    RateLimited,
)

_LONGEST = 160
_SLOWER = {"userRateLimitExceeded", "rateLimitExceeded", "RATE_LIMIT_EXCEEDED", "dailyLimitExceeded"}
_USED_UP = {"quotaExceeded"}
_NO_SCOPE = {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
_NOT_ON = {"accessNotConfigured", "SERVICE_DISABLED"}
_BY_STATUS: Mapping[int, type[GoogleError]] = {
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    412: PreconditionFailed,
}


def refusal(status: int, headers: Mapping[str, str], content: bytes) -> CalsyncError:
    """Return what an answer that is no success means; status and the first reason decide.

    headers: names in lower case. Google's own words are for the owner; nothing of the request is repeated.
    """
    reason, words = _told(content)
    after = _seconds(headers)
    said = f"{status}{f' {reason}' if reason else ''}{f': {words}' if words else ''}"

    def made(kind: type[GoogleError], what: str, hint: str = "") -> GoogleError:
        return kind(what, hint=hint, status=status, reason=reason, after=after)

    if status == 401:
        return SignInNeeded(f"Google does not let calsync in ({said})", hint="sign in again: calsync auth google NAME")
    if status == 403 and reason in _NO_SCOPE:
        what = "the sign-in does not cover this"
        return SignInNeeded(f"{what} ({said})", hint="sign in again, and leave every box ticked")
    if reason in _USED_UP and status in (403, 429):
        return made(QuotaUsedUp, f"Google lets nothing more be written for some hours ({said})")
    if status == 429 or (status == 403 and reason in _SLOWER):
        return made(RateLimited, f"Google is asked too often just now ({said})")
    if reason in _NOT_ON:
        hint = "switch the API on in the project of your OAuth client (docs/google.md)"
        return made(Forbidden, f"the API is not switched on ({said})", hint)
    if status >= 500 or status == 408:
        return made(Failing, f"Google has a fault of its own ({said})")
    if status < 300:
        return made(Lost, "what came is no answer of Google's; another page stands before it")
    if status < 400:
        # Nobody follows it: a token isn't for another host, and a write isn't sent twice.
        return made(Lost, f"Google's place is taken by something that sends elsewhere ({status})")
    return made(_BY_STATUS.get(status, BadRequest), f"Google refuses ({said})")


def _told(content: bytes) -> tuple[str, str]:
    """Return the first reason and the words of an error's body, as far as there are any."""
    try:
        told: Any = json.loads(content)
    except (ValueError, RecursionError):
        return "", ""
    error = told.get("error") if isinstance(told, dict) else None
    if not isinstance(error, dict):
        return "", ""
    reason = ""
    for one in (*_dicts(error.get("errors")), *_dicts(error.get("details"))):
        if isinstance(one.get("reason"), str):
            reason = reason or one["reason"]
    words = error.get("message")
    return _short(reason), _short(words) if isinstance(words, str) else ""


def _dicts(found: Any) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _short(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Return Retry-After in seconds (RFC 9110 §10.2.3); a date is taken against the Date of the same answer."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit() and len(said) < 9:
        return float(said)
    try:
        until, at = parsedate_to_datetime(said), parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None
    return max(0.0, (_aware(until) - _aware(at)).total_seconds())


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
