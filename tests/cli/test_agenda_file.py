"""A client's `agenda_file`: what stands in it stands on the list, and a broken one stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.reconcile.conftest import CONFIG, Stage, event
from tests.sample import Ran

NOW = "2026-11-24T12:00:00+03:00"
FILE = 'agenda_file = "acme.txt"\nagenda = ["By default"]\n'
Calsync = Callable[..., Ran]


@pytest.fixture
def stage(tmp_path: Path, home: object) -> Stage:
    stage = Stage(tmp_path)
    stage.config(CONFIG + FILE)
    stage.put(event("a", "20261125T100000"))
    return stage


@pytest.fixture
def calsync(run: Run, stage: Stage) -> Calsync:
    def one(*words: str) -> Ran:
        return run("--config", str(stage.folder / "config.toml"), *words, "--now", NOW)

    return one


def items(calsync: Calsync) -> list[str]:
    found: list[str] = calsync("agenda", "acme", "--json").json["items"]
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Status 10m\nBudget\n", ["Status", "Budget"], id="lines"),
        pytest.param("# Acme\r\n\r\n- Status 10 min\r\n2. Budget", ["Status", "Budget"], id="bullets, CRLF, a heading"),
        pytest.param("\ufeffGündem dışı 5 dk\n", ["Gündem dışı"], id="a byte order mark, Turkish"),
        pytest.param("\n \n# nothing\n---\n", ["By default"], id="nothing in it"),
    ],
)
def test_a_line_each_is_an_item_in_place_of_the_default(
    stage: Stage, calsync: Calsync, text: str, found: list[str]
) -> None:
    (stage.folder / "acme.txt").write_bytes(text.encode())
    assert items(calsync) == found


def test_it_is_read_anew_and_stands_below_what_the_event_says(stage: Stage, calsync: Calsync) -> None:
    (stage.folder / "acme.txt").write_text("Status")
    assert calsync("sync").status == 0
    assert "Status" in stage.unfolded()
    (stage.folder / "acme.txt").write_text("Launch")
    assert calsync("sync").status == 0
    assert "Launch" in stage.unfolded() and "Status" not in stage.unfolded()
    stage.put(event("a", "20261125T100000", 60, "DESCRIPTION:Agenda:\\nMy own\\n"))
    assert items(calsync) == ["My own"]
    calsync("agenda", "acme", "--add", "One more")
    assert items(calsync) == ["My own", "One more"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(None, "can't be read: No such file or directory", id="missing"),
        pytest.param(b"Status\n\xff\xfe", "no text in UTF-8", id="no UTF-8"),
        pytest.param(b"Status\n\0", "no text", id="binary"),
        pytest.param(b"x" * 70_000, "longer than 64 KiB", id="large"),
        pytest.param(b"item\n" * 41, "41 items; the most are 40", id="many"),
    ],
)
def test_one_that_can_not_be_used_is_named_and_stops_nothing(
    stage: Stage, calsync: Calsync, data: bytes | None, said: str
) -> None:
    if data is not None:
        (stage.folder / "acme.txt").write_bytes(data)
    checks = calsync("check", "--json")
    (line,) = [one for one in checks.json["checks"] if one["name"] == "agenda file of acme"]
    assert line["state"] == "warn" and said in line["what"]
    assert (checks.status, calsync("sync").status) == (0, 0)
    assert items(calsync) == ["By default"]
    assert said in str(calsync("status", "--json").json["owner_must"])
    (stage.folder / "acme.txt").write_bytes(b"Status")
    calsync("sync")
    assert calsync("status", "--json").json["owner_must"] == []


def test_a_folder_in_its_place_is_named(stage: Stage, calsync: Calsync) -> None:
    (stage.folder / "acme.txt").mkdir()
    assert "this is no file" in calsync("check").out
