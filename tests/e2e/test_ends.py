"""How the process ends: statuses, one JSON document on stdout, and no traceback whatever is thrown at it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import Calsync

WINDOW = ("--from", "2026-11-23", "--to", "2026-11-30", "--zone", "Europe/Istanbul")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        pytest.param(["--version"], 0, id="version"),
        pytest.param(["plan"], 2, id="no config"),
        pytest.param(["plan", "--json"], 2, id="no config, as JSON"),
        pytest.param(["--config", "/no/such/file", "status", "--json"], 2, id="a config that is not there"),
        pytest.param(["--config", ".", "status"], 2, id="a folder as config"),
        pytest.param(["--config", "a\nb", "status", "--json"], 2, id="a name with a line break"),
        pytest.param(["late", "acme", "10m"], 2, id="a later version's command"),
        pytest.param(["events", *WINDOW, "--file", "/dev/null", "--json"], 2, id="no file of a calendar"),
        pytest.param(["--no-such"], 2, id="an unknown option"),
    ],
)
def test_statuses_and_a_single_json_document(calsync: Calsync, words: list[str], status: int) -> None:
    ran = calsync(*words)
    assert ran.status == status
    if "--json" in words:
        assert {"error", "errors"} & ran.json.keys()
    elif status:
        assert ran.out == ""
        assert ran.err


def test_problems_of_the_config_are_told_all_at_once(calsync: Calsync, home: Path) -> None:
    config = home / "config.toml"
    config.write_text(
        'mode = "watch"\n[owner]\nname = "D"\n[calendars.work]\ntype = "ics"\npath = "w.ics"\ncolour = 1\n'
    )
    ran = calsync("--config", str(config), "plan")
    assert ran.status == 2
    lines = ran.err.splitlines()
    assert lines[0].startswith(f"{config}:1: mode: ")
    assert lines[-1].endswith("problems; nothing was done")
    assert int(lines[-1].split()[0]) == len(lines) - 1 >= 3
    errors = calsync("--config", str(config), "plan", "--json").json["errors"]
    assert len(errors) == len(lines) - 1
    assert all(error["code"] and error["what"] and error["where"] for error in errors)


def test_a_reader_that_has_had_enough_is_no_error(sample: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    words = ["events", *WINDOW, "--file", str(sample / "work.ics")]
    ran = subprocess.run([sys.executable, "-m", "calsync", *words], stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (ran.returncode, ran.stderr) == (141, "")


def test_a_terminal_without_our_letters_still_gets_the_table(calsync: Calsync, sample: Path) -> None:
    ran = calsync("events", *WINDOW, "--file", str(sample / "work.ics"), PYTHONIOENCODING="latin-1")
    assert ran.status == 0
    assert "\\u015e" in ran.out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_quietly(number: signal.Signals) -> None:
    code = (
        "import signal, sys, time\n"
        "from calsync.cli import main\n"
        # Whoever started the tests in the background left SIGINT ignored, and that is inherited.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "main.calsync.invoke = lambda context: (print('up', flush=True), time.sleep(60))\n"
        "sys.exit(main.main(['plan']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n"
            process.send_signal(number)
            _, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, err) == (0 if number == signal.SIGTERM else 130, "")
