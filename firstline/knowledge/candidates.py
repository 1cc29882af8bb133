"""Passages that may fit, by one SQL statement: near in meaning, near in question, sharing rare words, about the thing meant.

Each arm brings its best; the union is ordered by the weighted sum of what SQL can compute (the ranking's own weights, with
the share of words in place of BM25), and the first ones go to the re-ranking with their token vectors. Only passages that
the asking agent and contact may see are looked at. Vectors are compared one by one up to :data:`EXACT` passages; above,
by the HNSW index with iterative scan, so that filters cost no hits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import namedtuple_row

from firstline.kit.database import Tx
from firstline.knowledge.embedding import unpack, written
from firstline.knowledge.query import Asked, Corpus
from firstline.knowledge.rank import Candidate, weights_for
from firstline.knowledge.rules import Access, EntryKind
from firstline.knowledge.words import as_tsquery

EXACT = 4_000
"""Passages up to which every vector is compared."""
EF_SEARCH = 120
"""Breadth of the HNSW search; the default of 40 loses hits in small collections."""

NEAR, ASKED, WORDED, NAMED = 40, 20, 20, 120
"""How many passages each arm brings."""
KEPT = 32
"""Passages that go to the re-ranking."""
RAREST = 6
"""Terms that the word arm looks for."""


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


_VISIBLE = """
    join passage p on p.id = v.passage_id
    join source s on s.id = p.source_id
      and (%(agent)s::text is null or s.agents = '{}' or %(agent)s = any(s.agents))
      and (s.audiences = '{}' or s.audiences && %(audiences)s::text[])
"""

_STATEMENT = """
with near as (
  select v.passage_id from passage_vector v {visible}
  order by {last_distance} limit {near}
), near_whole as (
  select v.passage_id from passage_vector v {visible}
  where %(whole_differs)s order by {whole_distance} limit {near}
), asked as (
  select v.passage_id from passage_vector v {visible}
  where v.question is not null order by {question_distance} limit {asked}
), worded as (
  select v.passage_id from passage_vector v {visible}
  where p.terms @@ %(rare)s::tsquery
  order by {rare_share} desc, v.passage_id limit {worded}
), named as (
  select v.passage_id from passage_vector v {visible}
  join page g on g.id = p.page_id
  join unnest(%(names)s::text[], %(focus)s::float8[]) as n(about, focus) on n.about = g.about
  order by n.focus desc, v.vector <=> %(last)s::halfvec limit {named}
), every as (
  select passage_id from near union select passage_id from near_whole union select passage_id from asked
  union select passage_id from worded union select passage_id from named
), compared as (
  select v.passage_id,
    1 - (v.vector <=> %(last)s::halfvec) as cq,
    1 - (v.vector <=> %(whole)s::halfvec) as ch,
    1 - (coalesce(v.question, v.vector) <=> %(last)s::halfvec) as qf,
    coalesce((select n.focus from unnest(%(names)s::text[], %(focus)s::float8[]) as n(about, focus)
              where n.about = g.about), 0) as en,
    {last_share} as cov,
    {whole_share} as covh
  from every e join passage_vector v on v.passage_id = e.passage_id
  join passage p on p.id = v.passage_id join page g on g.id = p.page_id
), best as (
  select * from compared order by {score} desc, passage_id limit {kept}
)
select b.passage_id, p.page_id, p.source_id, b.cq, b.ch, b.qf, b.en, p.heading, p.text, p.length, v.tokens,
  coalesce(nullif(g.title, ''), s.title) as title, coalesce(g.url, s.url) as url, g.about, g.kind, g.question, s.access,
  array(select lexeme from unnest(p.terms) where lexeme = any(%(terms)s) order by lexeme) as found,
  array(select cardinality(positions) from unnest(p.terms) where lexeme = any(%(terms)s) order by lexeme) as times
