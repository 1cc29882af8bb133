"""Published messages and status reports, as REST and signed webhooks bring them. Pure."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from firstline.channels.base import Account, RawRequest
from firstline.channels.custom.config import Threading
from firstline.channels.happenings import Attachment, Echo, Happening, Ignored, Inbound, Parsed, Problem, Status
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations.rules import MESSAGE_LIMIT, Delivery
from firstline.kit.foreign import decoded, storable

Short = Annotated[str, Field(min_length=1, max_length=300)]
MOST = 1_000
"""Events in one delivery."""


class _Storable(BaseModel):
    """What others write may hold what cannot be stored: it is cleaned, for a refusal would hold up all that comes after it."""

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, given: Any) -> Any:
        return storable(given)


class Person(BaseModel):
    """The customer, or who wrote for the business. Unknown fields are ignored."""

    id: Short
    name: Annotated[str, Field(max_length=200)] | None = None
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    kind: Literal["human", "ai", "system"] = "human"


class Published(BaseModel):
    """A file of a published message: at an address, or right here in base 64."""

    kind: Literal["image", "audio", "video", "file", "sticker"] = "file"
    name: Annotated[str, Field(max_length=300)] = ""
    media_type: Annotated[str, Field(max_length=120)] = ""
    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://")] | None = None
    content: str | None = Field(default=None, description="Base 64.")

    def as_attachment(self) -> Attachment:
        """:raises ValueError: if the content is no base 64, or there is neither content nor address."""
        if self.content is None and self.url is None:
            raise ValueError("an attachment needs a url or content")
        try:
            content = None if self.content is None else base64.b64decode(self.content, validate=True)
        except binascii.Error:
            raise ValueError(f"the content of {self.name or 'an attachment'} is no base 64") from None
        return Attachment(self.kind, self.name, self.media_type, ref=self.url or "", content=content)


class Publication(_Storable):
    """A message that a custom channel publishes."""

    model_config = ConfigDict(title="Publication")

    account_id: Short
    direction: Literal["incoming", "outgoing"] = "incoming"
    idempotency_id: Short
    thread_id: Short | None = None
    sender: Person
    recipient: Person | None = Field(default=None, description="The customer, of an outgoing message.")
    text: Annotated[str, Field(max_length=MESSAGE_LIMIT)] = ""
    timestamp: datetime | None = None
    attachments: Annotated[list[Published], Field(max_length=30)] = []
    in_reply_to: Short | None = None
    reply_id: Annotated[str, Field(max_length=80)] | None = Field(
        default=None, description="Id of the button that the customer tapped."
    )

    @field_validator("timestamp")
    @classmethod
    def _in_utc(cls, at: datetime | None) -> datetime | None:
        if at is not None and at.tzinfo is None:
            raise ValueError("the timestamp needs a time zone, such as 2026-11-22T09:46:00Z")
        return at.astimezone(UTC) if at else None


class Report(_Storable):
    """How far a message got."""

    status: Literal["sent", "delivered", "read", "failed"]
    error: Annotated[str, Field(max_length=500)] | None = None
    code: Annotated[str, Field(max_length=80)] | None = None
    final: bool = Field(default=True, description="False for a failure that may still turn into a success.")
    external_id: Annotated[str, Field(max_length=300)] | None = Field(default=None, description="The channel's own id of it.")
    timestamp: datetime | None = None


def person(account: Account, who: Person) -> Identity:
    """A customer as this account knows them."""
    return Identity(IdentityKind.CUSTOM, who.id, account.id, verified=True, evidence=f"the channel {account.name}")


def happening_of(account: Account, message: Publication, now: datetime) -> Happening:
    """A published message as what happened.

    :raises ValueError: if something is missing for this channel's threading.
    """
    threaded = account.settings.get("threading") == Threading.INTEGRATION_THREAD_ID.value
    if threaded and message.thread_id is None:
        raise ValueError("thread_id is needed: this channel threads by it")
    thread = message.thread_id if threaded else None
    files = tuple(file.as_attachment() for file in message.attachments)
    at = message.timestamp or now
    if message.direction == "incoming":
        email = message.sender.email
        return Inbound(
            sender=person(account, message.sender),
            text=message.text,
            provider_id=message.idempotency_id,
            sender_name=message.sender.name,
            at=at,
            thread=thread,
            attachments=files,
            aliases=(Identity(IdentityKind.EMAIL, email.lower(), evidence=f"said by {account.name}"),) if email else (),
            reply_to=message.in_reply_to,
            data={"choice": message.reply_id} if message.reply_id else {},
        )
    if message.recipient is None:
        raise ValueError("recipient is needed for an outgoing message: the customer it was sent to")
    return Echo(
        to=person(account, message.recipient),
        text=message.text,
        provider_id=message.idempotency_id,
        at=at,
        thread=thread,
        attachments=files,
        by_name=message.sender.name,
        history=message.sender.kind != "human",
    )


def status_of(message_id: str, report: Report, now: datetime) -> Status:
    """A report as what happened; the message is named by our id, or by the channel's."""
    return Status(
        Delivery(report.status),
        report.timestamp or now,
        provider_id=report.external_id,
        correlation=message_id,
        code=report.code,
        reason=report.error or ("The channel reported a failure." if report.status == "failed" else None),
        final=report.final,
    )


def parse(account: Account, request: RawRequest) -> Parsed:
    """A signed webhook: one event, or a list of them. Types that are not known are ignored."""
    if request.at is None:
        raise ValueError("the time of the delivery is not known")
    body = decoded(request.body)
    events = body if isinstance(body, list) else [body]
    happenings: list[Happening] = []
    problems: list[Problem] = []
    for event in events[:MOST]:
        try:
            happenings.append(_event(account, event, request.at))
        except (ValidationError, ValueError, TypeError, KeyError) as error:
            problems.append(Problem(said(error), json.dumps(event, default=str).encode()))
    if len(events) > MOST:
        rest = json.dumps(events[MOST:]).encode()
        problems.append(Problem(f"A delivery has at most {MOST:,} events; {len(events) - MOST:,} more were not read.", rest))
    return Parsed(tuple(happenings), tuple(problems))


def _event(account: Account, event: Any, now: datetime) -> Happening:
    if not isinstance(event, Mapping):
        raise TypeError("an event is an object with type and data")
    kind, data = event.get("type"), event.get("data")
    if kind == "message.published":
        if not isinstance(data, Mapping):
            raise TypeError("message.published needs data")
        return happening_of(account, Publication.model_validate({"account_id": account.id, **data}), now)
    if kind == "message.status":
        if not isinstance(data, Mapping) or not isinstance(data.get("message_id"), str):
            raise TypeError("message.status needs data with message_id")
        return status_of(str(storable(data["message_id"][:300])), Report.model_validate(data), now)
    return Ignored(f"Events of type {str(kind)[:80]} mean nothing here.")


def said(error: Exception) -> str:
    """What is wrong, by its place."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error)
