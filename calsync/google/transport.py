"""The client library's `http` face over google-auth's session: each request is sent once, after the token is good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2.credentials import Credentials
from httplib2 import Response  # type: ignore[import-untyped]

from calsync.errors import CalsyncError
from calsync.google.errors import Failing, Lost, Unreachable
from calsync.google.sign_in import over
from calsync.google.wire import Failure, Mark, once, said_of, whole

TIMEOUT = 30.0
_IN_ALL = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One request and its answer. status: 0 where none came. date: Google's clock, as it said."""

    method: str
    status: int
    date: datetime | None = None


class Transport:
    """What googleapiclient takes for httplib2. One thread uses it.

    timeout: seconds for each step of an answer. heard: is told of each request that left for an API. sent: how many.
    """

    def __init__(
        self,
        credentials: Credentials,
        timeout: float = TIMEOUT,
        *,
        heard: Callable[[Heard], object] = lambda heard: None,
    ) -> None:
        self._credentials, self._timeout, self._heard = credentials, timeout, heard
        self.sent = 0
        self._mark = Mark()
        self._renewing = once(requests.Session(), Mark())
        request = Request(self._renewing)
        # A 401 is the one answer after which a request is sent again: nothing was done, and once only.
        self._session: AuthorizedSession = AuthorizedSession(  # type: ignore[no-untyped-call]
            credentials,
            refresh_status_codes=(401,),
            max_refresh_attempts=1,
            refresh_timeout=timeout,
            auth_request=request,
        )
        once(self._session, self._mark)

    def ready(self) -> None:
        """Renew the access token if it is over, or soon will be, so that the next request goes at once.

        Raises:
            SignInNeeded, Unreachable, Failing: it can't be renewed.
        """
        if not self._credentials.valid:
            self.renew()

    def renew(self) -> datetime | None:
        """Renew the access token, whatever it is good for still; return what time it is at Google."""
        dates: list[datetime | None] = []

        def ask(*args: Any, **kwargs: Any) -> Any:
            answer = Request(self._renewing)(*args, **{**kwargs, "timeout": self._timeout})
            dates.append(_date(answer.headers))
            return answer

        try:
            self._credentials.refresh(ask)  # type: ignore[no-untyped-call]
        except GoogleAuthError as error:
            raise self._not_renewed(error) from None
        return dates[-1] if dates else None

    def fresh(self) -> None:
        """Let go of kept connections, so that the next request can't meet one that was closed meanwhile."""
        for adapter in self._session.adapters.values():
            adapter.close()

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        redirections: int = 0,
        connection_type: object = None,
    ) -> tuple[Response, bytes]:
        """Send one request; see httplib2.Http.request. Nothing is followed, whatever `redirections` says.

        Raises:
            SignInNeeded, Unreachable, Failing, Lost: see there.
        """
        self.ready()
        self._mark.left = False
        status, date = 0, None
        data = body.encode() if isinstance(body, str) else body
        try:
            answer = self._session.request(  # type: ignore[no-untyped-call]
                method,
                uri,
                data=data,
                headers=dict(headers or {}),
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
            )
            status, date = answer.status_code, _date(answer.headers)
            content = whole(answer, self._timeout * _IN_ALL)
        except GoogleAuthError as error:
            raise self._not_renewed(error) from None
        except Failure as error:
            if self._mark.left:
                raise Lost(f"no whole answer came from Google: {said_of(error)}") from error
            raise Unreachable(f"Google can't be reached: {said_of(error)}") from error
        finally:
            if self._mark.left:
                self.sent += 1
                self._heard(Heard(method=method, status=status, date=date))
        told = {name.lower(): value for name, value in answer.headers.items() if name.lower() not in _WIRE}
        response = Response(told | {"status": str(status), "content-length": str(len(content))})
        response.reason = answer.reason or ""
        return response, content

    def close(self) -> None:
        """Let go of every connection; the next request opens one again."""
        self._session.close()  # type: ignore[no-untyped-call]
        self._renewing.close()

    def _not_renewed(self, error: GoogleAuthError) -> CalsyncError:
        if isinstance(error, TransportError):
            return Unreachable(f"Google's sign-in can't be reached: {said_of(error)}")
        if isinstance(error, RefreshError) and error.retryable:
            return Failing("Google's sign-in has a fault of its own")
        return over(self._credentials, error)


# What was true on the way, and isn't of the bytes that are handed on.
_WIRE = frozenset({"content-encoding", "transfer-encoding", "content-length", "connection"})


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        found = parsedate_to_datetime(headers.get("Date") or headers.get("date") or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
