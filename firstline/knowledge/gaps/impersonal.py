"""Questions of customers without what is personal in them, so that they may be kept when the conversation is gone. Pure."""

import re
from collections.abc import Iterable

_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}\b")
_NUMBER = re.compile(r"(?<![\w.,])[+(]?\d(?:[ \u00a0./()-]{0,2}\d){4,}(?!\d|\s?(?:[€$£%]|EUR\b|euro))|\b[A-Za-z]{1,4}-?\d{4,}\b")
"""Phone, card, order and customer numbers: five digits and more, or letters with four. Prices and years are shorter."""
_INTRODUCED = re.compile(
    r"\b((?i:my name is|i am called|ich heiße|mein name ist|je m'appelle|me llamo|mi nombre es|mi chiamo|ik heet|meu nome é"
    r"|nazywam się))\s+([A-ZÀ-Ž][\w'’-]+(?:\s+[A-ZÀ-Ž][\w'’-]+)?)"
)
SHORTEST = 3
"""Letters of a part of a name below which it is left: “Al” stands in too many words."""


def impersonal(text: str, names: Iterable[str] = ()) -> str:
    """A question in which addresses, numbers and names are replaced by what they are.

    :param names: of the contact, each as it is known.
    """
    for pattern, kind in ((_LINK, "[link]"), (_EMAIL, "[email]"), (_IBAN, "[number]"), (_NUMBER, "[number]")):
        text = pattern.sub(kind, text)
    text = _INTRODUCED.sub(lambda found: f"{found[1]} [name]", text)
    parts = {part for name in names for part in (name, *name.split()) if sum(map(str.isalpha, part)) >= SHORTEST}
    for part in sorted(parts, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", "[name]", text, flags=re.IGNORECASE)
    return re.sub(r"\[name\](?:\s+\[name\])+", "[name]", " ".join(text.split()))
