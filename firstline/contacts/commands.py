"""Recognising customers and keeping what is known of them."""

from typing import Any

from sqlalchemy import func, insert, select, text, update

from firstline.contacts.rules import Identity, IdentityKind
from firstline.contacts.tables import contact, identity
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people.commands import clean_email
from firstline.people.rules import Actor, ActorKind, Permission

VALUE_LIMIT = 400
NAME_LIMIT = 200
PROPERTIES = 60


def recognise(tx: Tx, who: Identity, *, name: str | None = None, language: str | None = None) -> str:
    """The contact with this identity, created if nobody has it; two at the same moment get the same one."""
    if not who.value or len(who.value) > VALUE_LIMIT:
        raise Invalid(f"An identity has between 1 and {VALUE_LIMIT} characters; this one has {len(who.value)}.")
    tx.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 7))"),
        {"key": f"{who.kind}|{who.scope}|{who.value}"},
    )
    known = tx.scalar(
        select(identity.c.contact_id).where(
            identity.c.kind == who.kind.value,
            identity.c.scope == who.scope,
            identity.c.value == who.value,
        )
    )
    if known:
        return str(known)
    created = new_id("con")
    tx.execute(
        insert(contact).values(
            id=created,
            name=_clean(name),
            email=who.value if who.kind is IdentityKind.EMAIL else None,
            language=language,
            created_at=tx.now,
        )
    )
    _write_identity(tx, created, who)
    emit(tx, "contact.created", created)
    return created


def create(
    tx: Tx,
    *,
    name: str | None = None,
    email: str | None = None,
    properties: dict[str, Any] | None = None,
    by: Actor,
) -> str:
    """Create a contact by hand or over the API.

    :raises Conflict: if somebody has the email address already.
    """
    _may_edit(by)
    created = new_id("con")
    address = clean_email(email) if email else None
    tx.execute(
        insert(contact).values(
            id=created,
            name=_clean(name),
            email=address,
            properties=_checked(properties or {}),
            created_at=tx.now,
        )
    )
    if address:
        add_identity(
            tx,
            created,
            Identity(IdentityKind.EMAIL, address, evidence=f"entered by {by.name or by.kind}"),
        )
    emit(tx, "contact.created", created)
    return created


def add_identity(tx: Tx, contact_id: str, who: Identity) -> None:
    """Link a further identity to a contact; nothing is merged silently.

    :raises Conflict: if it belongs to another contact.
    """
    holder = tx.scalar(
        select(identity.c.contact_id).where(
            identity.c.kind == who.kind.value,
            identity.c.scope == who.scope,
            identity.c.value == who.value,
        )
    )
    if holder == contact_id:
        return
    if holder:
        raise Conflict(f"{who.value} belongs to another contact ({holder}).", field=who.kind.value)
    _write_identity(tx, contact_id, who)


def describe(tx: Tx, contact_id: str, /, *, by: Actor, **changes: Any) -> None:
    """Change name, email, language or properties of a contact."""
    _may_edit(by)
    before = tx.row(select(contact).where(contact.c.id == contact_id).with_for_update())
    if before is None:
        raise NotFound(f"There is no contact {contact_id}.")
    values: dict[str, Any] = {}
    if "name" in changes:
        values["name"] = _clean(changes["name"])
    if "language" in changes:
        values["language"] = changes["language"]
    if changes.get("email"):
        values["email"] = clean_email(changes["email"])
        add_identity(
            tx,
            contact_id,
            Identity(
                IdentityKind.EMAIL,
                values["email"],
                evidence=f"given to {by.name or by.kind}",
            ),
        )
    if "properties" in changes:
        values["properties"] = _checked({**before.properties, **changes["properties"]})
    if values:
        tx.execute(update(contact).where(contact.c.id == contact_id).values(**values))
        emit(tx, "contact.changed", contact_id)


def _may_edit(by: Actor) -> None:
    if by.kind is ActorKind.TEAMMATE:
        by.require(Permission.EDIT_CONTACTS)


def _write_identity(tx: Tx, contact_id: str, who: Identity) -> None:
    tx.execute(
        insert(identity).values(
            id=new_id("idn"),
            contact_id=contact_id,
            kind=who.kind.value,
            scope=who.scope,
            value=who.value,
            verified=who.verified,
            evidence=who.evidence,
            created_at=tx.now,
        )
    )


def _clean(name: str | None) -> str | None:
    return " ".join(name.split())[:NAME_LIMIT] or None if name else None


def _checked(properties: dict[str, Any]) -> dict[str, Any]:
    if len(properties) > PROPERTIES:
        raise Invalid(
            f"A contact has at most {PROPERTIES} properties; these are {len(properties)}.",
            field="properties",
        )
    return properties


def count(tx: Tx) -> int:
    """How many contacts there are."""
    return int(tx.scalar(select(func.count()).select_from(contact)) or 0)
