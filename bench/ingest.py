"""How fast content is taken in, and what a second reading costs: three real help centres as Markdown files."""

import json
import resource
import time
from typing import Any

from bench.data import lines, present
from bench.stage import Stage, server, stage
from firstline.knowledge import commands
from firstline.people.rules import Actor

CENTRES = ("plausible", "chatwoot", "duckduckgo")


def main() -> None:
    """Print the figures as JSON."""
    result: dict[str, Any] = {"bench": "ingest", "sets": {}}
    if present("helpcenter_kbs"):
        with server() as running:
            for name in CENTRES:
                with stage(running, name) as company:
                    result["sets"][name] = _measured(company, name)
    result["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(result, indent=1))


def _measured(company: Stage, name: str) -> dict[str, Any]:
    articles = lines(f"helpcenter_kbs/{name}.jsonl")
    made = [company.file(f"{article['id'].replace('/', '-')}.md", article["text"].encode()) for article in articles]
    cpu = time.process_time()
    seconds = company.read_all()
    cpu = time.process_time() - cpu
    passages = company.count()
    for source_id in made:
        company.database.run(commands.sync, source_id, by=Actor.system())
    again = company.read_all()
    return {
        "articles": len(articles),
        "characters": sum(len(article["text"]) for article in articles),
        "passages": passages,
        "seconds": round(seconds, 2),
        "passages_per_second": round(passages / seconds, 1),
        "cpu_ms_per_passage": round(1000 * cpu / passages, 1),
        "second_reading_seconds": round(again, 2),
    }


if __name__ == "__main__":
    main()
