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
    try:
        number = phonenumbers.parse("+" + one.value.lstrip("+"), None)
    except phonenumbers.NumberParseException:
        return one.value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def numbers_of(contact: Contact) -> tuple[tuple[str, str], ...]:
    """The numbers at which somebody can be reached, each once, with what they are on."""
    found: dict[str, str] = {}
    for one in contact.identities:
        if one.kind in _NUMBERS:
            found.setdefault(written(one), kind_of(one))
    return tuple((kind, number) for number, kind in found.items())


def reached_at(contact: Contact) -> str:
    """Where somebody is reached, for a line of a list: the email address, else a number; empty where nobody would know it."""
    numbers = numbers_of(contact)
    return contact.email or (numbers[0][1] if numbers else "")
