"""Rules between keys: each told at the place where the owner would change something."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calsync.settings.load import Settings

Wrong = Callable[..., list[str]]
Based = Callable[..., Settings]
ACME = '[clients.acme]\nemail = "ayse@acme.example"\n'
BETA = '[clients.beta]\nemail = "b@beta.example"\n'
HOLIDAYS = '[calendars.x]\ntype = "ics"\npath = "x.ics"\nuse = "days_off"\n'
TWO_CHANNELS = '[channels.a]\ntype = "folder"\npath = "a"\n[channels.b]\ntype = "folder"\npath = "b"\n'


@pytest.mark.parametrize(
    ("top", "more", "expected"),
    [
        pytest.param(
            "",
            '[channels.work]\ntype = "folder"\npath = "x"',
            "channels.work: a calendar has this name too; give one of them another name",
            id="one name twice",
        ),
        pytest.param(
            "",
            '[calendars.x]\ntype = "ics"\npath = "./sub/../work.ics"',
            "calendars.x.path: calendars.work is this file too; take one of them out",
            id="one file twice",
        ),
        pytest.param(
            "",
            '[calendars.x]\ntype = "ics"\npath = "x.ics"\nblocks = "wrok"',
            'calendars.x.blocks: there is no calendar "wrok"; did you mean "work"?',
            id="blocks in no calendar",
        ),
        pytest.param(
            "",
            '[calendars.x]\ntype = "ics"\npath = "x.ics"\nblocks = "x"',
            'calendars.x.blocks: "x" is this calendar itself; leave blocks out',
            id="blocks in itself",
        ),
        pytest.param(
            "",
            HOLIDAYS + 'blocks = "work"',
            "calendars.x.blocks: no calls stand in a calendar of days off, so there are no blocks; leave blocks out",
            id="blocks of days off",
        ),
        pytest.param(
            "",
            HOLIDAYS + '[calendars.y]\ntype = "ics"\npath = "y.ics"\nblocks = "x"',
            'calendars.y.blocks: "x" is a calendar of days off, and is never written to; name another calendar',
            id="blocks among days off",
        ),
        pytest.param(
            "",
            f'{HOLIDAYS}{ACME}days_off = ["x", "y"]',
            'clients.acme.days_off[1]: there is no calendar "y"; known: "x"',
            id="days off in no calendar",
        ),
        pytest.param(
            "",
            f'{HOLIDAYS}{ACME}days_off = ["work"]',
            'clients.acme.days_off[0]: calls stand in "work"; write use = "days_off" in [calendars.work]',
            id="days off in a calendar of calls",
        ),
        pytest.param(
            "",
            '[defaults]\nchannel = "mail"',
            'defaults.channel: there is no channel "mail"; no channel is configured',
            id="no channel at all",
        ),
        pytest.param(
            "",
            f'{TWO_CHANNELS}{ACME}channel = "zzz"\n[defaults]\nchannel = "a"',
            'clients.acme.channel: there is no channel "zzz"; known: "a", "b"',
            id="a client's channel",
        ),
        pytest.param(
            "",
            TWO_CHANNELS + ACME + BETA,
            'defaults.channel: there are several channels ("a", "b"), and clients.acme and 1 more names none; '
            'write channel = "a"',
            id="several channels",
        ),
        pytest.param(
            "",
            f'[channels.me]\ntype = "apprise"\nurls = [{{ env = "N" }}]\n{ACME}channel = "me"',
            'clients.acme.channel: "me" goes to you alone; no channel to clients is configured',
            id="a channel to the owner",
        ),
        pytest.param(
            'horizon = "12h"',
            "",
            "horizon: message_before 1d is longer than horizon 12h; make the horizon longer, or the message later",
            id="horizon below the built-in message_before",
        ),
        pytest.param(
            "",
            f'[defaults]\nmessage_before = ["1d", "15d"]\n{ACME}',
            "defaults.message_before: message_before 15d is longer than horizon 14d; "
            "make the horizon longer, or the message later",
            id="message_before beyond the horizon",
        ),
        pytest.param(
            "",
            f'{ACME}message_before = "20d"',
            "clients.acme.message_before: message_before 20d is longer than horizon 14d; "
            "make the horizon longer, or the message later",
            id="a client's message_before beyond the horizon",
        ),
        pytest.param(
            "",
            '[defaults]\nmessage_before = ["1d", "10m"]',
            "defaults.message_before: message_before 10m is shorter than least_notice 30m; "
            "no message could ever go then: make least_notice shorter, or the message earlier",
            id="message_before below the built-in least_notice",
        ),
        pytest.param(
            "",
            f'{ACME}least_notice = "2d"',
            "clients.acme.least_notice: message_before 1d is shorter than least_notice 2d; "
            "no message could ever go then: make least_notice shorter, or the message earlier",
            id="a client's least_notice above message_before",
        ),
        pytest.param(
            "",
            f'{ACME}language = "tr"',
            'clients.acme.tone: missing: Turkish needs it; write tone = "formal" (siz) or "close" (sen)',
            id="Turkish without a tone",
        ),
        pytest.param(
            "",
            f'{ACME}language = "de"',
            'clients.acme.tone: missing: German needs it; write tone = "formal" (Sie) or "close" (du)',
            id="German without a tone",
        ),
        pytest.param(
            "",
            '[clients.acme]\nname = "Acme"\nmatch.private = true',
            "clients.acme: no event can be a call with this client; "
            "write email, or match.emails, match.domains or match.titles",
            id="nothing to match",
        ),
        pytest.param(
            "",
            f'{ACME}[clients.beta]\nmatch.emails = ["AYSE@acme.example"]',
            'clients.beta.match.emails[0]: "ayse@acme.example" stands at clients.acme too; leave it with one of them',
            id="one address, two clients",
        ),
        pytest.param(
            "",
            '[clients.a]\nmatch.domains = ["acme.example"]\n[clients.b]\nmatch.domains = ["Acme.example"]',
            'clients.b.match.domains[0]: "acme.example" stands at clients.a too; leave it with one of them',
            id="one domain, two clients",
        ),
        pytest.param(
            "",
            '[clients.a]\npeople = { "deniz@kaya.example" = "Deniz" }',
            'clients.a.people: "deniz@kaya.example" is your own address; write the client\'s',
            id="the owner as her own client",
        ),
    ],
)
def test_what_can_not_hold_together_is_one_problem(wrong: Wrong, top: str, more: str, expected: str) -> None:
    assert wrong(more, top) == [expected]


@pytest.mark.parametrize(
    ("top", "more"),
    [
        pytest.param('horizon = "1d"', "", id="message_before as long as the horizon"),
        pytest.param("", '[defaults]\nmessage_before = "30m"', id="message_before as short as least_notice"),
        pytest.param('horizon = "12h"', '[defaults]\nmessage_before = "6h"', id="both changed"),
        pytest.param("", f'[defaults]\ntone = "close"\n{ACME}language = "tr"', id="the tone of the defaults"),
        pytest.param("", f'{TWO_CHANNELS}{ACME}channel = "a"', id="every client names a channel"),
        pytest.param("", f'{TWO_CHANNELS}[defaults]\nchannel = "b"\n{ACME}', id="the defaults name a channel"),
        pytest.param("", TWO_CHANNELS, id="several channels and nobody to write to"),
        pytest.param("", f'{ACME}match.emails = ["ayse@acme.example"]', id="an address twice at one client"),
        pytest.param(
            "", '[clients.a]\nmatch.titles = ["*x*"]\n[clients.b]\nmatch.titles = ["*x*"]', id="a tie of titles"
        ),
        pytest.param("", '[clients.a]\npeople = { "a@b.example" = "A" }', id="people alone match"),
        pytest.param("", '[clients.a]\nmatch.domains = ["b.example"]', id="a domain alone matches"),
    ],
)
def test_what_can_hold_together_is_no_problem(based: Based, top: str, more: str) -> None:
    assert based(more, top).rules.mode == "observe"


def test_an_owner_who_writes_turkish_needs_the_tone_of_each_client_only(loaded: Callable[[str], Settings]) -> None:
    turkish = """
    [owner]
    name = "Deniz Kaya"
    email = "deniz@kaya.example"
    timezone = "Europe/Istanbul"
    language = "tr"
    [calendars.work]
    type = "ics"
    path = "work.ics"
    """
    assert loaded(turkish).rules.owner.language == "tr"
    assert loaded(f"{turkish}\n{ACME}tone = 'formal'").rules.clients[0].language == "tr"


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(f'{ACME}language = "tr"\ntone = "siz"', id="tone"),
        pytest.param('[clients.acme]\nemail = "acme"', id="email"),
        pytest.param('[clients.acme]\nmatch.domains = ["gmail.com"]', id="domain"),
        pytest.param("[clients.acme]\nmatch = 1", id="match"),
        pytest.param('[defaults]\nmessage_before = "40"', id="message_before"),
        pytest.param(f'[defaults]\nleast_notice = "x"\n{ACME}message_before = "1m"', id="least_notice"),
        pytest.param(f"{TWO_CHANNELS}[defaults]\nchannel = 5\n{ACME}", id="channel"),
        pytest.param(f'[channels.a]\ntype = "gmail"\n[channels.b]\ntype = "folder"\npath = "b"\n{ACME}', id="channels"),
        pytest.param('[calendars.x]\ntype = "ics"\npath = 5\nblocks = 7', id="calendar"),
    ],
)
def test_a_value_that_can_not_be_read_has_no_second_problem_that_follows_from_it(wrong: Wrong, more: str) -> None:
    expected = 2 if "blocks = 7" in more else 1
    assert len(wrong(more)) == expected
