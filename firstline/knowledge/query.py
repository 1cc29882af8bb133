"""The question's side of a search: its texts, its terms and their weights, its vectors.

Two queries are made of a conversation. The last turn alone says whether the knowledge covers it; the last turn with what
was said before finds. Mixing them spoils both (measured: docs/reference/benchmarks.md).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from firstline.knowledge.embedding import Embedder, Embedding, Vector
from firstline.knowledge.rules import Query
from firstline.knowledge.words import stem, stop_words, terms, words

EARLIER_TURNS = 2
EARLIER_WORDS = 40
"""How much of what was said before goes into the query that finds."""
LONGEST = 2_000
"""Characters of a turn that are looked at; a longer one is cut."""


@dataclass(frozen=True)
class Corpus:
    """What the weights of words depend on: the number of passages, and in how many of them each asked term occurs."""

    passages: int
    average_length: float
    counts: Mapping[str, int]

    _idf: dict[str, float] = field(default_factory=dict, compare=False, repr=False)

    def idf(self, term: str) -> float:
        """How telling a term is: ``ln(1 + (n - df + ½) / (df + ½))``."""
        known = self._idf.get(term)
        if known is None:
            count = min(self.counts.get(term, 0), self.passages)
            known = self._idf[term] = math.log(1 + (self.passages - count + 0.5) / (count + 0.5))
        return known

    @property
    def most(self) -> float:
        """The weight of a word that no passage has."""
        return math.log(1 + (self.passages + 0.5) / 0.5)


@dataclass(frozen=True)
class Asked:
    """A question, read: ``last`` is the last turn, ``whole`` the query that finds (the same without history)."""

    query: Query
    last: Embedding
    whole: Embedding
    last_terms: tuple[str, ...]
    whole_terms: tuple[str, ...]
    turns: tuple[str, ...]

    @property
    def has_history(self) -> bool:
        """Whether something was said before."""
        return bool(self.query.history)


def whole_text(query: Query) -> str:
    """The last two turns of either side, shortened, and the last one."""
    before = [" ".join(turn.text[:LONGEST].split()[:EARLIER_WORDS]) for turn in query.history[-EARLIER_TURNS:]]
    return "\n".join([*before, query.last[:LONGEST]])


def read(query: Query, embedder: Embedder) -> Asked:
    """Analyse and embed a question."""
    last = query.last[:LONGEST]
    whole = whole_text(query)
    embedded = embedder.embed(last)
    return Asked(
        query,
        embedded,
        embedder.embed(whole) if query.history else embedded,
        tuple(dict.fromkeys(terms(last, query.language))),
        tuple(dict.fromkeys(terms(whole, query.language))),
        (*(turn.text[:LONGEST] for turn in query.history[-12:]), last),
    )


def known_terms(asked: Asked) -> list[str]:
    """Every term whose count matters for this question: of the query, and of the words that might be misspelt names."""
    language = asked.query.language
    typed = {stem(match.group().lower(), language) for turn in asked.turns for match in words(turn)}
    return sorted(typed.union(asked.last_terms, asked.whole_terms))


def token_weights(text: str, embedded: Embedding, corpus: Corpus, language: str) -> Vector:
    """How much each token of the question counts: little for stop words and punctuation, most for words that are rare."""
    weights = np.full(len(embedded.offsets), 0.05, np.float32)
    spans = [(match.start(), match.end(), match.group().lower().replace("’", "'")) for match in words(text)]
    place, stop = 0, stop_words(language)
    for number, (start, end) in enumerate(embedded.offsets):
        while place < len(spans) and spans[place][1] <= start:
            place += 1
        if place < len(spans) and spans[place][0] <= start and end <= spans[place][1]:
            word = spans[place][2]
            if word not in stop:
                weights[number] = 0.1 + 0.9 * min(1.0, corpus.idf(stem(word, language)) / corpus.most)
    return weights
