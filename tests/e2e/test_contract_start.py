"""What a start costs, and what it brings into memory: somebody runs these commands from a prompt, all day long."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import MONDAY

ROOT = Path(__file__).parents[2]
FOREIGN = {"aiohttp", "flask", "google", "googleapiclient", "http", "httpx", "requests", "socketserver", "ssl",
           "starlette", "urllib3", "uvicorn", "werkzeug", "wsgiref"}  # fmt: skip
# Times vary with what else the machine does; the best of a few rounds says what the command itself needs.
ROUNDS = 12


def cpu(*words: str) -> float:
    """Return the CPU seconds of one interpreter that runs `words`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_help_starts_within_six_times_a_bare_interpreter() -> None:
    cpu("-m", "calsync", "--help")  # so that everything is compiled
    bare = helped = float("inf")
    for _ in range(ROUNDS):
        bare, helped = min(bare, cpu("-c", "pass")), min(helped, cpu("-m", "calsync", "--help"))
        if helped <= 5 * bare:
            break
    assert helped <= 6 * bare


def test_a_plan_of_a_file_brings_nothing_of_google_http_or_web_into_memory(sample: Path) -> None:
    program = "import sys\nfrom calsync.cli.main import main\nmain(sys.argv[1:])\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program, "plan", "--now", MONDAY], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Acme weekly" in done.stdout
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "calsync" in loaded
    assert not loaded & FOREIGN
