"""A cycle that talks to a mail server is killed at every kind of moment; the next one mends it, and nobody gets two."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from calsync.deliver.outbox import approve
from calsync.ledger.sqlite import FILE
from calsync.model.alert import alert_key
from calsync.model.message import Message, State
from calsync.settings.load import load
from calsync.wiring import House, open_house
from tests.e2e.kills import ENDED, Tally, deeds, points, put_killer, wait
from tests.e2e.running import ROOT, wait_for
from tests.e2e.soon import OWNER, PASSWORD, Soon, now, put_soon, taken
from tests.fakes.smtp import MailServer, Security

KILLS = int(os.environ.get("CALSYNC_KILLS", "24"))
SEED = int(os.environ.get("CALSYNC_SEED", "1"))
AT_ONCE = 4
NAMES = ("acme", "beta", "cora")
CHANNEL = "[channels.mail]\n"  # where a case puts its own server


@dataclass(frozen=True, slots=True)
class Expected:
    """What stands before a cycle and, when nothing disturbs it, behind it: the calendar, and what each client got."""

    before: bytes
    file: bytes
    mails: frozenset[tuple[str, str, str, str]]


def nameless(data: bytes) -> bytes:
    """Return a calendar's content without the name of the installation that wrote into it, whatever its folds."""
    return re.sub(rb"i=[a-z0-9]+", b"i=", data.replace(b"\r\n ", b""))


def letters(server: MailServer) -> list[tuple[str, str, str, str]]:
    """Return the mails that clients got; not the copies and alerts for the owner."""
    mails = [taken(one.content, one.to) for one in server.accepted if one.to != OWNER]
    return [(mail.to, mail.message_id, mail.subject, mail.body) for mail in mails]


class Case:
    """One folder, one server, and what is killed over them."""

    def __init__(self, model: Path, folder: Path, server: MailServer) -> None:
        shutil.copytree(model, folder)
        self.soon, self.server = Soon(folder), server
        self.doubtful: set[str] = set()
        config = self.soon.config.read_text(encoding="utf-8")
        self.soon.config.write_text(config.replace(CHANNEL, server.table()), encoding="utf-8")

    def run(self, tools: Path, command: str, at: int) -> tuple[int, list[str]]:
        """Run a command that is killed at its deed `at` (0: never); return its status and its deeds."""
        log = self.soon.folder / "deeds"
        log.unlink(missing_ok=True)
        process = self.soon.start(command, PYTHONPATH=f"{tools}:{ROOT}", KILL_AT=str(at), KILL_LOG=str(log))
        if command == "run":  # until all is done, and what follows in its idle time is done too
            wait_for(lambda: process.poll() is not None or len(letters(self.server)) == len(NAMES), "all mails", 60)
            self.server.wait(lambda: self.server.idle)
            process.terminate()
        status = wait(process)
        # What a dead one has said may still be on its way through the server.
        self.server.wait(lambda: self.server.idle)
        return status, deeds(log)

    def house(self) -> House:
        return open_house(load(self.soon.config), {"SMTP_PASSWORD": PASSWORD})

    def messages(self) -> dict[str, Message]:
        """Return what the ledger has, by recipient; nothing before there is one."""
        if not (self.soon.state / FILE).exists():
            return {}
        return {one.key.to: one for one in self.soon.messages().values()}

    def look(self, expected: Expected) -> None:
        """See that nothing is damaged and nobody got two, before anything is mended; note whose mail had begun."""
        assert nameless(self.soon.file.read_bytes()) in (nameless(expected.before), expected.file), "half a file"
        got = letters(self.server)
        assert len(got) == len({*got}), "a message twice"
        # Whoever died between the first byte of a mail and its end in the ledger can't know what became of it.
        self.doubtful |= {to for to, one in self.messages().items() if one.state is State.SENDING and one.begun_at}

    def judge(self, expected: Expected) -> list[str]:
        """Mend by undisturbed cycles, hold all that stands against `expected`, and return what is to be counted."""
        doubtful = self.doubtful
        taken_then = {mail[0] for mail in letters(self.server)}
        house = self.house()
        try:
            done = house.sync(now())
            assert {what for what, _ in done.failed} <= {f"message to {to}" for to in doubtful}
            assert nameless(self.soon.file.read_bytes()) == expected.file
            self._all_is_told(house, expected, doubtful)
            quiet = house.sync(now())
            assert (quiet.applied, quiet.sent, quiet.failed) == ((), (), ())
            self._she_settles_it(house, expected, doubtful)
            cleaned = house.clean(now())
            assert (cleaned.left, cleaned.failed) == ([], [])
        finally:
            house.close()
        assert self.soon.file.read_bytes() == expected.before
        assert self.server.problems() == [] or doubtful & taken_then
        return [f"left unknown, {'taken' if to in taken_then else 'not taken'} by the server" for to in doubtful]

    def _all_is_told(self, house: House, expected: Expected, doubtful: set[str]) -> None:
        got = letters(self.server)
        assert len(got) == len({*got}), "a message twice"
        assert {*got} | {mail for mail in expected.mails if mail[0] in doubtful} == expected.mails
        alerts = [key for key, _, _ in house.ledger.alerts()]
        for message in house.ledger.memory().messages:
            unsure = message.key.to in doubtful
            assert message.state is (State.UNKNOWN if unsure else State.SENT)
            assert alerts.count(alert_key(message)) == unsure

    def _she_settles_it(self, house: House, expected: Expected, doubtful: set[str]) -> None:
        before = Counter(letters(self.server))
        for message in house.ledger.memory().messages:
            if message.state is State.UNKNOWN:
                house.ledger.set_state(approve(message, now()))
        house.sync(now())
        assert {one.state for one in house.ledger.memory().messages} == {State.SENT}
        assert Counter(letters(self.server)) - before == Counter(one for one in expected.mails if one[0] in doubtful)


