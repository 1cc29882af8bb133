"""REST: merging contacts, and separating them again."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from firstline.contacts.api import as_json
from firstline.contacts.queries import who_is
from firstline.conversations import merging
from firstline.kit.database import Tx
from firstline.people.api import Caller, Store

router = APIRouter(prefix="/api/v1/contacts", tags=["Contacts"])


class NewMerge(BaseModel):
    other_id: str
    reason: str = ""


@router.post("/{contact_id}/merge", status_code=201)
async def merge_contacts(contact_id: str, body: NewMerge, store: Store, by: Caller) -> dict[str, Any]:
    """Make another contact a part of this one. It can be undone."""

    def act(tx: Tx) -> dict[str, Any]:
        made = merging.merge(tx, contact_id, body.other_id, by, reason=body.reason)
        return {"merge_id": made, "contact": as_json(who_is(tx, contact_id))}

    return await store.tx(act)


@router.post("/{contact_id}/unmerge/{merge_id}")
async def unmerge_contacts(contact_id: str, merge_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """Undo a merge: what moved goes back."""

    def act(tx: Tx) -> dict[str, Any]:
        back = merging.unmerge(tx, merge_id, by)
        return {"contact": as_json(who_is(tx, contact_id)), "separated": as_json(who_is(tx, back))}

    return await store.tx(act)


@router.get("/{contact_id}/links")
async def read_links(contact_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """Why each identity is believed to be this contact's, who was merged into it, and who may be the same person."""

    def read(tx: Tx) -> dict[str, Any]:
        found = who_is(tx, contact_id)
        evidence = merging.evidence_of(tx, contact_id)
        return {
            "identities": [
                {
                    "kind": one.kind.value,
                    "value": one.value,
                    "verified": one.verified,
                    "evidence": [
                        {"kind": why.kind, "source": why.source, "first_at": why.first_at, "last_at": why.last_at}
                        for why in evidence.get((one.kind.value, one.value), ())
                    ],
                }
                for one in found.identities
            ],
            "merges": [
                {"id": one.id, "contact_id": one.gone_id, "name": one.gone_name, "reason": one.reason, "at": one.at}
                for one in merging.merges_of(tx, contact_id)
            ],
            "suggestions": [
                {"id": one.id, "contact_id": one.other_id, "name": one.other_name, "reason": one.reason}
                for one in merging.suggestions_for(tx, contact_id)
            ],
        }

    return await store.tx(read)


@router.post("/suggestions/{suggestion_id}/dismiss")
async def dismiss_suggestion(suggestion_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """They are two people; the question is not asked again."""
    await store.tx(merging.dismiss, suggestion_id, by)
    return {"ok": True}
