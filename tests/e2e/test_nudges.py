"""Nudges by the real daemon through the real apprise, to a phone that hears them and a mail server that hangs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.listener import Listener
from tests.desk import Desk, at, call, config
from tests.e2e.clocked import DrivenClock
from tests.e2e.running import Running

APPRISE = '[channels.me]\ntype = "apprise"\nurls = [{ env = "PUSH" }]\n'


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener().listening() as listener:
        yield listener


@pytest.mark.parametrize(
    ("language", "tone", "titles", "words"),
    [
        pytest.param("en", "formal", ["45 min until 15:45", "10 min"], "I have to stop at", id="English"),
        pytest.param("tr", "close", ["45 dk, bitiş 15:45", "10 dk"], "bitiş saatimiz senin saatinle", id="Turkish"),
        pytest.param("de", "formal", ["45 Min. bis 15:45 Uhr", "10 Min."], "Uhr Ihrer Zeit", id="German"),
    ],
)
def test_she_is_nudged_in_observe_too_in_her_language_with_a_phrase_in_the_clients(
    tmp_path: Path, listener: Listener, language: str, tone: str, titles: list[str], words: str
) -> None:
    desk = Desk(tmp_path)
    text = config(client=f"language = '{language}'", more=APPRISE, mode="observe")
    text = text.replace("[owner]\n", f"[owner]\nlanguage = '{language}'\n")
    desk.config(text.replace('tone = "formal"', f'tone = "{tone}"'))
    desk.put(call("a", "24 15:00"))
    clock = DrivenClock(tmp_path / "clock", at("24 14:59"))
    with Running(tmp_path, clock=clock, environ={"PUSH": listener.url}) as daemon:
        daemon.wait_for(lambda: "read at" in daemon.status, "the first cycle")
        clock.pass_by(seconds=59)
        daemon.wait_for(lambda: len(listener.heard) == 1, "the nudge at the start")
        clock.pass_by(minutes=34, seconds=45)
        daemon.wait_for(lambda: len(listener.heard) == 2, "the nudge ten minutes before the stop")
        assert daemon.stop()[0] == 0
        assert "hunter2" not in daemon.log and "nudged about call" in daemon.log
    assert [said["title"] for said in listener.heard] == titles
    assert words in listener.heard[1]["message"]
    assert not list(tmp_path.glob("outbox/*.eml"))
