"""The two kinds of text, and what a renderer is told to write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from calsync.model.period import Period
from calsync.model.times import Span, whole_minutes


@dataclass(frozen=True, slots=True)
class ClientText:
    """A text that a client may see."""

    text: str


@dataclass(frozen=True, slots=True)
class PrivateText:
    """A text that only the owner sees; never written to an event with attendees, never sent to a client."""

    text: str


class Tone(StrEnum):
    """How a client is spoken to: siz and Sie, or sen and du."""

    FORMAL = "formal"
    CLOSE = "close"


class Form(StrEnum):
    """Which text a message is; several forms may serve one kind of message."""

    FIRST = "first"
    FULL = "full"
    SHORT_A = "short_a"
    SHORT_B = "short_b"
    SHORT_C = "short_c"
    REMINDER = "reminder"
    UPDATE = "update"
    FLEX = "flex"
    LATE = "late"
    CANCELLED = "cancelled"
    ANNOUNCEMENT = "announcement"
    CLOSE_OUT = "close_out"
    OVER_CAP = "over_cap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Whose words these are, and to whom.

    language: `en`, `en-US` or `tr`; tone as configured (group texts are formal whatever it says).
    greeted: how this recipient is greeted by name (`salutation` or `people`), or empty.
    sign: how the owner signs; signature: what stands below it, may be empty.
    client_zone, owner_zone: IANA names.
    """

    language: str
    tone: Tone
    greeted: str
    sign: str
    signature: str
    client_zone: str
    owner_zone: str


class Stage(StrEnum):
    """What a laid-out agenda holds beside its items; as an `AgendaLine.item` it is named in the owner's language."""

    GREETING = "greeting"
    CLOSE_OUT = "close_out"
    CATCH_UP = "catch_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaLine:
    """One line of an agenda laid out in minutes, an item or a `Stage`; minutes None where nothing is left for it."""

    item: str
    minutes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What a text may say of one call. All instants aware; `at` is when the text is read first.

    start, hard_stop: as the client is told them. invited_until: the invitation's end where it lies
    after the hard stop and has to be explained, else None. agenda: the items, in order. usual_agenda:
    they are the client's unchanged default and were sent before. catch_up: minutes are kept for everything
    else at the end. meeting: has a place and no link or phone. link: what to join by, or empty.
    next_start: the next call with this client, or None; next_known: whether the calendars were read whole
    so that "no next date" would be true.
    """

    at: datetime
    start: datetime
    hard_stop: datetime
    invited_until: datetime | None = None
    group: bool = False
    meeting: bool = False
    agenda: tuple[str, ...] = ()
    usual_agenda: bool = False
    catch_up: bool = False
    link: str = ""
    next_start: datetime | None = None
    next_known: bool = False

    @property
    def minutes(self) -> int:
        """Minutes from start to hard stop."""
        return whole_minutes(Span(self.start, self.hard_stop).length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flexed:
    """A hard stop that the owner moved for one call: her reason, and the minutes without it."""

    usual: int
    minutes: int
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """The owner comes later than the call begins: by how many minutes, and why (may be empty).

    shift: the end moves by as much; else it stays.
    """

    minutes: int
    because: str = ""
    shift: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrun:
    """The last call ran over: by how many minutes, and why. back: this one is as long as that one was to be."""

    minutes: int
    because: str
    back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What a call has come to, in the owner's words: what was decided, and what to prepare; either may be empty."""

    decided: str = ""
    prep: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceeded:
    """A week or month in which the calls take more than was planned, in minutes: `used` with one of them, of `cap`."""

    period: Period
    cap: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFacts:
    """What a message is to say. `call` is None only for an announcement that goes by itself.

    ask_if_matters: carries the sentence about something the owner should know.
    old_start: for `update` and `cancelled`, what the recipient was last told. list_stays: the update may
    say that the agenda is the same. flexed: the flex sentences stand after the greeting.
    announcement: `because` is the owner's reason or empty for the default one; `usual` are the minutes
    of `per_call` or None; `shared`: it has been personal so far; effective: the day it begins.
    delay: for `late`, whose call then starts when the owner is there. exceeded: for `over_cap`, whose call is the one
    with which it comes to that. closing: for `close_out`, whose call is the one that has ended. overrun: what the last
    call took more opens the message. turn: counts up from message to message with this recipient, so that wordings
    take turns.
    """

    form: Form
    call: CallFacts | None
    ask_if_matters: bool = False
    turn: int = 0
    old_start: datetime | None = None
    list_stays: bool = False
    flexed: Flexed | None = None
    because: str = ""
    usual: int | None = None
    shared: bool = False
    effective: datetime | None = None
    delay: Delay | None = None
    exceeded: Exceeded | None = None
    closing: Closing | None = None
    overrun: Overrun | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A rendered message: subject (one line) and body (plain text, a paragraph a line)."""

    subject: str
    body: ClientText


PHRASE_KINDS = (
    *("opening", "redirect", "park_it", "yourself", "warm", "told", "serious", "exit", "stop", "close_out"),
)
"""What the owner may need words for in a call, in the order in which she does."""

GROUP_KINDS = ("opening_group", "redirect_group")
"""Said in other words when more people listen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepFacts:
    """What the owner's private texts say of one call, in `owner_language`; phrases are in the client's.

    title: the event's. who: the client's name. layout: greeting, items, close-out and catching up with
    their minutes. needs: minutes the agenda would need where that is more than there are, else None.
    announce: the spoken announcement belongs in it, with `because` and `shared` as in MessageFacts.
    paid: the client is billed by the hour. note: the note of an event that can't be written to, or None.
    turn: counts up from call to call with this client, so that phrases rotate. on_phone: a call without
    a place and without a video link. own: the owner's own lines for this client by kind, in place of ours.
    share: a small true thing about herself, or empty. notes: her own about this client.
    """

    owner_language: str
    call: CallFacts
    title: str
    who: str
    layout: tuple[AgendaLine, ...] = ()
    needs: int | None = None
    announce: bool = False
    because: str = ""
    shared: bool = False
    paid: bool = False
    note: ClientText | None = None
    turn: int = 0
    on_phone: bool = False
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    share: str = ""
    notes: tuple[str, ...] = ()


