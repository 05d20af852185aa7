"""A calendar file among other programs: nothing of theirs is lost, nothing of ours is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from calsync.calendars.file import FileCalendar
from calsync.calendars.replace import Clock
from calsync.errors import CalendarUnreadable, CalendarUnwritable, Stale
from tests.calendars.ics import ISTANBUL, NOTE, YEAR, a_block, a_calendar, an_event, cuts, notes
from tests.contract.calendar import WritableCalendarContract

LATER = Clock(seconds=lambda: time.time_ns() / 1e9 + 60, pause=lambda s: time.sleep(s / 100))
"""A minute ahead: what was just written counts as old."""

DATA = a_calendar(an_event("DTSTART:20260302T120000Z", "DTEND:20260302T130000Z", "RRULE:FREQ=WEEKLY;COUNT=3"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "cal" / "work.ics"
    path.parent.mkdir()
    path.write_bytes(DATA)
    return path


@pytest.fixture
def calendar(path: Path, tmp_path: Path) -> FileCalendar:
    return FileCalendar("work", path, ISTANBUL, backups=tmp_path / "backups", clock=LATER)


class TestContract(WritableCalendarContract):
    @pytest.fixture
    def calendar(self, path: Path, tmp_path: Path) -> FileCalendar:
        path.write_bytes(
            a_calendar(
                an_event(
                    "DTSTART:20261124T090000Z",
                    "DTEND:20261124T100000Z",
                    "DESCRIPTION:Her own\\ntext\\, with\\; signs",
                    uid="single@x",
                ),
                an_event("DTSTART:20261125T090000Z", "DTEND:20261125T100000Z", uid="bare@x"),
                an_event(
                    "DTSTART:20261126T090000Z", "DTEND:20261126T100000Z", "RRULE:FREQ=WEEKLY;COUNT=2", uid="series@x"
                ),
            )
        )
        return FileCalendar("work", path, ISTANBUL, backups=tmp_path / "backups", clock=LATER)


def put_notes(calendar: FileCalendar) -> str:
    reading = calendar.read(YEAR)
    return calendar.apply([*notes(reading), a_block()], reading.version)


def beside(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


def test_a_cycle_and_its_taking_back_give_the_file_back(calendar: FileCalendar, path: Path) -> None:
    version = put_notes(calendar)
    reading = calendar.read(YEAR)
    assert reading.version == version
    assert len(reading.standing) == 4
    calendar.apply(cuts(reading), version)
    assert path.read_bytes() == DATA
    assert not calendar.settle()
    assert beside(path) == ["work.ics"]


def test_an_edit_that_changes_nothing_writes_nothing(calendar: FileCalendar, path: Path) -> None:
    version = put_notes(calendar)
    before = path.stat()
    reading = calendar.read(YEAR)
    assert calendar.apply(notes(reading), version) == version
    assert path.stat().st_ino == before.st_ino


def test_an_unchanged_file_is_not_opened_again(calendar: FileCalendar, path: Path) -> None:
    first = calendar.read(YEAR)
    path.chmod(0o600)  # a change of mode is a change to look at
    second = calendar.read(YEAR)
    assert second == first
    opened: list[str] = []
    watching = True
    sys.addaudithook(lambda event, args: opened.append(str(args[0])) if watching and event == "open" else None)
    third = calendar.read(YEAR)
    watching = False  # a hook can't be taken off again
    assert third == second
    assert str(path) not in opened


def test_a_version_that_no_longer_stands_is_stale(calendar: FileCalendar, path: Path) -> None:
    reading = calendar.read(YEAR)
    path.write_bytes(DATA + b"\r\n")
    with pytest.raises(Stale):
        calendar.apply(notes(reading), reading.version)
    assert path.read_bytes() == DATA + b"\r\n"


def test_the_content_before_is_kept_for_the_owner_alone(calendar: FileCalendar, tmp_path: Path) -> None:
    put_notes(calendar)
    backup = tmp_path / "backups" / "work.ics"
    assert backup.read_bytes() == DATA
    assert backup.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664], ids=oct)
def test_the_mode_stays(calendar: FileCalendar, path: Path, mode: int) -> None:
    path.chmod(mode)
    put_notes(calendar)
    assert path.stat().st_mode & 0o777 == mode


def test_a_symbolic_link_stays_one(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.ics"
    link.symlink_to(path)
    put_notes(FileCalendar("work", link, ISTANBUL, backups=tmp_path / "backups", clock=LATER))
    assert link.is_symlink()
    assert path.read_bytes() != DATA


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_the_owner_of_the_file_stays(calendar: FileCalendar, path: Path) -> None:
    os.chown(path, 1234, 1235)
    put_notes(calendar)
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 1235)


def test_a_file_with_a_second_name_is_left_alone(calendar: FileCalendar, path: Path, tmp_path: Path) -> None:
    (tmp_path / "other.ics").hardlink_to(path)
    with pytest.raises(CalendarUnwritable, match="second name"):
        put_notes(calendar)
    assert path.read_bytes() == DATA
    assert beside(path) == ["work.ics"]


def test_an_edit_of_a_program_that_had_the_file_open_is_put_back(calendar: FileCalendar, path: Path) -> None:
    """It opened the file for reading and writing by name before the swap, and writes after it."""
    reading = calendar.read(YEAR)
    descriptor = os.open(path, os.O_RDONLY)
    calendar.apply(notes(reading), reading.version)
    late = DATA.replace(b"COUNT=3", b"COUNT=9")
    with open(f"/proc/self/fd/{descriptor}", "wb") as file:
        file.write(late)
    os.close(descriptor)
    assert calendar.settle()
    assert path.read_bytes() == late
    assert beside(path) == ["work.ics"]


def test_two_edits_in_one_moment_are_brought_together(calendar: FileCalendar, path: Path) -> None:
    """One program writes into the displaced file, another into the new one."""
    reading = calendar.read(YEAR)
    descriptor = os.open(path, os.O_RDONLY)
    calendar.apply([a_block()], reading.version)
    early = an_event("DTSTART:20260401T120000Z", uid="early@x").replace("\n", "\r\n").encode()
    late = an_event("DTSTART:20260402T120000Z", uid="late@x").replace("\n", "\r\n").encode()
    with open(f"/proc/self/fd/{descriptor}", "wb") as file:
        file.write(DATA.replace(b"END:VCALENDAR", early + b"END:VCALENDAR"))
    os.close(descriptor)
    path.write_bytes(path.read_bytes().replace(b"END:VCALENDAR", late + b"END:VCALENDAR"))
    assert calendar.settle()
    uids = {occurrence.uid for occurrence in calendar.read(YEAR).occurrences}
    assert uids == {"one@x", "block@x", "early@x", "late@x"}
    assert beside(path) == ["work.ics"]


@pytest.mark.parametrize("swapped", [True, False], ids=["killed after the swap", "killed before the swap"])
def test_what_a_killed_run_left_is_cleared(path: Path, tmp_path: Path, *, swapped: bool) -> None:
    first = FileCalendar("work", path, ISTANBUL, backups=tmp_path / "backups", clock=LATER)
    put_notes(first)  # and is killed before it settles
    if not swapped:
        hidden = path.with_name(".work.ics.calsync")
        hidden.write_bytes(path.read_bytes())
        path.write_bytes(DATA)
    second = FileCalendar("work", path, ISTANBUL, backups=tmp_path / "backups", clock=LATER)
    put_notes(second)
    second.settle()
    assert beside(path) == ["work.ics"]
    assert NOTE.split("\n")[0].encode() in path.read_bytes()


def test_an_edit_in_a_file_that_a_killed_run_displaced_is_put_back(path: Path, tmp_path: Path) -> None:
    put_notes(FileCalendar("work", path, ISTANBUL, backups=tmp_path / "backups", clock=LATER))
    late = DATA.replace(b"COUNT=3", b"COUNT=9")
    path.with_name(".work.ics.calsync").write_bytes(late)
    second = FileCalendar("work", path, ISTANBUL, backups=tmp_path / "backups", clock=LATER)
    reading = second.read(YEAR)
    with pytest.raises(Stale):
        second.apply(notes(reading), reading.version)
    assert path.read_bytes() == late
    assert beside(path) == ["work.ics"]


def test_a_file_that_is_being_written_is_looked_at_twice(path: Path, tmp_path: Path) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 1:
            path.write_bytes(DATA)

    path.write_bytes(DATA.replace(b"COUNT=3", b"COUNT=1"))
    now = path.stat().st_mtime
    clock = Clock(seconds=lambda: now + 1, pause=pause)
    calendar = FileCalendar("work", path, ISTANBUL, backups=tmp_path / "backups", clock=clock)
    assert len(calendar.read(YEAR).occurrences) == 3
    assert len(pauses) == 2


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        pytest.param(lambda path: path.unlink(), "No such file", id="missing"),
        pytest.param(lambda path: path.write_bytes(b""), "empty", id="empty"),
        pytest.param(a_folder, "directory|no file", id="folder"),
        pytest.param(a_pipe, "no file", id="pipe"),
        pytest.param(lambda path: path.write_bytes(DATA[:-30]), "cut", id="cut"),
    ],
)
def test_what_is_no_whole_calendar_is_said(calendar: FileCalendar, path: Path, make, says: str) -> None:  # type: ignore[no-untyped-def]
    make(path)
    with pytest.raises(CalendarUnreadable, match=says) as caught:
        calendar.read(YEAR)
    assert "work" in caught.value.where


def test_the_folder_can_exchange_files(calendar: FileCalendar, path: Path) -> None:
    assert calendar.exchange_works() in (True, False)
    assert beside(path) == ["work.ics"]


EDITOR = """
import os, sys
path, edits, way = sys.argv[1], int(sys.argv[2]), sys.argv[3]
for number in range(edits):
    sum(range(number % 7 * 5000))  # some edits follow at once, others after a while
    event = f"BEGIN:VEVENT\\r\\nUID:edit-{way}-{number}\\r\\nDTSTART:20260501T120000Z\\r\\nEND:VEVENT\\r\\n".encode()
    kind = way if way != "both" else ("place", "rename", "truncate")[number % 3]
    if kind == "place":
        with open(path, "r+b") as file:
            data = file.read()
            file.seek(0)
            file.write(data.replace(b"END:VCALENDAR", event + b"END:VCALENDAR"))
            file.truncate()
    else:
        with open(path, "rb") as file:
            data = file.read()
        new = data.replace(b"END:VCALENDAR", event + b"END:VCALENDAR")
        if kind == "truncate":
            with open(path, "wb") as file:
                file.write(new)
        else:
            with open(path + ".new", "wb") as file:
                file.write(new)
            os.rename(path + ".new", path)
"""


def test_a_thousand_edits_of_another_program_in_between_are_all_there(calendar: FileCalendar, path: Path) -> None:
    editor = subprocess.Popen([sys.executable, "-c", EDITOR, str(path), "1000", "both"])
    rounds = ours = 0
    while editor.poll() is None or not ours:
        rounds += 1
        try:
            reading = calendar.read(YEAR)
            edits = cuts(reading) if rounds % 2 else [a_block(f"block-{rounds}@x")]
            ours += calendar.apply(edits, reading.version) != reading.version
            calendar.settle()
        except (Stale, CalendarUnreadable):
            continue
    assert editor.returncode == 0
    calendar.settle()
    left = {occurrence.uid for occurrence in calendar.read(YEAR).occurrences}
    missing = [number for number in range(1000) if f"edit-both-{number}" not in left]
    assert missing == []
    assert beside(path) == ["work.ics"]
    assert ours > 0
