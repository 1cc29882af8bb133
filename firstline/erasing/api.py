"""REST: erasing contacts."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from firstline.erasing import commands, queries
from firstline.kit.database import Tx
from firstline.people.api import Caller, Limit, Store

router = APIRouter(prefix="/api/v1/erasures", tags=["Contacts"])


class NewErasure(BaseModel):
    contact_id: str = Field(max_length=60)
    dry_run: bool = Field(False, description="Tell what would go and what would stay; change nothing.")


@router.post("", status_code=202)
async def erase_contact(body: NewErasure, response: Response, store: Store, by: Caller) -> dict[str, Any]:
    """Erase a contact everywhere. It cannot be undone; how far it is, reading the erasure tells. A dry run answers 200."""

    def ask(tx: Tx) -> dict[str, Any]:
        if body.dry_run:
            return queries.as_document(queries.preview(tx, body.contact_id, by))
        return queries.as_document(queries.report(tx, commands.erase(tx, body.contact_id, by), by))

    response.status_code = 200 if body.dry_run else 202
    return await store.tx(ask)


@router.get("")
async def list_erasures(store: Store, by: Caller, cursor: str | None = None, limit: Limit = 50) -> dict[str, Any]:
    """Every erasure with its report, the newest first."""
    found = await store.tx(queries.reports, by, before=cursor, limit=limit)
    return {"items": [queries.as_document(one) for one in found], "next": found[-1].id if len(found) == limit else None}


@router.get("/{erasure_id}")
async def read_erasure(erasure_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """One erasure: how far it is, what it removed, what stays and why."""
    return queries.as_document(await store.tx(queries.report, erasure_id, by))
