"""Finding: a question in, passages out, with the probability that they hold the answer.

What changes seldom is kept in memory and read again when the knowledge's revision has changed: the names it has entries
about, and a sample of vectors that tells how far an average passage is from a question.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import text

from firstline.kit.database import Database, Tx
from firstline.knowledge import candidates, gate, rank
from firstline.knowledge.asking import AsksForKnowledge
from firstline.knowledge.candidates import Row
from firstline.knowledge.embedding import Embedder, Vector
from firstline.knowledge.names import Names
from firstline.knowledge.query import LONGEST, Asked, Corpus, known_terms, read, token_weights
from firstline.knowledge.rank import Ranked
from firstline.knowledge.rules import Found, Hit, Name, Query
from firstline.knowledge.tokens import TokenStore
from firstline.knowledge.words import stem

SAMPLED = 1_000
"""Vectors that the average distance is taken from."""
DRAWN_FROM = 10_000
"""Passages that the sample is drawn from, about, where there are more."""
ORDINARY = 5
"""Passages from which on a word is a usual one, and no misspelt name."""


@dataclass(frozen=True)
class Snapshot:
    """What is kept of one revision of the knowledge."""

    revision: int
    names: Names
    sample: Vector


class Finder:
    """Finds in one database with one embedder; may be used by several threads."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self.database = database
        self.embedder = embedder
        self._asks = AsksForKnowledge(embedder)
        self._snapshot: Snapshot | None = None
        self._tokens = TokenStore()
        self._lock = threading.Lock()

    async def find(self, query: Query) -> Found:
        """Find, from asynchronous code."""
        return await self.database.thread(self.find_now, query)

    def find_now(self, query: Query) -> Found:
        """Find. A question without a letter or digit finds nothing: it has no direction to look in."""
        if not any(c.isalnum() for c in query.last[:LONGEST]):
            return Found()
        started = time.perf_counter()
        asked = read(query, self.embedder)
        asks = self._asks.probability(asked.last.vector)
        embedded = time.perf_counter()
        looked = self.database.run(self._look_up, asked)
        corpus, focus, rows = looked.corpus, looked.focus, looked.rows
        looked_up = time.perf_counter()
        weights = token_weights(asked.turns[-1], asked.last, corpus, query.language)
        ranked = rank.rank(asked, corpus, weights, [row.candidate for row in rows], named=bool(focus))
        signs = _signs(asked, looked.snapshot, ranked)
        done = time.perf_counter()
        spent = {"embed": embedded - started, "search": looked_up - embedded, "rank": done - looked_up}
        return Found(
            hits=_hits(rows, ranked, query.limit),
            covered=gate.covered(signs, looked.gate),
            asks=asks,
            names=tuple(Name(name, strength) for name, strength in list(focus.items())[:5]),
            signs=signs,
            milliseconds={step: round(seconds * 1000, 2) for step, seconds in spent.items()},
        )

    def _look_up(self, tx: Tx, asked: Asked) -> "_LookedUp":
        revision, corpus, own = candidates.corpus_of(tx, known_terms(asked))
        snapshot, counts = self._current(tx, revision, corpus.passages), corpus.counts
        language = asked.query.language
        focus = snapshot.names.in_focus(asked.turns, lambda word: counts.get(stem(word, language), 0) >= ORDINARY)
        rows = candidates.find(tx, asked, corpus, focus, self._tokens)
        return _LookedUp(corpus, snapshot, focus, rows, own)

    def _current(self, tx: Tx, revision: int, passages: int) -> Snapshot:
        known = self._snapshot
        if known is not None and known.revision == revision:
            return known
        with self._lock:
            if self._snapshot is None or self._snapshot.revision != revision:
                self._snapshot = _snapshot(tx, revision, passages)
            return self._snapshot


@dataclass(frozen=True)
class _LookedUp:
    """What one transaction brought."""

    corpus: Corpus
    snapshot: Snapshot
    focus: dict[str, float]
    rows: list[Row]
    gate: Mapping[str, float] | None


def _signs(asked: Asked, snapshot: Snapshot, ranked: list[Ranked]) -> dict[str, float]:
    similar = snapshot.sample @ asked.last.vector
    mean, deviation = (float(similar.mean()), float(similar.std())) if len(similar) else (0.0, 0.0)
    words = len(asked.query.last[:LONGEST].split())
    return gate.signs(rank.entries(ranked)[: gate.LOOKED_AT], mean, deviation, words, asked.query.language)


_SAMPLE = "select vector::text from passage_vector order by hashtext(passage_id), passage_id limit :most"
_SAMPLE_OF_MANY = """
select vector::text from passage_vector tablesample system (:share) repeatable (1)
order by hashtext(passage_id), passage_id limit :most
"""


def _snapshot(tx: Tx, revision: int, passages: int) -> Snapshot:
    """What is kept of a revision. Of many passages the sample is taken from some pages of the table, else all would be read."""
    about = tx.rows(text("select distinct about from page where about is not null and state = 'read' order by about"))
    share = {"share": 100 * DRAWN_FROM / passages} if passages > DRAWN_FROM else {}
    sampled = tx.rows(text(_SAMPLE_OF_MANY if share else _SAMPLE), {"most": SAMPLED, **share})
    vectors = [np.fromstring(row[0][1:-1], np.float32, sep=",") for row in sampled]
    return Snapshot(revision, Names.of([row.about for row in about]), np.array(vectors, np.float32).reshape(-1, 384))


def _hits(rows: list[Row], ranked: list[Ranked], limit: int) -> tuple[Hit, ...]:
    shown = {row.candidate.passage_id: row for row in rows}
    return tuple(_hit(shown[one.candidate.passage_id], one) for one in ranked[:limit])


def _hit(row: Row, ranked: Ranked) -> Hit:
    return Hit(
        passage_id=ranked.candidate.passage_id,
        page_id=ranked.candidate.page_id,
        source_id=row.source_id,
        title=row.title,
        url=row.url,
        text=row.text,
        kind=ranked.candidate.kind,
        access=row.access,
        score=round(ranked.score, 4),
        question=row.question,
        heading=row.heading,
        about=row.about,
        features={name: round(float(value), 4) for name, value in ranked.features.items()},
    )
