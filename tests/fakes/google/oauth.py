"""Google's sign-in: the consent page, the token endpoint, and what ends a grant (RFC 6749, RFC 7636, RFC 8252)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from tests.fakes.google.clock import Clock
from tests.fakes.google.refusal import Json

ACCESS = timedelta(seconds=3600)
TESTING = timedelta(days=7)
UNUSED = timedelta(days=182)
FREE = {"openid", "https://www.googleapis.com/auth/userinfo.email", "https://www.googleapis.com/auth/userinfo.profile"}
GRANTS_A_CLIENT = 100


class Denied(Exception):
    """An answer of the token endpoint that is none; what: RFC 6749 §5.2."""

    def __init__(self, what: str, words: str = "", code: int = 400) -> None:
        super().__init__(what)
        self.code = code
        self.body: Json = {"error": what} | ({"error_description": words} if words else {})


@dataclass(kw_only=True)
class Grant:
    """What a person has allowed; refresh: its token, empty where Google gave none."""

    scopes: tuple[str, ...]
    since: datetime
    used: datetime
    refresh: str = ""
    ended: bool = False
    access: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Code:
    grant: Grant
    redirect_uri: str
    challenge: str
    until: datetime


class OAuth:
    """One OAuth client and the person who signs in with it.

    testing: the app was not published, so that a grant lasts seven days. refuses: the person clicks Cancel.
    unticked: scopes whose boxes she clears. refresh_tokens: whether one is given with a consent.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.client_id = "1029384756-calsyncs-own-client.apps.googleusercontent.com"
        self.client_secret = "GOCSPX-not-a-real-secret"
        self.testing = False
        self.refuses = False
        self.unticked: set[str] = set()
        self.refresh_tokens = True
        self.grants: list[Grant] = []
        self.issued: set[str] = set()
        self._codes: dict[str, _Code] = {}

    def page(self, query: Mapping[str, Sequence[str]]) -> str:
        """Return where the browser is sent after the person has decided on what a program asks for.

        Raises:
            Denied: what Google shows as a page, without going back to the program.
        """
        asked = {name: values[0] for name, values in query.items()}
        if asked.get("client_id") != self.client_id:
            raise Denied("invalid_client", "The OAuth client was not found.", 401)
        redirect = urlsplit(asked.get("redirect_uri", ""))
        if redirect.scheme != "http" or redirect.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise Denied("redirect_uri_mismatch", "A desktop app goes back to a loopback address only.")
        if asked.get("response_type") != "code" or not asked.get("scope"):
            raise Denied("invalid_request", "response_type has to be code, and a scope has to be named.")
        if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != 43:
            raise Denied("invalid_request", "code_challenge of method S256 is missing (RFC 7636).")
        back = {"state": asked["state"]} if "state" in asked else {}
        if self.refuses:
            return f"{asked['redirect_uri']}?{urlencode(back | {'error': 'access_denied'})}"
        scopes = tuple(scope for scope in asked["scope"].split() if scope not in self.unticked)
        grant = Grant(scopes=scopes, since=self._clock.now(), used=self._clock.now())
        if self.refresh_tokens and asked.get("access_type") == "offline":
            first = not any(known.refresh for known in self.grants)
            if first or asked.get("prompt") == "consent":
                grant.refresh = f"1//{secrets.token_urlsafe(24)}"
        code = f"4/{secrets.token_urlsafe(24)}"
        self._codes[code] = _Code(
            grant=grant,
            redirect_uri=asked["redirect_uri"],
            challenge=asked["code_challenge"],
            until=self._clock.now() + timedelta(minutes=10),
        )
        back |= {"code": code, "scope": " ".join(scopes)}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def grant(self, scopes: Sequence[str]) -> Grant:
        """Let the person have signed in already; the oldest of too many grants ends unsaid."""
        now = self._clock.now()
        grant = Grant(scopes=tuple(scopes), since=now, used=now, refresh=f"1//{secrets.token_urlsafe(24)}")
        self._keep(grant)
        return grant

    def _keep(self, grant: Grant) -> None:
        self.grants.append(grant)
        living = [known for known in self.grants if known.refresh and not known.ended]
        for old in living[: max(0, len(living) - GRANTS_A_CLIENT)]:
            old.ended = True

    def token(self, sent: Mapping[str, Sequence[str]]) -> Json:
        """Answer a request for a token.

        Raises:
            Denied: as RFC 6749 §5.2 says.
        """
        form = {name: values[0] for name, values in sent.items()}
        if form.get("client_id") != self.client_id or form.get("client_secret") != self.client_secret:
            raise Denied("invalid_client", "The OAuth client was not found.", 401)
        if form.get("grant_type") == "authorization_code":
            return self._exchange(form)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form.get("refresh_token", ""))
        raise Denied("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type')}")

    def _exchange(self, form: Mapping[str, str]) -> Json:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.until < self._clock.now():
            raise Denied("invalid_grant", "Malformed auth code.")
        if form.get("redirect_uri") != code.redirect_uri:
            raise Denied("redirect_uri_mismatch", "Bad Request")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != code.challenge:
            raise Denied("invalid_grant", "Invalid code verifier.")
        self._keep(code.grant)
        told = self.access(code.grant)
        if code.grant.refresh:
            told["refresh_token"] = code.grant.refresh
            if self.testing:
                told["refresh_token_expires_in"] = int(TESTING.total_seconds())
        return told

    def _refresh(self, token: str) -> Json:
        grant = next((grant for grant in self.grants if grant.refresh and grant.refresh == token), None)
        if grant is None or not self.alive(grant):
            raise Denied("invalid_grant", "Token has been expired or revoked.")
        return self.access(grant)

    def alive(self, grant: Grant) -> bool:
        """Tell whether a grant still gives access tokens."""
        now = self._clock.now()
        too_old = self.testing and not FREE.issuperset(grant.scopes) and now - grant.since > TESTING
        return not (grant.ended or too_old or now - grant.used > UNUSED)

    def access(self, grant: Grant) -> Json:
        """Give a new access token."""
        now = self._clock.now()
        token = f"ya29.{secrets.token_urlsafe(24)}"
        grant.access[token] = now + ACCESS
        self.issued.add(token)
        grant.used = now
        scope = " ".join(reversed(grant.scopes))  # Google keeps no order
        seconds = int(ACCESS.total_seconds())
        return {"access_token": token, "expires_in": seconds, "scope": scope, "token_type": "Bearer"}

    def revoke(self, token: str = "") -> None:
        """End the grant of a token; with none, all of them, as the person does on her account's page."""
        known = [g for g in self.grants if not token or token == g.refresh or token in g.access]
        if not known:
            raise Denied("invalid_token", "Token expired or revoked")
        for grant in known:
            grant.ended = True
            grant.access.clear()

    def bearer(self, header: str) -> Grant | None:
        """Return whose access token a request carries; None if it is none, or none any more."""
        kind, _, token = header.partition(" ")
        for grant in self.grants:
            until = grant.access.get(token)
            if kind == "Bearer" and until is not None and self._clock.now() < until:
                return grant
        return None
