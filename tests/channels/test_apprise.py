"""Notifications by the real apprise, to a web server on loopback that has good days and bad ones."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from calsync.channels.apprise import AppriseNotifier
from calsync.errors import SecretUnreadable
from calsync.ports import Fate, Notifier, Outcome
from tests.channels.listener import Listener

NOBODY = "json://deniz:hunter2@127.0.0.1:9/tokenX93"  # port 9 is nobody's
SECRETS = ("hunter2", "tokenX93", "json://", "127.0.0.1")


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener().listening() as listener:
        yield listener


def notifier(*urls: str, timeout: float = 8.0) -> Notifier:
    return AppriseNotifier("me", lambda: urls, timeout=timeout)


def test_title_and_body_arrive_as_they_were_written(listener: Listener) -> None:
    title, body = "calsync: ilgi bekleyen 2 konu", "“iş” takvimi <okunamıyor> & *kapalı*.\n\nİkinci satır: \\n"
    assert notifier(listener.url).notify(title, body) == Outcome(fate=Fate.ACCEPTED)
    (heard,) = listener.heard
    assert (heard["title"], heard["message"]) == (title, body)


def test_what_is_for_her_alone_is_not_shown_on_a_screen_in_the_room(listener: Listener) -> None:
    # Kodi is asked over HTTP like the other one; a desktop takes the same way out.
    television = f"KODI://127.0.0.1:{listener.url.rpartition(':')[2].partition('/')[0]}"
    told = notifier(television, listener.url).notify("10 min", "I have to stop at 15:45.", discreet=True)
    assert told == Outcome(fate=Fate.ACCEPTED)
    on_phone, on_screen = sorted(listener.heard, key=lambda said: "params" in said)
    assert (on_phone["title"], on_phone["message"]) == ("10 min", "I have to stop at 15:45.")
    assert on_screen["params"]["message"] == "10 min" and "stop" not in str(on_screen)
    notifier(television).notify("10 min", "I have to stop at 15:45.")
    assert "I have to stop" in str(listener.heard[-1])


def test_a_check_sends_nothing(listener: Listener) -> None:
    assert notifier(listener.url).check() == ""
    assert listener.heard == []


def test_one_service_that_has_it_is_enough(listener: Listener) -> None:
    assert notifier(NOBODY, listener.url).notify("t", "b") == Outcome(fate=Fate.ACCEPTED)
    assert len(listener.heard) == 1


@pytest.mark.parametrize("status", [500, 401])
def test_a_server_that_says_no_is_told_by_the_name_of_its_kind(listener: Listener, status: int) -> None:
    listener.status = status
    assert notifier(listener.url).notify("t", "b") == Outcome(fate=Fate.DEFERRED, why="it was not taken (JSON)")


def test_a_server_that_is_not_there_is_tried_again() -> None:
    assert notifier(NOBODY).notify("t", "b").fate is Fate.DEFERRED


def test_a_server_that_never_answers_is_waited_for_no_longer_than_said(listener: Listener) -> None:
    listener.hangs = True
    outcome = notifier(listener.url, timeout=0.3).notify("t", "b")
    assert listener.hung.is_set()
    assert outcome == Outcome(fate=Fate.UNCERTAIN, why="no answer within 0.3 s (JSON)")


def test_what_apprise_can_make_nothing_of_is_named_by_its_place_alone(listener: Listener) -> None:
    found = notifier("nonsense", listener.url, "foo://hunter2@host", "tgram://", "")
    assert found.check() == "apprise can make nothing of no. 1, 3, 4, 5 of channels.me.urls"
    assert found.notify("t", "b") == Outcome(fate=Fate.ACCEPTED) and len(listener.heard) == 1
    why = "apprise can make nothing of no. 1 of channels.me.urls"
    assert notifier("nonsense").notify("t", "b") == Outcome(fate=Fate.REFUSED, why=why)


def test_no_address_at_all_is_said_with_the_key() -> None:
    assert notifier().notify("t", "b") == Outcome(fate=Fate.REFUSED, why="channels.me.urls is empty")


def test_a_secret_that_can_not_be_read_is_told_and_tried_again() -> None:
    def urls() -> list[str]:
        raise SecretUnreadable("the secret can't be read: it is empty")

    secretive = AppriseNotifier("me", urls)
    assert secretive.check() == "the secret can't be read: it is empty"
    assert secretive.notify("t", "b") == Outcome(fate=Fate.DEFERRED, why="the secret can't be read: it is empty")


def test_no_secret_of_an_address_is_ever_said(listener: Listener, capfd: pytest.CaptureFixture[str]) -> None:
    listener.status = 500
    found = notifier(listener.url, NOBODY, "foo://hunter2@tokenX93", "json://hunter2:tokenX93@")
    said = [found.check(), found.notify("t", "b").why, *capfd.readouterr()]
    assert said[1] == "it was not taken (JSON, JSON)"
    assert not [secret for secret in SECRETS if secret in "\n".join(said)]


def test_neither_apprise_nor_a_thread_of_it_stays_behind() -> None:
    code = (
        "import sys, threading; from calsync.channels.apprise import AppriseNotifier;"
        f"print(AppriseNotifier('me', lambda: [{NOBODY!r}]).notify('t', 'b').fate, 'apprise' in sys.modules,"
        " threading.active_count())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert (done.stdout, done.stderr) == ("deferred False 1\n", "")


def test_a_program_that_dies_without_a_word_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert notifier(NOBODY).notify("t", "b") == Outcome(fate=Fate.DEFERRED, why="apprise failed (JSONDecodeError)")
    assert notifier(NOBODY).check() == "apprise failed (JSONDecodeError)"
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert notifier(NOBODY).notify("t", "b") == Outcome(fate=Fate.DEFERRED, why="apprise failed (FileNotFoundError)")
