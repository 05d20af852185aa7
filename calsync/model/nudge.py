"""What the owner is nudged with during a call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from calsync.model.alert import Notice
from calsync.model.text import PrepFacts, Voice


class Moment(StrEnum):
    """When the owner is nudged: at a call's start, some minutes before its hard stop, or at it."""

    START = "start"
    LEFT = "left"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgeFacts:
    """What a nudge says.

    at: when it comes. left: the minutes then left. stop: the hard stop. prep: what is true of the call, and whose turn
    it is among the phrases.
    """

    moment: Moment
    at: datetime
    left: int
    stop: datetime
    prep: PrepFacts


class Nudger(Protocol):
    """Writes nudges."""

    def nudge(self, voice: Voice, facts: NudgeFacts) -> Notice:
        """Return the minutes left and the next call in the owner's language, and below them a phrase for the client."""
