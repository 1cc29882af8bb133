"""REST: channel accounts."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from firstline.channels import accounts
from firstline.channels.base import Account, Channel
from firstline.channels.checking import Checks
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid
from firstline.kit.secrets import Keyring
from firstline.people.api import Caller, Store
from firstline.people.rules import Permission

router = APIRouter(prefix="/api/v1/channel-accounts", tags=["Channels"])


async def _channels(connection: HTTPConnection) -> Mapping[str, Channel]:
    found: Mapping[str, Channel] = connection.app.state.channels
    return found


async def _keyring(connection: HTTPConnection) -> Keyring:
    found = connection.app.state.keyring
    assert isinstance(found, Keyring)
    return found


Channels = Annotated[Mapping[str, Channel], Depends(_channels)]
Keys = Annotated[Keyring, Depends(_keyring)]


class NewAccount(BaseModel):
    kind: str
    name: str
    workspace: str = "inbox"
    settings: dict[str, Any] = {}
    secrets: dict[str, str] = {}


class AccountChange(BaseModel):
    name: str | None = None
    workspace: str | None = None
    settings: dict[str, Any] | None = None
    secrets: dict[str, str] | None = None


def as_json(account: Account) -> dict[str, Any]:
    """An account as REST shows it; secrets never leave."""
    return {
        "id": account.id,
        "kind": account.kind,
        "name": account.name,
        "workspace": account.workspace,
        "settings": account.settings,
        "attention": account.attention,
    }


def channel_of(channels: Mapping[str, Channel], kind: str) -> Channel:
    """:raises Invalid: if this installation has no such channel."""
    if kind not in channels:
        raise Invalid(
            f"There is no channel of kind “{kind}”. Choose one of {', '.join(channels)}.",
            field="kind",
        )
    return channels[kind]


@router.get("")
async def list_accounts(store: Store, by: Caller) -> dict[str, Any]:
    """All connected accounts."""
    return {
        "items": [as_json(account) for account in await store.tx(accounts.connected)],
        "next": None,
    }


@router.post("", status_code=201)
async def connect_account(body: NewAccount, store: Store, by: Caller, channels: Channels, keyring: Keys) -> dict[str, Any]:
    """Connect an account."""
    channel = channel_of(channels, body.kind)

    def connect(tx: Tx) -> Account:
        connected = accounts.connect(tx, keyring, channel.config, **body.model_dump(), family=channel.capabilities.family, by=by)
        return accounts.which(tx, connected)

    return as_json(await store.tx(connect))


@router.get("/{account_id}")
async def read_account(account_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """One account."""
    return as_json(await store.tx(accounts.which, account_id))


@router.patch("/{account_id}")
async def change_account(
    account_id: str,
    body: AccountChange,
    store: Store,
    by: Caller,
    channels: Channels,
    keyring: Keys,
) -> dict[str, Any]:
    """Change an account; settings that are not named stay."""

    def change(tx: Tx) -> Account:
        config = channel_of(channels, accounts.which(tx, account_id).kind).config
        accounts.change(tx, keyring, config, account_id, **body.model_dump(), by=by)
        return accounts.which(tx, account_id)

    return as_json(await store.tx(change))


@router.delete("/{account_id}", status_code=204)
async def remove_account(account_id: str, store: Store, by: Caller) -> None:
    """Disconnect an account."""
    await store.tx(accounts.remove, account_id, by=by)


@router.post("/{account_id}/check")
async def check_account(account_id: str, store: Store, by: Caller, channels: Channels, keyring: Keys) -> dict[str, Any]:
    """Try the connection."""
    by.require(Permission.MANAGE_CHANNELS)
    account = await store.tx(accounts.which, account_id, keyring)
    works, message = await Checks(store, channels, keyring).check(account)
    return {"ok": works, "message": message}
