"""The digest and the weekly note: when they come, what stands in them, and that each comes once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from calsync.model.memory import Told
from calsync.wiring import House
from tests.desk import Desk, at, call, config
from tests.planning.test_daysoff import day

Made = Callable[..., Desk]
FRIDAY = 'weekly_note = "fri 17:00"'


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Return what makes a desk from events, lines for [owner] and a config."""

    def make(*events: str, owner: str = "", **told: str) -> Desk:
        desk = Desk(tmp_path)
        desk.config(config(**told).replace("[owner]\n", f"[owner]\n{owner}\n"))
        desk.put(*events)
        return desk

    return make


class TestDigest:
    def test_it_says_what_would_have_been_written_and_sent(self, made: Made) -> None:
        desk = made(call("a", "25 15:00"), call("b", "24 15:00"), call("c", "28 15:00"), mode="observe")
        assert desk.sync_at("23 16:59") == [] and desk.owners() == []
        assert desk.sync_at("23 17:00", "23 17:05", "23 23:59") == []
        (text,) = desk.owners()
        text = text.replace("\r\n", "\n")
        assert "nothing was written, and nothing was sent" in text
        assert "• Wednesday 25 November, 15:00: Acme call (Acme): note, 2 blocks\n" in text
        assert "• by now: message to Acme (ayse@acme.example): “Our call on Tuesday 24 November”\n" in text
        assert "• Tuesday 24 November, 15:00: message to Acme" in text
        assert "Held back for 1 call; calsync plan says why." in text

    def test_it_goes_to_the_folder_of_the_owner_and_nothing_else_goes(self, made: Made) -> None:
        desk = made(call("a", "24 15:00"), mode="observe")
        desk.sync_at("23 17:00")
        assert desk.mails() == [] and len(desk.owners()) == 1
        assert desk.memory().messages == ()

    def test_one_comes_each_working_day_and_none_in_act(self, made: Made) -> None:
        desk = made(call("a", "12-02 15:00"), mode="observe")
        desk.sync_at(*(f"{day:02} {hour}:30" for day in range(23, 31) for hour in (12, 17, 18)))
        assert len(desk.owners()) == 6
        desk.config(config())
        desk.sync_at("12-01 17:30")
        assert len(desk.owners()) == 6

    @pytest.mark.parametrize(
        ("owner", "when", "comes"),
        [
            pytest.param('digest_at = "09:15"', "23 09:15", True, id="at a time of hers"),
            pytest.param('digest_at = "09:15"', "23 09:14", False, id="not before it"),
            pytest.param("", "23 23:59", True, id="as late as midnight"),
            pytest.param("", "24 00:00", False, id="and no later"),
            pytest.param("", "28 17:00", False, id="on no Saturday"),
            pytest.param('work_days = "sat"', "28 17:00", True, id="unless she works then"),
        ],
    )
    def test_it_comes_from_its_moment_to_midnight_of_a_working_day(
        self, made: Made, owner: str, when: str, comes: bool
    ) -> None:
        desk = made(call("a", "12-02 15:00"), owner=owner, mode="observe")
        desk.sync_at(when)
        assert bool(desk.owners()) is comes

    def test_none_comes_on_a_day_off_of_hers(self, made: Made) -> None:
        desk = made(call("a", "12-02 15:00"), day("Vacation", "1123", "1124"), mode="observe")
        desk.sync_at("23 17:00", "24 16:00")
        assert desk.owners() == []
        desk.sync_at("24 17:00")
        assert len(desk.owners()) == 1

    def test_what_can_not_be_mailed_is_tried_again_until_midnight_and_said(self, made: Made) -> None:
        desk = made(call("a", "12-02 15:00"), mode="observe")
        (desk.folder / "outbox").mkdir()
        blocked = desk.folder / "outbox" / "owner"
        blocked.write_text("no folder")
        desk.sync_at("23 17:00")
        house = desk.house()
        assert [what for _, _, what in house.ledger.alerts() if what.startswith("the digest 2026-11-23 could not")]
        house.close()
        blocked.unlink()
        desk.sync_at("23 17:05")
        assert sum("calsync only watches" in text for text in desk.owners()) == 1
        house = desk.house()
        assert house.ledger.alerts() == ()
        house.close()

    def test_it_waits_for_a_calendar_that_can_not_be_read(self, made: Made) -> None:
        desk = made(call("a", "12-02 15:00"), mode="observe")
        file = desk.folder / "work.ics"
        file.rename(desk.folder / "away")
        desk.sync_at("23 17:00")
        assert not [text for text in desk.owners() if "only watches" in text]
        (desk.folder / "away").rename(file)
        desk.sync_at("23 17:10")
        assert len([text for text in desk.owners() if "only watches" in text]) == 1

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            pytest.param("tr", ("calsync yalnızca izliyor", "25 Kasım Çarşamba, 15:00", "not, 2 blok"), id="Turkish"),
            pytest.param("de", ("calsync schaut nur zu", "25. November, 15:00", "Notiz, 2 Blöcke"), id="German"),
        ],
    )
    def test_it_speaks_her_language(self, made: Made, language: str, words: tuple[str, ...]) -> None:
        desk = made(call("a", "25 15:00"), owner=f'language = "{language}"', mode="observe", client='language = "en"')
        desk.sync_at("23 17:00")
        (text,) = desk.owners()
        assert not [word for word in words if word not in text]


