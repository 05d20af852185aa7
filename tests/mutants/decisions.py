"""Wrong programs that decide wrongly, whatever the calendar: what is a call, who hears of it, and when no more."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_CALLS = "calsync/planning/calls.py"
_CALL_TESTS = ("tests/planning/test_calls.py",)
_DELIVERED = "tests/deliver/test_run.py"

MUTANTS = (
    Mutant(
        name="a cancelled event is a call",
        file=_CALLS,
        before='    if event.status is Status.CANCELLED:\n        return no("cancelled", off=True)\n',
        after="",
        tests=_CALL_TESTS,
    ),
    Mutant(
        name="a declined event is a call",
        file=_CALLS,
        before='    if answer(event, rules.owner) == "DECLINED":\n',
        after='    if answer(event, rules.owner) == "declined":\n',
        tests=_CALL_TESTS,
    ),
    Mutant(
        name="mail for a tentative event",
        file=_CALLS,
        before="    if event.status is Status.TENTATIVE:\n",
        after="    if event.status is Status.TENTATIVE and not event.span:\n",
        tests=_CALL_TESTS,
    ),
    Mutant(
        name="mail for an invitation that nobody has answered",
        file=_CALLS,
        before='in ("NEEDS-ACTION", "TENTATIVE")',
        after='in ("TENTATIVE",)',
        tests=_CALL_TESTS,
    ),
    Mutant(
        name="a room is a client",
        file="calsync/planning/people.py",
        before="if one.person and one.email not in owner.addresses",
        after="if one.email not in owner.addresses",
        tests=("tests/planning/test_people.py", "tests/planning/test_calls.py"),
    ),
    Mutant(
        name="the owner is a client of her own",
        file="calsync/planning/people.py",
        before="if one.person and one.email not in owner.addresses",
        after="if one.person",
        tests=("tests/planning/test_people.py",),
    ),
    Mutant(
        name="a block for a block",
        file=_CALLS,
        before="    if event.uid is not None and event.uid.endswith(BLOCK_DOMAIN):\n",
        after='    if event.uid is not None and event.uid.endswith("@nowhere"):\n',
        tests=_CALL_TESTS,
    ),
    Mutant(
        name="a block gives way to itself",
        file="calsync/planning/blocks.py",
        before='        and not (event.uid or "").endswith(BLOCK_DOMAIN)\n',
        after="",
        tests=("tests/reconcile/test_run.py", "tests/planning/test_blocks.py"),
    ),
    Mutant(
        name="an answer without events is an empty calendar",
        file="calsync/planning/belief.py",
        before="if reading.events == 0 and old.events > 0 and not force:",
        after="if reading.events < 0 and old.events > 0 and not force:",
        tests=("tests/reconcile/test_run.py",),
    ),
    Mutant(
        name="the owner's edit is written over",
        file="calsync/planning/diff.py",
        before="    if base is not None and standing != base.essence and not (moved and wanted is not None):\n",
        after="    if base is not None and standing == base.essence and moved and wanted is None:\n",
        tests=("tests/planning/test_diff.py",),
    ),
    Mutant(
        name="a block that the owner deleted comes back",
        file="calsync/planning/diff.py",
        before="standing != base.essence and not (moved",
        after="standing not in (None, base.essence) and not (moved",
        tests=("tests/planning/test_diff.py",),
    ),
    Mutant(
        name="mail after the start",
        file="calsync/planning/timing.py",
        before="    if moment is None or start.astimezone(UTC) - moment < least_notice:\n",
        after="    if moment is None:\n",
        tests=("tests/planning/test_moments.py", "tests/planning/test_timing.py"),
    ),
    Mutant(
        name="mail that has expired",
        file="calsync/deliver/run.py",
        before="        run.expire()\n",
        after="",
        tests=(f"{_DELIVERED}::test_nothing_that_asks_or_is_held_is_sent_and_its_expiry_raises_no_alert",),
    ),
    Mutant(
        name="mail whose fate nobody knows is sent again",
        file="calsync/deliver/run.py",
        before="                self._settle(message, Outcome(fate=Fate.UNCERTAIN, why=why), now)\n",
        after="                put_back(self._ledger, message)\n",
        tests=(f"{_DELIVERED}::test_what_a_dead_one_was_sending_is_settled_by_what_the_channel_knows",),
    ),
    Mutant(
        name="a channel that fails while it sends may send again",
        file="calsync/deliver/run.py",
        before="fate = Fate.DEFERRED if attempt.claimed.begun_at is None else Fate.UNCERTAIN",
        after="fate = Fate.DEFERRED",
        tests=("tests/deliver/test_limits.py::test_a_fault_of_a_channel_harms_its_own_message_alone_and_is_told",),
    ),
    Mutant(
        name="the owner's own text is taken for ours",
        file="calsync/planning/fence.py",
        before="        description = description[: fence.start] + description[fence.end :]\n",
        after="        description = description[: fence.start]\n",
        tests=("tests/planning/test_fence.py",),
    ),
)
