"""`init` at a terminal: a conversation that ends with a config, or leaves nothing behind."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from calsync.settings.load import load
from calsync.settings.secrets import SecretRef
from tests.e2e.conversation import converse
from tests.lately import put_lately
from tests.sample import mails

YOU = [
    ("Your name:", "Deniz Kaya\n"),
    ("How you sign [Deniz]:", "\n"),
    ("mail address:", "deniz\n"),
    ("no mail address", ""),
    ("mail address:", "deniz@kaya.example\n"),
    ("[Europe/Istanbul]:", "\n"),
    ("de [de]:", "\n"),
]
CALENDAR = [("1  ~/work.ics", ""), ("or a path:", "2\n"), ("not a calendar", ""), ("or a path:", "1\n")]
FOLDER = [("smtp [folder]:", "\n"), ("[outbox]:", "\n")]
ACME = [
    ("What you call them [Acme]:", "Acme „A“\n"),
    ("[ayse@acme.example]:", "\n"),
    ("greeted", "Ayşe\n"),
    ("language [de]:", "t\n"),
    ("tone, formal", "close\n"),
    ("zone [Europe/Istanbul]:", "Europe/Berlin\n"),
    ("[1h]:", "45\n"),
    ("45m", ""),
    ("[1h]:", "45m\n"),
]
PICKED = [("1  Acme", ""), ("[none]:", "9\n"), ("not in the list", ""), ("[none]:", "1\n"), *ACME]
MACHINE = {"TZ": "Europe/Istanbul", "LC_ALL": "de_DE.UTF-8", "PYTHONUTF8": "1"}


@pytest.fixture
def work(home: Path) -> Path:
    (home / "x.ics").write_text("no calendar")
    return put_lately(home / "work.ics")


def everything(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*")}


def test_a_conversation_ends_with_a_config_a_plan_and_a_mail_to_herself(home: Path, work: Path) -> None:
    status, shown = converse(
        "init", answers=[*YOU, *CALENDAR, *FOLDER, *PICKED, ("preview", "y\n")], cwd=home, environ=MACHINE
    )
    assert status == 0, shown
    folder = home / ".config" / "calsync"
    settings = load(folder / "config.toml")
    (acme,) = settings.rules.clients
    owner = settings.rules.owner
    assert (owner.name, owner.sign, owner.language, owner.timezone.key) == (
        "Deniz Kaya",
        "Deniz",
        "de",
        "Europe/Istanbul",
    )
    assert (acme.name, acme.salutation, acme.language, acme.tone) == ("Acme „A“", "Ayşe", "tr", "close")
    assert (acme.timezone.key, acme.policy.per_call and acme.policy.per_call.seconds) == ("Europe/Berlin", 45 * 60)
    assert (settings.rules.mode, acme.policy.send) == ("observe", "ask")
    (mail,) = mails(folder, "owner")
    assert mail.startswith("deniz@kaya.example: [preview]")
    assert "written: " in shown and "Merhaba Ayşe" in shown and "next: calsync plan" in shown


@pytest.mark.parametrize(
    ("until", "question"),
    [
        pytest.param(YOU[:1], "sign", id="after the name"),
        pytest.param([*YOU, *CALENDAR, *FOLDER], "[none]:", id="before the clients"),
        pytest.param([*YOU, *CALENDAR, *FOLDER, *PICKED[:-3]], "[1h]:", id="at the last question"),
    ],
)
def test_ctrl_c_leaves_everything_as_it_is(home: Path, work: Path, until: list[tuple[str, str]], question: str) -> None:
    before = everything(home)
    status, shown = converse("init", answers=[*until, (question, "\x03")], cwd=home, environ=MACHINE)
    assert status == 130
    assert "nothing was written" in shown
    assert everything(home) == before


def test_a_typed_password_is_not_shown_and_lies_beside_the_config_for_her_alone(home: Path, work: Path) -> None:
    smtp = [
        ("smtp [folder]:", "smtp\n"),
        ("mail server", "localhost\n"),
        ("port [587]:", "1\n"),
        ("none [starttls]:", "none\n"),
        ("[deniz@kaya.example]:", "\n"),
        ("can read:", "gizli söz\n"),
        ("itself never stands here", ""),
        ("can read:", "\n"),
        ("(not shown):", "gizli söz\n"),
    ]
    results = home / "results"
    status, shown = converse(
        "init", answers=[*YOU, *CALENDAR, *smtp, ("[none]:", "\n")], cwd=home, keep=results, environ=MACHINE
    )
    assert status == 1, "there is no such server"
    path = home / ".config" / "calsync" / "mail.password"
    assert path.read_text() == "gizli söz\n" and stat.S_IMODE(path.stat().st_mode) == 0o600
    settings = load(path.with_name("config.toml"))
    assert getattr(settings.channels[0], "password", None) == SecretRef(
        source="file", value=str(path), where="channels.mail.password"
    )
    assert shown.partition("(not shown)")[2].count("gizli") == 0
    assert "Your name" not in results.read_text() and results.read_text().startswith("ok    config")


def test_what_options_say_is_not_asked(home: Path, work: Path) -> None:
    words = ("--name", "D", "--sign", "D", "--email", "d@kaya.example", "--language", "en", "--timezone", "UTC")
    rest = ("--calendar", "work.ics", "--channel", "folder", "--folder", "outbox", "--client", "acme.example")
    status, shown = converse("init", *words, *rest, answers=[("[y/N]", "n\n")], cwd=home, environ=MACHINE)
    assert status == 0, shown
    assert "preview" in shown and "Your name" not in shown
    assert mails(home / ".config" / "calsync", "owner") == []


def test_yes_asks_nothing_and_says_what_is_missing(home: Path, work: Path) -> None:
    before = everything(home)
    status, shown = converse("init", "--yes", "--name", "D", answers=[], cwd=home, environ=MACHINE)
    assert status == 2 and "missing: --email, --calendar" in shown
    assert everything(home) == before
