"""What the owner is told through third parties: in her language, with the command to type, and nothing private."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from calsync.errors import TextError
from calsync.model.alert import AlertKind
from calsync.words.check import check_templates
from calsync.words.render import Words
from calsync.words.templates import ALERTS, BUILT_IN
from tests.words.sample import FULL_CALL, RECOVERING, a_voice, an_alert

LANGUAGES = sorted(path.name for path in BUILT_IN.iterdir() if path.is_dir() and not path.name.startswith("_"))
OF_A_MESSAGE = {AlertKind.FAILED, AlertKind.UNKNOWN, AlertKind.LATE, AlertKind.DEFERRED, AlertKind.ASKS, AlertKind.VETO}
NOW = FULL_CALL.at


def said(words: Words, kind: AlertKind, language: str = "en", *, over: bool = False, **other: object) -> str:
    return words.alert(an_alert(kind, over=over, **other), language=language, zone="Europe/Istanbul", now=NOW)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_its_text_in_every_language(language: str) -> None:
    parts = {"title", "message"}
    assert {path.stem for path in (BUILT_IN / language).rglob(f"{ALERTS}*.txt")} == {
        f"{ALERTS}{name}" for name in {kind.value for kind in AlertKind} | parts
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_can_be_over_is_said_to_be_over_without_anything_to_do(words: Words, language: str) -> None:
    recovering = [kind for kind in AlertKind if said(words, kind, language, over=True) != said(words, kind, language)]
    assert recovering == RECOVERING
    assert not [kind for kind in recovering if ": calsync" in said(words, kind, language, over=True)]


@pytest.mark.parametrize("kind", list(AlertKind))
def test_a_problem_comes_with_what_to_type_and_a_calendar_with_what_is_wrong(words: Words, kind: AlertKind) -> None:
    text = said(words, kind)
    assert ("Permission denied" if kind is AlertKind.CALENDAR else ": calsync ") in text
    assert ("k3f9q2" in text and "acme" in text and "17:00" in text) is (kind in OF_A_MESSAGE)


def test_the_time_of_a_call_is_that_of_the_owners_clocks_and_language(words: Words) -> None:
    assert "(call on Tuesday 24 November, 17:00)" in said(words, AlertKind.ASKS)
    assert "(call on Tuesday, November 24, 5:00 PM)" in said(words, AlertKind.ASKS, "en-US")
    assert "(24 Kasım Salı, 17:00 görüşmesi)" in said(words, AlertKind.ASKS, "tr")
    assert "2027" in said(words, AlertKind.ASKS, start=FULL_CALL.start + timedelta(days=99))


def test_an_announcement_by_itself_has_no_call(words: Words) -> None:
    assert said(words, AlertKind.FAILED, message="announcement", start=None).startswith(
        "The announcement to acme was refused"
    )


def test_one_notice_says_everything_with_what_is_over_last(words: Words) -> None:
    alerts = [an_alert(AlertKind.CALENDAR, over=True), an_alert(AlertKind.LARGE), an_alert(AlertKind.OTHER)]
    notice = words.notice(alerts, language="en", zone="Europe/Istanbul", now=NOW)
    assert notice.title == "calsync: 2 things need you"
    assert notice.body.split("\n\n") == [
        "A large change waits for your word: 60 calls, 1 message. See it: calsync plan · "
        "Carry it out: calsync sync --digest 7f3a91c2",
        "Something needs you. See it: calsync status",
        "The calendar “work” is read again.",
    ]
    assert words.notice(alerts[:1], language="en", zone="UTC", now=NOW).title == "calsync: 1 problem is over"


def test_a_name_with_line_breaks_stays_on_its_line(words: Words) -> None:
    notice = words.notice([an_alert(AlertKind.CALENDAR, why="a\n\nb\x00c")], language="tr", zone="UTC", now=NOW)
    assert "\n" not in notice.body and "a b c" in notice.body


def put(folder: Path, text: str) -> Words:
    folder.mkdir()
    (folder / "en").mkdir()
    (folder / "en" / "alert_other.txt").write_text(text)
    return Words(folder)


def test_a_text_of_ones_own_wins(tmp_path: Path) -> None:
    assert said(put(tmp_path / "mine", "Look at {{ name }}!"), AlertKind.OTHER) == "Look at work!"


@pytest.mark.parametrize("text", ["{{ title }}", "{% if %}"], ids=["unknown variable", "syntax"])
def test_a_broken_text_of_ones_own_is_found_by_check_and_keeps_no_alert_back(tmp_path: Path, text: str) -> None:
    words = put(tmp_path / "mine", text)
    with pytest.raises(TextError):
        said(words, AlertKind.OTHER)
    notice = words.notice([an_alert(AlertKind.OTHER)], language="en", zone="UTC", now=NOW)
    assert notice.body == "Something needs you. See it: calsync status"
    (found,) = check_templates(words, [a_voice()])
    assert found.broken and "alert_other.txt, line 1" in found.where


def test_the_owners_texts_may_use_words_that_a_client_should_not_read(tmp_path: Path) -> None:
    assert check_templates(put(tmp_path / "mine", "unfortunately, the limit"), [a_voice()]) == ()
