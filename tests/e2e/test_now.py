"""The running call, said once and counting down: the real process, also behind a pseudo-terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calsync.settings.load import load
from calsync.wiring import open_house
from tests.e2e.running import ROOT
from tests.reconcile.conftest import calendar
from tests.sample import Ran

CONFIG = """\
mode = "act"
state_dir = "state"
[owner]
name = "Deniz Kaya"
email = "deniz@kaya.example"
timezone = "UTC"
work_hours = "00:00-24:00"
work_days = "mon-sun"
[calendars.work]
type = "ics"
path = "work.ics"
[channels.mail]
type = "folder"
path = "outbox"
[defaults]
polite_hours = "00:00-24:00"
polite_days = "mon-sun"
[clients.acme]
name = "Acme"
email = "ayse@acme.example"
per_call = "45m"
agenda = ["Zaubertrank"]
"""
Put = Callable[..., Path]


def event(uid: str, begins: float, minutes: int, title: str = "Acme weekly", who: str = "ayse@acme.example") -> str:
    """Return an event that begins so many minutes from now."""
    start = datetime.now(UTC).replace(  # noqa: TID251 (the real command goes by the real clock)
        second=0, microsecond=0
    ) + timedelta(minutes=begins)
    said = [
        "BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T080000Z", f"SUMMARY:{title}",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{start + timedelta(minutes=minutes):%Y%m%dT%H%M%SZ}",
        "ORGANIZER:mailto:deniz@kaya.example", *([f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{who}"] if who else []),
        "END:VEVENT",
    ]  # fmt: skip
    return "".join(f"{line}\r\n" for line in said)


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def make(*events: str, language: str = "en", tone: str = "formal") -> Path:
        (tmp_path / "config.toml").write_text(f'{CONFIG}language = "{language}"\ntone = "{tone}"\n', encoding="utf-8")
        (tmp_path / "work.ics").write_bytes(calendar(*events).encode())
        os.utime(tmp_path / "work.ics", (1, 1))
        return tmp_path

    return make


def calsync(folder: Path, *words: str) -> Ran:
    command = [sys.executable, "-m", "calsync", "--config", str(folder / "config.toml"), *words]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def at_terminal(folder: Path, *words: str, keys: Sequence[tuple[str, str]], columns: int = 100) -> tuple[int, str]:
    """Run it in a terminal; whenever the next text of `keys` is shown, press what stands beside it."""
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.environ.update(PYTHONPATH=str(ROOT), TERM="xterm", COLUMNS=str(columns), LINES="60")
        config = str(folder / "config.toml")
        os.execv(sys.executable, [sys.executable, "-m", "calsync", "--config", config, *words])  # noqa: S606
    shown, waits, until = "", list(keys), time.monotonic() + 60
    seen = 0
    with os.fdopen(terminal, "rb+", buffering=0) as file:
        while True:
            if select.select([file], [], [], 0.1)[0]:
                try:
                    part = file.read(65536)
                except OSError:  # how Linux says that the other side has closed
                    break
                if not part:
                    break
                shown += part.decode("utf-8", "replace")
            if waits and (found := re.search(waits[0][0], shown[seen:])):
                seen += found.end()
                file.write(waits.pop(0)[1].encode())
            if time.monotonic() > until:
                os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown


@pytest.mark.parametrize(
    ("language", "tone", "words"),
    [
        pytest.param("en", "formal", "Let's finish Zaubertrank", id="English"),
        pytest.param("tr", "formal", "Önce Zaubertrank konusunu", id="Turkish, siz"),
        pytest.param("tr", "close", "Devamını dinlemek isterim", id="Turkish, sen"),
        pytest.param("de", "formal", "Den Rest höre ich gern", id="German, Sie"),
        pytest.param("de", "close", "Den Rest höre ich gern", id="German, du"),
    ],
)
def test_elsewhere_it_says_once_what_runs_and_the_words_at_hand(put: Put, language: str, tone: str, words: str) -> None:
    folder = put(event("a", -5, 60), event("b", 3000, 60), language=language, tone=tone)
    ran = calsync(folder, "now")
    assert ran.status == 0
    head, left, again, *rest = ran.out.splitlines()
    assert head.startswith("Acme weekly · acme · ")
    assert re.fullmatch(r"(?:39|40) min left, until \d\d:\d\d", left) and again.startswith("next with this client: ")
    assert {"back to work", "keep to time", "to close"} <= {*rest}
    assert words in ran.out or language == "en"


def test_discreet_says_times_only(put: Put) -> None:
    ran = calsync(put(event("a", -5, 60), event("b", 3000, 60)), "now", "--discreet")
    assert ran.status == 0 and " min left, until " in ran.out and "next with this client: " in ran.out
    assert not re.search("acme|weekly|zauber|to open|work", ran.out, re.IGNORECASE)


def test_as_json_it_is_one_document(put: Put) -> None:
    folder = put(event("a", -5, 60), event("b", 3000, 60))
    said = calsync(folder, "now", "--json").json
    call = said["call"]
    assert (call["client"], call["summary"]) == ("acme", "Acme weekly") and call["minutes_left"] in (39, 40)
    assert datetime.fromisoformat(call["hard_stop"]) - datetime.fromisoformat(call["start"]) == timedelta(minutes=45)
    assert call["next_with_client"] == said["next"]["start"] and "Zaubertrank" in str(call["phrases"]["redirect"])
    discreet = calsync(folder, "now", "--json", "--discreet")
    assert discreet.json["call"]["minutes_left"] in (39, 40)
    assert not re.search("acme|zauber", discreet.out, re.IGNORECASE)


@pytest.mark.parametrize(("discreet", "named"), [([], True), (["--discreet"], False)], ids=["named", "discreet"])
def test_when_no_call_runs_it_says_the_next_one(put: Put, discreet: list[str], named: bool) -> None:
    folder = put(event("a", -100, 60), event("b", 121, 60))
    ran = calsync(folder, "now", *discreet)
    assert ran.status == 0 and ran.out.startswith("no call is running\nthe next one")
    assert ("Acme weekly · acme" in ran.out) is named and "in 2 h" in ran.out
    said = json.loads(calsync(folder, "now", "--json").out)
    assert said["call"] is None and said["next"]["client"] == "acme"
    assert calsync(put(), "now").out == "no call is running\n"


def test_a_call_that_is_over_is_shown_until_another_runs(put: Put) -> None:
    folder = put(event("a", -55, 45))
    assert re.search(r"time is up since \d\d:\d\d, (?:10|11) min over", calsync(folder, "now").out)
    folder = put(event("a", -55, 45), event("b", -2, 30, "Acme again"))
    assert "Acme again · acme" in calsync(folder, "now").out
    assert calsync(put(event("a", -80, 45)), "now").out.startswith("no call is running")


def test_a_calendar_that_can_not_be_read_is_told_and_is_an_error(put: Put) -> None:
    folder = put(event("a", -5, 60))
    (folder / "work.ics").unlink()
    ran = calsync(folder, "now")
    assert ran.status == 1 and "work: not read" in ran.err and ran.out == "no call is running\n"


def test_it_takes_no_other_clock(put: Put) -> None:
    assert calsync(put(event("a", -5, 60)), "now", "--now", "2026-11-24T15:00:00Z").status == 2


def test_in_a_terminal_it_counts_down_until_she_leaves(put: Put) -> None:
    status, shown = at_terminal(
        put(event("a", -5, 60)), "now", keys=[(r"\d+:\d\d left", ""), (r"\d+:\d\d left", ""), (r"\d+:\d\d left", "q")]
    )
    assert status == 0
    times = re.findall(r"(\d+):(\d\d) left", shown)
    seconds = [int(minute) * 60 + int(second) for minute, second in times]
    assert seconds == sorted(seconds, reverse=True) and seconds[0] <= 2400
    assert "+ five more minutes · d done · q leave" in shown and "Zaubertrank" in shown
    assert shown.count("\x1b[?1049h") == shown.count("\x1b[?1049l") == 1 and "\x1b[?25h" in shown


def test_plus_gives_five_more_minutes_and_sends_nothing(put: Put) -> None:
    folder = put(event("a", -5, 60))
    before = calsync(folder, "now", "--json").json["call"]["hard_stop"]
    status, shown = at_terminal(
        folder, "now", keys=[("q leave", "+"), ("nothing is sent", "+"), ("nothing is sent", "q")]
    )
    assert status == 0 and "calsync sync" in shown
    after = calsync(folder, "now", "--json").json["call"]["hard_stop"]
    assert datetime.fromisoformat(after) - datetime.fromisoformat(before) == timedelta(minutes=10)
    house = open_house(load(folder / "config.toml"), {})
    (flex,) = house.ledger.memory().flexes.values()
    house.close()
    assert (flex.minutes, flex.because) == (10, "")
    assert calsync(folder, "sync").status == 0 and not list(folder.glob("outbox/*.eml"))


def test_d_asks_how_it_went(put: Put) -> None:
    folder = put(event("a", -50, 60))
    answers = [
        ("q leave", "+"), ("nothing is sent", "d"), ("how long did it take", "55m\n"),
        ("why longer", "the contract\n"),
        ("what was decided", "we ship\n"), ("be ready next time", "\n"), ("left open", "Budget\n"), ("left open", "\n"),
    ]  # fmt: skip
    status, shown = at_terminal(folder, "now", keys=answers)
    assert status == 0 and "10 min over" in shown and "Decided: we ship." in shown
    house = open_house(load(folder / "config.toml"), {})
    (told,) = house.ledger.memory().told.values()
    house.close()
    assert (told.minutes, told.because, told.decided, told.open) == (55, "the contract", "we ship", ("Budget",))


def test_done_without_a_call_asks_about_each_of_late_and_leaves_out_what_she_leaves_out(put: Put) -> None:
    folder = put(event("a", -3000, 45), event("b", -1500, 45, "Acme again"))
    rest = [("what was decided", "\n"), ("be ready next time", "\n"), ("left open", "\n")]
    status, shown = at_terminal(folder, "done", keys=[
        ("Acme weekly", ""), ("leave this call out", "-\n"), ("Acme again", ""), ("leave this call out", "\n"), *rest,
    ])  # fmt: skip
    assert status == 0 and "took 45 min of 45 min" in shown
    again = calsync(folder, "done", "--json")
    assert again.status == 2 and "Acme weekly" in again.out and "Acme again" not in again.out


def test_plus_goes_into_no_other_appointment(put: Put) -> None:
    folder = put(event("a", -5, 60), event("x", 42, 60, "Dentist", who=""))
    status, shown = at_terminal(folder, "now", keys=[("q leave", "+"), ("you are taken from", "q")])
    assert status == 0 and "Dentist" not in shown
    assert calsync(folder, "now", "--json").json["call"]["minutes_left"] in (39, 40)


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_however_it_ends_the_terminal_is_as_it_was(put: Put, key: str) -> None:
    status, shown = at_terminal(put(event("a", -5, 60)), "now", "--discreet", keys=[("q leave", key)])
    assert status == (130 if key == "\x03" else 0)
    assert shown.rindex("\x1b[?1049l") > shown.rindex("left, until") and "Acme" not in shown


def test_a_narrow_terminal_gets_lines_that_fit(put: Put) -> None:
    _, shown = at_terminal(put(event("a", -5, 60)), "--no-color", "now", keys=[("q leave", "q")], columns=40)
    drawn = shown.split("\x1b[H\x1b[J")[1].split("\x1b")[0]
    assert max(map(len, drawn.splitlines())) <= 40
