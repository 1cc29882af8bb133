"""REST: what was read of a mailbox, and repairing it. And the images of mails, for the console's frame."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from firstline.channels import accounts
from firstline.channels.api import Keys
from firstline.channels.email import mailboxes, outgoing
from firstline.channels.email.mailboxes import Audit
from firstline.channels.email.viewing import PICTURES, PURPOSE, SECONDS
from firstline.conversations import attaching
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound, Rejected, Retry
from firstline.kit.outbound import Outbound
from firstline.kit.sniffing import sniff
from firstline.people.api import Caller, Store
from firstline.people.rules import Permission

router = APIRouter(prefix="/api/v1/channel-accounts", tags=["Channels"])
images = APIRouter(include_in_schema=False)
_LARGEST = 5_000_000
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, max-age=3600",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
}


def as_json(audit: Audit) -> dict[str, Any]:
    """A folder's audit as REST shows it."""
    return {
        "folder": audit.folder,
        "summary": audit.sentence,
        "server": audit.server,
        "ingested": audit.taken,
        "missing": list(audit.missing),
        "looked_at": audit.looked_at,
        "audited_at": audit.audited_at,
        "repairing": audit.repair,
        "not_taken": [{"uid": one.uid, "state": one.state, "reason": one.reason, "at": one.at} for one in audit.tombstones],
    }


@router.get("/{account_id}/mailbox")
async def read_mailbox(account_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """What the mail server has and what was taken in, by folder."""

    def read(tx: Tx) -> dict[str, Any]:
        by.require(Permission.MANAGE_CHANNELS)
        accounts.which(tx, account_id)
        return {"items": [as_json(one) for one in mailboxes.audits(tx, account_id)], "next": None}

    return await store.tx(read)


@router.post("/{account_id}/mailbox/repair", status_code=202)
async def repair_mailbox(account_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """Try again, at the next look, what is missing or could not be taken."""

    def repair(tx: Tx) -> dict[str, Any]:
        accounts.which(tx, account_id)
        return {"tried_again": mailboxes.repair(tx, account_id, by)}

    return await store.tx(repair)


@router.delete("/{account_id}/bounced/{address}", status_code=204)
async def clear_bounce(account_id: str, address: str, store: Store, by: Caller) -> None:
    """Automatic mail may go to an address again, although mail came back from it."""

    def clear(tx: Tx) -> None:
        accounts.which(tx, account_id)
        if not outgoing.reaches_again(tx, address, by):
            raise NotFound(f"No mail came back from {address}.")

    await store.tx(clear)


async def _guarded(request: Request) -> Callable[[], Outbound]:
    allowed = request.app.state.settings
    return partial(Outbound, allow_private=allowed.allow_private_addresses, allow_plain=allowed.allow_plain_http)


@images.get("/mail-images/{token}")
async def image(
    token: str, store: Store, keyring: Keys, guarded: Annotated[Callable[[], Outbound], Depends(_guarded)]
) -> Response:
    """An image of a mail, or one from elsewhere that somebody asked to see. The frame has no session: the address is signed."""
    kind, name = keyring.read(PURPOSE, token, max_age=SECONDS)
    if kind == "file":

        def load(tx: Tx) -> bytes:
            return attaching.content(tx, attaching.which(tx, name))

        content = await store.tx(load)
    else:
        content = await _fetched(str(name), guarded)
    media_type = sniff(content, "")
    if media_type not in PICTURES:
        raise NotFound("This is no image that is shown.")
    return Response(content, media_type=media_type, headers=_HEADERS)


async def _fetched(url: str, guarded: Callable[[], Outbound]) -> bytes:
    try:
        async with guarded() as out:
            answer = await out.request("GET", url, most=_LARGEST, seconds=15.0)
    except (Rejected, Retry) as error:
        raise NotFound(error.reason) from None
    if answer.status != 200:
        raise NotFound(f"The server answered {answer.status}.")
    return answer.body
