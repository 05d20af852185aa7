"""Several processes at once over one state folder and one calendar file: nothing is lost, nothing done twice."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from calsync.settings.edit import set_mode

NOW = "2026-11-23T14:05:00+03:00"
ROOT = Path(__file__).parents[2]


def _started(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "calsync", "--config", str(folder / "config.toml"), *words, "--now", NOW],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return process.returncode, out


def _done(folder: Path, *words: str) -> str:
    status, out = _ended(_started(folder, *words))
    assert status == 0, (words, out)
    return out


def _mails(folder: Path) -> list[str]:
    box = (folder / "outbox").glob("*.eml")
    return sorted(str(message_from_bytes(path.read_bytes(), policy=policy.default)["Message-ID"]) for path in box)


def _uids(folder: Path) -> list[bytes]:
    return re.findall(rb"^UID:(.*)\r$", (folder / "work.ics").read_bytes().replace(b"\r\n ", b""), re.MULTILINE)


def _nothing_is_pending(folder: Path) -> None:
    before = (folder / "work.ics").read_bytes()
    done = json.loads(_done(folder, "sync", "--json"))
    assert (done["applied"], done["sent"], done["failed"]) == ([], [], [])
    assert (folder / "work.ics").read_bytes() == before


@pytest.fixture
def acting(sample: Path) -> Path:
    set_mode(sample / "config.toml", "act")
    return sample


def test_of_several_cycles_at_once_each_waits_its_turn_or_gives_way(acting: Path) -> None:
    processes = [_started(acting, "sync") for _ in range(4)]
    statuses = sorted(_ended(process)[0] for process in processes)
    assert statuses[0] == 0 and set(statuses) <= {0, 4}
    assert len(_mails(acting)) == 1
    blocks = [uid for uid in _uids(acting) if uid.endswith(b"@block.calsync")]
    assert len(blocks) == len(set(blocks)) > 4
    _nothing_is_pending(acting)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["agenda", "acme", "--add", "One point more"], id="agenda"),
        pytest.param(["flex", "acme", "+15m", "--because", "we have a lot to settle"], id="flex"),
        pytest.param(["skip", "acme", "--series"], id="skip"),
        pytest.param(["pause", "acme"], id="pause"),
    ],
)
def test_a_wish_beside_a_running_cycle_is_kept(acting: Path, words: list[str]) -> None:
    cycle = _started(acting, "sync")
    wish = _started(acting, *words)
    assert _ended(wish)[0] == 0
    assert _ended(cycle)[0] in (0, 4)
    _done(acting, "sync")
    _nothing_is_pending(acting)
    file = (acting / "work.ics").read_bytes().replace(b"\r\n ", b"").decode()
    plan = json.loads(_done(acting, "plan", "--json"))
    mine = [call for call in plan["calls"] if call["uid"] == "acme-weekly@kaya.example"]
    match words[0]:
        case "agenda":
            assert "One point more" in file
        case "flex":
            assert mine[0]["minutes"] == 60
        case "skip":
            assert mine == [] and plan["calls"]
        case "pause":
            waiting = [one for one in plan["messages"] if one["client"] == "acme" and one["state"] != "sent"]
            assert waiting and {one["state"] for one in waiting} == {"held"}
    assert len(_mails(acting)) == len(set(_mails(acting))) <= 1


def test_an_approval_beside_a_running_cycle_sends_once(acting: Path) -> None:
    config = acting / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("[defaults]", '[defaults]\nsend = "ask"'), "utf-8")
    _done(acting, "sync")
    messages = json.loads(_done(acting, "outbox", "--json"))["messages"]
    waiting = [one for one in messages if one["state"] == "asks"]
    processes = [
        _started(acting, "sync"),
        _started(acting, "outbox", "approve", waiting[0]["id"]),
        _started(acting, "sync"),
    ]
    assert _ended(processes[1])[0] == 0
    assert {_ended(processes[0])[0], _ended(processes[2])[0]} <= {0, 4}
    _done(acting, "sync")
    assert len(_mails(acting)) == 1
    _nothing_is_pending(acting)


def test_no_edit_of_another_program_is_lost_while_cycles_run(acting: Path) -> None:
    """A program that replaces the file as a whole keeps adding events while cycles write notes and blocks."""
    file = acting / "work.ics"
    added: list[str] = []
    stop = threading.Event()

    def edit() -> None:
        while not stop.is_set() and len(added) < 60:
            data = file.read_bytes()
            uid = f"added-{len(added)}@kaya.example"
            event = (
                f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T080000Z\r\nDTSTART:20261124T0600{len(added):02}Z\r\n"
                "DTEND:20261124T061500Z\r\nSUMMARY:Errand\r\nEND:VEVENT\r\n"
            )
            at = data.rindex(b"END:VCALENDAR")
            # In place, as editors do that keep the file: read and write are one step for them.
            with open(file, "r+b") as stream:
                if stream.read() != data:
                    continue  # calsync was faster; this program looks again before it saves
                stream.seek(at)
                stream.write(event.encode() + data[at:])
            added.append(uid)
            stop.wait(0.05)

    program = threading.Thread(target=edit)
    program.start()
    try:
        statuses = [_ended(_started(acting, "sync"))[0] for _ in range(3)]
    finally:
        stop.set()
        program.join()
    assert set(statuses) <= {0, 1}  # 1: it kept changing, and the next cycle tries again
    _done(acting, "sync")
    uids = [uid.decode() for uid in _uids(acting)]
    assert len(added) > 5
    assert [uid for uid in uids if uid.startswith("added-")] == added
    blocks = [uid for uid in uids if uid.endswith("@block.calsync")]
    assert len(blocks) == len(set(blocks)) > 4
    assert len(_mails(acting)) == 1
    _nothing_is_pending(acting)
