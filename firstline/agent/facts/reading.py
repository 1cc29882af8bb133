"""What a sentence states that can be looked up: numbers, prices, dates, times, links, addresses, codes. Pure.

Each kind is found in the text that the kinds before it have left, so *11.2 kg* is no date and *€49.00* no plain number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from firstline.agent.facts import dates
from firstline.agent.facts.values import NUMBER, Values, readings, word_value
from firstline.agent.facts.words import (
    COUNTED,
    CURRENCIES,
    MINUTES,
    MONTHS,
    NUMBER_WORDS,
    ONE,
    PERCENT,
    UNITS,
    WORKING,
    WORKING_DAYS,
)


class Kind(StrEnum):
    """What a fact is."""

    LINK = "link"
    EMAIL = "email"
    PHONE = "phone"
    DATE = "date"
    WEEKDAY = "weekday"
    TIME = "time"
    MONEY = "money"
    PERCENT = "percent"
    DURATION = "duration"
    CODE = "code"
    NUMBER = "number"
    NAME = "name"


@dataclass(frozen=True)
class Fact:
    """One fact as written. ``values`` are its readings, comparable within a kind; ``unit`` is what a number counts."""

    kind: Kind
    written: str
    values: frozenset[object]
    unit: str = ""
    start: int = 0
    soft: bool = False
    """Said of the reply itself rather than of the world (*for two reasons*)."""


_URL = re.compile(r"(?:(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,15}://|www\.)[^\s<>\"“”|\])]+", re.IGNORECASE)
_PATH = re.compile(
    r"(?<![\w@./-])(?://)?(?:(?:[a-z0-9-]+\.)+[a-z]{2,24}|\d{1,3}(?:\.\d{1,3}){3})(?::\d{2,5})?/[^\s<>\"“”|\])]+", re.IGNORECASE
)
"""A host of any kind with something behind its slash."""
_DOMAIN = re.compile(
    r"(?<![\w@.-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|info|biz|shop|store|app|dev|io|ai|co|eu|de|at|ch|fr|es|it|nl|be|pl|pt|uk"
    r"|ie|se|dk|no|fi|cz|sk|hu|ro|gr|us|ca|au|nz|in|jp|cn|br|mx|online|site|cloud|help|support|example|test|local|localhost"
    r"|xyz|top|ru|tv|link|click|page|live|tech|world|zip|icu|vip|club|gg|ly|cc|ws|su|ua|tr|kr|hk|sg|vn|za|lu|li|hr|rs|bg|lt|lv)\b(?:/[^\s<>\"“”|\])]*)?",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.,])(?:\+|00|\(?0)[\d\s()/.–-]{5,20}\d(?!\w)|(?<![\w.,-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\w)")
_CODE = re.compile(r"(?<![\w.,€$£-])#?(?=[\w./-]*\d)(?=[\w./-]*[A-Za-zÀ-ÿ])[A-Za-z0-9À-ÿ]+(?:[-_/.][A-Za-z0-9À-ÿ]+)*(?![\w])")
_ORDER = re.compile(r"#\d{3,}")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th|er|re|e|ème|º|ª|de|ste)", re.IGNORECASE)
_LIST_NUMBER = re.compile(r"(?m)^\s*\(?\d{1,2}[.)]\s")
_MARK = re.compile(r"\[\d{1,2}\]")
_NUMBER = re.compile(rf"(?<![\w.,])(?:{NUMBER})(?![\d])|(?<=[a-z][-–—])(?:\d+)(?![\w])")
_UNIT = "|".join(sorted((re.escape(unit) for unit in UNITS), key=len, reverse=True))
_ATTACHED = re.compile(rf"(?<![\w.,])({NUMBER})({_UNIT}|x)(?!\w)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_TIME_UNIT = re.compile(r"(?<![^\W\d_])[^\W\d_]+")


@cache
def _money() -> tuple[re.Pattern[str], re.Pattern[str]]:
    signs = [name for name in CURRENCIES if not name[0].isalpha() or len(name) == 1]
    words = [name for name in CURRENCIES if name not in signs]
    sign = "|".join(map(re.escape, sorted(signs, key=len, reverse=True)))
    word = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    before = re.compile(rf"(?P<c>(?:{sign})|\b(?:{word})(?=\s?\d))\s?(?P<n>{NUMBER})(?:[.,][-–—]+)?", re.IGNORECASE)
    after = re.compile(rf"(?<![\w.,])(?P<n>{NUMBER})(?:[.,][-–—]+)?\s?(?P<c>{sign}|(?:{word})\b)", re.IGNORECASE)
    return before, after


@cache
def _percent() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.,])(?P<n>{NUMBER})\s?(?:{'|'.join(map(re.escape, PERCENT))})(?!\w)", re.IGNORECASE)


@cache
def _count_before() -> re.Pattern[str]:
    """What stands before a unit of time: a count, maybe the first one of a range, maybe *working*."""
    count = "|".join(map(re.escape, sorted({*NUMBER_WORDS, *ONE}, key=len, reverse=True)))
    to = r"(?:\s*[-–—]\s*|\s+(?:to|or|until|bis|oder|à|ou|a|o|tot|até|do)\s+)"
    full = r"(?P<w>(?:working|business|full|whole|calendar|more|ganze|volle|weitere)[\s-]+)?"
    return re.compile(
        rf"(?<![\w.,€$£])(?:(?P<from>{NUMBER}|\b(?:{count})(?=\W)){to})?(?P<n>{NUMBER}|\b(?:{count})\b)[\s-]*{full}$",
        re.IGNORECASE,
    )


_UNITS_OF_TIME = frozenset({*MINUTES, *MONTHS, *WORKING_DAYS})
_NEXT_WORD = re.compile(r"\s+(\w+)")
_LOOK_BACK = 48
"""Characters before a unit of time in which its count stands."""


def facts(text: str) -> list[Fact]:
    """The facts of a text, in order, names left out (:mod:`firstline.agent.facts.names`)."""
    left = _blank(_blank(text, _LIST_NUMBER), _MARK)
    found: list[Fact] = []
    for step in (_links, _emails, _days, _phones, _money_facts, _percents, _durations, _times, _codes, _numbers, _number_words):
        here = list(step(left))
        found += here
        for one in here:
            left = left[: one.start] + " " * len(one.written) + left[one.start + len(one.written) :]
    found += [Fact(Kind.WEEKDAY, one.written, frozenset(one.readings), start=one.start) for one in dates.weekdays(text)]
    return sorted(found, key=lambda one: one.start)


def _blank(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda found: " " * len(found[0]), text)


def _links(text: str) -> Iterator[Fact]:
    taken: list[tuple[int, int]] = []
    for pattern in (_URL, _PATH, _DOMAIN):
        for found in pattern.finditer(text):
            if any(found.start() < end and start < found.end() for start, end in taken):
                continue
            written = found[0].rstrip(".,;:!?'’")
            if "@" in text[max(0, found.start() - 1) : found.start() + 1]:
                continue
            taken.append((found.start(), found.start() + len(written)))
            yield Fact(Kind.LINK, written, frozenset({link_value(written)}), start=found.start())


def link_value(written: str) -> str:
    """An address as it is compared: without scheme, *www* and a last slash, host in lower case."""
    plain = re.sub(r"^(?:https?://)?(?:www\.)?", "", written, flags=re.IGNORECASE)
    host, slash, path = plain.partition("/")
    return host.lower() + (slash + path).split("#")[0].rstrip("/")


def _emails(text: str) -> Iterator[Fact]:
    for found in _EMAIL.finditer(text):
        written = found[0].rstrip(".")
        yield Fact(Kind.EMAIL, written, frozenset({written.lower()}), start=found.start())


def _days(text: str) -> Iterator[Fact]:
    for one in dates.dates(text):
        yield Fact(Kind.DATE, text[one.start : one.start + len(one.written)], frozenset(one.readings), start=one.start)


def _phones(text: str) -> Iterator[Fact]:
    for found in _PHONE.finditer(text):
        digits = phone_value(found[0])
        if 7 <= len(digits.lstrip("+")) <= 15:
            yield Fact(Kind.PHONE, found[0].strip(), frozenset({digits}), start=found.start())


def phone_value(written: str) -> str:
    """A phone number's digits; an international one begins with ``+``."""
    plain = written.replace("(0)", "")
    digits = re.sub(r"\D", "", plain)
    if plain.strip().startswith("+"):
        return "+" + digits
    return "+" + digits[2:] if digits.startswith("00") else digits


