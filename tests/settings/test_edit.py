"""Setting the mode changes that value and no other byte."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calsync.errors import ConfigError, ConfigErrors
from calsync.settings.edit import set_mode, with_mode
from calsync.settings.load import Settings, load

BASE = """\
[owner]  # me
name = "Deniz Kaya"
email = "deniz@kaya.example"
timezone = "Europe/Istanbul"
[calendars.work]
type = "ics"
path = "work.ics"
"""
BOM = "\ufeff"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('mode = "observe"\n', 'mode = "act"\n', id="plain"),
        pytest.param("mode='observe'#c\n", "mode='act'#c\n", id="quotes and comment stay"),
        pytest.param('mode\t= """observe""" \n', 'mode\t= """act""" \n', id="three quotes"),
        pytest.param('"mo\\u0064e" = "observe"\n', '"mo\\u0064e" = "act"\n', id="quoted key"),
        pytest.param('# mode = "observe"\nmode="observe"\n', '# mode = "observe"\nmode="act"\n', id="comment above"),
        pytest.param('mode = "observe"\r\n\r\n', 'mode = "act"\r\n\r\n', id="CRLF"),
        pytest.param(BOM + 'mode = "observe"\n', BOM + 'mode = "act"\n', id="byte order mark"),
        pytest.param("", 'mode = "act"\n\n', id="missing, table first"),
        pytest.param(BOM, BOM + 'mode = "act"\n\n', id="missing, byte order mark"),
        pytest.param('poll = "5m"\n\n', 'poll = "5m"\n\nmode = "act"\n\n', id="missing, after other keys"),
        pytest.param("# head\n\n# me\n", '# head\n\nmode = "act"\n\n# me\n', id="missing, comments stay with a table"),
        pytest.param("# head\r\n\r\n", '# head\r\n\r\nmode = "act"\r\n\r\n', id="missing, CRLF"),
    ],
)
def test_only_the_value_changes(config: Path, before: str, after: str) -> None:
    config.write_bytes((before + BASE).encode())
    set_mode(config, "act")
    assert config.read_bytes().decode() == after + BASE
    assert load(config).rules.mode == "act"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            'owner = { name = "D", email = "d@k.example", timezone = "UTC", aliases = [\n"x@k.example"] }\n'
            'calendars.work = { type = "ics", path = "w.ics" }',
            id="no header, no final newline",
        ),
        pytest.param(
            'owner.name = "mode = 1"\nowner.email = "d@k.example"\nowner.timezone = "UTC"\n'
            'calendars.work.type = "ics"\ncalendars.work.path = "w.ics"\n',
            id="dotted keys",
        ),
    ],
)
def test_a_file_without_headers_gets_its_line_at_the_top(config: Path, text: str) -> None:
    config.write_text(text)
    set_mode(config, "act")
    assert config.read_text() == f'mode = "act"\n{text}'
    assert load(config).rules.mode == "act"


def test_nothing_is_written_when_it_says_so_already(config: Path) -> None:
    config.write_text(f'mode = "act"\n{BASE}')
    before = config.stat()
    set_mode(config, "act")
    assert (config.stat().st_ino, config.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_mode_and_owner_stay_and_no_other_file_is_left(config: Path) -> None:
    config.write_text(BASE)
    config.chmod(0o640)
    before = config.stat()
    set_mode(config, "act")
    after = config.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert os.listdir(config.parent) == ["config.toml"]


def test_a_link_stays_a_link(config: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "calsync.toml"
    real.parent.mkdir()
    real.write_text(BASE)
    config.symlink_to(real)
    set_mode(config, "act")
    assert config.is_symlink() and 'mode = "act"' in real.read_text()


def test_a_config_with_problems_is_left_alone(config: Path) -> None:
    config.write_text(f'poll = "5"\n{BASE}')
    with pytest.raises(ConfigErrors):
        set_mode(config, "act")
    assert config.read_text() == f'poll = "5"\n{BASE}'


@pytest.mark.parametrize("call", ["tempfile.mkstemp", "os.replace", "os.fchmod", "os.fsync"])
def test_a_file_that_can_not_be_replaced_stays_and_the_owner_is_told_what_to_write(
    config: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    config.write_text(BASE)
    monkeypatch.setattr(call, refuse)
    with pytest.raises(ConfigError, match="Permission denied") as caught:
        set_mode(config, "act")
    assert caught.value.hint == 'write mode = "act" in it yourself'
    assert config.read_text() == BASE and os.listdir(config.parent) == ["config.toml"]


def test_an_edit_at_the_same_moment_is_not_lost(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text(BASE)
    write = os.fsync

    def edited_meanwhile(handle: int) -> None:
        config.write_text(BASE + "# mine\n")
        write(handle)

    monkeypatch.setattr(os, "fsync", edited_meanwhile)
    with pytest.raises(ConfigError, match="another program"):
        set_mode(config, "act")
    assert config.read_text() == BASE + "# mine\n"


TOPS = st.lists(
    st.sampled_from(
        ["", "# mode", "#[x]", 'poll = "5m"', 'horizon = """\n30d"""', "limits = { changes = 3 }", "  # x"]
    ),
    max_size=4,
    unique=True,
)


@given(top=TOPS, mode=st.sampled_from(["", "mode = 'observe'", ' mode="observe" # mode = "x"']), crlf=st.booleans())
def test_wherever_the_key_stands_all_else_stays(
    tmp_path_factory: pytest.TempPathFactory, top: list[str], mode: str, crlf: bool
) -> None:
    text = "\n".join([*top, mode, BASE])
    text = text.replace("\n", "\r\n") if crlf else text
    edited = with_mode(text, "act")
    at = edited.index("act")
    begin = edited.rfind("\n", 0, at) + 1
    if mode:
        assert edited[:at] + "observe" + edited[at + 3 :] == text
    else:
        newline = "\r\n" if crlf else "\n"
        rest = edited[at:].partition("\n")[2]
        assert edited[:begin] + (rest.removeprefix(newline)) == text or edited[:begin] + rest == text
    config = tmp_path_factory.getbasetemp() / "config.toml"
    config.write_bytes(edited.encode())
    assert load(config).rules.mode == "act"


def test_the_mode_can_be_set_back(based: Callable[..., Settings], config: Path) -> None:
    based(top='mode = "observe"')
    before = config.read_bytes()
    set_mode(config, "act")
    set_mode(config, "observe")
    assert config.read_bytes() == before
