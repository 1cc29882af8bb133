"""How customers' addresses are written for people."""

import phonenumbers

from firstline.console.words import _
from firstline.contacts.rules import Contact, Identity, IdentityKind

_NUMBERS = (IdentityKind.PHONE, IdentityKind.WHATSAPP)


def kind_of(one: Identity) -> str:
    """What sort of address it is, in a word."""
    return {
        IdentityKind.EMAIL: _("Email"),
        IdentityKind.PHONE: _("Phone"),
        IdentityKind.VISITOR: _("Chat visitor"),
        IdentityKind.WHATSAPP: _("WhatsApp"),
        IdentityKind.PAGE_SCOPED: _("Messenger"),
        IdentityKind.CUSTOM: _("Custom"),
        IdentityKind.WHATSAPP_USER: _("WhatsApp user"),
        IdentityKind.WHATSAPP_PARENT: _("WhatsApp user of the company"),
        IdentityKind.INSTAGRAM: _("Instagram"),
    }[one.kind]


def written(one: Identity) -> str:
    """An address as people write it: a phone number in groups, with its country code."""
    if one.kind not in _NUMBERS:
        return one.value
    return number(one.value)


def number(value: str) -> str:
    """A phone number in groups."""
    try:
        parsed = phonenumbers.parse("+" + value.lstrip("+"), None)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def numbers_of(contact: Contact) -> tuple[tuple[str, str], ...]:
    """The numbers at which somebody can be reached, each once, with what they are on."""
    found: dict[str, str] = {}
    for one in contact.identities:
        if one.kind in _NUMBERS:
            found.setdefault(written(one), kind_of(one))
    return tuple((kind, reached) for reached, kind in found.items())


def reached_at(contact: Contact) -> str:
    """Where somebody is reached, for a line of a list: the email address, else a number; empty where nobody would know it."""
    numbers = numbers_of(contact)
    return contact.email or (numbers[0][1] if numbers else "")


def known_as(name: str | None, email: str | None, phone: str | None) -> str:
    """What a customer is called: the name, else where they are reached, else a word for a stranger."""
    return name or email or (number(phone) if phone else _("Visitor"))
