"""A ledger that is an older copy of itself, known by the stamp beside it."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest

from calsync.errors import LedgerError, StateUnusable
from calsync.ledger.sqlite import FILE, SqliteLedger, open_ledger
from calsync.ledger.stamp import FILE as STAMP
from calsync.ledger.stamp import PLACE, Stamp, came_from_elsewhere, read_stamp, write_stamp
from calsync.model.message import State
from calsync.ports import OLDER_LEDGER
from tests.contract.ledger import MINUTE, NOW, START, a_key, a_message

LATER = NOW + timedelta(hours=5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def ledger(folder: Path) -> Iterator[SqliteLedger]:
    with closing(open_ledger(folder)) as ledger:
        assert not ledger.notice_older_copy(NOW)
        yield ledger


def send(ledger: SqliteLedger, call: str) -> None:
    ledger.queue([a_message(call)])
    claimed = ledger.claim(a_key(call), NOW)
    assert claimed is not None and ledger.begin(claimed.key, claimed.epoch, NOW)


def put_back(folder: Path, copy: Path) -> None:
    """Restore a copy as people do: over the file that is there."""
    shutil.copy(copy, folder / FILE)


def copied(ledger: SqliteLedger, folder: Path) -> Path:
    copy = folder.parent / "copy.sqlite3"
    shutil.copy(folder / FILE, copy)
    return copy


def noticed(folder: Path) -> bool:
    with closing(open_ledger(folder)) as ledger:
        return ledger.notice_older_copy(LATER)


def states(folder: Path) -> dict[str, State]:
    with closing(open_ledger(folder)) as ledger:
        return {message.key.call: message.state for message in ledger.memory().messages}


def test_the_stamp_knows_of_a_claim_before_the_message_leaves(ledger: SqliteLedger, folder: Path) -> None:
    ledger.queue([a_message()])
    claimed = ledger.claim(a_key(), NOW)
    before = read_stamp(folder)
    assert claimed is not None and before is not None and before.claims == 0
    ledger.begin(claimed.key, claimed.epoch, NOW)
    assert read_stamp(folder) == Stamp(ledger.memory().installation, 1)
    assert stat.S_IMODE((folder / STAMP).stat().st_mode) == 0o600


def test_a_ledger_that_is_the_last_one_is_left_alone(ledger: SqliteLedger, folder: Path) -> None:
    send(ledger, "a")
    ledger.queue([a_message("b"), a_message("claimed and not begun")])
    ledger.claim(a_key("claimed and not begun"), NOW)
    assert not noticed(folder) and not noticed(folder)
    assert ledger.memory().restored_at is None and ledger.alerts() == ()
    assert states(folder)["b"] is State.PLANNED


def test_an_older_copy_holds_what_may_have_gone_since_and_says_so_once(ledger: SqliteLedger, folder: Path) -> None:
    ledger.queue([a_message("ahead", send_at=LATER + MINUTE), a_message("asks", state=State.ASKS)])
    ledger.queue([a_message("due"), a_message("approved", state=State.PLANNED, approved=True), a_message("claimed")])
    ledger.claim(a_key("claimed"), NOW)
    copy = copied(ledger, folder)
    for call in ("due", "approved"):
        send(ledger, call)
    put_back(folder, copy)
    assert noticed(folder) and not noticed(folder)
    assert states(folder) == {
        "ahead": State.PLANNED,
        "asks": State.ASKS,
        "due": State.UNKNOWN,
        "approved": State.UNKNOWN,
        "claimed": State.UNKNOWN,
    }
    with closing(open_ledger(folder)) as old:
        assert [key for key, _, _ in old.alerts()] == [OLDER_LEDGER]
        assert old.memory().restored_at == LATER
        assert not any(message.approved for message in old.memory().messages)
        assert old.due(LATER) == () and old.stranded(START) == ()
        # Its claims go on where those of the lost one ended: another copy of today is told from it again.
        assert old.stamp().claims == 3


def test_a_copy_without_its_stamp_counts_as_an_older_one(ledger: SqliteLedger, folder: Path) -> None:
    send(ledger, "a")
    (folder / STAMP).unlink()
    assert noticed(folder) and not noticed(folder)


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"one two three", b"abc many"], ids=repr)
def test_a_stamp_that_makes_no_sense_counts_as_none(ledger: SqliteLedger, folder: Path, content: bytes) -> None:
    send(ledger, "a")
    (folder / STAMP).write_bytes(content)
    assert read_stamp(folder) is None and noticed(folder) and not noticed(folder)


@pytest.mark.parametrize(("sent", "older"), [(True, True), (False, False)], ids=["had sent", "had sent nothing"])
def test_a_ledger_begun_anew_beside_a_stamp_is_an_older_one_if_that_had_sent(
    ledger: SqliteLedger, folder: Path, sent: bool, older: bool
) -> None:
    if sent:
        send(ledger, "a")
    (folder / FILE).unlink()
    assert noticed(folder) is older and not noticed(folder)
    with closing(open_ledger(folder)) as anew:
        assert (anew.memory().restored_at == LATER) is older


def whole_folder_put_back(folder: Path, copy: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(copy, folder, symlinks=True)


@pytest.mark.parametrize("sent_before", [True, False], ids=["had sent before", "had sent nothing yet"])
def test_a_state_folder_put_back_as_a_whole_holds_what_may_have_gone_since(
    ledger: SqliteLedger, folder: Path, tmp_path: Path, sent_before: bool
) -> None:
    if sent_before:
        send(ledger, "long ago")
    assert not noticed(folder)
    ledger.queue([a_message("due"), a_message("ahead", send_at=LATER + MINUTE)])
    shutil.copytree(folder, tmp_path / "copy")
    send(ledger, "due")
    whole_folder_put_back(folder, tmp_path / "copy")
    assert noticed(folder) and not noticed(folder)
    assert states(folder)["due"] is State.UNKNOWN and states(folder)["ahead"] is State.PLANNED


def test_a_folder_in_its_place_is_no_copy_whatever_is_done_beside_it(ledger: SqliteLedger, folder: Path) -> None:
    send(ledger, "a")
    os.utime(folder / FILE)
    (folder / STAMP).chmod(0o600)
    (folder / "notes.txt").write_text("mine")
    renamed = folder.with_name("renamed")
    folder.rename(renamed)
    renamed.rename(folder)
    assert not came_from_elsewhere(folder) and not noticed(folder)


def test_two_threads_that_begin_a_folder_at_once_take_none_for_a_copy(tmp_path: Path) -> None:
    """Both passes of a daemon come to a fresh state folder at the same moment."""

    def passed(folder: Path, both: Barrier) -> bool:
        with closing(open_ledger(folder)) as ledger:
            both.wait()
            return any(ledger.notice_older_copy(NOW) for _ in range(3))

    for number in range(15):
        folder, both = tmp_path / str(number), Barrier(2)
        open_ledger(folder).close()
        with ThreadPoolExecutor(2) as threads:
            assert [*threads.map(passed, [folder] * 2, [both] * 2)] == [False, False]
        assert not came_from_elsewhere(folder)


def test_a_folder_without_what_tells_its_place_counts_as_a_copy(ledger: SqliteLedger, folder: Path) -> None:
    send(ledger, "a")
    (folder / PLACE).unlink()
    assert noticed(folder) and not noticed(folder)


def test_another_file_in_the_ledgers_place_is_noticed_while_it_is_open(ledger: SqliteLedger, folder: Path) -> None:
    ledger.queue([a_message()])
    claimed = ledger.claim(a_key(), NOW)
    assert claimed is not None
    new = folder / "new"
    shutil.copy(folder / FILE, new)
    new.rename(folder / FILE)
    with pytest.raises(LedgerError, match="another file"):
        ledger.notice_older_copy(NOW)
    with pytest.raises(LedgerError, match="another file"):
        ledger.begin(claimed.key, claimed.epoch, NOW)
    (folder / FILE).unlink()
    with pytest.raises(LedgerError, match="another file"):
        ledger.notice_older_copy(NOW)


@pytest.mark.parametrize(
    ("number", "error"),
    [(errno.ENOSPC, LedgerError), (errno.EACCES, StateUnusable), (errno.EROFS, StateUnusable)],
    ids=["disk full", "no right", "read only"],
)
def test_what_can_not_be_stamped_does_not_begin(
    ledger: SqliteLedger, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    ledger.queue([a_message()])
    claimed = ledger.claim(a_key(), NOW)
    assert claimed is not None

    def fails(file: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("calsync.ledger.folder.os.fsync", fails)
    with pytest.raises(error):
        ledger.begin(claimed.key, claimed.epoch, NOW)
    monkeypatch.undo()
    (message,) = ledger.memory().messages
    assert message.begun_at is None
    stamp = read_stamp(folder)
    assert stamp is not None and stamp.claims == 0
    assert not list(folder.glob("*.new"))


def test_a_stamp_is_replaced_whole(tmp_path: Path) -> None:
    for claims in (12, 3):
        write_stamp(tmp_path, Stamp("abc", claims))
        assert read_stamp(tmp_path) == Stamp("abc", claims)
    assert sorted(path.name for path in tmp_path.iterdir()) == [PLACE, STAMP]
