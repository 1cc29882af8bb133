"""Names of somebody who was erased, as fingerprints that cannot be read back.

A browser's token, and a message that its provider delivers once more, would bring the person back otherwise.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import bindparam, delete, select

from firstline.contacts.rules import NAMELESS, Identity
from firstline.contacts.tables import erased_name
from firstline.kit.database import Tx

KEPT = timedelta(days=400)
"""Longer than a visitor's browser keeps its token unused, and than any provider repeats a delivery."""


def fingerprint(kind: str, scope: str, value: str) -> bytes:
    """One way only: the values are long and random."""
    return sha256(f"{kind}\x1f{scope}\x1f{value}".encode()).digest()


_ERASED = select(erased_name.c.digest).where(erased_name.c.digest == bindparam("mark"))


def was_erased(tx: Tx, kind: str, scope: str, value: str) -> bool:
    """Whether a visitor, or a message, is one of somebody who was erased."""
    return tx.scalar(_ERASED, {"mark": fingerprint(kind, scope, value)}) is not None


def erased_at(tx: Tx, who: Identity) -> datetime | None:
    """When the holder of an address was erased, the last time; None if nobody who had it was. Kept for :data:`NAMELESS` kinds:
    their provider can be asked for what was said before."""
    if who.kind not in NAMELESS:
        return None
    found: datetime | None = tx.scalar(
        select(erased_name.c.at).where(erased_name.c.digest == fingerprint(who.kind.value, who.scope, who.value))
    )
    return found


def erased_visitors(tx: Tx, visitors: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of some visitors (account and id) who were erased."""
    marks = {fingerprint("visitor", *one): one for one in visitors}
    found = tx.rows(select(erased_name.c.digest).where(erased_name.c.digest.in_(list(marks))))
    return [marks[bytes(row.digest)] for row in found]


def forget_fingerprints(tx: Tx) -> None:
    """Those that can meet nothing any more go."""
    tx.execute(delete(erased_name).where(erased_name.c.at < tx.now - KEPT))
