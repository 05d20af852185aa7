"""Whatever is typed, configured or read: no traceback, a documented exit status, one JSON document where asked for."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from calsync.cli.main import main
from calsync.cli.menu import LATER, MENU
from calsync.settings.edit import set_mode
from tests.conftest import IN_CI
from tests.e2e.conftest import Calsync

RUNS = int(os.environ.get("CALSYNC_RUNS", "250" if IN_CI else "60"))
SEED = int(os.environ.get("CALSYNC_SEED", "1"))
NOW = "2026-11-23T14:05:00+03:00"
PENDING = 10
STATUSES = frozenset({0, 1, 2, 3, 4, PENDING})
# One stays until it is stopped, the other writes into the home of whoever runs this: both are tried elsewhere.
COMMANDS = [name for name in MENU if name not in ("run", "service")]
Typed = Callable[[list[str]], int]

WORDS = [
    *COMMANDS,
    *(name for name in LATER if name not in ("run", "service")),
    *("list", "show", "approve", "skip", "resend", "suggest", "acme", "mavi", "nobody", "abc", "k3f9q2", ""),
    *("--yes", "--series", "--force", "--edited", "--exit-code", "--group", "--clear", "--keep", "--again"),
    *("--help", "--version", "--no-color", "-v", "-q", "--no-such", "--at-once", "-15m", "+15m", "+1000000h", "+0m"),
    *("--digest", "--add", "--because", "--until", "--client", "--month", "--week", "--from", "--to", "--zone"),
    *("--file", "--calendar", "--language", "--for-client", "--note", "--html", "--csv", "--dir", "work.ics", "."),
    *("2026-11", "2026-W47", "2026-W99", "2026-13", "2026-11-23", "0001-01-01", "9999-12-31", NOW, "Europe/Istanbul"),
    *("Europe/Nowhere", "../etc/passwd", "/dev/null", "\udce9", "a\nb", "ğüşİ", "\u202e", "🙂" * 40, "%s%n", "\x00"),
]  # fmt: skip


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, sample: Path) -> Iterator[Typed]:
    """Run one command line in this process and judge how it ended; return its status."""
    monkeypatch.chdir(sample)
    # Files that were written this moment count as settled: no look twice, no waiting.
    monkeypatch.setattr("calsync.calendars.file.SETTLED_S", 0.0)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def run(words: list[str]) -> int:
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(words)
            out.flush()
            err.flush()
        said = out.buffer.getvalue().decode()
        told = err.buffer.getvalue().decode()
        assert "Traceback" not in told and "a fault in calsync itself" not in told + said, (words, told, said)
        assert status in STATUSES, (words, status)
        if "--json" in words and (status or not {"--help", "--version"} & set(words)):
            json.loads(said)
        elif status:
            # Status 10 is an answer, not a problem: what is pending stands on stdout.
            assert said if status == PENDING else told, words
        return status

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_no_command_line_breaks_it(typed: Typed, sample: Path, tmp_path: Path) -> None:
    set_mode(sample / "config.toml", "act")
    kept = tmp_path / "kept"
    shutil.copytree(sample, kept)
    chance = random.Random(SEED)
    statuses: Counter[int] = Counter()
    for number in range(RUNS):
        if number % 25 == 0:
            shutil.rmtree(sample)
            shutil.copytree(kept, sample)
            os.chdir(sample)
        words = ["--config", "config.toml"] if chance.random() < 0.95 else []
        command = chance.choice(COMMANDS) if chance.random() < 0.9 else chance.choice(WORDS)
        # `demo` plays a whole week in a folder of its own: once is enough.
        words.append(command if command != "demo" or number < 25 else "plan")
        if chance.random() < 0.4:
            words.append("--json")
        words += chance.choices(WORDS, k=chance.choice([0, 1, 1, 2, 2, 3, 4]))
        if chance.random() < 0.8:
            words += ["--now", NOW]
        statuses[typed(words)] += 1
    assert statuses[0] > RUNS // 20 and statuses[2] > RUNS // 20


ODD = ["\x00", "\t", '"', "=", "\\", ":", ";", "ı", "\ufeff", "9" * 30]


def _broken(text: str, chance: random.Random) -> str:
    """Return a text with some of its lines or letters changed, as hands and programs do."""
    for _ in range(chance.choice([1, 1, 2, 5])):
        lines = text.split("\n")
        at = chance.randrange(len(lines))
        line = lines[at]
        place = chance.randrange(len(line) + 1)
        other = chance.choice(lines)
        lines[at : at + 1] = chance.choice(
            [
                [],
                [line, line],
                [other],
                [line, other],
                [line[:place]],
                [
                    line[:place]
                    + chance.choice(["\x00", "\t", '"', "=", "\\", ":", ";", "ı", "\ufeff", "9" * 30])
                    + line[place:]
                ],
                [re.sub(r"\d+", lambda found: str(chance.choice([0, 1, -1, 99, 10**12, int(found[0]) + 1])), line)],
                [re.sub(r"[\"'].*[\"']", chance.choice(['""', "[]", "{}", "1", "true", '"45"', '"-5m"', '"∞"']), line)],
                [line.swapcase()],
                [line[::-1]],
            ]
        )
        text = "\n".join(lines)
    return text


# Whatever stands in the config, what it says must not lead out of the sample's folder.
_PATHS = re.compile(r"^(state_dir|path|templates)\s*=\s*\"(/|~|\.\.)", re.MULTILINE)


def test_no_config_breaks_it(typed: Typed, sample: Path) -> None:
    config = sample / "config.toml"
    whole = 'mode = "act"\n' + config.read_text(encoding="utf-8")
    chance = random.Random(SEED)
    statuses: Counter[int] = Counter()
    for _ in range(RUNS):
        text = _broken(whole, chance)
        if _PATHS.search(text):
            continue
        config.write_bytes(text.encode("utf-8", "surrogatepass"))
        command = chance.choice(["plan", "sync", "status", "check", "clients", "report", "clean"])
        statuses[typed(["--config", "config.toml", command, "--json", "--now", NOW])] += 1
    assert statuses[0] and statuses[2]


def test_no_calendar_breaks_it(typed: Typed, sample: Path) -> None:
    set_mode(sample / "config.toml", "act")
    file = sample / "work.ics"
    typed(["--config", "config.toml", "sync", "--now", NOW])
    whole = file.read_bytes().decode()
    chance = random.Random(SEED)
    statuses: Counter[int] = Counter()
    for number in range(RUNS):
        text = _broken(whole, chance)
        data = text.encode("utf-8", "surrogatepass")
        if chance.random() < 0.2:
            at = chance.randrange(len(data))
            data = data[:at] + bytes(chance.randrange(256) for _ in range(3)) + data[at + chance.choice([0, 3, 200]) :]
        file.write_bytes(data)
        os.utime(file, (1, 1))
        if number % 2:
            words = [
                "events",
                "--file",
                "work.ics",
                "--zone",
                "Europe/Istanbul",
                "--from",
                "2026-11-01",
                "--to",
                "2027-01-01",
            ]
        else:
            words = [
                "--config",
                "config.toml",
                chance.choice(["plan", "sync", "clean", "status", "check", "explain", "act"]),
            ]
            words += ["--now", NOW]
            words += ["acme"] if "explain" in words else ["--yes"] if {"clean", "act"} & set(words) else []
        statuses[typed([*words, "--json"])] += 1
    assert statuses[0] and statuses[2] + statuses[1]


@pytest.mark.parametrize("command", sorted(MENU))
def test_every_command_as_a_process_says_what_it_wants(calsync: Calsync, sample: Path, command: str) -> None:
    ran = calsync(command, "--no-such", "--json")
    assert ran.status == 2
    assert ran.json["error"]["what"]
