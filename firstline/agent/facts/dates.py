"""Dates, weekdays and times of day in a text. Pure; names of months and days are those of Unicode CLDR."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from babel import Locale

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")

Day = tuple[int | None, int, int | None]
"""Year, month, day; None where the text leaves it open (*1 November*, *November 2026*)."""

DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class Found:
    """Something found: where, as written, and its readings (*01/11/2026* has two)."""

    start: int
    end: int
    written: str
    readings: frozenset[Day] | frozenset[int]


@cache
def _month_names() -> dict[str, int]:
    names: dict[str, int] = {}
    for language in LANGUAGES:
        months = Locale.parse(language).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    names.setdefault(name.lower().rstrip("."), number)
    return names | {"sept": 9, "mär": 3, "märz": 3}


@cache
def _weekday_names() -> dict[str, int]:
    names: dict[str, int] = {}
    for language in LANGUAGES:
        days = Locale.parse(language).days
        for context in ("format", "stand-alone"):
            for number, name in days[context]["wide"].items():
                names.setdefault(name.lower(), number)
    names |= {"sonnabend": 5}
    return names | {f"{name}s": number for name, number in names.items() if not name.endswith("s")}


@cache
def _short_weekdays() -> dict[str, int]:
    """Short names that stand for a weekday only beside another one, a time, or a range."""
    english = {"mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6}
    german = {"mo": 0, "di": 1, "mi": 2, "do": 3, "fr": 4, "sa": 5, "so": 6}
    return {**german, **english}


_WORD = re.compile(r"[^\W\d_]+(?:-feira)?")
_ISO = re.compile(r"\b(?P<y>(?:19|20)\d{2})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})\b")
_NUMERIC = re.compile(r"\b(?P<a>\d{1,2})(?P<sep>[./-])(?P<b>\d{1,2})(?P=sep)(?P<y>(?:19|20)?\d{2})\b")
_DAY_BEFORE = re.compile(r"\b(?P<d>\d{1,2})(?:st|nd|rd|th|\.|er|º|ª|e)?\s+(?:of\s+|de\s+|di\s+)?$", re.IGNORECASE)
_DAY_AFTER = re.compile(r"\.?\s+(?:the\s+)?(?P<d>\d{1,2})(?:st|nd|rd|th)?\b(?![.:,]?\d)", re.IGNORECASE)
_YEAR_AFTER = re.compile(r"\.?\s*,?\s*(?:de\s+|del\s+)?(?P<y>(?:19|20)\d{2})\b(?!\s*%)", re.IGNORECASE)
_TIME_BEFORE = re.compile(r"\b(?:in|since|until|by|of|from|to|early|late|mid|this|next|last)[\s-]$", re.IGNORECASE)
_ALSO_WORDS = frozenset(
    {"may", "march", "mars", "mai", "mar", "jan", "sept", "set", "maj", "dec", "ago", "lug", "out", "gen", "fev", "avr"}
)
"""Month names that are words, names or parts of other things: without a day or year they need a preposition of time."""


def dates(text: str) -> Iterator[Found]:
    """The dates of a text, each place once: in digits, with a month's name, and months alone."""
    taken: list[tuple[int, int]] = []
    for pattern, read in ((_ISO, _iso), (_NUMERIC, _numeric)):
        for found in pattern.finditer(text):
            if (readings := read(found)) and not _within(taken, found.start(), found.end()):
                taken.append(found.span())
                yield Found(found.start(), found.end(), found[0], readings)
    for word in _WORD.finditer(text):
        month = _month_names().get(word[0].lower())
        date = _around(text, word, month) if month is not None else None
        if date is not None and not _within(taken, date.start, date.end):
            taken.append((date.start, date.end))
            yield date


def _within(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in taken)


