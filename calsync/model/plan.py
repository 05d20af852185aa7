"""A plan: inert data. What would change and why, what is left alone and why; doing it is another matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from calsync.model.call import Agenda, Call
from calsync.model.edit import Edit
from calsync.model.event import EventRef
from calsync.model.mark import Role
from calsync.model.message import Message
from calsync.model.rules import Mode
from calsync.model.text import ClientText, PrivateText
from calsync.model.times import Span


class Action(StrEnum):
    """What a change does to a calendar."""

    WRITE_NOTE = "write_note"
    REMOVE_NOTE = "remove_note"
    ADD_BLOCK = "add_block"
    WRITE_BLOCK = "write_block"
    MOVE_BLOCK = "move_block"
    REMOVE_BLOCK = "remove_block"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change to one calendar.

    call: the digest of the call's name (`model.call.digest_of`), also where the call is gone.
    role: of a block, else None. start, end: of the block, or of the call for a note. text: what will stand
    there, as shown to the owner; empty for a removal. why: for the owner. edit: what the calendar is told.
    name: the call's name where it is known, else empty. essence: of what is written, else empty.
    """

    action: Action
    call: str
    calendar: str
    role: Role | None
    start: datetime | None
    end: datetime | None
    text: str
    why: str
    edit: Edit
    title: str = ""
    name: str = ""
    ref: EventRef | None = None
    essence: str = ""


class Move(StrEnum):
    """What a plan does to the outbox."""

    QUEUE = "queue"
    MOVE = "move"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChange:
    """Queue a message, give a queued one other times, text or state, or withdraw it."""

    move: Move
    message: Message
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Something that was left alone, and why. call: digest of the name, or empty; what: note, message, ..."""

    call: str
    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarLine:
    """One calendar in a plan: whether it was read whole, and what was in it."""

    name: str
    ok: bool
    error: str
    events: int
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """A call with the texts that belong to it, as `preview` shows them.

    note: None where the event carries none. before, after: the blocks' texts, also where no block stands.
    before_at, after_at: when these blocks stand, in UTC; None where there is none.
    """

    call: Call
    agenda: Agenda
    note: ClientText | None
    before: PrivateText
    after: PrivateText
    before_at: Span | None = None
    after_at: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a cycle would do. `messages` are all messages of the calls in view, in any state.

    changes to calendars in the order in which they are made; queue: changes to the outbox.
    caps: sentences about caps of week and month that are crossed. large: why it is over the limits, or empty.
    digest: over what, where, text and to; the same plan has the same digest at any time.
    """

    now: datetime
    mode: Mode
    calendars: tuple[CalendarLine, ...]
    views: tuple[CallView, ...]
    changes: tuple[Change, ...]
    queue: tuple[MessageChange, ...]
    messages: tuple[Message, ...]
    held: tuple[Held, ...]
    caps: tuple[str, ...]
    large: str
    digest: str

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls in view, by start."""
        return tuple(view.call for view in self.views)

    @property
    def pending(self) -> bool:
        """Whether the next cycle would change a calendar, or queue, move, withdraw or send a message."""
        return bool(self.changes or self.queue)
