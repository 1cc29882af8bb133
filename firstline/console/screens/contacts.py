"""Contacts: who wrote, how they are reached, and what was said."""

from collections.abc import Sequence
from functools import partial
from urllib.parse import urlencode

from starlette.responses import Response

from firstline.console import words as spoken
from firstline.console.addresses import kind_of, reached_at, written
from firstline.console.entered import text
from firstline.console.languages import language_name
from firstline.console.names import as_person
from firstline.console.shell import Reader, Visiting, console_router
from firstline.console.view.common import Toast
from firstline.console.view.contacts import ContactLine, ContactPage, ContactsPage, IdentityLine, MergeLine
from firstline.console.view.inbox import OtherLine
from firstline.console.words import _
from firstline.contacts import commands, profiles, queries
from firstline.contacts.commands import OWNER
from firstline.contacts.phone_book import listed_names
from firstline.contacts.rules import Contact
from firstline.conversations import merging
from firstline.conversations import queries as conversations
from firstline.conversations.merging import Evidence
from firstline.kit.database import Tx
from firstline.people import queries as people
from firstline.people.rules import Actor, Permission

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


def _line(contact: Contact, reader: Reader) -> ContactLine:
    language = language_name(contact.language, spoken.language()) if contact.language else ""
    since = reader.times.moment(contact.created_at) if contact.created_at else None
    return ContactLine(contact.id, as_person(contact), reached_at(contact), language, since)


def contact_page(tx: Tx, reader: Reader, contact_id: str) -> ContactPage:
    """One contact with the conversations that the reader may see."""
    reader.by.require(Permission.USE_INBOX)
    contact = queries.who_is(tx, contact_id)
    rows = [(_("Language"), language_name(contact.language, spoken.language()) if contact.language else "")]
    rows += [
        (str(key).replace("_", " ").capitalize(), str(value or "")) for key, value in contact.properties.items() if key != OWNER
    ]
    evidence, listed = merging.evidence_of(tx, contact_id), listed_names(tx, contact_id)
    lines = conversations.lines(tx, reader.by, contact_id=contact_id, limit=CONVERSATIONS)
    mates = [mate for mate in people.teammates(tx) if not mate.disabled]
    return ContactPage(
        id=contact_id,
        owner=str(contact.properties.get(OWNER) or ""),
        owners=(("", _("Nobody")), *((mate.id, mate.name) for mate in mates)),
        may_change=reader.by.may(Permission.EDIT_CONTACTS),
        may_erase=reader.by.may(Permission.MANAGE_DATA),
        person=as_person(contact),
        since=_("Since %(day)s", day=reader.times.stamp(contact.created_at).short) if contact.created_at else "",
        rows=tuple(row for row in rows if row[1]),
        identities=tuple(
            IdentityLine(
                kind_of(one),
                written(one),
                one.verified,
                _why(reader, evidence.get((one.kind.value, one.value), ()), listed.get((one.kind.value, one.value), "")),
            )
            for one in contact.identities
        ),
        may_merge=reader.by.may(Permission.EDIT_CONTACTS),
        merges=tuple(MergeLine(one.id, one.gone_id, one.gone_name, one.reason) for one in merging.merges_of(tx, contact_id)),
        suggestions=tuple(
            MergeLine(one.id, one.other_id, one.other_name, one.reason) for one in merging.suggestions_for(tx, contact_id)
        ),
        conversations=tuple(
            OtherLine(
                f"/inbox/all/{line.conversation.id}",
                line.conversation.subject or line.conversation.preview or _("No subject"),
                reader.times.moment(line.conversation.updated_at),
            )
            for line in lines
        ),
    )


def _why(reader: Reader, evidence: Sequence[Evidence], listed: str) -> str:
    """Since when an address is known, and who says whose it is; what the business's phone book calls them."""
    said = [
        _("%(kind)s, since %(day)s", kind=one.kind[:1].upper() + one.kind[1:], day=reader.times.stamp(one.first_at).short)
        for one in evidence[:3]
    ]
    return " · ".join([*said, *([_("In your phone book: %(name)s", name=listed)] if listed else [])])


@router.get(HERE)
async def contacts(visit: Visiting, words: str = "", after: str = "") -> Response:
    """The table."""
    return await visit.page("screens/contacts.html", partial(contacts_page, words=words, after=after), here=HERE)


@router.get(HERE + "/{contact_id}")
async def contact(visit: Visiting, contact_id: str) -> Response:
    """One contact."""
    return await visit.page("screens/contact.html", partial(contact_page, contact_id=contact_id), here=HERE)


@router.get(HERE + "/{contact_id}/picture")
async def picture(visit: Visiting, contact_id: str) -> Response:
    """The picture that a provider gave; its address names the version, so it may be kept."""

    def read(tx: Tx, by: Actor) -> tuple[bytes, str]:
        by.require(Permission.USE_INBOX)
        return profiles.picture(tx, contact_id)

    content, media_type = await visit.do(read)
    headers = {
        "Cache-Control": "private, max-age=604800",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type=media_type, headers=headers)


@router.post(HERE + "/{contact_id}/owner")
async def set_owner(visit: Visiting, contact_id: str) -> Response:
    """Say whose a contact is."""
    owner = text(await visit.request.form(), "owner") or None
    await visit.do(lambda tx, by: commands.set_owner(tx, contact_id, owner, by=by))
    return visit.to(f"{HERE}/{contact_id}", Toast(_("Saved")))


@router.post(HERE + "/{contact_id}/merge")
async def merge(visit: Visiting, contact_id: str) -> Response:
    """Make another contact a part of this one; the toast offers the way back."""
    form = await visit.request.form()
    other = text(form, "other").strip().rpartition("/")[2]
    made = await visit.do(lambda tx, by: merging.merge(tx, contact_id, other, by, reason=text(form, "reason")))
    here = f"{HERE}/{contact_id}"
    return visit.to(here, Toast(_("Merged"), undo=f"{here}/unmerge/{made}"))


@router.post(HERE + "/{contact_id}/unmerge/{merge_id}")
async def unmerge(visit: Visiting, contact_id: str, merge_id: str) -> Response:
    """Separate them again."""
    back = await visit.do(lambda tx, by: merging.unmerge(tx, merge_id, by))
    done = Toast(_("Separated. Everything that moved is back."), link=f"{HERE}/{back}", link_label=_("Open the other contact"))
    return visit.to(f"{HERE}/{contact_id}", done)


@router.post(HERE + "/{contact_id}/dismiss/{suggestion_id}")
async def dismiss(visit: Visiting, contact_id: str, suggestion_id: str) -> Response:
    """They are two people."""
    await visit.do(lambda tx, by: merging.dismiss(tx, suggestion_id, by))
    return visit.to(f"{HERE}/{contact_id}", Toast(_("They stay two contacts")))
