"""Search among many passages: bench/run million [SIZE …], by default 10,000, 100,000 and 1,000,000.

``stackfaq`` is taken in as the product takes it in. Then passages of running text are added: 60 words each, drawn as often as
they occur in the public sets, with vectors between two real ones, a little turned, and the token vectors of one of these. The
real entries stay what they are, so the questions of ``stackfaq`` show whether they are still found among so many others. The
indexes are built after the rows are there.

For each size: times beyond embedding, processor time of both sides, hits, what the index misses of an exact search, how large
everything is, how long counting words takes after a source has changed, and how long a process takes to its first answer.
"""

import json
import os
import struct
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import psutil  # type: ignore[import-untyped]
from numpy.typing import NDArray
from sqlalchemy import text

from bench import figures
from bench.data import lines, present
from bench.hooks import master, processor_seconds
from bench.stage import Stage, server, stage
from firstline.kit.database import Tx
from firstline.knowledge import candidates, storing
from firstline.knowledge.compact import pack
from firstline.knowledge.embedding import DIMENSIONS, Vector
from firstline.knowledge.finding import Finder
from firstline.knowledge.rules import Query
from firstline.knowledge.words import as_tsvector, stem, stop_words, words

SIZES = (10_000, 100_000, 1_000_000)
ASKED, EXACTLY = 200, 25
"""Questions that are asked, and of these also by an exact search."""
BASES = 800
"""Texts whose real vectors the others are made of."""
LONG = 60
"""Words of a passage."""
PAGE = 4
"""Passages of a page."""
_TURN = 0.04
_INDEXES = {
    "ix_passage_vector_near": "create index ix_passage_vector_near on passage_vector using hnsw (vector halfvec_cosine_ops)",
    "ix_passage_terms": "create index ix_passage_terms on passage using gin (terms) with (fastupdate = off)",
}
_SIZE_OF = (
    "select relname as name, pg_relation_size(oid) as size from pg_class where relname in"
    " ('passage', 'passage_vector', 'page', 'ix_passage_vector_near', 'ix_passage_terms', 'term')"
    " union all select 'token_vectors', pg_relation_size(reltoastrelid) from pg_class where relname = 'passage_vector'"
    " union all select 'everything', pg_database_size(current_database())"
)


class Wordbook:
    """Words with how often the public sets use them."""

    def __init__(self) -> None:
        counted: Counter[str] = Counter()
        for name in ("stackfaq/corpus.jsonl", "mongodb_chatbot/verified_corpus.jsonl", "dstc11_sk/corpus.jsonl"):
            for line in lines(name):
                counted.update(found[0].lower() for found in words(f"{line['title']} {line['text']}"))
        self.words = sorted(counted)
        self.shares = np.array([counted[one] for one in self.words], np.float64)
        self.shares /= self.shares.sum()
        stops = stop_words("en")
        self.terms = ["" if one in stops else stem(one, "en") for one in self.words]


def _bases(company: Stage) -> tuple[Vector, list[bytes]]:
    made = [company.finder.embedder.embed(line["text"]) for line in lines("dstc11_sk/corpus.jsonl")[::5][:BASES]]
    return np.array([one.vector for one in made], np.float32), [pack(one.tokens) for one in made]


def fill(company: Stage, size: int, book: Wordbook, bases: tuple[Vector, list[bytes]]) -> float:
    """Add passages until there are so many, and build the indexes; the seconds that building took."""
    database = company.database
    have = int(database.run(lambda tx: tx.scalar(text("select count(*) from passage"))))
    for name in _INDEXES:
        database.run(lambda tx, name=name: tx.execute(text(f"drop index if exists {name}")))  # type: ignore[misc]
    database.run(lambda tx: tx.execute(text(_SOURCE)))
    for start in range(have, size, 20_000):
        database.run(_copied, range(start, min(start + 20_000, size)), book, bases)
    begun = time.perf_counter()
    for build in _INDEXES.values():
        database.run(_built, build)
    return round(time.perf_counter() - begun, 1)


