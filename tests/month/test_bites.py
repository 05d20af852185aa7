"""The judge of a month sees what is wrong: with each of these faults put into calsync, a month is broken by it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from calsync.deliver.mail import mail_of
from calsync.deliver.run import Ruling
from calsync.deliver.run import Verdict as Looked
from calsync.model.message import Message
from calsync.planning.diff import Verdict
from calsync.ports import Channel, Fate, freely
from tests.month.judge import Broken
from tests.month.month import Month
from tests.month.post import Fault as Trouble
from tests.month.test_month import ROOM

Original = Callable[..., Any]
Fault = Callable[[Original], Original]


def _twice(hand_over: Original) -> Original:
    def handed(self: Any, claimed: Message, channel: Channel) -> None:
        channel.send(mail_of(claimed, self._owner, self._clock()), freely)
        hand_over(self, claimed, channel)

    return handed


def _every_third(drafts: Original) -> Original:
    def fewer(*told: Any) -> Any:
        found, without = drafts(*told)
        return tuple(one for one in found if one.key.start.day % 3), without

    return fewer


def _takes_one_of_hers_along(apply_edits: Original) -> Original:
    def applied(data: bytes, *told: Any, **named: Any) -> bytes:
        done: bytes = apply_edits(data, *told, **named)
        return done.replace(b"SUMMARY:Budget", b"SUMMARY:Budge")

    return applied


def _without_the_first(ours: Original) -> Original:
    return lambda *told: ours(*told)[1:]


def _to_a_stranger(recipients: Original) -> Original:
    def others(*told: Any, **named: Any) -> Any:
        found = recipients(*told, **named)
        return replace(found, to=tuple(f"x{one}" for one in found.to))

    return others


def _anew(verdict: Original) -> Original:
    def decided(wanted: str | None, *told: Any) -> Any:
        found = verdict(wanted, *told)
        return Verdict.WRITE if wanted is not None and found is Verdict.KEEP else found

    return decided


def _at_twice_the_lead(usual: Original) -> Original:
    return lambda start, lead, policy, zone: usual(start, lead * 2, policy, zone)


def always(value: object) -> Fault:
    """Return what puts this answer in the place of a function."""
    return lambda _: lambda *told, **named: value


FAULTS = [
    pytest.param("calsync.deliver.run._Pass._hand_over", _twice, "mailed twice", id="sent twice"),
    pytest.param("calsync.deliver.run._Pass._fate", always(Fate.REFUSED), "mailed twice", id="again after a death"),
    pytest.param("calsync.planning.timing.polite", always(True), "polite hours|nobody was told", id="at night"),
    pytest.param(
        "calsync.planning.timing.usual_moment", _at_twice_the_lead, "mailed too early", id="sent at twice the lead"
    ),
    pytest.param("calsync.planning.messages.drafts", _every_third, "nobody was told", id="calls left out"),
    pytest.param("calsync.planning.messages.recipients", _to_a_stranger, "a recipient that", id="to somebody else"),
    pytest.param(
        "calsync.wiring.LastLook.__call__", always(Looked(Ruling.SEND)), "does not stand|not be read|had to wait",
        id="sent without a look",
    ),
    pytest.param("calsync.planning.changes.take_unwanted", always(None), "no call", id="left on what is no call"),
    pytest.param("calsync.planning.blocks.busy", always(()), "covers something", id="blocks over other events"),
    pytest.param("calsync.planning.blocks._no_two_over_another", always(None), "two blocks", id="block over block"),
    pytest.param("calsync.planning.diff.verdict", _anew, "second cycle", id="written again and again"),
    pytest.param("calsync.calendars.file.apply_edits", _takes_one_of_hers_along, "is lost", id="her words changed"),
    pytest.param("calsync.reconcile.clean._ours", _without_the_first, "clean leaves", id="clean forgets one"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "fault", "rule"), FAULTS)
def test_a_fault_breaks_a_month(where: str, fault: Fault, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(fault, where, monkeypatch)
    with pytest.raises(Broken, match=rule):
        for seed in range(1, 16):
            with tempfile.TemporaryDirectory(prefix="calsync-month-", dir=ROOM) as folder:
                month = Month(seed, Path(folder), days=14)
                month.trouble.once = Trouble.DIES_AFTER
                month.run()


def _put(fault: Fault, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a fault in the place of a function or method, wherever it was imported to."""
    path, _, name = where.rpartition(".")
    if path not in sys.modules:
        path, _, kind = path.rpartition(".")
        original = getattr(sys.modules[path], kind)
        monkeypatch.setattr(original, name, fault(getattr(original, name)))
        return
    right = getattr(sys.modules[path], name)
    wrong = fault(right)
    for module in list(sys.modules.values()):
        if module.__name__.startswith("calsync.") and getattr(module, name, None) is right:
            monkeypatch.setattr(module, name, wrong)
