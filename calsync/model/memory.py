"""What the ledger remembers, as values: what was written, what was told, what the owner wished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from calsync.model.call import Flex
from calsync.model.event import EventRef
from calsync.model.mark import Role
from calsync.model.message import Message
from calsync.model.times import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCall:
    """A call as it was last seen.

    uid, slot: under which it stands now (a moved series has new slots, its calls keep their names).
    client: the client's key. start, hard_stop: UTC. gone_at: when it was first missing or cancelled, else None.
    became: the name of the call that replaced it within a day, else empty. group: it is (or was) a group call.
    turn: which phrases it brings (`planning.phrases`); None of a call that was known before they took turns.
    """

    name: str
    uid: str
    slot: datetime | date | None
    calendar: str
    client: str
    summary: str
    start: datetime
    hard_stop: datetime
    first_seen: datetime
    gone_at: datetime | None = None
    became: str = ""
    group: bool = False
    turn: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenItem:
    """What was last written for one role of one call: the echo, the base of every comparison.

    ref: where it stands (for a block, the block's own event). start, flex: the call's when it was written.
    essence: of the echo. text: the lines of the note or block.
    """

    call: str
    role: Role
    ref: EventRef
    start: datetime
    flex: int
    essence: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`skip` or `keep`, for one call (by name) or a whole series (by UID); the newest holds.

    client: whose call it is, where `keep --client` decided a tie; else empty.
    """

    subject: str
    series: bool
    verdict: Literal["skip", "keep"]
    client: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Sending stopped for one client, or for all (client empty), until an instant or `resume`.

    note: the owner's own, private reason.
    """

    client: str
    since: datetime
    until: datetime | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """The owner asked for the announcement: her reason (empty: the default one), by itself or not.

    revision: 0 for the first, counted up by `--again`.
    """

    client: str
    because: str
    at_once: bool
    at: datetime
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a call went, as the owner told it (`done`).

    client, start: the call's, start in UTC. minutes: the real ones, None where she gave none. because: why it ran
    over, which the client is told. decided, prep: for the close-out. open: items that go on the next agenda with
    this client. All four texts are empty where she said nothing. at: when she told last; ran_at, closed_at, open_at:
    when she last told otherwise of minutes and reason, of the close-out, and of the open items (None: at `at`).
    """

    call: str
    client: str
    start: datetime
    at: datetime
    minutes: int | None = None
    because: str = ""
    decided: str = ""
    open: tuple[str, ...] = ()
    prep: str = ""
    ran_at: datetime | None = None
    closed_at: datetime | None = None
    open_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """The owner is late for one call: by how many minutes, and why, both told to the client.

    start: the call's when she said so; of a call that has moved since nothing is known. shift: the hard stop moves
    by as much; else it stays.
    """

    call: str
    start: datetime
    minutes: int
    because: str
    shift: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerNote:
    """A private note about a client for the prep text, dropped at `until`."""

    client: str
    text: str
    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRecord:
    """What was last read of a calendar.

    read_at: the last whole reading. events: how many it had that are not ours. empty_at: since when it has
    none where it had some, else None. error: of the last try, empty when it was read. busy: the last known busy
    times ahead. foreign_at: when it was last met as somebody else may have left it, so that messages of its calls may
    have been sent that the ledger knows nothing of; else None.
    """

    name: str
    read_at: datetime | None
    events: int
    error: str = ""
    empty_at: datetime | None = None
    foreign_at: datetime | None = None
    busy: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Everything that a plan is compared with, read from the ledger in one transaction.

    calls by name; written by (call, role); agenda: call → items added by hand; flexes: call → the last one;
    announcements by client. told, lates: by call. notes: those that have not run out. carried: calls of a group in
    which items carried over from a one-to-one call may stand. forgotten: digests of messages to clients that were
    forgotten (`model.message.keyed`). warned: when the owner was told that a message goes unless she stops it, by the
    key of that alert. restored_at: since when the ledger stands in the place of a later one, else None.
    """

    installation: str
    calls: Mapping[str, KnownCall] = field(default_factory=dict)
    written: Mapping[tuple[str, Role], WrittenItem] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    decisions: tuple[Decision, ...] = ()
    flexes: Mapping[str, Flex] = field(default_factory=dict)
    agenda: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
    announcements: Mapping[str, Announce] = field(default_factory=dict)
    calendars: Mapping[str, CalendarRecord] = field(default_factory=dict)
    told: Mapping[str, Told] = field(default_factory=dict)
    lates: Mapping[str, Late] = field(default_factory=dict)
    notes: tuple[OwnerNote, ...] = ()
    carried: frozenset[str] = frozenset()
    forgotten: frozenset[str] = frozenset()
    warned: Mapping[str, datetime] = field(default_factory=dict)
    restored_at: datetime | None = None
