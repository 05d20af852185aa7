"""How Google says no: the body of an error as Calendar and Gmail write it, and the refusals that come up often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


@dataclass(eq=False)
class Refusal(Exception):
    """A request that is not carried out."""

    code: int
    reason: str
    message: str
    domain: str = "global"
    where: tuple[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: str = ""

    def body(self) -> Json:
        """The answer's body."""
        error: Json = {"domain": self.domain, "reason": self.reason, "message": self.message}
        if self.where:
            error |= {"locationType": self.where[0], "location": self.where[1]}
        told: Json = {"errors": [error], "code": self.code, "message": self.message}
        if self.status:
            told["status"] = self.status
        return {"error": told}


def bad(message: str, reason: str = "badRequest", parameter: str = "") -> Refusal:
    """Something is wrong with what was asked."""
    return Refusal(400, reason, message, where=("parameter", parameter) if parameter else None)


def invalid(parameter: str, message: str = "Invalid Value") -> Refusal:
    """A parameter has a value that it can't have."""
    return bad(message, "invalid", parameter)


def not_found() -> Refusal:
    """There is no such thing, or it is none of the caller's business."""
    return Refusal(404, "notFound", "Not Found")


def unauthorized() -> Refusal:
    """The access token is none, or no longer one."""
    return Refusal(
        401,
        "authError",
        "Invalid Credentials",
        where=("header", "Authorization"),
        headers={"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"'},
    )


def scope_missing() -> Refusal:
    """The access token was not granted for this."""
    return Refusal(
        403,
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
        status="PERMISSION_DENIED",
        headers={"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"'},
    )


def no_writer() -> Refusal:
    """The calendar is shared for reading only."""
    return Refusal(403, "requiredAccessLevel", "You need to have writer access to this calendar.", domain="calendar")


def not_organizer() -> Refusal:
    """Another person's meeting."""
    return Refusal(
        403,
        "forbiddenForNonOrganizer",
        "Shared properties can only be changed by the organizer of the event.",
        domain="calendar",
    )


def duplicate() -> Refusal:
    """The id is taken, be it by a deleted event."""
    return Refusal(409, "duplicate", "The requested identifier already exists.")


def deleted() -> Refusal:
    """It was deleted before."""
    return Refusal(410, "deleted", "Resource has been deleted")


def condition_not_met() -> Refusal:
    """The event is no longer the one that was read."""
    return Refusal(412, "conditionNotMet", "Precondition Failed", where=("header", "If-Match"))


def empty_range(parameter: str = "timeMax") -> Refusal:
    """What ends does so before it starts."""
    return Refusal(
        400,
        "timeRangeEmpty",
        "The specified time range is empty.",
        domain="calendar",
        where=("parameter", parameter),
    )


def slow_down(kind: str, after: int | str | None = None) -> Refusal:
    """Too many requests.

    kind: userRateLimitExceeded, rateLimitExceeded (403) or tooMany (429). after: seconds or a date.
    """
    headers = {} if after is None else {"Retry-After": str(after)}
    if kind == "tooMany":
        return Refusal(429, "rateLimitExceeded", "Rate Limit Exceeded", domain="usageLimits", headers=headers)
    words = {"userRateLimitExceeded": "User Rate Limit Exceeded", "rateLimitExceeded": "Rate Limit Exceeded"}
    return Refusal(403, kind, words[kind], domain="usageLimits", headers=headers)


def quota_used_up() -> Refusal:
    """Writing is over for some hours."""
    return Refusal(403, "quotaExceeded", "Calendar usage limits exceeded.", domain="usageLimits")


def event_type(message: str = "Not allowed for this event type.") -> Refusal:
    """An event that isn't an ordinary one is kept as Google made it."""
    return Refusal(400, "eventTypeRestriction", message, domain="calendar")
