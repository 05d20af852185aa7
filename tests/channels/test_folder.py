"""The folder as a channel: the contract of its port, and what can happen to a folder."""

from __future__ import annotations

import email
import email.policy
import errno
import fcntl
import os
import stat
from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import NoReturn

import pytest

from calsync.channels.folder import FolderChannel
from calsync.ports import Channel, Fate, freely
from tests.contract.channel import NOW, Carried, ChannelContract, a_mail


def mails_in(folder: Path) -> Sequence[EmailMessage]:
    files = sorted(folder.glob("*.eml")) if folder.exists() else []
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail" / "outbox"


@pytest.fixture
def channel(folder: Path) -> FolderChannel:
    return FolderChannel("mail", folder)


class TestContract(ChannelContract):
    @pytest.fixture
    def channel(self, folder: Path) -> Channel:
        return FolderChannel("mail", folder)

    @pytest.fixture
    def carried(self, folder: Path) -> Carried:
        return lambda: mails_in(folder)


def test_a_mail_that_stands_is_not_written_again(channel: FolderChannel, folder: Path) -> None:
    assert channel.fate(a_mail()) is Fate.REFUSED
    for hours in (0, 0, 5):
        assert channel.send(a_mail(date=NOW + timedelta(hours=hours)), freely).fate is Fate.ACCEPTED
    (file,) = folder.iterdir()
    assert file.name.startswith("20261124-090000-")
    assert channel.fate(a_mail(date=NOW + timedelta(days=1))) is Fate.ACCEPTED


def test_what_is_for_the_owner_stands_apart_as_often_as_it_was_asked_for(channel: FolderChannel, folder: Path) -> None:
    for _ in range(3):
        assert channel.send(a_mail(private=True, to="deniz@kaya.example"), freely).fate is Fate.ACCEPTED
    assert len(mails_in(folder / "owner")) == 3 and mails_in(folder) == []
    assert channel.fate(a_mail()) is Fate.REFUSED
    assert channel.send(a_mail(), freely).fate is Fate.ACCEPTED and len(mails_in(folder)) == 1


def test_a_folder_that_it_makes_and_every_file_are_the_owners_alone(channel: FolderChannel, folder: Path) -> None:
    channel.send(a_mail(), freely)
    channel.send(a_mail(private=True), freely)
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE((folder / "owner").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.rglob("*.eml")} == {0o600}


def test_a_folder_that_was_there_keeps_its_mode(channel: FolderChannel, folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    channel.send(a_mail(), freely)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def fail(number: int) -> NoReturn:
    raise OSError(number, os.strerror(number))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG])
@pytest.mark.parametrize("step", ["fsync", "link"])
def test_a_disk_that_is_full_defers_and_leaves_no_part_of_a_mail(
    channel: FolderChannel, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    monkeypatch.setattr(os, step, lambda *_: fail(number))
    outcome = channel.send(a_mail(), freely)
    assert outcome.fate is Fate.DEFERRED and os.strerror(number) in outcome.why and str(folder) in outcome.why
    assert list(folder.iterdir()) == [] and channel.fate(a_mail()) is Fate.REFUSED
    monkeypatch.undo()
    assert channel.send(a_mail(), freely).fate is Fate.ACCEPTED and len(mails_in(folder)) == 1


def test_where_there_are_no_hard_links_a_rename_does(
    channel: FolderChannel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", lambda *_: fail(errno.EPERM))
    assert [channel.send(a_mail(), freely).fate for _ in range(2)] == [Fate.ACCEPTED] * 2
    assert len(list(folder.iterdir())) == len(mails_in(folder)) == 1


def test_what_a_dead_one_left_half_written_is_cleared_and_no_mail(channel: FolderChannel, folder: Path) -> None:
    channel.send(a_mail(), freely)
    (file,) = folder.iterdir()
    half = folder / f".{file.name}.tmp"
    half.write_bytes(file.read_bytes()[:40])
    (folder / ".nobodys").touch()
    file.unlink()
    assert channel.fate(a_mail()) is Fate.REFUSED
    assert channel.send(a_mail(), freely).fate is Fate.ACCEPTED
    assert sorted(folder.iterdir()) == sorted([file, folder / ".nobodys"])


def test_two_writers_at_once_are_one_after_the_other(channel: FolderChannel, folder: Path) -> None:
    folder.mkdir(parents=True)
    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert channel.send(a_mail(), freely).fate is Fate.DEFERRED
    os.close(handle)
    assert channel.send(a_mail(), freely).fate is Fate.ACCEPTED


def test_a_path_that_is_no_folder_defers_and_check_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "outbox"):
        channel = FolderChannel("mail", path)
        assert channel.send(a_mail(), freely).fate is Fate.DEFERRED
        assert "no folder" in channel.check()


def test_check_makes_and_sends_nothing(channel: FolderChannel, tmp_path: Path) -> None:
    assert channel.check() == "" and list(tmp_path.iterdir()) == []


def test_check_names_a_folder_that_may_not_be_written(
    channel: FolderChannel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(parents=True)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    assert channel.check() == f"no right to write in {folder}"
