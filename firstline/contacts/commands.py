"""Recognising customers and keeping what is known of them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, insert, select, update

from firstline.contacts.recognising import clean_name, link
from firstline.contacts.rules import Identity, IdentityKind
from firstline.contacts.tables import contact, identity
from firstline.kit.database import Tx
from firstline.kit.errors import Conflict, Invalid, NotFound
from firstline.kit.events import emit
from firstline.kit.ids import new_id
from firstline.people import audit
from firstline.people.commands import clean_email
from firstline.people.rules import Actor, ActorKind, Permission
from firstline.people.tables import teammate

PROPERTIES = 60
OWNER = "owner_id"
"""The property that holds the id of the teammate who owns a contact."""


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
            name=clean_name(name),
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
    given = {"name": name, "email": address, **(properties or {})}
    _audit(tx, by, "contact.create", created, (field for field, value in given.items() if value))
    emit(tx, "contact.created", created)
    return created


def add_identity(tx: Tx, contact_id: str, who: Identity) -> None:
    """Link a further identity to a contact; nothing is merged silently.

    :raises Conflict: if it belongs to another contact.
    """
    if require_free(tx, contact_id, who):
        link(tx, contact_id, who)


def require_free(tx: Tx, contact_id: str, who: Identity) -> bool:
    """Whether nobody has an identity; False if this contact has it.

    :raises Conflict: if it belongs to another contact.
    """
    holder = tx.scalar(
        select(identity.c.contact_id).where(
            identity.c.kind == who.kind.value,
            identity.c.scope == who.scope,
            identity.c.value == who.value,
        )
    )
    if holder and holder != contact_id:
        raise Conflict(f"{who.value} belongs to another contact ({holder}).", field=who.kind.value)
    return holder is None


def describe(tx: Tx, contact_id: str, /, *, by: Actor, **changes: Any) -> None:
    """Change name, email, language or properties of a contact.

    An address that the customer typed is kept and leads nobody to this contact: whoever it belongs to may be somebody else.

    :raises Conflict: if another contact has the address.
    """
    _may_edit(by)
    before = tx.row(select(contact).where(contact.c.id == contact_id).with_for_update())
    if before is None:
        raise NotFound(f"There is no contact {contact_id}.")
    values: dict[str, Any] = {}
    if "name" in changes:
        values["name"] = clean_name(changes["name"])
    if "language" in changes:
        values["language"] = changes["language"]
    if changes.get("email"):
        values["email"] = clean_email(changes["email"])
        who = Identity(IdentityKind.EMAIL, values["email"], evidence=f"entered by {by.name or by.kind}")
        if by.kind is ActorKind.CONTACT:
            require_free(tx, contact_id, who)
        else:
            add_identity(tx, contact_id, who)
    if "properties" in changes:
        values["properties"] = _checked({**before.properties, **changes["properties"]})
    if values:
        tx.execute(update(contact).where(contact.c.id == contact_id).values(**values))
        _audit(tx, by, "contact.change", contact_id, (name for name, value in values.items() if value != getattr(before, name)))
        emit(tx, "contact.changed", contact_id)


def set_owner(tx: Tx, contact_id: str, teammate_id: str | None, *, by: Actor) -> None:
    """Say which teammate a contact belongs to: where conversations go to the *contact owner*, they get it. None: nobody.

    :raises NotFound: if there is no such contact. :raises Invalid: if there is no such teammate.
    """
    _may_edit(by)
    before = tx.row(select(contact.c.properties).where(contact.c.id == contact_id).with_for_update())
    if before is None:
        raise NotFound(f"There is no contact {contact_id[:60]}.")
    if teammate_id is not None:
        here = select(teammate.c.id).where(teammate.c.id == teammate_id, teammate.c.disabled_at.is_(None))
        if not tx.scalar(here):
            raise Invalid(f"There is no teammate {teammate_id[:60]}.", field="owner_id")
    rest = {key: value for key, value in before.properties.items() if key != OWNER}
    after = {**rest, OWNER: teammate_id} if teammate_id is not None else rest
    if after != before.properties:
        tx.execute(update(contact).where(contact.c.id == contact_id).values(properties=_checked(after)))
        was = {"owner": before.properties.get(OWNER)}
        audit.record(tx, by, "contact.set_owner", contact_id, before=was, after={"owner": teammate_id})
        emit(tx, "contact.changed", contact_id)


def _audit(tx: Tx, by: Actor, verb: str, contact_id: str, fields: Iterable[str]) -> None:
    """Note which fields a teammate set, never their values: the log cannot forget, and a customer may be erased.

    What the agent and the channels learn of somebody is in the conversation.
    """
    if by.kind is ActorKind.TEAMMATE and (named := sorted(fields)):
        audit.record(tx, by, verb, contact_id, after={"fields": named})


def _may_edit(by: Actor) -> None:
    if by.kind is ActorKind.TEAMMATE:
        by.require(Permission.EDIT_CONTACTS)


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
