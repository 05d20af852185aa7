"""The note about a cap through the command line: shown, in each language, sent after approval of that very text."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.reconcile.conftest import CONFIG, Stage, event

MONDAY, NIGHT = "2026-11-23T11:00:00+03:00", "2026-11-23T23:00:00+03:00"
CAPPED = f'{CONFIG}salutation = "Ayşe"\nper_month = "2h"\n'


@pytest.fixture
def stage(tmp_path: Path, home: object) -> Stage:
    stage = Stage(tmp_path)
    stage.config(CAPPED)
    stage.put(*(event(f"d{day}", f"202611{day}T150000") for day in (24, 26, 27)))
    return stage


@pytest.mark.parametrize(
    ("language", "tone", "subject", "said"),
    [
        pytest.param(
            *("en", "formal", "Our call time for November"),
            "We planned 2 hours of calls for November; with the call on Friday 27 November we come to "
            "2 hours 15 minutes.",
            id="english",
        ),
        pytest.param(
            *("tr", "formal", "Kasım ayı görüşme süremiz"),
            "Kasım ayı için toplam 2 saat görüşme süresi planlamıştık; 27 Kasım Cuma görüşmemizle toplam "
            "2 saat 15 dakika oluyor.\n\nKalan konuları bir sonraki aya bırakabiliriz ya da ek süre için size bir "
            "teklif gönderebilirim. Hangisi size uyar?",
            id="turkish, siz",
        ),
        pytest.param(*("tr", "close", "Kasım ayı görüşme süremiz"), "Hangisi sana uyar?", id="turkish, sen"),
        pytest.param(
            *("de", "formal", "Unsere Gesprächszeit im November"),
            "Für November hatten wir 2 Stunden eingeplant; mit dem Gespräch am Freitag, 27. November, kommen wir auf "
            "2 Stunden 15 Minuten.",
            id="german, Sie",
        ),
        pytest.param(*("de", "close", "Unsere Gesprächszeit im November"), "Was ist dir lieber?", id="german, du"),
    ],
)
def test_it_is_drafted_in_the_clients_language_and_goes_after_approval_in_polite_hours(
    run: Run, stage: Stage, language: str, tone: str, subject: str, said: str
) -> None:
    stage.config(CAPPED.replace('tone = "formal"', f'tone = "{tone}"\nlanguage = "{language}"'))

    def calsync(*words: str) -> object:
        return run("--config", str(stage.folder / "config.toml"), *words, "--json").json

    calsync("sync", "--now", MONDAY)
    (note,) = (one for one in calsync("plan", "--now", MONDAY)["messages"] if one["kind"] == "over_cap")  # type: ignore[index]
    assert (note["state"], note["call"], note["subject"]) == ("asks", None, subject)
    assert note["expires_at"] == "2026-12-01T00:00:00+03:00"
    assert said in note["body"]
    ran = run("--config", str(stage.folder / "config.toml"), "outbox", "approve", note["id"], "--now", NIGHT)
    assert "it goes at the next polite moment, Tue 24 Nov 10:30" in ran.err
    assert calsync("sync", "--now", NIGHT)["sent"] == []  # type: ignore[index]
    sent = calsync("sync", "--now", "2026-11-24T10:30:00+03:00")["sent"]  # type: ignore[index]
    assert said in next(one["body"] for one in sent if one["kind"] == "over_cap")


def test_plan_preview_status_and_outbox_show_it_and_the_cap(run: Run, stage: Stage) -> None:
    def calsync(*words: str) -> str:
        ran = run("--config", str(stage.folder / "config.toml"), *words, "--now", MONDAY)
        assert ran.status == 0
        return ran.out

    plan = calsync("plan")
    assert "! Acme: 2h15m of 2h in November" in plan
    why = "asks: the calls come to 2h15m of 2h in November; approve this draft, or skip it"
    assert plan.count(why.removeprefix("asks: ")) == 1 and why in plan
    calsync("sync")
    assert f"({why})" in calsync("preview", "acme")
    status = calsync("status")
    assert "the calls with Acme come to 2h15m of 2h in November (calsync report)" in status
    assert "over_cap to ayse@acme.example asks" in status
    assert "over_cap" in calsync("outbox")


def test_where_no_polite_moment_is_left_in_its_period_it_can_not_be_approved(run: Run, stage: Stage) -> None:
    stage.config(CAPPED.replace("per_month", "per_week"))
    stage.put(*(event(f"d{day}", f"202611{day}T150000") for day in (24, 26, 27)))
    path = str(stage.folder / "config.toml")
    run("--config", path, "sync", "--now", MONDAY)
    (note,) = (one for one in run("--config", path, "outbox", "--json").json["messages"] if one["kind"] == "over_cap")
    ran = run("--config", path, "outbox", "approve", note["id"], "--now", "2026-11-28T12:00:00+03:00")  # a Saturday
    assert ran.status == 2
    assert "no polite moment is left" in ran.err
