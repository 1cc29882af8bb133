"""Messages of customers, and who they are: people may hide their number, so a phone is never relied on. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from firstline.channels.graph.config import secrets_of
from firstline.channels.graph.content import Content, with_choice
from firstline.channels.graph.reading import instant, items, mapping, number, word
from firstline.channels.happenings import Doubted, Edited, Happening, IdentityChanged, Ignored, Inbound, Reaction
from firstline.channels.whatsapp.config import WhatsAppConfig
from firstline.channels.whatsapp.content import content_of
from firstline.contacts.rules import Identity, IdentityKind

UNSUPPORTED = "(WhatsApp does not pass this on: {kind})"
ANOTHER = (
    "WhatsApp says that this customer's identity changed: another device, or another person on the number. Until a code was "
    "entered anew, the agent gives and changes nothing that only this customer may."
)
GIVEN = "whatsapp contact_request"
"""The evidence of a number that the customer gave by WhatsApp's button."""
_PHONE = re.compile(r"[\s()./–-]+")
_DIALLED = re.compile(r"\+[1-9][0-9]{6,14}")
"""An international number as one dials it (E.164)."""
RESEND = 131060
"""The first message to a number that was just moved here: the customer has to send it again."""


@dataclass(frozen=True)
class Number:
    """The account whose deliveries are read."""

    account_id: str
    config: WhatsAppConfig

    def phone(self, wa_id: Any) -> Identity | None:
        """By the WhatsApp id: digits, kept as they come, because they are not always the number one dials."""
        return self._known(IdentityKind.WHATSAPP, wa_id)

    def user(self, user_id: Any) -> Identity | None:
        """By the business-scoped id."""
        return self._known(IdentityKind.WHATSAPP_USER, user_id)

    def parent(self, user_id: Any) -> Identity | None:
        """By the id over several businesses of one owner."""
        return self._known(IdentityKind.WHATSAPP_PARENT, user_id)

    def _known(self, kind: IdentityKind, value: Any) -> Identity | None:
        said = word(value, 200).strip()
        return Identity(kind, said, self.account_id, verified=True, evidence="a message on WhatsApp") if said else None


def received(to: Number, message: Any, contacts: Sequence[Any], *, standby: bool = False, history: bool = False) -> Happening:
    """One item of ``messages``."""
    if not isinstance(message, dict):
        raise ValueError("a message is an object")
    kind = word(message.get("type"), 60)
    if kind == "system":
        return _system(to, message)
    id, at = word(message.get("id"), 400), instant(message.get("timestamp"))
    if not id:
        raise ValueError("the message has no id")
    if kind == "request_welcome":
        return Ignored("The chat was opened.")
    who = senders(to, message, contacts)
    if kind == "reaction":
        reaction = mapping(message.get("reaction"))
        return Reaction(who[0], word(reaction.get("message_id"), 400), word(reaction.get("emoji"), 40) or None, id, at)
    if kind in ("edit", "revoke") and mapping(message.get(kind)):
        return changed(message)
    content = content_of(message)
    quoted = word(mapping(message.get("context")).get("id"), 400) or None
    group = word(message.get("group_id"), 200) or None
    text, data = _said(to, content)
    return Inbound(
        who[0],
        text,
        id,
        sender_name=name_of(message, contacts),
        at=at,
        thread=f"group:{group}" if group else None,
        data=data,
        attachments=content.attachments,
        aliases=tuple(who[1:]),
        gives=_numbers_given(to, message, who),
        standby=standby,
        history=history,
        answerable=group is None,
        reply_to=quoted,
    )


def senders(to: Number, message: Mapping[str, Any], contacts: Sequence[Any]) -> list[Identity]:
    """By what the sender is known, the surest first: the business-scoped id, then the WhatsApp id, then the parent id.

    :raises ValueError: if nothing says who it is.
    """
    contact = contact_of(message, contacts)
    found = (
        to.user(message.get("from_user_id") or contact.get("user_id")),
        to.phone(message.get("from") or contact.get("wa_id")),
        to.parent(message.get("from_parent_user_id") or contact.get("parent_user_id")),
    )
    known = [one for one in found if one is not None]
    if not known:
        raise ValueError("nothing says who sent it")
    return known


