"""The widget's uploads: one file a request, its bytes as they are. The visitor's token stands in a header, not in the address."""

import asyncio
import json

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from firstline.kit.errors import Refused, TooMany, Unauthenticated
from firstline.kit.sniffing import sniff
from firstline.widget import accepting, uploads
from firstline.widget.accepting import Limits, No
from firstline.widget.api import Open, allowed_site, cors, refusal
from firstline.widget.desk import Desk
from firstline.widget.uploads import Upload
from firstline.widget.visitors import Visitor
from firstline.widget.wording import wording

router = APIRouter(prefix="/widget", tags=["Widget"], include_in_schema=False)
TOGETHER = 8
"""Uploads that a process takes at the same time; each is held in memory while it comes."""
PATIENCE = 300.0
"""Seconds one may take."""
_taking = asyncio.Semaphore(TOGETHER)


def _visitor(request: Request, desk: Desk, account_id: str) -> Visitor:
    """:raises Unauthenticated: without a token of this account."""
    token = request.headers.get("x-visitor", "")
    visitor = desk.recognised(account_id, token)
    if visitor.token != token:
        raise Unauthenticated("The visitor token is not known here. Say hello again.")
    return visitor


def _length(request: Request) -> int | None:
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None


@router.post("/{account_id}/upload")
async def upload(request: Request, desk: Open, account_id: str, name: str = "", lang: str = "") -> Response:
    """Keep a file for the message that its visitor is writing."""
    try:
        site = await allowed_site(request, desk, account_id)
        visitor = _visitor(request, desk, account_id)
        if not desk.may_upload(visitor, request.client.host if request.client else ""):
            raise TooMany(wording(lang).say("too_fast"))
        length = _length(request)
        no = accepting.announced(site.files, length)
        kept = no if no is not None else await _take(request, desk, site.files, visitor, length, name)
    except Refused as refused:
        return refusal(request, refused)
    except ClientDisconnect:
        return Response(status_code=400)
    if isinstance(kept, No):
        return _no(request, kept, lang)
    shown = {"id": kept.id, "name": kept.name, "size": kept.size, "type": kept.media_type}
    return Response(json.dumps(shown), 201, cors(request) | {"Cache-Control": "no-store"}, "application/json")


@router.delete("/{account_id}/upload/{upload_id}")
async def take_back(request: Request, desk: Open, account_id: str, upload_id: str) -> Response:
    """Not to be sent after all."""
    try:
        await allowed_site(request, desk, account_id)
        await desk.database.tx(uploads.take_back, _visitor(request, desk, account_id), upload_id)
    except Refused as refused:
        return refusal(request, refused)
    return Response(status_code=204, headers=cors(request))


@router.options("/{account_id}/upload")
@router.options("/{account_id}/upload/{upload_id}")
async def may_i(request: Request, account_id: str) -> Response:
    """Another site's page asks before it sends bytes; whether it may is decided when it does."""
    allowed = {
        "Access-Control-Allow-Methods": "POST, DELETE",
        "Access-Control-Allow-Headers": "Content-Type, X-Visitor",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=204, headers=cors(request) | allowed)


async def _take(request: Request, desk: Desk, limits: Limits, visitor: Visitor, length: int | None, name: str) -> Upload | No:
    if _taking.locked():
        return No("too_fast", 429)
    async with _taking:
        content = bytearray()
        try:
            async with asyncio.timeout(PATIENCE):
                async for part in request.stream():
                    content += part
                    if len(content) > limits.size:
                        break
        except TimeoutError:
            return No("upload_failed", 408)
        whole = bytes(content)
        media_type = sniff(whole, request.headers.get("content-type", ""))
        no = accepting.arrived(limits, len(whole), length, media_type)
        return no if no is not None else await desk.database.tx(uploads.keep, visitor, name[:1000], media_type, whole)


def _no(request: Request, no: No, lang: str) -> Response:
    problem = {"type": "about:blank", "title": no.say, "status": no.status, "detail": wording(lang).say(no.say, max=no.max)}
    headers = cors(request) | {"Cache-Control": "no-store"}
    return Response(json.dumps(problem), no.status, headers, "application/problem+json")
