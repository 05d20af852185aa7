"""Pages of a list: each list is taken once, and its pages are cut from that, whatever is written meanwhile."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

from tests.fakes.google.ask import Ask
from tests.fakes.google.refusal import Json, invalid

_PASSING = ("pageToken", "fields", "alt", "prettyPrint", "quotaUser", "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    asked: Json
    head: Json
    items: Sequence[Json]
    following: str
    sync: str


class Pages:
    """The pages that were promised by a nextPageToken."""

    def __init__(self) -> None:
        self._pages: dict[str, _Page] = {}

    def cut(self, ask: Ask, head: Json, items: list[Json], sync: str = "") -> Json:
        """Cut a list into pages and return the first; the last carries the sync token."""
        most = ask.query.get("maxResults", 250)
        sizes = cycle((1, 3, 2)) if ask.habits.has("small pages", ask.name) is not None else cycle((most,))
        slices: list[list[Json]] = []
        while items:
            size = min(next(sizes), most)
            slices.append(items[:size])
            items = items[size:]
        if ask.habits.has("empty pages", ask.name) is not None:
            slices = [page for full in slices for page in ([], full)] + [[]]
        token = ""
        for number, page in reversed(list(enumerate(slices or [[]]))):
            last = not token
            held = _Page(asked=_asked(ask), head=head, items=page, following=token, sync=sync if last else "")
            if number == 0:
                return self._told(held)
            token = f"EiQ{secrets.token_urlsafe(18)}"
            self._pages[token] = held
        raise AssertionError("there is always a first page")

    def turn(self, ask: Ask) -> Json:
        """Return the page that a token stands for.

        Raises:
            Refusal: there is none, or something else is asked than for the first.
        """
        page = self._pages.get(ask.query["pageToken"])
        if page is None or page.asked != _asked(ask):
            raise invalid("pageToken")
        return self._told(page)

    def _told(self, page: _Page) -> Json:
        told = page.head | {"items": list(page.items)}
        if page.following:
            told["nextPageToken"] = page.following
        elif page.sync:
            told["nextSyncToken"] = page.sync
        return told


def _asked(ask: Ask) -> Json:
    kept = {name: value for name, value in ask.query.items() if name not in _PASSING}
    return {"method": ask.name} | ask.path | kept
