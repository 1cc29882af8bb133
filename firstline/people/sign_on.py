"""Single sign-on: the company's OpenID Connect provider, and which teammate somebody is who comes from there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Forbidden, Invalid, Unauthenticated
from firstline.kit.secrets import Keyring
from firstline.people import audit, invitations
from firstline.people.commands import add_teammate
from firstline.people.roles import require_role, role_names
from firstline.people.rules import Actor, ActorKind, Permission
from firstline.people.signin import NOWHERE, Where, open_session
from firstline.people.tables import external_identity, sign_on, teammate

ONE = "oidc"
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


@dataclass(frozen=True)
class Provider:
    """Where teammates sign in. Without ``default_role``, nobody joins who was not invited."""

    label: str
    issuer: str
    client_id: str
    client_secret: str
    domains: tuple[str, ...] = ()
    default_role: str | None = None
    enabled: bool = True


@dataclass(frozen=True)
class Claims:
    """What the provider says of somebody, after its signature was checked."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str


def provider(tx: Tx, keyring: Keyring) -> Provider | None:
    """The provider that is set, switched on or not."""
    row = tx.row(select(sign_on).where(sign_on.c.id == ONE))
    if row is None:
        return None
    secret = keyring.open(row.client_secret).get("client_secret", "")
    return Provider(row.label, row.issuer, row.client_id, secret, tuple(row.domains), row.default_role, row.enabled)


def label(tx: Tx) -> str:
    """The name of the provider if it can be used, else nothing."""
    return str(tx.scalar(select(sign_on.c.label).where(sign_on.c.enabled)) or "")


def configure(
    tx: Tx,
    keyring: Keyring,
    *,
    label: str,
    issuer: str,
    client_id: str,
    client_secret: str = "",
    domains: Sequence[str] = (),
    default_role: str | None = None,
    enabled: bool = True,
    by: Actor,
) -> None:
    """Set the provider; an empty secret keeps the one that is there.

    :raises Invalid: naming the field that cannot be right.
    """
    by.require(Permission.MANAGE_SECURITY)
    before = provider(tx, keyring)
    values: dict[str, Any] = {
        "label": _label(label),
        "issuer": _issuer(issuer),
        "client_id": _required(client_id, "client_id"),
        "domains": _domains(domains),
        "default_role": default_role or None,
        "enabled": enabled,
    }
    if default_role == "super_admin":
        raise Invalid("Nobody becomes a super admin by signing in. Choose another role.", field="default_role")
    if default_role:
        require_role(tx, default_role, by)
        if not values["domains"]:
            raise Invalid("Say which email domains may join by themselves.", field="domains")
    secret = client_secret.strip() or (before.client_secret if before else "")
    sealed = keyring.seal({"client_secret": secret}) if secret else None
    statement = insert(sign_on).values(id=ONE, client_secret=sealed, changed_at=tx.now, **values)
    tx.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_={**values, "client_secret": sealed, "changed_at": tx.now})
    )
    told = {**values, "client_secret": "changed"} if client_secret.strip() else values
    audit.record(tx, by, "sign_on.change", "account", before=_told(before) if before else None, after=told)


def remove(tx: Tx, keyring: Keyring, *, by: Actor) -> None:
    """Take the provider away. Whoever has no password needs a link for one.

    :raises Conflict: if whoever asks has no password: they would lock themselves out.
    """
    by.require(Permission.MANAGE_SECURITY)
    before = provider(tx, keyring)
    if before is None:
        raise Conflict("No single sign-on is set.")
    if by.kind is ActorKind.TEAMMATE and tx.scalar(select(teammate.c.password_hash).where(teammate.c.id == by.id)) is None:
        raise Conflict("You have no password: without single sign-on you could not sign in. Set one under Profile first.")
    tx.execute(delete(sign_on))
    audit.record(tx, by, "sign_on.remove", "account", before=_told(before))


