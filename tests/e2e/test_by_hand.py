"""The owner's first days with calsync, by hand: every step a process of its own, in her own home."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import Calsync
from tests.sample import MONDAY, mails

NOW = ("--now", MONDAY)
AFTERNOON = ("--now", "2026-11-23T14:05:00+03:00")


def test_from_observe_to_a_message_and_back_byte_for_byte(calsync: Calsync, sample: Path) -> None:
    calendar, config = sample / "work.ics", sample / "config.toml"
    was, settings = calendar.read_bytes(), config.read_text()

    assert calsync("check", *NOW).status == 0
    assert calsync("plan", "--exit-code", *NOW).status == 10
    watched = calsync("sync", *NOW)
    assert (watched.status, watched.out.splitlines()[0]) == (
        0,
        "mode is observe: nothing is written and nothing is sent",
    )
    preview = calsync("preview", "acme", "--to-me", *NOW)
    assert preview.out.startswith("Acme weekly · acme · Tue 24 Nov 14:00–14:45 · ")
    assert mails(sample, "owner") == [
        "deniz@kaya.example: calsync: 1 thing needs you",  # the sample's calls take more than was planned
        "deniz@kaya.example: [preview] Our call on Tuesday 24 November",
    ]
    assert calendar.read_bytes() == was

    assert calsync("act", *NOW).status == 2
    assert config.read_text() == settings
    acted = calsync("act", "--yes", "--json", *NOW)
    assert acted.status == 0
    assert len(acted.json["applied"]) == 15
    assert config.read_text().replace('mode = "act"\n', "").split() == settings.split()

    written = calendar.read_bytes()
    quiet = calsync("sync", "--json", *NOW).json
    assert (quiet["applied"], quiet["sent"], quiet["failed"]) == ([], [], [])
    assert calendar.read_bytes() == written
    assert calsync("plan", "--exit-code", *NOW).status == 0

    sent = calsync("sync", "--json", *AFTERNOON).json["sent"]
    assert [(one["to"], one["state"], one["kind"]) for one in sent] == [("ayse@acme.example", "sent", "timeframe")]
    assert mails(sample) == ["ayse@acme.example: Our call on Tuesday 24 November"]
    assert calsync("sync", "--json", *AFTERNOON).json["sent"] == []
    assert calsync("sent", "acme", "--json", *AFTERNOON).json["messages"] == sent

    assert calsync("clean", *AFTERNOON).status == 2
    assert calendar.read_bytes() == written
    cleaned = calsync("clean", "--yes", *AFTERNOON)
    assert cleaned.status == 0
    assert "the next calsync sync will write again" in cleaned.err
    assert calendar.read_bytes() == was


def test_a_second_calsync_in_the_same_state_folder_ends_with_4(calsync: Calsync, sample: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom calsync.ledger.lock import StateLock\n"
        "with StateLock(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    root = str(Path(__file__).parents[2])
    assert calsync("plan", *NOW).status == 0  # makes the state folder
    with subprocess.Popen(
        [sys.executable, "-c", code, str(sample / "state")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root},
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        ran = calsync("sync", "--json", *NOW)
        assert (ran.status, ran.json["error"]["code"]) == (4, "locked")
        assert calsync("status", *NOW).status == 0
        assert calsync("pause", *NOW).status == 0
        holder.communicate()


def test_plan_imports_nothing_of_google_http_or_web(sample: Path) -> None:
    code = (
        "import sys, json\nfrom calsync.cli.main import main\n"
        f"main({['--config', str(sample / 'config.toml'), 'plan', '-h'][:3] + list(NOW)!r})\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = json.loads(ran.stdout.splitlines()[-1])
    assert "calsync.planning.plan" in modules
    forbidden = (
        "google",
        "httplib2",
        "http.client",
        "http.server",
        "urllib.request",
        "httpx",
        "calsync.web",
        "ssl",
        "rich",
    )
    assert not [name for name in modules if name.startswith(forbidden)]
