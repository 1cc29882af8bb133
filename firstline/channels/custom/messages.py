"""Published messages and status reports, as REST and signed webhooks bring them, and what they mean. Pure."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from firstline.channels.base import Account
from firstline.channels.custom.config import Threading
from firstline.channels.happenings import Attachment, Echo, Happening, Inbound, Status
from firstline.contacts.rules import Identity, IdentityKind
from firstline.conversations.rules import MESSAGE_LIMIT, Delivery
from firstline.kit.foreign import storable

Short = Annotated[str, Field(min_length=1, max_length=300)]
UNSUPPORTED = "(Sent something that is not passed on: {kind})"


class _Storable(BaseModel):
    """What others write may hold what cannot be stored: it is cleaned, for a refusal would hold up all that comes after it. Many
    number their people, threads and messages: a number is as good an id as a text."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, given: Any) -> Any:
        return storable(given)


class Dated(_Storable):
    """Something that happened at a time, or now."""

    timestamp: datetime | None = None

    @field_validator("timestamp")
    @classmethod
    def _in_utc(cls, at: datetime | None) -> datetime | None:
        if at is not None and at.tzinfo is None:
            raise ValueError("the timestamp needs a time zone, such as 2026-11-22T09:46:00Z")
        try:
            return at.astimezone(UTC) if at else None
        except OverflowError:
            raise ValueError("the timestamp is beyond the calendar") from None


def at_most(at: datetime | None, now: datetime) -> datetime:
    """When it happened. A clock that runs ahead makes no message of tomorrow: the reply window would stay open for it."""
    return min(at, now) if at else now


class Person(BaseModel):
    """The customer, or who wrote for the business. Unknown fields are ignored."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

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


class Publication(Dated):
    """A message that a custom channel publishes."""

    model_config = ConfigDict(title="Publication", coerce_numbers_to_str=True)

    account_id: Short
    direction: Literal["incoming", "outgoing"] = "incoming"
    idempotency_id: Short
    thread_id: Short | None = None
    sender: Person
    recipient: Person | None = Field(default=None, description="The customer, of an outgoing message.")
    text: Annotated[str, Field(max_length=MESSAGE_LIMIT)] = ""
    unsupported: Annotated[str, Field(max_length=120)] = Field(
        default="", description="What the customer sent, in a word, where it is nothing of all this: a poll, a dance."
    )
    attachments: Annotated[list[Published], Field(max_length=30)] = []
    in_reply_to: Short | None = None
    reply_id: Annotated[str, Field(max_length=80)] | None = Field(
        default=None, description="Id of the button that the customer tapped."
    )


class Report(Dated):
    """How far a message got."""

    status: Literal["sent", "delivered", "read", "failed"]
    error: Annotated[str, Field(max_length=500)] | None = None
    code: Annotated[str, Field(max_length=80)] | None = None
    final: bool = Field(
        default=True,
        description="False for a failure that may still turn into a success: the channel itself goes on trying.",
    )
    retryable: bool = Field(
        default=False, description="True for a failure after which Firstline is to send the message again, by its schedule."
    )
    attempt: int | None = Field(
        default=None,
        description="Which attempt a failure is about, as the delivery said; one of an earlier one is ignored.",
    )
    external_id: Annotated[str, Field(max_length=300)] | None = Field(default=None, description="The channel's own id of it.")
    external_ids: Annotated[list[Short], Field(max_length=20)] = Field(
        default=[], description="The same where the channel made several messages of it."
    )


def person(account: Account, who: Person) -> Identity:
    """A customer as this account knows them."""
    return Identity(IdentityKind.CUSTOM, who.id, account.id, verified=True, evidence=f"the channel {account.name}")


def threads(account: Account) -> bool:
    """Whether messages find their conversation by the channel's own thread ids."""
    return account.settings.get("threading") == Threading.INTEGRATION_THREAD_ID.value


def happening_of(account: Account, message: Publication, now: datetime) -> Happening:
    """A published message as what happened.

    :raises ValueError: if something is missing for this channel's threading.
    """
    threaded = threads(account)
    if threaded and message.thread_id is None:
        raise ValueError("thread_id is needed: this channel threads by it")
    thread = message.thread_id if threaded else None
    files = tuple(file.as_attachment() for file in message.attachments)
    at = at_most(message.timestamp, now)
    text = _in_words(message)
    odd = {"type": "unsupported", "unsupported": message.unsupported} if message.unsupported else {}
    # the thread's name alone says where a message belongs; one that quotes another thread's message does not move there
    quotes = {"quotes": message.in_reply_to} if threaded and message.in_reply_to else {}
    if message.direction == "incoming":
        email = message.sender.email
        return Inbound(
            sender=person(account, message.sender),
            text=text,
            provider_id=message.idempotency_id,
            sender_name=message.sender.name,
            at=at,
            thread=thread,
            attachments=files,
            aliases=(Identity(IdentityKind.EMAIL, email.lower(), evidence=f"said by {account.name}"),) if email else (),
            reply_to=None if threaded else message.in_reply_to,
            data={**odd, **quotes, **({"choice": message.reply_id} if message.reply_id else {})},
        )
    if message.recipient is None:
        raise ValueError("recipient is needed for an outgoing message: the customer it was sent to")
    return Echo(
        to=person(account, message.recipient),
        text=text,
        provider_id=message.idempotency_id,
        at=at,
        thread=thread,
        attachments=files,
        by_name=message.sender.name,
        history=message.sender.kind != "human",
    )


def _in_words(message: Publication) -> str:
    """What people read. Nothing that was sent vanishes, and nothing is published that says nothing.

    :raises ValueError: for a message with neither text, nor attachments, nor what is unsupported.
    """
    if message.unsupported:
        return "\n\n".join(part for part in (message.text, UNSUPPORTED.format(kind=message.unsupported)) if part)
    if not message.text.strip() and not message.attachments and not message.reply_id:
        raise ValueError("a message needs text, attachments, or unsupported with what it was")
    return message.text


def status_of(message_id: str, report: Report, now: datetime) -> Status:
    """A report as what happened; the message is named by our id, or by the channel's."""
    names = [name for name in (report.external_id, *report.external_ids) if name]
    return Status(
        Delivery(report.status),
        at_most(report.timestamp, now),
        provider_id=names[0] if names else None,
        correlation=message_id,
        code=report.code,
        reason=_reason(report) if report.status == "failed" else None,
        final=report.final,
        again=report.retryable,
        attempt=report.attempt,
        aliases=tuple(names[1:]),
    )


def _reason(report: Report) -> str:
    """The channel's own text and code, as people read them."""
    said = report.error or "The channel reported a failure."
    return f"{said} (code {report.code})" if report.code else said
