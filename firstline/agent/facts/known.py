"""What may be stated: the facts of passages, contact data and action results, ready to be compared. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import cast

from firstline.agent.facts.dates import Day, same_day, weekdays_meant
from firstline.agent.facts.names import name_value
from firstline.agent.facts.reading import Fact, Kind, facts
from firstline.agent.facts.words import CURRENCIES, MINUTES, MONTHS

_WORD = re.compile(r"[^\W_]+(?:['’.-](?=[^\W_])[^\W_]+)*")
_NUMERIC = (Kind.NUMBER, Kind.MONEY, Kind.PERCENT)
_SHORTEST_PHONE = 7


@dataclass(frozen=True)
class Known:
    """The facts of one text."""

    text: str
    facts: tuple[Fact, ...]
    words: frozenset[str]
    weekdays: frozenset[int]
    currencies: frozenset[str]

    def of(self, *kinds: Kind) -> Iterator[Fact]:
        """Its facts of some kinds."""
        return (one for one in self.facts if one.kind in kinds)


@lru_cache(maxsize=2048)
def known(text: str) -> Known:
    """What a text states. The last 2,048 texts are remembered: the same passages come again and again."""
    found = tuple(facts(text))
    lower = text.lower()
    words = frozenset(_words(lower))
    currencies = frozenset(code for sign, code in CURRENCIES.items() if (sign in words if sign[0].isalpha() else sign in lower))
    return Known(text, found, words, weekdays_meant(text), currencies)


def _words(lower: str) -> Iterator[str]:
    for found in _WORD.finditer(lower):
        yield name_value(found[0])
        if any(mark in found[0] for mark in "-.'’"):
            yield from (name_value(part) for part in re.split(r"[-.'’]", found[0]) if part)


def holds(fact: Fact, evidence: Iterable[Known]) -> bool:
    """Whether any of the texts states the fact."""
    return any(_holds(fact, one) for one in evidence)


def _holds(fact: Fact, one: Known) -> bool:
    match fact.kind:
        case Kind.NAME:
            return _name(str(next(iter(fact.values))), one)
        case Kind.WEEKDAY:
            return bool(fact.values & one.weekdays)
        case Kind.DATE:
            return any(_same_days(fact, other) for other in one.of(Kind.DATE))
        case Kind.LINK:
            return _link(fact, one)
        case Kind.PHONE:
            mine = str(next(iter(fact.values)))
            return any(_same_phone(mine, str(next(iter(other.values)))) for other in one.of(Kind.PHONE))
        case Kind.DURATION:
            return _duration(fact, one)
        case Kind.MONEY:
            return _money(fact, one)
        case Kind.CODE:
            return _code(fact, one)
        case Kind.TIME | Kind.EMAIL | Kind.PERCENT:
            return any(fact.values & other.values for other in one.of(fact.kind))
        case Kind.NUMBER:
            return _number(fact, one)


def _same_days(fact: Fact, other: Fact) -> bool:
    mine, theirs = (cast("frozenset[Day]", days.values) for days in (fact, other))
    return any(same_day(one, another) for one in mine for another in theirs)


def _name(name: str, one: Known) -> bool:
    plural = {name.removesuffix("s"), name + "s", name.removesuffix("es")}
    return bool({name, *plural} & one.words) or all(part in one.words for part in re.split(r"[-.]", name))


def _link(fact: Fact, one: Known) -> bool:
    wanted = str(next(iter(fact.values)))
    behind = fact.written.partition("#")[2].lower()
    if behind and behind not in one.text.lower():
        return False
    for other in one.of(Kind.LINK):
        theirs = str(next(iter(other.values)))
        if wanted in (theirs, theirs.partition("/")[0]):
            return True
    return any(wanted == str(next(iter(other.values))).rpartition("@")[2] for other in one.of(Kind.EMAIL))


def _same_phone(mine: str, theirs: str) -> bool:
    if mine.startswith("+") == theirs.startswith("+"):
        return mine == theirs
    national, international = (theirs, mine) if mine.startswith("+") else (mine, theirs)
    national = national.removeprefix("0")
    return len(national) >= _SHORTEST_PHONE and international.endswith(national)


def _duration(fact: Fact, one: Known) -> bool:
    if any(fact.values & other.values and fact.unit == other.unit for other in one.of(Kind.DURATION)):
        return True
    counts = {word for word, size in (MINUTES | MONTHS).items() if size and word in one.words}
    plain = _counted(fact)
    return bool(plain and counts & plain[1] and any(plain[0] & other.values for other in one.of(Kind.NUMBER)))


def _counted(fact: Fact) -> tuple[frozenset[object], frozenset[str]] | None:
    """The count of a duration with the words of its unit: a table may hold the unit in its head and the number below."""
    parts = fact.written.lower().replace("-", " ").split()
    if len(parts) < 2 or fact.unit == "working":
        return None
    unit = parts[-1]
    table = MONTHS if unit in MONTHS else MINUTES
    if unit not in table:
        return None
    size = table[unit]
    counts = frozenset(value / size for value in fact.values if isinstance(value, Decimal))
    return counts, frozenset(word for word, one in table.items() if one == size)


def _money(fact: Fact, one: Known) -> bool:
    if any(fact.values & other.values and fact.unit == other.unit for other in one.of(Kind.MONEY)):
        return True
    return fact.unit in one.currencies and any(fact.values & other.values for other in one.of(Kind.NUMBER))


def _code(fact: Fact, one: Known) -> bool:
    if any(fact.values & other.values for other in one.of(Kind.CODE)):
        return True
    written = fact.written.lower().lstrip("#")
    return re.search(rf"(?<!\w){re.escape(written)}(?!\w)", one.text.lower()) is not None


def _number(fact: Fact, one: Known) -> bool:
    for other in one.of(*_NUMERIC, Kind.CODE, Kind.DURATION, Kind.DATE):
        if other.kind is Kind.DURATION:
            if _count(other) & fact.values:
                return True
        elif other.kind is Kind.DATE:
            if fact.values & {Decimal(day[0]) for day in other.values if isinstance(day, tuple) and day[0]}:
                return True
        elif other.kind is Kind.CODE:
            if fact.written in re.split(r"\D+", other.written):
                return True
        elif fact.values & other.values and (not fact.unit or not other.unit or fact.unit == other.unit):
            return True
    return False


def _count(fact: Fact) -> frozenset[object]:
    """The number a duration is written with."""
    first = re.split(r"[\s-]", fact.written.strip())[0]
    return known_number(first)


@lru_cache(maxsize=4096)
def known_number(written: str) -> frozenset[object]:
    """The readings of one number, in digits or as a word."""
    return frozenset(value for one in facts(written) if one.kind is Kind.NUMBER for value in one.values)
