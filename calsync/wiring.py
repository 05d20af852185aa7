"""From settings to ports to passes: the one file that names every backend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from calsync.calendars.file import FileCalendar
from calsync.channels.folder import FolderChannel
from calsync.deliver.alerts import tell
from calsync.deliver.nudges import Nudged, nudge
from calsync.deliver.owner_mail import mail_once
from calsync.deliver.run import Delivered, Ruling, Verdict, deliver, never
from calsync.errors import AgendaFileUnreadable, LedgerDamaged, LedgerError, LedgerNewer, TextError
from calsync.ledger.folder import make_state_folder
from calsync.ledger.lock import StateLock
from calsync.ledger.recovery import open_and_mend, open_whole
from calsync.ledger.sqlite import SqliteLedger, open_ledger
from calsync.model.alert import Notice
from calsync.model.memory import Memory
from calsync.model.message import Message, State
from calsync.model.plan import Change, Held, Plan
from calsync.model.rules import Rules
from calsync.model.snapshot import Snapshot
from calsync.model.times import Span
from calsync.planning.calls import find_calls
from calsync.planning.daysoff import owner_is_off
from calsync.planning.nudges import due
from calsync.planning.owner_mail import (
    digest_of,
    due_digest,
    due_weekly_note,
    span_of_weekly_note,
    weekly_note_of,
)
from calsync.planning.plan import make_plan, window
from calsync.ports import Channel, Notifier
from calsync.reconcile.clean import Cleaned, clean
from calsync.reconcile.run import Reconciled, reconcile
from calsync.reconcile.snapshot import take
from calsync.settings.agenda_file import read_items
from calsync.settings.channels import AppriseSettings, ChannelSettings, FolderSettings
from calsync.settings.load import Settings, state_dir
from calsync.words.render import Words

__all__ = ["Cleaned", "House", "Synced", "open_house", "synced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What one cycle did. failed: what and why. large: why it stopped before its first change, or empty."""

    plan: Plan
    applied: tuple[Change, ...]
    sent: tuple[Message, ...]
    failed: tuple[tuple[str, str], ...]
    held: tuple[Held, ...]
    large: str = ""


def synced(passed: Reconciled, done: Delivered) -> Synced:
    """Return as one cycle what the two passes did."""
    failed = [(f"message to {one.key.to}", f"{one.state.value}: {one.why}") for one in done.failed + done.unknown]
    return Synced(
        plan=passed.plan,
        applied=tuple(passed.applied),
        sent=done.sent,
        failed=(*passed.failed, *failed),
        held=passed.plan.held,
        large=passed.large,
    )


