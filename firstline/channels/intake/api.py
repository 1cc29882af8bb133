"""REST: dead letters."""

import base64
from typing import Any

from fastapi import APIRouter, Request

from firstline.channels.intake import letters
from firstline.channels.intake.letters import Letter
from firstline.people.api import Caller, Limit, Store

router = APIRouter(prefix="/api/v1/dead-letters", tags=["Channels"])


def as_json(letter: Letter) -> dict[str, Any]:
    """A dead letter as REST shows it."""
    return {
        "id": letter.id,
        "channel_account_id": letter.account_id,
        "detail": letter.detail,
        "state": letter.state,
        "attempts": letter.attempts,
        "at": letter.at,
    }


@router.get("")
async def list_dead_letters(
    store: Store, by: Caller, channel_account_id: str | None = None, cursor: str | None = None, limit: Limit = 50
) -> dict[str, Any]:
    """Deliveries, or parts of them, that could not be understood and nobody has dealt with; newest first."""
    found = await store.tx(letters.waiting, by, account_id=channel_account_id, before=cursor, limit=limit)
    return {"items": [as_json(one) for one in found], "next": found[-1].id if len(found) == limit else None}


@router.get("/{letter_id}")
async def read_dead_letter(letter_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """One of them, with the delivery as it came (base 64)."""
    letter, request = await store.tx(letters.one, letter_id, by)
    delivery = {
        "method": request.method,
        "rest": request.rest,
        "headers": request.headers,
        "body": base64.b64encode(request.body).decode(),
        "at": request.at,
    }
    return {**as_json(letter), "delivery": delivery}


@router.post("/{letter_id}/replay")
async def replay_dead_letter(letter_id: str, request: Request, by: Caller) -> dict[str, Any]:
    """Put the delivery through the present parser again; what was applied before is not applied twice.

    A message that lies elsewhere is fetched again first.
    """
    wrong = await request.app.state.replaying.again(letter_id, by)
    return {"ok": not wrong, "still_wrong": wrong}


@router.post("/{letter_id}/discard")
async def discard_dead_letter(letter_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """Nothing will be done about it."""
    await store.tx(letters.discard, letter_id, by)
    return {"ok": True}
