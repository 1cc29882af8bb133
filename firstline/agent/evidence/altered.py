"""Words that stand where the evidence has another one, in a sentence that is otherwise the evidence's own. Pure.

It finds exchanged names where capitals say nothing: at the beginning of a sentence, and in German.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from firstline.agent.facts.known import Known
from firstline.agent.facts.names import name_value
from firstline.agent.facts.reading import Fact, Kind
from firstline.agent.sentences import sentences

_WORD = re.compile(r"[^\W_]+(?:['’.-](?=[^\W_])[^\W_]+)*")
_ALIKE = 0.7
"""Share of words that two sentences have in common, from which on one is taken for the other with changes."""
_FEWEST = 4


def altered(sentence: str, evidence: Sequence[Known]) -> Iterator[Fact]:
    """The capital words of a sentence that replace a capital word of the evidence."""
    words = _WORD.findall(sentence)
    strange = {word for word in words if word[0].isupper() and not any(name_value(word) in one.words for one in evidence)}
    if not strange or len(words) < _FEWEST:
        return
    lower = [word.lower() for word in words]
    for one in evidence:
        for theirs in _nearest(lower, one.text):
            matcher = SequenceMatcher(None, lower, [word.lower() for word in theirs], autojunk=False)
            for kind, start, end, other_start, other_end in matcher.get_opcodes():
                if kind == "replace" and end - start == other_end - other_start:
                    for mine, old in zip(words[start:end], theirs[other_start:other_end], strict=True):
                        if mine in strange and old[0].isupper():
                            yield Fact(Kind.NAME, mine, frozenset({name_value(mine)}))


def _nearest(lower: Sequence[str], text: str) -> Iterator[list[str]]:
    mine = set(lower)
    for sentence in sentences(text):
        theirs = _WORD.findall(sentence)
        common = mine & {word.lower() for word in theirs}
        if len(common) >= _ALIKE * max(len(mine), len(theirs)):
            yield theirs
