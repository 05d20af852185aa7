"""`clients suggest`: what it proposes can be pasted as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from calsync.settings.load import load
from tests.cli.conftest import Run
from tests.sample import MONDAY

NOW = ("--now", MONDAY)


@pytest.fixture
def alone(sample: Path) -> Path:
    """The sample's config with no client in it."""
    config = sample / "config.toml"
    config.write_text(config.read_text().partition("[clients.")[0])
    return config


@pytest.mark.parametrize("language", ["en", "tr", "de"])
def test_what_is_proposed_is_pasted_as_it_is_and_then_proposed_no_more(run: Run, alone: Path, language: str) -> None:
    alone.write_text(alone.read_text().replace("[owner]", f'[owner]\nlanguage = "{language}"'))
    ran = run("clients", "suggest", *NOW)
    assert ran.status == 0 and str(alone) in ran.err
    assert '# salutation = "Mehmet"' in ran.out and "greets" not in ran.out
    alone.write_text(f"{alone.read_text()}\n{ran.out}")
    clients = {one.key: one for one in load(alone).rules.clients}
    assert clients["acme"].match_domains == ("acme.example",) and clients["acme"].salutation == ""
    assert {call["client"] for call in run("plan", "--json", *NOW).json["calls"]} == {"acme", "mavi"}
    again = run("clients", "suggest", *NOW)
    assert (again.out, again.status) == ("", 0) and "nobody new" in again.err


def test_an_address_at_a_clients_domain_is_shown_as_hers(run: Run, alone: Path) -> None:
    alone.write_text(f'{alone.read_text()}\n[clients.firm]\nemail = "boss@mavi.example"\n')
    out = run("clients", "suggest", *NOW).out
    assert "[clients.mavi]" not in out
    assert '# mehmet@mavi.example: in [clients.firm] it takes\n# match.domains = ["mavi.example"]' in out


def test_suggest_answers_in_json(run: Run, alone: Path) -> None:
    found = {one["client"]: one for one in run("clients", "suggest", "--json", *NOW).json["suggestions"]}
    mavi = found["mavi"]
    assert (mavi["emails"], mavi["domain"], mavi["known"]) == (["mehmet@mavi.example"], "mavi.example", False)
    assert mavi["calls"] > 0 and mavi["usual"] == 30 and mavi["next"].startswith("2026-11-25T")
    alone.write_text(f"{alone.read_text()}\n{mavi['toml']}")
    assert load(alone).rules.client("mavi") is not None


def test_an_unreadable_calendar_is_said_and_ends_with_1(run: Run, alone: Path) -> None:
    (alone.parent / "work.ics").write_text("no calendar")
    ran = run("clients", "suggest", *NOW)
    assert ran.status == 1 and "work: not read" in ran.err


def test_clients_takes_no_other_word(run: Run, sample: Path) -> None:
    ran = run("clients", "sugest", *NOW)
    assert ran.status == 2 and "suggest" in ran.err
