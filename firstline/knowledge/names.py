"""Which thing is meant: the places, products or plans that the knowledge has entries about, as customers write them. Pure.

A name counts as mentioned in a turn by the weighted share of its words that stand near each other; rare words weigh more.
Earlier turns fade. Both sides are read: often only the agent has said the name.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from firstline.knowledge.words import words

_SMALL = frozenset({"the", "and", "of", "a", "an", "&"})
_ENOUGH = 0.45
"""Share of a name's weight that makes it mentioned."""
_FADE = 0.85
"""What a turn's mention is worth one turn later."""
_SLACK = 3
"""Other words that may stand between the words of a name."""
_ALIKE = 0.82
_INSIDE = 0.8
"""What a name counts that is part of a longer one mentioned in full: *Nandos* where *Nandos City Centre* was written."""
_WHOLE = 0.999
_LONG_ENOUGH = 5
"""How alike a misspelt word must be, and from how many letters on it is tried."""
FORGOTTEN = 0.05
"""Under this, no name is in focus."""


def plain_words(text: str) -> list[str]:
    """Lower-case words without the possessive s."""
    return [match.group().lower().replace("’", "'").removesuffix("'s") for match in words(text)]


@dataclass(frozen=True)
class Names:
    """The names of one knowledge base, ready to be looked for."""

    names: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    weights: Mapping[str, float]
    holders: Mapping[str, tuple[int, ...]]
    _alike: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, names: Sequence[str]) -> "Names":
        """Prepare a list of names."""
        parts = tuple(tuple(dict.fromkeys(word for word in plain_words(name) if word not in _SMALL)) for name in names)
        holders: dict[str, list[int]] = defaultdict(list)
        for number, own in enumerate(parts):
            for word in own:
                holders[word].append(number)
        weights = {word: math.log(1 + len(names) / len(among)) for word, among in holders.items()}
        return cls(tuple(names), parts, weights, {word: tuple(among) for word, among in holders.items()})

    def in_focus(self, turns: Sequence[str], ordinary: Callable[[str], bool]) -> dict[str, float]:
        """How strongly each name is in focus after these turns (oldest first), the strongest at 1; empty if none is.

        :param ordinary: whether a typed word is a usual word of the knowledge base: then it is no misspelt name.
        """
        states: dict[int, float] = {}
        for age, turn in enumerate(reversed(turns)):
            for number, strength in self.mentioned(turn, ordinary).items():
                states[number] = max(states.get(number, 0.0), strength**2 * _FADE**age)
        best = max(states.values(), default=0.0)
        if best < FORGOTTEN:
            return {}
        return {self.names[number]: state / best for number, state in sorted(states.items(), key=lambda one: -one[1])}

    def mentioned(self, turn: str, ordinary: Callable[[str], bool]) -> dict[int, float]:
        """The names a turn mentions, by number, with the share of each that was found."""
        typed = plain_words(turn)
        places: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for place, word in enumerate(typed):
            following = typed[place + 1] if place + 1 < len(typed) else ""
            for part in self._meant(word, following, ordinary):
                for number in self.holders[part]:
                    places[number].append((place, part))
        found = {}
        for number, hits in places.items():
            total = sum(self.weights[part] for part in self.parts[number])
            share = self._densest(hits, len(self.parts[number]) + _SLACK) / total
            if share >= _ENOUGH:
                found[number] = share
        return {number: share * (_INSIDE if self._inside(number, found) else 1.0) for number, share in found.items()}

    def _inside(self, number: int, found: Mapping[int, float]) -> bool:
        mine = set(self.parts[number])
        return any(share > _WHOLE and mine < set(self.parts[other]) for other, share in found.items())

    def _densest(self, hits: list[tuple[int, str]], width: int) -> float:
        best = 0.0
        for start, (first, _) in enumerate(hits):
            near = {part for place, part in hits[start:] if place < first + width}
            best = max(best, sum(self.weights[part] for part in near))
        return best

    def _meant(self, word: str, following: str, ordinary: Callable[[str], bool]) -> set[str]:
        """The name words that a typed word stands for: itself, glued to the next, split in two, or misspelt."""
        if word in _SMALL:
            return set()
        if word in self.weights:
            return {word}
        if following and word + following in self.weights:
            return {word + following}
        for cut in range(3, len(word) - 2):
            if word[:cut] in self.weights and word[cut:] in self.weights:
                return {word[:cut], word[cut:]}
        if len(word) >= _LONG_ENOUGH and not ordinary(word):
            return set(self._spelt_like(word))
        return set()

    def _spelt_like(self, word: str) -> tuple[str, ...]:
        known = self._alike.get(word)
        if known is None:
            matcher = SequenceMatcher(autojunk=False)
            matcher.set_seq2(word)
            found = []
            for part in self.weights:
                if abs(len(part) - len(word)) <= 2 and len(part) >= _LONG_ENOUGH:
                    matcher.set_seq1(part)
                    if matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE:
                        found.append(part)
            known = tuple(found)
            if len(self._alike) > 5_000:
                self._alike.clear()
            self._alike[word] = known
        return known
