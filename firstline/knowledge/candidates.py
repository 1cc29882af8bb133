"""Passages that may fit, by one SQL statement: near in meaning, near in question, sharing rare words, about the thing meant.

Each arm that the ranking's weights make use of brings its best; their union is ordered by the weighted sum of what SQL can
compute (the ranking's own weights, with the share of words in place of BM25), and the first ones go to the re-ranking with
their token vectors. Only passages that the asking agent and contact may see are looked at. Vectors are compared one by one
up to :data:`EXACT` passages; above, by the HNSW index with iterative scan, so that filters cost no hits.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from psycopg.rows import namedtuple_row

from firstline.kit.database import Tx
from firstline.knowledge.compact import Packed
from firstline.knowledge.embedding import written
from firstline.knowledge.query import Asked, Corpus
from firstline.knowledge.rank import Candidate, weights_for
from firstline.knowledge.rules import Access, EntryKind
from firstline.knowledge.tokens import TokenStore
from firstline.knowledge.words import as_tsquery

EXACT = 4_000
"""Passages up to which every vector is compared."""
EF_SEARCH = 100
"""Breadth of the HNSW search; the default of 40 loses hits in small collections."""

NEAR, ASKED, WORDED, NAMED = 40, 20, 20, 100
"""How many passages each arm brings."""
KEPT = 32
"""Passages that go to the re-ranking."""
RAREST = 6
"""Terms that the word arm looks for."""
SMALL = 10_000
"""Passages up to which the word arm reads all that have one of its terms."""
MOST_READ = 5_000
"""Passages that the word arm reads in a larger collection, about: each takes some 20 µs, and half a million may have a word."""
TOGETHER = 3
"""Terms that a passage must have together where even the rarest one is in more passages than that."""
_NO_TERM = "\x01"
"""A term that no text has."""


@dataclass(frozen=True)
class Row:
    """A candidate with what is shown of it."""

    candidate: Candidate
    source_id: str
    title: str
    url: str | None
    about: str | None
    question: str | None
    access: Access
    heading: str
    text: str


_HIDDEN = """hidden as materialized (
  select id from source
  where not (%(agent)s::text is null or agents = '{}' or %(agent)s = any(agents))
     or not (audiences = '{}' or audiences && %(audiences)s::text[])
     or id = any(%(without)s::text[])
)"""

_VECTOR_ARM = """{name} as (
  select v.passage_id from passage_vector v
  where v.{column} is not null and v.source_id not in (select id from hidden)
  order by (v.{column} <=> %({query})s::halfvec){exactly} limit {most}
)"""

_WORD_ARM = """worded as (
  select p.id as passage_id, {share} as share from passage p
  where p.terms @@ %(rare)s::tsquery and p.embedded and p.source_id not in (select id from hidden)
  order by 2 desc, p.id limit {most}
)"""

_NAME_ARM = """named as (
  select v.passage_id from unnest(%(names)s::text[], %(focus)s::float8[]) as n(about, focus)
  join page g on g.about = n.about join passage p on p.page_id = g.id join passage_vector v on v.passage_id = p.id
  where p.source_id not in (select id from hidden)
  order by n.focus desc, v.vector <=> %(last)s::halfvec limit {most}
)"""

_REST = """every as (
  {union}
), compared as (
  select v.passage_id, p.page_id,
    1 - (v.vector <=> %(last)s::halfvec) as cq,
    1 - (v.vector <=> %(whole)s::halfvec) as ch,
    1 - (coalesce(v.question, v.vector) <=> %(last)s::halfvec) as qf,
    {focus} as en, coalesce(w.share, 0) as share
  from every e join passage_vector v on v.passage_id = e.passage_id
  join passage p on p.id = v.passage_id {page} left join worded w on w.passage_id = v.passage_id
), best as (
  select * from compared order by {score} desc, passage_id limit {kept}
)
select b.passage_id, b.page_id, p.source_id, b.cq, b.ch, b.qf, b.en, p.heading, p.text, p.length,
  coalesce(nullif(g.title, ''), s.title) as title, coalesce(g.url, s.url) as url, g.about, g.kind, g.question, s.access,
  (select json_object_agg(lexeme, cardinality(positions)) from unnest(p.terms) where lexeme = any(%(terms)s)) as times
from best b join passage p on p.id = b.passage_id join page g on g.id = b.page_id join source s on s.id = p.source_id
"""

_FOCUS = """coalesce((
      select n.focus from unnest(%(names)s::text[], %(focus)s::float8[]) as n(about, focus) where n.about = g.about), 0)"""


_CORPUS = """
select s.revision, s.passages, s.average_length, s.gate,
  (select json_object_agg(term, passages) from term where term = any(%s)) as counts,
  set_config('hnsw.ef_search', %s, true) as breadth,
  set_config('hnsw.iterative_scan', 'relaxed_order', true) as scan,
  set_config('plan_cache_mode', 'force_generic_plan', true) as plans
