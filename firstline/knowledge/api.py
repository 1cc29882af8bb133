"""REST: sources, and searching in them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import Row
from starlette.requests import HTTPConnection

from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.knowledge import commands, queries
from firstline.knowledge.commands import Use
from firstline.knowledge.finding import Finder
from firstline.knowledge.languages import language_of
from firstline.knowledge.rules import MAX_PAGES, MOST_PAGES, Access, Hit, Query, Schedule, SourceKind, SourceState, Turn
from firstline.knowledge.uploads import limited, upload_of
from firstline.people.api import Caller, Limit, Store
from firstline.people.rules import Actor
from firstline.settings import Settings

router = APIRouter(prefix="/api/v1", tags=["Knowledge"])

_LARGEST_JSON = 9_000_000
"""Bytes of a JSON body: the longest text, with every character escaped."""


class Used(BaseModel):
    """Who may use the source, and how."""

    model_config = ConfigDict(extra="forbid")

    access: Access = Field(default=Access.PUBLIC, description="Private content informs the agent and is never cited.")
    agents: list[str] = Field(default=[], description="Ids of the agents that may use it; empty for all.")
    audiences: list[str] = Field(default=[], description="Audiences whose contacts may be told of it; empty for everyone.")
    about: str | None = Field(default=None, description="The thing it is about: a place, product or plan.")
    language: str | None = Field(default=None, max_length=12, description="Its language, if reading should not guess.")
    schedule: Schedule = Field(default=Schedule.NEVER, description="How often it is read again by itself.")

    def use(self) -> Use:
        """The same for the commands."""
        return Use(self.access, self.agents, self.audiences, self.about, self.language, self.schedule)


class ShortAnswer(Used):
    """One question with its approved answer."""

    kind: Literal["short_answer"]
    question: str
    answer: str


class WebPage(Used):
    """One web page."""

    kind: Literal["url"]
    url: str


class WebSite(Used):
    """A whole site: what its sitemap lists, else what its pages link to."""

    kind: Literal["site"]
    url: str
    max_pages: int = Field(default=MAX_PAGES, ge=1, le=MOST_PAGES)


class WrittenText(Used):
    """A text with a title."""

    kind: Literal["text"]
    title: str
    text: str
    url: str | None = None


class SourceChange(BaseModel):
    """What may be changed of a source; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = None
    access: Access | None = None
    agents: list[str] | None = None
    audiences: list[str] | None = None
    schedule: Schedule | None = None


class Said(BaseModel):
    """What was said before."""

    role: Literal["customer", "agent"]
    text: str = Field(max_length=20_000)


class Search(BaseModel):
    """A question to the knowledge."""

    query: str = Field(max_length=20_000)
    limit: int = Field(default=8, ge=1, le=32)
    agent_id: str | None = None
    audiences: list[str] = []
    history: list[Said] = Field(default=[], max_length=100)
    language: str | None = Field(
        default=None, max_length=12, description="Of the question; guessed if it is long enough, else English."
    )


NewSource = Annotated[ShortAnswer | WebPage | WebSite | WrittenText, Field(discriminator="kind")]
_new_source: TypeAdapter[ShortAnswer | WebPage | WebSite | WrittenText] = TypeAdapter(NewSource)


async def finder(connection: HTTPConnection) -> Finder:
    """The application's finder."""
    found = connection.app.state.finder
    assert isinstance(found, Finder)
    return found


Finding = Annotated[Finder, Depends(finder)]


def as_json(found: Row[Any]) -> dict[str, Any]:
    """A source as REST shows it."""
    shown = {name: getattr(found, name) for name in _SHOWN}
    problem = {"cause": found.cause, "cure": found.cure} if found.state == SourceState.FAILED else None
    return {
        **shown,
        "answer": found.content if found.kind == SourceKind.SHORT_ANSWER else None,
        "problem": problem,
        "used": found.citations > 0,
    }


_SHOWN = (
    "id", "kind", "title", "url", "question", "file_name", "file_size", "about", "language", "access", "agents", "audiences",
    "schedule", "max_pages", "state", "pages", "pages_done", "pages_failed", "passages", "citations", "last_cited_at",
    "created_at", "changed_at", "last_synced_at", "next_sync_at",
)  # fmt: skip


def hit_as_json(hit: Hit) -> dict[str, Any]:
    """A hit as REST shows it."""
    return {
        "passage_id": hit.passage_id,
        "source_id": hit.source_id,
        "title": hit.title,
        "heading": hit.heading,
        "url": hit.url,
        "text": hit.text,
        "question": hit.question,
        "kind": hit.kind,
        "access": hit.access,
        "score": hit.score,
    }


def _schema(kind: type[BaseModel]) -> dict[str, Any]:
    """The fields of one kind for the OpenAPI document, whose components have what is referred to."""
    schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return schema


