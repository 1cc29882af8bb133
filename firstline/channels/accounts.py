"""Channel accounts: connecting, changing, removing, finding."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from sqlalchemy import Row, insert, select, update

from firstline.channels.base import Account
from firstline.channels.layout import holds_teammate
from firstline.channels.tables import channel_account
from firstline.kit.database import Tx
from firstline.kit.errors import Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.kit.secrets import Keyring
from firstline.people import audit
from firstline.people.queries import is_here
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
    kept, hidden = sorted_out(config, settings, secrets or {})
    _require_teammates(tx, config, kept, {})
    values = {
        "name": clean_name(name),
        "workspace": _workspace(workspace),
        "settings": kept,
    }
    connected = new_id("cha")
    tx.execute(
        insert(channel_account).values(
            id=connected,
            kind=kind,
            family=family,
            secrets=keyring.seal(hidden) if hidden else None,
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
    hidden: dict[str, str] = {}
    if settings is not None or secrets:
        known = keyring.open(row.secrets)
        kept, hidden = sorted_out(config, {**row.settings, **(settings or {})}, {**known, **(secrets or {})})
        if settings is not None:
            _require_teammates(tx, config, kept, row.settings)
            values["settings"] = kept
    before = {key: getattr(row, key) for key in values}
    if hidden:
        tx.execute(update(channel_account).where(channel_account.c.id == account_id).values(secrets=keyring.seal(hidden)))
    if values:
        tx.execute(update(channel_account).where(channel_account.c.id == account_id).values(**values))
    audit.record(tx, by, "channel_account.change", account_id, before=before, after=values)
    emit(tx, "channel_account.changed", account_id)


def renew_secrets(tx: Tx, keyring: Keyring, account_id: str, renewed: Mapping[str, str]) -> None:
    """The provider gave new secrets for old ones, as it does for tokens that end; whoever changed one meanwhile is right."""
    row = tx.row(select(channel_account).where(channel_account.c.id == account_id).with_for_update())
    if row is not None and row.removed_at is None:
        sealed = keyring.seal({**keyring.open(row.secrets), **renewed})
        tx.execute(update(channel_account).where(channel_account.c.id == account_id).values(secrets=sealed))
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


def family_of(tx: Tx, account_id: str) -> str | None:
    """The family of an account's channel, also of one that was removed; None if there never was one."""
    found: str | None = tx.scalar(select(channel_account.c.family).where(channel_account.c.id == account_id))
    return found


def names(tx: Tx) -> dict[str, tuple[str, str]]:
    """Name and kind of every account there ever was, by id."""
    found = tx.rows(select(channel_account.c.id, channel_account.c.name, channel_account.c.kind))
    return {row.id: (row.name, row.kind) for row in found}


def secret_fields(config: type[BaseModel]) -> frozenset[str]:
    """The fields of a channel's form that are secrets: they are kept sealed, never with the settings."""
    return frozenset(
        name for name, field in config.model_fields.items() if SecretStr in (field.annotation, *get_args(field.annotation))
    )


def sorted_out(
    config: type[BaseModel], settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """What was entered, checked as a whole and then parted: settings, and secrets by name. An empty secret changes nothing.

    :raises Invalid: naming the first field that is wrong.
    """
    hidden = secret_fields(config)
    entered = {name: str(settings[name]) for name in hidden if settings.get(name) and set(str(settings[name])) != {"*"}}
    known = {**{name: value for name, value in secrets.items() if value}, **entered}
    plain = {name: value for name, value in settings.items() if name not in hidden}
    checked = checked_settings(config, {**plain, **{name: known[name] for name in hidden if name in known}})
    return {name: value for name, value in checked.items() if name not in hidden}, known


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


def _require_teammates(tx: Tx, config: type[BaseModel], settings: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Who is named anew must be here; who was removed since may stay named, and counts as nobody.

    :raises Invalid: naming the setting.
    """
    for name, value in settings.items():
        if value and value != before.get(name) and holds_teammate(config, name) and not is_here(tx, value):
            raise Invalid(f"There is no teammate {value}.", field=name)


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
