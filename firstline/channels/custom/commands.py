"""Registering custom channels and their accounts; publishing; reporting."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy import insert, select, text, update

from firstline.channels import accounts, dispatching
from firstline.channels.base import Account
from firstline.channels.custom import queries
from firstline.channels.custom.config import CustomConfig, Declared, DeliveryIdentifier, Threading
from firstline.channels.custom.events import READERS
from firstline.channels.custom.messages import Publication, Report, happening_of, status_of
from firstline.channels.custom.parse import said
from firstline.channels.custom.queries import CustomChannel
from firstline.channels.custom.tables import custom_channel, publication
from firstline.channels.happenings import Echo, Inbound
from firstline.channels.intake.applying import apply
from firstline.channels.tables import channel_account, provider_name
from firstline.conversations.intake import known_as
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.kit.secrets import Keyring
from firstline.kit.signing import is_secret, new_secret
from firstline.people import audit
from firstline.people.rules import Actor, Permission

SECRETS = 3
"""Secrets that count at once: the present one and those it replaced."""


def register(
    tx: Tx,
    keyring: Keyring,
    *,
    name: str,
    capabilities: Declared,
    threading: Threading,
    webhook_url: str | None,
    webhook_secret: str | None,
    by: Actor,
) -> tuple[str, str]:
    """Register a channel; returns its id and its webhook secret, which is shown this once."""
    by.require(Permission.MANAGE_CHANNELS)
    secret = _secret(webhook_secret) if webhook_secret else new_secret()
    made = new_id("cch")
    values = {
        "name": accounts.clean_name(name),
        "capabilities": capabilities.model_dump(mode="json"),
        "threading": threading.value,
        "webhook_url": _url(webhook_url),
    }
    sealed = keyring.seal({_name(0): secret})
    tx.execute(insert(custom_channel).values(id=made, secrets=sealed, created_at=tx.now, **values))
    audit.record(tx, by, "custom_channel.register", made, after=values)
    emit(tx, "custom_channel.registered", made)
    return made, secret


def change(
    tx: Tx,
    keyring: Keyring,
    channel_id: str,
    *,
    name: str | None = None,
    capabilities: Declared | None = None,
    webhook_url: str | None = None,
    by: Actor,
) -> None:
    """Change what a channel declares; its accounts follow at once. The threading stays: conversations stand on it."""
    by.require(Permission.MANAGE_CHANNELS)
    found = queries.which(tx, channel_id, for_update=True)
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = accounts.clean_name(name)
    if capabilities is not None:
        values["capabilities"] = capabilities.model_dump(mode="json")
    if webhook_url is not None:
        values["webhook_url"] = _url(webhook_url)
    if values:
        tx.execute(update(custom_channel).where(custom_channel.c.id == channel_id).values(**values))
        before = {key: getattr(found, key) for key in values}
        audit.record(tx, by, "custom_channel.change", channel_id, before=before, after=values)
        _tell_accounts(tx, keyring, channel_id)


def rotate(tx: Tx, keyring: Keyring, channel_id: str, *, by: Actor) -> str:
    """A new secret; the one before goes on counting until the next rotation but one. Returns it, this once."""
    by.require(Permission.MANAGE_CHANNELS)
    queries.which(tx, channel_id, for_update=True)
    known = queries.secrets(tx, keyring, channel_id)
    secret = new_secret()
    kept = [secret, *[known[name] for name in sorted(known)]][:SECRETS]
    sealed = keyring.seal({_name(number): one for number, one in enumerate(kept)})
    tx.execute(update(custom_channel).where(custom_channel.c.id == channel_id).values(secrets=sealed))
    audit.record(tx, by, "custom_channel.rotate_secret", channel_id)
    _tell_accounts(tx, keyring, channel_id)
    return secret


def forget_old_secrets(tx: Tx, keyring: Keyring, channel_id: str, *, by: Actor) -> None:
    """Only the present secret counts from now on: the old one is known to somebody who should not know it."""
    by.require(Permission.MANAGE_CHANNELS)
    queries.which(tx, channel_id, for_update=True)
    known = queries.secrets(tx, keyring, channel_id)
    sealed = keyring.seal({_name(0): known[_name(0)]})
    tx.execute(update(custom_channel).where(custom_channel.c.id == channel_id).values(secrets=sealed))
    audit.record(tx, by, "custom_channel.forget_old_secrets", channel_id)
    _tell_accounts(tx, keyring, channel_id)


def archive(tx: Tx, channel_id: str, *, by: Actor) -> None:
    """Switch a channel off with all its accounts; what was said stays."""
    by.require(Permission.MANAGE_CHANNELS)
    queries.which(tx, channel_id, for_update=True)
    for account_id in queries.account_ids(tx, channel_id):
        accounts.remove(tx, account_id, by=by)
    tx.execute(update(custom_channel).where(custom_channel.c.id == channel_id).values(archived_at=tx.now))
    audit.record(tx, by, "custom_channel.archive", channel_id)


def add_account(
    tx: Tx, keyring: Keyring, channel_id: str, *, name: str, workspace: str, identifier: DeliveryIdentifier, by: Actor
) -> str:
    """Connect one account of a channel; returns the id of the channel account.

    :raises Conflict: if the channel has an account with this address.
    """
    by.require(Permission.MANAGE_CHANNELS)
    found = queries.which(tx, channel_id, for_update=True)
    for account_id in queries.account_ids(tx, channel_id):
        if accounts.which(tx, account_id).settings.get("delivery_identifier") == identifier.value:
            raise Conflict(f"{found.name} has an account {identifier.value} already ({account_id}).", field="delivery_identifier")
    settings = {**_settings(found), "delivery_identifier": identifier.value, "identifier_type": identifier.type}
    secrets = queries.secrets(tx, keyring, channel_id)
    family = Declared.model_validate(found.capabilities).capabilities().family
    connected = {"kind": "custom", "family": family, "name": name, "workspace": workspace}
    return accounts.connect(tx, keyring, CustomConfig, **connected, settings=settings, secrets=secrets, by=by)


def publish(tx: Tx, account: Account, message: Publication, by: Actor) -> dict[str, Any]:
    """Take a published message in. The same idempotency id and body get the same answer.

    :raises Conflict: if the idempotency id was used with another body. :raises Invalid: if something is missing.
    """
    by.require(Permission.MANAGE_CHANNELS)
    key = {"key": f"{account.id}|{message.idempotency_id}"}
    tx.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 17))"), key)
    # Fields that came later count only where they are used: what was published before an upgrade is still the same body.
    body = message.model_dump(mode="json", exclude=None if message.unsupported else {"unsupported"})
    body_hash = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()
    p = publication.c
    known = tx.row(select(publication).where(p.channel_account_id == account.id, p.idempotency_id == message.idempotency_id))
    if known is not None:
        if bytes(known.body_hash) != body_hash:
            raise Conflict(f"{message.idempotency_id} was used with another message; use a new one.", field="idempotency_id")
        return _answer(known.message_id, known.conversation_id, message)
    try:
        happening = happening_of(account, message, tx.now)
    except ValueError as missing:
        raise Invalid(str(missing)[:1].upper() + str(missing)[1:] + ".") from None
    assert isinstance(happening, Inbound | Echo)
    apply(tx, account, happening)
    became = known_as(tx, account.id, message.idempotency_id, "in" if isinstance(happening, Inbound) else "out")
    if became is None:
        what = "of somebody who was erased, or that Firstline sent itself"
        raise Conflict(f"{message.idempotency_id} is the id of a message {what}.", field="idempotency_id")
    tx.execute(
        insert(publication).values(
            channel_account_id=account.id,
            idempotency_id=message.idempotency_id,
            body_hash=body_hash,
            message_id=became.entry_id,
            conversation_id=became.conversation_id,
            at=tx.now,
        )
    )
    return _answer(became.entry_id, became.conversation_id, message)


def report(tx: Tx, channel_id: str, message_id: str, said: Report, by: Actor) -> str:
    """How far a message got; returns the state it is in now.

    :raises NotFound: if no message of this channel has this id.
    """
    by.require(Permission.MANAGE_CHANNELS)
    n, ours = provider_name.c, queries.account_ids(tx, channel_id)
    known = tx.row(select(n.channel_account_id, n.entry_id).where(n.name == message_id, n.channel_account_id.in_(ours)))
    if known is None:
        raise NotFound(f"This channel was sent no message {message_id}.")
    dispatching.report(tx, known.channel_account_id, status_of(message_id, said, tx.now))
    return queries.delivery_of(tx, known.entry_id)


def tell(tx: Tx, account: Account, kind: str, data: Mapping[str, Any], by: Actor) -> None:
    """Take in what happened to a message, or who has the word now. The same again changes nothing.

    :raises Invalid: saying what is missing.
    """
    by.require(Permission.MANAGE_CHANNELS)
    try:
        happening = READERS[kind](account, data, tx.now)
    except ValidationError as wrong:
        raise Invalid(said(wrong), field="data") from None
    apply(tx, account, happening)


def _answer(message_id: str, conversation_id: str, message: Publication) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "conversation_id": conversation_id,
        "idempotency_id": message.idempotency_id,
        "thread_id": message.thread_id,
    }


def _tell_accounts(tx: Tx, keyring: Keyring, channel_id: str) -> None:
    """Accounts carry what sending needs, so that it is read with them."""
    found = queries.which(tx, channel_id)
    secrets = keyring.seal(queries.secrets(tx, keyring, channel_id))
    for account_id in queries.account_ids(tx, channel_id):
        settings: Mapping[str, Any] = {**accounts.which(tx, account_id).settings, **_settings(found)}
        tx.execute(update(channel_account).where(channel_account.c.id == account_id).values(settings=settings, secrets=secrets))
        emit(tx, "channel_account.changed", account_id)


def _settings(found: CustomChannel) -> dict[str, Any]:
    return {
        "custom_channel_id": found.id,
        "webhook_url": found.webhook_url or "",
        "threading": found.threading,
        "declared": found.capabilities,
    }


def _name(number: int) -> str:
    return "webhook_secret" if number == 0 else f"webhook_secret_{number}"


def _url(url: str | None) -> str | None:
    if not url:
        return None
    if not url.startswith(("https://", "http://")) or len(url) > 2000 or any(letter.isspace() for letter in url):
        raise Invalid(f"“{url[:80]}” is no address that can be posted to; it starts with https://.", field="webhook_url")
    if "@" in url.split("/")[2]:
        raise Invalid("Leave name and password out of the address; the webhook is signed.", field="webhook_url")
    return url


def _secret(secret: str) -> str:
    if not is_secret(secret):
        raise Invalid("A secret is whsec_ and 24 to 64 random bytes in base 64. Leave it out to get one.", field="webhook_secret")
    return secret
