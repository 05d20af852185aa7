"""How often the fake may be asked."""

from __future__ import annotations

import pytest

from tests.fakes.google.client import Bare
from tests.fakes.google.people import People
from tests.fakes.google.samples import at, body, event
from tests.fakes.google.server import Google


def test_a_minute_holds_so_many_units_and_what_is_refused_counts_too(google: Google, bare: Bare) -> None:
    google.quota.a_minute = 5
    for _ in range(5):
        assert bare.list().code == 200
    refused = [bare.list() for _ in range(4)]
    assert [(told.code, told.reason) for told in refused] == [
        (403, "usageLimits/userRateLimitExceeded"),
        (403, "usageLimits/rateLimitExceeded"),
        (429, "usageLimits/rateLimitExceeded"),
        (403, "usageLimits/userRateLimitExceeded"),
    ]
    assert refused[2].headers["Retry-After"] == "60"
    google.sleep(30)
    assert bare.list().code == 403
    google.sleep(31)  # the first nine are over a minute old, and the tenth isn't
    assert bare.list().code == 200


def test_a_patch_costs_three(google: Google, bare: Bare, calendar: People) -> None:
    version = calendar.put(event(at(23, 10), id="call0"))["etag"]
    google.quota.a_minute = 3
    assert bare.patch("call0", {"description": "x"}, etag=version).code == 200
    assert bare.list().code in (403, 429)


def test_a_calendar_takes_five_writes_a_second(google: Google, bare: Bare) -> None:
    google.calendar("b@group.calendar.google.com")
    codes = [bare.insert(body(at(23, 10), id=f"cs0000{n}")).code for n in range(7)]
    assert codes == [200] * 5 + [403] * 2
    assert len(google.calendar().events()) == 5
    other = "/calendar/v3/calendars/b%40group.calendar.google.com/events"
    assert bare.ask("POST", other, body(at(23, 10)), sendUpdates="none").code == 200
    google.sleep(1)
    assert bare.insert(body(at(23, 10), id="cs00006")).code == 200


def test_a_used_up_quota_makes_the_calendars_read_only_for_hours(google: Google, bare: Bare) -> None:
    google.habits.on("quota exceeded")
    told = bare.insert(body(at(23, 10)))
    assert (told.code, told.reason) == (403, "usageLimits/quotaExceeded")
    assert told.body["error"]["message"] == "Calendar usage limits exceeded."
    assert bare.list().code == 200
    google.sleep(7000)
    later = Bare(google)
    assert later.insert(body(at(23, 10))).code == 403
    google.sleep(300)
    assert later.insert(body(at(23, 10))).code == 200


def test_writing_on_against_a_used_up_quota_is_noticed(google: Google, bare: Bare) -> None:
    google.habits.on("quota exceeded")
    for _ in range(4):
        bare.insert(body(at(23, 10)))
    assert google.forgive() == ["a calendar whose quota is used up was written to again and again"]


@pytest.mark.parametrize("name", ["user rate limit", "rate limit", "too many requests"])
def test_a_limit_can_be_met_at_will(google: Google, bare: Bare, name: str) -> None:
    google.habits.on(name, times=2, after=7)
    told = [bare.list() for _ in range(3)]
    assert [one.code for one in told] == [429 if name == "too many requests" else 403] * 2 + [200]
    assert told[0].headers["Retry-After"] == "7"
    assert google.habits.taken == [(name, "events.list")] * 2
