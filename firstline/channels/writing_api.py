"""REST: writing to customers."""

import base64
import binascii
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firstline.channels import writing
from firstline.channels.api import Channels
from firstline.channels.confirming import confirm
from firstline.conversations import attaching, queries, replying
from firstline.conversations.api import entry_as_json
from firstline.conversations.rules import Attachment
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.people.api import Caller, Store

router = APIRouter(prefix="/api/v1/conversations", tags=["Conversations"])


class NewFile(BaseModel):
    name: str
    media_type: str = ""
    content: str = Field(description="Base 64.")

    def as_attachment(self) -> Attachment:
        """:raises Invalid: if it is no base 64, empty or too large."""
        try:
            body = base64.b64decode(self.content, validate=True)
        except binascii.Error:
            raise Invalid(f"The content of {self.name} is no base 64.", field="attachments") from None
        return attaching.uploaded(self.name, self.media_type, body)


class NewTemplate(BaseModel):
    name: str
    language: str
    variables: list[str] = []


class NewMessage(BaseModel):
    text: str = ""
    kind: Literal["reply", "comment"] = "reply"
    client_id: str | None = None
    attachments: list[NewFile] = Field(default=[], max_length=10)
    asks: Literal["phone"] | None = Field(
        default=None, description="Ask for the phone number with the channel's button; text may be empty then."
    )
    template: NewTemplate | None = Field(default=None, description="An approved template, for when the reply window is closed.")


@router.post("/{conversation_id}/messages", status_code=201)
async def write_message(conversation_id: str, body: NewMessage, store: Store, by: Caller, channels: Channels) -> dict[str, Any]:
    """Reply to the customer, or leave a comment for teammates. A reply takes the word from the agent.

    A reply that the channel could not deliver (its reply window is closed, it is too long) is refused, with what helps.
    """

    def write(tx: Tx) -> dict[str, Any]:
        queries.which(tx, conversation_id, by)
        if body.kind == "comment":
            return entry_as_json(replying.comment(tx, conversation_id, body.text, by, client_id=body.client_id))
        files = [file.as_attachment() for file in body.attachments]
        template = body.template
        chosen = writing.Chosen(template.name, template.language, tuple(template.variables)) if template else None
        written = writing.reply(
            tx,
            channels,
            conversation_id,
            body.text,
            by,
            client_id=body.client_id,
            attachments=files,
            template=chosen,
            asks_phone=body.asks is not None,
        )
        return entry_as_json(written, attaching.of_entries(tx, [written.id]).get(written.id, ()))

    return await store.tx(write)


@router.post("/{conversation_id}/confirm-customer")
async def confirm_customer(conversation_id: str, store: Store, by: Caller) -> dict[str, bool]:
    """You found out that it is the customer who holds the address: what was refused because of it goes out."""

    def act(tx: Tx) -> dict[str, bool]:
        queries.which(tx, conversation_id, by)
        confirm(tx, conversation_id, by)
        return {"ok": True}

    return await store.tx(act)


@router.get("/{conversation_id}/writing")
async def what_can_be_written(conversation_id: str, store: Store, by: Caller, channels: Channels) -> dict[str, Any]:
    """What the channel takes now: the reply window and when it closes, limits, approved templates."""

    def read(tx: Tx) -> dict[str, Any]:
        desk = writing.desk_of(tx, channels, queries.which(tx, conversation_id, by))
        return {
            "open": desk.window.open and desk.connected,
            "closes_at": desk.window.closes_at,
            "cure": desk.window.cure,
            "sentence": desk.sentence,
            "warnings": list(desk.warnings),
            "confirms": desk.confirms,
            "text_limit": desk.can.text_limit,
            "text_unit": desk.can.text_unit,
            "media": sorted(desk.can.media),
            "media_limit": desk.can.media_limit,
            "media_count": desk.can.media_count,
            "buttons": desk.can.buttons,
            "asks_phone": desk.asks_phone,
            "templates": [
                {"name": one.name, "language": one.language, "text": one.text, "variables": one.variables}
                for one in desk.templates
            ],
        }

    return await store.tx(read)
