"""REST: custom channels."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firstline.channels import accounts
from firstline.channels.api import Keys
from firstline.channels.custom import commands, queries
from firstline.channels.custom.config import Declared, DeliveryIdentifier, Threading
from firstline.channels.custom.events import Event
from firstline.channels.custom.messages import Publication, Report
from firstline.channels.custom.queries import CustomChannel, HookAttempt
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.people.api import Caller, Limit, Store
from firstline.people.rules import Permission

router = APIRouter(prefix="/api/v1/custom-channels", tags=["Custom channels"])


class NewChannel(BaseModel):
    name: str
    capabilities: Declared = Declared()
    threading: Threading = Threading.DELIVERY_IDENTIFIER
    webhook_url: str | None = None
    webhook_secret: str | None = None


class ChannelChange(BaseModel):
    name: str | None = None
    capabilities: Declared | None = None
    webhook_url: str | None = None


class NewAccount(BaseModel):
    name: str
    workspace: str = "inbox"
    delivery_identifier: Annotated[DeliveryIdentifier | str, Field(description="The account's own address on the channel.")]


def as_json(channel: CustomChannel) -> dict[str, Any]:
    """A channel as REST shows it; its secret never leaves."""
    return {
        "id": channel.id,
        "name": channel.name,
        "capabilities": channel.capabilities,
        "threading": channel.threading,
        "webhook_url": channel.webhook_url,
        "created_at": channel.created_at,
    }


def attempt_as_json(one: HookAttempt) -> dict[str, Any]:
    """One line of the delivery log."""
    return {
        "id": one.id,
        "event_id": one.event_id,
        "type": one.type,
        "account_id": one.account_id,
        "message_id": one.message_id,
        "attempt": one.attempt,
        "url": one.url,
        "status": one.status,
        "error": one.error,
        "ms": one.ms,
        "at": one.at,
    }


@router.get("")
async def list_custom_channels(store: Store, by: Caller) -> dict[str, Any]:
    """All registered channels."""
    by.require(Permission.MANAGE_CHANNELS)
    return {"items": [as_json(one) for one in await store.tx(queries.registered)], "next": None}


@router.post("", status_code=201)
async def register_custom_channel(body: NewChannel, store: Store, by: Caller, keyring: Keys) -> dict[str, Any]:
    """Register a channel. The webhook secret is in this answer and never shown again."""

    def register(tx: Tx) -> dict[str, Any]:
        made, secret = commands.register(
            tx,
            keyring,
            name=body.name,
            capabilities=body.capabilities,
            threading=body.threading,
            webhook_url=body.webhook_url,
            webhook_secret=body.webhook_secret,
            by=by,
        )
        return {**as_json(queries.which(tx, made)), "webhook_secret": secret}

    return await store.tx(register)


@router.get("/{channel_id}")
async def read_custom_channel(channel_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """One channel with its accounts."""
    by.require(Permission.MANAGE_CHANNELS)

    def read(tx: Tx) -> dict[str, Any]:
        found = as_json(queries.which(tx, channel_id))
        connected = [accounts.which(tx, one) for one in queries.account_ids(tx, channel_id)]
        return {
            **found,
            "accounts": [
                {
                    "id": one.id,
                    "channel_account_id": one.id,
                    "name": one.name,
                    "workspace": one.workspace,
                    "delivery_identifier": one.settings.get("delivery_identifier"),
                    "attention": one.attention,
                }
                for one in connected
            ],
        }

    return await store.tx(read)


@router.patch("/{channel_id}")
async def change_custom_channel(channel_id: str, body: ChannelChange, store: Store, by: Caller, keyring: Keys) -> dict[str, Any]:
    """Change name, capabilities or webhook; its accounts follow at once."""

    def change(tx: Tx) -> dict[str, Any]:
        commands.change(
            tx, keyring, channel_id, name=body.name, capabilities=body.capabilities, webhook_url=body.webhook_url, by=by
        )
        return as_json(queries.which(tx, channel_id))

    return await store.tx(change)


@router.delete("/{channel_id}", status_code=204)
async def archive_custom_channel(channel_id: str, store: Store, by: Caller) -> None:
    """Switch it off with all its accounts; what was said stays."""
    await store.tx(commands.archive, channel_id, by=by)


@router.post("/{channel_id}/rotate-secret")
async def rotate_secret(channel_id: str, store: Store, by: Caller, keyring: Keys) -> dict[str, Any]:
    """A new webhook secret. Deliveries are signed with the old and the new one until the old ones are forgotten."""
    return {"webhook_secret": await store.tx(commands.rotate, keyring, channel_id, by=by)}


@router.post("/{channel_id}/forget-old-secrets")
async def forget_old_secrets(channel_id: str, store: Store, by: Caller, keyring: Keys) -> dict[str, Any]:
    """Only the present secret counts from now on."""
    await store.tx(commands.forget_old_secrets, keyring, channel_id, by=by)
    return {"ok": True}


@router.post("/{channel_id}/accounts", status_code=201)
async def add_account(channel_id: str, body: NewAccount, store: Store, by: Caller, keyring: Keys) -> dict[str, Any]:
    """Connect one account of the channel."""
    given = body.delivery_identifier
    identifier = DeliveryIdentifier(value=given) if isinstance(given, str) else given

    def add(tx: Tx) -> dict[str, Any]:
        made = commands.add_account(
            tx, keyring, channel_id, name=body.name, workspace=body.workspace, identifier=identifier, by=by
        )
        return {"id": made, "channel_account_id": made, "name": body.name, "workspace": body.workspace}

    return await store.tx(add)


@router.post("/{channel_id}/messages", status_code=201)
async def publish_message(channel_id: str, body: Publication, store: Store, by: Caller) -> dict[str, Any]:
    """Publish a customer's message (incoming), or one that somebody sent in another tool (outgoing).

    The same idempotency id and body get the same answer; another body is refused with 409.
    """

    def publish(tx: Tx) -> dict[str, Any]:
        queries.which(tx, channel_id)
        if body.account_id not in queries.account_ids(tx, channel_id):
            raise NotFound(f"This channel has no account {body.account_id}.")
        return commands.publish(tx, accounts.which(tx, body.account_id), body, by)

    return await store.tx(publish)


@router.post("/{channel_id}/events", status_code=202)
async def tell_event(channel_id: str, body: Event, store: Store, by: Caller) -> dict[str, Any]:
    """Tell that a message was changed, taken back or reacted to, or who has the word with a customer now."""

    def tell(tx: Tx) -> None:
        queries.which(tx, channel_id)
        if body.account_id not in queries.account_ids(tx, channel_id):
            raise NotFound(f"This channel has no account {body.account_id}.")
        commands.tell(tx, accounts.which(tx, body.account_id), body.type, body.data, by)

    await store.tx(tell)
    return {"ok": True}


@router.patch("/{channel_id}/messages/{message_id}")
async def report_status(channel_id: str, message_id: str, body: Report, store: Store, by: Caller) -> dict[str, Any]:
    """Report how far a message got: sent, delivered, read or failed. A failure with ``final: false`` may still turn out well."""
    state = await store.tx(commands.report, channel_id, message_id, body, by)
    return {"message_id": message_id, "status": state}


@router.get("/{channel_id}/deliveries")
async def list_deliveries(
    channel_id: str, store: Store, by: Caller, cursor: str | None = None, limit: Limit = 50
) -> dict[str, Any]:
    """The delivery log: every attempt to post to the webhook, newest first."""
    by.require(Permission.MANAGE_CHANNELS)

    def read(tx: Tx) -> list[HookAttempt]:
        queries.which(tx, channel_id)
        return list(queries.attempts(tx, channel_id, before=cursor, limit=limit))

    found = await store.tx(read)
    return {"items": [attempt_as_json(one) for one in found], "next": found[-1].id if len(found) == limit else None}
