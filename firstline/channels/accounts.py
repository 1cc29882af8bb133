"""Channel accounts: connecting, changing, removing, finding."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import Row, insert, select, update

from firstline.channels.base import Account
from firstline.channels.tables import channel_account
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.kit.secrets import Keyring
from firstline.people import audit
from firstline.people.rules import Actor, Permission

WORKSPACES = {"inbox": "Inbox", "help_desk": "Help desk"}


def connect(
    tx: Tx,
    keyring: Keyring,
    config: type[BaseModel],
    *,
    kind: str,
    name: str,
    workspace: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str] | None = None,
    family: str = "chat",
    by: Actor,
) -> str:
    """Connect an account; returns its id.

    :param family: of its channel's capabilities: what capacity and clocks go by.

    :raises Invalid: naming the field, when name, workspace or a setting cannot be right.
    """
    by.require(Permission.MANAGE_CHANNELS)
    values = {
        "name": clean_name(name),
        "workspace": _workspace(workspace),
        "settings": checked_settings(config, settings),
    }
    connected = new_id("cha")
    tx.execute(
        insert(channel_account).values(
            id=connected,
            kind=kind,
            family=family,
            secrets=keyring.seal(secrets) if secrets else None,
            created_at=tx.now,
            **values,
        )
    )
    audit.record(tx, by, "channel_account.create", connected, after={"kind": kind, **values})
    emit(tx, "channel_account.connected", connected)
    return connected


def change(
    tx: Tx,
    keyring: Keyring,
    config: type[BaseModel],
    account_id: str,
    *,
    name: str | None = None,
    workspace: str | None = None,
    settings: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    by: Actor,
) -> None:
    """Change an account; settings that are not named stay."""
    by.require(Permission.MANAGE_CHANNELS)
    row = _row(tx, account_id)
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = clean_name(name)
    if workspace is not None:
        values["workspace"] = _workspace(workspace)
    if settings is not None:
        values["settings"] = checked_settings(config, {**row.settings, **settings})
    before = {key: getattr(row, key) for key in values}
    if secrets:
        tx.execute(
            update(channel_account)
            .where(channel_account.c.id == account_id)
            .values(secrets=keyring.seal({**keyring.open(row.secrets), **secrets}))
        )
    if values:
        tx.execute(update(channel_account).where(channel_account.c.id == account_id).values(**values))
    audit.record(tx, by, "channel_account.change", account_id, before=before, after=values)
    emit(tx, "channel_account.changed", account_id)


def remove(tx: Tx, account_id: str, *, by: Actor) -> None:
    """Disconnect an account; its conversations stay."""
    by.require(Permission.MANAGE_CHANNELS)
    _row(tx, account_id)
    tx.execute(update(channel_account).where(channel_account.c.id == account_id).values(removed_at=tx.now))
    audit.record(tx, by, "channel_account.remove", account_id)
    emit(tx, "channel_account.removed", account_id)


def which(tx: Tx, account_id: str, keyring: Keyring | None = None) -> Account:
    """One connected account; its secrets are opened only with the keyring.

    :raises NotFound: if there is none, or it was removed.
    """
    return _account(_row(tx, account_id), keyring)


def connected(tx: Tx, kind: str | None = None) -> Sequence[Account]:
    """All connected accounts, oldest first."""
    query = select(channel_account).where(channel_account.c.removed_at.is_(None)).order_by(channel_account.c.id)
    if kind is not None:
        query = query.where(channel_account.c.kind == kind)
    return [_account(row, None) for row in tx.rows(query)]


def names(tx: Tx) -> dict[str, tuple[str, str]]:
    """Name and kind of every account there ever was, by id."""
    found = tx.rows(select(channel_account.c.id, channel_account.c.name, channel_account.c.kind))
    return {row.id: (row.name, row.kind) for row in found}


def checked_settings(config: type[BaseModel], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as the channel's form wants them.

    :raises Invalid: naming the first field that is wrong.
    """
    try:
        return config.model_validate(dict(settings)).model_dump(mode="json")
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "settings"
        raise Invalid(f"{field}: {first['msg']}", field=field) from None


def _row(tx: Tx, account_id: str) -> Row[Any]:
    query = select(channel_account).where(channel_account.c.id == account_id, channel_account.c.removed_at.is_(None))
    row = tx.row(query)
    if row is None:
        raise NotFound(f"There is no channel account {account_id}.")
    return row


def _account(row: Row[Any], keyring: Keyring | None) -> Account:
    secrets = keyring.open(row.secrets) if keyring is not None else {}
    return Account(row.id, row.kind, row.name, row.workspace, row.settings, secrets, row.attention)


def clean_name(name: str) -> str:
    """A name of 1 to 120 characters, on one line.

    :raises Invalid: if it is empty or longer.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= 120:
        raise Invalid("Enter a name of 1 to 120 characters.", field="name")
    return name


def _workspace(workspace: str) -> str:
    if workspace not in WORKSPACES:
        raise Invalid(
            f"There is no workspace “{workspace}”. Choose inbox or help_desk.",
            field="workspace",
        )
    return workspace
