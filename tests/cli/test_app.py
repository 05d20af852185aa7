"""The clock of a run: `--now` is for looking, and for rehearsals that reach nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calsync.cli.app import App
from calsync.errors import UsageError
from calsync.settings.load import load

ISTANBUL = ZoneInfo("Europe/Istanbul")
MONDAY = App(given_now=date(2026, 11, 23))


def test_a_date_is_its_first_instant_at_the_owners() -> None:
    assert MONDAY.now(ISTANBUL) == datetime(2026, 11, 22, 21, tzinfo=UTC)


def test_without_now_it_is_the_machines_clock() -> None:
    before = datetime.now(UTC)  # noqa: TID251 (the very clock that is meant)
    assert before <= App().now(ISTANBUL) <= datetime.now(UTC)  # noqa: TID251


def test_a_command_that_writes_takes_now_only_where_every_channel_is_a_folder(sample: Path) -> None:
    settings = load(sample / "config.toml")
    assert MONDAY.now(ISTANBUL, settings=settings) == MONDAY.now(ISTANBUL)
    more = '[channels.post]\ntype = "smtp"\nhost = "mail.kaya.example"\n[defaults]\nchannel = "mail"'
    me = '[channels.me]\ntype = "apprise"\nurls = [{ env = "NTFY" }]\n[defaults]'
    for name, tables in (("post", more), ("me", me)):
        (sample / "more.toml").write_text((sample / "config.toml").read_text().replace("[defaults]", tables, 1))
        real = load(sample / "more.toml")
        with pytest.raises(UsageError, match="--now is for rehearsals") as refused:
            MONDAY.now(ISTANBUL, settings=real)
        assert (refused.value.where, refused.value.exit_code) == (f"channels.{name}", 2)
        assert App().now(ISTANBUL, settings=real).tzinfo is UTC
    assert MONDAY.now(ISTANBUL) == datetime(2026, 11, 22, 21, tzinfo=UTC)