class TestWeeklyNote:
    def test_it_lists_what_to_tell_what_comes_and_the_caps(self, made: Made) -> None:
        events = [
            call("told", "24 15:00"),
            call("a", "25 15:00"),
            call("old", "12 15:00"),
            call("b", "12-01 15:00"),
            call("c", "12-03 10:00", 30),
            call("later", "12-08 15:00"),
        ]
        desk = made(*events, owner=FRIDAY, client='per_week = "1h"\nper_month = "6h"')
        house = desk.house()
        house.ledger.went(Told(call="told", client="acme", start=at("24 15:00"), at=at("24 16:00"), minutes=50))
        house.close()
        desk.sync_at("27 16:50")
        assert not notes(desk)
        desk.sync_at("27 17:00", "27 17:05", "27 23:00")
        (text,) = notes(desk)
        text = text.replace("\r\n", "\n")
        assert text.startswith(
            "How did these go? calsync done asks for each.\n"
            "• Wednesday 25 November, 15:00: Acme call (Acme), 45 min\n\n"
            "Next week\n"
            "• Tuesday 1 December, 15:00: Acme call (Acme), 45 min\n"
            "• Thursday 3 December, 10:00: Acme call (Acme), 30 min\n\n"
            "Planned, and the caps\n"
            "• Acme, the week of 30 November: 1 hour 15 minutes of 1 hour, which is over\n"
            "• Acme, November: "
        )
        assert "• Acme, December: 2 hours of 6 hours\n" in text

    def test_each_week_has_one_and_without_the_key_there_is_none(self, made: Made) -> None:
        desk = made(call("a", "12-10 15:00"), owner=FRIDAY)
        desk.sync_at("27 17:30", "28 17:30", "12-04 17:30")
        assert len(notes(desk)) == 2
        desk.config(config())
        desk.sync_at("12-11 17:30")
        assert len(notes(desk)) == 2

    def test_none_comes_on_a_day_off_of_hers_nor_a_day_late(self, made: Made) -> None:
        desk = made(call("a", "12-10 15:00"), day("Vacation", "1127", "1128"), owner=FRIDAY)
        desk.sync_at("27 17:30", "28 17:30")
        assert notes(desk) == []

    @pytest.mark.parametrize(("language", "word"), [("tr", "Gelecek hafta"), ("de", "Nächste Woche")])
    def test_it_speaks_her_language(self, made: Made, language: str, word: str) -> None:
        desk = made(call("a", "12-01 15:00"), owner=f'{FRIDAY}\nlanguage = "{language}"', client='language = "en"')
        desk.sync_at("27 17:30")
        assert word in desk.owners()[-1]


def notes(desk: Desk) -> list[str]:
    return [text for text in desk.owners() if "ext week" in text]


def test_a_death_while_it_is_mailed_costs_it_and_never_sends_it_twice(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = made(call("a", "12-02 15:00"), mode="observe")

    class Died(BaseException):
        pass

    def once(house: House) -> Callable[[str, datetime], bool]:
        whole = house.ledger.once

        def die(key: str, when: datetime) -> bool:
            whole(key, when)
            raise Died

        return die

    house = desk.house()
    monkeypatch.setattr(house.ledger, "once", once(house))
    with pytest.raises(Died):
        house.sync(at("23 17:00"))
    house.close()
    monkeypatch.undo()
    desk.sync_at("23 17:05")
    assert desk.owners() == []
