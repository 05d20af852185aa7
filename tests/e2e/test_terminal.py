"""What a person at a terminal sees and is asked: the real process behind a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.sample import MONDAY

ROOT = str(Path(__file__).parents[2])


def at_terminal(*words: str, answer: str = "", **environ: str) -> tuple[int, str]:
    """Run `calsync WORDS` in a terminal, type `answer` when asked; return status and everything that was shown."""
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # started in the background, the tests hand it down ignored
        os.environ.update(PYTHONPATH=ROOT, TERM="xterm", COLUMNS="100", **environ)
        os.execv(sys.executable, [sys.executable, "-m", "calsync", *words])  # noqa: S606 (the real command)
    shown, until = b"", time.monotonic() + 60
    with os.fdopen(terminal, "rb+", buffering=0) as file:
        while True:
            # A key that is pressed right before somebody listens for it is lost: then it is pressed again.
            ready = select.select([file], [], [], 0.5)[0]
            if not ready:
                if time.monotonic() > until:
                    os.kill(child, signal.SIGKILL)
                if b"[y/N]" in shown:
                    file.write(answer.encode())
                continue
            try:
                part = file.read(4096)
            except OSError:  # how Linux says that the other side has closed
                break
            if not part:
                break
            shown += part
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("answer", "status", "mode"),
    [
        pytest.param("n\n", 0, "observe", id="no"),
        pytest.param("\x03", 130, "observe", id="Ctrl-C"),
        pytest.param("y\n", 0, "act", id="yes"),
    ],
)
def test_act_asks_and_does_what_is_answered(sample: Path, answer: str, status: int, mode: str) -> None:
    before = (sample / "work.ics").read_bytes()
    ended, shown = at_terminal("act", "--now", MONDAY, answer=answer)
    assert ended == status
    assert "Set mode to act, and do this now? [y/N]:" in shown
    acted = 'mode = "act"' in (sample / "config.toml").read_text()
    assert (acted, (sample / "work.ics").read_bytes() != before) == (mode == "act", mode == "act")


def test_a_terminal_gets_colours_and_drawn_tables_unless_told_not_to(sample: Path) -> None:
    _, plan = at_terminal("plan", "--now", MONDAY)
    assert "\x1b[32m    + 13:55–14:00 block before" in plan
    assert "\x1b[" not in at_terminal("plan", "--now", MONDAY, NO_COLOR="1")[1]
    assert "\x1b[" not in at_terminal("--no-color", "plan", "--now", MONDAY)[1]
    assert "────" in at_terminal("clients", "--now", MONDAY)[1]
    assert at_terminal("clients", "--now", MONDAY, "--json")[1].startswith("{")
