"""The page of a report: one file that asks nobody for anything, readable in light, dark and print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from calsync.words import dates

if TYPE_CHECKING:
    from jinja2 import Template

LABELS = {
    "en": {
        "client": "Client", "calls": "Calls", "told": "Told", "booked": "Booked", "capped": "Planned", "taken": "Taken",
        "over": "Over", "flexed": "Flexed", "cost": "Cost", "ahead": "Ahead", "day": "Day", "time": "Time",
        "minutes": "Minutes", "sum": "Sum", "weeks": "Minutes a week", "report": "Calls", "ours": "Our calls",
        "still": "still to come", "by": "as of", "none": "No calls in this time.",
        "all_told": "{told} of {calls} calls were told; the others count as planned.",
    },
    "tr": {
        "client": "Müşteri", "calls": "Görüşme", "told": "Anlatılan", "booked": "Takvimde", "capped": "Planlanan",
        "taken": "Gerçek", "over": "Aşan", "flexed": "Esnetilen", "cost": "Tutar", "ahead": "Sıradaki", "day": "Gün",
        "time": "Saat", "minutes": "Dakika", "sum": "Toplam", "weeks": "Haftada dakika", "report": "Görüşmeler",
        "ours": "Görüşmelerimiz", "still": "henüz yapılmadı", "by": "Durum:", "none": "Bu sürede görüşme yok.",
        "all_told": "Anlatılan görüşme: {told} / {calls}; ötekiler planlandığı gibi sayıldı.",
    },
    "de": {
        "client": "Kunde", "calls": "Gespräche", "told": "Erzählt", "booked": "Im Kalender", "capped": "Geplant",
        "taken": "Gedauert", "over": "Länger", "flexed": "Verschoben", "cost": "Betrag", "ahead": "Noch vor uns",
        "day": "Tag", "time": "Zeit", "minutes": "Minuten", "sum": "Summe", "weeks": "Minuten je Woche",
        "report": "Gespräche", "ours": "Unsere Gespräche", "still": "noch vor uns", "by": "Stand",
        "none": "In dieser Zeit gab es keine Gespräche.",
        "all_told": "Von {calls} Gesprächen sind {told} erzählt; die anderen zählen wie geplant.",
    },
}  # fmt: skip
TEMPLATE = Path(__file__).parent / "report.html.j2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing (SVG) and what it shows, for those who don't see it."""

    title: str
    svg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page says: heads and rows as they stand there, sums last; words are in `language` already."""

    language: str
    title: str
    subtitle: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    sums: Sequence[str] = ()
    notes: Sequence[str] = ()
    charts: Sequence[Chart] = ()


def labels(language: str) -> dict[str, str]:
    """Return the words of a report by name, in `language` (`en-US` as `en`)."""
    return LABELS[language.partition("-")[0]]


def day(moment: datetime, zone: str, language: str, at: datetime) -> str:
    """Return a day on the clocks of `zone`, with the year where it isn't that of `at`."""
    return dates.day(moment, zone, language, at=at)


def clock(moment: datetime, zone: str, language: str) -> str:
    """Return a time on the clocks of `zone`."""
    return dates.clock(moment, zone, language)


def period(first: date, *, month: bool, language: str) -> str:
    """Return the name of the month, or of the ISO week, that begins with `first`."""
    from babel.dates import format_date

    if month:
        return format_date(first, "LLLL y", locale=language.replace("-", "_"))
    year, week, _ = first.isocalendar()
    return f"{year}-W{week:02}"


def write(page: Page) -> str:
    """Return the page as HTML; whatever stands in it is text, never markup, but the drawings."""
    return _template().render(page=page, none=labels(page.language)["none"]) + "\n"


@cache
def _template() -> Template:
    from jinja2 import Environment

    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(TEMPLATE.read_text("utf-8"))
