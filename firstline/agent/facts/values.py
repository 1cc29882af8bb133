"""Numbers as people write them: digits with separators of any country, and words. Pure."""

import re
from decimal import Decimal, InvalidOperation

from firstline.agent.facts.words import NUMBER_WORDS

NUMBER = r"(?:\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?|\d{1,3}(?: \d{3})+(?![\d])(?:,\d{1,2})?|\d+(?:[.,]\d+)?)"
"""A number in digits; ``NUMBER`` never begins or ends with a separator."""

_GROUPS = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+")
_ENGLISH_PAIR = re.compile(r"(twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-(\w+)")

Values = frozenset[Decimal]
"""The readings of one written number: *1.000* is a thousand, or one with three decimals."""


def readings(written: str) -> Values:
    """What a number in digits can mean; empty if it is none."""
    written = written.strip()
    found = set()
    if _GROUPS.fullmatch(written):
        found.add(re.sub(r"\D", "", written))
    separators = [letter for letter in written if not letter.isdigit()]
    if not separators:
        found.add(written)
    elif len(separators) == 1 and separators[0] in ".,":
        found.add(written.replace(",", "."))
    elif separators[-1] in ".," and separators[-1] not in separators[:-1]:
        whole, _, decimals = written.rpartition(separators[-1])
        found.add(f"{re.sub(r'[^0-9]', '', whole)}.{decimals}")
    return frozenset(value for one in found if (value := _decimal(one)) is not None)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text).normalize() + 0
    except InvalidOperation:
        return None


def word_value(word: str) -> Decimal | None:
    """The value of a number word in any of the known languages, such as *two*, *zwölf*, *twenty-five*."""
    if (pair := _ENGLISH_PAIR.fullmatch(word)) and pair[2] in NUMBER_WORDS:
        return Decimal(NUMBER_WORDS[pair[1]] + NUMBER_WORDS[pair[2]])
    return Decimal(NUMBER_WORDS[word]) if word in NUMBER_WORDS else None
