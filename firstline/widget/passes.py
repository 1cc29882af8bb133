"""Tokens of known customers at the door: each counts once, for the browser that brought it first."""

import hashlib
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from firstline.channels.accounts import which
from firstline.contacts.forgotten import was_erased
from firstline.kit.database import Tx
from firstline.kit.secrets import Keyring
from firstline.widget.identity import SKEW, Known, NotBelieved, keys_in, read_pass
from firstline.widget.tables import widget_pass
from firstline.widget.visitors import Visitor, known_visitor


def admit(tx: Tx, keyring: Keyring, account_id: str, token: str, browser: str) -> Visitor:
    """The visitor that a website's token speaks of.

    :param browser: a random word of the browser's own. A line that breaks before it is answered, or a page shown anew, brings the
        same token again with the same word; whoever picked up the token has another.
    :raises NotBelieved: if it is not right, or another browser used it.
    """
    account = which(tx, account_id, keyring)
    found = read_pass(token, keys_in(account.secrets.get("identity_key", "")), account_id, tx.now)
    _use(tx, _digest(account_id, found.id), _digest(account_id, browser), found.ends)
    return _somebody(tx, keyring, account_id, found.known)


def _use(tx: Tx, digest: bytes, browser: bytes, ends: datetime) -> None:
    p = widget_pass.c
    tx.execute(insert(widget_pass).values(digest=digest, browser=browser, ends_at=ends + SKEW).on_conflict_do_nothing())
    if tx.scalar(select(p.browser).where(p.digest == digest)) != browser:
        raise NotBelieved("the token was used by another browser; make one for each page")


def _digest(account_id: str, value: str) -> bytes:
    return hashlib.sha256(f"{account_id}\x1f{value}".encode()).digest()


def _somebody(tx: Tx, keyring: Keyring, account_id: str, known: Known) -> Visitor:
    generation = 0
    while True:
        visitor = known_visitor(keyring, account_id, known, generation, tx.now)
        if not was_erased(tx, "visitor", account_id, visitor.id):
            return visitor
        generation += 1


def forget_ended(tx: Tx) -> None:
    """Tokens that have ended are refused for that; who used them need not be known."""
    tx.execute(delete(widget_pass).where(widget_pass.c.ends_at < tx.now))