def _copied(tx: Tx, numbers: range, book: Wordbook, bases: tuple[Vector, list[bytes]]) -> None:
    with tx.raw.cursor() as cursor:
        cursor.execute(_PAGES, (numbers.start // PAGE, (numbers.stop - 1) // PAGE))
        with cursor.copy(_PASSAGES) as copy:
            for row in _texts(numbers, book):
                copy.write_row(row)
        with cursor.copy(_VECTORS) as copy:
            copy.write(_binary(numbers, *bases))


def _built(tx: Tx, build: str) -> None:
    tx.execute(text("set local maintenance_work_mem = '2GB'"))
    tx.execute(text(build))


_SOURCE = """
insert into source (id, kind, title, access, state, created_by, created_at, changed_at)
values ('src_crowd', 'file', 'Many', 'public', 'ready', 'bench', now(), now()) on conflict do nothing"""
_PAGES = """
insert into page (id, source_id, key, title, state, url) select 'pag_' || i, 'src_crowd', i::text, 'Page ' || i, 'read', null
from generate_series(%s::int, %s::int) i on conflict do nothing"""
_PASSAGES = "copy passage (id, source_id, page_id, position, text, hash, terms, length, embedded) from stdin"
_VECTORS = "copy passage_vector (passage_id, source_id, vector, tokens) from stdin with (format binary)"


def _texts(numbers: range, book: Wordbook) -> Iterator[tuple[object, ...]]:
    drawn = np.random.default_rng(numbers.start).choice(len(book.words), (len(numbers), LONG), p=book.shares)
    for number, chosen in zip(numbers, drawn.tolist(), strict=True):
        terms = [book.terms[one] for one in chosen if book.terms[one]]
        said = " ".join(book.words[one] for one in chosen)
        yield f"psg_{number}", "src_crowd", f"pag_{number // PAGE}", number % PAGE, said, "", as_tsvector(terms), len(terms), True


def _binary(numbers: range, bases: Vector, tokens: Sequence[bytes]) -> bytes:
    """Rows as PostgreSQL's binary format of COPY has them (its manual, *COPY*, *Binary Format*); a halfvec is its dimensions, two
    bytes that are 0, and half-precision numbers, the most significant byte first."""
    dice = np.random.default_rng(numbers.start)
    one, other = dice.integers(0, len(bases), (2, len(numbers)))
    mixed = bases[one] + dice.uniform(0, 1, (len(numbers), 1)) * bases[other]
    mixed += dice.normal(0, _TURN, mixed.shape)
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    halves: NDArray[np.float16] = mixed.astype(">f2")
    head = struct.pack("!HH", DIMENSIONS, 0)
    parts = [b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)]
    for number, half, base in zip(numbers, halves, one.tolist(), strict=True):
        parts.append(struct.pack("!h", 4))
        for value in (f"psg_{number}".encode(), b"src_crowd", head + half.tobytes(), tokens[base]):
            parts += [struct.pack("!i", len(value)), value]
    return b"".join([*parts, struct.pack("!h", -1)])


def measured(company: Stage, postmaster: psutil.Process, questions: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What is printed for a size; each question is asked twice and measured the second time, its embedding remembered."""
    begun = time.perf_counter()
    company.database.run(storing.count)
    counting = time.perf_counter() - begun
    with company.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    ids, finder = company.ids(), Finder(company.database, company.finder.embedder)
    finder.embedder.embed("What can I ask?")
    begun = time.perf_counter()
    finder.find_now(Query("What can I ask?"))
    first_answer = time.perf_counter() - begun
    wall, client, spent, first, five, tops = [], 0.0, 0.0, [], [], []
    for asked, gold in questions:
        query = Query(asked, limit=32)
        finder.find_now(query)
        own, server_before = time.process_time(), processor_seconds(postmaster)
        found = finder.find_now(query)
        client += time.process_time() - own
        spent += processor_seconds(postmaster) - server_before
        wall.append(found.milliseconds["search"] + found.milliseconds["rank"])
        pages = list(dict.fromkeys(ids[hit.page_id] for hit in found.hits))
        first.append(pages[:1] == [gold])
        five.append(gold in pages[:5])
        tops.append([hit.passage_id for hit in found.hits[:10]])
    sizes = company.database.run(lambda tx: {row.name: row.size for row in tx.rows(text(_SIZE_OF))})
    return {
        "passages": company.count(),
        "search_ms": figures.times(wall),
        "cpu_ms": {"client": round(1000 * client / len(wall), 2), "server": round(1000 * spent / len(wall), 2)},
        "hit1": figures.share(first),
        "hit5": figures.share(five),
        "shared_with_exact": _exactly(finder, questions, tops),
        "first_answer_of_a_process_s": round(first_answer, 2),
        "counting_words_s": round(counting, 1),
        "megabytes": {name: round(size / 1e6, 1) for name, size in sizes.items()},
        "process_mb": round(psutil.Process().memory_info().rss / 1e6),
        "load": round(os.getloadavg()[0], 1),
    }


def _exactly(finder: Finder, questions: Sequence[tuple[str, str]], tops: Sequence[list[str]]) -> dict[str, Any]:
    usual, candidates.EXACT = candidates.EXACT, 10**9
    try:
        exact = [[hit.passage_id for hit in finder.find_now(Query(one, limit=32)).hits[:10]] for one, _ in questions[:EXACTLY]]
    finally:
        candidates.EXACT = usual
    pairs = zip(tops[:EXACTLY], exact, strict=True)
    return figures.mean([len(set(one) & set(other)) / max(len(other), 1) for one, other in pairs])


def main() -> None:
    """Print the figures as JSON, a line for each size as it is there."""
    sizes = [int(one) for one in sys.argv[1:]] or SIZES
    if not present("stackfaq", "mongodb_chatbot", "dstc11_sk"):
        return
    corpus = lines("stackfaq/corpus.jsonl")
    titles = {entry["id"]: " ".join(entry["title"].split()) for entry in corpus}
    asked = lines("stackfaq/queries.jsonl")
    questions = [(line["text"], titles[line["source_faq"]]) for line in asked[:: max(1, len(asked) // ASKED)][:ASKED]]
    with server() as running, stage(running, "million") as company:
        company.short_answers(corpus)
        company.read_all()
        book, bases = Wordbook(), _bases(company)
        for size in sizes:
            built = fill(company, size, book, bases)
            found = measured(company, master(running.data), questions)
            print(json.dumps({"bench": "million", "building_indexes_s": built, **found}), flush=True)


if __name__ == "__main__":
    main()
