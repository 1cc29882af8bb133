"""Contacts: who wrote, how they are reached, and what was said."""

from functools import partial
from urllib.parse import urlencode

from starlette.responses import Response

from firstline.console import words as spoken
from firstline.console.entered import text
from firstline.console.languages import language_name
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.common import Person, Toast
from firstline.console.view.contacts import ContactLine, ContactPage, ContactsPage
from firstline.console.view.inbox import OtherLine
from firstline.console.words import _
from firstline.contacts import commands, queries
from firstline.contacts.commands import OWNER
from firstline.contacts.rules import Contact, IdentityKind
from firstline.conversations import queries as conversations
from firstline.kit.database import Tx
from firstline.people import queries as people
from firstline.people.rules import Permission

router = console_router()
HERE = "/contacts"
PAGE = 50
CONVERSATIONS = 100


def contacts_page(tx: Tx, reader: Reader, words: str, after: str) -> ContactsPage:
    """A page of the list, newest first."""
    reader.by.require(Permission.USE_INBOX)
    found = queries.who_matches(tx, words[:200].strip(), after=after or None, limit=PAGE + 1)
    older = f"{HERE}?{urlencode({'words': words, 'after': found[PAGE - 1].id})}" if len(found) > PAGE else ""
    return ContactsPage(tuple(_line(contact, reader) for contact in found[:PAGE]), words, older)


def _person(contact: Contact) -> Person:
    return Person(contact.id, contact.called if contact.name or contact.email else _("Visitor"), "contact")


def _line(contact: Contact, reader: Reader) -> ContactLine:
    language = language_name(contact.language, spoken.language()) if contact.language else ""
    since = reader.times.moment(contact.created_at) if contact.created_at else None
    return ContactLine(contact.id, _person(contact), contact.email or "", language, since)


def contact_page(tx: Tx, reader: Reader, contact_id: str) -> ContactPage:
    """One contact with the conversations that the reader may see."""
    reader.by.require(Permission.USE_INBOX)
    contact = queries.who_is(tx, contact_id)
    kinds = {
        IdentityKind.EMAIL: _("Email"),
        IdentityKind.PHONE: _("Phone"),
        IdentityKind.VISITOR: _("Chat visitor"),
        IdentityKind.WHATSAPP: _("WhatsApp"),
        IdentityKind.PAGE_SCOPED: _("Messenger"),
        IdentityKind.CUSTOM: _("Custom"),
    }
    rows = [(_("Language"), language_name(contact.language, spoken.language()) if contact.language else "")]
    rows += [
        (str(key).replace("_", " ").capitalize(), str(value or "")) for key, value in contact.properties.items() if key != OWNER
    ]
    lines = conversations.lines(tx, reader.by, contact_id=contact_id, limit=CONVERSATIONS)
    mates = [mate for mate in people.teammates(tx) if not mate.disabled]
    return ContactPage(
        id=contact_id,
        owner=str(contact.properties.get(OWNER) or ""),
        owners=(("", _("Nobody")), *((mate.id, mate.name) for mate in mates)),
        may_change=reader.by.may(Permission.EDIT_CONTACTS),
        person=_person(contact),
        since=_("Since %(day)s", day=reader.times.stamp(contact.created_at).short) if contact.created_at else "",
        rows=tuple(row for row in rows if row[1]),
        identities=tuple((kinds[one.kind], one.value, one.verified) for one in contact.identities),
        conversations=tuple(
            OtherLine(
                f"/inbox/all/{line.conversation.id}",
                line.conversation.subject or line.conversation.preview or _("No subject"),
                reader.times.moment(line.conversation.updated_at),
            )
            for line in lines
        ),
    )


@router.get(HERE)
async def contacts(visit: Visiting, words: str = "", after: str = "") -> Response:
    """The table."""
    return await visit.page("screens/contacts.html", partial(contacts_page, words=words, after=after), here=HERE)


@router.get(HERE + "/{contact_id}")
async def contact(visit: Visiting, contact_id: str) -> Response:
    """One contact."""
    return await visit.page("screens/contact.html", partial(contact_page, contact_id=contact_id), here=HERE)


@router.post(HERE + "/{contact_id}/owner")
async def set_owner(visit: Visiting, contact_id: str) -> Response:
    """Say whose a contact is."""
    owner = text(await visit.request.form(), "owner") or None
    await visit.do(lambda tx, by: commands.set_owner(tx, contact_id, owner, by=by))
    return visit.to(f"{HERE}/{contact_id}", Toast(_("Saved")))