def _money_facts(text: str) -> Iterator[Fact]:
    taken: set[int] = set()
    for pattern in _money():
        for found in pattern.finditer(text):
            if found.start("n") not in taken:
                taken.add(found.start("n"))
                currency = CURRENCIES[found["c"].lower()]
                yield Fact(Kind.MONEY, found[0], frozenset(readings(found["n"])), currency, found.start())


def _percents(text: str) -> Iterator[Fact]:
    for found in _percent().finditer(text):
        yield Fact(Kind.PERCENT, found[0], frozenset(readings(found["n"])), start=found.start())


def _durations(text: str) -> Iterator[Fact]:
    for word in _TIME_UNIT.finditer(text):
        unit = word[0].lower()
        if unit not in _UNITS_OF_TIME:
            continue
        offset = max(0, word.start() - _LOOK_BACK)
        found = _count_before().search(text[offset : word.start()])
        if found is None or (found["n"].lower() in ONE and found["n"].lower() != "one"):
            continue
        size, base = (MONTHS[unit], "months") if unit in MONTHS else (MINUTES.get(unit, 1440), "minutes")
        after = _NEXT_WORD.match(text, word.end())
        if unit in WORKING_DAYS or (found["w"] or "").strip(" -").lower() in WORKING or (after and after[1].lower() in WORKING):
            base = "working"
        if values := _scaled(found["n"], size):
            start = offset + found.start("n")
            yield Fact(Kind.DURATION, text[start : word.end()], values, base, start)
        if found["from"] and (first := _scaled(found["from"], size)):
            yield Fact(Kind.DURATION, found["from"], first, base, offset + found.start("from"))