from best b join passage p on p.id = b.passage_id join passage_vector v on v.passage_id = b.passage_id
join page g on g.id = p.page_id join source s on s.id = p.source_id
"""


def find(tx: Tx, asked: Asked, corpus: Corpus, focus: Mapping[str, float]) -> list[Row]:
    """The passages to re-rank."""
    exact = corpus.passages <= EXACT
    parameters: dict[str, Any] = {
        "agent": asked.query.agent_id,
        "audiences": sorted(asked.query.audiences),
        "last": written(asked.last.vector),
        "whole": written(asked.whole.vector),
        "whole_differs": asked.has_history,
        "names": list(focus),
        "focus": list(focus.values()),
        "terms": sorted({*asked.last_terms, *asked.whole_terms}),
    }
    statement = _statement(asked, corpus, exact=exact, named=bool(focus), parameters=parameters)
    with tx.raw.cursor(binary=True, row_factory=namedtuple_row) as cursor:
        if not exact:
            cursor.execute(
                f"select set_config('hnsw.ef_search', '{EF_SEARCH}', true),"
                " set_config('hnsw.iterative_scan', 'relaxed_order', true)"
            )
        return [_row(row) for row in cursor.execute(statement, parameters).fetchall()]


def _statement(asked: Asked, corpus: Corpus, *, exact: bool, named: bool, parameters: dict[str, Any]) -> str:
    rare = _rarest(asked.last_terms if named or not asked.has_history else asked.whole_terms, corpus)
    parameters["rare"] = as_tsquery(rare)
    distance = "(v.{0} <=> %({1})s::halfvec)" + (" + 0" if exact else "")
    """Adding nothing keeps the index out of an exact search."""
    weights = weights_for(named=named, history=asked.has_history)
    score = " + ".join(f"{weights[name]} * {name}" for name in ("cq", "ch", "qf", "en", "cov") if name in weights)
    if "bh" in weights:
        score += f" + {weights['bh']} * covh"
    return _STATEMENT.format(
        visible=_VISIBLE,
        last_distance=distance.format("vector", "last"),
        whole_distance=distance.format("vector", "whole"),
        question_distance=distance.format("question", "last"),
        rare_share=_share(rare, corpus, "rare", parameters),
        last_share=_share(asked.last_terms, corpus, "last", parameters),
        whole_share=_share(asked.whole_terms if "bh" in weights else (), corpus, "whole", parameters),
        score=score, near=NEAR, asked=ASKED, worded=WORDED, named=NAMED, kept=KEPT,
    )  # fmt: skip


def _rarest(terms: Sequence[str], corpus: Corpus) -> list[str]:
    """The most telling terms that occur at all; common ones make the word arm slow and say little."""
    occurring = [term for term in terms if corpus.counts.get(term)]
    return sorted(occurring, key=lambda term: (corpus.counts[term], term))[:RAREST]


def _share(terms: Sequence[str], corpus: Corpus, name: str, parameters: dict[str, Any]) -> str:
    """SQL for the weighted share of the terms that a passage has."""
    total = sum(corpus.idf(term) for term in terms)
    parts = []
    for number, term in enumerate(terms):
        if corpus.counts.get(term):
            parameters[f"{name}_{number}"] = as_tsquery([term])
            parts.append(f"(p.terms @@ %({name}_{number})s::tsquery)::int * {corpus.idf(term) / total:.6f}")
    return "(" + (" + ".join(parts) or "0") + ")"


def _row(row: Any) -> Row:
    candidate = Candidate(
        passage_id=row.passage_id,
        page_id=row.page_id,
        kind=EntryKind(row.kind),
        cq=row.cq,
        ch=row.ch,
        qf=row.qf,
        en=row.en,
        length=row.length,
        counts=dict(zip(row.found, row.times, strict=True)),
        tokens=unpack(row.tokens),
    )
    return Row(
        candidate, row.source_id, row.title, row.url, row.about, row.question, Access(row.access), row.heading, row.text
    )  # fmt: skip