class House:
    """One owner's settings, ledger, calendars, channels and words, and the passes over them.

    mended: what was done about a damaged ledger when it was opened, as a sentence; empty when it was whole.
    """

    def __init__(
        self, settings: Settings, state: Path, ledger: SqliteLedger, environ: Mapping[str, str], *, mended: str = ""
    ) -> None:
        self.settings = settings
        self.rules: Rules = settings.rules
        self.state = state
        self.ledger = ledger
        self.mended = mended
        self.words = Words(settings.templates)
        zone = settings.rules.owner.timezone
        self.calendars: Mapping[str, FileCalendar] = {
            one.name: FileCalendar(one.name, one.path, zone, backups=state / "backups") for one in settings.calendars
        }
        self._read_agenda_files()
        self._noted: list[tuple[str, str]] = []
        self._waits: Callable[[], object] = never
        self.channels: Mapping[str, Channel] = {one.name: self._channel(one, environ) for one in settings.channels}
        self.notifiers: tuple[Notifier, ...] = tuple(_notifier(one, environ) for one in settings.notifiers)

    def _channel(self, settings: ChannelSettings, environ: Mapping[str, str]) -> Channel:
        if isinstance(settings, FolderSettings):
            return FolderChannel(settings.name, settings.path)
        # Whoever has no mail server doesn't wait for ssl.
        from calsync.channels.smtp import Server, SmtpChannel
        from calsync.settings.secrets import reveal

        secret = settings.password
        server = Server(
            host=settings.host,
            port=settings.port,
            security=settings.security,
            ca=settings.ca,
            user=settings.user,
            password=None if secret is None else lambda: reveal(secret, environ),
            timeout=settings.timeout.total_seconds(),
            data_timeout=settings.data_timeout.total_seconds(),
            waits=lambda: self._waits(),
        )
        return SmtpChannel(
            settings.name,
            server,
            sender=settings.sender,
            copy=settings.copy,
            note=lambda why: self._noted.append((settings.name, why)),
        )

    def _read_agenda_files(self) -> None:
        """Give clients the items that stand in their files now; one that can't be read has none, and is named."""
        found: dict[str, tuple[str, ...]] = {}
        problems = {}
        for key, path in self.settings.agenda_files.items():
            try:
                found[key] = read_items(path)
            except AgendaFileUnreadable as error:
                found[key], problems[key] = (), f"{error.what} ({error.where})"
        self.agenda_problems: Mapping[str, str] = problems
        clients = tuple(
            replace(client, standing=found[client.key]) if client.key in found else client
            for client in self.settings.rules.clients
        )
        if clients != self.rules.clients:
            self.rules = replace(self.settings.rules, clients=clients)

    def _tell_of_agenda_files(self, now: datetime) -> None:
        """Alert the owner of agenda files that can't be read, and of those that can again."""
        for key in self.settings.agenda_files:
            name = f"agenda_file:{key}"
            if key in self.agenda_problems:
                self.ledger.alert(name, now, f"the agenda_file of {key} is not used: {self.agenda_problems[key]}")
            else:
                self.ledger.clear_alert(name, at=now, recovered=f"the agenda_file of {key} is used again")

    def look(self, now: datetime, span: Span | None = None) -> Snapshot:
        """Return what stands in all calendars, for `span` or what a plan needs; agenda files are read anew."""
        self._read_agenda_files()
        return take(self.calendars, now, span or window(now, self.rules))

    def plan(self, now: datetime, *, force: bool = False, memory: Memory | None = None) -> Plan:
        """Return what the next cycle would do; changes nothing.

        memory: what to take for remembered in place of the ledger, to see what a wish would lead to.
        """
        return make_plan(self.look(now), self.rules, memory or self.ledger.memory(), self.words, force=force).plan

    def sync(self, now: datetime, *, force: bool = False, digest: str | None = None, any_size: bool = False) -> Synced:
        """Run one whole cycle: read, plan, apply, deliver what is due. The caller holds the state lock."""
        passed = self.reconcile(now, force=force, digest=digest, any_size=any_size)
        stopped = bool(passed.large and digest is not None)
        done = Delivered() if stopped else self.deliver(now)
        self.prune(now)
        return synced(passed, done)

    def reconcile(
        self, now: datetime, *, force: bool = False, digest: str | None = None, any_size: bool = False
    ) -> Reconciled:
        """Run the pass that reads, plans and writes; see `reconcile.run`. The caller holds the state lock.

        The first one of a day leaves a copy of the ledger.
        """
        self._read_agenda_files()
        self._tell_of_agenda_files(now)
        passed = reconcile(
            self.calendars,
            self.ledger,
            self.rules,
            self.words,
            now,
            force=force,
            digest=digest,
            any_size=any_size,
        )
        self.ledger.back_up(now)
        return passed

    def deliver(
        self,
        now: datetime,
        *,
        clock: Callable[[], datetime] | None = None,
        stopping: Callable[[], bool] = never,
    ) -> Delivered:
        """Run the pass that sends, then tell the owner what she has to know. The caller holds the state lock.

        In observe nothing goes to a client, but she is told.
        """
        self._waits = stopping  # who is asked whether to stop knows that somebody is still at work
        done = Delivered() if self.rules.mode == "observe" else self._deliver(now, clock, stopping)
        # What was sent is reported whatever becomes of this: without the ledger, the next pass tells her.
        moment = clock() if clock else now
        with suppress(LedgerError):
            owner = self.rules.owner
            told = tell(self.ledger, self.notifiers, self.channels, self.words, owner, moment, stopping=stopping)
            done = replace(done, told=told)
        # A text of hers that is broken is told by the other pass, which can't plan with it either.
        with suppress(LedgerError, TextError):
            if self.channels and not stopping():
                self._mail_digest(moment)
                self._mail_weekly_note(moment)
        return done

    def _mail_digest(self, now: datetime) -> None:
        """Mail the owner what would have been done, where that is due and she works; not while something is unread."""
        name = due_digest(self.rules, now)
        if not name or self.ledger.did(name):
            return
        snapshot = self.look(now)
        planned = make_plan(snapshot, self.rules, self.ledger.memory(), self.words)
        if snapshot.whole and not owner_is_off(planned.found.calls, snapshot, self.rules):
            digest = digest_of(planned.plan, self.rules)
            self._mail_owner(name, lambda words, **told: words.digest(digest, **told), now)

    def _mail_weekly_note(self, now: datetime) -> None:
        """Mail the owner what she has to tell and what lies ahead, under the same conditions."""
        name = due_weekly_note(self.rules, now)
        if not name or self.ledger.did(name):
            return
        snapshot = self.look(now, span_of_weekly_note(self.rules, now))
        calls = find_calls(snapshot, self.rules, self.ledger.memory()).calls
        if snapshot.whole and not owner_is_off(calls, snapshot, self.rules):
            note = weekly_note_of(calls, self.rules, now)
            self._mail_owner(name, lambda words, **told: words.weekly_note(note, **told), now)

    def _mail_owner(self, name: str, write: Callable[..., Notice], now: datetime) -> None:
        """Mail the owner what `write` says; in our words where her own are broken."""
        owner = self.rules.owner
        try:
            notice = write(self.words, language=owner.language, zone=owner.timezone.key, now=now)
        except TextError:
            notice = write(Words(), language=owner.language, zone=owner.timezone.key, now=now)
        mail_once(self.ledger, self.channels, name, notice, owner, now)

    def _deliver(self, now: datetime, clock: Callable[[], datetime] | None, stopping: Callable[[], bool]) -> Delivered:
        done = deliver(
            self.ledger,
            self.channels,
            LastLook(self),
            self.rules.owner,
            now,
            clock=clock,
            stopping=stopping,
            hourly=self.rules.limit_messages,
        )
        while self._noted:
            channel, why = self._noted.pop(0)
            self.ledger.log(clock() if clock else now, why, channel)
        return done

    def nudge(self, now: datetime, clock: Callable[[], datetime]) -> tuple[bool, Nudged]:
        """Look what is due now in calls that run, and tell the owner, also in observe; True if all could be read."""
        snapshot = self.look(now)
        nudges = due(snapshot, self.rules, self.ledger.memory())
        done = nudge(self.ledger, self.notifiers, self.words, nudges, clock)
        return snapshot.whole, done

    def clean(self, now: datetime, *, edited: bool = False, dry: bool = False) -> Cleaned:
        """Take everything back, or only say what would be; the caller holds the state lock."""
        return clean(self.calendars, self.ledger, self.rules, now, edited=edited, dry=dry)

    def prune(self, now: datetime) -> None:
        """Let go of what has grown old, as each client's `keep_texts` and `keep_minutes` have it."""
        self.ledger.prune(now, self.rules)

    def forget_backups(self) -> None:
        """Delete the calendars as they were before the last writing; they are made again by the next one."""
        for backup in (self.state / "backups").glob("*.ics"):
            if not backup.with_suffix(".swap").exists():  # else a writing is under way, or has to be mended with it
                backup.unlink(missing_ok=True)

    def close(self) -> None:
        """Let connections and the ledger go."""
        for channel in self.channels.values():
            channel.close()
        self.ledger.close()


