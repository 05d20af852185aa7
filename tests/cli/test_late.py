"""`late`: what is shown and told in each language, what is refused, and what is never told twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.reconcile.conftest import CONFIG, Stage, event
from tests.sample import Ran

BEFORE = "2026-11-25T09:50:00+03:00"
Late = Callable[..., Ran]


@pytest.fixture
def stage(tmp_path: Path, home: object) -> Stage:
    stage = Stage(tmp_path)
    stage.config(CONFIG)
    stage.put(event("a", "20261125T100000"), event("dentist", "20261125T105000", 30, who=[]))
    return stage


@pytest.fixture
def late(run: Run, stage: Stage) -> Late:
    def one(*words: str, now: str = BEFORE) -> Ran:
        return run("--config", str(stage.folder / "config.toml"), "late", *words, "--now", now)

    return one


def sync(run: Run, stage: Stage, now: str = BEFORE) -> list[dict[str, str]]:
    sent: list[dict[str, str]] = run(
        "--config", str(stage.folder / "config.toml"), "sync", "--json", "--now", now
    ).json["sent"]
    return [one for one in sent if one["kind"] == "late"]


@pytest.mark.parametrize(
    ("language", "tone", "stays", "moves"),
    [
        pytest.param(
            *("en", "formal"),
            "Hi Ayşe,\n\nI'm running about 10 minutes behind: REASON. I'll be with you at 08:10 Berlin time; "
            "we still finish at 08:45.",
            "I'll be with you at 08:10 Berlin time, and we finish at 08:55 instead.",
            id="english",
        ),
        pytest.param(
            *("tr", "formal"),
            "Merhaba Ayşe,\n\nYaklaşık 10 dakika gecikeceğim: REASON. Saat 08:10 gibi (Berlin saatiyle) "
            "başlayabiliriz; bitiş saatimiz aynı: 08:45.\n\nGörüşmek üzere,",
            "yeni bitiş saatimiz 08:55.",
            id="turkish, siz",
        ),
        pytest.param(*("tr", "close"), "bitiş saatimiz aynı: 08:45.\n\nGörüşürüz,", "08:55", id="turkish, sen"),
        pytest.param(
            *("de", "formal"),
            "Guten Tag Ayşe,\n\nich verspäte mich um etwa 10 Minuten: REASON. Um 08:10 Uhr (Ortszeit Berlin) bin ich "
            "da; um 08:45 Uhr sind wir wie geplant fertig.\n\nBis dann und viele Grüße",
            "dafür hören wir erst um 08:55 Uhr auf.",
            id="german, Sie",
        ),
        pytest.param(*("de", "close"), "Hallo Ayşe,\n\nich verspäte mich", "08:55", id="german, du"),
    ],
)
def test_the_client_is_told_in_her_language_on_her_clock(
    run: Run, stage: Stage, late: Late, language: str, tone: str, stays: str, moves: str
) -> None:
    text = CONFIG.replace('tone = "formal"', f'tone = "{tone}"\nlanguage = "{language}"\nsalutation = "Ayşe"')
    stage.config(text)
    ran = late("acme", "10m", "--because", "REASON.")
    assert ran.status == 0
    assert ran.out.startswith("Acme call · acme · Wed 25 Nov 10:00–10:45")
    assert "REASON" in ran.out
    (sent,) = sync(run, stage)
    assert stays in sent["body"]
    assert late("acme", "10m", "--shift").status == 0
    (sent,) = sync(run, stage)  # at the same instant: another word all the same
    assert moves in sent["body"]


def test_without_a_terminal_it_goes_through_and_says_who_carries_it_out(late: Late) -> None:
    ran = late("acme", "10m")
    assert ran.status == 0
    assert "to ayse@acme.example, at once" in ran.out
    assert "noted; the next cycle carries it out: calsync sync" in ran.err


def test_the_same_word_twice_is_told_once(run: Run, stage: Stage, late: Late) -> None:
    late("acme", "10m", "--because", "my train stands still")
    assert len(sync(run, stage)) == 1
    again = late("acme", "10m", "--because", "my train stands still.", "--yes", now="2026-11-25T09:52:00+03:00")
    assert "you have said so already" in again.err
    assert "to ayse@acme.example: sent" in again.out
    assert sync(run, stage, "2026-11-25T09:53:00+03:00") == []
    late("acme", "12m", now="2026-11-25T09:54:00+03:00")
    assert len(sync(run, stage, "2026-11-25T09:54:00+03:00")) == 1


def test_of_a_call_that_has_begun_the_sentence_to_say_is_shown(run: Run, stage: Stage, late: Late) -> None:
    ran = late("acme", "10m", "--json", now="2026-11-25T10:00:00+03:00")
    assert ran.status == 2
    error = ran.json["error"]
    assert "it has begun" in error["what"]
    assert "I'll be with you at 08:10 Berlin time; we still finish at 08:45." in error["hint"]
    assert sync(run, stage, "2026-11-25T10:00:10+03:00") == []


def test_in_json_stand_the_times_the_sentence_and_every_message(late: Late) -> None:
    said = late("acme", "10m", "--shift", "--json").json
    assert (said["late"], said["arrives"], said["hard_stop"]) == (
        10, "2026-11-25T10:10:00+03:00", "2026-11-25T10:55:00+03:00",
    )  # fmt: skip
    (message,) = said["messages"]
    assert (message["kind"], message["to"], message["state"]) == ("late", "ayse@acme.example", "planned")
    assert message["expires_at"] == "2026-11-25T10:00:00+03:00"
    assert said["sentence"] in message["body"]


def test_a_shift_into_something_else_is_said(late: Late) -> None:
    assert "! you are taken 10:50–11:20, before the new hard stop" in late("acme", "10m", "--shift").out
    assert "taken" not in late("acme", "10m").out


@pytest.mark.parametrize(
    ("config", "why"),
    [
        pytest.param(CONFIG.replace('per_call = "45m"', 'per_call = "45m"\nsend = "off"'), 'send = "off"', id="off"),
        pytest.param(CONFIG.replace('mode = "act"', 'mode = "observe"'), "mode is observe", id="observe"),
        pytest.param(CONFIG.replace("path = \"outbox\"", "path = \"outbox\"").split("[channels.mail]")[0]
                     + "[defaults]" + CONFIG.split("[defaults]")[1], "no channel is configured", id="no channel"),
    ],
)  # fmt: skip
def test_where_nothing_will_be_sent_that_is_said(run: Run, stage: Stage, late: Late, config: str, why: str) -> None:
    stage.config(config)
    ran = late("acme", "10m")
    assert (ran.status, f"nothing will be sent: {why}" in ran.out) == (0, True)
    assert sync(run, stage) == []


def test_in_a_pause_it_says_that_nothing_will_be_sent(run: Run, stage: Stage, late: Late) -> None:
    run("--config", str(stage.folder / "config.toml"), "pause", "acme", "--now", BEFORE)
    ran = late("acme", "10m")
    assert "nothing will be sent to ayse@acme.example for now: sending is paused" in ran.out
    assert sync(run, stage) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["acme", "10"], "has no unit", id="no unit"),
        pytest.param(["acme", "0m"], "no delay", id="nothing"),
        pytest.param(["acme", "30s"], "no delay", id="less than a minute"),
        pytest.param(["acme", "3h"], "another time", id="hours"),
        pytest.param(["acme", "soon"], "no duration", id="no time at all"),
        pytest.param(["acme", "-5m"], "", id="early"),
        pytest.param(["acme", "41m"], "the least is 5 min", id="too little is left"),
        pytest.param(["nobody", "10m"], "nobody", id="no such call"),
        pytest.param(["acme"], "10m", id="no delay"),
    ],
)
def test_what_is_no_delay_is_refused_and_nothing_is_noted(
    run: Run, stage: Stage, late: Late, words: list[str], said: str
) -> None:
    ran = late(*words)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert sync(run, stage) == []


def test_with_shift_any_length_of_the_call_is_left(late: Late) -> None:
    assert late("acme", "41m", "--shift").status == 0
