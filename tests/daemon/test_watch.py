"""A file is known as changed by one look at its name, without being opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from calsync.daemon.watch import Files
from tests.daemon.conftest import opened_files


def _replace(path: Path) -> None:
    new = path.with_suffix(".new")
    new.write_bytes(path.read_bytes())
    stat = path.stat()
    os.utime(new, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    new.replace(path)


def _same_size_same_mtime(path: Path) -> None:
    stat = path.stat()
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda path: path.write_text("longer than before"), id="written"),
        pytest.param(_same_size_same_mtime, id="written, of the same size and with its old mtime"),
        pytest.param(_replace, id="replaced by its copy"),
        pytest.param(lambda path: path.unlink(), id="deleted"),
        pytest.param(lambda path: path.chmod(0o600), id="its rights changed"),
    ],
)
def test_a_change_is_seen_until_it_is_kept(tmp_path: Path, change: Callable[[Path], object]) -> None:
    path = tmp_path / "work.ics"
    path.write_text("as it was")
    path.chmod(0o644)
    files = Files([path])
    assert files.changed(), "nothing is known at first"
    files.keep(files.look())
    assert not files.changed()
    change(path)
    assert files.changed()
    files.keep(files.look())
    assert not files.changed()


def test_a_link_that_leads_elsewhere_is_a_change(tmp_path: Path) -> None:
    one, other, link = tmp_path / "one", tmp_path / "other", tmp_path / "link"
    one.write_text("same")
    other.write_text("same")
    link.symlink_to(one)
    files = Files([link])
    files.keep(files.look())
    link.unlink()
    link.symlink_to(other)
    assert files.changed()


def test_a_look_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "work.ics"
    path.write_text("as it was")
    files = Files([path])
    with opened_files() as opened:
        files.keep(files.look())
        assert not files.changed()
        assert opened == []
        path.read_text()
        assert opened == [str(path)], "what is opened is noticed here"
