"""What every ledger must do with alerts: a subclass a backend."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from calsync.model.alert import Alert, AlertFacts, AlertKind
from calsync.ports import Ledger
from tests.contract.ledger import MINUTE, NOW, START

HOUR = timedelta(hours=1)
KEY, OTHER = "calendar:work", "large"


def keys(alerts: tuple[Alert, ...]) -> list[tuple[str, bool]]:
    return [(alert.key, alert.over) for alert in alerts]


def tell(ledger: Ledger, now: datetime) -> list[tuple[str, bool]]:
    """Tell the owner everything that is to be told by now."""
    alerts = ledger.untold(now)
    ledger.told(alerts, now)
    return keys(alerts)


class AlertContract:
    """Subclasses give `ledger`, an empty one, and `again`, which opens the same one once more."""

    def test_an_alert_is_to_be_told_once_while_it_stands(self, ledger: Ledger) -> None:
        for minute in range(5):
            assert ledger.alert(KEY, NOW + minute * MINUTE, "no such file") is (minute == 0)
        assert ledger.untold(NOW) == (
            Alert(key=KEY, at=NOW, what="no such file", facts=AlertFacts(kind=AlertKind.CALENDAR, name="work")),
        )
        assert tell(ledger, NOW) == [(KEY, False)] and tell(ledger, NOW + 99 * HOUR) == []
        assert ledger.alerts() == ((KEY, NOW, "no such file"),)

    def test_one_that_stands_takes_new_words_without_being_told_again(self, ledger: Ledger) -> None:
        ledger.alert(OTHER, NOW, "digest 1", AlertFacts(kind=AlertKind.LARGE, digest="1"))
        ledger.alert(OTHER, NOW + MINUTE, "digest 2", AlertFacts(kind=AlertKind.LARGE, digest="2"))
        assert [alert.facts.digest for alert in ledger.untold(NOW)] == ["2"]
        tell(ledger, NOW)
        assert not ledger.alert(OTHER, NOW + HOUR, "digest 3", AlertFacts(kind=AlertKind.LARGE, digest="3"))
        assert ledger.alerts() == ((OTHER, NOW, "digest 3"),) and ledger.untold(NOW + HOUR) == ()

    def test_one_that_becomes_another_problem_is_told_again(self, ledger: Ledger) -> None:
        ledger.alert("message 1", NOW, "put off", AlertFacts(kind=AlertKind.DEFERRED))
        tell(ledger, NOW)
        assert ledger.alert("message 1", NOW + MINUTE, "unknown", AlertFacts(kind=AlertKind.UNKNOWN))
        assert [alert.facts.kind for alert in ledger.untold(NOW + MINUTE)] == [AlertKind.UNKNOWN]
        assert ledger.alerts() == (("message 1", NOW + MINUTE, "unknown"),)

    def test_facts_come_back_as_they_were(self, ledger: Ledger, again: Callable[[], Ledger]) -> None:
        facts = AlertFacts(
            kind=AlertKind.LATE, name="iş", why="yok", client="acme", message="reminder", start=START, id="k3f9q2",
            tries=3, digest="7f3a91c2", calls=60, messages=3,
        )  # fmt: skip
        ledger.alert("message 1", NOW, "…", facts)
        assert [alert.facts for alert in again().untold(NOW)] == [facts]

    def test_what_she_was_not_told_of_goes_without_a_word(self, ledger: Ledger) -> None:
        ledger.alert(KEY, NOW, "no such file")
        ledger.clear_alert(KEY, at=NOW + MINUTE, recovered="read again")
        assert ledger.alerts() == () and tell(ledger, NOW + HOUR) == []

    def test_what_she_was_told_of_goes_after_she_was_told_that_it_is_over(self, ledger: Ledger) -> None:
        ledger.alert(KEY, NOW, "no such file", AlertFacts(kind=AlertKind.CALENDAR, name="work"))
        tell(ledger, NOW)
        for minute in (1, 2, 3):
            ledger.clear_alert(KEY, at=NOW + minute * MINUTE, recovered="read again")
        assert ledger.alerts() == ()
        (over,) = ledger.untold(NOW + 3 * MINUTE)
        assert (over.key, over.over, over.what, over.facts.name) == (KEY, True, "read again", "work")
        assert tell(ledger, NOW + 3 * MINUTE) == [(KEY, True)] and tell(ledger, NOW + 9 * HOUR) == []

    def test_what_the_owner_settled_herself_goes_without_a_word(self, ledger: Ledger) -> None:
        for told in (False, True):
            ledger.alert(KEY, NOW, "…")
            if told:
                tell(ledger, NOW)
            ledger.clear_alert(KEY)
            assert ledger.alerts() == () and tell(ledger, NOW + HOUR) == []
        assert ledger.alert(KEY, NOW + MINUTE, "once more") and tell(ledger, NOW + MINUTE) == [(KEY, False)]

    def test_what_comes_back_within_the_hour_waits_until_it_is_over(self, ledger: Ledger) -> None:
        ledger.alert(KEY, NOW, "…")
        tell(ledger, NOW)
        ledger.clear_alert(KEY, at=NOW + MINUTE, recovered="read again")
        assert tell(ledger, NOW + MINUTE) == [(KEY, True)]
        assert ledger.alert(KEY, NOW + 2 * MINUTE, "…") and len(ledger.alerts()) == 1
        assert tell(ledger, NOW + HOUR) == []
        assert tell(ledger, NOW + HOUR + MINUTE) == [(KEY, False)]

    def test_a_cause_that_comes_and_goes_for_a_day_is_told_once_an_hour_at_most(self, ledger: Ledger) -> None:
        said = []
        for minute in range(24 * 60):
            now = NOW + minute * MINUTE
            if minute % 10 < 5:
                ledger.alert(KEY, now, "…")
            else:
                ledger.clear_alert(KEY, at=now, recovered="read again")
            said += [(now, over) for _, over in tell(ledger, now)]
        assert [over for _, over in said] == [False, True] * (len(said) // 2) + [False] * (len(said) % 2)
        problems = [now for now, over in said if not over]
        assert 20 <= len(problems) <= 24
        assert all(later - now >= HOUR for now, later in pairwise(problems))

    def test_what_comes_back_before_she_was_told_that_it_was_over_never_was(self, ledger: Ledger) -> None:
        ledger.alert(KEY, NOW, "…")
        tell(ledger, NOW)
        ledger.clear_alert(KEY, at=NOW + MINUTE, recovered="read again")
        assert not ledger.alert(KEY, NOW + 2 * MINUTE, "…")
        assert tell(ledger, NOW + 9 * HOUR) == [] and len(ledger.alerts()) == 1
        ledger.clear_alert(KEY, at=NOW + 10 * HOUR, recovered="read again")
        assert tell(ledger, NOW + 10 * HOUR) == [(KEY, True)]

    def test_what_ended_while_she_was_told_of_it_is_told_to_be_over(self, ledger: Ledger) -> None:
        ledger.alert(KEY, NOW, "…")
        telling = ledger.untold(NOW)
        ledger.clear_alert(KEY, at=NOW + MINUTE, recovered="read again")
        ledger.told(telling, NOW + MINUTE)
        assert tell(ledger, NOW + MINUTE) == [(KEY, True)]

    def test_what_came_back_while_she_was_told_that_it_was_over_is_told_within_the_hour(self, ledger: Ledger) -> None:
        ledger.alert(KEY, NOW, "…")
        tell(ledger, NOW)
        ledger.clear_alert(KEY, at=NOW + MINUTE, recovered="read again")
        telling = ledger.untold(NOW + MINUTE)
        ledger.alert(KEY, NOW + 2 * MINUTE, "…")
        ledger.told(telling, NOW + 2 * MINUTE)
        assert tell(ledger, NOW + HOUR) == [] and tell(ledger, NOW + HOUR + 2 * MINUTE) == [(KEY, False)]

    def test_what_was_settled_and_raised_anew_while_she_was_told_of_it_is_told(self, ledger: Ledger) -> None:
        ledger.alert(KEY, NOW, "…")
        telling = ledger.untold(NOW)
        ledger.clear_alert(KEY)
        ledger.alert(KEY, NOW + MINUTE, "another")
        ledger.told(telling, NOW + MINUTE)
        assert tell(ledger, NOW + MINUTE) == [(KEY, False)]

    def test_what_could_not_be_told_waits_and_counts(self, ledger: Ledger) -> None:
        ledger.alert(KEY, NOW, "…")
        ledger.put_off(ledger.untold(NOW), NOW + MINUTE)
        assert ledger.untold(NOW) == ()
        (alert,) = ledger.untold(NOW + MINUTE)
        assert alert.attempts == 1
        tell(ledger, NOW + MINUTE)
        ledger.clear_alert(KEY, at=NOW + HOUR, recovered="read again")
        assert [alert.attempts for alert in ledger.untold(NOW + HOUR)] == [0]

    @pytest.mark.parametrize("days", [1, -1], ids=["the clock was ahead", "the clock was behind"])
    def test_a_pause_of_another_clock_holds_nothing_up(self, ledger: Ledger, days: int) -> None:
        wrong = NOW + timedelta(days=days)
        ledger.alert(KEY, wrong, "…")
        ledger.put_off(ledger.untold(wrong), wrong + HOUR)
        assert tell(ledger, NOW) == [(KEY, False)]
        ledger.clear_alert(KEY, at=wrong, recovered="read again")
        tell(ledger, NOW)
        ledger.alert(KEY, NOW, "…")
        assert tell(ledger, NOW + HOUR) == [(KEY, False)]
