"""What a handler is given of a request, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.fakes.google.discovery import Method
from tests.fakes.google.habits import Habits
from tests.fakes.google.oauth import Grant
from tests.fakes.google.refusal import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A mail that somebody got from Calendar. kind: invitation, update, cancellation or answer."""

    to: str
    kind: str
    event: str


@dataclass(kw_only=True)
class Ask:
    """One request of a signed-in program, checked against the discovery document.

    path, query: typed. wrong: notes what Google lets pass and calsync must never do. mailed: takes the mails that
    Calendar sends because of it.
    """

    method: Method
    path: Json
    query: Json
    headers: Mapping[str, str]
    body: Json
    grant: Grant
    account: str
    habits: Habits
    wrong: Callable[[str], None]
    mailed: Callable[[Notice], None]

    @property
    def name(self) -> str:
        """The method without the API: events.list."""
        return self.method.id.split(".", 1)[1]


@dataclass(kw_only=True)
class Answer:
    """What goes back; body None: nothing does, or the page (None: no page) of somebody who doesn't speak JSON."""

    body: Json | None
    code: int = 200
    page: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
