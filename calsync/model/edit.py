"""Edits of a calendar: what a pass may ask for, as inert values that say nothing of bytes or requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from calsync.model.event import EventRef
from calsync.model.mark import Mark
from calsync.model.text import ClientText, PrivateText
from calsync.model.times import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PutNote:
    """Let the description of `ref` carry `note` in a fence, in place of any fence that stands there.

    keep: lines of the owner's own from inside an edited fence, put above the fence as her text. The
    backend completes `mark` where only it knows (`fresh`, `origin`).
    """

    ref: EventRef
    note: ClientText
    mark: Mark
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CutNote:
    """Take fence and mark off `ref`; an override that we made and nobody edited goes as a whole."""

    ref: EventRef
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DropMark:
    """Take only the mark off `ref`: what stands in its fence is the owner's from now on."""

    ref: EventRef


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBlock:
    """Let a busy, private event of that UID stand at `span`, new or rewritten.

    beside: the UID of the call's event; where a calendar has several parts, the block goes into the same.
    """

    calendar: str
    uid: str
    span: Span
    title: str
    text: PrivateText
    mark: Mark
    beside: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CutBlock:
    """Take the event of that UID away, provided it carries our mark."""

    calendar: str
    uid: str


Edit: TypeAlias = PutNote | CutNote | DropMark | PutBlock | CutBlock
