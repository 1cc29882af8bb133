"""The language of content that does not name it: decides how its words are reduced to stems."""

from firstline.kit.languages import classified
from firstline.knowledge.words import STEMMERS

ENOUGH = 60
"""Letters below which nothing is guessed."""
SURE = 0.8
"""Probability below which nothing is guessed."""
READ = 2_000
"""Characters that are looked at."""


def language_of(text: str) -> str | None:
    """The language of a text by its ISO 639-1 code; None if it is too short or not clear."""
    start = text[:READ]
    if sum(c.isalpha() for c in start) < ENOUGH:
        return None
    language, probability = classified(start, tuple(STEMMERS))
    return language if probability >= SURE else None
