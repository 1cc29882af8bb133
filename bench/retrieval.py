"""Does the search find the right entry? Through the product's own import and search.

Sets: ``stackfaq`` (human re-phrasings), ``mongodb_chatbot`` (verified answers), ``dstc11_sk`` (turns of a running dialogue
over 4,299 reviews and FAQs of 143 places; the place is part of the data, as the field ``about``).
"""

import json
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

from bench import figures
from bench.data import Line, lines, present
from bench.stage import Stage, server, stage
from firstline.knowledge.rules import Query, Turn

SETS = ("stackfaq", "mongodb_chatbot", "dstc11_sk")


def main() -> None:
    """Print the figures as JSON."""
    result: dict[str, Any] = {"bench": "retrieval", "sets": {}}
    with server() as running:
        for name in sys.argv[1:] or SETS:
            if present(name):
                with stage(running, name) as company:
                    result["sets"][name] = _MEASURES[name](company)
    print(json.dumps(result, indent=1))


def _stackfaq(company: Stage) -> dict[str, Any]:
    corpus = lines("stackfaq/corpus.jsonl")
    company.short_answers(corpus)
    company.read_all()
    titles = {entry["id"]: " ".join(entry["title"].split()) for entry in corpus}
    questions = [(Query(line["text"], limit=32), {titles[line["source_faq"]]}) for line in lines("stackfaq/queries.jsonl")]
    return scored(company, questions)


def _mongodb(company: Stage) -> dict[str, Any]:
    corpus = lines("mongodb_chatbot/verified_corpus.jsonl")
    company.short_answers(corpus)
    company.read_all()
    titles = {entry["id"]: " ".join(entry["title"].split()) for entry in corpus}
    asked = [line for line in lines("mongodb_chatbot/verified_queries.jsonl") if line["gold"]]
    return scored(company, [(Query(line["text"], limit=32), {titles[one] for one in line["gold"]}) for line in asked])


def _dstc11(company: Stage) -> dict[str, Any]:
    import_places(company, lines("dstc11_sk/corpus.jsonl"))
    company.read_all()
    asked = [line for line in lines("dstc11_sk/queries.jsonl") if line["gold"]]
    found = scored(company, [(dialogue(line), set(line["gold"])) for line in asked])
    return {**found, "baseline": "last 3 turns, cosine: hit@1 .333, hit@5 .668"}


def import_places(company: Stage, corpus: Iterable[Line]) -> None:
    """Take in reviews and FAQs as one file of entries."""
    company.records("places.json", [entry_of(line) for line in corpus])


def entry_of(line: Line) -> Line:
    """A line of the corpus as an entry of a file: questions with answers, and texts."""
    about = {"id": line["id"], "about": line["entity"]}
    if ":faq:" in line["id"]:
        return {**about, "question": line["title"], "answer": line["text"]}
    return {**about, "title": line["title"], "text": line["text"]}


def dialogue(line: Line) -> Query:
    """A turn with what was said before."""
    said = tuple(Turn("agent" if turn["role"] == "agent" else "customer", turn["text"]) for turn in line["history"])
    return Query(line["text"], history=said, limit=32)


def scored(company: Stage, questions: Sequence[tuple[Query, set[str]]]) -> dict[str, Any]:
    """hit@1, hit@5, MRR@10 over entries; how long a search took beyond embedding, and the processor time of both sides.

    Each question is asked twice and timed the second time, so that its embedding is remembered.
    """
    ids = company.ids()
    first, five, reciprocal, search = [], [], [], []
    client, server_cpu = 0.0, company.server_cpu()
    for query, gold in questions:
        company.finder.find_now(query)
        begun = time.process_time()
        found = company.finder.find_now(query)
        client += time.process_time() - begun
        ranked = list(dict.fromkeys(ids[hit.page_id] for hit in found.hits))
        first.append(bool(set(ranked[:1]) & gold))
        five.append(bool(set(ranked[:5]) & gold))
        reciprocal.append(next((1 / place for place, one in enumerate(ranked[:10], 1) if one in gold), 0.0))
        search.append(found.milliseconds["search"] + found.milliseconds["rank"])
    return {
        "passages": company.count(),
        "hit1": figures.share(first),
        "hit5": figures.share(five),
        "mrr10": figures.mean(reciprocal),
        "search_ms": figures.times(search),
        "cpu_ms": {
            "client": round(1000 * client / len(questions), 2),
            "server": round(500 * (company.server_cpu() - server_cpu) / len(questions), 2),
        },
    }


_MEASURES = {"stackfaq": _stackfaq, "mongodb_chatbot": _mongodb, "dstc11_sk": _dstc11}

if __name__ == "__main__":
    main()