class Renderer(Protocol):
    """Writes texts; pure: the same facts give the same text.

    Raises:
        TextError: a template is broken or asks for what these facts do not have.
    """

    def note(self, voice: Voice, call: CallFacts) -> ClientText:
        """Return the lines of the note, without the fence."""

    def message(self, voice: Voice, facts: MessageFacts) -> Letter:
        """Return subject and body of one message."""

    def prep(self, voice: Voice, facts: PrepFacts) -> PrivateText:
        """Return what the block before a call carries."""

    def wrap_up(self, voice: Voice, facts: PrepFacts) -> PrivateText:
        """Return what the block after a call carries: the spoken close-out and the next call."""

    def flex_sentence(self, voice: Voice, call: CallFacts, flexed: Flexed) -> ClientText:
        """Return the sentences that tell the client of a flex, as shown before it is confirmed."""

    def late_sentence(self, voice: Voice, call: CallFacts, delay: Delay) -> ClientText:
        """Return the sentences that tell the client of a delay; `call` starts when the owner is there."""

    def overrun_sentence(self, voice: Voice, call: CallFacts, overrun: Overrun) -> ClientText:
        """Return the sentences on the overrun of the last call that open the message about `call`."""

    def spoken_announcement(self, voice: Voice, facts: MessageFacts) -> PrivateText:
        """Return the words to say at the next call."""

    def phrases(
        self,
        voice: Voice,
        call: CallFacts | None,
        *,
        group: bool,
        paid: bool,
        own: Mapping[str, tuple[str, ...]] | None = None,
        share: str = "",
    ) -> Mapping[str, tuple[str, ...]]:
        """Return the words at hand by kind (PHRASE_KINDS), all of them; own and share as in PrepFacts."""

    def at_hand(self, voice: Voice, facts: PrepFacts) -> Mapping[str, tuple[str, ...]]:
        """Return those that the turn of this call brings, by kind."""
