"""REST: conversations, their timelines, replying, owning, closing."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from firstline.conversations import attaching, closing, deliveries, ownership, queries, snoozing
from firstline.conversations.attaching import File
from firstline.conversations.rules import Conversation, Entry, Owner, OwnerKind
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.people.api import Caller, Limit, Store
from firstline.people.rules import Actor

View = Callable[[Tx, Actor], Collection[str]]
"""Finds the ids of a view that another feature knows; such views are named when the application is put together."""

router = APIRouter(prefix="/api/v1/conversations", tags=["Conversations"])
_MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
"""Of cursors: whoever puts one into an address as it came must not lose a plus sign."""


class NewOwner(BaseModel):
    kind: OwnerKind
    id: str | None = None


class Snooze(BaseModel):
    until: datetime


class Again(BaseModel):
    even_if_sent: bool = False


class Reason(BaseModel):
    reason: str = "done"


def as_json(found: Conversation) -> dict[str, Any]:
    """A conversation as REST shows it, without its timeline."""
    return {
        "id": found.id,
        "number": found.number,
        "status": found.status,
        "owner": {"kind": found.owner.kind.value, "id": found.owner.id},
        "epoch": found.epoch,
        "workspace": found.workspace,
        "channel_account_id": found.channel_account_id,
        "contact_id": found.contact_id,
        "subject": found.subject,
        "preview": found.preview,
        "language": found.language,
        "previous_id": found.previous_id,
        "routing": found.routing,
        "waiting_since": found.waiting_since,
        "created_at": found.created_at,
        "updated_at": found.updated_at,
        "snoozed_until": found.snoozed_until,
        "closed_at": found.closed_at,
        "closed_reason": found.closed_reason,
    }


def file_as_json(file: File) -> dict[str, Any]:
    """A file of a message as REST shows it; its content is at ``url`` when it is ready."""
    return {
        "id": file.id,
        "kind": file.kind,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "state": file.state,
        "reason": file.reason,
        "url": f"/api/v1/attachments/{file.id}" if file.state == "ready" else None,
    }


def entry_as_json(entry: Entry, files: Sequence[File] = ()) -> dict[str, Any]:
    """An entry of the timeline as REST shows it."""
    return {
        "id": entry.id,
        "seq": entry.seq,
        "kind": entry.kind.value,
        "by": {"kind": entry.by_kind, "id": entry.by_id},
        "text": entry.text,
        "at": entry.at,
        "delivery": entry.delivery,
        "delivery_reason": entry.delivery_reason,
        "data": entry.data,
        "turn_id": entry.turn_id,
        "sent_at": entry.sent_at,
        "attachments": [file_as_json(file) for file in files],
    }


def whole(tx: Tx, conversation_id: str, viewer: Actor) -> dict[str, Any]:
    """A conversation with its timeline."""
    found = queries.which(tx, conversation_id, viewer)
    entries = queries.timeline(tx, conversation_id)
    files = attaching.of_entries(tx, [entry.id for entry in entries])
    return {
        **as_json(found),
        "timeline": [entry_as_json(entry, files.get(entry.id, ())) for entry in entries],
    }


@router.get("")
async def list_conversations(
    request: Request,
    store: Store,
    by: Caller,
    view: str = "all",
    status: Literal["open", "closed"] | None = None,
    channel_account_id: str | None = None,
    contact_id: str | None = None,
    team_id: str | None = None,
    query: str = "",
    cursor: str | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Conversations, last changed first. A view is one of mine, unassigned, agent, team, snoozed, overdue, all, closed."""
    before = _before(cursor) if cursor else None
    further: Mapping[str, View] = getattr(request.app.state, "views", {})
    found = await store.tx(
        _lines,
        by,
        further.get(view),
        view=view,
        status=status,
        channel_account_id=channel_account_id,
        contact_id=contact_id,
        team_id=team_id,
        words=query,
        before=before,
        limit=limit,
    )
    last = found[-1].conversation if len(found) == limit else None
    return {
        "items": [as_json(line.conversation) for line in found],
        "next": f"{last.updated_at.astimezone(UTC):{_MOMENT}}~{last.id}" if last else None,
    }


def _lines(tx: Tx, /, by: Actor, further: View | None, *, view: str, **chosen: Any) -> Sequence[queries.Line]:
    """Those of a view. What another feature knows, such as what is overdue, is a view of its own."""
    if further is None:
        return queries.lines(tx, by, view=view, **chosen)
    return queries.lines(tx, by, only=further(tx, by), **chosen)


def _before(cursor: str) -> tuple[datetime, str]:
    at, _, last = cursor.partition("~")
    try:
        return datetime.strptime(at, _MOMENT).replace(tzinfo=UTC), last
    except ValueError:
        raise Invalid(
            f"“{cursor[:60]}” is no cursor; take “next” of the page before.",
            field="cursor",
        ) from None


@router.get("/{conversation_id}")
async def read_conversation(conversation_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """One conversation with its timeline."""
    return await store.tx(whole, conversation_id, by)


async def _then_read(store: Store, conversation_id: str, by: Actor, verb: Any, *arguments: Any) -> dict[str, Any]:
    def act(tx: Tx) -> dict[str, Any]:
        queries.which(tx, conversation_id, by)
        verb(tx, conversation_id, *arguments)
        return as_json(queries.which(tx, conversation_id))

    return await store.tx(act)


@router.post("/{conversation_id}/assign")
async def assign(conversation_id: str, body: NewOwner, store: Store, by: Caller) -> dict[str, Any]:
    """Give it to a teammate, a team, the agent or nobody."""
    return await _then_read(store, conversation_id, by, ownership.assign, Owner(body.kind, body.id), by)


@router.post("/{conversation_id}/take-over")
async def take_over(conversation_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """Take the word, whoever has it."""
    return await _then_read(store, conversation_id, by, ownership.take_over, by)


@router.post("/{conversation_id}/return-to-agent")
async def return_to_agent(conversation_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """Give it back to the agent."""
    return await _then_read(store, conversation_id, by, ownership.return_to_agent, by)


@router.post("/{conversation_id}/close")
async def close(conversation_id: str, store: Store, by: Caller, body: Reason | None = None) -> dict[str, Any]:
    """Close it."""
    return await _then_read(store, conversation_id, by, closing.close, by, (body or Reason()).reason)


@router.post("/{conversation_id}/reopen")
async def reopen(conversation_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """Open it again."""
    return await _then_read(store, conversation_id, by, closing.reopen, by)


@router.post("/{conversation_id}/snooze")
async def snooze(conversation_id: str, body: Snooze, store: Store, by: Caller) -> dict[str, Any]:
    """Put it off until a time; it comes back then, or when the customer writes."""
    return await _then_read(store, conversation_id, by, snoozing.snooze, body.until, by)


@router.post("/{conversation_id}/wake")
async def wake(conversation_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """Take it back before its time."""
    return await _then_read(store, conversation_id, by, snoozing.wake, by)


@router.post("/{conversation_id}/messages/{entry_id}/try-again")
async def try_again(conversation_id: str, entry_id: str, store: Store, by: Caller, body: Again | None = None) -> dict[str, Any]:
    """Send a failed message once more. One that may have arrived is sent again only with ``even_if_sent``."""

    def act(tx: Tx) -> Entry:
        queries.which(tx, conversation_id, by)
        deliveries.try_again(tx, entry_id, by, even_if_sent=bool(body and body.even_if_sent))
        return queries.one_entry(tx, entry_id)

    return entry_as_json(await store.tx(act))
