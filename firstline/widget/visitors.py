"""Visitors: a browser is the visitor it was, if it brings the token it was given on the same account."""

import re
from dataclasses import dataclass

from firstline.contacts.rules import Identity, IdentityKind
from firstline.kit.errors import Unauthenticated
from firstline.kit.ids import new_id
from firstline.kit.secrets import Keyring

PURPOSE = "widget visitor"
_ID = re.compile(r"vis_[0-9a-z]{26}")


@dataclass(frozen=True)
class Visitor:
    """A browser on one account, and the token by which it is known."""

    id: str
    account_id: str
    token: str

    @property
    def identity(self) -> Identity:
        """By what the contact is recognised."""
        return Identity(IdentityKind.VISITOR, self.id, scope=self.account_id, evidence="signed visitor token")


def recognise(keyring: Keyring, account_id: str, token: str | None) -> Visitor:
    """The visitor of a token; a new visitor where there is none, or it is forged, or was given on another account."""
    if token:
        try:
            value = keyring.read(PURPOSE, token)
        except Unauthenticated:
            value = None
        if isinstance(value, list) and len(value) == 2 and value[0] == account_id and _ID.fullmatch(str(value[1])):
            return Visitor(value[1], account_id, token)
    fresh = new_id("vis")
    return Visitor(fresh, account_id, keyring.sign(PURPOSE, [account_id, fresh]))