from knowledge_state s
"""


def corpus_of(tx: Tx, terms: Sequence[str]) -> tuple[int, Corpus, Mapping[str, float] | None]:
    """The knowledge's revision, in how many passages these terms occur, and the gate that was fitted, if one was.

    Sets how indexes and plans are used from here on.
    """
    with tx.raw.cursor(binary=True, row_factory=namedtuple_row) as cursor:
        row: Any = cursor.execute(_CORPUS, (list(terms), str(EF_SEARCH))).fetchone()
    if row is None:
        return 0, Corpus(0, 1.0, {}), None
    return row.revision, Corpus(row.passages, float(row.average_length), row.counts or {}), row.gate


def find(tx: Tx, asked: Asked, corpus: Corpus, focus: Mapping[str, float], tokens: TokenStore) -> list[Row]:
    """The passages to re-rank."""
    exact = corpus.passages <= EXACT
    parameters: dict[str, Any] = {
        "agent": asked.query.agent_id,
        "audiences": sorted(asked.query.audiences),
        "without": sorted(asked.query.without),
        "last": written(asked.last.vector),
        "whole": written(asked.whole.vector),
        "names": list(focus),
        "focus": list(focus.values()),
        "terms": sorted({*asked.last_terms, *asked.whole_terms}),
    }
    weights = weights_for(named=bool(focus), history=asked.has_history)
    _add_words(parameters, asked.whole_terms if "bh" in weights else asked.last_terms, corpus)
    statement = _statement(exact=exact, named=bool(focus), history=asked.has_history)
    with tx.raw.cursor(binary=True, row_factory=namedtuple_row) as cursor:
        rows: list[Any] = cursor.execute(statement, parameters).fetchall()
    vectors = tokens.of(tx, [row.passage_id for row in rows])
    return [_row(row, vectors[row.passage_id]) for row in rows if row.passage_id in vectors]


@functools.cache
def _statement(*, exact: bool, named: bool, history: bool) -> str:
    """The statement for one shape of question: eight texts in all, so that the server keeps their plans."""
    weights = weights_for(named=named, history=history)
    exactly = " + 0" if exact else ""
    """Adding nothing keeps the index out of an exact search."""
    vector_arm = functools.partial(_VECTOR_ARM.format, exactly=exactly)
    share = " + ".join(
        f"case when p.terms @@ %(rare_{number})s::tsquery then %(weight_{number})s::float8 else 0 end" for number in range(RAREST)
    )
    arms = {
        "near": vector_arm(name="near", column="vector", query="last", most=NEAR),
        "worded": _WORD_ARM.format(share=share, most=WORDED),
    }
    if "qf" in weights:
        arms["asked"] = vector_arm(name="asked", column="question", query="last", most=ASKED)
    if history and not named:
        arms["followed"] = vector_arm(name="followed", column="vector", query="whole", most=NEAR)
    if named:
        arms["named"] = _NAME_ARM.format(most=NAMED)
    score = [f"{weights[name]} * {name}" for name in ("cq", "ch", "qf", "en") if name in weights]
    rest = _REST.format(
        union=" union ".join(f"select passage_id from {name}" for name in arms),  # noqa: S608 - names of arms above
        focus=_FOCUS if named else "0.0::float8",
        page="join page g on g.id = p.page_id" if named else "",
        score=" + ".join([*score, f"{weights.get('bh', 0) + weights['cov']} * share"]),
        kept=KEPT,
    )
    return "with " + ", ".join([_HIDDEN, *arms.values(), rest])


def _add_words(parameters: dict[str, Any], terms: Sequence[str], corpus: Corpus) -> None:
    """The terms for the word arm: the most telling ones that occur; common ones make it slow and say little."""
    found = sorted((term for term in terms if corpus.counts.get(term)), key=lambda term: (corpus.counts[term], term))[:RAREST]
    rare, wanted = _affordable(found, corpus)
    total = sum(corpus.idf(term) for term in terms) or 1.0
    parameters["rare"] = wanted
    for number in range(RAREST):
        term = rare[number] if number < len(rare) else _NO_TERM
        parameters[f"rare_{number}"] = as_tsquery([term])
        parameters[f"weight_{number}"] = corpus.idf(term) / total


def _affordable(rarest: Sequence[str], corpus: Corpus) -> tuple[Sequence[str], str]:
    """The terms that are looked for, and how: any of as many as are in few enough passages; where none is, some together.

    :param rarest: the most telling one first.
    """
    if not rarest or corpus.passages <= SMALL:
        return rarest, as_tsquery(rarest or [_NO_TERM])
    read = accumulate(corpus.counts[term] for term in rarest)
    few = [term for term, passages in zip(rarest, read, strict=True) if passages <= MOST_READ]
    if few:
        return few, as_tsquery(few)
    return rarest[:TOGETHER], as_tsquery(rarest[:TOGETHER], together=True)


def _row(row: Any, tokens: Packed) -> Row:
    candidate = Candidate(
        passage_id=row.passage_id,
        page_id=row.page_id,
        kind=EntryKind(row.kind),
        cq=row.cq,
        ch=row.ch,
        qf=row.qf,
        en=row.en,
        length=row.length,
        counts=row.times or {},
        tokens=tokens,
    )
    access = Access(row.access)
    return Row(candidate, row.source_id, row.title, row.url, row.about, row.question, access, row.heading, row.text)
