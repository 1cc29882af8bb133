"""Cutting a text that is longer than a channel allows, at the best border: paragraph, line, sentence, word, letter."""

import re
import unicodedata
from collections.abc import Callable, Mapping

Measure = Callable[[str], int]

MEASURES: Mapping[str, Measure] = {
    "characters": len,
    "utf16": lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
    "bytes": lambda text: len(text.encode("utf-8", "surrogatepass")),
}
_BORDERS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…。!?])\s+"), re.compile(r"\s+"))
_JOINERS = {"\u200d", "\ufe0f", "\ufe0e"}
_ENOUGH = 0.4
"""A border counts if at least this share of the limit stands before it; else the next finer kind is taken."""


def split(text: str, limit: int, unit: str = "characters") -> list[str]:
    """Parts of at most ``limit`` units, in order; nothing is lost but white space at the cuts.

    A letter is never torn from its accents, nor an emoji from its parts; a link is cut only if it is longer than the limit.
    """
    if limit < 8:
        raise ValueError("a limit below 8 leaves no room for a letter with its accents")
    measure = MEASURES[unit]
    parts = []
    rest = text.strip()
    while measure(rest) > limit:
        most = _fitting(rest, limit, measure)
        cut = _border(rest, most)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        parts.append(rest)
    return [part for part in parts if part]


def _fitting(text: str, limit: int, measure: Measure) -> int:
    """How many characters of the text fit."""
    low, high = 0, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _border(text: str, most: int) -> int:
    for border in _BORDERS:
        cuts = [found.start() for found in border.finditer(text, int(most * _ENOUGH), min(len(text), most + 1))]
        if cuts and (last := [cut for cut in cuts if 0 < cut <= most]):
            return last[-1]
    return _between_letters(text, most)


def _between_letters(text: str, most: int) -> int:
    cut = most
    while cut > 1 and cut > most - 40 and _joined(text, cut):
        cut -= 1
    return cut if not _joined(text, cut) else max(most, 1)


def _joined(text: str, at: int) -> bool:
    """Whether what stands before and after belongs together."""
    if at >= len(text):
        return False
    after, before = text[at], text[at - 1]
    return bool(unicodedata.combining(after)) or after in _JOINERS or before == "\u200d" or 0x1F3FB <= ord(after) <= 0x1F3FF
