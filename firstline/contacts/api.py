"""REST: contacts."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from firstline.contacts import commands, queries
from firstline.contacts.rules import Contact
from firstline.kit.database import Tx
from firstline.people.api import Caller, Limit, Store
from firstline.people.rules import Actor, Permission

router = APIRouter(prefix="/api/v1/contacts", tags=["Contacts"])


class NewContact(BaseModel):
    name: str | None = None
    email: str | None = None
    properties: dict[str, Any] = {}


class ContactOwner(BaseModel):
    owner_id: str | None = Field(description="A teammate, who gets what goes to the contact owner.")


class ContactChange(BaseModel):
    name: str | None = None
    email: str | None = None
    language: str | None = None
    properties: dict[str, Any] | None = None


def as_json(contact: Contact) -> dict[str, Any]:
    """A contact as REST shows it."""
    return {
        "id": contact.id,
        "name": contact.name,
        "email": contact.email,
        "language": contact.language,
        "properties": contact.properties,
        "created_at": contact.created_at,
        "identities": [{"kind": one.kind.value, "value": one.value, "verified": one.verified} for one in contact.identities],
    }


def _require_reading(by: Actor) -> None:
    """Contacts are there for whoever works in the inbox or the help desk."""
    if not by.may(Permission.USE_HELP_DESK):
        by.require(Permission.USE_INBOX)


@router.get("")
async def list_contacts(
    store: Store,
    by: Caller,
    query: str = "",
    cursor: str | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Contacts, newest first; ``query`` finds part of a name, an email address, or a number."""
    _require_reading(by)
    found = await store.tx(queries.who_matches, query, after=cursor, limit=limit)
    return {
        "items": [as_json(one) for one in found],
        "next": found[-1].id if len(found) == limit else None,
    }


@router.post("", status_code=201)
async def create_contact(body: NewContact, store: Store, by: Caller) -> dict[str, Any]:
    """Create a contact."""

    def create(tx: Tx) -> Contact:
        made = commands.create(tx, name=body.name, email=body.email, properties=body.properties, by=by)
        return queries.who_is(tx, made)

    return as_json(await store.tx(create))


@router.get("/{contact_id}")
async def read_contact(contact_id: str, store: Store, by: Caller) -> dict[str, Any]:
    """One contact."""
    _require_reading(by)
    return as_json(await store.tx(queries.who_is, contact_id))


@router.patch("/{contact_id}")
async def change_contact(contact_id: str, body: ContactChange, store: Store, by: Caller) -> dict[str, Any]:
    """Change a contact."""

    def change(tx: Tx) -> Contact:
        commands.describe(tx, contact_id, by=by, **body.model_dump(exclude_unset=True))
        return queries.who_is(tx, contact_id)

    return as_json(await store.tx(change))


@router.put("/{contact_id}/owner")
async def set_owner(contact_id: str, body: ContactOwner, store: Store, by: Caller) -> dict[str, Any]:
    """Say which teammate a contact belongs to; null: nobody."""

    def change(tx: Tx) -> Contact:
        commands.set_owner(tx, contact_id, body.owner_id, by=by)
        return queries.who_is(tx, contact_id)

    return as_json(await store.tx(change))
