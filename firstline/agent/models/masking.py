"""Personal data replaced before a model sees it, and put back in what it writes: pure (AN7).

Masked: email addresses, phone numbers, payment cards (Luhn), IBANs (mod 97), the contact's name, the addresses of record.
The same value has the same token all through a prompt, so the model can still refer to it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from firstline.agent.models.base import Situation
from firstline.agent.models.output import Piece, Said
from firstline.people.rules import ActorKind

_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+", re.UNICODE)
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}\b")
_CARD = re.compile(r"(?<![\d.,])\d(?:[ .-]?\d){12,18}(?![\d])")
_PHONE = re.compile(r"(?<![\w.,])(?:\+|00)?\(?\d(?:[ \u00a0./()-]{0,3}\d){6,14}(?!\d|[.,]\d)")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$|^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$")
_TOKEN = re.compile(r"\[?\b(EMAIL|PHONE|CARD|IBAN|NAME|ADDRESS|DETAIL)_(\d{1,3})\b\]?", re.IGNORECASE)
_OPEN = re.compile(r"\[?[A-Za-z]{0,7}_?\d{0,3}$")
SHORTEST = 3
"""Letters of a part of a name below which it is not masked by itself: “Al” stands in too many words."""

_ADDRESS_LABELS = ("address", "street", "adresse", "straße", "strasse", "dirección", "indirizzo", "postcode", "zip", "city")


@dataclass(frozen=True)
class Mask:
    """What stands for what: ``tokens`` from value to token."""

    tokens: Mapping[str, str] = field(default_factory=dict)

    def hide(self, text: str) -> str:
        """The text with every known value replaced, longest first, whatever its case."""
        if not self.tokens:
            return text
        return self._pattern().sub(lambda found: f"[{self._by_fold()[_fold(found[0])]}]", text)

    def show(self, text: str) -> str:
        """The text with the values back; a token that stands for nothing is left out."""
        if not self.tokens:
            return text
        values = {token: value for value, token in reversed(list(self.tokens.items()))}
        return _TOKEN.sub(lambda found: values.get(f"{found[1].upper()}_{int(found[2])}", ""), text)

    def shown(self, said: Said) -> Said:
        """What a model decided, with the values back."""
        if not self.tokens:
            return said
        return replace(
            said,
            pieces=tuple(Piece(self.show(piece.text), piece.sources) for piece in said.pieces),
            question=self.show(said.question),
            options=tuple(self.show(one) for one in said.options),
            reason=self.show(said.reason),
            arguments={name: self.show(value) for name, value in said.arguments.items()},
        )

    def _pattern(self) -> re.Pattern[str]:
        longest = sorted(self.tokens, key=len, reverse=True)
        return re.compile("|".join(_anywhere(value) for value in longest), re.IGNORECASE)

    def _by_fold(self) -> Mapping[str, str]:
        return {_fold(value): token for value, token in reversed(list(self.tokens.items()))}


class Showing:
    """Puts values back in a text that comes in pieces; a token that is not complete yet waits for the next piece."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._held = ""

    def add(self, piece: str) -> str:
        """What may be shown now."""
        text = self._held + piece
        cut = _OPEN.search(text)
        place = cut.start() if cut is not None else len(text)
        self._held = text[place:]
        return self._mask.show(text[:place])

    def end(self) -> str:
        """What was held back."""
        text, self._held = self._held, ""
        return self._mask.show(text)


NOTHING = Mask()


def mask_of(situation: Situation) -> Mask:
    """The mask of a turn: what the customer wrote, and who they are on record."""
    found: list[tuple[str, str]] = []
    contact = situation.contact
    if contact.email:
        found.append(("EMAIL", contact.email))
    if contact.name:
        found.append(("NAME", contact.name))
        found += [("NAME", part) for part in contact.name.split() if len(part) >= SHORTEST]
    for label, value in contact.facts.items():
        kind = "ADDRESS" if any(one in label.lower() for one in _ADDRESS_LABELS) else ""
        found += [(kind, value)] if kind else []
        found += personal(value)
    for said in (*situation.history, *situation.new):
        found += personal(said.text) if said.by in (ActorKind.CONTACT, ActorKind.TEAMMATE, ActorKind.AGENT) else []
    return _numbered(found)


def personal(text: str) -> list[tuple[str, str]]:
    """What is personal in a text, by kind: ``[("EMAIL", "mira@example.com")]``."""
    found: list[tuple[str, str]] = []
    left = text
    for kind, pattern, holds in (
        ("EMAIL", _EMAIL, lambda _: True),
        ("IBAN", _IBAN, _is_iban),
        ("CARD", _CARD, _is_card),
        ("PHONE", _PHONE, _is_phone),
    ):
        at = 0
        while (one := pattern.search(left, at)) is not None:
            value = next((start for start in _beginnings(one[0]) if holds(start)), "")
            at = one.start() + max(len(value), 1)
            if value:
                found.append((kind, value))
                left = left[: one.start()] + " " * len(value) + left[at:]
    return found


def _beginnings(text: str) -> list[str]:
    """A candidate, and what it begins with up to each gap in it, longest first: it may have run into the next word."""
    text = text.rstrip(" .")
    gaps = [place for place, letter in enumerate(text) if letter in " -./()\u00a0"]
    return [text, *(text[:place].rstrip(" .") for place in reversed(gaps))]


def _numbered(found: Iterable[tuple[str, str]]) -> Mask:
    tokens: dict[str, str] = {}
    folds: dict[str, str] = {}
    counts: dict[str, int] = {}
    for kind, written in found:
        value = " ".join(written.split())
        if not value or _fold(value) in folds:
            continue
        counts[kind] = counts.get(kind, 0) + 1
        tokens[value] = folds[_fold(value)] = f"{kind}_{counts[kind]}"
    return Mask(tokens)


def _anywhere(value: str) -> str:
    """A pattern for a value: blanks in it may be written otherwise, and it is no part of a longer word."""
    inner = r"\s+".join(re.escape(part) for part in value.split())
    before = r"(?<!\w)" if value[:1].isalnum() else ""
    after = r"(?!\w)" if value[-1:].isalnum() else ""
    return f"{before}{inner}{after}"


def _fold(value: str) -> str:
    return " ".join(value.casefold().split())


def _digits(value: str) -> str:
    return "".join(letter for letter in value if letter.isdigit())


def _is_card(value: str) -> bool:
    digits = _digits(value)
    total = sum(sum(divmod(int(one) * (2 if place % 2 else 1), 10)) for place, one in enumerate(reversed(digits)))
    return 13 <= len(digits) <= 19 and total % 10 == 0 and len(set(digits)) > 1


def _is_iban(value: str) -> bool:
    plain = re.sub(r"[ -]", "", value).upper()
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(one, 36)) for one in plain[4:] + plain[:4])) % 97 == 1


def _is_phone(value: str) -> bool:
    """Seven to fifteen digits that are no date; without + or a leading zero only if they are written in groups."""
    digits = _digits(value)
    if not 7 <= len(digits) <= 15 or _DATE.match(value.strip()):
        return False
    return value.startswith(("+", "0", "(")) or len(re.findall(r"\d+", value)) >= 3