# How a cycle is run, and over which kind of connection; most of the kills go to the first two.
Way: TypeAlias = tuple[str, Security]
WAYS: tuple[Way, ...] = (("sync", "none"), ("sync", "starttls"), ("run", "tls"))
TURNS = (0, 1, 0, 1, 2)


class Kills:
    """Cases over copies of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._tools = folder, put_killer(folder / "tools")
        self._model = put_soon(folder / "model", CHANNEL, names=NAMES).folder

    @contextmanager
    def case(self, name: str, security: Security) -> Iterator[Case]:
        """Open a server and a fresh copy of the folder that leads to it; both go at the end, if all went well."""
        folder = self._folder / name
        folder.mkdir()
        with MailServer(folder, security=security) as server:
            yield Case(self._model, folder / "home", server)
        shutil.rmtree(folder)

    def whole(self, way: Way) -> tuple[Expected, list[str]]:
        """Run a cycle that nothing disturbs; return what stands then, and its deeds."""
        command, security = way
        with self.case(f"whole {command} {security}", security) as case:
            before = case.soon.file.read_bytes()
            status, done = case.run(self._tools, command, 0)
            expected = Expected(before, nameless(case.soon.file.read_bytes()), frozenset(letters(case.server)))
        assert (status, len(expected.mails)) == (0, len(NAMES))
        return expected, done

    def killed(self, number: int, way: Way, ats: Sequence[int], expected: Expected) -> tuple[list[str], list[str]]:
        """Kill one cycle after another, each at its deed; return the kinds of these deeds, and what came of it."""
        command, security = way
        with self.case(f"{number} {command} {security}", security) as case:
            kinds: list[str] = []
            try:
                for at in ats:
                    status, done = case.run(self._tools, command, at)
                    kinds.append(done[-1] if status == -signal.SIGKILL else ENDED)
                    case.look(expected)
                return kinds, case.judge(expected)
            except BaseException as error:
                error.add_note(f"{command} over {security}, killed at {ats}: {kinds}")
                raise


def test_wherever_a_cycle_is_killed_nobody_gets_two_and_the_next_one_mends_it(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kills, tally, chance = Kills(tmp_path), Tally(), random.Random(SEED)
    with ThreadPoolExecutor(AT_ONCE) as at_once:
        wholes = [*at_once.map(kills.whole, WAYS)]
        assert len({whole for whole, _ in wholes}) == 1, "they all do the same"
        shots: list[Future[tuple[list[str], list[str]]]] = []
        for number, way in enumerate(WAYS):
            share = sum(TURNS[turn % len(TURNS)] == number for turn in range(KILLS))
            for at in points(wholes[number][1], share, chance):
                # Sometimes what mends is killed too.
                more = [chance.randrange(1, at + 1)] if chance.random() < 0.2 else []
                shots.append(at_once.submit(kills.killed, len(shots), way, [at, *more], wholes[number][0]))
        for shot in as_completed(shots):
            if shot.exception():
                at_once.shutdown(wait=False, cancel_futures=True)
            kinds, came = shot.result()
            tally.count(kinds, came or ["nothing unknown"])
    deeds_of = ", ".join(
        f"{command} over {security} {len(whole[1])}" for (command, security), whole in zip(WAYS, wholes, strict=True)
    )
    tally.tell(request, f"{KILLS} cycles, {tally.killed} processes killed; of deeds has {deeds_of}")
    assert tally.killed >= KILLS * 0.9
