"""What `check` says of the ways out, and mail to herself through a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.fakes.smtp import MailServer
from tests.sample import MONDAY

NOW = ("--now", MONDAY)
PASSWORD = "gizli söz"
FOLDER = '[channels.mail]\ntype = "folder"\npath = "outbox"\n'


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    with MailServer(tmp_path) as server:
        yield server


def through(sample: Path, table: str) -> None:
    """Let the sample's channel be this one."""
    config = sample / "config.toml"
    text = config.read_text()
    assert FOLDER in text
    config.write_text(text.replace(FOLDER, table))


def lines(run: Run, *words: str) -> dict[str, Any]:
    return {one["name"]: one for one in run("check", "--json", *words, *NOW).json["checks"]}


def test_check_signs_in_and_sends_nothing(run: Run, sample: Path, server: MailServer) -> None:
    through(sample, server.table())
    said = lines(run)
    assert (said["channels.mail"]["state"], said["channels.mail"]["what"]) == ("ok", "can be used")
    assert (said["channels.mail.password"]["state"], said["channels.mail.password"]["what"]) == ("ok", "can be read")
    assert "auth" in server.commands and server.accepted == [] and "mail" not in server.commands


def test_check_tells_a_wrong_password_from_one_that_can_not_be_read(
    run: Run, sample: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    through(sample, server.table())
    monkeypatch.setenv("SMTP_PASSWORD", "falsch")
    said = lines(run)
    assert said["channels.mail.password"]["state"] == "ok" and said["channels.mail"]["state"] == "fail"
    assert "refuses the sign-in: 535" in said["channels.mail"]["what"] and "falsch" not in str(said)
    monkeypatch.delenv("SMTP_PASSWORD")
    said = lines(run)
    assert said["channels.mail.password"]["what"] == "the secret can't be read: $SMTP_PASSWORD is not set"
    assert run("check", *NOW).status == 1


def test_check_offline_asks_no_server(run: Run, sample: Path, server: MailServer) -> None:
    through(sample, server.table())
    said = lines(run, "--offline")
    assert said["channels.mail"]["what"] == "not asked" and said["channels.mail.password"]["state"] == "ok"
    assert server.connections == 0


@pytest.mark.parametrize(("mode", "state"), [(0o644, "warn"), (0o640, "ok"), (0o600, "ok")])
def test_check_warns_of_a_secret_that_everybody_can_read(
    run: Run, sample: Path, server: MailServer, mode: int, state: str
) -> None:
    through(sample, server.table().replace('{ env = "SMTP_PASSWORD" }', '{ file = "smtp.key" }'))
    key = sample / "smtp.key"
    key.write_text(f"{PASSWORD}\n")
    key.chmod(mode)
    said = lines(run)
    assert said["channels.mail.password"]["state"] == state and said["channels.mail"]["state"] == "ok"
    assert (said["channels.mail.password"]["hint"] == f"chmod o-rwx {key}") is (state == "warn")


def test_check_at_a_terminal_does_not_blame_a_credential_that_only_the_unit_has(
    run: Run, sample: Path, server: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = '[channels.me]\ntype = "apprise"\nurls = [{ credential = "ntfy" }]\n'
    through(sample, server.table().replace("{ env =", "{ credential =") + me)
    names = ("channels.mail.password", "channels.me.urls[0]", "channels.mail", "channels.me")
    said = lines(run)
    assert [said[name]["state"] for name in names] == ["warn"] * 4 and server.connections == 0
    assert all("unit of systemd" in said[name]["what"] for name in names)
    assert run("check", *NOW).status == 0
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "SMTP_PASSWORD").write_text(PASSWORD)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    said = lines(run)
    assert [said[name]["state"] for name in names] == ["ok", "fail", "ok", "fail"]
    assert "add LoadCredential=ntfy to the unit" in said["channels.me.urls[0]"]["hint"]


def test_check_looks_at_the_addresses_of_a_notifier_without_telling_them(
    run: Run, sample: Path, tmp_path: Path
) -> None:
    key = tmp_path / "ntfy"
    key.touch(mode=0o600)
    through(sample, f'{FOLDER}[channels.me]\ntype = "apprise"\nurls = [{{ file = "{key}" }}]\n')
    for written, state in (("nonsense://hunter2", "fail"), ("json://localhost/hunter2", "ok")):
        key.write_text(written)
        said = lines(run)
        assert said["channels.me"]["state"] == state and "hunter2" not in str(said)


def test_a_preview_goes_to_the_owner_alone_and_once(run: Run, sample: Path, server: MailServer) -> None:
    through(sample, server.table())
    ran = run("preview", "acme", "--to-me", *NOW)
    assert ran.status == 0 and "sent to deniz@kaya.example" in ran.err
    (mail,) = server.accepted
    assert mail.to == "deniz@kaya.example" and str(mail.mail["Subject"]).startswith("[preview] ")
    assert mail.problems == () and server.commands[-1] == "quit"
    server.fault("rcpt", "550 5.1.1 no such owner")
    ran = run("preview", "acme", "--to-me", *NOW)
    assert ran.status == 1 and "was not sent (refused): the mail server refuses the address: 550" in ran.err


def test_check_says_for_whom_days_off_count(run: Run, sample: Path) -> None:
    config = sample / "config.toml"
    (sample / "feasts.ics").write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n")
    table = '[calendars.feasts]\ntype = "ics"\npath = "feasts.ics"\nuse = "days_off"\n'
    config.write_text(f"{config.read_text()}\n{table}")
    said = lines(run)["calendars.feasts"]
    assert said["state"] == "warn" and 'days_off = ["feasts"]' in said["hint"]
    client = config.read_text().partition("[clients.")[2].partition("]")[0]
    config.write_text(config.read_text().replace(f"[clients.{client}]", f'[clients.{client}]\ndays_off = ["feasts"]'))
    said = lines(run)["calendars.feasts"]
    assert said["state"] == "ok" and said["what"].endswith(f"its days off count for {client}")


def test_check_warns_while_a_reset_has_no_reason_of_her_own(run: Run, sample: Path) -> None:
    config = sample / "config.toml"
    plain = config.read_text()

    def said(added: str) -> str:
        config.write_text(plain.replace("[clients.acme]", f"[clients.acme]\n{added}"))
        return str(lines(run).get("clients.acme", {}).get("hint", ""))

    assert said("") == ""
    assert said("reset = true") == 'write reset_because = "…" in [clients.acme]; the client reads it'
    assert said('reset = true\nreset_because = "my weeks have filled up"') == ""
    assert run("announce", "acme", "--because", "my weeks have filled up", *NOW).status == 0
    assert said("reset = true") == "", "she has given her reason to announce"
