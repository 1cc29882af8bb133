"""Does it know when it knows? AUROC of the two gates, through the product's own import and search.

``covered`` answers: is the answer in the knowledge (``stackfaq`` with a quarter of its entries left out,
``mongodb_chatbot`` with questions to refuse). ``asks`` answers: does the turn ask for knowledge (``dstc11_sk``, where the
others book, thank, or give a detail).
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

from bench import figures
from bench.data import lines, present
from bench.retrieval import dialogue, import_places
from bench.stage import Stage, server, stage
from firstline.knowledge.rules import Found, Query

SETS = ("stackfaq", "mongodb_chatbot", "dstc11_sk")


def main() -> None:
    """Print the figures as JSON."""
    result: dict[str, Any] = {"bench": "gate", "sets": {}}
    with server() as running:
        for name in sys.argv[1:] or SETS:
            if present(name):
                with stage(running, name) as company:
                    result["sets"][name] = _measured(company, _prepared(company, name))
    print(json.dumps(result, indent=1))


def _prepared(company: Stage, name: str) -> list[tuple[Query, bool]]:
    """Take a set in; its questions with whether they should be answered."""
    if name == "dstc11_sk":
        import_places(company, lines("dstc11_sk/corpus.jsonl"))
        questions = [(dialogue(line), bool(line["answerable"])) for line in lines("dstc11_sk/queries.jsonl")]
    elif name == "stackfaq":
        company.short_answers([entry for entry in lines("stackfaq/corpus.jsonl") if entry["in_kb"]])
        questions = [(Query(line["text"]), bool(line["answerable"])) for line in lines("stackfaq/queries.jsonl")]
    else:
        company.short_answers(lines("mongodb_chatbot/verified_corpus.jsonl"))
        asked = lines("mongodb_chatbot/verified_queries.jsonl")
        questions = [(Query(line["text"]), bool(line["answerable"])) for line in asked]
    company.read_all()
    return questions


def _measured(company: Stage, questions: Sequence[tuple[Query, bool]]) -> dict[str, Any]:
    found = [(company.finder.find_now(query), wanted) for query, wanted in questions]
    return {
        "passages": company.count(),
        "covered": _gate(found, [one.covered for one, _ in found]),
        "asks": _gate(found, [one.asks for one, _ in found]),
        "both": _gate(found, [one.covered * one.asks for one, _ in found]),
    }


def _gate(found: Sequence[tuple[Found, bool]], scores: Sequence[float]) -> dict[str, Any]:
    positives = [score for score, (_, wanted) in zip(scores, found, strict=True) if wanted]
    negatives = [score for score, (_, wanted) in zip(scores, found, strict=True) if not wanted]
    right = [(score >= 0.5) == wanted for score, (_, wanted) in zip(scores, found, strict=True)]
    return {"auroc": figures.area(positives, negatives), "accuracy_at_half": figures.share(right)}


if __name__ == "__main__":
    main()