def _around(text: str, word: re.Match[str], month: int) -> Found | None:
    """A date around the name of a month: *1 Nov 2026*, *November 1, 2026*, *November 2026*, *November*."""
    start, end = word.span()
    day: int | None = None
    if before := _DAY_BEFORE.search(text[max(0, start - 12) : start]):
        day, start = int(before["d"]), start - (min(start, 12) - before.start())
    elif after := _DAY_AFTER.match(text, end):
        day, end = int(after["d"]), after.end()
    year = _YEAR_AFTER.match(text, end)
    end = year.end() if year else end
    if day is not None and not 1 <= day <= 31:
        return None
    if day is None and year is None and not _surely_a_month(text, word):
        return None
    reading: Day = (int(year["y"]) if year else None, month, day)
    return Found(start, end, text[start:end], frozenset({reading}))


def _surely_a_month(text: str, word: re.Match[str]) -> bool:
    name = word[0].lower()
    if name in _ALSO_WORDS:
        return word[0][0].isupper() and _TIME_BEFORE.search(text[max(0, word.start() - 8) : word.start()]) is not None
    return len(name) > 3 and (word[0][0].isupper() or name not in _english_months())


@cache
def _english_months() -> frozenset[str]:
    return frozenset(name.lower() for name in Locale.parse("en").months["format"]["wide"].values())


def _iso(found: re.Match[str]) -> frozenset[Day]:
    year, month, day = int(found["y"]), int(found["m"]), int(found["d"])
    return frozenset({(year, month, day)}) if 1 <= month <= 12 and 1 <= day <= 31 else frozenset()


def _numeric(found: re.Match[str]) -> frozenset[Day]:
    first, second, year = int(found["a"]), int(found["b"]), int(found["y"])
    year += 2000 if year < 100 else 0
    orders = [(second, first)] if found["sep"] == "." else [(second, first), (first, second)]
    return frozenset((year, month, day) for month, day in orders if 1 <= month <= 12 and 1 <= day <= 31)


def same_day(one: Day, other: Day) -> bool:
    """Whether two dates agree in all that both say."""
    return all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))


_TO = r"(?:\s*[-–—]\s*|\s+(?:to|through|until|till|bis|à|au|a|al|t/m|tot|até|do)\s+)"
_SHORT = "Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun|Mo|Di|Mi|Do|Fr|Sa|So"
_AND = r"\s*,?\s*(?:and|und|&)\s*"
_HOUR = r"\.?:?\s+\d{1,2}(?:[:.]\d\d|\s*(?:am|pm|Uhr|h)\b|\s*[-–])"
_BESIDE = re.compile(rf"\.?(?:{_TO}|/|{_AND}|,\s*)(?:{_SHORT})\b|{_HOUR}")
_BESIDE_BEFORE = re.compile(rf"(?:{_SHORT})\.?(?:{_TO}|/|{_AND}|,\s*)$")


def weekdays(text: str) -> Iterator[Found]:
    """The weekdays that a text names (0 is Monday); short names count beside another one, or beside a time."""
    for word in _WORD.finditer(text):
        name = word[0].lower()
        number = _weekday_names().get(name)
        if number is None and word[0][0].isupper() and name in _short_weekdays() and _is_short_weekday(text, word):
            number = _short_weekdays()[name]
        if number is not None:
            yield Found(word.start(), word.end(), word[0], frozenset({number}))


def _is_short_weekday(text: str, word: re.Match[str]) -> bool:
    before = text[max(0, word.start() - 14) : word.start()]
    return _BESIDE.match(text, word.end()) is not None or _BESIDE_BEFORE.search(before) is not None


_RANGE = re.compile(r"^\.?\s*(?:[-–—]|to|through|until|till|bis|à|au|a|al|t/m|tot|até|do|and|und|to the)\s*$", re.IGNORECASE)
_WORKDAYS = re.compile(
    r"\b(?:weekdays|werktags|working days|business days|en semaine|entre semana|nei giorni feriali|doordeweeks|dias úteis"
    r"|dni robocze)\b",
    re.IGNORECASE,
)
_WEEKEND = re.compile(r"\b(?:weekends?|wochenende|fin de semana|week-end|fine settimana)\b", re.IGNORECASE)
_EVERY_DAY = re.compile(
    r"\b(?:every day|daily|täglich|tous les jours|todos los días|ogni giorno|elke dag|todos os dias|codziennie)\b", re.IGNORECASE
)


