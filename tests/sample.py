"""The sample of `calsync demo` as an owner's own config, what a command over it says, and the mail in its folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from email import message_from_bytes, policy
from importlib.resources import files
from pathlib import Path
from typing import Any

MONDAY = "2026-11-23T09:00:00+03:00"


@dataclass(frozen=True, slots=True)
class Ran:
    """What one command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def put_sample(home: Path) -> Path:
    """Put config.toml and work.ics where calsync looks for them in `home`; return their folder."""
    folder = home / ".config" / "calsync"
    folder.mkdir(parents=True)
    source = files("calsync.cli") / "sample"
    (folder / "config.toml").write_text((source / "config.toml").read_text(encoding="utf-8"), encoding="utf-8")
    text = (source / "work.ics").read_text(encoding="utf-8")
    (folder / "work.ics").write_bytes(text.replace("\n", "\r\n").encode())
    return folder


def mails(sample: Path, folder: str = ".") -> list[str]:
    """Return `recipient: subject` of each mail, earliest first."""
    found = []
    for path in sorted((sample / "outbox" / folder).glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        found.append(f"{mail['To']}: {mail['Subject']}")
    return found
