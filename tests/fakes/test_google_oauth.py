"""Signing in at the fake: the consent page, tokens and their ends, as RFC 6749, 7636 and 8252 and Google have them."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials

from tests.fakes.google.client import Bare, credentials
from tests.fakes.google.server import CALENDAR, GMAIL, Google

VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
BACK = "http://127.0.0.1:9999/"


def consent(google: Google, **more: str | None) -> tuple[int, dict[str, str]]:
    """Open the consent page; return the code, and what the browser brings back, or the error on the page."""
    asked: dict[str, str | None] = {
        "client_id": google.oauth.client_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": " ".join(CALENDAR),
        "state": "s1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "access_type": "offline",
        "prompt": "consent",
    }
    query = urlencode({name: value for name, value in (asked | more).items() if value is not None})
    connection = http.client.HTTPConnection(google.root.removeprefix("http://"), timeout=10)
    connection.request("GET", f"/o/oauth2/auth?{query}")
    answer = connection.getresponse()
    page = answer.read()
    connection.close()
    if answer.status != 302:
        return answer.status, {"error": json.loads(page)["error"]}
    back = urlsplit(answer.headers.get("Location", ""))
    assert f"{back.scheme}://{back.netloc}{back.path}" == BACK
    return answer.status, {name: values[0] for name, values in parse_qs(back.query).items()}


def token(google: Google, **form: str) -> tuple[int, dict[str, Any]]:
    """Ask the token endpoint."""
    form = {"client_id": google.oauth.client_id, "client_secret": google.oauth.client_secret} | form
    connection = http.client.HTTPConnection(google.root.removeprefix("http://"), timeout=10)
    connection.request("POST", "/token", urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told


def exchange(google: Google, code: str, /, **more: str) -> tuple[int, dict[str, Any]]:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return token(google, **form | more)


def refresh(google: Google, refresh_token: str) -> tuple[int, dict[str, Any]]:
    return token(google, grant_type="refresh_token", refresh_token=refresh_token)


def test_a_consent_leads_to_tokens_that_open_the_calendar(google: Google) -> None:
    status, back = consent(google)
    assert (status, back["state"], back["scope"]) == (302, "s1", " ".join(CALENDAR))
    status, told = exchange(google, back["code"])
    assert (status, told["token_type"], told["expires_in"]) == (200, "Bearer", 3600)
    assert Bare(google, token=told["access_token"]).list().code == 200
    assert set(refresh(google, told["refresh_token"])[1]["scope"].split()) == set(CALENDAR)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_id": "another"}, "invalid_client"),
        ({"redirect_uri": "https://evil.example/"}, "redirect_uri_mismatch"),
        ({"redirect_uri": "urn:ietf:wg:oauth:2.0:oob"}, "redirect_uri_mismatch"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "invalid_request"),
        ({"scope": ""}, "invalid_request"),
    ],
    ids=["client", "redirect", "out-of-band", "no-challenge", "plain-challenge", "implicit", "no-scope"],
)
def test_the_consent_page_wants_what_a_desktop_app_has_to_say(
    google: Google, changed: dict[str, str | None], error: str
) -> None:
    status, back = consent(google, **changed)
    assert status in (400, 401)
    assert back == {"error": error}


def test_cancelling_comes_back_as_access_denied(google: Google) -> None:
    google.oauth.refuses = True
    assert consent(google)[1] == {"state": "s1", "error": "access_denied"}


def test_a_box_that_was_cleared_is_a_scope_that_is_missing(google: Google) -> None:
    google.oauth.unticked = {CALENDAR[1]}
    _, back = consent(google)
    _, told = exchange(google, back["code"])
    assert back["scope"] == told["scope"] == CALENDAR[0]
    bare = Bare(google, token=told["access_token"])
    refused = bare.ask("GET", "/calendar/v3/users/me/calendarList")
    assert (refused.code, refused.reason) == (403, "global/insufficientPermissions")


def test_a_second_consent_gives_a_refresh_token_only_where_it_is_asked_for_again(google: Google) -> None:
    first = exchange(google, consent(google, prompt=None)[1]["code"])[1]
    second = exchange(google, consent(google, prompt=None)[1]["code"])[1]
    third = exchange(google, consent(google)[1]["code"])[1]
    assert "refresh_token" in first
    assert "refresh_token" not in second
    assert "refresh_token" in third


def test_google_may_give_no_refresh_token_at_all(google: Google) -> None:
    google.oauth.refresh_tokens = False
    assert "refresh_token" not in exchange(google, consent(google)[1]["code"])[1]


def test_without_offline_access_there_is_no_refresh_token(google: Google) -> None:
    assert "refresh_token" not in exchange(google, consent(google, access_type=None)[1]["code"])[1]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code": "4/none"}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:1/"}, "redirect_uri_mismatch"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
    ids=["verifier", "code", "redirect", "secret", "grant-type"],
)
def test_a_code_is_worth_nothing_to_somebody_else(google: Google, changed: dict[str, str], error: str) -> None:
    _, back = consent(google)
    status, told = exchange(google, back["code"], **changed)
    assert status in (400, 401)
    assert told["error"] == error


def test_a_code_serves_once_and_for_ten_minutes(google: Google) -> None:
    code = consent(google)[1]["code"]
    assert exchange(google, code)[0] == 200
    assert exchange(google, code) == (400, {"error": "invalid_grant", "error_description": "Malformed auth code."})
    late = consent(google)[1]["code"]
    google.sleep(601)
    assert exchange(google, late)[0] == 400


@pytest.mark.parametrize(
    "header", [None, "Bearer nonsense", "Basic abc", "Bearer"], ids=["none", "forged", "basic", "bare"]
)
def test_without_a_good_token_nothing_is_answered(google: Google, header: str | None) -> None:
    told = Bare(google).ask("GET", "events", headers={"Authorization": header or ""})
    assert (told.code, told.reason) == (401, "global/authError")
    assert told.body["error"]["message"] == "Invalid Credentials"
    assert told.body["error"]["errors"][0]["location"] == "Authorization"


def test_an_access_token_lasts_an_hour_by_the_fakes_clock(google: Google, bare: Bare) -> None:
    google.sleep(3590)
    assert bare.list().code == 200
    google.sleep(20)
    assert (bare.list().code, bare.list().reason) == (401, "global/authError")


def test_a_token_in_an_address_is_refused(google: Google, bare: Bare) -> None:
    told = bare.list(oauth_token=bare.token)
    assert told.code == 400
    assert google.forgive() == ["GET /calendar/v3/calendars/primary/events: a token does not belong into an address"]


def ended(google: Google, how: str) -> None:
    if how == "revoked":
        google.oauth.revoke()
    elif how == "seven days of a test":
        google.oauth.testing = True
        google.sleep(timedelta(days=7, seconds=1).total_seconds())
    elif how == "unused":
        google.sleep(timedelta(days=183).total_seconds())
    elif how == "too many":
        for _ in range(100):
            google.oauth.grant(CALENDAR)


@pytest.mark.parametrize("how", ["revoked", "seven days of a test", "unused", "too many"])
def test_a_grant_ends_and_says_invalid_grant(google: Google, how: str) -> None:
    held = credentials(google)
    assert refresh(google, held.refresh_token)[0] == 200
    ended(google, how)
    status, told = refresh(google, held.refresh_token)
    assert (status, told["error"]) == (400, "invalid_grant")


def test_six_days_of_a_test_are_well(google: Google) -> None:
    google.oauth.testing = True
    held = credentials(google)
    google.sleep(timedelta(days=6).total_seconds())
    assert refresh(google, held.refresh_token)[0] == 200


def test_googles_own_library_refreshes_and_gives_up_when_it_was_revoked(google: Google) -> None:
    held = credentials(google)
    held.token = "stale"
    with AuthorizedSession(held) as session:  # type: ignore[no-untyped-call]
        assert session.get(f"{google.root}/calendar/v3/calendars/primary/events").status_code == 200
        assert [request.call for request in google.requests] == ["events.list", "token", "events.list"]
        google.oauth.revoke()
        with pytest.raises(RefreshError, match="invalid_grant"):
            session.get(f"{google.root}/calendar/v3/calendars/primary/events")


def test_the_files_are_those_of_the_console_and_of_google_auth(google: Google, tmp_path: Path) -> None:
    client = json.loads(google.client_secret(tmp_path / "client.json").read_text())["installed"]
    assert client["token_uri"] == f"{google.root}/token"
    held = Credentials.from_authorized_user_file(  # type: ignore[no-untyped-call]
        str(google.token(tmp_path / "token.json", GMAIL))
    )
    assert held.valid
    assert held.scopes == list(GMAIL)
    stale = Credentials.from_authorized_user_file(  # type: ignore[no-untyped-call]
        str(google.token(tmp_path / "stale.json", fresh=False))
    )
    assert stale.expired


def test_a_revoked_token_can_be_revoked_by_the_program(google: Google) -> None:
    held = credentials(google)
    with AuthorizedSession(held) as session:  # type: ignore[no-untyped-call]
        assert session.post(f"{google.root}/revoke", data={"token": held.refresh_token}).status_code == 200
    assert refresh(google, held.refresh_token)[1]["error"] == "invalid_grant"


def test_a_token_that_follows_a_redirect_to_another_host_is_noticed_there(google: Google, bare: Bare) -> None:
    with Google() as other:
        google.habits.on("another host", to=other.root)
        told = bare.list()
        assert (told.code, told.headers["Location"].startswith(other.root)) == (302, True)
        Bare(other, token=bare.token).list()
        assert other.forgive() == ["an access token came here that was given by another host"]
