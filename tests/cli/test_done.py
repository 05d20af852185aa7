"""`done`: what is kept and shown, what the client gets after the owner's approval, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.reconcile.conftest import ACME, CONFIG, TOP, WORK, Stage, event
from tests.sample import Ran

DAY_BEFORE = "2026-11-24T12:00:00+03:00"
AFTER = "2026-11-25T11:30:00+03:00"
WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=3"
Calsync = Callable[..., Ran]


@pytest.fixture
def stage(tmp_path: Path, home: object) -> Stage:
    stage = Stage(tmp_path)
    stage.config(CONFIG)
    stage.put(event("a", "20261125T100000", 60, WEEKLY))
    return stage


@pytest.fixture
def calsync(run: Run, stage: Stage) -> Calsync:
    def one(*words: str, now: str = AFTER) -> Ran:
        return run("--config", str(stage.folder / "config.toml"), *words, "--now", now)

    return one


def sent(ran: Ran) -> list[tuple[str, str]]:
    return [(one["kind"], one["body"]) for one in ran.json["sent"]]


@pytest.mark.parametrize(
    ("language", "tone", "closes", "opens"),
    [
        pytest.param(
            *("en", "formal"),
            "Thank you for our call. Decided: DECIDED.\n\nWe talk again on Wednesday 2 December at 08:00 your time. "
            "To make the most of it, please have ready: TABLE.",
            "Last time we went 15 minutes over: REASON. It was worth finishing; this time we're back to 45 minutes.",
            id="english",
        ),
        pytest.param(
            *("tr", "formal"),
            "Görüşmemiz için teşekkür ederim. Kararlaştırdıklarımız: DECIDED.\n\nBir sonraki görüşmemiz 2 Aralık "
            "Çarşamba, sizin saatinizle 08:00. O güne kadar sizden ricam: TABLE.",
            "Geçen görüşmemiz 15 dakika uzadı: REASON. Tamamlamaya değerdi; bu kez yine 45 dakikamız var.",
            id="turkish, siz",
        ),
        pytest.param(
            *("tr", "close"), "O güne kadar senden ricam: TABLE.\n\nGörüşürüz,", "Geçen görüşmemiz", id="turkish, sen"
        ),
        pytest.param(
            *("de", "formal"),
            "vielen Dank für unser Gespräch. Vereinbart haben wir: DECIDED.\n\nWir sprechen uns wieder am Mittwoch, "
            "2. Dezember, um 08:00 Uhr Ihrer Zeit. Damit wir gut vorankommen, halten Sie bis dahin bitte bereit: "
            "TABLE.",
            "beim letzten Mal hat es 15 Minuten länger gedauert: REASON. Das hat sich gelohnt; dieses Mal sind es "
            "wieder 45 Minuten.",
            id="german, Sie",
        ),
        pytest.param(
            *("de", "close"), "halte bis dahin bitte bereit: TABLE", "beim letzten Mal hat es 15 Min", id="german, du"
        ),
    ],
)
def test_the_client_reads_what_was_shown_once_it_is_approved_and_why_it_ran_over(
    stage: Stage, calsync: Calsync, language: str, tone: str, closes: str, opens: str
) -> None:
    stage.config(CONFIG.replace('tone = "formal"', f'tone = "{tone}"\nlanguage = "{language}"'))
    calsync("sync", now=DAY_BEFORE)
    ran = calsync("done", "acme", "--took", "60m", "--because", "REASON.", "--decided", "DECIDED.", "--prep", "TABLE")
    assert ran.status == 0
    assert ran.out.startswith("Acme call · acme · Wed 25 Nov 10:00–10:45")
    assert "took 1 h of 45 min, 15 min over" in ran.out
    for line in closes.splitlines():
        assert line in ran.out
    assert calsync("sync", "--json").json["sent"] == []
    (draft,) = [one for one in calsync("outbox", "--json").json["messages"] if one["kind"] == "close_out"]
    assert (draft["state"], draft["to"], draft["expires_at"][:16]) == ("asks", "ayse@acme.example", "2026-11-26T11:00")
    assert calsync("outbox", "approve", draft["id"]).status == 0
    ((kind, body),) = sent(calsync("sync", "--json"))
    assert (kind, closes in body) == ("close_out", True)
    (later,) = sent(calsync("sync", "--json", now="2026-12-01T10:35:00+03:00"))
    assert opens in later[1]
    assert "REASON" not in sent(calsync("sync", "--json", now="2026-12-08T10:35:00+03:00"))[0][1]


def test_an_overrun_without_a_reason_is_told_to_nobody(calsync: Calsync) -> None:
    calsync("sync", now=DAY_BEFORE)
    ran = calsync("done", "acme", "--took", "60m")
    assert "the client is told nothing of that" in ran.out
    ((_, body),) = sent(calsync("sync", "--json", now="2026-12-01T10:35:00+03:00"))
    assert "Last time" not in body
    (row,) = calsync("report", "--json", now=AFTER).json["clients"]
    assert (row["told"], row["taken"], row["over"]) == (1, 60, 15)


def test_a_close_out_goes_to_the_contact_alone_and_in_polite_hours(stage: Stage, calsync: Calsync) -> None:
    stage.put(event("a", "20261125T180000", 60, who=("ayse@acme.example", "can@acme.example")))
    stage.config(CONFIG + 'people = { "can@acme.example" = "Can" }\n')
    calsync("sync", now=DAY_BEFORE)
    evening = "2026-11-25T21:30:00+03:00"
    calsync("done", "acme", "--decided", "it is green", now=evening)
    (draft,) = [one for one in calsync("outbox", "--json").json["messages"] if one["kind"] == "close_out"]
    assert draft["to"] == "ayse@acme.example"
    calsync("outbox", "approve", draft["id"], now=evening)
    assert sent(calsync("sync", "--json", now=evening)) == []
    assert [kind for kind, _ in sent(calsync("sync", "--json", now="2026-11-26T10:31:00+03:00"))] == ["close_out"]


def test_a_draft_lapses_a_day_after_the_call(calsync: Calsync) -> None:
    calsync("done", "acme", "--decided", "it is green")
    calsync("sync")
    late = "2026-11-26T11:01:00+03:00"
    calsync("sync", now=late)
    (draft,) = [one for one in calsync("outbox", "--json", now=late).json["messages"] if one["kind"] == "close_out"]
    assert draft["state"] == "expired"
    assert calsync("outbox", "approve", draft["id"], now=late).status == 2
    ran = calsync("done", "acme", "--prep", "the table", now=late)
    assert "no close-out is drafted: a day has passed since the call" in ran.out


def test_told_again_it_replaces_and_after_sending_nothing_follows(calsync: Calsync) -> None:
    calsync("sync", now=DAY_BEFORE)
    calsync("done", "acme", "--took", "50m", "--decided", "it is green")
    calsync("sync")
    again = calsync("done", "acme", "--decided", "it is blue", "--json")
    assert (again.json["took"], again.json["decided"]) == (50, "it is blue")
    calsync("sync")
    drafts = [one for one in calsync("outbox", "--json").json["messages"] if one["kind"] == "close_out"]
    assert ["it is blue" in one["body"] for one in drafts] == [True]
    calsync("outbox", "approve", drafts[0]["id"])
    assert len(sent(calsync("sync", "--json"))) == 1
    ran = calsync("done", "acme", "--decided", "it is red")
    assert "no close-out is drafted: one went to ayse@acme.example" in ran.out
    assert sent(calsync("sync", "--json")) == []


def test_what_was_approved_falls_when_she_tells_something_else(calsync: Calsync) -> None:
    calsync("done", "acme", "--decided", "it is green")
    calsync("sync")
    (draft,) = [one for one in calsync("outbox", "--json").json["messages"] if one["kind"] == "close_out"]
    calsync("outbox", "approve", draft["id"])
    calsync("done", "acme", "--decided", "it is blue")
    assert sent(calsync("sync", "--json")) == []


def test_what_is_left_open_stands_on_top_of_the_next_list(calsync: Calsync) -> None:
    ran = calsync("done", "acme", "--open", "Budget 10m", "--open", "Launch")
    assert "on top of the list of Acme call · acme · Wed 2 Dec 10:00–10:45" in ran.out
    assert calsync("agenda", "acme", "--json").json["items"] == ["Budget", "Launch"]
    calsync("done", "acme", "--open", "")
    assert calsync("agenda", "acme", "--json").json["items"] == []


def test_what_was_open_between_two_reaches_a_group_only_after_keep(stage: Stage, calsync: Calsync) -> None:
    everybody = ("ayse@acme.example", "can@acme.example", "io@else.example")
    stage.put(
        event("a", "20261125T100000"),
        event("b", "20261126T100000", who=everybody),
        event("c", "20261127T100000"),
    )
    ran = calsync("done", "acme", "--open", "Her raise")
    assert "on top of the list of Acme call · acme · Fri 27 Nov" in ran.out
    group = calsync("agenda", "acme", "--json").json
    assert (group["items"], group["withheld"]) == ([], ["Her raise"])
    assert "--keep" in calsync("agenda", "acme").out
    kept = calsync("agenda", "acme", "--keep", "--json").json
    assert (kept["items"], kept["carried"]) == (["Her raise"], ["Her raise"])
    later = "2026-11-26T12:00:00+03:00"
    assert calsync("agenda", "acme", "--json", now=later).json["items"] == []


@pytest.mark.parametrize(
    ("words", "now", "said"),
    [
        pytest.param(["acme"], "2026-11-25T09:00:00+03:00", "no call", id="none has begun"),
        pytest.param(["nobody"], AFTER, 'no call is named "nobody"', id="nobody"),
        pytest.param(["acme", "--took", "90"], AFTER, "90", id="a bare number"),
        pytest.param(["acme", "--took", "25h"], AFTER, "no length of a call", id="longer than a day"),
        pytest.param(["acme", "--took", "30s"], AFTER, "no length of a call", id="seconds"),
        pytest.param(["acme", "--because", "x"], AFTER, "say by --took", id="a reason alone"),
        pytest.param(["acme", "--took", "45m", "--because", "x"], AFTER, "did not run over", id="a reason for nothing"),
        pytest.param(["acme", "--open", "x", "--open", " "], AFTER, "needs some text", id="an empty item"),
        pytest.param([], AFTER, "say which call", id="no call, nobody there"),
        pytest.param(["--took", "45m"], AFTER, "say which call", id="minutes of no call"),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(calsync: Calsync, words: list[str], now: str, said: str) -> None:
    ran = calsync("done", *words, "--json", now=now)
    assert ran.status == 2
    assert said in str(ran.json["error"])
    assert calsync("report", "--json", now=AFTER).json["clients"][0]["told"] == 0


def test_a_call_that_has_not_begun_is_not_done(calsync: Calsync) -> None:
    ahead = calsync("plan", "--json", now=DAY_BEFORE).json["calls"][0]["id"]
    ran = calsync("done", ahead, "--took", "45m", "--json", now=DAY_BEFORE)
    assert ran.status == 2
    assert "it has not begun" in ran.json["error"]["what"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        pytest.param(CONFIG.replace('"act"', '"observe"'), "mode is observe", id="observe"),
        pytest.param(CONFIG + 'send = "off"\n', 'send = "off"', id="off"),
        pytest.param(
            TOP + WORK + ACME.replace('email = "ayse@acme.example"\n', ""), "there is no contact", id="no contact"
        ),
    ],
)
def test_where_nothing_may_go_it_says_so_and_counts_all_the_same(
    stage: Stage, calsync: Calsync, config: str, said: str
) -> None:
    stage.config(config)
    ran = calsync("done", "acme", "--took", "50m", "--decided", "it is green")
    assert said in ran.out
    calsync("sync")
    kinds = [one["kind"] for one in calsync("outbox", "--json").json["messages"]]
    assert "close_out" not in kinds
    assert calsync("report", "--json").json["clients"][0]["taken"] == 50


def test_what_was_approved_too_late_for_the_evening_goes_in_the_morning_as_it_was_shown(calsync: Calsync) -> None:
    calsync("sync", now=DAY_BEFORE)
    ran = calsync("done", "acme", "--decided", "it is green", "--json", now="2026-11-25T20:55:00+03:00")  # 18:55 Berlin
    draft = ran.json["message"]
    assert calsync("outbox", "approve", draft["id"], now="2026-11-25T20:56:00+03:00").status == 0  # without a cycle
    assert sent(calsync("sync", "--json", now="2026-11-25T21:05:00+03:00")) == []
    ((kind, body),) = sent(calsync("sync", "--json", now="2026-11-26T10:31:00+03:00"))
    assert (kind, body) == ("close_out", draft["body"])


def test_no_client_reads_of_a_cap_that_she_was_not_told(stage: Stage, calsync: Calsync) -> None:
    stage.config(CONFIG + 'over_cap = "tell"\n')
    calsync("sync", now=DAY_BEFORE)
    assert calsync("done", "acme", "--took", "55m", "--because", "it was long", "--json").status == 2
    ran = calsync("done", "acme", "--took", "70m", "--because", "it was long")
    assert "Last time we went 10 minutes over" in ran.out


def test_an_overrun_is_said_once_though_she_tells_more_of_the_call_later(stage: Stage, calsync: Calsync) -> None:
    stage.put(event("a", "20261125T100000"), event("b", "20261126T170000"), event("c", "20261127T100000"))
    calsync("sync", now=DAY_BEFORE)
    calsync("done", "acme", "--took", "60m", "--because", "REASON")
    first = sent(calsync("sync", "--json", now="2026-11-25T17:01:00+03:00"))
    calsync("done", "acme", "--open", "Budget", now="2026-11-25T18:00:00+03:00")
    second = sent(calsync("sync", "--json", now="2026-11-26T10:31:00+03:00"))
    assert ["REASON" in body for _, body in first + second] == [True, False]


def test_a_draft_that_she_skipped_comes_back_only_with_other_words(calsync: Calsync) -> None:
    def waiting() -> list[str]:
        calsync("sync")
        found = calsync("outbox", "--json").json["messages"]
        return [one["state"] for one in found if one["kind"] == "close_out"]

    draft = calsync("done", "acme", "--decided", "it is green", "--json").json["message"]
    calsync("outbox", "skip", draft["id"])
    calsync("done", "acme", "--took", "50m", now="2026-11-25T11:31:00+03:00")
    assert waiting() == ["skipped"]
    calsync("done", "acme", "--decided", "it is blue", now="2026-11-25T11:32:00+03:00")
    assert sorted(waiting()) == ["asks", "skipped"]


def test_what_is_no_call_says_why(calsync: Calsync) -> None:
    chosen = calsync("done", "acme", "--json").json["call"]
    calsync("skip", chosen)
    ran = calsync("done", chosen, "--took", "45m", "--json")
    assert ran.status == 2
    assert "this is no call" in ran.json["error"]["what"]


def test_during_a_pause_it_is_said_that_only_an_approval_sends(calsync: Calsync) -> None:
    calsync("pause", "acme")
    assert "sending is paused for this client" in calsync("done", "acme", "--decided", "it is green").out


def test_words_that_clients_do_not_like_are_named(calsync: Calsync) -> None:
    assert '"budget" is a word' in calsync("done", "acme", "--decided", "the budget is fixed").err
