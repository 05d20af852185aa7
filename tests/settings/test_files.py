"""Where the config and the state are looked for, and what a file is told that can't be read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from calsync.errors import ConfigErrors, StateUnusable
from calsync.settings.load import Settings, find_config, load, state_dir
from calsync.settings.problems import say


@pytest.mark.parametrize(
    ("option", "environ", "expected"),
    [
        pytest.param("a.toml", {"CALSYNC_CONFIG": "b.toml", "HOME": "/h"}, "a.toml", id="option"),
        pytest.param(None, {"CALSYNC_CONFIG": "b.toml", "HOME": "/h"}, "b.toml", id="$CALSYNC_CONFIG"),
        pytest.param(None, {"CALSYNC_CONFIG": "", "HOME": "/h"}, "/h/.config/calsync/config.toml", id="empty is unset"),
        pytest.param(None, {"XDG_CONFIG_HOME": "/x", "HOME": "/h"}, "/x/calsync/config.toml", id="$XDG_CONFIG_HOME"),
        pytest.param(
            None, {"XDG_CONFIG_HOME": "x", "HOME": "/h"}, "/h/.config/calsync/config.toml", id="relative is unset"
        ),
    ],
)
def test_the_config_is_found(option: str | None, environ: dict[str, str], expected: str) -> None:
    assert find_config(option, environ) == Path(expected)


def test_the_machines_config_holds_only_where_the_user_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {Path("/etc/calsync/config.toml")}
    monkeypatch.setattr("calsync.settings.load._is_there", lambda path: path in there)
    assert find_config(None, {"HOME": str(tmp_path)}) == Path("/etc/calsync/config.toml")
    there.add(tmp_path / ".config/calsync/config.toml")
    assert find_config(None, {"HOME": str(tmp_path)}) == tmp_path / ".config/calsync/config.toml"


@pytest.mark.parametrize(
    ("top", "environ", "expected"),
    [
        pytest.param('state_dir = "/s"', {"STATE_DIRECTORY": "/t", "HOME": "/h"}, "/s", id="the config's"),
        pytest.param("", {"STATE_DIRECTORY": "/t:/u", "HOME": "/h"}, "/t", id="the first that systemd made"),
        pytest.param("", {"XDG_STATE_HOME": "/x", "HOME": "/h"}, "/x/calsync", id="$XDG_STATE_HOME"),
        pytest.param("", {"HOME": "/h"}, "/h/.local/state/calsync", id="default"),
    ],
)
def test_the_state_folder_is_found(
    based: Callable[..., Settings], top: str, environ: dict[str, str], expected: str
) -> None:
    assert state_dir(based(top=top), environ) == Path(expected)


def test_without_any_home_the_state_folder_is_an_error(
    based: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> Path:
        raise RuntimeError

    settings = based()
    monkeypatch.setattr(Path, "home", nobody)
    with pytest.raises(StateUnusable):
        state_dir(settings, {})


def told(path: Path) -> str:
    with pytest.raises(ConfigErrors) as caught:
        load(path)
    (error,) = caught.value.errors
    return say(error).replace(f"{path.parent}/", "")


def test_a_missing_file_is_told_with_a_way_to_begin(tmp_path: Path) -> None:
    said = told(tmp_path / "config.toml")
    assert said.startswith("config.toml: no such file; ")
    assert "calsync demo" in said and "config/calsync.example.toml" in said


def test_a_file_below_a_file_is_missing_too(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    assert told(tmp_path / "a" / "config.toml").startswith("config.toml: no such file")


def test_a_folder_is_told(tmp_path: Path) -> None:
    assert told(tmp_path / ".").endswith(": a folder, where a config file should be; name the file itself")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.toml")
    assert told(tmp_path / "config.toml").startswith("config.toml: no plain file")


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "a/../\udcff"])
def test_a_name_that_no_file_has_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigErrors):
        load(tmp_path / name)


def test_a_refusal_to_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    assert told(tmp_path / "config.toml").startswith("config.toml: may not be read; give your user the right")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"#" * 1_000_001)
    assert "this is no config" in told(tmp_path / "config.toml")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"a = 1\nb = '\xff'", "config.toml:2: not UTF-8; save the file as UTF-8", id="latin 1"),
        pytest.param("a = 1".encode("utf-16"), "config.toml:1: not UTF-8; save the file as UTF-8", id="UTF-16"),
        pytest.param(b"a = 1\nb = \n", "config.toml:2: no value that TOML knows; put texts", id="no value"),
        pytest.param(b"poll = 5m", "config.toml:1: not TOML: expected newline", id="no quotes"),
        pytest.param(b"mode = 1\n\nmode = 2", 'config.toml:3: the key "mode" stands twice; keep one', id="key twice"),
        pytest.param(b"[owner]\n[a]\n[owner]", 'config.toml:3: "[owner]" was already given above', id="table twice"),
        pytest.param(b"a = {}\na.b = 1", 'config.toml:2: "a.b" was already given above; keep one', id="closed table"),
        pytest.param(b'a = "', "config.toml:1: not TOML: ", id="ends in a text"),
        pytest.param(b"a = \x01", "config.toml:1: ", id="control character"),
        pytest.param(b"a = " + b"[" * 20_000, "config.toml:1: lists or tables nested too deeply", id="deep"),
        pytest.param(b"a = " + b"9" * 5000, "config.toml: a value that can't be read", id="number of 5000 digits"),
        pytest.param(b"a = 2026-02-30", "config.toml:1: ", id="a day that no month has"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(tmp_path: Path, data: bytes, expected: str) -> None:
    (tmp_path / "config.toml").write_bytes(data)
    assert told(tmp_path / "config.toml").startswith(expected)


def test_a_broken_line_never_shows_its_value(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[channels.m]\npassword = "hunter2"\npassword = "hunter2" x')
    assert "hunter2" not in told(tmp_path / "config.toml")
