"""Days, clock times, places and numbers as a person writes them in a language (CLDR, by Babel)."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from calsync.errors import TextError
from calsync.model.period import Period

if TYPE_CHECKING:
    from babel import Locale

# `en` is British in form. CLDR has no wide day-and-month form without a year for all of them, so the patterns
# stand here; the names in them are CLDR's.
_LOCALES = {"en": "en_GB", "en-US": "en_US", "tr": "tr", "de": "de"}
_DAY = {"en": "EEEE d MMMM", "en-US": "EEEE, MMMM d", "tr": "d MMMM EEEE", "de": "EEEE, d. MMMM"}
_DAY_AND_YEAR = {"en": "EEEE d MMMM y", "en-US": "EEEE, MMMM d, y", "tr": "d MMMM y EEEE", "de": "EEEE, d. MMMM y"}

_MONTH_DAY = {"en": "d MMMM", "en-US": "MMMM d", "tr": "d MMMM", "de": "d. MMMM"}
_MONTH_DAY_YEAR = {"en": "d MMMM y", "en-US": "MMMM d, y", "tr": "d MMMM y", "de": "d. MMMM y"}
_MONTH = {"en": "LLLL", "en-US": "LLLL", "tr": "LLLL 'ayı'", "de": "LLLL"}
_MONTH_YEAR = {"en": "LLLL y", "en-US": "LLLL y", "tr": "y LLLL 'ayı'", "de": "LLLL y"}
_WEEK = {"en": "the week of {}", "en-US": "the week of {}", "de": "Woche vom {}"}

LANGUAGES = tuple(_LOCALES)


@cache
def _locale(language: str) -> Locale:
    from babel import Locale  # a start of the command that says nothing doesn't pay for it

    if language not in _LOCALES:
        raise TextError(f'there are no texts in "{language}"', hint=f"there are texts in {', '.join(LANGUAGES)}")
    return Locale.parse(_LOCALES[language])


def day(moment: datetime, zone: str, language: str, *, at: datetime) -> str:
    """Return the day of `moment` in `zone`, as in "Tuesday 24 November"; with the year if it isn't that of `at`."""
    from babel.dates import format_date

    locale = _locale(language)
    local = moment.astimezone(ZoneInfo(zone))
    same_year = local.year == at.astimezone(local.tzinfo).year
    pattern = (_DAY if same_year else _DAY_AND_YEAR)[language]
    return format_date(local.date(), pattern, locale=locale)


def period(which: Period, language: str, *, at: date) -> str:
    """Return what a week or month is called: "November", "the week of 23 November"; in Turkish "23–29 Kasım haftası".

    In German a week comes without its article ("Woche vom 23. November"). The year is said where none of its days
    lies in that of `at`.
    """
    from babel.dates import format_date

    locale = _locale(language)
    same_year = at.year in (which.first.year, which.last.year)

    def say(one: date, patterns: dict[str, str]) -> str:
        return format_date(one, patterns[language], locale=locale)

    if which.monthly:
        return say(which.first, _MONTH if same_year else _MONTH_YEAR)
    patterns = _MONTH_DAY if same_year else _MONTH_DAY_YEAR
    if language != "tr":
        return _WEEK[language].format(say(which.first, patterns))
    if which.first.month == which.last.month:
        return f"{which.first.day}–{say(which.last, patterns)} haftası"
    return f"{say(which.first, patterns)} – {say(which.last, patterns)} haftası"


def length(minutes: int, language: str) -> str:
    """Return so many minutes as people write them: "45 minutes", "6 hours", "6 hours 45 minutes"; never days."""
    from babel.units import format_unit

    hours, rest = divmod(minutes, 60)
    parts = [(hours, "duration-hour")] if hours else []
    parts += [(rest, "duration-minute")] if rest or not hours else []
    return " ".join(format_unit(number, unit, locale=_locale(language)) for number, unit in parts)


def clock(moment: datetime, zone: str, language: str) -> str:
    """Return the clock time of `moment` in `zone`: "15:00", in `en-US` "3:00 PM"."""
    from babel.dates import format_time

    local = moment.astimezone(ZoneInfo(zone))
    # CLDR puts a narrow no-break space before PM; people type a plain one.
    return format_time(local.time(), "short", locale=_locale(language)).replace("\u202f", " ")


def city(zone: str, language: str) -> str:
    """Return what people call `zone`: its exemplar city ("Berlin", in Turkish "İstanbul"), else its own name."""
    from babel.dates import get_timezone_location

    name = get_timezone_location(ZoneInfo(zone), locale=_locale(language), return_city=True)
    return name.rpartition("/")[2]  # zones inside a state come as "Argentina/Buenos Aires"


def clocks_differ(moment: datetime, zone: str, other: str) -> bool:
    """Tell whether the clocks of both zones show different times at `moment`."""
    return moment.astimezone(ZoneInfo(zone)).utcoffset() != moment.astimezone(ZoneInfo(other)).utcoffset()


def same_day(moment: datetime, other: datetime, zone: str) -> bool:
    """Tell whether both moments lie on one day of `zone`."""
    return moment.astimezone(ZoneInfo(zone)).date() == other.astimezone(ZoneInfo(zone)).date()


def counted(number: int, one: str, many: str, language: str) -> str:
    """Return `number` with the word for one or for many, by the language's plural rule: "1 minute", "45 minutes"."""
    return f"{number} {one if _locale(language).plural_form(number) == 'one' else many}"


def capitalised(text: str, language: str) -> str:
    """Return `text` with a capital first letter; in Turkish that of i is İ."""
    first = "İ" if language == "tr" and text[:1] == "i" else text[:1].upper()
    return first + text[1:]


def plain(text: str) -> str:
    """Return foreign `text` as one line: controls and line breaks become a space, invisible marks vanish.

    Marks that turn the direction of writing would reorder what stands around them. The joiners of emoji and
    of some scripts stay.
    """
    kept = []
    for char in text:
        category = unicodedata.category(char)
        if category in {"Cc", "Zl", "Zp", "Cs"}:
            kept.append(" ")
        elif category != "Cf" or char in "\u200c\u200d":
            kept.append(char)
    return " ".join("".join(kept).split())
