"""`init` by its options: a config that observes and loads, or nothing at all."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest

from calsync.cli.init import _write
from calsync.cli.pick import picked
from calsync.cli.setup import Draft
from calsync.errors import UsageError
from calsync.settings.load import load
from tests.cli.conftest import Run
from tests.fakes.smtp import MailServer
from tests.lately import put_lately

WHO = ("--name", "Deniz Kaya", "--email", "deniz@kaya.example", "--timezone", "Europe/Istanbul")
PASSWORD = "gizli söz"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file that was just written be read at once: here nobody else writes."""
    monkeypatch.setattr("calsync.calendars.file._SECOND_LOOK_S", 0.001)


@pytest.fixture
def work(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(home)
    return put_lately(home / "work.ics")


def config(home: Path) -> Path:
    return home / ".config" / "calsync" / "config.toml"


def everything(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*")}


def test_by_options_alone_it_writes_a_config_that_observes_and_asks(run: Run, home: Path, work: Path) -> None:
    ran = run("init", *WHO, "--calendar", "work.ics", "--client", "acme.example,salutation=Ayşe,per_call=45m")
    assert ran.status == 0, ran.err
    settings = load(config(home))
    (acme,) = settings.rules.clients
    assert (settings.rules.mode, acme.policy.send) == ("observe", "ask")
    assert (acme.key, acme.name, acme.email, acme.salutation) == ("acme", "Acme", "ayse@acme.example", "Ayşe")
    assert (acme.match_domains, acme.policy.per_call and acme.policy.per_call.seconds) == (("acme.example",), 45 * 60)
    assert settings.calendars[0].path == work, "meant from where she is, not from where the config lies"
    assert stat.S_IMODE(config(home).stat().st_mode) == 0o600
    assert "ok    calendars.work: 3 events" in ran.out and "> " in ran.out and 'send = "ask"' in ran.out
    assert "next: calsync plan" in ran.err and "calsync act" in ran.err
    before = work.read_bytes()
    assert run("sync").status == 0 and work.read_bytes() == before, "nothing is done before `act`"


@pytest.mark.parametrize(("language", "tone"), [("en", "close"), ("tr", "formal"), ("tr", "close"), ("de", "formal")])
def test_everybody_found_can_be_taken_in_each_language_and_tone(
    run: Run, home: Path, work: Path, language: str, tone: str
) -> None:
    ran = run("init", *WHO, "--calendar", str(work), "--language", language, "--tone", tone, "--client", "found")
    assert ran.status == 0, ran.err
    clients = {one.key: one for one in load(config(home)).rules.clients}
    assert {one.name for one in clients.values()} == {"Acme", "Mavi Yapi", "Lena Koch"}
    assert {one.language for one in clients.values()} == {language}
    assert language == "en" or {one.tone.value for one in clients.values()} == {tone}
    lena = clients["lena-koch"]
    assert (lena.email, lena.match_domains) == ("lena.koch@gmail.com", ()), "anybody can be at gmail.com"
    assert run("plan").out.count("timeframe to") >= 3


def test_the_clock_of_the_machine_tells_the_zone(run: Run, home: Path, work: Path) -> None:
    assert run("init", *WHO[:4], "--calendar", "work.ics").status == 0
    assert load(config(home)).rules.owner.timezone.key == "Pacific/Chatham"


def test_what_is_missing_is_named_at_once_and_nothing_is_written(
    run: Run, home: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TZ")
    monkeypatch.setattr("calsync.cli.guess.zone", lambda environ: "")
    before = everything(home)
    ran = run("init", "--json", "--channel", "smtp", "--smtp-user", "deniz")
    assert ran.status == 2
    said = ran.json["error"]["what"]
    assert said == "missing: --name, --email, --timezone, --calendar, --smtp-host, --smtp-password"
    assert everything(home) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--email", "deniz"], "--email: ", id="no address"),
        pytest.param(["--name", " "], "--name: ", id="an empty name"),
        pytest.param(["--name", "a\nb"], "line break", id="a name on two lines"),
        pytest.param(["--timezone", "Europe/Istambul"], "Europe/Istanbul", id="no zone"),
        pytest.param(["--language", "fr"], "en, en-US, tr or de", id="a language that is not spoken"),
        pytest.param(["--calendar", "nowhere.ics"], "No such file", id="no calendar"),
        pytest.param(["--calendar", "notes.txt"], "notes.txt", id="what is no calendar"),
        pytest.param(["--channel", "fax"], "folder or smtp", id="an unknown channel"),
        pytest.param(["--folder", "notes.txt"], "is no folder", id="a file as folder"),
        pytest.param(["--client", "gmail.com"], "public mail domain", id="everybody at gmail.com"),
        pytest.param(["--client", "deniz@kaya.example"], "your own address", id="herself"),
        pytest.param(["--client", "a@b.example,tone=rude"], "formal or close", id="an unknown tone"),
        pytest.param(["--client", "a@b.example,nick=A"], "none of name=", id="an unknown key"),
        pytest.param(["--client", "a@b.example", "--client", "b.example,email=a@b.example"], "too", id="one in two"),
        pytest.param(["--client", "a@b.example,per_call=45"], "45m", id="no unit"),
        pytest.param(["--language", "tr", "--client", "acme.example"], "missing: --tone", id="Turkish without tone"),
        pytest.param(["--channel", "smtp", "--smtp-host", "x y"], "--smtp-host", id="no host"),
        pytest.param(["--smtp-host", "m.example", "--channel", "smtp", "--smtp-port", "99999"], "65535", id="no port"),
        pytest.param(["--json", "--to-me"], "don't go together", id="a preview in JSON"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    run: Run, home: Path, work: Path, words: list[str], said: str
) -> None:
    (home / "notes.txt").write_text("no calendar")
    before = everything(home)
    ran = run("init", *WHO, "--calendar", "work.ics", *words)
    assert ran.status == 2
    assert said in ran.err + ran.out
    assert everything(home) == before


def test_a_password_on_the_command_line_is_refused_and_not_repeated(run: Run, home: Path, work: Path) -> None:
    smtp = ("--channel", "smtp", "--smtp-host", "m.example", "--smtp-password")
    for typed in ("hunter2", "hunter:2", "env:hunter 2"):
        ran = run("init", *WHO, "--calendar", "work.ics", *smtp, typed)
        assert ran.status == 2 and "--smtp-password: " in ran.err and "hunter" not in ran.err
    assert not config(home).exists()


@pytest.mark.parametrize(
    ("where", "stands"),
    [
        ("file:secrets/mail", {"file": "HOME/secrets/mail"}),
        ("env:SMTP_PASSWORD", {"env": "SMTP_PASSWORD"}),
        ("credential:smtp", {"credential": "smtp"}),
        ("command:pass show 'my mail'", {"command": ["pass", "show", "my mail"]}),
    ],
)
def test_where_the_password_is_stands_in_the_config(
    run: Run, home: Path, work: Path, where: str, stands: dict[str, Any]
) -> None:
    smtp = ("--channel", "smtp", "--smtp-host", "localhost", "--smtp-port", "1", "--smtp-password", where)
    run("init", *WHO, "--calendar", "work.ics", *smtp)
    mail = tomllib.loads(config(home).read_text())["channels"]["mail"]
    assert mail["user"] == "deniz@kaya.example"
    assert mail["password"] == {k: v.replace("HOME", str(home)) if k == "file" else v for k, v in stands.items()}


def test_mail_goes_out_by_a_server_and_a_preview_comes_to_herself(
    run: Run, home: Path, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    with MailServer(tmp_path, security="none") as server:
        smtp = ("--channel", "smtp", "--smtp-host", "localhost", "--smtp-port", str(server.port))
        login = ("--smtp-security", "none", "--smtp-user", "deniz", "--smtp-password", "env:SMTP_PASSWORD")
        ran = run("init", *WHO, "--calendar", "work.ics", *smtp, *login, "--client", "acme.example", "--to-me")
        assert ran.status == 0, ran.err
        assert "ok    channels.mail: can be used" in ran.out
        assert [one.to for one in server.accepted] == ["deniz@kaya.example"]
        assert server.accepted[0].mail["Subject"].startswith("[preview]")


def test_a_check_that_fails_ends_with_1_and_the_config_stands(run: Run, home: Path, work: Path) -> None:
    smtp = ("--channel", "smtp", "--smtp-host", "localhost", "--smtp-port", "1", "--smtp-security", "none")
    ran = run("init", *WHO, "--calendar", "work.ics", *smtp, "--client", "acme.example", "--to-me")
    assert ran.status == 1 and "fail  channels.mail" in ran.out and config(home).exists()
    assert "preview" not in ran.out, "no mail is tried by a channel that can't be used"


@pytest.mark.parametrize("there", ["file", "link"])
def test_a_config_that_is_there_is_left_alone(run: Run, home: Path, work: Path, there: str) -> None:
    path = config(home)
    path.parent.mkdir(parents=True)
    path.write_text("mine") if there == "file" else path.symlink_to("nowhere")
    ran = run("init", *WHO, "--calendar", "work.ics")
    assert ran.status == 2 and str(path) in ran.err and "calsync check" in ran.err
    assert os.listdir(path.parent) == ["config.toml"]
    other = home / "other" / "calsync.toml"
    ran = run("--config", str(other), "init", *WHO, "--calendar", "work.ics")
    assert ran.status == 0 and other.exists()
    assert f"calsync --config {other} clients suggest" in ran.err


def test_a_config_that_turns_up_meanwhile_stays_and_takes_no_password_beside_it(tmp_path: Path) -> None:
    draft = Draft(tmp_path / "config.toml", {"mode": "observe"}, secret=(tmp_path / "mail.password", PASSWORD))
    draft.path.write_text("mine")
    with pytest.raises(UsageError):
        _write(draft)
    assert os.listdir(tmp_path) == ["config.toml"] and draft.path.read_text() == "mine"


def test_in_json_it_is_one_document(run: Run, home: Path, work: Path) -> None:
    ran = run("init", *WHO, "--calendar", "work.ics", "--client", "lena.koch@gmail.com,name=Lena", "--json")
    assert ran.status == 0
    assert (ran.json["written"], ran.json["clients"]) == ([str(config(home))], ["lena"])
    assert {one["name"]: one["state"] for one in ran.json["checks"]}["texts"] == "ok"
    assert ran.json["plan"]["mode"] == "observe" and ran.json["plan"]["messages"]


def test_names_of_all_kinds_come_through_whole(run: Run, home: Path, work: Path) -> None:
    name = 'Zoë "Z" O\'Neil \\ 🧑‍💻 # [x] = İı'
    client = "acme.example,name=A \"B\" \\ #,salutation=Ayşe 'x'"
    assert run("init", "--name", name, *WHO[2:], "--calendar", "work.ics", "--client", client).status == 0
    rules = load(config(home)).rules
    assert (rules.owner.name, rules.clients[0].name, rules.clients[0].salutation) == (name, 'A "B" \\ #', "Ayşe 'x'")


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        ("all", (0, 1, 2)),
        (" None ", ()),
        ("1", (0,)),
        ("3 1-2,2", (2, 0, 1)),
        ("2 max@gmail.com acme.example", (1, "max@gmail.com", "acme.example")),
    ],
)
def test_clients_are_picked_by_numbers_and_names(typed: str, chosen: tuple[int | str, ...]) -> None:
    assert tuple(picked(typed, 3)) == chosen


@pytest.mark.parametrize("typed", ["0", "4", "3-1", "1-9", "acme", "-", "²", "1--2", "99999999999"])
def test_a_pick_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"write|list"):
        picked(typed, 3)
