"""Files of messages, served so that nothing in them runs."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.requests import HTTPConnection
from starlette.responses import Response

from firstline.channels.linking import Links
from firstline.conversations import attaching, queries
from firstline.conversations.attaching import File
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound, Unauthenticated
from firstline.kit.sniffing import PLAYED, SHOWN
from firstline.people.api import Caller, Store
from firstline.people.rules import Actor

router = APIRouter(tags=["Conversations"])


async def _links(connection: HTTPConnection) -> Links:
    return Links(connection.app.state.keyring, connection.app.state.settings.base_url)


def served(file: File, content: bytes, *, anywhere: bool = False) -> Response:
    """A file as browsers get it: pictures and sounds may be shown, everything else is a download; nothing is guessed.

    ``anywhere``: pages of other sites may show it, as the one with the chat does.
    """
    safe = file.media_type in SHOWN | PLAYED
    kind = file.media_type if safe else "application/octet-stream"
    name = quote(file.name or "file", safe="")
    headers = {
        "Content-Disposition": f"{'inline' if safe else 'attachment'}; filename*=UTF-8''{name}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=86400",
        "Cross-Origin-Resource-Policy": "cross-origin" if anywhere else "same-site",
    }
    return Response(content, media_type=kind, headers=headers)


def seen_by(tx: Tx, attachment_id: str, viewer: Actor) -> tuple[File, bytes]:
    """A file, for whoever may see its conversation.

    :raises NotFound: for everybody else.
    """
    queries.which(tx, attaching.conversation_of_file(tx, attachment_id), viewer)
    found = attaching.which(tx, attachment_id)
    return found, attaching.content(tx, found)


@router.get("/api/v1/attachments/{attachment_id}", response_class=Response)
async def read_attachment(attachment_id: str, store: Store, by: Caller) -> Response:
    """The content of a file of a message."""
    return served(*await store.tx(seen_by, attachment_id, by))


@router.get("/files/{token}/{name}", include_in_schema=False, response_class=Response)
async def linked_file(token: str, name: str, store: Store, links: Annotated[Links, Depends(_links)]) -> Response:
    """A file that a customer opens by the link they were sent."""
    try:
        file_id = links.read(token)
    except Unauthenticated:
        raise NotFound("This link is not valid any more.") from None

    def read(tx: Tx) -> tuple[File, bytes]:
        found = attaching.which(tx, file_id)
        return found, attaching.content(tx, found)

    return served(*await store.tx(read), anywhere=True)
