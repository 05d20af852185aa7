"""A sign-in as it is kept: what google-auth works with, renewed under a lock and written back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from google.auth.exceptions import GoogleAuthError, RefreshError
from google.oauth2.credentials import Credentials

from calsync.errors import CalsyncError, SignInNeeded
from calsync.google.client import OAuthClient, read_client
from calsync.google.errors import Failing
from calsync.google.token import Grant, Token, alone, read_token, token_file, write_token

__all__ = ["Grant", "Token", "credentials", "over", "token_file"]

_ENDED = (
    "it was taken back or replaced, was unused for half a year, or ended after seven days, as those of an app that is "
    "still in testing do (docs/google.md says how to publish it)"
)


def credentials(grant: Grant) -> KeptCredentials:
    """Return what opens the account, as far as the files go; no server is asked.

    Raises:
        OAuthClientUnusable: the file of the OAuth client. SignInNeeded: nobody has signed in, with another client, or
            not to everything that is needed. StateUnusable: the token can't be read.
    """
    client = read_client(grant.client_secret)
    return KeptCredentials(grant, client, _fitting(grant, client))


def _fitting(grant: Grant, client: OAuthClient) -> Token:
    token = read_token(grant)
    if token.client_id != client.client_id:
        raise SignInNeeded(
            "the token of the sign-in belongs to another OAuth client",
            where=str(grant.token),
            hint=f"sign in with the client in {grant.client_secret}: {grant.hint}",
        )
    if lacking := missing(grant.scopes, token.scopes):
        raise SignInNeeded(
            f"the sign-in does not cover {lacking}",
            where=grant.name,
            hint=f"sign in again, and leave every box ticked: {grant.hint}",
        )
    return token


def missing(needed: tuple[str, ...], granted: tuple[str, ...]) -> str:
    """Return in short which of the scopes that are needed were not granted; empty where all were."""
    return ", ".join(scope.rpartition("/")[2] for scope in needed if scope not in granted)


class KeptCredentials(Credentials):
    """Credentials whose file is read again before they are renewed, and written after.

    Where another calsync, or a new sign-in, has put a newer token there, that is taken in place of asking.
    """

    def __init__(self, grant: Grant, client: OAuthClient, token: Token) -> None:
        self.grant, self._client = grant, client
        self._take(token)

    def _take(self, token: Token) -> None:
        # Where tokens are renewed is the client file's to say: google-auth would take Google's own place.
        super().__init__(  # type: ignore[no-untyped-call]
            token.access or None,
            refresh_token=token.refresh,
            token_uri=self._client.token_uri,
            client_id=self._client.client_id,
            client_secret=self._client.client_secret,
            expiry=token.expiry.astimezone(UTC).replace(tzinfo=None) if token.expiry else None,
        )
        self.kept = token

    def refresh(self, request: Any) -> None:
        """Renew the access token.

        Raises:
            RefreshError: Google does not. TransportError: it wasn't reached.
            OAuthClientUnusable, SignInNeeded, StateUnusable: the files.
        """
        with alone(self.grant.token):
            self._client = read_client(self.grant.client_secret)
            token = _fitting(self.grant, self._client)
            newer = token.access != self.kept.access or token.refresh != self.kept.refresh
            self._take(token)
            if newer and self.valid:
                return
            super().refresh(request)  # type: ignore[no-untyped-call]
            granted = tuple(self.granted_scopes or token.scopes)
            kept = Token(
                access=str(self.token),
                refresh=str(self.refresh_token),
                client_id=self._client.client_id,
                client_secret=self._client.client_secret,
                token_uri=self._client.token_uri,
                scopes=granted,
                expiry=_aware(self.expiry),
                since=token.since,
                testing=token.testing,
            )
            write_token(self.grant.token, kept)
            self.kept = kept


def _aware(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=UTC) if instant else None


def over(held: Credentials, error: GoogleAuthError) -> CalsyncError:
    """Return what it means that Google renews no token, and what the owner does."""
    grant = getattr(held, "grant", None)
    name, hint = (grant.name, grant.hint) if isinstance(grant, Grant) else ("", "calsync auth google NAME")
    said = _reason(error)
    if said in ("invalid_grant", "invalid_scope", "rejected"):
        token = getattr(held, "kept", None)
        ended = "as an app in testing it lasted seven days" if token and token.testing else _ENDED
        return SignInNeeded(f"the sign-in at Google is over: {ended}", where=name, hint=f"sign in again: {hint}")
    if said in ("invalid_client", "unauthorized_client", "deleted_client"):
        what = "Google no longer knows the OAuth client"
        return SignInNeeded(what, where=name, hint=f"download its file anew, or make another, then {hint}")
    if isinstance(error, RefreshError):
        return Failing(f"Google renews no token ({said or 'without saying why'})")
    return Failing(f"the sign-in failed ({type(error).__name__})")


def _reason(error: GoogleAuthError) -> str:
    """Return the word of RFC 6749 §5.2 that Google gave."""
    for told in error.args:
        if isinstance(told, dict) and isinstance(told.get("error"), str):
            return str(told["error"])
    first = str(error.args[0]) if error.args else ""
    return first.partition(":")[0].strip() if first.partition(":")[0].replace("_", "").isalpha() else ""
