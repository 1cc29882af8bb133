"""REST: the guidelines of an agent, their versions, and which of them a message would meet."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection

from firstline.agent import queries as agents
from firstline.agent.guidelines import commands, queries
from firstline.agent.guidelines.matching import Matcher
from firstline.agent.guidelines.queries import Version
from firstline.agent.guidelines.rules import Guideline, Match, Section, differences
from firstline.kit.database import Tx
from firstline.people.api import Caller, Store

router = APIRouter(prefix="/api/v1/agents/{agent_id}/guidelines", tags=["Guidelines"])


def _fields(schema: dict[str, Any]) -> None:
    """The fields of a guideline, with the sections written out: the reference knows no schemas inside a schema."""
    fields = Guideline.model_json_schema()["properties"]
    described = Guideline.model_fields["section"].description
    fields["section"] = {"type": "string", "enum": [one.value for one in Section], "description": described}
    schema.update(properties=fields)


class GuidelineBody(BaseModel):
    """Fields of a guideline."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_fields)


class Publishing(BaseModel):
    note: str = Field(default="", max_length=300, description="Why, for the history.")


class Message(BaseModel):
    """A customer's message to try."""

    text: str = Field(min_length=1, max_length=4_000)
    channel: str = Field(default="chat", description="chat, messaging, email or call.")
    draft: bool = Field(default=True, description="Whether the guidelines being edited are used instead of the published ones.")


async def _matcher(connection: HTTPConnection) -> Matcher:
    found = connection.app.state.matcher
    assert isinstance(found, Matcher)
    return found


Matching = Annotated[Matcher, Depends(_matcher)]


def match_as_json(match: Match) -> dict[str, Any]:
    """A match as REST shows it."""
    return {**match.known.as_json(), "score": round(match.score, 3), "sure": match.sure, "how": match.how}


def version_as_json(one: Version, before: Version | None, *, full: bool) -> dict[str, Any]:
    """A version as REST shows it, with what changed since the one before."""
    found = {
        "number": one.number,
        "note": one.note,
        "restores": one.restores,
        "at": one.at,
        "by": {"id": one.by_id, "name": one.by_name},
        "differences": [item.as_json() for item in differences(before.guidelines if before else (), one.guidelines)],
    }
    return found | ({"guidelines": [item.as_json() for item in one.guidelines]} if full else {})


@router.get("")
async def list_guidelines(
    agent_id: str, store: Store, by: Caller, published: Annotated[bool, Query(description="The published ones.")] = False
) -> dict[str, Any]:
    """The guidelines being edited, or the published ones."""

    def read(tx: Tx) -> dict[str, Any]:
        agents.which(tx, agent_id)
        found = queries.published_of(tx, agent_id) if published else queries.draft_of(tx, agent_id)
        newest = queries.versions(tx, agent_id, limit=1)
        return {
            "items": [one.as_json() for one in found],
            "next": None,
            "version": newest[0].number if newest else 0,
            "has_unpublished_changes": queries.waits(tx, agent_id),
        }

    return await store.tx(read)


@router.post("", status_code=201)
async def add_guideline(agent_id: str, body: GuidelineBody, store: Store, by: Caller) -> dict[str, Any]:
    """Add a guideline to the draft; customers meet it once it is published."""

    def add(tx: Tx) -> dict[str, Any]:
        added = commands.add(tx, agent_id, body.model_dump(), by=by)
        return queries.one_of(tx, agent_id, added).as_json()

    return await store.tx(add)


@router.get("/versions")
async def list_versions(agent_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """The published versions, newest first, each with what changed since the one before."""

    def read(tx: Tx) -> list[dict[str, Any]]:
        agents.which(tx, agent_id)
        found = queries.versions(tx, agent_id)
        return [version_as_json(one, before, full=False) for one, before in zip(found, [*found[1:], None], strict=True)]

    return {"items": await store.tx(read), "next": None}


@router.get("/versions/{number}")
async def read_version(agent_id: str, number: int, store: Store, by: Caller) -> dict[str, Any]:
    """One published version with all its guidelines."""

    def read(tx: Tx) -> dict[str, Any]:
        before = queries.version(tx, agent_id, number - 1) if number > 1 else None
        return version_as_json(queries.version(tx, agent_id, number), before, full=True)

    return await store.tx(read)


@router.post("/versions/{number}/restore")
async def restore_version(agent_id: str, number: int, store: Store, by: Caller) -> dict[str, Any]:
    """Go back to an earlier version: it is published again, as a new one."""

    def act(tx: Tx) -> dict[str, Any]:
        made = queries.version(tx, agent_id, commands.restore(tx, agent_id, number, by=by))
        return version_as_json(made, None, full=True)

    return await store.tx(act)


@router.post("/publish")
async def publish_guidelines(agent_id: str, store: Store, by: Caller, body: Publishing | None = None) -> dict[str, Any]:
    """Make the draft what customers meet."""
    note = body.note if body else ""
    return {"version": await store.tx(commands.publish, agent_id, note=note, by=by)}


@router.post("/discard", status_code=204)
async def discard_draft(agent_id: str, store: Store, by: Caller) -> None:
    """Make the draft what is published."""
    await store.tx(commands.discard, agent_id, by=by)


@router.post("/match")
async def match_message(agent_id: str, body: Message, store: Store, by: Caller, matcher: Matching) -> dict[str, Any]:
    """Which guidelines a message would meet, and why. No model is asked: what is not sure, one would confirm."""

    def read(tx: Tx) -> Any:
        agents.which(tx, agent_id)
        return queries.draft_of(tx, agent_id) if body.draft else queries.published_of(tx, agent_id)

    guidelines = await store.tx(read)
    found = await store.thread(matcher.match, body.text, guidelines, body.channel)
    return {"items": [match_as_json(one) for one in found], "next": None}


@router.get("/{guideline_id}")
async def read_guideline(agent_id: str, guideline_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """One guideline of the draft."""
    return (await store.tx(queries.one_of, agent_id, guideline_id)).as_json()


@router.patch("/{guideline_id}")
async def change_guideline(agent_id: str, guideline_id: str, body: GuidelineBody, store: Store, by: Caller) -> dict[str, Any]:
    """Change a guideline of the draft; what is left out stays."""

    def change(tx: Tx) -> dict[str, Any]:
        commands.change(tx, agent_id, guideline_id, body.model_dump(), by=by)
        return queries.one_of(tx, agent_id, guideline_id).as_json()

    return await store.tx(change)


@router.delete("/{guideline_id}", status_code=204)
async def remove_guideline(agent_id: str, guideline_id: str, store: Store, by: Caller) -> None:
    """Take a guideline out of the draft."""
    await store.tx(commands.remove, agent_id, guideline_id, by=by)
