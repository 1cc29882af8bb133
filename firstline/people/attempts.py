"""Guessing is slowed down: passwords, codes and requests for a new password are counted, for all processes together.

Each is counted three times: for the network address, whatever it tries; for the account name from that network; and for the
account name from all networks together that it did not come in from before. So a stranger who guesses closes the door for
strangers, not for whoever comes in from where they always do, and guessing from many networks is slowed down all the same
(decision 0030). An attempt is counted before it is looked at and given back when it was right, so that many at once do not get
past the limit.
"""

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from firstline.kit.database import Tx
from firstline.kit.errors import TooMany
from firstline.people.tables import attempt

What = Literal["password", "code", "reset"]

MOST: dict[What, int] = {"password": 10, "code": 10, "reset": 5}
"""Attempts on one account name from one network within :data:`WITHIN`."""
MOST_SPREAD: dict[What, int] = {"password": 30, "code": 10, "reset": 10}
"""Attempts on one account name from all networks together that it is not known in: a code has six digits, so that it is fewer."""
MOST_FROM: dict[What, int] = {"password": 50, "code": 50, "reset": 20}
"""Attempts from one network address: an office shares one, so that it is more."""
WITHIN = timedelta(minutes=15)
"""From the first attempt on; after it the count begins anew."""
KNOWN_FOR = timedelta(days=90)
"""How long a network is known to an account since somebody last came in from it."""

TOLD: dict[What, tuple[str, str]] = {
    "password": ("Too many wrong passwords for this email address.", "Too many wrong passwords from your network."),
    "code": ("Too many wrong codes for this account.", "Too many wrong codes from your network."),
    "reset": ("Too many requests for this email address.", "Too many requests for new passwords from your network."),
}


@dataclass(frozen=True)
class _Counter:
    """One count: under which key, up to what, and what is said above it."""

    what: str
    of: str
    most: int
    told: str

    @property
    def key(self) -> bytes:
        """As it is stored."""
        return _key(self.of)


def begin(tx: Tx, what: What, name: str, address: str = "") -> None:
    """Count an attempt before it is looked at; in a transaction of its own, which lasts whatever becomes of the attempt.

    :param name: the account name: an email address, or a teammate's id.
    :param address: the network address it comes from.
    :raises TooMany: above the limit, with the seconds after which it can be tried again.
    """
    for counter in _counters(tx, what, name, address):
        over = attempt.c.until <= tx.now
        first = upsert(attempt).values(what=counter.what, of=counter.key, tries=1, until=tx.now + WITHIN)
        again = {
            "tries": case((over, 1), else_=attempt.c.tries + 1),
            "until": case((over, tx.now + WITHIN), else_=attempt.c.until),
        }
        row = tx.execute(
            first.on_conflict_do_update(index_elements=["what", "of"], set_=again).returning(attempt.c.tries, attempt.c.until)
        ).one()
        if row.tries > counter.most:
            seconds = max(1, math.ceil((row.until - tx.now).total_seconds()))
            raise TooMany(f"{counter.told} Try again in {math.ceil(seconds / 60)} min.", after=seconds)


def succeeded(tx: Tx, what: What, name: str, address: str = "") -> None:
    """It was right: the account's count from this network begins anew, the others are as before, and the network is known.

    What counts for codes is known by codes only: whoever has the password alone gets no more tries for the code.
    """
    give_back(tx, what, name, address)
    tx.execute(delete(attempt).where(attempt.c.what == _pairs(what, name), attempt.c.of == _key(network(address))))
    if address:
        known = upsert(attempt).values(what=_known(what, name), of=_key(network(address)), tries=0, until=tx.now + KNOWN_FOR)
        tx.execute(known.on_conflict_do_update(index_elements=["what", "of"], set_={"until": tx.now + KNOWN_FOR}))


def opened(tx: Tx, what: What, name: str) -> None:
    """The owner proved who they are in another way, by a link that was mailed: every count of the account begins anew."""
    tx.execute(delete(attempt).where(attempt.c.what == _pairs(what, name)))
    tx.execute(delete(attempt).where(attempt.c.what == what, attempt.c.of == _key(_plain(name))))


def give_back(tx: Tx, what: What, name: str, address: str = "") -> None:
    """It was no guess after all, and does not count."""
    for counter in _counters(tx, what, name, address):
        found = (attempt.c.what == counter.what, attempt.c.of == counter.key, attempt.c.tries > 0)
        tx.execute(update(attempt).where(*found).values(tries=attempt.c.tries - 1))


def forget_old(tx: Tx) -> int:
    """Remove counts that are over; returns how many."""
    return int(tx.execute(delete(attempt).where(attempt.c.until <= tx.now)).rowcount)


def _counters(tx: Tx, what: What, name: str, address: str) -> list[_Counter]:
    """That of the network first: whoever is stopped there adds nothing to an account's count."""
    of_account, of_network = TOLD[what]
    found = [_Counter(f"{what} from", network(address), MOST_FROM[what], of_network)] if address else []
    found.append(_Counter(_pairs(what, name), network(address), MOST[what], of_account))
    if not _is_known(tx, what, name, address):
        found.append(_Counter(what, _plain(name), MOST_SPREAD[what], of_account))
    return found


def _is_known(tx: Tx, what: What, name: str, address: str) -> bool:
    """Whether somebody came in to this account from this network lately."""
    if not address:
        return False
    found = (attempt.c.what == _known(what, name), attempt.c.of == _key(network(address)), attempt.c.until > tx.now)
    return tx.scalar(select(attempt.c.tries).where(*found)) is not None


def _pairs(what: What, name: str) -> str:
    """What an account's counts are kept under, one for each network."""
    return f"{what} of {_key(_plain(name)).hex()}"


def _known(what: What, name: str) -> str:
    """What the networks of an account are kept under."""
    return f"{what} known {_key(_plain(name)).hex()}"


def _plain(name: str) -> str:
    return name.strip().lower()


def _key(of: str) -> bytes:
    """A digest: what strangers type is not kept, and is of one size."""
    return hashlib.sha256(of.encode("utf-8", "replace")).digest()


def network(address: str) -> str:
    """The part of an address that one subscriber has: all of it, or the first half with IPv6."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
