"""Questions about custom channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from firstline.channels.custom.tables import custom_channel, hook_attempt
from firstline.channels.tables import channel_account
from firstline.conversations.tables import conversation, entry
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.kit.secrets import Keyring


@dataclass(frozen=True)
class CustomChannel:
    """A registered channel, without its secrets."""

    id: str
    name: str
    capabilities: dict[str, Any]
    threading: str
    webhook_url: str | None
    created_at: datetime


@dataclass(frozen=True)
class HookAttempt:
    """One attempt to hand something to a webhook."""

    id: str
    event_id: str
    type: str
    account_id: str | None
    message_id: str | None
    attempt: int
    url: str
    status: int | None
    error: str | None
    ms: int
    at: datetime
    body: str = ""


@dataclass(frozen=True)
class Place:
    """Where a customer's message stands; ``thread`` is the channel's own name of the conversation, where it threads by one."""

    conversation_id: str
    thread: str | None


def place_of(tx: Tx, account_id: str, provider_id: str) -> Place | None:
    """Where a published message stands; None if it is gone."""
    c, e = conversation.c, entry.c
    query = (
        select(c.id, c.thread)
        .join(entry, e.conversation_id == c.id)
        .where(e.channel_account_id == account_id, e.provider_id == provider_id, e.direction == "in")
    )
    row = tx.row(query.limit(1))
    return Place(row.id, row.thread) if row is not None else None


def which(tx: Tx, channel_id: str, *, for_update: bool = False) -> CustomChannel:
    """One registered channel.

    :raises NotFound: if there is none, or it was archived.
    """
    c = custom_channel.c
    query = select(custom_channel).where(c.id == channel_id, c.archived_at.is_(None))
    row = tx.row(query.with_for_update() if for_update else query)
    if row is None:
        raise NotFound(f"There is no custom channel {channel_id}.")
    return _channel(row)


def registered(tx: Tx) -> Sequence[CustomChannel]:
    """All registered channels, oldest first."""
    c = custom_channel.c
    return [_channel(row) for row in tx.rows(select(custom_channel).where(c.archived_at.is_(None)).order_by(c.id))]


def secrets(tx: Tx, keyring: Keyring, channel_id: str) -> dict[str, str]:
    """The secrets that count, the present one first by name."""
    return keyring.open(tx.scalar(select(custom_channel.c.secrets).where(custom_channel.c.id == channel_id)))


def account_ids(tx: Tx, channel_id: str) -> list[str]:
    """The connected accounts of a channel, oldest first."""
    c = channel_account.c
    query = (
        select(c.id)
        .where(c.kind == "custom", c.settings["custom_channel_id"].astext == channel_id, c.removed_at.is_(None))
        .order_by(c.id)
    )
    return [row.id for row in tx.rows(query)]


def attempts(
    tx: Tx, channel_id: str, *, before: str | None = None, limit: int = 50, account_id: str | None = None
) -> Sequence[HookAttempt]:
    """The delivery log of a channel or one account of it, newest first."""
    h = hook_attempt.c
    query = select(hook_attempt).where(h.custom_channel_id == channel_id).order_by(h.id.desc()).limit(limit)
    if before is not None:
        query = query.where(h.id < before)
    if account_id is not None:
        query = query.where(h.channel_account_id == account_id)
    return [_attempt(row) for row in tx.rows(query)]


def message_of(tx: Tx, channel_id: str, attempt_id: str) -> str:
    """The message that an attempt was about.

    :raises NotFound: if there is no such attempt of this channel, or it was a test.
    """
    h = hook_attempt.c
    found = tx.scalar(select(h.entry_id).where(h.id == attempt_id, h.custom_channel_id == channel_id))
    if not found:
        raise NotFound("There is no message behind this attempt.")
    return str(found)


def delivery_of(tx: Tx, entry_id: str) -> str:
    """How far a message got."""
    return str(tx.scalar(select(entry.c.delivery).where(entry.c.id == entry_id)))


def _channel(row: Row[Any]) -> CustomChannel:
    return CustomChannel(row.id, row.name, row.capabilities, row.threading, row.webhook_url, row.created_at)


def _attempt(row: Row[Any]) -> HookAttempt:
    return HookAttempt(
        row.id,
        row.event_id,
        row.type,
        row.channel_account_id,
        row.entry_id,
        row.attempt,
        row.url,
        row.status,
        row.error,
        row.ms,
        row.at,
        row.body,
    )
