"""What is kept about a client: notes for a time, texts for a time, and nothing once she is forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.reconcile.conftest import CONFIG, Stage, event

MONDAY = "2026-11-23T09:00:00+03:00"
TUESDAY = "2026-11-24T18:00:00+03:00"
FRIDAY = "2026-11-27T09:00:00+03:00"


@pytest.fixture
def stage(tmp_path: Path, home: object) -> Stage:
    stage = Stage(tmp_path)
    stage.config(CONFIG)
    stage.put(event("a", "20261125T100000"), event("b", "20261202T100000"))
    return stage


@pytest.fixture
def config(stage: Stage, tmp_path: Path) -> str:
    return str(tmp_path / "config.toml")


def test_a_note_stands_in_the_prep_text_alone_until_its_day(run: Run, config: str, tmp_path: Path) -> None:
    words = ("--config", config, "note", "acme", "moves house\x1b[2J", "--until", "2026-11-26", "--now", MONDAY)
    assert run(*words).status == 0
    shown = run("--config", config, "preview", "acme", "--now", MONDAY).out
    client, owner = shown.split("Only for you")
    assert "moves house" in owner and "moves house" not in client and "\x1b" not in shown
    assert run("--config", config, "sync", "--now", MONDAY).status == 0
    text = (tmp_path / "work.ics").read_bytes().decode().replace("\r\n ", "")
    assert [("ATTENDEE" in part) for part in text.split("BEGIN:VEVENT") if "moves house" in part] == [False]
    assert not any("moves house" in path.read_text("utf-8") for path in (tmp_path / "outbox").glob("*.eml"))
    run("--config", config, "sync", "--now", FRIDAY)
    assert "moves house" not in run("--config", config, "preview", "acme", "--now", FRIDAY).out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["acme", "x", "--until", "2020-01-01"], "gone already"),
        (["acme", " ", "--until", "2026-12-01"], "without words"),
        (["acme", "x" * 501, "--until", "2026-12-01"], "501 letters"),
        (["acne", "x", "--until", "2026-12-01"], "acne"),
        (["acme", "x"], "--until"),
        (["acme", "x", "--until", "soon"], "soon"),
    ],
    ids=["past", "empty", "long", "nobody", "no day", "no date"],
)
def test_a_note_that_makes_no_sense_is_refused(run: Run, config: str, words: list[str], said: str) -> None:
    ran = run("--config", config, "note", *words, "--now", MONDAY)
    assert ran.status == 2 and said in ran.err


def without_acme(config: str) -> None:
    path = Path(config)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[clients.acme]", "[clients.other]").replace("acme.example", "other.example"), "utf-8")


def test_a_client_in_the_config_is_forgotten_only_with_yes(run: Run, config: str) -> None:
    ran = run("--config", config, "forget", "acme", "--now", MONDAY)
    assert ran.status == 2 and "stands in the config" in ran.err


def test_a_client_that_nobody_knows_is_told(run: Run, config: str) -> None:
    ran = run("--config", config, "forget", "nobody", "--yes", "--now", MONDAY)
    assert ran.status == 2 and "nobody" in ran.err


def test_forgotten_is_forgotten_in_the_ledger_and_its_copies_and_nothing_goes_twice(
    run: Run, config: str, tmp_path: Path
) -> None:
    run("--config", config, "note", "acme", "moves house", "--until", "2026-12-31", "--now", MONDAY)
    run(
        "--config",
        config,
        "pause",
        "acme",
        "--until",
        "2026-11-23T09:30:00+03:00",
        "--note",
        "a secret",
        "--now",
        MONDAY,
    )
    assert len(run("--config", config, "sync", "--json", "--now", TUESDAY).json["sent"]) == 1
    ran = run("--config", config, "forget", "acme", "--yes", "--json", "--now", TUESDAY)
    assert ran.status == 0
    assert (ran.json["calls"], ran.json["messages"]) == (2, 2) and ran.json["beyond"]
    for path in (tmp_path / "state").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not [word for word in (b"acme", b"moves house", b"a secret", b"Ay\xc5\x9fe") if word in data], path
    # The client still stands in the config: what was sent is not sent again.
    again = run("--config", config, "sync", "--json", "--now", "2026-11-24T18:05:00+03:00").json
    assert again["sent"] == [] and len(list((tmp_path / "outbox").glob("*.eml"))) == 1
    assert run("--config", config, "plan", "--json", "--now", "2026-11-24T18:06:00+03:00").json["changes"] == []


def test_texts_and_then_figures_grow_old(run: Run, config: str, tmp_path: Path) -> None:
    flexed = ("--config", config, "flex", "acme", "+15m", "--because", "the launch", "--now", TUESDAY)
    run("--config", config, "sync", "--now", "2026-11-24T11:00:00+03:00")
    assert run(*flexed).status == 0
    run("--config", config, "sync", "--now", TUESDAY)

    def sent(now: str) -> list[str]:
        messages = run("--config", config, "sent", "acme", "--json", "--now", now).json["messages"]
        return [message["body"] for message in messages]

    assert all(sent(TUESDAY)) and any("the launch" in body for body in sent(TUESDAY))
    (tmp_path / "work.ics").write_bytes(Path(tmp_path / "work.ics").read_bytes())
    run("--config", config, "sync", "--now", "2027-02-20T09:00:00+03:00")
    assert all(sent("2027-02-20T09:00:00+03:00"))  # 87 days after
    run("--config", config, "sync", "--now", "2027-03-10T09:00:00+03:00")
    kept = sent("2027-03-10T09:00:00+03:00")
    assert kept and not any(kept)
    assert "no longer kept" in run("--config", config, "sent", "acme", "--now", "2027-03-10T09:00:00+03:00").out
    ledger = (tmp_path / "state" / "ledger.sqlite3").read_bytes()
    assert b"the launch" not in ledger
    run("--config", config, "sync", "--now", "2029-01-10T09:00:00+03:00")
    assert sent("2029-01-10T09:00:00+03:00") == []


def test_how_long_texts_are_kept_is_each_clients(run: Run, config: str, tmp_path: Path) -> None:
    path = Path(config)
    path.write_text(path.read_text("utf-8").replace("[clients.acme]", '[clients.acme]\nkeep_texts = "1d"'), "utf-8")
    run("--config", config, "sync", "--now", TUESDAY)
    run("--config", config, "sync", "--now", "2026-11-26T12:00:00+03:00")
    (message,) = run("--config", config, "sent", "acme", "--json", "--now", FRIDAY).json["messages"]
    assert message["body"] == "" and json.dumps(message)
