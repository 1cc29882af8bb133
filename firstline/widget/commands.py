"""What a visitor does: every verb takes the visitor from the signed token, never from the frame."""

from collections.abc import Sequence
from typing import Any

from firstline.agent.capturing import MARK
from firstline.conversations.deliveries import report_delivery
from firstline.conversations.feedback import rate
from firstline.conversations.intake import known_as, receive
from firstline.conversations.rules import Delivery, Inbound, Received
from firstline.kit.database import Tx
from firstline.kit.errors import NotFound
from firstline.people.rules import Actor
from firstline.widget import queries, uploads
from firstline.widget.rules import Page, Point
from firstline.widget.site import Site
from firstline.widget.visitors import Visitor

ASKS_FOR_PERSON = "asks_for_person"
"""Key in the data of an inbound message: the customer pressed *Talk to a person* (HO2)."""


def say(
    tx: Tx,
    site: Site,
    visitor: Visitor,
    page: Page,
    client_id: str,
    text: str,
    files: Sequence[str] = (),
    *,
    person: bool = False,
) -> tuple[Received, str]:
    """Take in what the visitor wrote; the same ``client_id`` again is the same message. Also returns when, as RFC 3339.

    :param files: ids of uploads of this visitor.
    :raises BadFrame: if one of them is not there.
    """
    name = f"{visitor.id}:{client_id}"
    if files and (known := known_as(tx, site.id, name, "in")):
        return known, tx.now.isoformat()
    data: dict[str, Any] = {"page": page.as_data()} if page.url else {}
    if person:
        data[ASKS_FOR_PERSON] = True
    if site.asks_email and visitor.known is None and queries.is_new_here(tx, site.id, visitor.id):
        data[MARK] = True  # the greeting has asked: an address in this message is the answer, and nobody asks again
    message = Inbound(
        sender=visitor.identity,
        sender_name=visitor.known.name if visitor.known else None,
        aliases=visitor.aliases,
        text=text,
        provider_id=name,
        thread=visitor.id,
        client_id=client_id,
        language=page.lang.replace("_", "-").partition("-")[0].lower() or None,
        data=data,
        attachments=uploads.take(tx, visitor, files),
    )
    return receive(tx, site.place, message), tx.now.isoformat()


def has_read(tx: Tx, visitor: Visitor, upto: Point) -> None:
    """Everything sent to the visitor up to a place was on his screen."""
    for entry_id in queries.unread(tx, visitor.account_id, visitor.id, upto):
        report_delivery(tx, entry_id, Delivery.READ)


def feedback(tx: Tx, visitor: Visitor, entry_id: str, value: str | None) -> None:
    """A thumb on an answer.

    :raises NotFound: if it is no answer to this visitor.
    """
    if not queries.is_own_answer(tx, visitor.account_id, visitor.id, entry_id):
        raise NotFound(f"There is no answer {entry_id}.")
    rate(tx, entry_id, value, Actor.contact(visitor.id))