def enter(tx: Tx, keyring: Keyring, claims: Claims, where: Where = NOWHERE) -> str:
    """Open a session for whoever the provider says it is; returns its token.

    :raises Unauthenticated: if single sign-on is off. :raises Forbidden: if it is nobody who may be here.
    """
    chosen = provider(tx, keyring)
    if chosen is None or not chosen.enabled or chosen.issuer != claims.issuer:
        raise Unauthenticated("Single sign-on is off. Sign in with your password.")
    known = tx.row(
        select(teammate.c.id, teammate.c.disabled_at)
        .join(external_identity, external_identity.c.teammate_id == teammate.c.id)
        .where(external_identity.c.issuer == claims.issuer, external_identity.c.subject == claims.subject)
    )
    if known is not None and known.disabled_at is not None:
        raise Forbidden("Your account was deactivated. Whoever manages users can reactivate it.")
    teammate_id = known.id if known is not None else _link(tx, chosen, claims)
    return open_session(tx, teammate_id, where=where, method="sso", second_factor=True)


def _link(tx: Tx, chosen: Provider, claims: Claims) -> str:
    """Who comes for the first time: invited, or of an allowed domain, by an address that the provider has verified."""
    if not claims.email:
        raise Forbidden(f"{chosen.label} did not tell your email address. Let it send the scope “email”.")
    if not claims.email_verified:
        raise Forbidden(f"{chosen.label} has not verified {claims.email}, so it does not prove who you are.")
    allowed = claims.email.rpartition("@")[2].lower() in chosen.domains
    invited = invitations.open_for(tx, claims.email)
    mate = tx.row(
        select(teammate.c.id, teammate.c.disabled_at, teammate.c.name)
        .where(func.lower(teammate.c.email) == claims.email.lower())
        .with_for_update()
    )
    if mate is not None:
        if mate.disabled_at is not None:
            raise Forbidden("Your account was deactivated. Whoever manages users can reactivate it.")
        if not allowed:
            raise Forbidden(f"{claims.email} is not of a domain that may use single sign-on. Sign in with your password.")
        teammate_id = str(mate.id)
    elif invited is not None:
        teammate_id = invitations.join_by_sign_on(tx, invited, name=claims.name or claims.email.partition("@")[0])
    elif allowed and chosen.default_role:
        role = chosen.default_role if chosen.default_role in role_names(tx) else "teammate"
        name = (claims.name or claims.email.partition("@")[0])[:120]
        by = Actor.system()
        teammate_id = add_teammate(tx, name=name, email=claims.email, password=None, role=role, seat=False, by=by)
    else:
        raise Forbidden(f"Nobody has invited {claims.email}. Ask whoever manages users for an invitation.")
    values = {"issuer": claims.issuer, "subject": claims.subject, "teammate_id": teammate_id, "linked_at": tx.now}
    tx.execute(insert(external_identity).values(**values))
    after = {"issuer": claims.issuer, "email": claims.email}
    audit.record(tx, Actor(ActorKind.TEAMMATE, teammate_id, claims.name), "sign_on.link", teammate_id, after=after)
    return teammate_id


def _told(found: Provider) -> dict[str, Any]:
    return {
        "label": found.label,
        "issuer": found.issuer,
        "client_id": found.client_id,
        "domains": list(found.domains),
        "default_role": found.default_role,
        "enabled": found.enabled,
    }


def _label(label: str) -> str:
    label = " ".join(label.split())
    if not label or len(label) > 40:
        raise Invalid("Name the provider in 1 to 40 characters, as people know it.", field="label")
    return label


def _required(value: str, field: str) -> str:
    if not value.strip() or len(value) > 300:
        raise Invalid("Copy the client id that the provider shows.", field=field)
    return value.strip()


def _issuer(issuer: str) -> str:
    issuer = issuer.strip().removesuffix("/.well-known/openid-configuration")
    parts = urlsplit(issuer)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment or len(issuer) > 300:
        raise Invalid("The issuer is an address such as https://login.example.com.", field="issuer")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise Invalid("The issuer has to be an https address: what it says lets people in.", field="issuer")
    return issuer


def _domains(domains: Sequence[str]) -> list[str]:
    clean = list(dict.fromkeys(one.strip().lower().removeprefix("@") for one in domains if one.strip()))
    for one in clean:
        if not _DOMAIN.fullmatch(one):
            raise Invalid(f"“{one[:60]}” is no domain such as example.com.", field="domains")
    return clean