def _numbers_given(to: Number, message: Mapping[str, Any], who: Sequence[Identity]) -> tuple[Identity, ...]:
    """The sender's own number, where the message answers our request for it (``origin``), and nothing speaks against it: several
    cards or numbers, a forwarded card, or another WhatsApp id than the sender's may be somebody else's."""
    cards = list(items(message.get("contacts"))) if message.get("type") == "contacts" else []
    card = mapping(cards[0]) if len(cards) == 1 else {}
    phones = list(items(card.get("phones")))
    context = mapping(message.get("context"))
    forwarded = context.get("forwarded") is True or context.get("frequently_forwarded") is True
    if word(card.get("origin"), 40) != "contact_request" or len(phones) != 1 or forwarded:
        return ()
    number = _PHONE.sub("", word(mapping(phones[0]).get("phone"), 60))
    wa_id = to.phone(mapping(phones[0]).get("wa_id"))
    own = next((one.value for one in who if one.kind is IdentityKind.WHATSAPP), None)
    if own is not None and wa_id is not None and wa_id.value != own:
        return ()
    told = Identity(IdentityKind.PHONE, number, verified=True) if _DIALLED.fullmatch(number) else None
    return tuple(replace(one, verified=True, evidence=GIVEN) for one in (told, wa_id) if one is not None)


def changed(message: Mapping[str, Any]) -> Happening:
    """A message that was edited or revoked."""
    kind = word(message.get("type"))
    one, at = mapping(message.get(kind)), instant(message.get("timestamp"))
    original = word(one.get("original_message_id"), 400)
    if not original:
        raise ValueError("it does not say which message was changed")
    return Edited(original, content_of(mapping(one.get("message"))).text if kind == "edit" else None, at)


def contact_of(message: Mapping[str, Any], contacts: Sequence[Any]) -> Mapping[str, Any]:
    """The item of ``contacts`` that is the sender's: by id, never by position; the only one there is may be meant."""
    phone, user = word(message.get("from"), 200), word(message.get("from_user_id"), 200)
    for one in contacts:
        contact = mapping(one)
        if (user and word(contact.get("user_id"), 200) == user) or (phone and word(contact.get("wa_id"), 200) == phone):
            return contact
    return mapping(contacts[0]) if len(contacts) == 1 and not phone and not user else {}


def name_of(message: Mapping[str, Any], contacts: Sequence[Any]) -> str | None:
    """What the sender calls themself."""
    profile = mapping(contact_of(message, contacts).get("profile"))
    return word(profile.get("name"), 200) or word(profile.get("username"), 200) or None


def _said(to: Number, content: Content) -> tuple[str, dict[str, Any]]:
    """Text and data; where there are neither words nor files, what it was."""
    data = with_choice(content, secrets_of(to.config))
    if content.text or content.attachments:
        return content.text, data
    codes = [number(mapping(one).get("code")) for one in items(data.get("errors"))]
    if RESEND in codes:
        data["resend"] = True
    return UNSUPPORTED.format(kind=data.get("unsupported") or data.get("type") or "an empty message"), data


def _system(to: Number, message: Mapping[str, Any]) -> Happening:
    """The customer's number or id changed. Not something that they said."""
    system, at = mapping(message.get("system")), instant(message.get("timestamp"))
    kind = word(system.get("type"), 60)
    if kind == "customer_identity_changed":
        who = to.user(message.get("from_user_id")) or to.phone(message.get("from"))
        return (
            Doubted(who, at, ANOTHER) if who is not None else Ignored("The system message does not say whose identity changed.")
        )
    if kind not in ("user_changed_number", "user_changed_user_id", "customer_changed_number"):
        return Ignored(f"System message {kind or 'without type'}")
    old = to.user(system.get("previous_user_id")) or to.user(message.get("from_user_id")) or to.phone(message.get("from"))
    new = to.user(system.get("user_id")) or to.phone(system.get("wa_id") or system.get("new_wa_id"))
    if new is not None and old is not None and new == old:
        old = to.phone(message.get("from"))
    if old is None or new is None:
        return Ignored("The system message does not say who became whom.")
    number, another = to.phone(message.get("from")), to.phone(system.get("wa_id") or system.get("new_wa_id"))
    left = number if kind != "user_changed_user_id" and number not in (None, new, another) else None
    return IdentityChanged(old, new, at, f"whatsapp {kind}", left)
