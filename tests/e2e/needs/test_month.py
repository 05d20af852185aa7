"""A month of mails to one talkative client in each language and tone, read as she reads them.

CALSYNC_UPDATE_GOLDEN=1 writes the pages anew; read them before they are committed.
"""

from __future__ import annotations

import re
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest

from calsync.words.lint import lint
from tests.conftest import Golden
from tests.e2e.needs.month import Month
from tests.e2e.needs.owner import Mail, Owner
from tests.e2e.needs.people import CLIENTS, Client

SHARED_AT_MOST = 2
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
# A sentence ends with its mark; the full stop of a German date ends none.
_BETWEEN = re.compile(r"(?<=[.!?])(?<!\d\.)\s+|(?<=\d{2}\.)\s+(?!November|Dezember)")


def sentences(mail: Mail) -> set[str]:
    """Return what the mail says, apart from greeting, signature and times, with all numbers alike."""
    _, *lines, sign = (line for line in mail.body.splitlines() if line)
    assert sign == "Deniz"
    said = (sentence for line in lines for sentence in _BETWEEN.split(line))
    return {re.sub(r"\d+", "#", one) for one in said if not _CLOCK.search(one)}


@pytest.fixture(
    scope="module",
    params=[pytest.param(one, id=one.name, marks=pytest.mark.xdist_group(f"month {one.name}")) for one in CLIENTS],
)
def client(request: pytest.FixtureRequest) -> Client:
    her: Client = request.param
    return her


@pytest.fixture(scope="module")
def mails(client: Client, tmp_path_factory: pytest.TempPathFactory) -> list[Mail]:
    return Month(Owner(tmp_path_factory.mktemp("month"), client)).live()


def test_the_mails_of_a_month_read_as_they_were_approved(client: Client, mails: list[Mail], golden: Golden) -> None:
    zone = ZoneInfo(client.zone)
    pages = [
        f"──── {mail.at.astimezone(zone):%A %d %B, %H:%M} in {client.zone}\n"
        f"To: {mail.to}\nSubject: {mail.subject}\n\n{mail.body}\n"
        for mail in mails
    ]
    golden(f"month.{client.name}.txt", "\n".join(pages))


def test_no_two_mails_share_more_than_two_sentences(mails: list[Mail]) -> None:
    for one, other in combinations(mails, 2):
        shared = sentences(one) & sentences(other)
        assert len(shared) <= SHARED_AT_MOST, (one.subject, other.subject, shared)


def test_none_goes_out_in_an_evening_or_at_a_weekend(client: Client, mails: list[Mail]) -> None:
    for mail in mails:
        local = mail.at.astimezone(ZoneInfo(client.zone))
        assert local.weekday() < 5 and "08:30" <= f"{local:%H:%M}" <= "19:00", local


def test_every_mail_is_tidy_greets_her_and_names_nothing_of_the_owners(client: Client, mails: list[Mail]) -> None:
    for mail in mails:
        assert mail.body.startswith(f"{client.greeting}\n\n")
        assert not re.search(r"[{}]|  |\n\n\n| [.,;:)]|\.\.|None", mail.body), mail.body
        assert lint(mail.body, client.language) == ()
        assert "company" not in mail.subject + mail.body
