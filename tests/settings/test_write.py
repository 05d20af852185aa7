"""A new config says what was typed, whatever that was, and is never put over anything."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calsync.cli.ask import of
from calsync.errors import ConfigError, UsageError
from calsync.settings.kinds import LINE, NAME
from calsync.settings.load import load, understood
from calsync.settings.write import client_text, config_text, put_new, see_place

ANYTHING = st.text(max_size=30) | st.sampled_from(
    [
        '"',
        "'''",
        '"""',
        "\\",
        "a\\",
        "#",
        "]",
        "a = 1",
        "🧑🏽‍💻",
        "é\u0301",
        "İı",
        "\x7f",
        "x\r\ny",
        "\u2028",
        "\udcff",
        "[[x]]",
    ]
)
NEW: dict[str, Any] = {
    "mode": "observe",
    "owner": {"name": "Deniz", "email": "deniz@kaya.example", "timezone": "Europe/Istanbul", "language": "en"},
    "calendars": {"work": {"type": "ics", "path": "work.ics"}},
    "channels": {"outbox": {"type": "folder", "path": "outbox"}},
    "defaults": {"send": "ask"},
}


def taken(kind: Any, text: str) -> str | None:
    try:
        return of(kind)(text)
    except ValueError:
        return None


@given(name=ANYTHING, sign=ANYTHING, key=ANYTHING, client=ANYTHING, greeted=ANYTHING)
def test_what_was_taken_stands_in_the_config_whatever_it_is(
    name: str, sign: str, key: str, client: str, greeted: str
) -> None:
    said = {"name": taken(LINE, name), "sign": taken(LINE, sign)}
    hers = {key: value for key, value in said.items() if value is not None}
    its = {"name": taken(LINE, client), "salutation": taken(LINE, greeted)}
    table = {"email": "ayse@acme.example"} | {key: value for key, value in its.items() if value is not None}
    document = NEW | {"owner": NEW["owner"] | hers, "clients": {taken(NAME, key) or "acme": table}}
    text = config_text(document)
    assert tomllib.loads(text) == document
    settings = understood(Path("/nowhere/config.toml"), text)
    assert settings.rules.owner.name == document["owner"]["name"]
    (only,) = settings.rules.clients
    assert (only.key, only.salutation) == (taken(NAME, key) or "acme", table.get("salutation", ""))


@given(texts=st.lists(ANYTHING, min_size=4, max_size=4))
def test_even_what_the_config_would_not_take_is_written_as_it_is(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    document = NEW | {
        "owner": {"name": texts[0]},
        "clients": {texts[1]: {"name": texts[2], "match": {"titles": texts}}},
    }
    assert tomllib.loads(config_text(document)) == document
    pasted = client_text(texts[1], {"name": texts[2]}, {"salutation": texts[3]})
    assert tomllib.loads(pasted) == {"clients": {texts[1]: {"name": texts[2]}}}


def test_comments_show_only_keys_that_are_taken_with_values_that_are(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    document = NEW | {"clients": {"acme": {"email": "ayse@acme.example"}}}
    lines = config_text(document).splitlines()
    shown = [line.removeprefix("# ") if line.startswith("# ") and " = " in line else line for line in lines[4:]]
    path.write_text("\n".join(shown))
    assert load(path).rules.clients[0].rate is not None


def test_a_new_file_is_for_its_owner_alone_and_folders_on_the_way_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "config.toml"
    put_new(path, "ş\n")
    assert path.read_bytes() == "ş\n".encode()
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert os.listdir(path.parent) == ["config.toml"]


@pytest.mark.parametrize("there", ["file", "link to nothing", "folder"])
def test_what_is_there_stays_as_it_is(tmp_path: Path, there: str) -> None:
    path = tmp_path / "config.toml"
    if there == "file":
        path.write_text("mine")
    elif there == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="left as it is"):
        put_new(path, "new")
    assert os.listdir(tmp_path) == ["config.toml"]
    assert there != "file" or path.read_text() == "mine"


def test_without_hard_links_it_is_written_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", no_links)
    put_new(tmp_path / "config.toml", "new")
    assert (os.listdir(tmp_path), (tmp_path / "config.toml").read_text()) == (["config.toml"], "new")
    with pytest.raises(UsageError):
        put_new(tmp_path / "config.toml", "newer")
    assert (os.listdir(tmp_path), (tmp_path / "config.toml").read_text()) == (["config.toml"], "new")


def test_a_place_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="file is no folder"):
        see_place(tmp_path / "file" / "x" / "config.toml")
    see_place(tmp_path / "a" / "b" / "config.toml")
    with pytest.raises(ConfigError, match="can't be written: Not a directory"):
        put_new(tmp_path / "file" / "x" / "config.toml", "new")
    with pytest.raises(ConfigError, match="can't be written"):
        put_new(tmp_path / ("x" * 300), "new")
    assert os.listdir(tmp_path) == ["file"]
