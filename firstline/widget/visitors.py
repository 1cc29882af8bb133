"""Visitors: a browser is the visitor it was, if it brings the token it was given on the same account.

A known customer is the same visitor in every browser, for as long as the website says who is signed in; the token that says so
to us is encrypted, because it holds what the website told.
"""

import base64
import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from firstline.contacts.rules import Identity, IdentityKind
from firstline.kit import foreign
from firstline.kit.errors import Conflict, Unauthenticated
from firstline.kit.ids import new_id
from firstline.kit.secrets import Keyring
from firstline.widget.identity import Known

PURPOSE = "widget visitor"
KNOWN_FOR = timedelta(hours=12)
"""How long a browser counts as a known customer's without a new word of the website."""
_SEALED = "known."
_ID = re.compile(r"vis_[0-9a-z]{26}")


@dataclass(frozen=True)
class Visitor:
    """A browser on one account, and the token by which it is known; ``known`` where the website said who is signed in."""

    id: str
    account_id: str
    token: str
    known: Known | None = None

    @property
    def identity(self) -> Identity:
        """By what the contact is recognised."""
        if self.known is not None:
            return Identity(IdentityKind.VISITOR, self.id, self.account_id, verified=True, evidence="signed by the website")
        return Identity(IdentityKind.VISITOR, self.id, scope=self.account_id, evidence="signed visitor token")

    @property
    def aliases(self) -> tuple[Identity, ...]:
        """What else the website says of a known customer."""
        if self.known is None:
            return ()
        own = Identity(IdentityKind.CUSTOM, self.known.subject, self.account_id, verified=True, evidence="signed by the website")
        if self.known.email is None:
            return (own,)
        says = "signed by the website" if self.known.email_verified else "told by the website"
        return own, Identity(IdentityKind.EMAIL, self.known.email, verified=self.known.email_verified, evidence=says)


def recognise(keyring: Keyring, account_id: str, token: str | None, now: datetime) -> Visitor:
    """The visitor of a token; a new visitor where there is none, or it is forged, has ended, or was given on another account."""
    if token and token.startswith(_SEALED):
        known = _known(keyring, account_id, token, now)
        if known is not None:
            return known
    elif token:
        try:
            value = keyring.read(PURPOSE, token)
        except Unauthenticated:
            value = None
        if isinstance(value, list) and len(value) == 2 and value[0] == account_id and _ID.fullmatch(str(value[1])):
            return Visitor(value[1], account_id, token)
    fresh = new_id("vis")
    return Visitor(fresh, account_id, keyring.sign(PURPOSE, [account_id, fresh]))


def known_visitor(keyring: Keyring, account_id: str, known: Known, generation: int, now: datetime) -> Visitor:
    """The visitor that a known customer is in every browser. After an erasure the next ``generation`` is somebody new."""
    named = json.dumps([account_id, known.subject, generation])
    id_ = "vis_" + base64.b32encode(keyring.mac("known visitor", named.encode())).decode().lower()[:26]
    told = json.dumps(asdict(known), ensure_ascii=False)
    held = {"for": PURPOSE, "account": account_id, "id": id_, "ends": (now + KNOWN_FOR).isoformat(), "known": told}
    return Visitor(id_, account_id, _SEALED + keyring.seal(held).decode(), known)


def _known(keyring: Keyring, account_id: str, token: str, now: datetime) -> Visitor | None:
    try:
        held = keyring.open(token.removeprefix(_SEALED).encode())
    except (Conflict, ValueError):
        return None
    if held.get("for") != PURPOSE or held["account"] != account_id or datetime.fromisoformat(held["ends"]) <= now:
        return None
    return Visitor(held["id"], account_id, token, Known(**foreign.decoded(held["known"])))