def _notifier(settings: AppriseSettings, environ: Mapping[str, str]) -> Notifier:
    from calsync.channels.apprise import AppriseNotifier
    from calsync.settings.secrets import reveal

    return AppriseNotifier(settings.name, lambda: [reveal(url, environ) for url in settings.urls])


class LastLook:
    """Looks once more whether a message still holds, right before it is sent, by planning anew.

    While no calendar has changed, one plan serves all messages of a pass.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._seen: tuple[Rules, tuple[tuple[str, str], ...]] | None = None
        self._plan: Plan | None = None

    def __call__(self, message: Message, now: datetime) -> Verdict:
        """Return SEND only for a message that would be planned again, word for word."""
        plan = self._planned(self._house.look(now))
        if any(line.name == message.calendar and not line.ok for line in plan.calendars):
            return Verdict(Ruling.WAIT, "its calendar can't be read just now")
        again = next((one for one in plan.messages if one.key == message.key), None)
        if again is None:
            return Verdict(Ruling.WITHDRAW, "its call moved, or is none any more")
        if (again.subject, again.body) != (message.subject, message.body):
            return Verdict(Ruling.WAIT, "its text changed just now; the next cycle sends it")
        if again.state is not State.PLANNED or again.send_at > now:
            return Verdict(Ruling.WAIT, again.why or "its moment moved just now")
        return Verdict(Ruling.SEND)

    def _planned(self, snapshot: Snapshot) -> Plan:
        house = self._house
        seen = house.rules, tuple((name, reading.version) for name, reading in snapshot.readings.items())
        if self._plan is None or seen != self._seen:
            self._plan = make_plan(snapshot, house.rules, house.ledger.memory(), house.words).plan
            self._seen = seen
        return self._plan


def open_house(
    settings: Settings, environ: Mapping[str, str], *, mend: datetime | None = None, locked: bool = False
) -> House:
    """Open everything that `settings` name.

    mend: the present instant, from who does the daily work: if the ledger is damaged it is put aside and the newest
    copy takes its place; `House.mended` says so. That is done under the state lock; locked: the caller holds it.

    Raises:
        StateUnusable, LedgerError, LedgerDamaged: the state folder or the ledger can't be used.
        LockHeld: the ledger is damaged, and another calsync holds the state folder.
    """
    state = make_state_folder(state_dir(settings, environ))
    if mend is None:
        return House(settings, state, open_ledger(state), environ)
    try:
        return House(settings, state, open_whole(state), environ)
    except LedgerNewer:
        raise
    except LedgerDamaged:
        with nullcontext() if locked else StateLock(state):
            ledger, said = open_and_mend(state, mend)
    return House(settings, state, ledger, environ, mended=said)