def weekdays_meant(text: str) -> frozenset[int]:
    """Every weekday that a text covers: *Monday to Friday* covers five."""
    meant: set[int] = set()
    before: Found | None = None
    for found in weekdays(text):
        (number,) = found.readings
        assert isinstance(number, int)
        meant.add(number)
        if before is not None and _RANGE.match(text[before.end : found.start]):
            (first,) = before.readings
            assert isinstance(first, int)
            meant |= {(first + step) % 7 for step in range((number - first) % 7 + 1)}
        before = found
    if _WORKDAYS.search(text):
        meant |= {0, 1, 2, 3, 4}
    if _WEEKEND.search(text):
        meant |= {5, 6}
    return frozenset(meant | set(range(7)) if _EVERY_DAY.search(text) else meant)


_HALF = r"(?P<half>\s*[ap]\.?\s?m\b\.?)"
_CLOCK = r"(?:\s*(?:uhr|uur|o'clock|heures?|godz\.?)\b)"
_TIMES = (
    re.compile(rf"\b(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d)(?::[0-5]\d)?(?:{_HALF})?(?:{_CLOCK})?", re.IGNORECASE),
    re.compile(rf"\b(?P<h>[01]?\d|2[0-4])\.(?P<m>[0-5]\d)(?:{_HALF}|{_CLOCK})", re.IGNORECASE),
    re.compile(r"\b(?P<h>[01]?\d|2[0-4])(?:[hH](?P<m>[0-5]\d)?|\s[hH]\s?(?P<later>[0-5]\d))(?![\w])"),
    re.compile(rf"\b(?P<h>[01]?\d|2[0-4])(?:{_HALF}|{_CLOCK})", re.IGNORECASE),
)
_RANGE_BEFORE = re.compile(
    r"(?<![\d.,:€$£])\b(?P<h>[01]?\d|2[0-4])\s*(?:[-–—]|to|until|till|bis|à|a|alle|tot|até|do)\s*$", re.IGNORECASE
)
_NAMED = {
    "noon": 720, "midday": 720, "midnight": 0, "mittag": 720, "mitternacht": 0, "midi": 720, "minuit": 0, "mediodía": 720,
    "medianoche": 0, "mezzogiorno": 720, "mezzanotte": 0, "middernacht": 0, "meio-dia": 720, "meia-noite": 0, "północ": 0,
}  # fmt: skip
_NAMED_PATTERN = re.compile(r"\b(?:" + "|".join(_NAMED) + r")\b", re.IGNORECASE)


def times(text: str) -> Iterator[Found]:
    """The times of day of a text, in minutes after midnight; *10–19 Uhr* and *9 to 5 pm* hold two."""
    taken: list[tuple[int, int]] = []
    for pattern in _TIMES:
        for found in pattern.finditer(text):
            if any(found.start() < end and start < found.end() for start, end in taken):
                continue
            parts = found.groupdict()
            half = (parts.get("half") or "").strip().lower()[:1]
            minute = int(parts.get("m") or parts.get("later") or 0)
            value = _minutes(int(found["h"]), minute, half)
            if value is None:
                continue
            taken.append(found.span())
            yield Found(found.start(), found.end(), found[0].strip(), value)
            if (before := _RANGE_BEFORE.search(text[: found.start()])) and not any(s <= before.start("h") < e for s, e in taken):
                hour = int(before["h"])
                both = {*(_minutes(hour, 0, half) or ()), *(_minutes(hour, 0, "") or ())}
                taken.append(before.span("h"))
                yield Found(before.start("h"), before.end("h"), before["h"], frozenset(both))
    for found in _NAMED_PATTERN.finditer(text):
        yield Found(found.start(), found.end(), found[0], frozenset({_NAMED[found[0].lower()]}))


def _minutes(hour: int, minute: int, half: str) -> frozenset[int] | None:
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return frozenset({(hour * 60 + minute) % DAY_MINUTES})
