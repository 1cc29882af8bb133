"""REST: knowledge gaps."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firstline.kit.database import Tx
from firstline.knowledge.gaps import commands, queries
from firstline.knowledge.gaps.queries import Topic
from firstline.people.api import Caller, Store

router = APIRouter(prefix="/api/v1", tags=["Knowledge gaps"])


class Gaps(BaseModel):
    ids: list[str] = Field(min_length=1, max_length=commands.MOST, description="Ids of the topic's gaps.")
    keep: bool = Field(
        default=False,
        description="Whether the questions, without what is personal in them, join those that the gate is fitted to.",
    )


class Resolved(Gaps):
    question: str = Field(description="The question of the short answer.")
    answer: str = Field(description="Its approved answer.")


def as_json(topic: Topic) -> dict[str, Any]:
    """A topic as REST shows it."""
    suggestion = topic.suggestion
    return {
        "id": topic.id,
        "question": topic.question,
        "count": len(topic.gaps),
        "first_at": topic.first,
        "last_at": topic.last,
        "gaps": [
            {"id": one.id, "question": one.question, "conversation_id": one.conversation_id, "reason": one.reason, "at": one.at}
            for one in topic.gaps
        ],
        "suggestion": suggestion
        and {"text": suggestion.text, "teammate_id": suggestion.teammate_id, "conversation_id": suggestion.conversation_id},
    }


@router.get("/knowledge-gaps")
async def list_gaps(store: Store, by: Caller, agent_id: str | None = None) -> dict[str, Any]:
    """Questions that were not answered in the last 30 days, in topics, most asked first."""

    def read(tx: Tx) -> list[dict[str, Any]]:
        return [as_json(topic) for topic in queries.topics(tx, by, agent_id=agent_id)]

    return {"items": await store.tx(read), "next": None}


@router.post("/knowledge-gaps/resolve", status_code=201)
async def resolve_gaps(body: Resolved, store: Store, by: Caller) -> dict[str, str]:
    """Create a short answer and close the gaps of a topic with it."""
    return {"source_id": await store.tx(commands.resolve, body.ids, body.question, body.answer, by=by, keep=body.keep)}


@router.post("/knowledge-gaps/dismiss", status_code=204)
async def dismiss_gaps(body: Gaps, store: Store, by: Caller) -> None:
    """Take the gaps of a topic off the list."""
    await store.tx(commands.dismiss, body.ids, by=by, keep=body.keep)


@router.post("/knowledge-gaps/reopen", status_code=204)
async def reopen_gaps(body: Gaps, store: Store, by: Caller) -> None:
    """Put dismissed gaps back."""
    await store.tx(commands.reopen, body.ids, by=by)
