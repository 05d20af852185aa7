"""A person at a terminal who waits for each question and answers it, in front of the real command."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = str(Path(__file__).parents[2])
_SECONDS = 20


def converse(
    *words: str, answers: Sequence[tuple[str, str]], cwd: Path, environ: Mapping[str, str], keep: Path | None = None
) -> tuple[int, str]:
    """Run `calsync WORDS` in a terminal; type each answer when its question has come.

    answers: the end of each question, and what is typed. keep: where stdout goes in place of the terminal. Returns
    status and everything that the terminal showed.
    """
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.environ.update(PYTHONPATH=ROOT, TERM="dumb", COLUMNS="100")
        os.environ.update(environ)
        os.chdir(cwd)
        if keep is not None:
            os.dup2(os.open(keep, os.O_WRONLY | os.O_CREAT, 0o600), 1)
        os.execv(sys.executable, [sys.executable, "-m", "calsync", *words])  # noqa: S606 (the real command)
    shown, seen, until = b"", 0, time.monotonic() + _SECONDS
    last = b""
    left = [(question.encode(), answer.encode()) for question, answer in answers]
    with os.fdopen(terminal, "rb+", buffering=0) as file:
        while True:
            if left and (at := shown.find(left[0][0], seen)) >= 0:
                seen = at + len(left[0][0])
                last = left.pop(0)[1]
                file.write(last)
                continue
            if not select.select([file], [], [], 0.5)[0]:
                if time.monotonic() > until:
                    os.kill(child, signal.SIGKILL)
                elif last == b"\x03":
                    # Between a question and readline's waiting a Ctrl-C is only noted: a person presses again.
                    file.write(last)
                continue
            try:
                part = file.read(4096)
            except OSError:  # how Linux says that the other side has closed
                break
            if not part:
                break
            shown += part
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = shown.decode().replace("\r\n", "\n")
    assert not left, f"never asked: {left[0][0].decode()!r}\n{said}"
    return status, said
