"""A message as numbers: its vector, and beside it the weight of its words and word pairs. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firstline.agent.models.meaning import Meaning
from firstline.knowledge.words import stem, words

Numbers = NDArray[np.float32]

WORDS = 0.6
"""Length of the words' part beside the vector's, which is 1."""
LOOKED_AT = 1_000
"""Characters of a message that are read."""


def grams(text: str, language: str) -> list[str]:
    """Stems of all words, and the pairs of neighbours."""
    found = [stem(match.group().lower(), language) for match in words(text[:LOOKED_AT])]
    return [*found, *(f"{one} {other}" for one, other in pairwise(found))]


@dataclass(frozen=True)
class Reader:
    """Reads messages against the words of the examples it was made of; other words are not seen."""

    meaning: Meaning
    places: Mapping[str, int]
    rarity: Numbers
    language: str

    @classmethod
    def of(cls, examples: Sequence[str], meaning: Meaning, language: str) -> "Reader":
        """Prepare for messages like these."""
        held = Counter(gram for one in examples for gram in set(grams(one, language)))
        places = {gram: place for place, gram in enumerate(sorted(held))}
        rarity = np.array([math.log((1 + len(examples)) / (1 + held[gram])) + 1 for gram in places], np.float32)
        return cls(meaning, places, rarity, language)

    def read(self, texts: Iterable[str]) -> Numbers:
        """One row a message: vector, words and pairs (counts damped, rare ones heavier, length :data:`WORDS`), and a constant."""
        return np.array([self._row(text) for text in texts], np.float32)

    def _row(self, text: str) -> Numbers:
        vector = self.meaning.embed(text[:LOOKED_AT]).vector
        told = np.zeros(len(self.places), np.float32)
        for gram, count in Counter(grams(text, self.language)).items():
            if (place := self.places.get(gram)) is not None:
                told[place] = (1 + math.log(count)) * self.rarity[place]
        length = float(np.linalg.norm(told))
        return np.concatenate([vector, told * (WORDS / length) if length else told, np.ones(1, np.float32)])
