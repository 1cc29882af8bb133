"""Asking for an email address in a chat, and taking it from the answer (HO5)."""

from sqlalchemy import select, update

from firstline.agent.channel_settings import ASKS_IN, Capture, address_in, asks_now, only_address
from firstline.agent.consider import Considered, Matter
from firstline.agent.models.base import Clarify, Reason, Reply, Segment
from firstline.agent.phrases import say
from firstline.agent.turns import Begun
from firstline.channels.accounts import family_of
from firstline.contacts import commands as contacts
from firstline.contacts.queries import who_is
from firstline.conversations.queries import which
from firstline.conversations.tables import entry
from firstline.kit.database import Event, Tx
from firstline.kit.errors import Conflict, Invalid, NotFound
from firstline.people.rules import Actor

MARK = "asks_email"
"""Stands in the data of the message that asks."""


def question(tx: Tx, begun: Begun, matter: Matter, moment: Capture) -> str:
    """The question to add to what is said now; empty where nothing is asked."""
    chosen = begun.agent.channels.email_capture
    email, asked = begun.contact.email, was_asked(tx, begun.conversation.id)
    if not asks_now(moment, chosen, family=matter.capabilities.family, email=email, asked=asked):
        return ""
    return say("email.ask", matter.language, matter.profile.personality)


def was_asked(tx: Tx, conversation_id: str) -> bool:
    """Whether the customer was asked in this conversation."""
    query = select(entry.c.id).where(entry.c.conversation_id == conversation_id, entry.c.data[MARK].as_boolean())
    return tx.scalar(query.limit(1)) is not None


def take_address(tx: Tx, event: Event) -> None:
    """A message came in: where an address was asked for and is there, it is kept at the contact, as given and unproven.

    Somebody else's address is not taken over: two contacts are never merged by what one of them types.
    """
    if tx.once(family_of, event.data["channel_account"]) != ASKS_IN:
        return
    address = address_in(tx.scalar(select(entry.c.text).where(entry.c.id == event.data["entry"])) or "")
    if address is None:
        return
    try:
        found = which(tx, event.subject)
        contact = who_is(tx, found.contact_id)
    except NotFound:
        return
    if contact.email or not was_asked(tx, found.id):
        return
    try:
        with tx.savepoint():
            contacts.describe(tx, contact.id, email=address, by=Actor.contact(contact.id))
    except (Conflict, Invalid):
        return


def moments(begun: Begun, draft: Reply | Clarify) -> tuple[Capture, ...]:
    """The moments that a reply is."""
    first = not begun.conversation.answered_by_agent
    answered = any(
        one.by_kind == "agent" and not one.data.get("courtesy") and one.data.get("decision") == "answer" for one in begun.said
    )
    answers = isinstance(draft, Reply) and not all(segment.own for segment in draft.segments)
    return tuple(
        moment for moment, holds in ((Capture.START, first), (Capture.AFTER_FIRST_ANSWER, answers and not answered)) if holds
    )


def mark(tx: Tx, turn_id: str) -> None:
    """Note that what was said in a turn asks for the address."""
    mine = (entry.c.turn_id == turn_id, entry.c.direction == "out")
    tx.execute(update(entry).where(*mine).values(data=entry.c.data.concat({MARK: True})))


def thanked(matter: Matter) -> Considered | None:
    """Thanks for an address that was asked for, where the message is nothing but that."""
    if not matter.asked_email or not only_address(matter.text):
        return None
    segment = Segment(say("email.thanks", matter.language, matter.profile.personality), own=True)
    reason = Reason("email_given", "The customer gave the email address that was asked for")
    draft = Reply(reasons=(reason,), segments=(segment,), confidence=1.0, language=matter.language)
    return Considered(draft, (), 1.0, None, "code")
