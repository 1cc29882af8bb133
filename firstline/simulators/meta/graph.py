"""The Graph API's paths."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from firstline.simulators.meta import sending
from firstline.simulators.meta.conversations import Line, NotTold
from firstline.simulators.meta.people import People
from firstline.simulators.meta.sending import Refused
from firstline.simulators.meta.subscriptions import INSTAGRAM_TAKES, PAGE_TAKES, refusal
from firstline.simulators.meta.world import APP, DAY, INSTAGRAM, NUMBER, PAGE, WABA, World

Act = Callable[[Request], Awaitable[Any]]
OWNERS = {PAGE: ("messenger",), INSTAGRAM: ("instagram",)}
"""Whose events a page's or an Instagram account's subscription delivers."""


WHATSAPP_TAKES = {
    *("image/jpeg", "image/png", "image/webp", "video/mp4", "video/3gpp", "text/plain", "application/pdf"),
    *("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "application/msword"),
    *(f"application/vnd.ms-{one}" for one in ("excel", "powerpoint")),
    *(
        f"application/vnd.openxmlformats-officedocument.{one}"
        for one in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
    ),
}
"""Types of files that a number takes."""


class Graph:
    """Everything below ``/v26.0/…``."""

    def __init__(self, world: World, people: People) -> None:
        self.world = world
        self.people = people

    def router(self) -> APIRouter:
        """The paths."""
        router = APIRouter()
        for method, path, act in (
            ("POST", "/{version}/{id}/messages", self.messages),
            ("POST", "/{version}/{id}/media", self.upload),
            ("POST", "/{version}/{id}/settings", self.setting),
            ("POST", "/{version}/{id}/message_attachments", self.upload),
            ("GET", "/{version}/{id}/subscribed_apps", self.subscriptions),
            ("POST", "/{version}/{id}/subscribed_apps", self.subscribe),
            ("GET", "/{version}/{id}/message_templates", self.templates),
            ("GET", "/{version}/{id}/conversations", self.conversations),
            ("GET", "/{version}/{id}/messages", self.thread),
            ("POST", "/{version}/{id}/{verb}_thread_control", self.control),
            ("GET", "/{version}/{id}/thread_owner", self.owner),
            ("GET", "/files/{id}", self.file),
            ("GET", "/{version}/debug_token", self.token),
            ("GET", "/refresh_access_token", self.fresh_token),
            ("GET", "/{version}/{id}", self.thing),
        ):
            router.add_api_route(path, self._asked(act), methods=[method], response_model=None)
        return router

    def _asked(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        """Check the token, let go wrong what is to go wrong, then act."""

        async def asked(request: Request) -> Response:
            path = request.url.path
            self.world.asked.append(f"{request.method} {path}")
            signed = path.startswith("/files/") and request.query_params.get("signed") == "yes"
            if not signed and not self._may(request):
                return _refusal(Refused(190, "Invalid OAuth access token", status=401))
            fault = self.world.fault_at(path)
            try:
                done = await act(request) if fault is None or fault.taken or fault.hangs else None
            except Refused as no:
                return _refusal(no)
            except NotTold as no:
                return _refusal(Refused(no.code, no.message))
            if fault is not None:
                await asyncio.sleep(fault.hangs)
                if fault.code:
                    return _refusal(
                        Refused(fault.code, "Simulated", status=fault.status, subcode=fault.subcode, details=fault.details)
                    )
                if not fault.hangs:
                    return Response("upstream trouble", fault.status)
            return done if isinstance(done, Response) else JSONResponse(done, headers=self._usage())

        return asked

    def _usage(self) -> dict[str, str]:
        used = self.world.settings.usage
        told = {PAGE: [{"type": "messenger", "call_count": used, "total_time": 1, "estimated_time_to_regain_access": 0}]}
        return {"X-Business-Use-Case-Usage": json.dumps(told)} if used else {}

    def _may(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        known = (self.world.settings.token, *self.world.renewed)
        if request.url.path.endswith("/debug_token"):
            return given in (*known, f"{APP}|{self.world.settings.app_secret}")
        if request.url.path.endswith("/refresh_access_token"):
            return request.query_params.get("access_token") in known
        return given in known

    async def messages(self, request: Request) -> Any:
        """A message, or a mark of reading or typing."""
        body = await request.json()
        if request.path_params["id"] == NUMBER:
            return _whatsapp(self.world, self.people, body)
        return _page(self.world, self.people, request.path_params["id"], body)

    async def setting(self, request: Request) -> Any:
        """Settings of the number: whether identities are checked."""
        given = (await request.json()).get("user_identity_change", {}).get("enable_identity_key_check")
        if request.path_params["id"] != NUMBER or not isinstance(given, bool):
            raise Refused(100, "Invalid parameter")
        self.world.checks_identities = given
        return {"success": True}

    async def upload(self, request: Request) -> Any:
        """A file to be sent later."""
        form = await request.form()
        file: Any = form.get("file") or form.get("filedata")
        if file is None:
            raise Refused(100, "The file is missing")
        content = await file.read()
        if request.path_params["id"] == NUMBER and file.content_type not in WHATSAPP_TAKES:
            raise Refused(100, "Invalid parameter", details="Param file must be a file with one of the allowed types")
        if request.path_params["id"] != NUMBER and len(content) > 25_000_000:
            raise Refused(100, "Attachment size exceeds allowable limit", subcode=2018109)
        made = f"media{self.world.number()}"
        self.world.media[made] = (content, file.content_type or "")
        return {"id": made} if request.path_params["id"] == NUMBER else {"attachment_id": made}

    async def subscriptions(self, request: Request) -> Any:
        """Which apps get the events."""
        own = request.path_params["id"]
        ended = any(kind in self.world.failing.ended for kind in OWNERS.get(own, ()))
        subscribed = None if ended else self.world.subscribed.get(own)
        if own == WABA:
            apps = [*([APP] if subscribed is not None else []), *self.world.others_subscribed]
            return {"data": [{"whatsapp_business_api_data": {"name": "An app", "id": one}} for one in apps]}
        return {"data": [] if subscribed is None else [{"id": APP, "subscribed_fields": subscribed}]}

    async def subscribe(self, request: Request) -> Any:
        """Subscribe the app; a field that does not exist refuses all of them."""
        own = request.path_params["id"]
        fields = request.query_params.get("subscribed_fields", "messages").split(",")
        if own in OWNERS and (why := refusal(fields, INSTAGRAM_TAKES if own == INSTAGRAM else PAGE_TAKES)):
            raise Refused(100, why)
        self.world.subscribed[own] = fields
        for kind in OWNERS.get(own, ()):
            self.world.failing.begin(kind)
        return {"success": True}

    async def conversations(self, request: Request) -> Any:
        """Conversations, the newest first."""
        return self.people.threads.conversations(self.world, request.path_params["id"], request.query_params)

    async def thread(self, request: Request) -> Any:
        """The messages of one, the newest first."""
        base = str(request.base_url).rstrip("/")
        return self.people.threads.messages(self.world, request.path_params["id"], request.query_params, base)

    async def templates(self, request: Request) -> Any:
        """The list of templates, on one page."""
        return {"data": self.world.templates, "paging": {"cursors": {"after": "end"}}}

    async def control(self, request: Request) -> Any:
        """Pass, take, request or release the thread."""
        body, verb = await request.json(), request.path_params["verb"]
        who = str(body.get("recipient", {}).get("id", ""))
        if not who:
            raise Refused(100, "Param recipient must be non-empty")
        if verb == "pass":
            if who in self.world.held:
                raise Refused(10, "Another app controls this thread", subcode=2018300, status=403)
            self.world.held[who] = str(body.get("target_app_id", ""))
        elif verb == "take":
            if who in self.world.held and not self.world.settings.primary:
                raise Refused(10, "Only the primary receiver may take the thread", subcode=2018301, status=403)
            self.world.held.pop(who, None)
        elif verb == "release":
            self.world.held[who] = ""
        return {"success": True}

    async def token(self, request: Request) -> Any:
        """What a token is."""
        return {
            "data": {
                "app_id": APP,
                "is_valid": True,
                "expires_at": int(self.world.settings.token_ends),
                "data_access_expires_at": 0,
            }
        }

    async def fresh_token(self, request: Request) -> Any:
        """A token of Instagram Login for another 60 days."""
        if self.world.now() - self.world.settings.token_made < DAY:
            raise Refused(100, "The access token is younger than 24 hours")
        if self.world.settings.token_ends and self.world.settings.token_ends < self.world.now():
            raise Refused(190, "Error validating access token: Session has expired", subcode=463)
        made = f"simulated-token-{self.world.number()}"
        self.world.renewed.append(made)
        self.world.settings.token_made = self.world.now()
        return {"access_token": made, "token_type": "bearer", "expires_in": 60 * DAY}

    async def owner(self, request: Request) -> Any:
        """Which app has a thread."""
        who = request.query_params.get("recipient", "")
        return {"data": [{"thread_owner": {"app_id": self.world.held.get(who, APP)}}]}

    async def file(self, request: Request) -> Any:
        """The content of a file."""
        if request.path_params["id"] not in self.world.media:
            return Response(status_code=404)
        content, media_type = self.world.media[request.path_params["id"]]
        return Response(content, media_type=media_type)

    async def thing(self, request: Request) -> Any:
        """A number, a page, a file, a person."""
        return _thing(self.world, request.path_params["id"], str(request.base_url).rstrip("/"))


def _refusal(no: Refused) -> Response:
    return JSONResponse(no.as_json(), no.status)


def _whatsapp(world: World, people: People, body: dict[str, Any]) -> dict[str, Any]:
    if body.get("status") == "read":
        world.shown.append(body)
        return {"success": True}
    to, id = sending.whatsapp(world, body)
    sent = {"id": id, "to": to, "kind": "whatsapp", "body": body, "app": APP}
    dislike = world.dislikes_now() if body["type"] in sending.FILES else None
    if dislike is not None and dislike.told != "answer":
        people.told_of("whatsapp", sent, failed=dislike.code)
    if dislike is not None and dislike.told != "status":
        raise Refused(dislike.code, "Media upload error", details="Simulated")
    world.sent.append(sent)
    key = body.get("recipient_identity_key_hash")
    if world.checks_identities and key and key != world.key_of(to):
        people.told_of("whatsapp", sent, failed=137000)
    elif dislike is None:
        people.told_of("whatsapp", sent)
    known = {"input": body.get("to") or to, **({"user_id": to} if "." in to else {"wa_id": to})}
    return {
        "messaging_product": "whatsapp",
        "contacts": [known],
        "messages": [{"id": id, "message_status": world.settings.message_status}],
    }


def _page(world: World, people: People, own: str, body: dict[str, Any]) -> dict[str, Any]:
    if "sender_action" in body:
        world.shown.append(body)
        return {"recipient_id": body["recipient"]["id"]}
    kind = "instagram" if own == INSTAGRAM else "messenger"
    to, id = sending.page(world, body, instagram=kind == "instagram")
    sent = {"id": id, "to": to, "kind": kind, "body": body, "app": APP}
    world.sent.append(sent)
    file = body["message"].get("attachment", {}).get("payload", {}).get("attachment_id", "")
    people.threads.add(kind, to, Line(id, world.now(), False, body["message"].get("text", ""), file))
    people.told_of(kind, sent)
    return {"recipient_id": to, "message_id": id}


def _person(world: World, id: str, base: str) -> dict[str, Any]:
    """Name and picture, if they are told."""
    name = world.names.get(id, f"Customer {id[-4:]}")
    if not name:
        raise Refused(100, "Profile not available", subcode=2018218)
    first, _, last = name.partition(" ")
    picture = {"profile_pic": f"{base}/files/face-{id}?signed=yes"} if f"face-{id}" in world.media else {}
    return {"id": id, "name": name, "first_name": first, "last_name": last, **picture}


def _thing(world: World, id: str, base: str) -> dict[str, Any]:
    """A number, a page, a file or a person."""
    if id == NUMBER:
        return {
            "id": id,
            "display_phone_number": "+49 341 5550100",
            "verified_name": "Veloria",
            "quality_rating": world.settings.quality,
        }
    if id in (PAGE, INSTAGRAM, WABA):
        return {"id": id, "name": "Veloria"}
    if id in world.media:
        content, media_type = world.media[id]
        return {
            "id": id,
            "url": world.elsewhere.get(id, f"{base}/files/{id}"),
            "mime_type": media_type,
            "file_size": len(content),
            "messaging_product": "whatsapp",
        }
    if id in world.heard:
        return _person(world, id, base)
    raise Refused(100, "Unsupported get request. Object does not exist", subcode=33)