def _scaled(written: str, size: int) -> frozenset[object]:
    word = word_value(written.lower())
    values: Values = frozenset({word}) if word is not None else readings(written)
    if written.lower() in ONE:
        return frozenset({size})
    return frozenset(value * size for value in values)


def _times(text: str) -> Iterator[Fact]:
    for one in dates.times(text):
        yield Fact(Kind.TIME, text[one.start : one.end].rstrip(), frozenset(one.readings), start=one.start)


def _codes(text: str) -> Iterator[Fact]:
    for pattern in (_ORDER, _CODE):
        for found in pattern.finditer(text):
            if _ORDINAL.fullmatch(found[0]) or _ATTACHED.fullmatch(found[0]) or (pattern is _CODE and found[0].startswith("#")):
                continue
            yield Fact(Kind.CODE, found[0], frozenset({code_value(found[0])}), start=found.start())


def code_value(written: str) -> str:
    """A code as it is compared: capitals and digits alone."""
    return re.sub(r"[^0-9A-ZÀ-Þ]", "", written.upper())


def _numbers(text: str) -> Iterator[Fact]:
    taken: set[int] = set()
    for found in _ATTACHED.finditer(text):
        taken.add(found.start())
        unit = "" if found[2] == "x" else found[2].lower()
        yield Fact(Kind.NUMBER, found[0], frozenset(readings(found[1])), unit, found.start())
    for found in _NUMBER.finditer(text):
        if found.start() in taken or not (values := readings(found[0])):
            continue
        yield Fact(Kind.NUMBER, found[0], frozenset(values), _unit_after(text, found.end()), found.start())


def _unit_after(text: str, end: int) -> str:
    following = text[end : end + 12].replace("\u00a0", " ")
    unit = following[1:].split(" ")[0].rstrip(".,;:)|") if following[:1] == " " else ""
    return unit if unit in UNITS and unit not in ("a", "in") else ""


def _number_words(text: str) -> Iterator[Fact]:
    for found in _WORD.finditer(text):
        value = word_value(found[0].lower())
        begins = found.start() == 0 or text[found.start() - 2 : found.start()] in (". ", "! ", "? ")
        if value is not None and (begins or not found[0][0].isupper()):
            following = _WORD.match(text, found.end() + 1)
            soft = following is not None and following[0].lower() in COUNTED
            yield Fact(Kind.NUMBER, found[0], frozenset({value}), start=found.start(), soft=soft)
