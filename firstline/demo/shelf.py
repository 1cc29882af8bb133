"""The help centre and the short answers as sources of the agent."""

from collections.abc import Mapping
from typing import Any

from firstline.demo.company import World
from firstline.kit.database import Tx
from firstline.knowledge.commands import Use, add_short_answer, add_text
from firstline.knowledge.rules import Access
from firstline.people.rules import Actor


def fill(tx: Tx, world: World, *, site: str, by: Actor) -> Mapping[str, Mapping[str, Any]]:
    """Add every article and short answer; they are read by jobs. Returns what a citation of each says, by slug or id."""
    citations: dict[str, Mapping[str, Any]] = {}
    for one in world.articles:
        private = one.access == "private"
        url = None if private else f"{site}/demo/help/{one.slug}"
        use = Use(access=Access(one.access), language="en")
        source_id = add_text(tx, one.title, one.plain, by=by, url=url, use=use)
        citations[one.slug] = {"source_id": source_id, "title": one.title, "url": url}
    for answer in world.short_answers:
        source_id = add_short_answer(tx, answer.question, answer.answer, by=by, use=Use(language="en"))
        citations[answer.id] = {"source_id": source_id, "title": answer.question, "url": None}
    return citations
