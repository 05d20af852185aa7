"""What goes wrong at Google, by what it means for whoever asked."""

from __future__ import annotations

from typing import ClassVar

from calsync.errors import CalsyncError, Permanent, Temporary


class GoogleError(CalsyncError):
    """Base of all but `calsync.errors.SignInNeeded`.

    maybe_done: what was asked for may have been done all the same; it is looked up before it is asked again.
    status, reason: of Google's answer; 0 and empty where there was none.
    """

    code = "google"
    maybe_done: ClassVar[bool] = False

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        hint: str = "",
        status: int = 0,
        reason: str = "",
        after: float | None = None,
    ) -> None:
        """after: so many seconds Google wants to be left alone."""
        super().__init__(what, where=where, hint=hint)
        self.status, self.reason, self.after = status, reason, after


class Unreachable(GoogleError, Temporary):
    """Not a byte of the request has left."""

    code = "google-unreachable"


class Lost(GoogleError, Temporary):
    """The request left, and no whole answer came."""

    code = "google-lost"
    maybe_done = True


class Failing(GoogleError, Temporary):
    """Google has an error of its own (5xx); it may have come after the deed."""

    code = "google-failing"
    maybe_done = True


class RateLimited(GoogleError, Temporary):
    """Too many requests just now; nothing was done."""

    code = "google-rate"


class QuotaUsedUp(GoogleError, Temporary):
    """Writing is over for hours, for the whole account; reading is not."""

    code = "google-quota"


class BadRequest(GoogleError, Permanent):
    """Google does not take what was asked (400, and every other refusal that has no class of its own)."""

    code = "google-refused"


class Forbidden(GoogleError, Permanent):
    """The account may not do that (403)."""

    code = "google-forbidden"


class NotFound(GoogleError, Permanent):
    """There is no such thing, or the account has no part in it (404)."""

    code = "google-not-found"


class Conflict(GoogleError, Permanent):
    """The id is taken, be it by a deleted event (409)."""

    code = "google-conflict"


class Gone(GoogleError, Permanent):
    """It was deleted before, or a token of a list is too old (410)."""

    code = "google-gone"


class PreconditionFailed(GoogleError, Temporary):
    """It is no longer the version that was read (412)."""

    code = "google-changed"
