"""A channel whose provider is this file: JSON deliveries signed with a secret, and an answer book for what is sent."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from firstline.channels import accounts
from firstline.channels.base import Account, Capabilities, Fetched, Forged, Outbound, RawRequest, Receipt, Response
from firstline.channels.happenings import (
    Attachment,
    Echo,
    Edited,
    Happening,
    IdentityChanged,
    Inbound,
    Notice,
    Parsed,
    Problem,
    Reaction,
    Status,
)
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations.rules import Delivery
from firstline.kit.database import Database
from tests.world import KEYRING, AnySettings, Shop

SECRET = "courier secret"
EPOCH = 1_795_340_760
"""The shop's clock in seconds (22 November 2026, 09:46 UTC)."""


def _at(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


class Courier:
    """Deliveries are ``{"items": [{"type": …}, …]}``."""

    kind = "courier"
    title = "Courier"
    capabilities = Capabilities(text_limit=100, family="messaging", media=frozenset({"image", "file"}), media_limit=1_000_000)
    config: type[BaseModel] = AnySettings

    def __init__(self, answer: Callable[[Outbound], Receipt] | None = None) -> None:
        self.answer = answer or (lambda message: Receipt(Delivery.SENT, f"p-{message.correlation}"))
        self.sent: list[Outbound] = []
        self.files: dict[str, Fetched | Exception] = {}

    async def send(self, account: Account, message: Outbound) -> Receipt:
        self.sent.append(message)
        return self.answer(message)

    async def check(self, account: Account) -> str:
        return "The courier answers."

    def address(self, account: Account) -> str:
        return "courier"

    def verify(self, account: Account, request: RawRequest) -> Response | None:
        if request.method == "GET":
            if request.query.get("token") != SECRET:
                raise Forged("The token is wrong.")
            return Response(200, request.query.get("challenge", "").encode())
        given = request.headers.get("x-signature", "")
        if not hmac.compare_digest(given, sign(request.body)):
            raise Forged("The signature is wrong.")
        return None

    def interrupts(self, request: RawRequest) -> bool:
        return b'"echo"' in request.body

    def parse(self, account: Account, request: RawRequest) -> Parsed:
        happenings: list[Happening] = []
        problems = []
        for item in json.loads(request.body)["items"]:
            try:
                happenings.append(_READERS[item["type"]](account, item))
            except (KeyError, ValueError) as error:
                problems.append(Problem(f"{type(error).__name__}: {error}", json.dumps(item).encode()))
        return Parsed(tuple(happenings), tuple(problems))

    async def fetch(self, account: Account, attachment: Attachment) -> Fetched:
        found = self.files[attachment.ref]
        if isinstance(found, Exception):
            raise found
        return found


def _who(account: Account, value: str) -> Identity:
    return Identity(IdentityKind.CUSTOM, value, account.id, verified=True)


def _message(account: Account, item: Mapping[str, Any]) -> Inbound:
    return Inbound(
        _who(account, item["from"]),
        item.get("text", ""),
        item["id"],
        at=_at(item["at"]),
        thread=item.get("thread"),
        attachments=tuple(Attachment(one["kind"], one.get("name", ""), ref=one["ref"]) for one in item.get("files", ())),
        standby=item.get("standby", False),
        answerable=item.get("answerable", True),
        history=item.get("history", False),
        aliases=tuple(_who(account, alias) for alias in item.get("aliases", ())),
    )


def _echo(account: Account, item: Mapping[str, Any]) -> Echo:
    return Echo(
        _who(account, item["to"]),
        item["text"],
        item["id"],
        _at(item["at"]),
        correlation=item.get("ours"),
        by_name=item.get("name"),
    )


def _status(account: Account, item: Mapping[str, Any]) -> Status:
    return Status(
        Delivery(item["state"]),
        _at(item["at"]),
        provider_id=item.get("id"),
        correlation=item.get("ours"),
        up_to=_at(item["up_to"]) if "up_to" in item else None,
        to=_who(account, item["to"]) if "to" in item else None,
        code=item.get("code"),
        reason=item.get("reason"),
        final=item.get("final", True),
    )


_READERS: Mapping[str, Callable[[Account, Mapping[str, Any]], Happening]] = {
    "message": _message,
    "echo": _echo,
    "status": _status,
    "reaction": lambda a, i: Reaction(_who(a, i["from"]), i["target"], i.get("emoji"), i["id"], _at(i["at"])),
    "edit": lambda a, i: Edited(i["id"], i.get("text"), _at(i["at"])),
    "moved": lambda a, i: IdentityChanged(_who(a, i["old"]), _who(a, i["new"]), _at(i["at"]), "the courier says so"),
    "notice": lambda a, i: Notice(i["code"], i["text"], i["cure"], i.get("broken", True)),
}


def sign(body: bytes) -> str:
    """The signature of a delivery."""
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def delivery(*items: Mapping[str, Any]) -> RawRequest:
    """A signed delivery of some items."""
    body = json.dumps({"items": list(items)}).encode()
    return RawRequest(body=body, headers={"x-signature": sign(body)})


def says(text: str, id_: str, *, who: str = "mira", at: int = EPOCH, **more: Any) -> dict[str, Any]:
    """A customer's message as the courier brings it."""
    return {"type": "message", "from": who, "id": id_, "text": text, "at": at, **more}


def connect(shop: Shop, workspace: str = "inbox") -> Account:
    """A connected courier account."""
    database: Database = shop.database
    connected = database.run(
        accounts.connect, KEYRING, AnySettings, kind="courier", name="Courier", workspace=workspace, settings={}, by=shop.ines
    )
    return database.run(accounts.which, connected)