@router.get("/sources")
async def list_sources(
    store: Store,
    by: Caller,
    query: str = "",
    kind: SourceKind | None = None,
    state: SourceState | None = None,
    access: Access | None = None,
    cursor: str | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Sources, newest first."""
    kinds = (kind,) if kind else ()
    found = await store.tx(queries.sources, query, kinds=kinds, state=state, access=access, after=cursor, limit=limit)
    return {"items": [as_json(one) for one in found], "next": found[-1].id if len(found) == limit else None}


@router.post(
    "/sources",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "oneOf": [_schema(one) for one in (ShortAnswer, WebPage, WebSite, WrittenText)],
                    }
                },
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {
                            "file": {"type": "string", "format": "binary"},
                            "access": {"type": "string", "enum": ["public", "private"]},
                        },
                    }
                },
            },
        }
    },
)
async def create_source(request: Request, store: Store, by: Caller) -> dict[str, Any]:
    """Add a source: JSON with its ``kind``, or a file as ``multipart/form-data``. Reading begins at once."""
    settings: Settings = request.app.state.settings
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await _upload(request, store, by, settings)
    wanted = _checked(await limited(request, _LARGEST_JSON).body())

    def create(tx: Tx) -> Row[Any]:
        return queries.which(tx, _create(tx, wanted, by))

    return as_json(await store.tx(create))


def _checked(body: bytes) -> ShortAnswer | WebPage | WebSite | WrittenText:
    try:
        return _new_source.validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = [
            str(part) for part in first["loc"] if part not in ("short_answer", "url", "site", "text") or part == first["loc"][-1]
        ]
        field = place[-1] if place else None
        raise Invalid(f"{field}: {first['msg']}" if field else first["msg"], field=field) from None


def _create(tx: Tx, wanted: ShortAnswer | WebPage | WebSite | WrittenText, by: Actor) -> str:
    use = wanted.use()
    if isinstance(wanted, ShortAnswer):
        return commands.add_short_answer(tx, wanted.question, wanted.answer, by=by, use=use)
    if isinstance(wanted, WebPage):
        return commands.add_url(tx, wanted.url, by=by, use=use)
    if isinstance(wanted, WebSite):
        return commands.add_site(tx, wanted.url, by=by, max_pages=wanted.max_pages, use=use)
    return commands.add_text(tx, wanted.title, wanted.text, by=by, url=wanted.url, use=use)


async def _upload(request: Request, store: Store, by: Actor, settings: Settings) -> dict[str, Any]:
    by.require_agent_editor()
    upload = await upload_of(request, settings.max_upload_mb)
    lists = {
        key: [one.strip() for one in upload.fields[key].split(",")] for key in ("agents", "audiences") if upload.fields.get(key)
    }
    try:
        use = Used.model_validate({**upload.fields, **lists}).use()
    except ValidationError as error:
        first = error.errors()[0]
        raise Invalid(f"{first['loc'][0]}: {first['msg']}", field=str(first["loc"][0])) from None
    most = settings.max_upload_mb

    def create(tx: Tx) -> Row[Any]:
        made = commands.add_file(tx, upload.name, upload.body, by=by, content_type=upload.content_type, most_mb=most, use=use)
        return queries.which(tx, made)

    return as_json(await store.tx(create))


@router.get("/sources/{source_id}")
async def read_source(source_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """One source: state, progress, use."""
    return as_json(await store.tx(queries.which, source_id))


@router.patch("/sources/{source_id}")
async def change_source(source_id: str, body: SourceChange, store: Store, by: Caller) -> dict[str, Any]:
    """Rename a source, or change who may use it."""

    def change(tx: Tx) -> Row[Any]:
        commands.change(tx, source_id, by=by, **body.model_dump(exclude_unset=True))
        return queries.which(tx, source_id)

    return as_json(await store.tx(change))


@router.delete("/sources/{source_id}", status_code=204)
async def delete_source(source_id: str, store: Store, by: Caller) -> None:
    """Delete a source with everything that was read of it."""
    await store.tx(commands.delete, source_id, by=by)


@router.post("/sources/{source_id}/sync", status_code=202)
async def sync_source(source_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """Read a source again; only what has changed is embedded again."""

    def sync(tx: Tx) -> Row[Any]:
        commands.sync(tx, source_id, by=by)
        return queries.which(tx, source_id)

    return as_json(await store.tx(sync))


@router.get("/sources/{source_id}/pages")
async def list_pages(source_id: str, store: Store, by: Caller, cursor: str | None = None, limit: Limit = 50) -> dict[str, Any]:
    """The pages of a source with their state, in the order they were found."""

    def read(tx: Tx) -> list[dict[str, Any]]:
        queries.which(tx, source_id)
        rows = queries.pages_of(tx, source_id, after=cursor, limit=limit)
        return [{"id": row.id, "url": row.url, "title": row.title, "state": row.state, "cause": row.cause} for row in rows]

    items = await store.tx(read)
    return {"items": items, "next": items[-1]["id"] if len(items) == limit else None}


@router.post("/knowledge/search")
async def search(body: Search, finding: Finding, by: Caller) -> dict[str, Any]:
    """Passages that fit a question, best first, and the probability that they answer it."""
    found = await finding.find(
        Query(
            last=body.query,
            history=tuple(Turn(turn.role, turn.text) for turn in body.history),
            language=body.language or language_of(body.query) or "en",
            agent_id=body.agent_id,
            audiences=frozenset(body.audiences),
            limit=body.limit,
        )
    )
    return {
        "items": [hit_as_json(hit) for hit in found.hits],
        "covered": round(found.covered, 4),
        "asks": round(found.asks, 4),
        "names": [{"name": one.name, "focus": round(one.focus, 3)} for one in found.names],
        "ms": found.milliseconds,
    }
