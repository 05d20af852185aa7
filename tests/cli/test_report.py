"""`report`: figures in the terminal, as a page and as rows, for the owner and for one client."""

from __future__ import annotations

import csv
import io
import re
import stat
from pathlib import Path

import pytest

from calsync.cli.show.pages import bar, rows_for_a_sheet, sparkline
from calsync.planning.budget import Figures
from tests.cli.conftest import Run

NOW = ("--now", "2026-11-30T18:00:00+03:00")
PRIVATE = ("382", "EUR", "rate", "over", "cap", "mavi", "Mavi")


def test_a_page_asks_nobody_for_anything_and_runs_nothing(run: Run, sample: Path, tmp_path: Path) -> None:
    page = tmp_path / "november.html"
    ran = run("report", "--html", str(page), *NOW)
    assert ran.status == 0 and ran.out == "" and str(page) in ran.err
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"https?:|url\(|<script|<link|<img|src=|@import", text)
    assert text.count("<svg") == text.count("</svg>") == 2
    assert "prefers-color-scheme: dark" in text and "@media print" in text
    assert "382.50 EUR" in text and "Acme" in text
    assert stat.S_IMODE(page.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Calls: November 2026"), ("tr", "Görüşmeler: Kasım 2026"), ("de", "Gespräche: November 2026")],
)
def test_the_owners_page_speaks_her_language(run: Run, sample: Path, tmp_path: Path, language: str, title: str) -> None:
    config = sample / "config.toml"
    whole = config.read_text(encoding="utf-8").replace("[owner]", f'[owner]\nlanguage = "{language}"', 1)
    config.write_text(whole, encoding="utf-8")
    ran = run("report", "--html", str(tmp_path / "p.html"), *NOW)
    assert ran.status == 0, ran.err
    assert f"<h1>{title}</h1>" in (tmp_path / "p.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [["--html", "acme.html"], ["--csv", "acme.csv"], ["--csv", "-"], ["--json"], []],
    ids=["page", "rows", "rows on stdout", "json", "terminal"],
)
def test_what_a_client_may_have_holds_nobody_else_and_nothing_private(
    run: Run, sample: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run("report", "--for-client", "acme", *words, *NOW)
    assert ran.status == 0
    text = ran.out + "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("acme.*"))
    # What the page is made of is no text of it.
    text = re.sub(r"<style>.*?</style>|<svg.*?</svg>|<[^>]*>", "", text, flags=re.DOTALL).replace('"capped"', "")
    assert "45" in text or "255" in text
    assert [word for word in PRIVATE if word in text] == []


def test_rows_are_read_by_any_spreadsheet_and_are_no_formulas(run: Run, sample: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("report", "--csv", "-", *NOW).out)))
    assert [row["client"] for row in rows] == ["acme", "mavi"]
    assert (rows[0]["capped"], rows[0]["cost"], rows[0]["currency"]) == ("255", "382.50", "EUR")
    odd = Figures(
        client="=HYPERLINK(1)", calls=0, told=0, booked=0, capped=0, taken=0, over=0, flexed=-5, cost=None,
        currency=None, ahead_calls=0, ahead_booked=0, ahead_capped=0, ahead_cost=None,
    )  # fmt: skip
    (row,) = csv.DictReader(io.StringIO(rows_for_a_sheet([odd])))
    assert row["client"] == "'=HYPERLINK(1)" and row["flexed"] == "-5"


def test_the_weeks_that_lead_up_to_now_are_drawn(run: Run, sample: Path) -> None:
    said = run("report", *NOW).out
    assert "W38 to W49" in said and re.search(r"^acme +▁{7}[▂-█]{4}▁ +█{20}$", said, re.MULTILINE)
    assert "▁" not in run("report", "--month", "2025-01", *NOW).out


def test_a_name_with_markup_is_text(run: Run, sample: Path, tmp_path: Path) -> None:
    config = sample / "config.toml"
    config.write_text(config.read_text("utf-8").replace('name = "Acme"', 'name = "<b>A & B</b>"'), encoding="utf-8")
    run("report", "--html", str(tmp_path / "p.html"), *NOW)
    text = (tmp_path / "p.html").read_text("utf-8")
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in text and "<b>A" not in text


def test_a_page_that_can_not_be_written_leaves_nothing_behind(run: Run, sample: Path, tmp_path: Path) -> None:
    ran = run("report", "--html", str(tmp_path / "no" / "p.html"), *NOW)
    assert ran.status == 2 and "can't be written" in ran.err
    assert run("report", "--html", str(tmp_path), *NOW).status == 2
    assert list(tmp_path.rglob("*.html*")) == []


@pytest.mark.parametrize(("minutes", "drawn"), [([], ""), ([0, 0], ""), ([0, 1, 45, 90], "▁▂▅█"), ([5], "█")], ids=repr)
def test_a_sparkline(minutes: list[int], drawn: str) -> None:
    assert sparkline(minutes) == drawn


def test_a_bar_is_as_long_as_its_share() -> None:
    assert (bar(0, 0), bar(0, 60), bar(1, 60), bar(30, 60), bar(60, 60)) == ("", "", "█", "█" * 10, "█" * 20)
